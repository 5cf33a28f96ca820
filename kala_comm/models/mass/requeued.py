from odoo import api, models


class KalaCommunication(models.Model):
    """What a mass send does where its messages leave again, or do not leave any more (BR3)."""

    _inherit = "kala.communication"

    def _mass_goes_on(self):
        """Messages are put back in the queue: a mass send that had ended goes on."""
        self.env["kala.mass.send"].sudo()._go_on_with(self)

    @api.model
    def _mass_may_be_over(self):
        """Messages left, or were cancelled: perhaps they were the last of a mass send."""
        self.env["kala.mass.send"].sudo()._wake_if_over()
