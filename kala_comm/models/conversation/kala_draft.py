from odoo import api, fields, models
from odoo.fields import Datetime

from ...tools import channels, const, states
from ...tools.text import clean_text, one_line
from .kala_reading import ANSWER

#: Characters of a draft that are kept; no channel takes as many.
LONGEST = 100_000
SUBJECT = 500


class KalaDraft(models.Model):
    """An answer that a user has begun on a record (LO10). Nobody but he reads it, managers and
    administrators neither. It ends when it is sent, or emptied."""

    _name = "kala.draft"
    _inherit = ["kala.hidden.name"]
    _description = "Draft"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(required=True, readonly=True, model_field="res_model")
    body = fields.Text(readonly=True)
    subject = fields.Char(readonly=True)
    channel = fields.Char(readonly=True)
    begun = fields.Datetime(readonly=True, help="When the user began to write it.")
    version = fields.Integer(readonly=True, help="Counts how often it was changed.")
    other_body = fields.Text(
        readonly=True, help="What another window had kept before this one wrote over it."
    )

    _place_uniq = models.UniqueIndex(
        "(res_model, res_id, user_id)", "A user has one draft on a record."
    )

    @api.model
    def keep(self, model, res_id, values, known=None):
        """Keep what the user has written so far. The last window that writes wins; a text of
        another window that is not part of the new one stays beside it, until it is taken or
        dismissed.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param dict values: ``body``, ``subject`` (e-mail), ``channel``, and those of
            :meth:`_keep_choice`; without ``body`` and files the draft is forgotten
        :param int known: version of the draft that the window knows; None: it knows none
        :return: dict, see :meth:`_facts`
        :raise UserError: if the user may not read the record
        """
        record = self.env["kala.conversation"]._record(model, res_id)
        body = clean_text(str(values.get("body") or ""))[:LONGEST]
        if not body.strip() and not values.get("attachment_ids"):
            self._forget([(model, record.id)])
            return self._facts(model, record.id)
        channel = values.get("channel")
        before = self._mine([(model, record.id)]).version
        self._write_over(
            {
                "model": model,
                "id": record.id,
                "uid": self.env.uid,
                "body": body,
                "subject": one_line(str(values.get("subject") or ""), SUBJECT),
                "channel": channel if channel in channels.codes(*channels.WRITTEN) else None,
                "known": int(known or 0),
                "now": Datetime.now(),
            }
        )
        draft = self._mine([(model, record.id)])
        draft._keep_choice(values, is_known=before == int(known or 0))
        return self._facts(model, record.id)

    @api.model
    def find(self, model, res_id):
        """Read the user's draft on a record.

        :return: dict, see :meth:`_facts`
        :raise UserError: if the user may not read the record
        """
        record = self.env["kala.conversation"]._record(model, res_id)
        return self._facts(model, record.id)

    @api.model
    def dismiss_other(self, model, res_id):
        """Forget the text of the other window: it was taken, or nobody wants it.

        :return: dict, see :meth:`_facts`
        :raise UserError: if the user may not read the record
        """
        record = self.env["kala.conversation"]._record(model, res_id)
        self._mine([(model, record.id)]).other_body = False
        return self._facts(model, record.id)

    # ------------------------------------------------------------------ for our own code

    @api.model
    def _write_over(self, values):
        """One statement: two windows that write at once end with one draft. Index:
        ``kala_draft_place_uniq``."""
        self.flush_model()
        self.env.cr.execute(
            r"""INSERT INTO kala_draft AS d
                           (user_id, res_model, res_id, body, subject, channel, begun, version)
               VALUES (%(uid)s, %(model)s, %(id)s, %(body)s, %(subject)s, %(channel)s, %(now)s, 1)
                   ON CONFLICT (res_model, res_id, user_id) DO UPDATE
                  SET body = excluded.body, subject = excluded.subject,
                      channel = excluded.channel, version = d.version + 1,
                      other_body = CASE
                          WHEN d.version <> %(known)s AND strpos(excluded.body, d.body) = 0
                          THEN concat_ws(E'\n', d.other_body, d.body)
                          ELSE d.other_body END""",
            values,
            # Odoo does it again where another window was faster: that is no error.
            log_exceptions=False,
        )
        self.invalidate_model(flush=False)

    @api.model
    def _mine(self, places):
        """:return: the user's own drafts on some records, in superuser mode"""
        if not places:
            return self.sudo().browse()
        by_model = {}
        for model, res_id in places:
            by_model.setdefault(model, []).append(res_id)
        domain = fields.Domain.OR(
            [("res_model", "=", model), ("res_id", "in", ids)] for model, ids in by_model.items()
        )
        return self.sudo().search(domain & fields.Domain("user_id", "=", self.env.uid))

    @api.model
    def _places(self, places):
        """:param places: iterable of (model, id)
        :return: set of those on which the user has a draft"""
        return {(draft.res_model, draft.res_id) for draft in self._mine(places)}

    @api.model
    def _forget(self, places):
        """The user's drafts on some records are sent, or emptied."""
        self._mine(places).unlink()

    @api.model
    def _facts(self, model, res_id):
        """:return: dict: ``body``, ``subject``, ``channel``, those of :meth:`_choice_facts`,
        ``version`` (0: there is no draft), ``other`` (text of another window), ``answered`` (dict
        ``who``, ``date`` in UTC: a colleague's answer since the draft was begun; or False)"""
        draft = self._mine([(model, res_id)])
        return {
            "body": draft.body or "",
            "subject": draft.subject or "",
            "channel": draft.channel or "",
            **draft._choice_facts(),
            "version": draft.version,
            "other": draft.other_body or "",
            "answered": draft._answered(),
        }

    def _answered(self):
        """:return: dict: who of us answered last since the draft was begun, and when; False where
        nobody did. Index: ``kala_communication_real_idx``."""
        log = self.env["kala.communication"].sudo(False)
        if not self or not log.has_access("read"):
            return False
        log.flush_model()
        self.env.cr.execute(
            f"""SELECT p.name, k.date
                  FROM kala_communication k
                  LEFT JOIN res_users u ON u.id = COALESCE(k.user_id, k.create_uid)
                  LEFT JOIN res_partner p ON p.id = u.partner_id
                 WHERE k.res_model = %(model)s AND k.res_id = %(id)s AND k.res_id IS NOT NULL
                   AND k.company_id = ANY(%(companies)s) AND k.date >= %(begun)s
                   AND ({states.is_real("k")} OR {states.is_open_end("k")})
                   AND {states.is_none(const.FAILED, alias="k")} AND {ANSWER}
                   AND COALESCE(k.user_id, k.create_uid) <> %(uid)s
                 ORDER BY k.date DESC LIMIT 1""",
            {
                "model": self.res_model,
                "id": self.res_id,
                "begun": self.begun,
                "uid": self.env.uid,
                "companies": self.env.companies.ids,
            },
        )
        found = self.env.cr.fetchone()
        return {"who": found[0] or "", "date": Datetime.to_string(found[1])} if found else False

    @api.model
    def _follow(self, model, from_ids, to_id):
        """A merged record leaves its drafts to the one that stays: where a user has one on it
        already, the other texts stand beside it. A deleted record leaves none.

        :param to_id: id of the record that stays, None = none does
        """
        self.flush_model()
        values = {"model": model, "from": list(from_ids), "to": to_id}
        if to_id:
            self.env.cr.execute(
                r"""INSERT INTO kala_draft AS d
                           (user_id, res_model, res_id, body, subject, channel, begun, version)
                   SELECT user_id, res_model, %(to)s, string_agg(body, E'\n' ORDER BY id),
                          min(subject), min(channel), min(begun), max(version)
                     FROM kala_draft
                    WHERE res_model = %(model)s AND res_id = ANY(%(from)s)
                    GROUP BY user_id, res_model
                       ON CONFLICT (res_model, res_id, user_id) DO UPDATE
                      SET other_body = concat_ws(E'\n', d.other_body, excluded.body)""",
                values,
            )
            self._leave_files(model, from_ids, to_id)
        self.invalidate_model(flush=False)
        # By the ORM: the files that are left go, too.
        self.search([("res_model", "=", model), ("res_id", "in", list(from_ids))]).unlink()
