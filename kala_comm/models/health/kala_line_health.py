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
