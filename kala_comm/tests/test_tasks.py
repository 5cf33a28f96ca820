"""TA: tasks of incoming communications."""

from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN, KalaCommon
from odoo.addons.kala_comm.tools.messages import (
    CallEvent,
    DeliveryReport,
    IncomingMessage,
    SendResult,
)


@tagged("post_install", "-at_install")
class TestTasks(KalaCommon):
    def _call(self, status, sender=DANA, **values):
        item = self.take(
            CallEvent(
                uid=f"call-{self._next()}",
                event="ended",
                contact_value=sender,
                status=status,
                **values,
            )
        )
        return item.communication_id

    def _email(self, sender):
        message = IncomingMessage(
            channel="email",
            uid=f"<{self._next()}@example.com>",
            contact_kind="email",
            contact_value=sender,
            subject="Question",
            body="Hello",
        )
        return self.take(message).communication_id

    # ------------------------------------------------------------------ TA1

    def test_ta1_settings(self):
        """TA1: which communications become tasks is a setting for each kind."""
        arrive = {
            "text": lambda sender: self.incoming(sender=sender),
            "email": lambda sender: self._email(f"{sender.strip('+')}@example.com"),
            "missed": lambda sender: self._call("missed", sender),
            "answered": lambda sender: self._call("answered", sender, duration=5),
        }
        settings = {
            "text": "kala_task_on_text",
            "email": "kala_task_on_email",
            "missed": "kala_task_on_missed_call",
            "answered": "kala_task_on_answered_call",
        }
        delivered = {"text": True, "email": False, "missed": True, "answered": False}
        for kind, name in settings.items():
            self.assertEqual(self.company[name], delivered[kind], name)
        number = 0
        for kind, name in settings.items():
            for on in (True, False):
                for known in (True, False):
                    with self.subTest(kind=kind, on=on, known=known):
                        number += 1
                        sender = f"+97254234{number:04}"
                        if known:
                            email = f"{sender.strip('+')}@example.com"
                            self.lead(phone=sender, email_from=email)
                        self.company[name] = on
                        self.assertEqual(bool(arrive[kind](sender).activity_id), on)

    def test_ta1_new_lead_is_the_work_itself(self):
        """TA1: by setting a new lead gets no task; a known one still does."""
        self.company.kala_task_on_new_lead = False
        first = self.incoming(sender=UNKNOWN)
        self.assertFalse(first.activity_id)
        self.assertFalse(first.lead_id.activity_ids)
        self.assertTrue(self.incoming(sender=UNKNOWN).activity_id)

    def test_ta1_always_a_new_lead_and_no_task_on_it(self):
        """TA1, MA4, MA5: where every text makes a lead, and a lead is the work itself, there is
        never a task, also for contacts who are known."""
        self.company.kala_task_on_new_lead = False
        self.company.kala_text_always_new_lead = True
        known = self.lead(phone=DANA)
        texts = self.incoming({"sender": DANA}, {"sender": DANA}, {"sender": UNKNOWN})
        self.assertEqual(len(texts.lead_id - known), 3)
        self.assertFalse(texts.activity_id)
        self.company.kala_text_always_new_lead = False
        self.company.kala_new_lead_on_partner_text = True
        self.customer(phone=NOA)
        text = self.incoming(sender=NOA)
        self.assertEqual(text.match_rule, "new_for_customer")
        self.assertFalse(text.activity_id)
        self.company.kala_task_on_new_lead = True
        self.company.kala_text_always_new_lead = True
        self.assertEqual(len(self.incoming({"sender": DANA}, {"sender": DANA}).activity_id), 2)

    def test_ta1_in_the_users_menu(self):
        """TA1: the task is an activity in the user's menu until it is done, then history; the
        assignee gets no e-mail."""
        made = self.lead("Kitchen", phone=DANA, user_id=self.salesman.id)
        mails = self.env["mail.mail"].search_count([])
        task = self.incoming(sender=DANA, text="When?", name="Dana").activity_id
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(task.activity_type_id.name, "Incoming message")
        self.assertEqual(task.user_id, self.salesman)
        self.assertEqual(task.summary, "Dana: When?")
        groups = self.salesman.with_user(self.salesman)._get_activity_groups()
        counts = {group["model"]: group["total_count"] for group in groups}
        self.assertEqual(counts.get("crm.lead"), 1)
        task.with_user(self.salesman).action_feedback(feedback="Called back")
        self.assertFalse(task.active)
        self.assertFalse(made.activity_ids)
        self.assertIn("Called back", "".join(made.message_ids.mapped("body")))

    def test_ta1_on_every_kind_of_record(self):
        """TA1: on leads, orders and customers alike."""
        dana = self.customer(phone=DANA)
        for make in (lambda: dana, lambda: self.lead(partner_id=dana.id), lambda: self.order(dana)):
            record = make()
            with self.subTest(model=record._name):
                communication = self.incoming(sender=DANA)
                self.assertEqual(communication._record(), record)
                self.assertEqual(record.activity_ids, communication.activity_id)

    def test_ta1_reactions_are_no_work(self):
        """TA1: a reaction, an edit or a system message is logged and is no work."""
        self.lead(phone=DANA)
        for kind in ("reaction", "edit", "revoke", "system"):
            with self.subTest(kind=kind):
                item = self.take(
                    IncomingMessage(
                        channel="sms", uid=f"r-{kind}", contact_value=DANA, body="👍", kind=kind
                    )
                )
                self.assertTrue(item.communication_id)
                self.assertFalse(item.communication_id.activity_id)

    # ------------------------------------------------------------------ TA2

    def test_ta2_one_open_task(self):
        """TA2: further messages raise the count of the open task, within a batch and later."""
        made = self.lead(phone=DANA)
        first = self.incoming({"sender": DANA, "text": "1"}, {"sender": DANA, "text": "2"})
        task = first.activity_id
        self.assertEqual(len(task), 1)
        self.assertEqual(task.kala_count, 2)
        third = self.incoming(sender=DANA, text="3")
        self.assertEqual(third.activity_id, task)
        self.assertEqual(task.kala_count, 3)
        self.assertEqual(task.kala_communication_id, third)
        self.assertIn("3", task.summary)
        self.assertEqual(made.activity_ids, task)

    def test_ta2_by_contact(self):
        """TA2: two contacts of one record have two tasks."""
        made = self.lead(phone=DANA, kala_phone2=NOA)
        self.incoming({"sender": DANA}, {"sender": NOA}, {"sender": DANA})
        self.assertEqual(
            {t.kala_contact: t.kala_count for t in made.activity_ids}, {DANA: 2, NOA: 1}
        )

    def test_ta2_by_kind(self):
        """TA2: a text and a missed call of one contact are two open tasks, texts of all channels
        are one."""
        made = self.lead(phone=DANA)
        self.incoming(sender=DANA)
        self.incoming(sender=DANA, channel="whatsapp")
        self._call("missed")
        self.assertEqual(
            {t.kala_kind: t.kala_count for t in made.activity_ids}, {"text": 2, "missed_call": 1}
        )
        shown = self.env["kala.conversation"]._tasks([(made._name, made.id)])
        self.assertEqual({t["kind"]: t["count"] for t in shown}, {"text": 2, "missed_call": 1})

    def test_ta2_by_responsible(self):
        """TA2: what is another user's is a task of its own, and neither hides the other."""
        made = self.lead(phone=DANA, user_id=self.salesman.id)
        first, second = self.incoming(sender=DANA).activity_id, self._call("missed").activity_id
        made.user_id = self.colleague
        third, fourth = self.incoming(sender=DANA).activity_id, self._call("missed").activity_id
        self.assertEqual(len(first | second | third | fourth), 4)
        self.assertEqual((first | second).user_id, self.salesman)
        self.assertEqual((third | fourth).user_id, self.colleague)
        made.user_id = self.salesman
        self.incoming(sender=DANA)
        self.assertEqual((first.kala_count, third.kala_count), (2, 1))

    def test_ta2_given_to_who_has_one(self):
        """TA2, TA5: who is given a task about what he has one of already has one task."""
        made = self.lead(phone=DANA, user_id=self.salesman.id)
        first = self.incoming(sender=DANA)
        made.user_id = self.colleague
        second = self.incoming(sender=DANA)
        one, other = first.activity_id, second.activity_id
        (one | other).with_user(self.manager).write({"user_id": self.manager.id})
        left = (one | other).exists()
        self.assertEqual((len(left), left.kala_count, left.user_id), (1, 2, self.manager))
        self.assertEqual((first | second).activity_id, left)

    def test_ta2_after_done_comes_a_new_one(self):
        """TA2: a message after the task was done makes a new task."""
        self.lead(phone=DANA)
        first = self.incoming(sender=DANA).activity_id
        first.action_feedback()
        second = self.incoming(sender=DANA).activity_id
        self.assertNotEqual(first, second)
        self.assertEqual(second.kala_count, 1)

    def test_ta2_a_later_responsible(self):
        """TA2, TA5: an open task without a responsible gets one when a message finds one, and
        keeps it; what is nobody's joins the task of somebody."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        self.assertFalse(task.user_id)
        made.user_id = self.salesman
        self.incoming(sender=DANA)
        self.assertEqual(task.user_id, self.salesman)
        made.user_id = False
        self.incoming(sender=DANA)
        self.assertEqual((task.user_id, task.kala_count), (self.salesman, 3))

    def test_ta2_the_database_keeps_it(self):
        """TA2: not even two transactions can open two tasks of a user about the same."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            made.activity_schedule(
                activity_type_id=task.activity_type_id.id,
                kala_contact=DANA,
                kala_kind="text",
                user_id=task.user_id.id,
            )
            self.env.flush_all()
        made.activity_schedule("mail.mail_activity_data_todo", user_id=self.env.uid)
        made.activity_schedule("mail.mail_activity_data_todo", user_id=self.env.uid)
        self.assertEqual(len(made.activity_ids), 3, "other activities are free")

    def test_ta2_withheld_numbers(self):
        """TA2, MA9, MA12: the task of a withheld number is one like any other: it moves with its
        message, apart from what a user planned himself, and merges with another one."""
        one, two = self.incoming({"sender": "anonymous"}), self.incoming({"sender": "anonymous"})
        target = self.lead("Target", type="opportunity")
        planned = target.activity_schedule("mail.mail_activity_data_todo", user_id=self.env.uid)
        task = one.activity_id
        one.action_reattach("crm.lead", target.id)
        self.assertTrue(task.exists())
        self.assertEqual(one.activity_id, task)
        self.assertEqual((task.res_id, planned.kala_count), (target.id, 0))
        two.lead_id.type = "opportunity"
        kept = (target | two.lead_id).merge_opportunity(auto_unlink=True)
        tasks = kept.activity_ids - planned
        self.assertEqual((len(tasks), tasks.kala_count), (1, 2))

    # ------------------------------------------------------------------ TA3

    def test_ta3_closed_by_reply(self):
        """TA3: replying to the contact closes the task, not that of another contact."""
        made = self.lead(phone=DANA, kala_phone2=NOA, user_id=self.colleague.id)
        answered, other = self.incoming({"sender": DANA}, {"sender": NOA})
        made.with_user(self.colleague).kala_send("sms", body="Yes", number=DANA)
        self.assertFalse(answered.activity_id.active)
        self.assertTrue(other.activity_id.active)

    def test_ta3_answered_from_a_similar_record(self):
        """TA3: who was answered from another record waits no more, on whatever record."""
        self.lead("Kitchen", phone=DANA, user_id=self.colleague.id)
        task = self.incoming(sender=DANA).activity_id
        similar = self.lead("Bathroom", phone=DANA, user_id=self.salesman.id)
        similar.with_user(self.salesman).kala_send("sms", body="Yes")
        self.assertFalse(task.active)
        self.assertEqual(task.feedback, "The customer was answered")

    def test_ta3_each_company_answers_for_itself(self):
        """TA3: a reply of one company leaves the task of another one open."""
        made = self.lead(phone=DANA)
        self.lead(phone=DANA, company_id=self.other_company.id)
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        own = self.incoming(sender=DANA).activity_id
        event = self.push(connection, sender=DANA)
        self.run_inbox()
        other = self.communications_of([event]).activity_id
        self.assertNotEqual(own, other)
        made.kala_send("sms", body="Yes")
        self.assertEqual((own.active, other.active), (False, True))

    def test_ta3_cost_of_closing(self):
        """TA3: finding what a batch of answers closes costs the same for few and for many."""
        counts = []
        for size in (2, 20):
            senders = [f"+97254237{size + n:04}" for n in range(size)]
            answers = self.env["kala.communication"]
            for sender in senders:
                answers |= self.log(self.lead(phone=sender), contact_value=sender)
            self.incoming(*({"sender": sender} for sender in senders))
            wanted = {(c.company_id, c.contact_value) for c in answers}
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.env["kala.task"]._waiting(wanted)), size)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_ta3_a_short_log_keeps_what_waits(self):
        """TA3, AD6: what an open task is about outlives the log's days, and an answer closes it."""
        lead = self.lead(phone=DANA)
        waiting, other = self.incoming(sender=DANA), self.log(lead, direction="in")
        self.env.cr.execute("UPDATE kala_communication SET date = date - interval '9 days'")
        self.env.invalidate_all()
        self.company.kala_log_days = 7
        gc = self.env["kala.communication"]._gc_log
        gc()
        self.assertEqual((waiting | other).exists(), waiting)
        lead.kala_send("sms", body="Yes")
        self.assertFalse(waiting.activity_id.active)
        gc()
        self.assertFalse(waiting.exists())

    def test_ta3_nobodys_task(self):
        """TA3, TA5: the chatter line of a closed task that was nobody's names nobody."""
        made = self.lead(phone=DANA)
        self.incoming(sender=DANA)
        made.kala_send("sms", body="Yes")
        done = made.message_ids.filtered("mail_activity_type_id")
        self.assertIn("done", done.body)
        self.assertNotIn("originally assigned", done.body)
        made.user_id = self.colleague
        self.incoming(sender=DANA)
        made.kala_send("sms", body="Yes")
        done = made.message_ids.filtered("mail_activity_type_id")[:1]
        self.assertIn("originally assigned to", done.body)
        self.assertIn("Colleague", done.body)

    def test_ta3_setting_off(self):
        """TA3: with the setting off a reply leaves the task open, also one typed on the phone
        and a call back."""
        self.company.kala_task_closed_by_reply = False
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        made.kala_send("sms", body="Yes")
        self._echo()
        self._call("answered", direction="out", duration=10)
        self.assertTrue(task.active)

    def _echo(self):
        items = self.put(
            IncomingMessage(
                channel="whatsapp", uid="e1", contact_value=DANA, body="Typed", echo=True
            )
        )
        self.run_inbox()
        self.pass_time(61)
        self.run_inbox()
        return items.communication_id

    def test_ta3_typed_on_the_phone(self):
        """TA3, WA2: an answer typed on the phone closes the task too."""
        self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        communication = self._echo()
        self.assertEqual((communication.direction, communication.state), ("out", "sent"))
        self.assertFalse(task.active)

    def test_ta3_call_back(self):
        """TA3: calling back closes the task of a missed call, when it is answered."""
        self.lead(phone=DANA)
        task = self._call("missed").activity_id
        self._call("missed", direction="out")
        self.assertTrue(task.active, "nobody answered")
        self._call("answered", direction="out", duration=30)
        self.assertFalse(task.active)

    def test_ta3_what_is_no_reply(self):
        """TA3: an automatic message is no reply, nor one that could not be queued."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        made.with_context(kala_priority=1).kala_send("sms", body="We got it")
        self.assertTrue(task.active)

    def _answer_fails(self, record, **values):
        refused = SendResult.refused("address", "There is no such number.")
        with self.provider_answers(refused):
            sent = record.kala_send("sms", body="Yes", **values)
            self.dispatch()
        self.env.invalidate_all()
        return self.env["kala.communication"].browse(sent.ids)

    def test_ta3_an_answer_that_failed(self):
        """TA3: an answer that did not arrive was none: the task is open again and says why; sent
        again it is closed again."""
        made = self.lead(phone=DANA, user_id=self.colleague.id)
        task = self.incoming(sender=DANA, text="When?").activity_id
        failed = self._answer_fails(made)
        self.assertEqual(failed.state, "failed")
        self.assertTrue(task.active)
        self.assertFalse(task.feedback or task.date_done)
        self.assertEqual((task.user_id, task.kala_count), (self.colleague, 1))
        self.assertIn("There is no such number.", task.note)
        failed.action_resend()
        self.assertFalse(task.active)
        self.dispatch()
        self.env.invalidate_all()
        self.assertEqual(failed.state, "delivered")
        self.assertFalse(task.active)

    def test_ta3_an_answer_that_fails_by_report(self):
        """TA3: the provider took it and told later that it did not arrive."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        with self.provider_answers(SendResult(state="sent", provider_uid="out-1")):
            made.kala_send("sms", body="Yes")
            self.dispatch()
        self.env.invalidate_all()
        self.assertFalse(task.active)
        self.take(DeliveryReport(uid="out-1", state="failed", failure_kind="address"))
        self.env.invalidate_all()
        self.assertTrue(task.active)

    def test_ta3_an_answer_that_was_cancelled(self):
        """TA3, WI4: nor is one that was cancelled before it left."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        later = fields.Datetime.now() + timedelta(days=1)
        sent = made.kala_send("sms", body="Yes", send_after=later)
        self.assertFalse(task.active)
        sent.action_cancel()
        self.assertTrue(task.active)
        self.assertIn("cancelled", task.note)

    def test_ta3_what_stays_closed(self):
        """TA3: a task stays closed where another answer is under way, where a new one is open,
        and where no answer had closed it."""
        made = self.lead(phone=DANA)
        task = self.incoming(sender=DANA).activity_id
        refused = SendResult.refused("address", "There is no such number.")
        with self.provider_answers(refused, SendResult(state="sent", provider_uid="out-2")):
            made.kala_send("sms", body="Yes")
            made.kala_send("sms", body="At nine")
            self.dispatch()
        self.env.invalidate_all()
        states = made.kala_communication_ids.filtered(lambda c: c.direction == "out").mapped(
            "state"
        )
        self.assertEqual(sorted(states), ["failed", "sent"])
        self.assertFalse(task.active, "the second one is on its way")

        second = self.incoming(sender=DANA).activity_id
        sent = made.kala_send("sms", body="Yes", send_after=self.now + timedelta(days=1))
        third = self.incoming(sender=DANA).activity_id
        self.assertNotEqual(second, third)
        sent.action_cancel()
        self.assertEqual((second.active, third.active), (False, True))

        third.action_feedback(feedback="Called back")
        self._answer_fails(made)
        self.assertFalse(third.active)

    # ------------------------------------------------------------------ TA5

    def test_ta5_without_responsible(self):
        """TA5: a task without a responsible is kept and found by managers; mass assignment is
        a plain write."""
        tasks = self.incoming({"sender": UNKNOWN}, {"sender": NOA}).activity_id
        self.assertEqual(len(tasks), 2)
        self.assertFalse(tasks.user_id)
        found = (
            self.env["mail.activity"]
            .with_user(self.manager)
            .search([("user_id", "=", False), ("kala_contact", "!=", False)])
        )
        self.assertLessEqual(tasks, found)
        found.write({"user_id": self.salesman.id})
        self.assertEqual(tasks.user_id, self.salesman)

    def test_ta5_who_leaves(self):
        """TA1, TA5: the customers of a user who is archived, in whatever way, or deleted wait
        all the same: their tasks are without responsible. His other activities go, as Odoo
        wants it."""
        ways = {
            "archive": lambda user: user.action_archive(),
            "write": lambda user: user.write({"active": False}),
            "delete": lambda user: user.unlink(),
        }
        for n, (way, leave) in enumerate(ways.items()):
            with self.subTest(way=way):
                leaver = self._make_user(f"leaver_{way}")
                phone = f"+97254234{n:04}"
                made = self.lead(phone=phone, user_id=leaver.id)
                task = self.incoming(sender=phone).activity_id
                self.assertEqual(task.user_id, leaver)
                own = made.activity_schedule("mail.mail_activity_data_todo", user_id=leaver.id)
                leave(leaver)
                self.assertTrue(task.exists())
                self.assertTrue(task.active)
                self.assertFalse(task.user_id)
                self.assertEqual(own.exists(), own if way == "write" else own.browse())
                card = self.env["kala.dashboard"].with_user(self.manager)
                domain = card.open_card("without_responsible")["domain"]
                found = self.env["mail.activity"].with_user(self.manager).search(domain)
                self.assertIn(task, found)

    def test_ta1_due_where_the_user_is(self):
        """TA1: a task is due on the day it is where its user works, else where the company is:
        these two places never have the same date."""
        east, west = "Pacific/Kiritimati", "Pacific/Pago_Pago"
        self.salesman.tz, self.colleague.tz, self.manager.tz = east, west, False
        self.company.resource_calendar_id.tz = east
        for phone, user in ((DANA, self.salesman), (NOA, self.colleague), (UNKNOWN, self.manager)):
            self.lead(phone=phone, user_id=user.id)
        tasks = self.incoming({"sender": DANA}, {"sender": NOA}, {"sender": UNKNOWN}).activity_id
        in_east, in_west, of_company = tasks.mapped("date_deadline")
        self.assertGreater(in_east, in_west)
        self.assertEqual(of_company, in_east)

    def test_re4_no_task_without_responsible(self):
        """RE4: by setting a missed call that is nobody's makes no task; texts still do."""
        self.lead(phone=DANA)
        self.company.kala_no_task_without_responsible = True
        self.assertFalse(self._call("missed").activity_id)
        self.assertTrue(self.incoming(sender=DANA).activity_id)
        self.company.kala_default_responsible_call_id = self.colleague
        self.assertTrue(self._call("missed").activity_id)

    def test_withheld_number(self):
        """TA2: calls of people who hide their number are tasks of their own leads."""
        first, second = self._call("missed", "anonymous"), self._call("missed", "anonymous")
        self.assertNotEqual(first.lead_id, second.lead_id)
        self.assertNotEqual(first.activity_id, second.activity_id)
