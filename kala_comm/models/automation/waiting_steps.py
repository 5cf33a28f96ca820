from odoo import fields, models

from .kala_rule_log import WAITING


class KalaCommunicationMixin(models.AbstractModel):
    """The steps of rules that wait for a record (AU7)."""

    _inherit = "kala.communication.mixin"

    kala_waiting_steps = fields.Integer(compute="_compute_kala_waiting_steps")

    def _compute_kala_waiting_steps(self):
        """Index: that of the field of the record."""
        name = self._kala_communication_field()
        self.check_access("read")
        counts = dict(
            self.env["kala.rule.log"]
            .sudo()
            ._read_group(
                [(name, "in", self.ids), ("state", "=", WAITING), ("dry", "=", False)],
                [name],
                ["__count"],
            )
        )
        by_id = {record.id: count for record, count in counts.items()}
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
