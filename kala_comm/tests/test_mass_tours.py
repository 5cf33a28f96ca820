from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, OMER
from .tour_common import LAPTOP, PHONE, SCREENS, TourCommon

ACTION = "/odoo/action-kala_comm.kala_mass_send_action"


@tagged("post_install", "-at_install")
class TestMassTours(TourCommon):
    """BR2 in a real browser: before, while it runs, and after. Messages leave when the tour says
    so, by the dispatcher itself."""

    is_held = False

    def setUp(self):
        super().setUp()
        numbers = (DANA, NOA, OMER, "+972542345679")
        self.people = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "phone": phone} for n, phone in enumerate(numbers)]
        )
        # What a transaction of its own would tell after the commit is told at once.
        self.patch(
            type(self.env["kala.mass.live"]),
            "_note",
            lambda live, ids: live.env["kala.mass.send"].browse(ids)._send_bars(),
        )

    def mass(self, people, **values):
        vals = {"name": "Sale", "record_ids": people.ids, "body": "Hi {{ first_name }}"}
        masses = self.env["kala.mass.send"].with_user(self.manager)
        return masses.create({**vals, **values}).with_user(self.env.user)

    def hold_the_lanes(self, mass):
        """Nothing leaves but by ``kala_test_leave``, which a tour calls."""
        self.is_held, test = True, self

        @api.model
        def kala_test_leave(users, count, fails):
            env = users.with_user(SUPERUSER_ID).env
            waiting = env["kala.mass.send"].browse(mass.id).communication_ids
            waiting = waiting.filtered(lambda c: c.state in ("queued", "scheduled")).sorted("id")
            far = fields.Datetime.add(fields.Datetime.now(), hours=1)
            test.set_send_after(env, waiting[count:], far)
            test.set_send_after(env, waiting[:count])

            def answer(message):
                if fails:
                    return SendResult.refused("rejected", "Not now.")
                return SendResult.sent(f"p{message.id}")

            with test.provider_answers(answer):
                env["kala.dispatcher"]._cron_run(2)
            test.set_send_after(env, waiting[count:])
            # Who waits for the bar would wait in vain.
            left = waiting[:count].mapped("state")
            test.assertNotIn("queued", left)
            test.assertEqual(len(left), count)
            return True

        users = type(self.env["res.users"])
        method = patch.object(users, "kala_test_leave", kala_test_leave, create=True)
        method.start()
        self.addCleanup(method.stop)

    def start(self, mass):
        """Let it be under way before the page is opened."""
        with patch.object(type(mass), "_wake", lambda masses, at=None: None):
            mass.with_user(self.manager).action_start()
        self.env.flush_all()
        self.run_mass_job()
        self.hold_the_lanes(mass)

    def set_send_after(self, env, messages, moment=None):
        """:param moment: default: now, as the database has it: its clock stands still in a test"""
        env.flush_all()
        env.cr.execute(
            """UPDATE kala_communication
                  SET send_after = COALESCE(%s::timestamp, now() AT TIME ZONE 'UTC')
                WHERE id = ANY(%s)""",
            [moment, messages.ids],
        )
        env.invalidate_all()

    def _run_jobs_when_woken(self):
        woken = super()._run_jobs_when_woken()

        def run_mass(mass):
            mass.with_user(SUPERUSER_ID).with_context(clean=True)._cron_run()

        def wake_mass(mass, at=None):
            if at is None:
                self._after_commit(mass, run_mass)

        self.patch(type(self.env["kala.mass.send"]), "_wake", wake_mass)
        if self.is_held:
            self.patch(type(self.env["kala.dispatcher"]), "_wake", lambda dispatcher, at=None: None)
        return woken

    @contextmanager
    def over_afterwards(self, mass):
        """The next page begins without its bar, also where the tour failed."""
        try:
            yield mass
        finally:
            mass.state = "cancelled"

    def tour_of(self, mass, name, **how):
        self.tour(f"/odoo/kala.mass.send/{mass.id}", name, has_axe=True, **how)

    def test_br2_before(self):
        """BR2: counted before, with lists that open, reasons and the end; on a laptop and a
        telephone, in English and in Hebrew."""
        twin = self.customer("Twin", phone=DANA)
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                mass = self.mass(self.people[:2] | twin)
                self.tour_of(mass, "kala_comm_mass_send", size=size, lang=lang)
                self.assertEqual((mass.sent, mass.skipped), (2, 1))

    def test_br2_live(self):
        """BR2: start → live bar → pause → resume → done → retry failed, in Odoo's bar and the
        form, on a laptop and a telephone, in English and in Hebrew."""
        for size, lang in SCREENS[::3]:
            with self.subTest(size=size, lang=lang):
                mass = self.mass(self.people)
                mass.with_user(self.manager).action_check()
                self.hold_the_lanes(mass)
                with self.over_afterwards(mass):
                    self.tour_of(mass, "kala_comm_mass_live", size=size, lang=lang)
                    self.assertEqual((mass.state, mass.sent, mass.failed), ("done", 4, 0))

    def test_br2_list(self):
        """BR2: bar and buttons in the list, and on the cards of a telephone."""
        for size in (LAPTOP, PHONE):
            with self.subTest(size=size):
                mass = self.mass(self.people)
                self.start(mass)
                with self.over_afterwards(mass):
                    self.tour(ACTION, "kala_comm_mass_list", size=size)
                    self.assertEqual((mass.state, mass.sent), ("cancelled", 1))

    def test_br2_of_another(self):
        """BR2, LO8: a colleague who may not read it sees no bar, neither at first nor later."""
        mass = self.mass(self.people)
        self.start(mass)
        self.tour("/odoo", "kala_comm_mass_of_another", login=self.salesman.login)
        self.assertEqual(mass.sent, 1)

    def test_br2_of_another_company(self):
        """BR2, LO8: who has not chosen its company at the top has no bar of it, which he could
        not open, and his page asks for none."""
        companies = self.company | self.other_company
        boss = self._make_user(
            "boss",
            "sales_team.group_sale_manager",
            company_id=self.other_company.id,
            company_ids=[Command.set(companies.ids)],
        )
        mass = self.mass(self.people)
        self.start(mass)
        with self.over_afterwards(mass):
            self.tour("/odoo", "kala_comm_mass_of_another", login=boss.login)
        self.assertEqual(mass.sent, 1)
