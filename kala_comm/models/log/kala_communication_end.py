from odoo import api, models
from odoo.tools import SQL

from ...tools import const

#: Old lines that are deleted in one transaction.
GC_BATCH = 10_000


class KalaCommunication(models.Model):
    """What becomes of the log when its records are merged or deleted, and when it is old (MA12,
    AD6)."""

    _inherit = "kala.communication"

    @api.model
    def _move_records(self, model, from_ids, record):
        """Attach what belongs to merged records to the one that stays (MA12).

        Odoo's merge of customers has moved the foreign keys already: then the attached ones
        are found among those of the record that stays.
        Indexes: ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
        ``kala_communication_partner_idx``.

        :return: how many there were
        """
        self.flush_model()
        column = record._kala_communication_field()
        self.env.cr.execute(
            f"""UPDATE kala_communication
                   SET {column} = %(to)s,
                       recency_pending = recency_pending
                           OR res_model = %(model)s AND res_id = ANY(%(from)s),
                       res_id = CASE WHEN res_model = %(model)s AND res_id = ANY(%(from)s)
                                     THEN %(to)s ELSE res_id END
                 WHERE {column} = ANY(%(from)s)
                    OR {column} = %(to)s AND res_model = %(model)s AND res_id = ANY(%(from)s)""",
            {"to": record.id, "model": model, "from": list(from_ids)},
        )
        moved = self.env.cr.rowcount
        self.env["kala.answer"]._follow_merge(model, from_ids, record.id)
        self.invalidate_model(flush=False)
        # Defined where conversations are listed: conversation/waiting_news.py.
        self._leave_records(model, from_ids, record, moved)
        return moved

    @api.model
    def _follow_customers(self, customers):
        """Name the customer of orders that got another one after they had been written to. Leads:
        ``kala.contact.point._link_leads``.

        :param dict customers: order id → customer id
        Index: ``kala_communication_order_idx``.
        """
        self.flush_model(["partner_id", "order_id"])
        self.env.cr.execute(
            """UPDATE kala_communication c
                  SET partner_id = r.partner_id, recency_pending = TRUE
                 FROM unnest(%s::int[], %s::int[]) AS r(id, partner_id)
                WHERE c.order_id = r.id AND c.partner_id IS DISTINCT FROM r.partner_id""",
            [list(customers), list(customers.values())],
        )
        self.invalidate_model(["partner_id", "recency_pending"], flush=False)

    @api.model
    def _detach(self, model, ids):
        """Keep the log of records that are about to be deleted, seen by managers (MA12). What waits
        to be sent is cancelled: nobody who knows of it could stop it any more.

        Indexes: ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
        ``kala_communication_partner_idx``.
        """
        column = SQL.identifier(self.env[model]._kala_communication_field())
        ids = list(ids)
        attached = SQL(
            "c.%s = ANY(%s) AND c.res_model = %s AND c.res_id = ANY(%s)", column, ids, model, ids
        )
        # Nothing follows: whom it would concern has lost the record.
        self._move(
            "cancel", None, const.CANCELLED, which=SQL("c.direction = 'out' AND %s", attached)
        )
        self.env.cr.execute(
            SQL(
                """UPDATE kala_communication c
                      SET res_model = NULL, res_id = NULL, match_rule = 'deleted'
                    WHERE %s RETURNING c.id""",
                attached,
            )
        )
        detached = [row[0] for row in self.env.cr.fetchall()]
        self.invalidate_model(flush=False)
        if detached:
            self.env["kala.answer"]._follow(detached)
        self._leave_records(model, ids)

    @api.autovacuum
    def _gc_log(self):
        """Delete what is older than the company keeps its log [for ever] (AD6), but not what an
        open task is about: somebody still waits for an answer (TA3).

        Index: ``kala_communication_company_idx``.
        """
        done, more = 0, False
        for company in self.env["res.company"].sudo().search([("kala_log_days", ">", 0)]):
            start = company._kala_log_start()
            old_ones = [("company_id", "=", company.id), ("date", "<", start)]
            waiting = (
                self.env["mail.activity"]
                .sudo()
                .search([("kala_communication_id", "any", old_ones)])
            )
            old = self.sudo().search(
                [
                    *old_ones,
                    ("id", "not in", waiting.kala_communication_id.ids),
                    ("state", "not in", (*const.UNSENT_STATES, const.SENDING)),
                ],
                limit=GC_BATCH,
            )
            done += len(old)
            more = more or len(old) == GC_BATCH
            old.unlink()
        return done, more
