from odoo import models

from ...tools import const


class KalaCommunication(models.Model):
    """What happens to the tasks that answers of ours have closed (TA3)."""

    _inherit = "kala.communication"

    def _reopen_tasks(self):
        """Let the contacts wait again whose answers, these, did not leave or arrive. A message that
        is sent on another channel instead may still be the answer (SE5)."""
        failed = self.filtered(lambda c: c.state == const.FAILED)
        self.env["kala.task"].sudo()._reopen((self - failed) | failed._given_up())

    def _close_tasks(self):
        """Mark the tasks as done that these answer."""
        self.env["kala.task"].sudo()._close(self._answers())
