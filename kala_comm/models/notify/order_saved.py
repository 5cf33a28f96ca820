from odoo import api, models

#: Whose contact points are the order's (MA6).
CONTACT_FIELDS = frozenset(("partner_id", "partner_invoice_id", "partner_shipping_id"))


class SaleOrder(models.Model):
    """What follows where an order is made or changed: its last communication is that of its
    contacts, its messages are its customer's, and its new responsible is told (LO6, NO1)."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._kala_mark_recency(orders.ids)
        self.env["kala.notifier"]._note_assigned(orders.filtered("user_id"))
        return orders

    def write(self, vals):
        given = self._kala_given(vals)
        result = super().write(vals)
        if not CONTACT_FIELDS.isdisjoint(vals):
            self._kala_mark_recency(self.ids)
        if "partner_id" in vals:
            customers = {order.id: order.partner_id.id for order in self}
            self.env["kala.communication"]._follow_customers(customers)
        self.env["kala.notifier"]._note_assigned(given)
        return result
