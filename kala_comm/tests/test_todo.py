"""TA4, TA5: the totals of the to-do page, and tasks that are nobody's."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA, OMER, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestTodo(KalaCommon):
    def setUp(self):
        super().setUp()
        self.env["mail.activity"].search([]).unlink()

    def totals(self, user):
        """:return: dict key → count"""
        self.env.flush_all()
        self.env.invalidate_all()
        groups = self.env["kala.dashboard"].with_user(user).totals()["groups"]
        return {card["key"]: card["count"] for group in groups for card in group["cards"]}

    def opened(self, user, key):
        """:return: the records of the list that a card opens"""
        action = self.env["kala.dashboard"].with_user(user).open_card(key)
        domain = list(action["domain"])
        if action["context"].get("search_default_mine"):
            domain.append(("user_id", "=", user.id))
        return self.env[action["res_model"]].with_user(user).search(domain)

    def test_ta1_the_kinds_of_tasks_stay(self):
        """TA1, TA4: a kind of task may get another name, but nobody deletes it: the totals and
        the next message need it."""
        for kind in ("text", "call", "email"):
            with self.subTest(kind=kind), self.assertRaises(UserError):
                self.env.ref(f"kala_comm.mail_activity_type_{kind}").unlink()

    def test_ta4_one_count_per_kind(self):
        """TA4, DE4: tasks by kind, failures by channel; each count opens a list of as many."""
        self.lead(phone=DANA, user_id=self.salesman.id)
        self.lead(phone=NOA, user_id=self.salesman.id)
        made = self.lead(phone=OMER, user_id=self.colleague.id)
        self.incoming({"sender": DANA}, {"sender": NOA}, {"sender": OMER}, {"sender": UNKNOWN})
        self.log(made, state="failed")
        self.log(made, state="failed", channel="whatsapp")
        self.log(made, state="unknown", channel="whatsapp")
        self.log(made, state="sent")
        item = self.env["kala.inbound.item"].search([], limit=1)
        item.write({"state": "dead", "error": "Not understood"})
        expected = {
            self.salesman: {
                "task_text": 2,
                "task_call": 0,
                "task_email": 0,
                "failed_sms": 0,
                "failed_whatsapp": 0,
                "unknown": 0,
            },
            self.manager: {
                "task_text": 0,
                "task_call": 0,
                "task_email": 0,
                "failed_sms": 1,
                "failed_whatsapp": 1,
                "unknown": 1,
                "without_responsible": 1,
                "dead_letters": 1,
            },
        }
        for user, counts in expected.items():
            with self.subTest(user=user.login):
                self.assertEqual(self.totals(user), counts)
                for key, count in counts.items():
                    self.assertEqual(len(self.opened(user, key)), count, key)

    def test_ta4_of_the_selected_companies(self):
        """TA4: tasks of a company that the user has not selected wait for him there."""
        self.colleague.company_ids |= self.other_company
        self.lead(phone=DANA, user_id=self.colleague.id)
        self.incoming(sender=DANA)
        self.incoming(sender=UNKNOWN)
        for companies, mine, nobodys in (
            (self.company, 1, 1),
            (self.other_company, 0, 0),
            (self.company | self.other_company, 1, 1),
        ):
            with self.subTest(companies=companies.mapped("name")):
                dashboard = self.env["kala.dashboard"].with_context(
                    allowed_company_ids=companies.ids
                )
                for user, key, count in (
                    (self.colleague, "task_text", mine),
                    (self.env.user, "without_responsible", nobodys),
                ):
                    groups = dashboard.with_user(user).totals()["groups"]
                    cards = {c["key"]: c["count"] for group in groups for c in group["cards"]}
                    self.assertEqual(cards[key], count, key)

    def test_ta4_own_rights(self):
        """TA4, LO8: nobody counts or opens what he may not see."""
        with self.assertRaisesRegex(UserError, "no such list"):
            self.env["kala.dashboard"].with_user(self.salesman).open_card("dead_letters")
        with self.assertRaisesRegex(UserError, "no such list"):
            self.env["kala.dashboard"].with_user(self.manager).open_card("x; drop table")
        self.log(self.lead(user_id=self.colleague.id), state="failed")
        self.assertEqual(self.totals(self.salesman)["failed_sms"], 0)
        self.assertEqual(self.totals(self.colleague)["failed_sms"], 1)
        self.assertNotIn("failed_sms", self.totals(self.stranger), "no line in his company")
        with self.assertRaises(AccessError):
            self.env["kala.dashboard"].with_user(self.clerk).totals()

    def test_ta4_answered_is_done(self):
        """TA4: what is answered is counted no more."""
        made = self.lead(phone=DANA, user_id=self.colleague.id)
        self.incoming(sender=DANA)
        self.assertEqual(self.totals(self.colleague)["task_text"], 1)
        made.with_user(self.colleague).kala_send("sms", body="Yes", number=DANA)
        self.assertEqual(self.totals(self.colleague)["task_text"], 0)

    def test_ta4_limited_cost(self):
        """TA4: the page costs the same with many tasks as with few."""
        counts = []
        for size in (2, 40):
            senders = [f"+97254236{size + n:04}" for n in range(size)]
            for sender in senders:
                self.lead(phone=sender, user_id=self.colleague.id)
            self.incoming(*({"sender": sender} for sender in senders))
            self.totals(self.colleague)
            before = self.env.cr.sql_log_count
            self.totals(self.colleague)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_ta4_failures_of_a_disconnected_line(self):
        """TA4: what failed counts, also after its connection was taken off."""
        made = self.lead(phone=DANA)
        self.log(made, state="failed", channel="whatsapp")
        self.connection.action_draft()
        totals = self.totals(self.manager)
        self.assertEqual(totals.get("failed_whatsapp"), 1)
        self.assertNotIn("failed_sms", totals)
        self.assertEqual(len(self.opened(self.manager, "failed_whatsapp")), 1)

    def test_ta5_a_manager_takes_tasks(self):
        """TA5: "Assign to me" on the selected ones."""
        tasks = self.incoming({"sender": UNKNOWN}, {"sender": NOA}).activity_id
        self.opened(self.manager, "without_responsible").with_user(self.manager).action_kala_take()
        self.assertEqual(tasks.user_id, self.manager)
        self.assertEqual(self.totals(self.manager)["task_text"], 2)

    def test_ta5_mass_assignment(self):
        """TA5: a manager gives tasks without a responsible to somebody, all at once."""
        tasks = self.incoming({"sender": UNKNOWN}, {"sender": NOA}).activity_id
        found = self.opened(self.manager, "without_responsible")
        self.assertEqual(found, tasks)
        found.write({"user_id": self.salesman.id})
        self.assertEqual(tasks.user_id, self.salesman)
        self.assertEqual(self.totals(self.manager)["without_responsible"], 0)
        self.assertEqual(self.totals(self.salesman)["task_text"], 2)
