"""WI1, WI2: a send window as a week that people read and write."""

from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.kala_comm.tools import week as weeks

from .common import KalaCommon
from .tour_common import SCREENS, TourCommon

#: Sunday to Thursday, and Friday before noon.
HOURS = {**dict.fromkeys(("6", "0", "1", "2", "3"), [[9.0, 18.0]]), "4": [[8.5, 13.0]], "5": []}
#: A Sunday at 10:00 and a Saturday at 20:00 in Israel, in winter.
SUNDAY, SATURDAY = datetime(2026, 11, 29, 8), datetime(2026, 11, 28, 18)


class WeekCase(KalaCommon):
    def setUp(self):
        super().setUp()
        self.env.user.tz = "Asia/Jerusalem"
        self.window = self.env["kala.send.window"]

    def given(self, hours=None, **days):
        """:return: what the browser sends"""
        hours = {**(HOURS if hours is None else hours), **days}
        return {"days": [{"day": day, "ranges": ranges} for day, ranges in hours.items()]}

    def save_week(self, given, owner=None):
        owner = owner or self.company
        name = "kala_send_window_id" if owner == self.company else "calendar_id"
        self.window._write_week(owner, name, owner, given)
        return owner[name]

    def words(self, calendar, owner=None):
        return self.window._week(calendar, owner or self.company)


