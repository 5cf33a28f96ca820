from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval

from ...tools import const


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "kala.communication.mixin"]

    kala_status_id = fields.Many2one(
        "kala.order.status",
        string="Order status",
        compute="_compute_kala_status_id",
        store=True,
        readonly=False,
        index=True,
        copy=False,
        tracking=True,
        ondelete="restrict",
        group_expand="_group_expand_kala_status",
        domain="[('state', '=', state), ('company_id', 'in', [False, company_id])]",
    )
    kala_status_type_id = fields.Many2one(
        related="kala_status_id.kala_status_type_id", string="Status type"
    )
    kala_communication_ids = fields.One2many(
        "kala.communication", "order_id", domain=const.LISTED_DOMAIN
    )

    _kala_last_communication_idx = models.Index(
        "(kala_last_communication_date DESC NULLS LAST, id DESC)"
    )

    @api.depends("state", "locked", "company_id")
    def _compute_kala_status_id(self):
        """Follow the Odoo state into its first status; a locked order is completed (ST3)."""
        for order, status in self._kala_statuses().items():
            order.kala_status_id = status

    def _kala_statuses(self):
        """:return: dict order → status that goes with its state"""
        found = {}
        for company, orders in self.grouped("company_id").items():
            statuses = self.env["kala.order.status"]._of_company(company)
            for order in orders:
                found[order] = order._kala_follow_state(
                    statuses.filtered(lambda s, state=order.state: s.state == state)
                )
        return found

    def _kala_backfill_values(self):
        """:return: dict order id → value of ``kala_status_id``, for :meth:`kala.backfill`"""
        return {order.id: status.id for order, status in self._kala_statuses().items()}

    def _kala_follow_state(self, statuses):
        """:param statuses: those of the order's state, in order"""
        completed = statuses.filtered(lambda s: s.kala_status_type_id.code == "won")
        current = self.kala_status_id
        if self.locked and completed:
            return current if current in completed else completed[:1]
        usual = statuses - completed or statuses
        return current if current in usual else usual[:1]

    @api.constrains("kala_status_id", "state")
    def _check_kala_status(self):
        for order in self:
            status = order.kala_status_id
            if status and status.state != order.state:
                raise ValidationError(
                    self.env._(
                        "“%(status)s” belongs to another state than order %(order)s is in. "
                        "Confirm, cancel or reset the order to get there.",
                        status=status.name,
                        order=order.name,
                    )
                )

    @api.model
    def _group_expand_kala_status(self, statuses, domain):
        return self.env["kala.order.status"].search(
            [("company_id", "in", [False, *self.env.companies.ids])]
        )

    # ------------------------------------------------------------------ contacts

    def _kala_contacts(self):
        return self.partner_id | self.partner_invoice_id | self.partner_shipping_id

    def _kala_customer(self):
        return self.partner_id

    def _kala_documents(self):
        """The quotation or order as Odoo prints it (SE3)."""
        self.ensure_one()
        report = self.env.ref("sale.action_report_saleorder")
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(report, self.ids)
        name = safe_eval(report.print_report_name, {"object": self}) or self.name
        return [(f"{name}.{kind}", content)]
