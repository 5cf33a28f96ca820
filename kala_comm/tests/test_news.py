"""NO1: a new lead, a new order and a task that is due are told to whom they belong."""

import json

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestNews(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.salesman | cls.colleague | cls.manager).tz = "Asia/Jerusalem"

    def told(self):
        """:return: list of (user, payload) that this transaction would send when it commits"""
        bus = self.env["bus.bus"]
        last = bus.search([], order="id DESC", limit=1).id
        self.env.flush_all()
        self.env.cr.precommit.run()
        found = []
        for row in bus.search([("id", ">", last)], order="id"):
            message, channel = json.loads(row.message), json.loads(row.channel)
            if message["type"] == "kala_comm/incoming":
                user = self.env["res.partner"].browse(channel[2]).user_ids
                found.append((user, message["payload"]))
        return found

    def as_manager(self, record):
        return record.with_user(self.manager)

    # ------------------------------------------------------------------ lead

    def test_no1_new_lead_assigned(self):
        """NO1, NO2: whoever is given a lead is told, with what NO2 asks for."""
        dana = self.customer("Dana Levi", phone=DANA)
        lead = self.lead("Kitchen", partner_id=dana.id)
        self.assertEqual(self.told(), [])
        self.as_manager(lead).user_id = self.salesman
        [(user, payload)] = self.told()
        self.assertEqual(user, self.salesman)
        expected = {
            "family": "lead",
            "model": "crm.lead",
            "res_id": lead.id,
            "record": "Kitchen",
            "contact": "050-234-5678",
            "customer": "Dana Levi",
            "text": "New lead for you",
            "native": True,
        }
        self.assertEqual({name: payload[name] for name in expected}, expected)

    def test_no1_created_for_somebody(self):
        """NO1: a lead that is made for another user is news for him; one's own is not."""
        leads = self.env["crm.lead"].with_user(self.manager)
        leads.create({"name": "Mine", "user_id": self.manager.id})
        self.assertEqual(self.told(), [])
        leads.create({"name": "Yours", "user_id": self.salesman.id})
        self.assertEqual([user for user, _payload in self.told()], [self.salesman])

    def test_no1_own_taking_is_no_news(self):
        """NO1: who takes a lead himself is told nothing; nor is he when nothing changes."""
        lead = self.lead("Open")
        self.told()
        lead.with_user(self.colleague).user_id = self.colleague
        self.assertEqual(self.told(), [])
        self.as_manager(lead).user_id = self.colleague
        self.assertEqual(self.told(), [])

    def test_no1_last_responsible_only(self):
        """NO1: of a lead that goes through several hands at once, the last one is told."""
        lead = self.lead("Hot")
        self.as_manager(lead).user_id = self.colleague
        self.as_manager(lead).user_id = self.salesman
        self.assertEqual([user for user, _payload in self.told()], [self.salesman])

    def test_no1_choice(self):
        """NO3: each user chooses for each kind."""
        self.salesman.kala_notify_lead = "off"
        self.colleague.kala_notify_lead = "in_app"
        for user in (self.salesman, self.colleague):
            self.as_manager(self.lead("Choice")).user_id = user
        [(user, payload)] = self.told()
        self.assertEqual((user, payload["native"]), (self.colleague, False))

    def test_no1_not_twice(self):
        """NO1: a lead that a text made is told once, as the text; where texts are not told, as
        a lead."""
        self.company.kala_default_responsible_text_id = self.colleague
        self.incoming(sender=UNKNOWN)
        self.assertEqual([payload["family"] for _user, payload in self.told()], [])
        self.company.kala_notify_text = False
        lead = self.lead("Text", phone=DANA)
        lead.kala_origin = "sms"
        self.told()
        self.as_manager(lead).user_id = self.salesman
        self.assertEqual([payload["family"] for _user, payload in self.told()], ["lead"])

    def make_older(self, records):
        """What this transaction made counts as made before it."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = create_date - interval '1 day' "
            "WHERE id = ANY(%s)",
            [records.ids],
        )
        records.invalidate_recordset(["create_date"])

    def test_no1_given(self):
        """NO1: a lead or an order that was there before is no new one for whom it is given to;
        he chooses for it by itself."""
        records = (self.lead("Kitchen"), self.order(self.customer("Dana"), user_id=False))
        self.told()
        for record in records:
            self.make_older(record)
            self.as_manager(record).user_id = self.salesman
        told = [(user, p["family"], p["text"]) for user, p in self.told()]
        self.assertEqual(
            told,
            [
                (self.salesman, "assigned", "Lead given to you"),
                (self.salesman, "assigned", "Order given to you"),
            ],
        )
        self.colleague.kala_notify_assigned = "off"
        for record in records:
            self.as_manager(record).user_id = self.colleague
        self.assertEqual(self.told(), [])

    def test_no1_rights(self):
        """NO1, LO8: nobody is told about what he may not read."""
        lead = self.lead("Theirs", company_id=self.other_company.id, team_id=False)
        self.told()
        lead.sudo().user_id = self.stranger
        [(_user, payload)] = self.told()
        self.assertEqual(payload["res_id"], lead.id)
        self.stranger.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        other = self.lead("Hidden", company_id=self.other_company.id, team_id=False)
        other.sudo().user_id = self.stranger
        self.assertEqual(self.told(), [])

    def test_no1_a_hundred_leads(self):
        """NO1: a hundred leads given at once are one card, in no more queries than ten."""
        counts = []
        for size in (10, 100):
            leads = self.env["crm.lead"].create([{"name": f"L{n}"} for n in range(size)])
            leads.user_id = False
            self.told()
            self.as_manager(leads).user_id = self.salesman
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kala.notifier"].sudo()._tell_assigned()
            counts.append(self.env.cr.sql_log_count - before)
            [(user, payload)] = self.told()
            self.assertEqual((user, len(payload["ids"])), (self.salesman, size))
            self.assertEqual(payload["record"], f"{size} new leads for you")
        self.assertLessEqual(counts[1], counts[0])

    # ------------------------------------------------------------------ order

    def test_no1_new_order(self):
        """NO1, NO2: a new order is told to its salesman, with the subject of the latest lead."""
        dana = self.customer("Dana Levi", phone=DANA)
        self.lead("Garden", partner_id=dana.id)
        self.told()
        order = self.order(dana, user_id=self.salesman.id)
        [(user, payload)] = self.told()
        self.assertEqual(user, self.salesman)
        self.assertEqual(
            (payload["model"], payload["res_id"], payload["record"], payload["subject"]),
            ("sale.order", order.id, order.display_name, "Garden"),
        )

    def test_sc4_subject_of_a_lead_that_he_may_not_read(self):
        """NO2, SC4: the title of a colleague's lead is not for him."""
        dana = self.customer("Dana Levi", phone=DANA)
        self.lead("Secret", partner_id=dana.id, user_id=self.colleague.id)
        self.told()
        self.order(dana, user_id=self.salesman.id)
        [(user, payload)] = self.told()
        self.assertEqual((user, payload["subject"]), (self.salesman, ""))

    # ------------------------------------------------------------------ task

    def task(self, record, deadline, made="2026-11-20", **values):
        task = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "user_id": self.salesman.id,
                "summary": "Call back",
                "date_deadline": deadline,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                **values,
            }
        )
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = %s WHERE id = %s", [made, task.id]
        )
        task.invalidate_recordset(["create_date"])
        return task

    def due(self, moment):
        """:return: list of (user, payload) that the job tells at a moment (UTC)"""
        self.told()
        with freeze_time(moment):
            self.env["kala.notifier"].sudo()._cron_tasks_due()
        return self.told()

    def test_no1_task_due(self):
        """NO1: in the morning of the day, once; the record is opened."""
        lead = self.lead("Kitchen", user_id=self.salesman.id)
        task = self.task(lead, "2026-11-24")
        self.assertEqual(self.due("2026-11-23 12:00:00"), [], "the day before")
        self.assertEqual(self.due("2026-11-24 05:30:00"), [], "half past seven in Jerusalem")
        [(user, payload)] = self.due("2026-11-24 06:05:00")
        self.assertEqual(user, self.salesman)
        self.assertEqual((payload["model"], payload["res_id"]), ("crm.lead", lead.id))
        self.assertEqual(payload["record"], "Kitchen")
        self.assertEqual(payload["text"], "Task due today: Call back")
        self.assertEqual(self.due("2026-11-24 06:20:00"), [], "never twice")
        task.date_deadline = "2026-11-26"
        self.assertEqual(len(self.due("2026-11-26 07:00:00")), 1, "a new day, a new notice")

    def test_sc4_task_of_a_record_that_he_may_not_read(self):
        """SC4, NO1: a salesman has a task about a colleague's lead: he is told of his task, and
        neither the lead's title nor its customer, on his screen and by his devices."""
        dana = self.customer("Dana Levi", phone=DANA)
        self.company.kala_push_text = True
        for reader, is_told in ((self.colleague, False), (self.salesman, True)):
            with self.subTest(is_told=is_told):
                lead = self.lead("Kitchen", partner_id=dana.id, user_id=reader.id)
                task = self.task(lead, "2026-11-24")
                [(user, payload)] = self.due("2026-11-24 07:00:00")
                of_device = self.env["kala.notifier"]._payload_of_records(
                    user, "task", task._name, task.ids
                )
                for told in map(json.dumps, (payload, of_device)):
                    for secret in ("Kitchen", "Dana", "234-5678"):
                        self.assertEqual(secret in told, is_told, (secret, told))
                words = "Task due today: Call back"
                self.assertEqual((user, payload["text"]), (self.salesman, words))
                self.assertIn(words, of_device["options"]["body"])
                opens = lead if is_told else task
                self.assertEqual((payload["model"], payload["res_id"]), (opens._name, opens.id))

    def test_no1_task_whose_record_is_gone(self):
        """NO1: what the database deletes along with another record leaves its tasks behind: one of
        them takes nobody's news away."""
        lead = self.lead("Kitchen", user_id=self.salesman.id)
        orphan, task = self.task(lead, "2026-11-24"), self.task(lead, "2026-11-24")
        task.user_id = self.colleague
        lead.user_id = self.colleague
        self.env.cr.execute(
            "UPDATE mail_activity SET res_id = %s WHERE id = %s", [2**31 - 1, orphan.id]
        )
        orphan.invalidate_recordset()
        told = {user: payload["model"] for user, payload in self.due("2026-11-24 07:00:00")}
        self.assertEqual(told, {self.salesman: "mail.activity", self.colleague: "crm.lead"})

    def test_no1_task_of_the_past(self):
        """NO1: what was due before is never told: an installation is silent."""
        lead = self.lead("Kitchen", user_id=self.salesman.id)
        self.task(lead, "2026-11-23")
        self.task(lead, "2026-10-01")
        self.assertEqual(self.due("2026-11-24 07:00:00"), [])

    def test_no1_task_of_today(self):
        """NO1: a task that was made for the same day is no news, and a done one neither."""
        lead = self.lead("Kitchen", user_id=self.salesman.id)
        self.task(lead, "2026-11-24", made="2026-11-24 01:00:00")
        self.task(lead, "2026-11-24").action_done()
        self.assertEqual(self.due("2026-11-24 07:00:00"), [])

    def test_no1_task_in_quiet_hours(self):
        """NO1: who is not to be disturbed in the morning is told of the day's tasks afterwards."""
        self.salesman.write({"kala_quiet": True, "kala_quiet_from": 20, "kala_quiet_to": 9.5})
        self.task(self.lead("Kitchen", user_id=self.salesman.id), "2026-11-24")
        self.assertEqual(self.due("2026-11-24 06:30:00"), [], "half past eight in Jerusalem")
        self.assertEqual(len(self.due("2026-11-24 07:40:00")), 1)

    def test_no1_many_tasks(self):
        """NO1: many tasks are one card, in a number of queries that does not grow."""
        counts = []
        lead = self.lead("Kitchen", user_id=self.salesman.id)
        for day, size in (("2026-11-24", 10), ("2026-11-25", 100)):
            for _n in range(size):
                self.task(lead, day)
            self.told()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            [(_user, payload)] = self.due(f"{day} 07:00:00")
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual((payload["model"], len(payload["ids"])), ("mail.activity", size))
        self.assertLessEqual(counts[1], counts[0])