@tagged("post_install", "-at_install")
class TestSendWeek(WeekCase):
    def test_wi1_a_company_without_a_window(self):
        """The first hours make a calendar of the company for sending alone."""
        self.assertFalse(self.words(self.company.kala_send_window_id))
        calendar = self.save_week(self.given())
        self.assertEqual((calendar.company_id, calendar.tz), (self.company, "Asia/Jerusalem"))
        self.assertNotEqual(calendar, self.company.resource_calendar_id)
        self.assertTrue(weeks.is_same(calendar._kala_hours(), HOURS))

    def test_wi1_said_in_one_line(self):
        self.env["res.lang"]._lang_get("en_US").week_start = "7"
        week = self.words(self.save_week(self.given()))
        self.assertEqual(week["words"], "Sun–Thu 9–18, Fri 8:30–13")
        self.assertEqual([row["name"] for row in week["days"]][:2], ["Sunday", "Monday"])
        self.assertEqual(week["tz"], "Asia/Jerusalem")

    def test_wi1_open_or_when_it_opens(self):
        calendar = self.save_week(self.given())
        for moment, is_open, words in (
            (SUNDAY, True, "now open"),
            (SATURDAY, False, "opens Sun 9:00"),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                week = self.words(calendar)
                self.assertEqual((week["is_open"], week["now"]), (is_open, words))

    def test_wi1_several_hours_a_day(self):
        """A break at noon, and a day until midnight."""
        calendar = self.save_week(self.given({"0": [[16.0, 24.0], [9.0, 12.0]]}))
        self.assertEqual(calendar._kala_hours()["0"], [[9.0, 12.0], [16.0, 24.0]])
        self.assertEqual(self.words(calendar)["words"], "Mon 9–12, 16–24")

    def test_wi1_changed_in_place(self):
        """Hours that nobody else goes by are changed; what waits asks again."""
        calendar = self.save_week(self.given())
        self.assertEqual(self.save_week(self.given({"0": [[10.0, 12.0]]})), calendar)
        self.assertEqual(self.words(calendar)["words"], "Mon 10–12")

    def test_wi2_working_hours_stay(self):
        """Who works by these hours goes on working by them: sending gets its own, and the widget
        says so."""
        working = self.company.resource_calendar_id
        before = working._kala_hours()
        self.company.kala_send_window_id = working
        self.assertIn("the working hours of a company", self.words(working)["shared"])
        own = self.save_week(self.given())
        self.assertNotEqual(own, working)
        self.assertTrue(weeks.is_same(working._kala_hours(), before))
        self.assertFalse(self.words(own)["shared"])

    def test_wi2_whoever_goes_by_a_calendar_keeps_it(self):
        """Also who is archived, and the records of another addon."""
        leads = {"name": "Night", "model_id": self.env["ir.model"]._get("crm.lead").id}
        for model, name, values in (
            ("resource.resource", "calendar_id", {"name": "On leave", "active": False}),
            ("base.automation", "trg_date_calendar_id", {**leads, "trigger": "on_time"}),
        ):
            with self.subTest(model=model):
                self.company.kala_send_window_id = False
                calendar = self.save_week(self.given())
                self.env[model].create({name: calendar.id, **values})
                self.assertTrue(self.words(calendar)["shared"])
                own = self.save_week(self.given({"0": [[10.0, 12.0]]}))
                self.assertNotEqual(own, calendar)
                self.assertTrue(weeks.is_same(calendar._kala_hours(), HOURS))

    def test_wi2_holidays_come_along(self):
        """They are listed, and a calendar that is made has them."""
        working = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Passover",
                "calendar_id": working.id,
                "date_from": datetime(2199, 4, 10),
                "date_to": datetime(2199, 4, 12, 20),
            }
        )
        self.company.kala_send_window_id = working
        own = self.save_week(self.given())
        self.assertIn("Passover", self.words(own)["holidays"][0])
        self.assertEqual(len(own.global_leave_ids), 1)

    def test_wi2_a_line_with_hours_of_its_own(self):
        """The company's and other lines' hours stay."""
        ours = self.save_week(self.given())
        self.sms_line.calendar_id = ours
        own = self.save_week(self.given({"0": [[10.0, 12.0]]}), self.sms_line)
        self.assertNotEqual(own, ours)
        self.assertTrue(weeks.is_same(ours._kala_hours(), HOURS))

    def test_wi1_the_same_hours_change_nothing(self):
        """Saving the settings for another reason makes no calendar."""
        working = self.company.resource_calendar_id
        self.company.kala_send_window_id = working
        same = self.given(working._kala_hours())
        self.assertEqual(self.save_week(same), working)

    def test_wi1_bad_input(self):
        """Each says what to do."""
        for given, sentence in (
            (self.given({"0": [[9.0, 12.0], [11.0, 13.0]]}), "The hours of Monday overlap"),
            (self.given({"0": [[12.0, 9.0]]}), "On Monday, hours must end"),
            (self.given({"0": [[9.0, 25.0]]}), "On Monday, hours must end"),
            (self.given({}), "Every day is closed"),
            ({"days": [{"day": "9", "ranges": []}]}, "no hours of a week"),
            ({"days": [{"day": "0", "ranges": ["x", None]}]}, "no hours of a week"),
            ({"days": ["x"]}, "no hours of a week"),
            (None, "Every day is closed"),
        ):
            with self.subTest(given=given), self.assertRaisesRegex(UserError, sentence):
                self.save_week(given)
        self.assertFalse(self.company.kala_send_window_id)

    def test_wi1_weeks_that_differ(self):
        """Two weeks that alternate are left to Odoo's own form."""
        calendar = self.save_week(self.given())
        calendar.switch_calendar_type()
        self.assertFalse(self.words(calendar)["is_plain"])
        with self.assertRaisesRegex(UserError, "differ from each other"):
            self.save_week(self.given({"0": [[10.0, 12.0]]}))

    def test_wi1_settings_are_saved_beside_weeks_that_differ(self):
        """Nobody touched the hours: they are no fault of the settings that he did change."""
        calendar = self.save_week(self.given())
        calendar.switch_calendar_type()
        with Form(self.env["res.config.settings"]) as form:
            form.kala_consent_required = True
            form.save().execute()
        self.assertTrue(self.company.kala_consent_required)
        self.assertEqual(self.company.kala_send_window_id, calendar)

    # ------------------------------------------------------------------ who may

    def test_wi1_in_the_settings(self):
        """Hours make a calendar; a calendar that is chosen shows its hours; none is any time."""
        with Form(self.env["res.config.settings"]) as form:
            form.kala_send_week = self.given()
            form.save().execute()
        own = self.company.kala_send_window_id
        self.assertTrue(weeks.is_same(own._kala_hours(), HOURS))
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.kala_send_week["id"], own.id)
            form.kala_send_window_id = self.company.resource_calendar_id
            self.assertEqual(form.kala_send_week["id"], self.company.resource_calendar_id.id)
            form.kala_send_window_id = self.env["resource.calendar"]
            self.assertFalse(form.kala_send_week)
            form.save().execute()
        self.assertFalse(self.company.kala_send_window_id)

    def test_sc4_a_manager_and_his_lines(self):
        """Communication managers write no calendar of Odoo, but the hours of their lines."""
        self.manager.group_ids += self.env.ref("kala_comm.group_manager")
        line = self.sms_line.with_user(self.manager)
        line.send_week = self.given()
        self.assertTrue(weeks.is_same(self.sms_line.calendar_id._kala_hours(), HOURS))
        working = self.company.resource_calendar_id
        before = working._kala_hours()
        self.sms_line.calendar_id = working
        line.invalidate_recordset()
        line.send_week = self.given()
        self.assertNotEqual(self.sms_line.calendar_id, working)
        self.assertTrue(weeks.is_same(working._kala_hours(), before))

    def test_sc4_nobody_else(self):
        calendar = self.save_week(self.given())
        self.sms_line.calendar_id = calendar
        for user in (self.salesman, self.clerk, self.stranger):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line = self.sms_line.with_user(user)
                line.send_week = self.given({"0": [[10.0, 12.0]]})
                line.flush_recordset()
        self.assertTrue(weeks.is_same(calendar._kala_hours(), HOURS))

    def test_wi1_a_new_line(self):
        line = self.env["kala.line"].create(
            {
                "name": "Night",
                "channel": "sms",
                "connection_id": self.connection.id,
                "send_week": self.given({"0": [[22.0, 24.0]]}),
            }
        )
        self.assertEqual(line.calendar_id._kala_hours()["0"], [[22.0, 24.0]])


@tagged("post_install", "-at_install")
class TestWeekTour(TourCommon):
    def test_wi1_a_week_on_every_screen(self):
        """WI1: the send window of the company, on a laptop and a telephone, in English and in
        Hebrew."""
        action = self.env.ref("kala_comm.res_config_settings_action")
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.company.kala_send_window_id = False
                self.tour(f"/odoo/action-{action.id}", "kala_comm_week", size, lang, login="admin")
                hours = self.company.kala_send_window_id._kala_hours()
                self.assertEqual(hours["0"], [[10.0, 18.0]])
                self.assertEqual(hours["1"], [[9.0, 18.0], [19.0, 22.0]])
                self.assertEqual(hours["2"], [])
