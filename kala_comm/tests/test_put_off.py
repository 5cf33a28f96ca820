"""TA6: tasks and conversations that are put off."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import tagged

from .common import DANA, NOA
from .test_waiting import WaitingCase


@tagged("post_install", "-at_install")
class TestPutOff(WaitingCase):
    def setUp(self):
        super().setUp()
        self.customer("Dana", phone=DANA, user_id=self.colleague.id)
        message = self.incoming(sender=DANA, text="Is it ready?")
        self.errand, self.matter = message.activity_id, message._record()
        self.tomorrow = (Datetime.now() + timedelta(days=1)).replace(microsecond=0)
        self.deadline = self.errand.date_deadline

    def mine(self):
        return self.errand.with_user(self.colleague)

    def due(self, user=None):
        """:return: records that Odoo's own activity menu counts as due, and those planned"""
        groups = self.env["res.users"].with_user(user or self.colleague)._get_activity_groups()
        return (
            sum(group["total_count"] for group in groups),
            sum(group["planned_count"] for group in groups),
        )

    def come_back(self, later=timedelta(days=1, minutes=1)):
        """The time comes, and the job runs."""
        self.env.flush_all()
        with (
            self.job() as env,
            patch.object(Datetime, "now", lambda *_args: self.tomorrow - timedelta(days=1) + later),
        ):
            env["kala.task"]._cron_take_back()
        self.env.invalidate_all()

    def test_until_a_time(self):
        """Out of To do, of Mine and of Odoo's own counts; listed with its time; back by itself."""
        self.assertEqual(self.due(), (1, 0))
        self.mine().kala_put_off(self.tomorrow)
        self.assertEqual(self.due(), (0, 1))
        self.assertEqual(self.keys("mine"), [])
        self.assertEqual(self.keys("put_off"), [self.key(self.matter)])
        self.assertEqual(self.row(self.matter, tab="put_off")["put_off_until"], str(self.tomorrow))
        pane = self.env["kala.conversation"].with_user(self.colleague)
        [task] = pane.load(self.matter._name, self.matter.id)["tasks"]
        self.assertEqual(task["put_off_until"], str(self.tomorrow))
        self.come_back(timedelta(hours=23))
        self.assertEqual(self.keys("mine"), [])
        self.come_back()
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])
        self.assertEqual(self.keys("put_off"), [])
        self.assertFalse(self.errand.kala_is_put_off or self.errand.kala_put_off_until)

    def pane_tasks(self):
        pane = self.env["kala.conversation"].with_user(self.colleague)
        return pane.load(self.matter._name, self.matter.id)["tasks"]

    def test_the_same_time_is_offered_again(self):
        """TA6: the contact writes before the time comes: the list and the pane offer it again."""
        self.mine().kala_put_off(self.tomorrow)
        self.incoming(sender=DANA, text="Well?")
        [task] = self.pane_tasks()
        self.assertEqual(task["put_off_again"], str(self.tomorrow))
        self.assertEqual(self.row(self.matter)["put_off_again"], str(self.tomorrow))
        self.errand.kala_put_off_before = Datetime.now() - timedelta(seconds=1)
        self.assertFalse(self.pane_tasks()[0]["put_off_again"], "that time is over")

    def test_the_time_itself_starts_the_job(self):
        """Nobody looks every minute whether something is due."""
        job = self.env.ref("kala_comm.ir_cron_put_off")
        self.mine().kala_put_off(str(self.tomorrow))
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self.assertEqual(triggers.mapped("call_at"), [self.tomorrow])
        self.assertEqual(job.interval_type, "days")

    def test_until_the_contact_writes(self):
        """His message brings it back at once, in the same task; no time brings it before."""
        self.mine().kala_put_off()
        row = self.row(self.matter, tab="put_off")
        self.assertEqual(row["put_off_until"], "contact")
        self.assertEqual(self.due(), (0, 1))
        self.come_back()
        self.assertEqual(self.keys("mine"), [])
        again = self.incoming(sender=DANA, text="Well?")
        self.assertEqual(again.activity_id, self.errand)
        [task] = self.pane_tasks()
        self.assertFalse(task["put_off_again"], "no time was chosen before")
        self.assertEqual(self.errand.kala_count, 2)
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])
        self.assertEqual(self.due(), (1, 0))

    def test_his_message_offers_the_same_time_again(self):
        self.mine().kala_put_off(self.tomorrow)
        self.incoming(sender=DANA, text="Well?")
        row = self.row(self.matter, tab="mine")
        self.assertFalse(row["put_off_until"])
        self.assertEqual(row["put_off_again"], str(self.tomorrow))
        self.matter.with_user(self.colleague).kala_send("sms", body="Tomorrow")
        answer = self.inbox().put_off([self.key(self.matter)], row["put_off_again"], "put_off")
        self.assertEqual(answer["rows"][0]["put_off_until"], str(self.tomorrow))
        self.come_back()
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])

    def test_a_call_and_an_email_bring_it_back(self):
        """Whatever the contact does, also where no task is made of it (TA1)."""
        self.company.kala_task_on_text = False
        self.mine().kala_put_off(self.tomorrow)
        self.incoming(sender=DANA, text="Well?")
        self.assertFalse(self.errand.kala_is_put_off)

    def test_the_contact_writes_on_another_record(self):
        """He is the same person: what waits for him is back."""
        self.mine().kala_put_off()
        other = self.lead("Other")
        self.env["kala.task"]._wake(self.log(other, direction="in", contact_value=DANA))
        self.assertFalse(self.errand.kala_is_put_off)

    def test_merged_with_a_task_that_waits(self):
        """MA12: what becomes one task with one that waits, waits; two that are put off stay so."""
        for is_waiting in (True, False):
            leads = self.lead("One"), self.lead("Two")
            tasks = [self.task(lead, self.colleague) for lead in leads]
            tasks[0].with_user(self.colleague).kala_put_off(self.tomorrow)
            if not is_waiting:
                tasks[1].with_user(self.colleague).kala_put_off()
            self.env["kala.task"]._fold(*tasks)
            with self.subTest(is_waiting=is_waiting):
                self.assertEqual(tasks[0].kala_is_put_off, not is_waiting)

    def test_another_contact_brings_nothing_back(self):
        self.mine().kala_put_off(self.tomorrow)
        self.incoming(sender=NOA, text="Hello")
        self.assertTrue(self.errand.kala_is_put_off)

    def test_a_reaction_brings_nothing_back(self):
        self.mine().kala_put_off(self.tomorrow)
        self.env["kala.task"]._wake(self.log(self.matter, direction="in", kind="reaction"))
        self.assertTrue(self.errand.kala_is_put_off)

    def test_our_own_answer_leaves_it_put_off(self):
        """Who put it off wants to come back to it, whatever he writes meanwhile."""
        self.mine().kala_put_off(self.tomorrow)
        self.matter.with_user(self.colleague).kala_send("sms", body="I ask the carpenter")
        self.assertTrue(self.errand.active and self.errand.kala_is_put_off)
        self.come_back()
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])

    def test_taken_back(self):
        """By hand, with the due date that it had."""
        for until in (self.tomorrow, None):
            self.mine().kala_put_off(until)
            self.mine().kala_put_off(self.tomorrow + timedelta(days=7))
            self.mine().kala_take_back()
            self.assertEqual(self.errand.date_deadline, self.deadline)
            self.assertFalse(self.errand.kala_is_put_off)
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])

    def test_a_late_task_that_is_put_off_does_not_escalate(self):
        """TA3: it waits anew from when it comes back."""
        self.company.kala_task_escalation = True
        tasks = self.env["kala.task"]
        self.age(self.errand, days=30)
        self.assertIn(self.errand, tasks._late_tasks(self.company))
        self.mine().kala_put_off(self.tomorrow)
        self.assertNotIn(self.errand, tasks._late_tasks(self.company))
        self.come_back()
        self.assertNotIn(self.errand, tasks._late_tasks(self.company))
        self.errand.kala_back_date = self.now - timedelta(days=30)
        self.assertIn(self.errand, tasks._late_tasks(self.company))

    def test_conversations(self):
        """Nobody's task becomes the user's; a colleague's stays; where there is none, one is made,
        so that it comes back all the same."""
        nobodys, hers, none = self.lead("Nobody's"), self.lead("Hers"), self.lead("None")
        self.task(nobodys)
        theirs = self.task(hers, self.manager)
        self.came(none, direction="out", state="sent", body="We call you")
        keys = [self.key(record) for record in (self.matter, nobodys, hers, none)]
        answer = self.inbox().put_off(keys, str(self.tomorrow), "mine")
        self.assertEqual(set(answer["gone"]), set(keys))
        self.assertEqual(answer["counts"]["put_off"], 4)
        self.assertFalse(theirs.kala_is_put_off)
        self.assertEqual(set(self.keys("put_off")), set(keys))
        self.assertEqual(self.keys("put_off", self.manager), [])
        self.come_back()
        self.assertEqual(set(self.keys("mine")), set(keys))
        self.inbox().put_off(keys[:2])
        self.inbox().take_back(keys[:2])
        self.assertEqual(set(self.keys("mine")), set(keys))

    def test_bad_times(self):
        for until, words in (
            (Datetime.now() - timedelta(minutes=1), "later"),
            (Datetime.now() + timedelta(days=400), "one year"),
            ("tomorrow", "Choose a time"),
            (7, "Choose a time"),
        ):
            with self.subTest(until), self.assertRaisesRegex(UserError, words):
                self.mine().kala_put_off(until)
            with self.subTest(until), self.assertRaisesRegex(UserError, words):
                self.inbox().put_off([self.key(self.matter)], until)

    def test_who_may(self):
        """A task of a record that the user may not write is not his to put off."""
        lead = self.lead(user_id=self.colleague.id)
        task = self.task(lead, self.colleague)
        for user in (self.salesman, self.stranger, self.clerk):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    task.with_user(user).kala_put_off(self.tomorrow)
                with self.assertRaises(AccessError):
                    task.with_user(user).kala_take_back()
        self.assertFalse(task.kala_is_put_off)

    def test_a_task_that_a_user_planned(self):
        """Also an activity of Odoo's own: it stands under Put off, too."""
        lead = self.lead()
        planned = lead.activity_schedule("mail.mail_activity_data_call", user_id=self.colleague.id)
        planned.with_user(self.colleague).kala_put_off(self.tomorrow)
        self.assertEqual(self.keys("put_off"), [self.key(lead)])
        self.come_back()
        self.assertEqual(planned.date_deadline, self.tomorrow.date())

    def test_two_workers_take_back(self):
        """The job on one worker, the contact's message on another: it is back once."""
        self.mine().kala_put_off(self.tomorrow)
        self.incoming(sender=DANA, text="Well?")
        self.come_back()
        self.assertEqual(self.errand.kala_put_off_before, self.tomorrow)
        self.assertEqual(self.keys("mine"), [self.key(self.matter)])
