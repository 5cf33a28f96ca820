from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .common import KalaCommon

#: Northern and southern clocks that change, by an hour and by half of one, and quarters of an hour.
ZONES = (
    "UTC",
    "Asia/Jerusalem",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
)
#: Moments at which clocks change somewhere (UTC), and others.
MOMENTS = (
    datetime(2026, 3, 27),
    datetime(2026, 10, 24, 22),
    datetime(2026, 3, 8, 7),
    datetime(2026, 11, 1, 6),
    datetime(2026, 4, 4, 15),
    datetime(2026, 10, 3, 15, 30),
    datetime(2026, 4, 4, 13, 30),
    datetime(2026, 6, 10, 12),
    datetime(2026, 12, 31, 23, 59),
)
QUARTER = timedelta(minutes=15)
#: Length of a change of the clocks: times of day that are skipped or come twice fall within it.
CHANGE = timedelta(hours=1)
EXAMPLES = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@st.composite
def weeks(draw):
    """:return: set of (weekday, from, to) in quarters of an hour, which do not overlap"""
    week = set()
    for day in draw(st.sets(st.integers(0, 6), min_size=1)):
        cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
        week |= {(day, *hours) for hours in zip(cuts[::2], cuts[1::2], strict=False)}
    return week


#: Minutes of a moment around one of MOMENTS.
moments = st.builds(
    lambda moment, minutes: moment + timedelta(minutes=minutes),
    st.sampled_from(MOMENTS),
    st.integers(-3 * 1440, 3 * 1440),
)
#: Public holidays: quarters after a moment, and quarters long.
holidays = st.lists(st.tuples(st.integers(-200, 400), st.integers(1, 300)), max_size=3)


class Week:
    """The calendar as one reads it on the wall: an answer of its own to whether it is open."""

    def __init__(self, week, leaves, zone):
        self.week, self.leaves, self.zone = week, leaves, ZoneInfo(zone)

    def local(self, moment):
        return moment.replace(tzinfo=UTC).astimezone(self.zone)

    def is_open(self, moment):
        local = self.local(moment)
        quarters = (local.hour * 60 + local.minute + local.second / 60) / 15
        return any(
            day == local.weekday() and start <= quarters < end for day, start, end in self.week
        ) and not any(start <= moment < end for start, end in self.leaves)

    def is_changing(self, moment):
        """Whether the clocks change near this moment, so that a time of day is ambiguous."""
        before, after = self.local(moment - CHANGE), self.local(moment + CHANGE)
        return before.utcoffset() != after.utcoffset()


@tagged("post_install", "-at_install")
class TestSendWindow(KalaCommon):
    """WI1, WI2: the next opening, for any calendar, holiday, zone and change of the clocks."""

    def _next(self, calendar, moment, zone=None):
        return self.env["kala.send.window"]._next_opening(calendar, moment, zone)

    def _calendar(self, week, leaves, zone):
        return self.env["resource.calendar"].create(
            {
                "name": "Any",
                "tz": zone,
                "attendance_ids": [
                    Command.clear(),
                    *[
                        Command.create(
                            {
                                "name": "x",
                                "dayofweek": str(day),
                                "hour_from": start / 4,
                                "hour_to": end / 4,
                            }
                        )
                        for day, start, end in sorted(week)
                    ],
                ],
                "leave_ids": [
                    Command.create({"name": "Holiday", "date_from": start, "date_to": end})
                    for start, end in leaves
                ],
            }
        )

    def _each(self, check):
        """Ask ``check(wall, calendar, moment, zone)`` about many calendars; ``zone`` is the
        contact's, or None where the calendar's own counts."""

        @EXAMPLES
        @given(
            week=weeks(),
            quarters=holidays,
            moment=moments,
            zone=st.sampled_from(ZONES),
            contact=st.none() | st.sampled_from(ZONES),
        )
        def one(week, quarters, moment, zone, contact):
            base = moment.replace(minute=0, second=0)
            leaves = [
                (base + start * QUARTER, base + (start + length) * QUARTER)
                for start, length in quarters
            ]
            with self.cr.savepoint() as savepoint:
                calendar = self._calendar(week, leaves, zone)
                check(Week(week, leaves, contact or zone), calendar, moment, contact)
                savepoint.rollback()

        one()

    def test_opening_is_in_a_working_interval(self):
        """WI2: the opening is not before the moment, and is in working hours, off no holiday."""

        def check(wall, calendar, moment, zone):
            opening = self._next(calendar, moment, zone)
            self.assertGreaterEqual(opening, moment)
            self.assertTrue(wall.is_open(opening) or wall.is_changing(opening), opening)

        self._each(check)

    def test_no_opening_is_skipped(self):
        """WI1: nothing is open between the moment and the opening."""

        def check(wall, calendar, moment, zone):
            opening = self._next(calendar, moment, zone)
            look = moment
            while look < opening:
                self.assertTrue(not wall.is_open(look) or wall.is_changing(look), (look, opening))
                look += QUARTER - timedelta(minutes=look.minute % 15)

        self._each(check)

    def test_opening_is_idempotent_and_monotone(self):
        """WI1: an opening is its own next opening, and who comes later does not leave earlier."""

        def check(_wall, calendar, moment, zone):
            opening = self._next(calendar, moment, zone)
            self.assertEqual(self._next(calendar, opening, zone), opening)
            for minutes in (1, 14, 61, 700, 1441):
                later = self._next(calendar, moment + timedelta(minutes=minutes), zone)
                self.assertGreaterEqual(later, opening)

        self._each(check)

    def test_midnight(self):
        """WI2: hours until midnight and from midnight on are one stretch; midnight itself is the
        next day's."""
        calendar = self._calendar({(0, 80, 96), (1, 0, 8)}, [], "Asia/Jerusalem")
        monday = datetime(2026, 11, 23)
        for hours, opening in ((18, 18), (21.99, 21.99), (22, 22), (23.5, 23.5), (17, 18)):
            with self.subTest(hours=hours):
                self.assertEqual(
                    self._next(calendar, monday + timedelta(hours=hours)),
                    monday + timedelta(hours=opening),
                )
        self.assertEqual(
            self._next(calendar, monday + timedelta(hours=24)), monday + timedelta(days=7, hours=18)
        )

    def test_never_open(self):
        """WI2: no hours, or a holiday for ever: there is no opening, and it is said at once."""
        moment = datetime(2026, 11, 24)
        self.assertIsNone(self._next(self._calendar(set(), [], "UTC"), moment))
        years = [(moment - timedelta(days=1), moment + timedelta(days=800))]
        self.assertIsNone(self._next(self._calendar({(1, 0, 96)}, years, "UTC"), moment))
