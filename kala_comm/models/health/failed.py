from odoo import Command, fields, models


class KalaConnection(models.Model):
    """What failed on a connection, to be sent again (DE4)."""

    _inherit = "kala.connection"

    failed_count = fields.Integer(compute="_compute_failed_count")

    def _compute_failed_count(self):
        counts = self.env["kala.resend"]._counts(self.line_ids)
        for connection in self:
            connection.failed_count = sum(counts.get(line, 0) for line in connection.line_ids)

    def action_open_resend(self):
        """Ask before everything that failed on this connection is sent again (DE4)."""
        return self.line_ids.action_open_resend()


class KalaLine(models.Model):
    _inherit = "kala.line"

    failed_count = fields.Integer(compute="_compute_failed_count")

    def _compute_failed_count(self):
        counts = self.env["kala.resend"]._counts(self)
        for line in self:
            line.failed_count = counts.get(line._origin, 0)

    def action_open_resend(self):
        """Ask before everything that failed on these lines is sent again (DE4)."""
        wizard = self.env["kala.resend"].create({"line_ids": [Command.set(self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resend All Failed"),
            "res_model": "kala.resend",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
