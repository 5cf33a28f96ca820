from odoo import models


class KalaCommunication(models.Model):
    """What the screens show that are open on the record of a communication (LO4)."""

    _inherit = "kala.communication"

    def _show_change(self):
        """Its state moved, or its files came, or do not come: open screens show it."""
        self.env["kala.live"]._changed(self)
