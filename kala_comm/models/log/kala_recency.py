import functools
import logging

from odoo import api, models

from ...tools import const, states
from ...tools.retries import RETRIABLE

_logger = logging.getLogger(__name__)

#: Seconds. A column that is younger than this is near enough: bursts cost one write.
COLUMN_STEP = 60
CHUNK = 1000

#: Records of each table whose column a touched contact point or customer reaches (LO6). The
#: company must fit; an address on many records reaches only those it is attached to.
_TOUCHED = """
    WITH pending AS (
        SELECT id, contact_kind, contact_value, connection_id, company_id,
               res_model, res_id, partner_id, date
          FROM kala_communication
         WHERE id = ANY(%(ids)s)
    ), point AS (
        SELECT c.id, c.date, c.company_id, p.res_model, p.res_id
          FROM pending c
          JOIN LATERAL (
               SELECT q.res_model, q.res_id
                 FROM kala_contact_point q
                WHERE q.kind = c.contact_kind AND q.value = c.contact_value
                  AND (q.connection_id IS NULL OR q.connection_id = c.connection_id)
                LIMIT %(limit)s + 1) p ON TRUE
    ), crowded AS (
        SELECT id FROM point GROUP BY id HAVING count(*) > %(limit)s
    ), touched AS (
        SELECT id, date, company_id, res_model, res_id
          FROM point WHERE id NOT IN (SELECT id FROM crowded)
         UNION
        SELECT id, date, company_id, res_model, res_id
          FROM pending WHERE res_id IS NOT NULL
         UNION
        SELECT id, date, company_id, 'res.partner', partner_id
          FROM pending WHERE partner_id IS NOT NULL
    ), customer AS (
        SELECT id, date, company_id, res_id FROM touched WHERE res_model = 'res.partner'
    )
    SELECT t.id, t.date, t.res_model, t.res_id
      FROM touched t
      LEFT JOIN crm_lead l ON t.res_model = 'crm.lead' AND l.id = t.res_id
      LEFT JOIN res_partner p ON t.res_model = 'res.partner' AND p.id = t.res_id
     WHERE COALESCE(l.company_id, p.company_id, t.company_id) = t.company_id
     UNION
    SELECT c.id, c.date, 'crm.lead', l.id
      FROM customer c JOIN crm_lead l ON l.partner_id = c.res_id
     WHERE l.company_id IS NULL OR l.company_id = c.company_id
     UNION
    SELECT c.id, c.date, 'sale.order', o.id
      FROM customer c JOIN sale_order o ON o.partner_id = c.res_id
     WHERE o.company_id = c.company_id
     UNION
    SELECT c.id, c.date, 'sale.order', o.id
      FROM customer c JOIN sale_order o ON o.partner_invoice_id = c.res_id
     WHERE o.company_id = c.company_id
     UNION
    SELECT c.id, c.date, 'sale.order', o.id
      FROM customer c JOIN sale_order o ON o.partner_shipping_id = c.res_id
     WHERE o.company_id = c.company_id
"""

_REAL = states.is_real("k")

#: Whose contact points count as a record's (MA6): its own, its customer's; an order's are those
#: of its three contacts.
_OWNERS = {
    "res.partner": """
        SELECT id, company_id, 'res.partner' AS res_model, id AS res_id
          FROM res_partner WHERE id = ANY(%(ids)s)""",
    "crm.lead": """
        SELECT id, company_id, 'crm.lead' AS res_model, id AS res_id
          FROM crm_lead WHERE id = ANY(%(ids)s)
         UNION ALL
        SELECT id, company_id, 'res.partner', partner_id
          FROM crm_lead WHERE id = ANY(%(ids)s) AND partner_id IS NOT NULL""",
    "sale.order": """
        SELECT DISTINCT o.id, o.company_id, 'res.partner' AS res_model, c.id AS res_id
          FROM sale_order o
          JOIN LATERAL unnest(ARRAY[o.partner_id, o.partner_invoice_id, o.partner_shipping_id])
                 AS c(id) ON c.id IS NOT NULL
         WHERE o.id = ANY(%(ids)s)""",
}
#: Fields that say whose they are.
_OWNER_FIELDS = {
    "res.partner": ["company_id"],
    "crm.lead": ["company_id", "partner_id"],
    "sale.order": ["company_id", "partner_id", "partner_invoice_id", "partner_shipping_id"],
}


