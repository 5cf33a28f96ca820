from datetime import UTC, timedelta

import pytz

from odoo import api, models

from ...tools import const, states
from ...tools.timezones import zone_of_phone

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
        opening, _closing = next(self._open_hours(calendar, moment, tz), (None, None))
        return opening

    @api.model
    def _end_of_work(self, calendar, moment, seconds, tz=None):
        """Find when so much sending is over that starts at a moment and rests while the window
        is closed (BR2).

        :param float seconds: of sending
        :return: naive UTC; None where the calendar does not open that long within a year
        """
        if not calendar:
            return moment + timedelta(seconds=seconds)
        left = timedelta(seconds=seconds)
        for opening, closing in self._open_hours(calendar, moment, tz):
            if opening + left <= closing:
                return opening + left
            left -= closing - opening
        return None

    @api.model
    def _open_hours(self, calendar, moment, tz=None):
        """:return: generator of (opening, closing), naive UTC, from a moment on, for a year"""
        zone = pytz.timezone(tz or calendar.tz or "UTC")
        start = moment.replace(tzinfo=UTC).astimezone(zone)
        for _look in range(LOOKS):
            intervals = calendar.sudo()._work_intervals_batch(start, start + LOOK, tz=zone)
            for opening, closing, _calendar in intervals[False]:
                opening = opening.astimezone(UTC).replace(tzinfo=None)
                closing = closing.astimezone(UTC).replace(tzinfo=None)
                if closing > moment:
                    yield max(opening, moment), closing
            start += LOOK

    @api.model
    def _calendar_of(self, line):
        """:return: the line's own calendar, else the company's (WI2)"""
        return line.calendar_id or line.company_id.kala_send_window_id

    @api.model
    def _zone_of(self, line, partner, key):
        """:return: the contact's zone where the company wants it and it is known, else None"""
        if not line.company_id.kala_window_contact_tz:
            return None
        # Odoo gives each new customer the zone of who made him: that tells nothing about him.
        chosen = partner.tz if partner.tz != partner.sudo().create_uid.tz else None
        of_phone = key and key.kind == "phone" and zone_of_phone(key.value)
        return chosen or of_phone or partner.tz or None

    @api.model
    def _look_again(self, lines):
        """Another window may open earlier: what waits for the old one on these lines asks again
        when it may leave; not before the time that somebody chose for it (WI4).

        Index: ``kala_communication_recipient_idx``.
        """
        if not lines:
            return
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""UPDATE kala_communication
                  SET send_after = greatest(not_before, now() AT TIME ZONE 'UTC'),
                      wait_reason = CASE WHEN not_before > now() AT TIME ZONE 'UTC'
                                         THEN 'person' ELSE wait_reason END
                WHERE line_id = ANY(%s) AND direction = 'out' AND {states.is_any(const.SCHEDULED)}
                  AND wait_reason = 'window'""",
            [lines.ids],
        )
        if self.env.cr.rowcount:
            self.env["kala.communication"].invalidate_model(
                ["send_after", "wait_reason"], flush=False
            )
            # Defined where all who send are known: email/senders.py.
            self.env["kala.outbox"]._wake_all()
