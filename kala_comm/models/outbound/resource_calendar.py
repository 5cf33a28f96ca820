from odoo import fields, models
from odoo.exceptions import ValidationError


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        result = super().write(vals)
        if not {"attendance_ids", "tz"}.isdisjoint(vals):
            self.env["kala.send.window"]._look_again(self._kala_lines())
        return result

    def _kala_lines(self):
        """:return: the lines that send in these windows"""
        companies = self.env["res.company"].sudo()
        companies = companies.search([("kala_send_window_id", "in", self.ids)])
        return (
            self.env["kala.line"]
            .sudo()
            .search(
                [
                    "|",
                    ("calendar_id", "in", self.ids),
                    "&",
                    ("calendar_id", "=", False),
                    ("company_id", "in", companies.ids),
                ]
            )
        )

    def _kala_check_opens(self):
        """:raise ValidationError: if texts would wait for ever in this window"""
        now = fields.Datetime.now()
        for calendar in self:
            if self.env["kala.send.window"]._next_opening(calendar, now) is None:
                raise ValidationError(
                    self.env._(
                        "“%s” has no working hours within a year: texts would never leave. Add "
                        "hours to it, or choose another send window.",
                        calendar.name,
                    )
                )
