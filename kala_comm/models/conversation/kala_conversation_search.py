from odoo import api, models
from odoo.tools.sql import escape_psql

#: Hits of one search; who has more writes more of the word.
MOST = 100
#: Characters that a search needs.
SHORTEST = 2

#: Where a text stands in the communications of some records, the newest first.
#: Indexes: ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
#: ``kala_communication_partner_idx``.
_HITS = """
    SELECT k.id, k.date
      FROM kala_communication k
     WHERE {of_records}
       AND k.company_id = ANY(%(companies)s)
       AND (%(channel)s IS NULL OR k.channel = %(channel)s)
       AND (%(side)s IS NULL OR k.direction = %(side)s)
       AND (k.direction = 'in' OR k.kind IS DISTINCT FROM 'reaction')
       AND (COALESCE(k.edited_body, k.body) ILIKE %(like)s OR k.subject ILIKE %(like)s)
     ORDER BY k.date DESC, k.id DESC
     LIMIT %(limit)s
"""
_OF_RECORDS = """
    (k.lead_id = ANY(%(leads)s) OR k.order_id = ANY(%(orders)s)
     OR k.partner_id = ANY(%(partners)s) AND k.res_model = 'res.partner')
"""


class KalaConversation(models.AbstractModel):
    """A word in the texts of a conversation, and the lines around where it stands (LO2)."""

    _inherit = "kala.conversation"

    @api.model
    @api.readonly
    def search_text(self, model, res_id, text, only=False, company=False, channel=None, side=None):
        """Find a word in the texts and subjects of a conversation; capitals make no difference.

        :param str text: at least two characters
        :param bool only: as in :meth:`load`, and so are the others
        :return: dict: ``keys`` of the lines that have it, the newest first, and ``more`` (there
            are more than are told)
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        text = str(text or "").replace("\x00", "").strip()
        if len(text) < SHORTEST:
            return {"keys": [], "more": False}
        places = [(row["model"], row["id"]) for row in self._records(record, only, company)]
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            _HITS.format(of_records=_OF_RECORDS),
            {
                **self._ids_of(places),
                "like": f"%{escape_psql(text)}%",
                "channel": channel or None,
                "side": side or None,
                "companies": self.env.companies.ids,
                "limit": MOST + 1,
            },
        )
        ids = [line_id for line_id, _date in self.env.cr.fetchall()]
        return {"keys": [f"c{line_id}" for line_id in ids[:MOST]], "more": len(ids) > MOST}

    @api.model
    def _ids_of(self, places):
        """:return: dict of the ids of each model, for ``_OF_RECORDS``"""
        names = {"crm.lead": "leads", "sale.order": "orders", "res.partner": "partners"}
        return {
            name: [res_id for of_model, res_id in places if of_model == model]
            for model, name in names.items()
        }

    @api.model
    def _place_of(self, key, places, after=False):
        """Find the place of a line of a conversation.

        :param str key: of a communication
        :param bool after: the place right after it, from where the newer ones are read
        :return: (naive UTC, source, id) so that the line itself is among the older ones; None if
            no key is given
        :raise UserError: if it is not in this conversation
        """
        if not key:
            return None
        if not str(key)[1:].isdigit():
            raise self._no_line()
        line_id = int(str(key)[1:])
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT k.date FROM kala_communication k
                 WHERE k.id = %(id)s AND k.company_id = ANY(%(companies)s) AND {_OF_RECORDS}""",
            {"id": line_id, "companies": self.env.companies.ids, **self._ids_of(places)},
        )
        found = self.env.cr.fetchone()
        if not found:
            raise self._no_line()
        return found[0], "c", line_id if after else line_id + 1
