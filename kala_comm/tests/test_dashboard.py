"""LO12: the dashboard. Each figure is that of a log written by hand, and opens as many records."""

from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.period import Period

from .answer_cases import JERUSALEM, call, came, wrote
from .answer_common import AnswerCommon
from .common import NOA

#: Figures that open records, in cards and their parts.
OPENED = (
    "incoming outgoing failed missed asked answered unanswered first back".split()  # noqa: SIM905
)
NOVEMBER = {"period": "custom", "first": "2026-11-08", "last": "2026-11-14"}
ZONE = "Asia/Jerusalem"


@tagged("post_install", "-at_install")
class TestPeriod(BaseCase):
    def test_lo12_periods(self):
        """LO12: which days a period has, and with which it is compared."""
        today = date(2026, 3, 31)
        cases = {
            "today": ("2026-03-31", "2026-03-30", "2026-03-30"),
            "week": ("2026-03-25", "2026-03-18", "2026-03-24"),
            "days": ("2026-03-02", "2026-01-31", "2026-03-01"),
            # February has fewer days: the whole of it.
            "month": ("2026-03-01", "2026-02-01", "2026-02-28"),
        }
        for name, (first, before, before_last) in cases.items():
            with self.subTest(name):
                found = Period.named(name, today, ZONE)
                self.assertEqual((str(found.first), found.last), (first, today))
                self.assertEqual((str(found.before), str(found.before_last)), (before, before_last))
        self.assertIsNone(Period.named("century", today, ZONE))

    def test_lo12_days_begin_at_midnight_of_the_reader(self):
        """LO12: a day on which the clock changes has 23 or 25 hours."""
        for day, hours, begin in (
            (date(2026, 3, 27), 23, datetime(2026, 3, 26, 22)),
            (date(2026, 10, 25), 25, datetime(2026, 10, 24, 21)),
            (date(2026, 11, 1), 24, datetime(2026, 10, 31, 22)),
        ):
            with self.subTest(str(day)):
                found = Period.named("today", day, ZONE)
                self.assertEqual(found.begin, begin)
                self.assertEqual(len(found.steps()), hours)
                self.assertEqual(found.end - found.begin, timedelta(hours=hours))

    def test_lo12_a_long_period_is_shown_by_weeks(self):
        """LO12: a chart of a year has bars that one can see."""
        year = Period.between(date(2026, 1, 1), date(2026, 12, 31), ZONE)
        self.assertEqual(len(year.steps()), 53)
        self.assertEqual(
            len(Period.between(date(2026, 10, 1), date(2026, 10, 31), ZONE).steps()), 31
        )


