from odoo import api, fields, models

from .kala_rule_log import WAITING


class KalaCommunicationMixin(models.AbstractModel):
    """The steps of rules that wait for a record (AU7)."""

    _inherit = "kala.communication.mixin"

    kala_waiting_steps = fields.Integer(compute="_compute_kala_waiting_steps")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_kala_waiting_steps(self):
        """The steps that the user may read: what waits for an invoice stands on its customer, too.
        Index: that of the field of the record."""
        name = self._kala_communication_field()
        self.check_access("read")
        steps = self.env["kala.rule.log"].with_user(self.env.uid)
        waiting = [(name, "in", self.ids), ("state", "=", WAITING), ("dry", "=", False)]
        may_read = self.ids and steps.has_access("read")
        counts = steps._read_group(waiting, [name], ["__count"]) if may_read else ()
        by_id = {record.id: count for record, count in counts}
        for record in self:
            record.kala_waiting_steps = by_id.get(record._origin.id, 0)

    def action_kala_waiting_steps(self):
        """Open the steps that wait for this record; each can be cancelled there."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Waiting Steps"),
            "res_model": "kala.rule.log",
            "view_mode": "list",
            "views": [(self.env.ref("kala_comm.kala_rule_log_view_list_waiting").id, "list")],
            "domain": [
                (self._kala_communication_field(), "=", self.id),
                ("state", "=", WAITING),
                ("dry", "=", False),
            ],
            "target": "current",
        }
