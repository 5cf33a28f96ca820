from odoo import api, models

from ...tools import const


class KalaWaiting(models.Model):
    """Fills the list of conversations of a database that has a log already (AD6): the newest first,
    so that the inbox is of use at once."""

    _inherit = "kala.waiting"

    _fill_name = "waiting"
    _fill_job = "kala_comm.ir_cron_waiting"

    @api.model
    def _fill_lines(self, lines):
        """Index: ``kala_waiting_place_uniq``."""
        places = {line[:3] for line in lines if line[0] in const.RECORD_MODELS and line[1]}
        self._refresh(self._without_row(places))
