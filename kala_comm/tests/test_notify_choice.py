from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import tagged

from .common import DANA
from .test_notification import BusCommon

UPGRADE = "kala_comm/migrations/19.0.1.4.0/post-notify_choice.py"


@tagged("post_install", "-at_install")
class TestNotifyChoice(BusCommon):
    """NO1, NO3: how each user is told of each kind, and when of nothing."""

    def setUp(self):
        super().setUp()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.salesman.id)
        self.salesman.tz = "Asia/Jerusalem"

    def told(self):
        """:return: list of the facts that the responsible is told of one incoming text"""
        heard = self.heard("kala_comm/incoming", lambda: self.incoming(sender=DANA))
        return [facts for _channel, facts in heard]

    # ------------------------------------------------------------------ who chose nothing

    def test_no3_who_chose_nothing_is_told_as_his_company_says(self):
        """NO3: the company's default holds for each kind, until a user chooses otherwise."""
        user = self.salesman
        for kind in user._KALA_NOTIFY:
            with self.subTest(kind=kind):
                self.assertFalse(user[f"kala_notify_{kind}"])
                self.assertEqual(user._kala_notify_choice(kind), "push")
                self.company[f"kala_default_notify_{kind}"] = "in_app"
                self.assertEqual(user._kala_notify_choice(kind), "in_app")
                user[f"kala_notify_{kind}"] = "off"
                self.assertEqual(user._kala_notify_choice(kind), "off")

    def test_no3_default_of_ones_own_company(self):
        """NO3: of several companies it is the user's own one that decides."""
        self.salesman.company_ids |= self.other_company
        self.other_company.kala_default_notify_text = "off"
        self.assertEqual(self.salesman._kala_notify_choice("text"), "push")
        self.salesman.company_id = self.other_company
        self.assertEqual(self.salesman._kala_notify_choice("text"), "off")

    def test_no3_what_an_empty_choice_means_is_said(self):
        """NO3: the preferences say in words what the company's default is."""
        self.company.kala_default_notify_call = "in_app"
        said = self.salesman.with_user(self.salesman).read(["kala_usual_call"])[0]
        self.assertEqual(said["kala_usual_call"], "As in your company: In Odoo only")

    def test_no3_own_preferences_only(self):
        """NO3, SC4: everybody sets his own hours, ways and sounds; nobody another's."""
        own = {"kala_sound_text": "on", "kala_quiet": True, "kala_notify_assigned": "off"}
        self.salesman.with_user(self.salesman).write(own)
        self.assertEqual(self.salesman.kala_sound_text, "on")
        for name, value in own.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self.colleague.with_user(self.salesman).write({name: value})

    def test_no3_upgrade(self):
        """NO3: who had never touched his choices has none after the upgrade; who has chosen
        anything keeps all of them."""
        old = [f"kala_notify_{kind}" for kind in ("text", "call", "email", "lead", "order", "task")]
        (self.salesman | self.colleague).write(dict.fromkeys(old, "native"))
        self.colleague.kala_notify_email = "off"
        self.env.flush_all()
        load_script(UPGRADE, "kala_upgrade_notify").migrate(self.env.cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertEqual(self.salesman._kala_notify_choice("text"), "push")
        self.assertEqual(self.colleague._kala_notify_choice("text"), "native")
        self.assertEqual(self.colleague._kala_notify_choice("email"), "off")

    # ------------------------------------------------------------------ sound

    def test_no1_sound(self):
        """NO1: without a sound, unless the user or his company says so."""
        cases = (
            # the user's, the company's, what is heard
            (False, False, False),
            (False, True, True),
            ("on", False, True),
            ("off", True, False),
        )
        for own, usual, expected in cases:
            with self.subTest(own=own, usual=usual):
                self.salesman.kala_sound_text = own
                self.company.kala_default_sound_text = usual
                self.assertEqual([facts["sound"] for facts in self.told()], [expected])

    # ------------------------------------------------------------------ quiet hours

    def quiet(self, begin, end, **values):
        values = {"kala_quiet": True, "kala_quiet_from": begin, "kala_quiet_to": end, **values}
        self.salesman.write(values)

    def test_no1_quiet_hours(self):
        """NO1: in the hours of the user's own day nothing is told."""
        cases = (
            # from, until, time in UTC (two hours less than in Jerusalem), is told
            (20, 8, "2026-11-24 17:59:00", True),
            (20, 8, "2026-11-24 18:00:00", False),
            (20, 8, "2026-11-24 23:30:00", False),
            (20, 8, "2026-11-25 05:59:00", False),
            (20, 8, "2026-11-25 06:00:00", True),
            (13, 14.5, "2026-11-24 11:30:00", False),
            (13, 14.5, "2026-11-24 12:30:00", True),
            (13, 24, "2026-11-24 21:59:00", False),
            (9, 9, "2026-11-24 07:00:00", True),
        )
        for begin, end, moment, is_told in cases:
            with self.subTest(begin=begin, end=end, moment=moment), freeze_time(moment):
                self.quiet(begin, end)
                self.assertEqual(not self.salesman._kala_is_quiet("text"), is_told)

    def test_no1_nothing_is_lost_in_quiet_hours(self):
        """NO1: what nobody was told of is in the log, and is a task."""
        self.company.kala_task_on_text = True
        self.quiet(0, 24)
        self.assertEqual(self.told(), [])
        message = self.env["kala.communication"].search([("contact_value", "=", DANA)])
        self.assertEqual(len(message), 1)
        self.assertEqual(message.activity_id.user_id, self.salesman)

    def test_no1_calls_pass_by_setting(self):
        """NO1: who wants it is told of calls all the same, and of nothing else."""
        self.quiet(0, 24)
        self.assertTrue(self.salesman._kala_is_quiet("call"))
        self.salesman.kala_quiet_calls = True
        self.assertFalse(self.salesman._kala_is_quiet("call"))
        self.assertTrue(self.salesman._kala_is_quiet("text"))

    def test_no1_days_off(self):
        """NO1: a day on which the company does not work is quiet as a whole, by choice."""
        with freeze_time("2026-11-28 10:00:00"):  # a Saturday
            self.quiet(20, 8)
            self.assertFalse(self.salesman._kala_is_quiet("text"))
            self.salesman.kala_quiet_days_off = True
            self.assertTrue(self.salesman._kala_is_quiet("text"))
            self.company.resource_calendar_id = False
            self.assertFalse(self.salesman._kala_is_quiet("text"), "no working hours")
        with freeze_time("2026-11-25 10:00:00"):
            self.assertFalse(self.salesman._kala_is_quiet("text"), "a Wednesday")

    def test_no1_a_user_without_time_zone(self):
        """NO1: who has set no time zone has his company's."""
        self.salesman.tz = False
        self.company.resource_calendar_id.tz = "Asia/Tokyo"
        self.quiet(20, 8)
        with freeze_time("2026-11-24 11:30:00"):
            self.assertTrue(self.salesman._kala_is_quiet("text"), "half past eight in Tokyo")
        with freeze_time("2026-11-24 10:30:00"):
            self.assertFalse(self.salesman._kala_is_quiet("text"))

    def test_no1_hours_that_are_none(self):
        """NO1: hours that no clock shows are refused with a sentence."""
        for begin, end in ((-1, 8), (20, 25), (24, 8)):
            with (
                self.subTest(begin=begin, end=end),
                self.assertRaisesRegex(ValidationError, "between 00:00 and 24:00"),
            ):
                self.quiet(begin, end)

    # ------------------------------------------------------------------ many

    def test_no1_queries_do_not_grow_with_users(self):
        """NO1: ten times the users of a line that tells everybody, and no more questions about how
        each of them wants to be told."""
        counts = []
        users = self.env["res.users"]
        for size in (5, 50):
            users |= self.env["res.users"].create(
                [
                    {"name": f"U{size}-{n}", "login": f"u{size}-{n}", "kala_quiet": True}
                    for n in range(size)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            for user in users:
                user._kala_notify_choice("text")
                user._kala_is_quiet("text")
                user._kala_has_sound("text")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
