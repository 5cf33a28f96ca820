from odoo import api, models

from ...tools import const


class KalaCommunication(models.Model):
    """What a mass send does where its messages leave again, or do not leave any more (BR2, BR3)."""

    _inherit = "kala.communication"

    def _follow_mass_send(self):
        """A mass send of which a message waits or leaves again is not over, and it keeps that
        message while it is paused; one whose last message was cancelled may be over. Its bar
        moves."""
        on = (const.QUEUED, const.SENDING)
        back = self.filtered(lambda c: c.state in on and c.mass_send_id)
        if back:
            self.env["kala.mass.send"].sudo()._go_on_with(back)
            back.mass_send_id._hold_if_paused()
        if self.filtered(lambda c: c.state == const.CANCELLED and c.mass_send_id):
            self._mass_may_be_over()
        self.mass_send_id.sudo()._beat()

    @api.model
    def _mass_may_be_over(self):
        """Messages left, or were cancelled: perhaps they were the last of a mass send."""
        self.env["kala.mass.send"].sudo()._wake_if_over()
