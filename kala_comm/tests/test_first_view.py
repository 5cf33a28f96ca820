"""LO7: when each user first opened a record."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestFirstView(KalaCommon):
    def setUp(self):
        super().setUp()
        self.matter = self.lead(phone=DANA, user_id=self.salesman.id)

    def note(self, user, record=None):
        record = record or self.matter
        self.env["kala.first.view"].with_user(user).note(record._name, record.id)

    def seen(self, record=None):
        """:return: dict user → when he first opened it"""
        record = record or self.matter
        action = record.with_user(self.manager).action_kala_first_views()
        rows = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        return {row.user_id: row.date for row in rows}

    def make_older(self, **delta):
        self.env.cr.execute("UPDATE kala_first_view SET date = date - %s", [timedelta(**delta)])
        self.env.invalidate_all()

    def test_lo7_once_for_each_user(self):
        """LO7: the first time counts, for each user by himself."""
        self.assertEqual(self.seen(), {})
        self.note(self.salesman)
        self.make_older(hours=2)
        first = self.seen()[self.salesman]
        self.note(self.salesman)
        self.note(self.colleague)
        seen = self.seen()
        self.assertEqual(set(seen), {self.salesman, self.colleague})
        self.assertEqual(seen[self.salesman], first)
        self.assertGreater(seen[self.colleague], first)

    def test_lo7_of_nobody_elses_records(self):
        """LO7, LO8: who may not read the record opens nothing and learns nothing; salesmen do not
        read who opened what, managers only of records that they read."""
        other = self.lead(phone=DANA, user_id=self.colleague.id)
        for user in (self.salesman, self.stranger, self.clerk):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.note(user, other)
        self.note(self.colleague, other)
        views = self.env["kala.first.view"]
        for user in (self.salesman, self.stranger, self.colleague):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                views.with_user(user).search([])
        head = self._make_user("head", "base.group_user,kala_comm.group_manager")
        self.assertFalse(views.with_user(head).search([]))
        with self.assertRaises(AccessError):
            views.search([]).with_user(head).read(["date"])
        with self.assertRaises(AccessError):
            other.with_user(head).action_kala_first_views()

    def test_lo7_two_companies(self):
        """LO7, LO8: of a customer whom companies share each manager reads when its own people
        opened him first, those who have left included."""
        dana = self.customer("Dana", phone=DANA)
        for user in (self.stranger, self.salesman):
            self.note(user, dana)
        self.assertEqual(set(self.seen(dana)), {self.salesman})
        self.salesman.active = False
        self.assertEqual(set(self.seen(dana)), {self.salesman})
        theirs = self.env["kala.first.view"].search([("user_id", "=", self.stranger.id)])
        with self.assertRaises(AccessError):
            theirs.with_user(self.manager).read(["date"])
        self.stranger.company_ids += self.company
        self.assertEqual(set(self.seen(dana)), {self.salesman, self.stranger})

    def test_lo7_merged_and_deleted(self):
        """LO7, MA12: a merged record keeps the earlier time; a deleted one leaves nothing."""
        twin = self.lead(phone=DANA)
        self.note(self.colleague, twin)
        self.make_older(days=1)
        self.note(self.colleague)
        self.note(self.manager)
        kept = (self.matter | twin).merge_opportunity(auto_unlink=True)
        seen = self.seen(kept)
        self.assertEqual(set(seen), {self.colleague, self.manager})
        self.assertLess(seen[self.colleague], seen[self.manager])
        kept.unlink()
        self.assertFalse(self.env["kala.first.view"].search([]))
