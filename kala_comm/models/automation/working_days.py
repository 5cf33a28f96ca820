from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, models

#: Days that are looked at for one working day: who has none within a year is asked no further.
_LONGEST = 366


class KalaRule(models.Model):
    """Times that a rule counts: minutes and hours by the clock, days and working days by the
    calendar of the company (AU2, AU7)."""

    _inherit = "kala.rule"

    def _zone(self):
        company = self.company_id
        return ZoneInfo(company.resource_calendar_id.tz or company.partner_id.tz or "UTC")

    @api.model
    def _to_utc(self, local, zone):
        return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _to_local(self, moment, zone):
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)

    def _moved(self, local, count, unit):
        """:param datetime local: by the clock of the company
        :param int count: negative: back
        :param str unit: ``days`` or ``working_days``
        :return: datetime at the same time of another day, by the clock of the company"""
        if unit != "working_days":
            return local + timedelta(days=count)
        day = self._working_day(local.date(), count)
        return datetime.combine(day, local.time())

    def _later(self, moment, count, unit):
        """:param datetime moment: naive UTC
        :return: naive UTC: so much later, as a step waits"""
        if unit != "working_days":
            return moment + timedelta(**{unit: count})
        zone = self._zone()
        return self._to_utc(self._moved(self._to_local(moment, zone), count, unit), zone)

    # ------------------------------------------------------------------ working days

    def _working_day(self, day, count):
        """:param int count: negative: before the day; 0: the day itself
        :return: date: the first, second … working day after or before a day; holidays of the
            company are none. Who has no working hours at all counts every day."""
        span = timedelta(days=2 * abs(count) + 14)
        while count and span.days <= _LONGEST + 2 * abs(count):
            if count > 0:
                days = self._working_days(day, day + span)
                place = bisect_right(days, day) + count - 1
            else:
                days = self._working_days(day - span, day)
                place = bisect_left(days, day) + count
            if 0 <= place < len(days):
                return days[place]
            span *= 2
        return day + timedelta(days=count)

    def _working_days(self, first, last):
        """:return: sorted list of the dates, both ends included, on which the company works. It is
        kept as long as the transaction lasts: a job asks for the dates of a thousand records."""
        company = self.company_id
        known = self.env.cr.cache.setdefault("kala_working_days", {})
        # Whole months are asked for, so that dates that lie close together share an answer.
        first, last = first.replace(day=1), (last.replace(day=28) + timedelta(days=4))
        last = last.replace(day=1) - timedelta(days=1)
        key = (company.id, first, last)
        if key not in known:
            known[key] = self._ask_working_days(company, first, last)
        return known[key]

    @api.model
    def _ask_working_days(self, company, first, last):
        calendar = company.sudo().resource_calendar_id
        if not calendar:
            return [first + timedelta(days=n) for n in range((last - first).days + 1)]
        zone = ZoneInfo(calendar.tz or "UTC")
        start = datetime.combine(first, time.min, zone)
        end = datetime.combine(last, time.max, zone)
        holidays = [("time_type", "=", "leave"), ("company_id", "in", [False, company.id])]
        hours = calendar._work_intervals_batch(start, end, domain=holidays)[False]
        return sorted({begin.astimezone(zone).date() for begin, _end, _meta in hours})
