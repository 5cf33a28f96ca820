from odoo import fields, models
from odoo.exceptions import ValidationError


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

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
