from odoo import api, fields, models
from odoo.exceptions import ValidationError


class KalaOrderStatus(models.Model):
    """A status of orders, within one Odoo state (ST3)."""

    _name = "kala.order.status"
    _description = "Order Status"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection="_selection_state",
        string="Odoo state",
        required=True,
        # By its name Odoo would take it for the progress of a record.
        copy=True,
        help="An order enters the first status of its state; users move it within the state.",
    )
    kala_status_type_id = fields.Many2one(
        "kala.status.type", string="Status type", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", help="Empty: all companies.")
    fold = fields.Boolean(string="Folded in kanban")

    @api.model
    def _selection_state(self):
        return self.env["sale.order"]._fields["state"]._description_selection(self.env)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last(self):
        self._check_states_of(self.search([("company_id", "=", False)]) - self)

    @api.constrains("state", "active", "company_id")
    def _check_every_state(self):
        self._check_states_of(self.search([("company_id", "=", False)]))

    @api.model
    def _check_states_of(self, shared):
        """Every Odoo state keeps a status, else orders would have nowhere to go."""
        missing = {state for state, _label in self._selection_state()} - set(shared.mapped("state"))
        if missing:
            raise ValidationError(
                self.env._(
                    "Each Odoo state needs at least one status for all companies. Missing: %s.",
                    ", ".join(sorted(missing)),
                )
            )

    def write(self, vals):
        moved = self.filtered(lambda status: vals.get("state", status.state) != status.state)
        if moved and self.env["sale.order"].sudo().search_count(
            [("kala_status_id", "in", moved.ids)], limit=1
        ):
            raise ValidationError(
                self.env._(
                    "Orders are in this status, so its Odoo state cannot change. "
                    "Add a new status and move the orders there."
                )
            )
        return super().write(vals)

    @api.model
    def _load_delivered(self):
        """Make the delivered statuses (ST3), all at once: every state must have one."""
        if self.with_context(active_test=False).search_count([], limit=1):
            return
        delivered = [
            ("quotation", "Quotation", "draft", "new"),
            ("sent", "Sent", "sent", "waiting"),
            ("confirmed", "Confirmed", "sale", "open"),
            ("completed", "Completed", "sale", "won"),
            ("cancelled", "Cancelled", "cancel", "lost"),
        ]
        types = self.env["kala.status.type"]
        statuses = self.create(
            [
                {
                    "name": name,
                    "sequence": 10 * (n + 1),
                    "state": state,
                    "kala_status_type_id": types._id_of(code),
                    "fold": state == "cancel",
                }
                for n, (_xmlid, name, state, code) in enumerate(delivered)
            ]
        )
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"kala_comm.order_status_{row[0]}",
                    "record": status,
                    "noupdate": True,
                }
                for row, status in zip(delivered, statuses, strict=True)
            ]
        )

    @api.model
    def _of_company(self, company):
        return self.sudo().search([("company_id", "in", [False, company.id])])
