from datetime import timedelta

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Datetime
from odoo.tests import tagged

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestPresence(KalaCommon):
    """LO10: one sees who else has the conversation open, and who is writing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kitchen = cls.env["crm.lead"].create(
            {"name": "Kitchen", "phone": DANA, "user_id": cls.salesman.id}
        )
        groups = "sales_team.group_sale_manager"
        cls.boss = cls._make_user("boss_here", groups)
        cls.abroad = cls._make_user(
            "abroad_here",
            groups,
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )

    def setUp(self):
        super().setUp()
        self._forget_news()

    def _forget_news(self):
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()

    def here(self, user, record=None, window="w1", writing=False):
        """:return: dict name of another one → whether he writes"""
        record = record or self.kitchen
        presence = self.env["kala.presence"].with_user(user)
        others = presence.here(record._name, record.id, window, writing)["others"]
        return {other["name"]: other["writing"] for other in others}

    def leave(self, user, window="w1"):
        presence = self.env["kala.presence"].with_user(user)
        presence.leave("crm.lead", self.kitchen.id, window)

    def told(self):
        """:return: list of (channel, what is said of presence), since the last time"""
        self.env.cr.precommit.run()
        news = self.env["bus.bus"].sudo().search([], order="id")
        found = [(row.channel, row.message) for row in news if "kala_comm/presence" in row.message]
        news.unlink()
        return found

    def told_to(self, user):
        [(channel, message)] = self.told()
        self.assertIn(f'"res.partner",{user.partner_id.id}]', channel.replace(" ", ""))
        return message

    def age(self, seconds, user=None):
        rows = self.env["kala.presence"].sudo().search([])
        rows = rows.filtered(lambda row: not user or row.user_id == user)
        for row in rows:
            row.seen_at -= timedelta(seconds=seconds)
            row.writing_until = row.writing_until and row.writing_until - timedelta(seconds=seconds)
        self.env.flush_all()

    def test_each_sees_the_other(self):
        """LO10: who opens it sees who is there; who is there is told, on his own channel."""
        self.assertEqual(self.here(self.salesman), {})
        self.assertFalse(self.told(), "nobody is there to be told")
        self.assertEqual(self.here(self.boss), {self.salesman.name: False})
        self.assertIn(self.boss.name, self.told_to(self.salesman))
        self.assertEqual(self.here(self.salesman), {self.boss.name: False})
        self.assertFalse(self.told(), "a sign that says nothing new is told to nobody")

    def test_writing(self):
        """LO10: it is told when somebody begins to write and when he ends, and not in between."""
        self.here(self.salesman)
        self.here(self.boss)
        self.told()
        self.here(self.boss, writing=True)
        self.assertIn('"writing":true', self.told_to(self.salesman).replace(" ", ""))
        self.here(self.boss, writing=True)
        self.assertFalse(self.told())
        self.assertEqual(self.here(self.salesman), {self.boss.name: True})
        self.here(self.boss)
        self.assertIn('"writing":false', self.told_to(self.salesman).replace(" ", ""))

    def test_who_says_nothing_is_gone(self):
        """LO10: half a minute after his last sign nobody writes, after a minute he is not there."""
        self.here(self.salesman, writing=True)
        self.age(31)
        self.assertEqual(self.here(self.boss), {self.salesman.name: False})
        self.age(61, self.salesman)
        self.assertEqual(self.here(self.boss), {})
        self.env["kala.presence"]._gc_presence()
        rows = self.env["kala.presence"].search([])
        self.assertEqual(rows.user_id, self.boss, "the daily cleaning takes what is old")

    def test_two_windows_are_one_person(self):
        """LO10: he is there until his last window is closed, and writes if he does in one."""
        self.here(self.boss)
        self.here(self.salesman, window="left", writing=True)
        self.assertIn(self.salesman.name, self.told_to(self.boss))
        self.here(self.salesman, window="right")
        self.assertFalse(self.told())
        self.assertEqual(self.here(self.boss), {self.salesman.name: True})
        self.assertEqual(self.here(self.salesman, window="right"), {self.boss.name: False})
        self.leave(self.salesman, window="left")
        self.assertEqual(self.here(self.boss), {self.salesman.name: False})
        self.told()
        self.leave(self.salesman, window="right")
        self.assertNotIn(self.salesman.name, self.told_to(self.boss))
        self.assertEqual(self.here(self.boss), {})

    def test_own_documents(self):
        """LO8, LO10: who may not read the record says and hears nothing of it; nor does who
        could read it a moment ago."""
        for user in (self.stranger, self.abroad):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.here(user)
                with self.assertRaises(AccessError):
                    self.env["kala.presence"].with_user(user).leave(
                        "crm.lead", self.kitchen.id, "w1"
                    )
        self.here(self.salesman)
        self.kitchen.user_id = self.boss
        self.here(self.boss)
        self.assertFalse(self.told(), "it is the salesman's no more")
        with self.assertRaises(AccessError):
            self.here(self.salesman)

    def test_two_companies(self):
        """LO8, LO10: of a customer that companies share each hears of its own people only."""
        dana = self.customer("Dana", phone=DANA)
        self.assertEqual(self.here(self.boss, dana), {})
        self.assertEqual(self.here(self.abroad, dana), {})
        self.assertFalse([one for one in self.told() if '"others": [{' in one[1]])
        self.assertEqual(self.here(self.salesman, dana), {self.boss.name: False})
        self.boss.company_ids += self.other_company
        self.assertEqual(self.here(self.abroad, dana), {self.boss.name: False})

    def test_bad_input(self):
        """LO10: no record, no model of ours, no user of the company, strange names of windows."""
        presence = self.env["kala.presence"].with_user(self.salesman)
        with self.assertRaises(MissingError):
            presence.here("crm.lead", 0, "w1")
        with self.assertRaises(UserError):
            presence.here("res.users", self.boss.id, "w1")
        self.here(self.salesman, window="x\0" * 1000)
        self.here(self.salesman, window="x\0" * 1000)
        self.assertEqual(len(self.env["kala.presence"].search([])), 1)
        with self.assertRaises(AccessError):
            presence.search([]).read(["seen_at"])

    def test_who_reads_no_communications(self):
        """LO10: who is no user of communications is not told who has a customer open, and nobody
        hears of him."""
        dana = self.customer("Dana")
        self.here(self.salesman, dana)
        with self.assertRaises(AccessError):
            self.here(self.clerk, dana)
        self.assertFalse(self.here(self.boss, dana).keys() & {self.clerk.name})

    def test_cost(self):
        """LO10: a sign that says nothing new costs the same, however many are there."""
        counts = []
        for n in (2, 12):
            for i in range(n):
                user = self._make_user(f"here_{n}_{i}", "sales_team.group_sale_manager")
                self.here(user)
            self.here(self.salesman)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            others = self.here(self.salesman)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(others), 14)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLess(counts[0], 20)
        stamps = self.env["kala.presence"].search([]).mapped("seen_at")
        self.assertLessEqual(max(stamps), Datetime.now())
