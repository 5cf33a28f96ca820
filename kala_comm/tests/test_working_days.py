"""AU2, AU7: working days, by the calendar of the company."""

from datetime import date, datetime, timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common import DANA
from .rule_common import RuleCommon

#: 2026-04-05 is a Sunday; the week is that of Israel, Sunday to Thursday, and 2026-04-08 a holiday.
#: day, how many working days (negative: before) → day
DAYS = [
    ("2026-04-05", 0, "2026-04-05"),
    ("2026-04-05", 1, "2026-04-06"),
    ("2026-04-07", 1, "2026-04-09"),
    ("2026-04-09", 1, "2026-04-12"),
    ("2026-04-10", 1, "2026-04-12"),
    ("2026-04-11", 1, "2026-04-12"),
    ("2026-04-05", 4, "2026-04-12"),
    ("2026-04-05", 100, "2026-08-24"),
    ("2026-04-05", -1, "2026-04-02"),
    ("2026-04-10", -1, "2026-04-09"),
    ("2026-04-09", -1, "2026-04-07"),
    ("2026-04-12", -4, "2026-04-05"),
    # From one year into the other.
    ("2026-01-01", -2, "2025-12-30"),
]
#: date (UTC), how many working days before or after → moment (UTC). Summer time begins in Israel on
#: Friday 2026-03-27 and ends on Sunday 2026-10-25.
MOMENTS = [
    ("2026-03-29 07:00:00", -1, "2026-03-26 08:00:00"),
    ("2026-03-26 08:00:00", 1, "2026-03-29 07:00:00"),
    ("2026-10-25 08:00:00", -1, "2026-10-22 07:00:00"),
    ("2026-10-22 07:00:00", 2, "2026-10-26 08:00:00"),
    ("2026-04-07 22:30:00", 1, "2026-04-08 22:30:00"),
]


@tagged("post_install", "-at_install")
class TestWorkingDays(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Sunday to Thursday",
                "tz": "Asia/Jerusalem",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 9, "hour_to": 18})
                    for day in "60123"
                ],
            }
        )
        cls.company.resource_calendar_id = cls.calendar
        cls.holiday(cls.company, "2026-04-08")

    @classmethod
    def holiday(cls, company, day):
        """A day off of a whole company, by the clock of Israel in summer."""
        start = datetime.fromisoformat(day) - timedelta(hours=3)
        leave = cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": False,
                "date_from": start,
                "date_to": start + timedelta(hours=24, seconds=-1),
            }
        )
        # Odoo takes the company of who writes it.
        leave.company_id = company

    def test_au2_which_day(self):
        """AU2: the next or last working days; holidays are none, another company's are."""
        self.holiday(self.other_company, "2026-04-06")
        rule = self.rule(start=False)
        for day, count, expected in DAYS:
            with self.subTest(day=day, count=count):
                self.assertEqual(str(rule._working_day(date.fromisoformat(day), count)), expected)

    def test_au2_without_a_calendar(self):
        """AU2: who has no working hours counts every day, and nothing runs for ever."""
        rule = self.rule(start=False)
        self.calendar.attendance_ids.unlink()
        self.assertEqual(rule._working_day(date(2026, 4, 10), 2), date(2026, 4, 12))
        self.company.resource_calendar_id = False
        self.env.cr.cache.clear()
        self.assertEqual(rule._working_day(date(2026, 4, 10), -2), date(2026, 4, 8))

    def test_au2_when(self):
        """AU2: at the same time of that day by the company's clock, also where the clocks change
        between; and whatever the moment is, the search for what is due does not miss its date."""
        for at, count, expected in MOMENTS:
            with self.subTest(at=at, count=count):
                rule = self.rule(
                    "sale.order",
                    "date",
                    date_field="commitment_date",
                    delay=abs(count),
                    delay_unit="working_days",
                    delay_mode="before" if count < 0 else "after",
                    start=False,
                )
                at, expected = (fields.Datetime.to_datetime(text) for text in (at, expected))
                self.assertEqual(rule._due_moment(at, None, expected), expected)
                order = self.order(self.customer(phone=DANA), commitment_date=at)
                since, until = expected - timedelta(seconds=1), expected
                found = [row for page in rule._due_pages(since, until) for row in page]
                self.assertIn((order.id, expected), [(row[0], row[4]) for row in found])

    def test_au2_every_date_is_found(self):
        """AU2: of the dates of a month, each has its moment found once, and no other."""
        dana = self.customer(phone=DANA)
        first = datetime(2026, 4, 1, 6)
        orders = {
            self.order(dana, commitment_date=first + timedelta(days=n)).id: n for n in range(30)
        }
        for mode in ("before", "after"):
            with self.subTest(mode=mode):
                rule = self.rule(
                    "sale.order",
                    "date",
                    date_field="commitment_date",
                    delay=3,
                    delay_unit="working_days",
                    delay_mode=mode,
                    start=False,
                )
                found, at = [], first - timedelta(days=20)
                while at < first + timedelta(days=50):
                    until = at + timedelta(hours=7)
                    found += [row[0] for page in rule._due_pages(at, until) for row in page]
                    at = until
                self.assertEqual(sorted(i for i in found if i in orders), sorted(orders))

    def test_au7_a_step_waits_working_days(self):
        """AU7: a step that waits for two working days does not leave on the weekend; the step after
        it counts from there."""
        rule = self.rule(
            steps=(
                {},
                {"wait": 2, "wait_unit": "working_days"},
                {"wait": 3, "wait_unit": "hours"},
            )
        )
        self.assertIn("2 working days", rule.action_ids[1].sentence)
        lead = self.lead(phone=DANA)
        # A Thursday at ten in Israel.
        thursday = datetime(2026, 4, 16, 7)
        self.env["kala.rule.log"]._insert(rule, [(lead.id, "again", 0, "", thursday)])
        rows = self.rows(rule).filtered(lambda row: row.event == "again")
        self.assertEqual(
            rows.mapped("due"),
            [thursday, datetime(2026, 4, 20, 7), datetime(2026, 4, 20, 10)],
        )
