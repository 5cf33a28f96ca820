from datetime import UTC, timedelta

import pytz

from odoo import api, models

from ..tools.timezones import zone_of_phone

#: Days that one look covers, and how many looks make a year.
LOOK = timedelta(days=14)
LOOKS = 27


class KalaSendWindow(models.AbstractModel):
    """When texts may leave (WI): Odoo working calendars with their public holidays."""

    _name = "kala.send.window"
    _description = "Send Window"

    @api.model
    def _next_opening(self, calendar, moment, tz=None):
        """Find the next moment at which texts may leave.

        :param calendar: ``resource.calendar``; empty = always open
        :param datetime moment: naive UTC
        :param str tz: zone in which the hours are read; default: the calendar's own
        :return: naive UTC: ``moment`` itself where the window is open, else the next opening;
            None where the calendar does not open within a year
        """
        if not calendar:
            return moment
        zone = pytz.timezone(tz or calendar.tz or "UTC")
        start = moment.replace(tzinfo=UTC).astimezone(zone)
        for _look in range(LOOKS):
            intervals = calendar.sudo()._work_intervals_batch(start, start + LOOK, tz=zone)
            for opening, closing, _meta in intervals[False]:
                opening = opening.astimezone(UTC).replace(tzinfo=None)
                closing = closing.astimezone(UTC).replace(tzinfo=None)
                if closing > moment:
                    return max(opening, moment)
            start += LOOK
        return None

    @api.model
    def _calendar_of(self, line):
        """:return: the line's own calendar, else the company's (WI2)"""
        return line.calendar_id or line.company_id.kala_send_window_id

    @api.model
    def _zone_of(self, line, partner, key):
        """:return: the contact's zone where the company wants it and it is known, else None"""
        if not line.company_id.kala_window_contact_tz:
            return None
        if partner.tz:
            return partner.tz
        return (key and key.kind == "phone" and zone_of_phone(key.value)) or None
