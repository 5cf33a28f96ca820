"""NO1, NO2: who is told that something came in, and what it says."""

import json
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestNotify(KalaCommon):
    def told(self, *messages, **values):
        """Receive messages.

        :return: list of (user, payload) that were sent over the bus
        """
        # What the fixtures made is told first: leads given to somebody (test_news.py).
        self.env.cr.precommit.run()
        bus = self.env["bus.bus"]
        last = bus.search([], order="id DESC", limit=1).id
        self.communication = self.incoming(*messages, **values)
        found = []
        for row in bus.search([("id", ">", last)], order="id"):
            message, channel = json.loads(row.message), json.loads(row.channel)
            if message["type"] == "kala_comm/incoming":
                self.assertEqual(channel[1], "res.partner")
                user = self.env["res.partner"].browse(channel[2]).user_ids
                found.append((user, message["payload"]))
        return found

    def who(self, **values):
        return {user for user, _payload in self.told(**values)}

    def test_no1_the_responsible(self):
        """NO1: the responsible is told, nobody else; nobody where there is none."""
        self.lead(phone=DANA, user_id=self.salesman.id)
        self.assertEqual(self.who(sender=DANA), {self.salesman})
        self.assertEqual(self.who(sender=UNKNOWN), set())

    def test_no1_setting(self):
        """NO1: texts notify only if the setting is on."""
        self.lead(phone=DANA, user_id=self.salesman.id)
        self.company.kala_notify_text = False
        self.assertEqual(self.who(sender=DANA), set())

    def test_no1_everybody_who_may_read(self):
        """NO1: by setting of the line or the connection all users who may read the record."""
        self.lead(phone=DANA, user_id=self.colleague.id)
        for owner in (self.sms_line, self.connection):
            with self.subTest(owner=owner._name):
                owner.notify_all = True
                told = self.who(sender=DANA)
                self.assertLessEqual({self.colleague, self.manager}, told)
                self.assertNotIn(self.salesman, told, "sees his own documents only")
                self.assertNotIn(self.clerk, told)
                self.assertNotIn(self.stranger, told)
                owner.notify_all = False

    def test_no1_everybody_is_enough_by_itself(self):
        """NO1: who wants everybody to be told is not silenced by the setting for texts."""
        self.lead(phone=DANA, user_id=self.colleague.id)
        self.company.kala_notify_text = False
        for owner in (self.sms_line, self.connection):
            with self.subTest(owner=owner._name):
                owner.notify_all = True
                self.assertLessEqual({self.colleague, self.manager}, self.who(sender=DANA))
                owner.notify_all = False

    def test_no1_everybody_without_a_responsible(self):
        """NO1: also where nobody is responsible."""
        self.sms_line.notify_all = True
        self.assertIn(self.colleague, self.who(sender=UNKNOWN))

    def test_no2_what_it_shows(self):
        """NO2: record, phone number, subject of the latest lead, customer, and where to go."""
        dana = self.customer("Dana Levi", phone=DANA)
        self.lead("Kitchen", partner_id=dana.id)
        self.lead("Garden", partner_id=dana.id)
        made = self.order(dana, user_id=self.salesman.id)
        [(user, payload)] = self.told(sender=DANA, text="When do you come?", name="Dana")
        self.assertEqual(user, self.salesman)
        expected = {
            "id": self.communication.id,
            "channel": "sms",
            "family": "text",
            "model": "sale.order",
            "res_id": made.id,
            "record": made.display_name,
            "contact": "050-234-5678",
            "contact_name": "Dana",
            "customer": "Dana Levi",
            "subject": "Garden",
            "text": "When do you come?",
        }
        self.assertEqual({k: payload[k] for k in expected}, expected)

    def test_no2_subject_of_the_latest_lead_of_the_phone(self):
        """NO2: without a customer, the latest lead of the same number."""
        self.lead("Kitchen", phone=DANA)
        self.lead("Garden", phone=DANA, user_id=self.salesman.id)
        # Later than both were made, in whole seconds.
        later = self.now + timedelta(seconds=2)
        kitchen = self.env["crm.lead"].search([("name", "=", "Kitchen")])
        self.log(kitchen, direction="in", date=later)
        self.company.kala_default_responsible_text_id = self.colleague
        [(user, payload)] = self.told(sender=DANA)
        self.assertEqual((user, payload["record"]), (self.colleague, "Kitchen"))
        self.assertEqual(payload["subject"], "Garden")

    def test_sc4_subject_of_a_lead_that_he_may_not_read(self):
        """NO2, SC4: the title of a colleague's lead is shown to those who may read it."""
        dana = self.customer("Dana Levi", phone=DANA)
        order = self.order(dana, user_id=self.salesman.id)
        self.lead("Secret", partner_id=dana.id, user_id=self.colleague.id)
        self.sms_line.notify_all = True
        told = {user: payload["subject"] for user, payload in self.told(sender=DANA)}
        self.assertEqual(self.communication.order_id, order)
        self.assertEqual((told[self.salesman], told[self.manager]), ("", "Secret"))

    def test_no1_task_that_the_reader_may_close(self):
        """NO1, TA3: the card of the responsible closes his task; that of others who are told
        does not close it for him. What nobody is responsible for is anybody's."""
        self.company.kala_task_on_text = True
        self.sms_line.notify_all = True
        lead = self.lead("Kitchen", phone=DANA, user_id=self.salesman.id)
        told = {user: payload["task"] for user, payload in self.told(sender=DANA)}
        self.assertEqual(told[self.salesman], lead.activity_ids.id)
        self.assertTrue(told[self.salesman])
        self.assertFalse(told[self.manager])
        lead.activity_ids.user_id = lead.user_id = False
        told = {user: payload["task"] for user, payload in self.told(sender=DANA)}
        self.assertEqual(told[self.manager], lead.activity_ids.id)

    def test_no1_responsible_without_the_group(self):
        """NO1: who is responsible is told, also where everybody else is, too."""
        self.clerk.group_ids |= self.env.ref("base.group_partner_manager")
        self.customer(phone=DANA, user_id=self.clerk.id)
        self.sms_line.notify_all = True
        self.assertLessEqual({self.clerk, self.colleague}, self.who(sender=DANA))

    def test_no2_other_company(self):
        """NO2: subjects of another company are not shown."""
        dana = self.customer("Dana Levi", phone=DANA, user_id=self.salesman.id)
        self.lead("Theirs", partner_id=dana.id, company_id=self.other_company.id, team_id=False)
        [(_user, payload)] = self.told(sender=DANA)
        self.assertEqual(payload["subject"], "")

    def test_no2_withheld(self):
        """NO2: a hidden number is named as such."""
        self.company.kala_default_responsible_text_id = self.colleague
        [(_user, payload)] = self.told(sender="anonymous")
        self.assertEqual(payload["contact"], "Withheld number")

    def test_sc3_texts_are_data(self):
        """SC3: what a customer writes goes out as he wrote it; the client escapes it."""
        self.lead(phone=DANA, user_id=self.salesman.id)
        [(_user, payload)] = self.told(sender=DANA, text="<b>{{ 7*7 }}</b>", name="<i>D</i>")
        self.assertEqual(payload["text"], "<b>{{ 7*7 }}</b>")
        self.assertEqual(payload["contact_name"], "<i>D</i>")

    def test_a_batch(self):
        """NO1: each of a batch tells its own responsible."""
        self.lead(phone=DANA, user_id=self.salesman.id)
        self.lead(phone=NOA, user_id=self.colleague.id)
        told = self.told({"sender": DANA}, {"sender": NOA}, {"sender": DANA})
        self.assertEqual(
            sorted(user.login for user, _payload in told),
            ["kala_colleague", "kala_salesman", "kala_salesman"],
        )

    def test_no2_in_the_language_of_each(self):
        """NO1, NO2, AD4: channel and call are worded in the language of whom is told, not of the
        job, at the cost of a query for each language at most."""
        self.env["res.lang"]._activate_lang("he_IL")
        words = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "kala.communication"),
                ("field_id.name", "in", ("channel", "call_status")),
                ("value", "in", ("voice", "missed")),
            ]
        )
        for word in words:
            word.with_context(lang="he_IL").name = {"voice": "טלפון", "missed": "לא נענתה"}[
                word.value
            ]
        self.sms_line.notify_all = True
        lead = self.lead("Kitchen", phone=DANA)
        call = self.log(lead, channel="voice", direction="in", line_id=self.sms_line.id)
        call.call_status = "missed"
        told = {}
        self.patch(
            type(self.env["kala.notifier"]),
            "_send",
            lambda _self, user, facts: told.update({user: (facts["channel_name"], facts["text"])}),
        )
        costs = []
        for lang in ("en_US", "he_IL", "en_US", "he_IL"):
            self.colleague.lang = lang
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kala.notifier"]._notify(self.company, [(call, self.env["res.users"])])
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(told[self.colleague], ("טלפון", "לא נענתה"))
        self.assertEqual(told[self.manager], ("Call", "Missed"))
        self.assertLessEqual(costs[-1], costs[-2] + 1)
