"""LO9: what a user has not read."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DANA
from .test_waiting import WaitingCase


@tagged("post_install", "-at_install")
class TestUnread(WaitingCase):
    def setUp(self):
        super().setUp()
        self.matter = self.lead("Roof", phone=DANA)

    def at(self, minutes):
        return self.now + timedelta(minutes=minutes)

    def unread(self, user=None):
        """:return: of the pane and of the list: they say the same"""
        pane = self.pane(user)
        row = self.row(self.matter, user)
        self.assertEqual(pane["unread"], row["unread"])
        return pane["unread"]

    def pane(self, user=None):
        self.env.flush_all()
        conversations = self.env["kala.conversation"].with_user(user or self.colleague)
        return conversations.load("crm.lead", self.matter.id)

    def test_what_counts(self):
        """What the contact wants: messages and missed calls; no reaction, no edit, no call that
        somebody took, nothing of ours."""
        cases = (
            ({"direction": "in"}, 1),
            ({"direction": "in", "channel": "email", "contact_kind": "email"}, 1),
            ({"direction": "in", "channel": "voice", "call_status": "missed"}, 1),
            ({"direction": "in", "channel": "voice", "call_status": "voicemail"}, 1),
            ({"direction": "in", "channel": "voice", "call_status": "answered"}, 0),
            ({"direction": "in", "channel": "voice", "call_status": "ringing"}, 0),
            ({"direction": "in", "kind": "reaction"}, 0),
            ({"direction": "in", "kind": "edit"}, 0),
            ({"direction": "in", "kind": "system"}, 0),
            ({"direction": "out", "state": "sent"}, 0),
        )
        for values, expected in cases:
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self.came(self.matter, **values)
                self.assertEqual(self.unread(), expected)
                savepoint.rollback()

    def test_an_answer_of_a_person_reads_for_all(self):
        """A mass send or a rule answers nobody; an answer that fails was none."""
        self.came(self.matter, date=self.at(0))
        self.came(self.matter, date=self.at(1))
        self.assertEqual((self.unread(), self.unread(self.manager)), (2, 2))
        for values, expected in (
            ({"priority": 2, "state": "sent"}, 2),
            ({"priority": 1, "state": "sent"}, 2),
            ({"state": "failed"}, 2),
            ({"state": "cancelled"}, 2),
            ({"state": "queued"}, 0),
            ({"state": "sent"}, 0),
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                self.came(self.matter, direction="out", date=self.at(2), **values)
                self.assertEqual((self.unread(), self.unread(self.manager)), (expected,) * 2)
                savepoint.rollback()
        self.came(self.matter, direction="out", state="sent", date=self.at(2))
        self.came(self.matter, date=self.at(3))
        self.assertEqual(self.unread(), 1)

    def test_opening_does_not_read(self):
        """It stays unread until he marks it; the mark is his alone."""
        self.came(self.matter, date=self.at(0))
        self.assertFalse(self.pane()["read_until"])
        self.assertEqual(self.unread(), 1)
        self.inbox().mark_read([self.key(self.matter)])
        self.assertEqual((self.unread(), self.unread(self.manager)), (0, 1))
        self.assertTrue(self.pane()["read_until"] >= str(self.at(0)))
        self.came(self.matter, date=self.at(5))
        self.assertEqual((self.unread(), self.unread(self.manager)), (1, 2))

    def test_mark_unread(self):
        """Also what is answered; until he marks it as read, or somebody answers anew."""
        key = self.key(self.matter)
        self.came(self.matter, date=self.at(-3))
        self.came(self.matter, direction="out", state="sent", date=self.at(-2))
        self.assertEqual(self.unread(), 0)
        self.inbox().mark_unread([key])
        self.assertEqual((self.unread(), self.unread(self.manager)), (1, 0))
        self.inbox().mark_read([key])
        self.assertEqual(self.unread(), 0)
        self.inbox().mark_unread([key])
        self.came(self.matter, direction="out", state="sent", date=self.at(5))
        self.assertEqual(self.unread(), 0)

    def test_twice(self):
        """Two tabs mark the same: one mark stands."""
        self.came(self.matter)
        for _tab in range(2):
            self.inbox().mark_read([self.key(self.matter)] * 2)
        marks = self.env["kala.reading"].search([("res_id", "=", self.matter.id)])
        self.assertEqual(marks.user_id, self.colleague)

    def test_a_crowd_of_messages(self):
        """Nobody needs to know how many more than a hundred there are."""
        self.env["kala.communication"].create(
            [
                {
                    "channel": "sms",
                    "direction": "in",
                    "company_id": self.company.id,
                    "date": self.at(n),
                    **self.env["kala.communication"]._attach_vals(self.matter),
                }
                for n in range(120)
            ]
        )
        self.refresh()
        self.assertEqual(self.unread(), 100)

    def test_records_that_go(self):
        """MA12: what was unread of one of two merged records is unread; a deleted record leaves no
        mark."""
        other = self.lead("Wall", phone=DANA)
        self.came(self.matter, date=self.at(0))
        self.came(other, date=self.at(1))
        self.inbox().mark_read([self.key(self.matter), self.key(other)])
        self.env.cr.execute(
            "UPDATE kala_reading SET read_until = %s WHERE res_id = %s", [self.at(-1), other.id]
        )
        (self.matter | other).merge_opportunity()
        self.matter = (self.matter | other).exists()
        self.refresh()
        self.assertEqual(self.unread(), 2)
        self.matter.unlink()
        self.assertFalse(self.env["kala.reading"].search([("res_model", "=", "crm.lead")]))

    def test_who_may(self):
        """LO8: nobody's marks are told, and nobody marks what he may not read."""
        self.matter.user_id = self.colleague
        self.came(self.matter)
        self.inbox(self.salesman).mark_read([self.key(self.matter)])
        marks = self.env["kala.reading"]
        self.assertFalse(marks.search([("user_id", "=", self.salesman.id)]))
        self.inbox().mark_read([self.key(self.matter)])
        with self.assertRaises(AccessError):
            marks.with_user(self.colleague).search_read([])
        with self.assertRaises(AccessError):
            marks.with_user(self.colleague).create({"user_id": self.manager.id})

    def test_his_own_choice(self):
        """Each user sets for himself whether opening marks as read."""
        self.assertFalse(self.pane()["read_on_open"])
        self.colleague.with_user(self.colleague).kala_read_on_open = True
        self.assertTrue(self.pane()["read_on_open"])
        self.assertTrue(self.inbox().load()["read_on_open"])
        self.assertFalse(self.pane(self.manager)["read_on_open"])