class KalaRecency(models.AbstractModel):
    """Writes the "last communication" columns (LO6, docs/architecture.md, 3.8): in short
    transactions of their own, after the batch, without touching anything else of the records."""

    _name = "kala.recency"
    _inherit = "kala.job"
    _description = "Last Communication Columns"

    @api.model
    def _refresh(self):
        """Write the columns for communications that are still pending.

        A row that somebody holds is skipped; its communication stays pending for the next run.

        :return: whether anything is left that this run could not write
        Indexes: ``kala_communication_pending_idx``, ``kala_contact_point_key_uniq``.
        """
        last, left = 0, False
        while last is not None:
            try:
                # Every lane ends with this: two of them meet on the same rows.
                last, skipped = self._retrying(functools.partial(self._refresh_chunk, last))
            except RETRIABLE:
                # Its caller has done its own work, and these stay pending.
                _logger.info("the last-communication columns wait for the next run")
                return True
            left = left or skipped
        return left

    @api.model
    def _refresh_chunk(self, last):
        """What another lane is writing is left to it.

        :return: (id of the last communication, None after the end; whether any was skipped)
        """
        cr = self.env.cr
        cr.execute(
            f"""SELECT id, {states.is_real()}
                 FROM kala_communication
                WHERE recency_pending AND id > %s ORDER BY id LIMIT %s
                  FOR NO KEY UPDATE SKIP LOCKED""",
            [last, CHUNK],
            log_exceptions=False,
        )
        rows = cr.fetchall()
        if not rows:
            return None, False
        skipped = self._write_columns([row[0] for row in rows if row[1]])
        # Defined where conversations are listed: conversation/waiting_news.py.
        self.env["kala.communication"].browse([row[0] for row in rows])._list_waiting()
        self.env["kala.answer.due"]._note(row[0] for row in rows)
        cr.execute(
            "UPDATE kala_communication SET recency_pending = FALSE WHERE id = ANY(%s)",
            [[row[0] for row in rows if row[0] not in skipped]],
            log_exceptions=False,
        )
        return rows[-1][0], bool(skipped)

    @api.model
    def _write_columns(self, ids):
        """:return: set of communications with a record that could not be locked"""
        if not ids:
            return set()
        cr = self.env.cr
        cr.execute(_TOUCHED, {"ids": ids, "limit": const.SIMILAR_LIMIT})
        newest, sources = {}, {}
        for communication_id, date, model, res_id in cr.fetchall():
            key = (model, res_id)
            newest[key] = max(newest.get(key, date), date)
            sources.setdefault(key, set()).add(communication_id)
        skipped = set()
        for model in const.RECORD_MODELS:
            dates = {res_id: date for (name, res_id), date in newest.items() if name == model}
            for res_id in self._write_model(model, dates):
                skipped |= sources[model, res_id]
        return skipped

    @api.model
    def _write_model(self, model, dates):
        """:return: ids of records that are older and held by somebody else"""
        if not dates:
            return set()
        table = self.env[model]._table
        cr = self.env.cr
        older = f"""
            SELECT t.id, n.date
              FROM unnest(%s::int[], %s::timestamp[]) AS n(id, date)
              JOIN {table} t ON t.id = n.id
             WHERE t.kala_last_communication_date IS NULL
                OR t.kala_last_communication_date < n.date - %s * interval '1 second'
        """
        values = [list(dates), list(dates.values()), COLUMN_STEP]
        cr.execute(
            f"""WITH older AS MATERIALIZED ({older}),
                     held AS (SELECT t.id FROM {table} t
                               WHERE t.id IN (SELECT id FROM older)
                                 FOR NO KEY UPDATE SKIP LOCKED),
                     written AS (
                         UPDATE {table} t SET kala_last_communication_date = older.date
                           FROM older
                          WHERE t.id = older.id AND t.id IN (SELECT id FROM held)
                      RETURNING t.id)
                SELECT id FROM older WHERE id NOT IN (SELECT id FROM written)""",
            values,
            log_exceptions=False,
        )
        return {row[0] for row in cr.fetchall()}

    @api.model
    def _mark_records(self, model, ids):
        """Give records that are new, or have new contact points, the date of what is in the log
        already, their customer's included.

        Part of the caller's transaction: these rows are its own. Each owner looks for his points
        by the index (``OFFSET 0`` forbids a join instead, which is quadratic while the table has
        no statistics).
        Indexes: ``kala_contact_point_record_idx``, ``kala_communication_contact_idx``,
        ``kala_communication_partner_idx``.
        """
        table = self.env[model]._table
        # A merge of customers writes the column by the ORM.
        self.env[model].browse(ids).flush_recordset(
            ["kala_last_communication_date", *_OWNER_FIELDS[model]]
        )
        self.env.cr.execute(
            f"""WITH owner AS ({_OWNERS[model]}),
                     dated AS (
                         SELECT o.id, c.date
                           FROM owner o
                          CROSS JOIN LATERAL (
                                SELECT kind, value, connection_id FROM kala_contact_point
                                 WHERE res_model = o.res_model AND res_id = o.res_id
                                OFFSET 0) p
                           JOIN LATERAL (
                                SELECT date FROM kala_communication k
                                 WHERE k.contact_kind = p.kind AND k.contact_value = p.value
                                   AND {_REAL}
                                   AND (p.connection_id IS NULL
                                        OR p.connection_id = k.connection_id)
                                   AND (o.company_id IS NULL OR o.company_id = k.company_id)
                                 ORDER BY k.date DESC LIMIT 1) c ON TRUE
                          UNION ALL
                         SELECT o.id, c.date
                           FROM owner o
                           JOIN LATERAL (
                                SELECT date FROM kala_communication k
                                 WHERE k.partner_id = o.res_id AND {_REAL}
                                   AND (o.company_id IS NULL OR o.company_id = k.company_id)
                                 ORDER BY k.date DESC LIMIT 1) c ON TRUE
                          WHERE o.res_model = 'res.partner')
                UPDATE {table} t
                   SET kala_last_communication_date = n.date
                  FROM (SELECT id, max(date) AS date FROM dated GROUP BY id) n
                 WHERE t.id = n.id
                   AND (t.kala_last_communication_date IS NULL
                        OR t.kala_last_communication_date < n.date)
             RETURNING t.id""",
            {"ids": list(ids)},
        )
        changed = [row[0] for row in self.env.cr.fetchall()]
        self.env[model].browse(changed).invalidate_recordset(
            ["kala_last_communication_date"], flush=False
        )
        if model == "res.partner" and changed:
            self._touch_customers(changed)

    @api.model
    def _touch_customers(self, ids):
        """A customer became known by an address that is in the log: his leads and orders, which
        others may hold, get its date from the next run.

        Indexes: ``kala_contact_point_record_idx``, ``kala_communication_contact_idx``.
        """
        communications = self.env["kala.communication"]
        communications.flush_model(["recency_pending"])
        self.env.cr.execute(
            f"""UPDATE kala_communication SET recency_pending = TRUE
                 WHERE id IN (
                       SELECT c.id
                         FROM unnest(%s::int[]) AS r(id)
                        CROSS JOIN LATERAL (
                              SELECT kind, value, connection_id FROM kala_contact_point
                               WHERE res_model = 'res.partner' AND res_id = r.id
                              OFFSET 0) p
                        CROSS JOIN res_company company
                         JOIN LATERAL (
                              SELECT id FROM kala_communication k
                               WHERE k.contact_kind = p.kind AND k.contact_value = p.value
                                 AND k.company_id = company.id AND {_REAL}
                                 AND (p.connection_id IS NULL
                                      OR p.connection_id = k.connection_id)
                               ORDER BY k.date DESC LIMIT 1) c ON TRUE)""",
            [ids],
        )
        communications.invalidate_model(["recency_pending"], flush=False)
