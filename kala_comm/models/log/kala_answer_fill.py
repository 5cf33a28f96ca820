from odoo import api, models

from ...tools import const


class KalaAnswer(models.Model):
    """Counts the answer times of a database that has a log already (AD6)."""

    _inherit = "kala.answer"

    _fill_name = "answers"
    _fill_job = "kala_comm.ir_cron_answers"

    @api.model
    def _fill_lines(self, lines):
        """Index: ``kala_answer_place_idx``."""
        records = {line[:3] for line in lines if line[0] in const.RECORD_MODELS and line[1]}
        contacts = {(None, None, *line[2:]) for line in lines if not line[1] and line[4]}
        uncounted = [(*place, None, None) for place in self._without_row(records)]
        self._count([*uncounted, *contacts])

    @api.model
    def _filled_from(self):
        """:return: naive UTC of the line to which the counting has come; None = it is done, or has
        not begun"""
        line = self.env["kala.communication"].sudo().browse(self._fill_from())
        return line.exists().date or None
