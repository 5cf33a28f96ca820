from odoo import models

from ...tools import channels


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    def write(self, vals):
        lines = self._kala_lines()
        result = super().write(vals)
        self.env["kala.send.window"]._look_again(lines)
        return result

    def unlink(self):
        lines = self._kala_lines()
        result = super().unlink()
        self.env["kala.send.window"]._look_again(lines)
        return result

    def _kala_lines(self):
        """:return: the lines whose windows these holidays close (WI2); somebody's own time off
        closes none"""
        holidays = self.filtered(lambda leave: not leave.resource_id)
        if not holidays:
            return self.env["kala.line"]
        if not all(leave.calendar_id for leave in holidays):
            # Of every calendar.
            texts = [("channel", "in", channels.codes(channels.TEXT))]
            return self.env["kala.line"].sudo().search(texts)
        return holidays.calendar_id._kala_lines()
