"""AD1: the first hour, from an empty database to the first message that was answered."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.first import kala_first_hour

from .common import DANA
from .tour_common import SCREENS, TourCommon

KEYS = ["country", "line", "responsible", "window", "consent", "message"]


class FirstHourCase(TourCommon):
    """A company that has nothing yet, and its administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["res.company"].create({"name": "New Shop", "country_id": False})
        cls.boss = cls._make_user(
            "boss",
            "base.group_system,sales_team.group_sale_manager",
            company_id=cls.shop.id,
            company_ids=[(6, 0, cls.shop.ids)],
            tz="Asia/Jerusalem",
        )

    def setUp(self):
        super().setUp()
        self.steps = self.env["kala.first.hour"].with_user(self.boss).with_company(self.shop)

    def done(self, facts=None):
        """:return: list of the keys of the steps that are done"""
        self.env.invalidate_all()
        facts = facts or self.steps.load()
        return [step["key"] for step in facts["steps"] if step["is_done"]]

    def step(self, key):
        self.env.invalidate_all()
        return next(step for step in self.steps.load()["steps"] if step["key"] == key)


@tagged("post_install", "-at_install")
class TestFirstHour(FirstHourCase):
    def test_ad1_nothing_is_done(self):
        facts = self.steps.load()
        self.assertEqual([step["key"] for step in facts["steps"]], KEYS)
        self.assertEqual(self.done(facts), [])
        self.assertTrue(facts["may_set"])

    def test_ad1_each_step_by_its_button(self):
        """One after the other; each changes its own fact."""
        days = [{"day": str(day), "ranges": [[0, 24]]} for day in range(7)]
        israel = self.env.ref("base.il").id
        for n, (method, *args) in enumerate(
            (
                ("set_country", israel),
                ("begin_sandbox",),
                ("set_responsible", self.boss.id),
                ("set_window", {"days": days}),
                ("set_consent", False),
            ),
            start=1,
        ):
            self.assertEqual(self.done(getattr(self.steps, method)(*args)), KEYS[:n], method)
        self.steps.simulate()
        self.run_inbox()
        message = self.step("message")
        self.assertTrue(message["came"] and not message["is_done"])
        record = self.env[message["place"]["model"]].browse(message["place"]["id"])
        record.with_user(self.boss).kala_send("sms", body="Yes, it is ready.")
        self.assertEqual(self.done(), KEYS, "an answer that waits is an answer, too")
        self.assertTrue(self.steps.load()["is_begun"])

    def test_ad1_facts_not_clicks(self):
        """What was set up elsewhere is done here."""
        self.shop.country_id = self.env.ref("base.pl")
        connection, _sms, _whatsapp = self._make_sandbox(self.shop, "03-7654321")
        connection.line_ids[0].user_id = self.boss
        self.shop.kala_consent_required = True
        self.assertEqual(self.done(), ["country", "line", "responsible", "consent"])
        connection.action_draft()
        self.assertNotIn("line", self.done(), "what is gone is not done")

    def test_co1_the_checklist_asks(self):
        """CO1: "no" is an answer, also where it is given in the settings."""
        self.steps.set_consent(False)
        self.assertFalse(self.shop.kala_consent_required)
        self.assertIn("did not opt out", self.step("consent")["words"])
        self.steps.set_consent(True)
        self.assertTrue(self.shop.kala_consent_required)

    def test_wi1_at_any_time(self):
        self.steps.set_window(False)
        self.assertEqual(self.step("window")["words"], "At any time")
        self.assertFalse(self.shop.kala_send_window_id)
        with self.assertRaisesRegex(UserError, "Every day is closed"):
            self.steps.set_window({"days": []})

    def test_ad2_the_sandbox_once(self):
        """Pressed twice, there is one; one that was put to draft is connected again."""
        self.steps.begin_sandbox()
        self.steps.begin_sandbox()
        sandbox = self.env["kala.connection"].search([("company_id", "=", self.shop.id)])
        self.assertEqual(sandbox.mapped("state"), ["connected"])
        lines = sandbox.line_ids
        self.assertLessEqual({"sms", "whatsapp"}, set(lines.mapped("channel")))
        self.assertEqual(len(lines.mapped("channel")), len(set(lines.mapped("channel"))))
        sandbox.action_draft()
        self.steps.begin_sandbox()
        self.assertEqual(sandbox.state, "connected")

    def test_ad1_bad_input(self):
        for method, args, sentence in (
            ("set_country", (0,), "Choose the country"),
            ("set_responsible", (self.stranger.id,), "Choose somebody of this company"),
            ("set_responsible", (self.clerk.id,), "Choose somebody of this company"),
            ("set_language", ("xx_XX",), "not installed"),
            ("simulate", (), "no sandbox"),
        ):
            with self.subTest(method=method), self.assertRaisesRegex(UserError, sentence):
                getattr(self.steps, method)(*args)

    def test_re2_more_users_than_are_offered(self):
        """The reader is always offered, and first."""
        company = {"company_id": self.shop.id, "company_ids": [(6, 0, self.shop.ids)]}
        others = [self._make_user(login, **company) for login in ("anna", "anton")]
        self.patch(kala_first_hour, "USERS", 1)
        offered = [user_id for user_id, _name in self.step("responsible")["users"]]
        self.assertEqual(offered, [self.boss.id, others[0].id])
        self.steps.set_responsible(others[1].id)
        self.assertEqual(self.shop.kala_default_responsible_text_id, others[1])

    def test_ad1_a_manager_of_two_companies(self):
        """The steps are of the company that is selected."""
        self.boss.company_ids += self.company
        self.steps.begin_sandbox()
        other = self.steps.with_company(self.company)
        other = other.with_context(allowed_company_ids=self.company.ids)
        self.assertIn(self.sms_line.name, str(other.load()["steps"][1]["words"]))
        self.assertNotIn(self.sms_line.name, self.step("line")["words"])

    def test_sc4_managers_read_and_administrators_set(self):
        steps = self.env["kala.first.hour"].with_user(self.manager)
        self.assertFalse(steps.load()["may_set"])
        for method, *args in (
            ("set_country", self.env.ref("base.pl").id),
            ("begin_sandbox",),
            ("set_responsible", self.manager.id),
            ("set_window", False),
            ("set_consent", True),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(steps, method)(*args)
        for user in (self.salesman, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["kala.first.hour"].with_user(user).load()

    def test_ad1_fifty_lines(self):
        """The number of queries does not grow with the lines."""
        connection, _sms, _whatsapp = self._make_sandbox(self.shop, "03-7654321")

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.steps.load()
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        self.env["kala.line"].create(
            [
                {
                    "name": f"Line {n}",
                    "channel": "sms",
                    "connection_id": connection.id,
                    "company_id": self.shop.id,
                }
                for n in range(50)
            ]
        )
        count()
        self.assertLessEqual(count(), few + 1)

    def test_ad1_an_empty_company_to_the_first_answer(self):
        """AD1: without documentation, in few clicks, on every screen."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang), self.env.cr.savepoint() as savepoint:
                self.tour(
                    *("/odoo/communication-inbox", "kala_comm_first_hour", size, lang),
                    login=self.boss.login,
                    kala_first_hour=False,
                )
                self.assertEqual(self.done(), KEYS)
                self.assertTrue(self.shop.kala_send_window_id)
                answer = self.env["kala.communication"].search(
                    [("company_id", "=", self.shop.id), ("direction", "=", "out")]
                )
                self.assertEqual(answer.body, "Yes, it is ready.")
                savepoint.rollback()

    def test_ad1_closed_and_found_again(self):
        """AD1: folded, closed, and opened by its menu."""
        self.tour(
            *("/odoo/communication-inbox", "kala_comm_first_hour_found"),
            login=self.boss.login,
            kala_first_hour=False,
        )
        habits = self.env["res.users.settings"].search([("user_id", "=", self.boss.id)])
        self.assertEqual(habits.kala_first_hour, "open")

    def test_ad1_others_see_none_of_it(self):
        """A salesman's Inbox asks for nothing of it."""
        self.incoming(sender=DANA, text="Hello")
        self.tour(
            *("/odoo/communication-inbox", "kala_comm_first_hour_not_his"),
            login=self.colleague.login,
            kala_first_hour=False,
        )
