"""Periods of the dashboard: which days, and which ones they are compared with."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
#: Longest period, in days.
LONGEST = 366
#: With more days than this, a bar of a chart stands for a week.
MOST_DAYS = 62


class Period(NamedTuple):
    """
    :ivar date first: of the period, by the clock of the reader
    :ivar date last: of the period
    :ivar date before: first day of the period that it is compared with
    :ivar date before_last: the last one
    :ivar str zone: of the reader
    """

    first: date
    last: date
    before: date
    before_last: date
    zone: str

    @classmethod
    def named(cls, name, today, zone):
        """:param str name: ``today``, ``week`` (7 days), ``days`` (30 days) or ``month``
        :return: Period that ends today, or None where there is no such name"""
        if name == "month":
            first = today.replace(day=1)
            before = (first - DAY).replace(day=1)
            return cls(first, today, before, min(before + (today - first), first - DAY), zone)
        length = {"today": 1, "week": 7, "days": 30}.get(name)
        return length and cls.between(today - (length - 1) * DAY, today, zone)

    @classmethod
    def between(cls, first, last, zone):
        """:return: Period that is compared with as many days before it"""
        length = last - first + DAY
        return cls(first, last, first - length, first - DAY, zone)

    @property
    def step(self):
        """:return: timedelta that a bar of a chart stands for"""
        if self.first == self.last:
            return timedelta(hours=1)
        return DAY if (self.last - self.first).days < MOST_DAYS else 7 * DAY

    @property
    def begin(self):
        return self._utc(self.first)

    @property
    def end(self):
        """:return: naive UTC: the first moment after the period"""
        return self._utc(self.last + DAY)

    @property
    def before_begin(self):
        return self._utc(self.before)

    @property
    def before_end(self):
        return self._utc(self.before_last + DAY)

    def steps(self):
        """:return: list of naive UTC: where each bar of a chart begins; hours are counted on, so
        that the day on which the clock changes has 23 or 25"""
        if self.step < DAY:
            count = round((self.end - self.begin) / self.step)
            return [self.begin + n * self.step for n in range(count)]
        days = range(0, (self.last - self.first).days + 1, self.step.days)
        return [self._utc(self.first + n * DAY) for n in days]

    def local(self, moment):
        """:param datetime moment: naive UTC
        :return: datetime by the clock of the reader"""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def _utc(self, day):
        local = datetime.combine(day, time.min, ZoneInfo(self.zone))
        return local.astimezone(UTC).replace(tzinfo=None)
