from odoo import api, models
from odoo.tools import SQL


class KalaCommunicationMixin(models.AbstractModel):
    """What the matcher's statement (``inbound/kala_matcher_candidates.py``) must know of each
    record model (MA1). Each method answers with SQL; it may read the named parts of the statement
    that its docstring gives."""

    _inherit = "kala.communication.mixin"

    @api.model
    def _kala_candidates_of_customer(self):
        """Hook: the records of the customers behind a sender.

        :return: list of SQL that read ``customer`` (n, id) and give n, model, id, source,
            pinned_date
        """
        raise NotImplementedError()

    @api.model
    def _kala_judged_candidates(self, company, rank):
        """Hook: what decides about candidates of this model.

        :param company: ``res.company`` of the line that was written to
        :param int rank: place of the model among the record models; the first one is preferred
        :return: SQL that reads ``once`` (n, model, id, source, pinned_date) and gives these, the
            rank, in_company, alive, type_id (``kala.status.type``), create_date, partner_id (the
            customer), owner_id (the customer whom a new lead may be linked to)
        """
        raise NotImplementedError()

    @api.model
    def _kala_unfilled_points(self):
        """While the points of a living database are being filled, Odoo's own columns are looked up
        too (docs/architecture.md, 3.11). Indexes: ``*_phone_sanitized``, ``*_email_normalized``.

        :return: list of SQL that read ``sender`` (n, kind, value) and give n, res_model, res_id,
            kind, pinned, pinned_date; empty for a model that owns no points
        """
        if "kala_contact_keys" not in self._fields:
            return []
        return [
            SQL(
                """SELECT s.n, %(model)s, r.id, s.kind, FALSE, NULL
                     FROM sender s JOIN %(table)s r ON r.%(column)s = s.value
                    WHERE s.kind = %(kind)s AND r.kala_contact_keys IS NULL""",
                model=self._name,
                table=SQL.identifier(self._table),
                column=SQL.identifier(column),
                kind=kind,
            )
            for kind, column in (("phone", "phone_sanitized"), ("email", "email_normalized"))
        ]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model
    def _kala_candidates_of_customer(self):
        """Indexes: ``sale_order__partner_id_index`` and those of the other two."""
        return [
            SQL(
                """SELECT c.n, 'sale.order', o.id, 2, NULL
                     FROM customer c JOIN sale_order o ON o.%s = c.id""",
                SQL.identifier(name),
            )
            for name in ("partner_id", "partner_invoice_id", "partner_shipping_id")
        ]

    @api.model
    def _kala_judged_candidates(self, company, rank):
        """While orders of a living database have no status yet, the first one of their state
        counts."""
        return SQL(
            """SELECT x.n, x.model, x.id, x.source, x.pinned_date, %(rank)s,
                      o.company_id = %(company)s AS in_company,
                      TRUE AS alive,
                      COALESCE(s.kala_status_type_id, f.kala_status_type_id, %(open)s) AS type_id,
                      o.create_date, o.partner_id, NULL::int AS owner_id
                 FROM once x
                 JOIN sale_order o ON o.id = x.id
                 LEFT JOIN kala_order_status s ON s.id = o.kala_status_id
                 LEFT JOIN LATERAL (
                      SELECT kala_status_type_id FROM kala_order_status
                       WHERE o.kala_status_id IS NULL AND state = o.state AND active
                       ORDER BY sequence, id LIMIT 1) f ON TRUE
                WHERE x.model = 'sale.order'""",
            rank=rank,
            company=company.id,
            open=self.env["kala.status.type"]._id_of("open"),
        )


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model
    def _kala_candidates_of_customer(self):
        """Index: ``crm_lead__partner_id_index``."""
        return [
            SQL(
                """SELECT c.n, 'crm.lead', l.id, 2, NULL
                     FROM customer c JOIN crm_lead l ON l.partner_id = c.id"""
            )
        ]

    @api.model
    def _kala_judged_candidates(self, company, rank):
        """A lost lead has the type of its lost reason, another one that of its stage."""
        types = self.env["kala.status.type"]
        return SQL(
            """SELECT x.n, x.model, x.id, x.source, x.pinned_date, %(rank)s,
                      l.company_id IS NULL OR l.company_id = %(company)s,
                      l.active OR l.won_status = 'lost',
                      CASE WHEN l.won_status = 'lost'
                           THEN COALESCE(r.kala_status_type_id, %(lost)s)
                           ELSE COALESCE(g.kala_status_type_id, %(open)s) END,
                      l.create_date, l.partner_id, w.id
                 FROM once x
                 JOIN crm_lead l ON l.id = x.id
                 LEFT JOIN res_partner w ON w.id = l.partner_id AND w.active
                  AND (w.company_id IS NULL OR w.company_id = %(company)s)
                 LEFT JOIN crm_stage g ON g.id = l.stage_id
                 LEFT JOIN crm_lost_reason r ON r.id = l.lost_reason_id
                WHERE x.model = 'crm.lead'""",
            rank=rank,
            company=company.id,
            open=types._id_of("open"),
            lost=types._id_of("lost"),
        )


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _kala_candidates_of_customer(self):
        return [SQL("SELECT n, 'res.partner', id, 2, NULL FROM customer")]

    @api.model
    def _kala_judged_candidates(self, company, rank):
        return SQL(
            """SELECT x.n, x.model, x.id, x.source, x.pinned_date, %(rank)s,
                      p.company_id IS NULL OR p.company_id = %(company)s,
                      p.active, NULL, p.create_date, p.id, p.id
                 FROM once x
                 JOIN res_partner p ON p.id = x.id
                WHERE x.model = 'res.partner'""",
            rank=rank,
            company=company.id,
        )