@tagged("post_install", "-at_install")
class TestDashboard(AnswerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rival = cls._make_user("rival", "sales_team.group_sale_salesman")
        for user in (cls.salesman, cls.rival, cls.colleague, cls.manager, cls.stranger):
            user.tz = ZONE

    def setUp(self):
        super().setUp()
        self.env["kala.communication"].search([]).unlink()
        self.use_calendar(JERUSALEM)
        self.kitchen = self.lead("Kitchen", user_id=self.salesman.id)
        self.roof = self.lead("Roof", user_id=self.rival.id)
        self.count(self._make_log())

    def _make_log(self):
        lines = self.write_lines(
            self.kitchen,
            [
                # The week before.
                came("2026-11-03 10:00"),
                wrote("2026-11-03 10:40"),
                # The week.
                came("2026-11-09 10:00", line="sms"),
                wrote("2026-11-09 10:10", line="sms"),
                came("2026-11-10 10:00", line="sms"),
                wrote("2026-11-10 10:30", line="sms", user="colleague"),
                came("2026-11-12 17:30", line="whatsapp", channel="whatsapp"),
                wrote("2026-11-12 17:31", state="failed", failure_kind="address"),
                wrote("2026-11-12 17:32", priority=1, user=None),
                # A thumb is no message.
                came("2026-11-12 18:00", kind="reaction"),
                call("2026-11-13 10:00", "in", "missed"),
                call("2026-11-13 10:20", "out", "missed"),
                # The week after.
                came("2026-11-15 00:00"),
            ],
        )
        lines += self.write_lines(
            self.roof,
            [
                came("2026-11-08 00:00", user="rival"),
                wrote("2026-11-08 09:05", user="rival"),
                wrote("2026-11-14 23:59", user="rival", state="failed", failure_kind="credit"),
            ],
            contact_value=NOA,
        )
        # Nobody knows whose it is; and another company's.
        lines += self.write_lines(None, [came("2026-11-09 12:00", user=None)], contact_value="+1")
        lines += self.write_lines(
            self.customer(),
            [came("2026-11-09 12:00", user="stranger")],
            company_id=self.other_company.id,
        )
        return lines

    def dashboard(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["kala.dashboard"].with_user(user)

    def figures(self, who, group="user", **filters):
        return self.dashboard(who).figures({**NOVEMBER, **filters}, group)

    def values(self, who, **filters):
        """:return: dict key that opens records → figure"""
        found = {}
        for card in self.figures(who, **filters)["cards"]:
            for shown in (card, *card["parts"]):
                if shown["opens"]:
                    found[shown["opens"]] = shown["value"]
        return found

    def opened(self, who, key, within=None, **filters):
        """:return: the records of the list that a figure opens, as the user reads them"""
        action = self.dashboard(who).open_figure({**NOVEMBER, **filters}, key, within)
        model = self.env[action["res_model"]].with_user(who)
        found = model.search(action["domain"])
        self.assertEqual(len(found), model.search_count(action["domain"]))
        return found

    #: User → figures, in the order of ``OPENED``.
    EXPECTED = {
        "salesman": (4, 4, 1, 1, 3, 2, 1, 0, 1),
        "rival": (1, 1, 1, 0, 1, 1, 0, 1, 0),
        "colleague": (5, 5, 2, 1, 4, 3, 1, 1, 1),
        "manager": (6, 5, 2, 1, 5, 3, 2, 1, 1),
        "stranger": (1, 0, 0, 0, 1, 0, 1, 0, 0),
    }

    def test_lo12_lo8_each_figure_opens_as_many_records(self):
        """LO12, LO8: the figures of two salesmen, of who reads all, of a manager and of another
        company; each opens a list of as many records."""
        for name, expected in self.EXPECTED.items():
            user = getattr(self, name)
            with self.subTest(name):
                values = self.values(user)
                self.assertEqual(tuple(values[key] for key in OPENED), expected)
                for key in OPENED:
                    self.assertEqual(len(self.opened(user, key)), values[key], key)

    def test_lo12_times_and_the_period_before(self):
        """LO12: the middle time to an answer, nine of ten, the same by the clock; and before."""
        cards = {card["key"]: card for card in self.figures(self.salesman)["cards"]}
        answer = cards["answered"]
        self.assertEqual((answer["value"], answer["before"]), (20 * 60, 40 * 60))
        nine, clock = answer["parts"][:2]
        self.assertEqual((nine["value"], clock["value"]), (28 * 60, 20 * 60))
        self.assertEqual((cards["asked"]["value"], cards["asked"]["before"]), (67, 100))
        self.assertEqual((cards["incoming"]["value"], cards["incoming"]["before"]), (4, 1))
        self.assertEqual(cards["missed"]["parts"][1]["value"], 20 * 60)
        rival = {card["key"]: card for card in self.figures(self.rival)["cards"]}
        self.assertEqual(rival["first"]["value"], 5 * 60, "in working hours")
        self.assertEqual(rival["first"]["parts"][1]["value"], 9 * 3600 + 5 * 60)
        self.assertIsNone(rival["first"]["before"])

    def test_lo12_filters(self):
        """LO12: by user, team, line and channel; lists that open say the same."""
        team = self.env["crm.team"].create({"name": "North", "user_id": False})
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.salesman.id})
        cases = (
            ({"channel": "whatsapp"}, {"incoming": 1, "outgoing": 0, "asked": 1}),
            ({"channel": "voice"}, {"incoming": 1, "outgoing": 1, "missed": 1}),
            ({"line": self.sms_line.id}, {"incoming": 2, "outgoing": 2, "answered": 2}),
            ({"user": self.colleague.id}, {"incoming": 0, "outgoing": 1, "answered": 1}),
            ({"user": self.rival.id}, {"incoming": 1, "failed": 1, "first": 1}),
            ({"team": team.id}, {"incoming": 4, "outgoing": 2, "answered": 1}),
        )
        for filters, expected in cases:
            with self.subTest(str(filters)):
                values = self.values(self.manager, **filters)
                self.assertEqual({key: values[key] for key in expected}, expected)
                for key in OPENED:
                    self.assertEqual(
                        len(self.opened(self.manager, key, **filters)), values[key], key
                    )

    def test_lo12_bars_and_failures_open(self):
        """LO12: a part of a bar, a point and a kind of failure open what they stand for."""
        found = self.figures(self.manager)
        self.assertEqual(len(found["bars"]["labels"]), 7)
        for series in found["bars"]["series"]:
            for bar, value in enumerate(series["values"]):
                within = {"bar": bar, "channel": series["channel"]}
                self.assertEqual(len(self.opened(self.manager, series["side"], within)), value)
        self.assertEqual(found["bars"]["times"], [300, 600, 1800, None, None, None, None])
        self.assertEqual(len(self.opened(self.manager, "answered", {"bar": 2})), 1)
        self.assertEqual(
            [(row["kind"], row["value"]) for row in found["failures"]],
            [("credit", 1), ("address", 1)],
        )
        for row in found["failures"]:
            self.assertEqual(
                len(self.opened(self.manager, "failed", {"kind": row["kind"]})), row["value"]
            )

    def test_lo12_hours_of_a_day(self):
        """LO12: one day is shown by hours."""
        day = {"first": "2026-11-09", "last": "2026-11-09"}
        bars = self.figures(self.manager, **day)["bars"]
        self.assertEqual([label["hour"] for label in bars["labels"]][:2], ["00:00", "01:00"])
        series = next(one for one in bars["series"] if one["side"] == "incoming")
        self.assertEqual([n for n, value in enumerate(series["values"]) if value], [10, 12])
        within = {"bar": 10, "channel": "sms"}
        self.assertEqual(len(self.opened(self.manager, "incoming", within, **day)), 1)

    def test_lo12_table(self):
        """LO12: by user, team and line; each count opens its records."""
        for group in ("user", "team", "line"):
            with self.subTest(group):
                rows = self.figures(self.manager, group)["table"]["rows"]
                self.assertEqual(sum(row["incoming"] for row in rows), 6)
                for row in rows:
                    for key in ("incoming", "outgoing", "asked", "missed", "failed"):
                        within = {"group": group, "id": row["id"]}
                        self.assertEqual(len(self.opened(self.manager, key, within)), row[key], key)
        rows = {row["name"]: row for row in self.figures(self.manager)["table"]["rows"]}
        self.assertEqual(rows["Nobody"]["incoming"], 1)
        self.assertEqual((rows["Salesman"]["answered"], rows["Salesman"]["answer_work"]), (1, 600))
        self.assertEqual(rows["Colleague"]["answer_work"], 1800)

    def test_lo12_an_archived_line_keeps_its_name(self):
        """LO12: what a line did that is archived now is still told."""
        self.sms_line.active = False
        rows = self.figures(self.manager, "line")["table"]["rows"]
        self.assertIn(self.sms_line.display_name, [row["name"] for row in rows])
        choices = self.dashboard(self.manager).choices()
        self.assertIn(self.sms_line.id, [line["value"] for line in choices["lines"]])

    def test_lo12_lo8_a_team_of_another_company(self):
        """LO12, LO8: who works for two companies is in a team of one; the other one is not told how
        it is called. What he did there is told all the same."""
        self.colleague.company_ids += self.other_company
        secret = self.env["crm.team"].create(
            {"name": "Secret", "company_id": self.company.id, "user_id": False}
        )
        self.env["crm.team.member"].create({"crm_team_id": secret.id, "user_id": self.colleague.id})
        lines = [came("2026-11-10 10:00", user="colleague")]
        self.write_lines(self.customer(), lines, company_id=self.other_company.id)
        for user, name in ((self.manager, "Secret"), (self.stranger, "Sales Team (hidden)")):
            rows = {row["id"]: row for row in self.figures(user, "team")["table"]["rows"]}
            self.assertEqual(rows[secret.id]["name"], name)
        self.assertEqual(rows[secret.id]["incoming"], 1)

    def test_lo12_nothing_in_a_period(self):
        """LO12: a period without data says so, and nothing is divided by nothing."""
        found = self.figures(self.manager, first="2020-01-01", last="2020-01-07")
        self.assertTrue(found["is_empty"])
        self.assertEqual(found["table"]["rows"], [])
        values = {card["key"]: card["value"] for card in found["cards"]}
        self.assertEqual((values["incoming"], values["asked"], values["first"]), (0, None, None))

    def test_lo12_bad_input(self):
        """LO12: what cannot be is said in a sentence that says what to do."""
        for filters, words in (
            ({"first": "2026-11-10", "last": "2026-11-09"}, "after the last one"),
            ({"first": "2020-01-01", "last": "2026-11-09"}, "at most 366 days"),
            ({"first": "tomorrow", "last": "2026-11-09"}, "Choose a first and a last day"),
            ({"first": None}, "Choose a first and a last day"),
            ({"first": "0001-01-01", "last": "0001-01-02"}, "Choose a first and a last day"),
            ({"period": "century"}, "no period “century”"),
            ({"channel": "pigeon"}, "no channel “pigeon”"),
            ({"user": "x; drop table"}, "no filter"),
            ({"user": float("inf")}, "no filter"),
            ({"period": ["week"]}, "no period"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.figures(self.manager, **filters)
        with self.assertRaisesRegex(UserError, "Choose a period"):
            self.dashboard(self.manager).figures("days")
        for group in ("password", ["user"]):
            with self.assertRaisesRegex(UserError, "no such table"):
                self.figures(self.manager, group)
        for key, within in (
            ("password", None),
            ("incoming", {"bar": 7}),
            ("incoming", {"bar": -1}),
            (["incoming"], None),
            ("incoming", "bar"),
        ):
            with self.subTest(str(key)), self.assertRaisesRegex(UserError, "no such list"):
                self.opened(self.manager, key, within)

    def test_lo12_lo8_who_reads_no_communications(self):
        """LO8: without the communication right there is no figure."""
        with self.assertRaises(AccessError):
            self.figures(self.clerk)
        with self.assertRaises(AccessError):
            self.dashboard(self.clerk).choices()

    def test_lo12_limited_cost(self):
        """LO12: the number of queries does not grow with the log."""
        counts = []
        for size in (0, 30):
            for n in range(size):
                record = self.lead(f"Lead {n}", user_id=self.salesman.id)
                self.note(self.write_lines(record, [came("2026-11-09 10:00")]))
            self.run_job()
            dashboard = self.dashboard(self.salesman)
            dashboard.figures(NOVEMBER)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            dashboard.figures(NOVEMBER)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_lo12_still_counting(self):
        """LO12, AD6: while a living database is counted, the page says from when on it is."""
        parameters = self.env["ir.config_parameter"].sudo()
        line = self.env["kala.communication"].search([], order="id", limit=1)
        parameters.set_param("kala_comm.answers_done", False)
        parameters.set_param("kala_comm.answers_from", str(line.id))
        self.assertEqual(
            self.figures(self.manager)["counted_from"], line.date.strftime("%Y-%m-%d %H:%M:%S")
        )
        parameters.set_param("kala_comm.answers_done", "1")
        self.assertFalse(self.figures(self.manager)["counted_from"])

    def test_lo12_the_menu_has_six_entries(self):
        """LO12: the menu stays short."""
        root = self.env.ref("kala_comm.menu_root")
        shown = self.env["ir.ui.menu"].with_user(self.manager).search([("parent_id", "=", root.id)])
        self.assertLessEqual(len(shown), 6)
        self.assertIn(self.env.ref("kala_comm.menu_dashboard"), shown)
