from odoo import fields, models


class KalaLine(models.Model):
    """How one line is doing (WA5): of several phones of one connection one may be off."""

    _name = "kala.line"
    _inherit = ["kala.line", "kala.health"]

    test_id = fields.Many2one(
        "kala.communication", string="Test message", readonly=True, copy=False, ondelete="set null"
    )

    def _health_connection(self):
        return self.sudo().connection_id

    def _health_lines(self):
        return self

    # ------------------------------------------------------------------ buttons

    def action_open_replace(self):
        """Ask for the number that comes in place of this one (WA3)."""
        self.ensure_one()
        wizard = self.env["kala.line.replace"].create({"line_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace the Number"),
            "res_model": "kala.line.replace",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_open_communications(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kala_comm.kala_communication_action"
        )
        action["domain"] = [("line_id", "in", self.ids)]
        return action
