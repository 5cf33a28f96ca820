"""LO2, LO3, LO4, LO8: the conversation of a record with those that are similar to it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, OMER, KalaCommon


@tagged("post_install", "-at_install")
class TestConversation(KalaCommon):
    def load(self, record, user=None, **arguments):
        conversations = self.env["kala.conversation"].with_user(user or self.colleague)
        return conversations.load(record._name, record.id, **arguments)

    def texts(self, page):
        return [line["body"] for line in page["lines"] if line["type"] == "text"]

    def names(self, page):
        return [record["name"] for record in page["records"]]

    # ------------------------------------------------------------------ LO2

    def test_one_timeline_of_similar_records(self):
        """Same phone, same additional phone, same e-mail, same customer; oldest up."""
        dana = self.customer("Dana", phone=DANA, email="dana@example.com")
        order = self.order(dana)
        old = self.lead("Old", phone=DANA)
        second = self.lead("Second phone", kala_phone2=DANA)
        mail = self.lead("By mail", email_from="dana@example.com")
        linked = self.lead("Linked", partner_id=dana.id)
        stranger = self.lead("Somebody else", phone=OMER)
        for n, record in enumerate((old, second, mail, linked, order, dana, stranger)):
            self.log(record, body=f"text {n}")
        for record in (dana, order, linked):
            with self.subTest(record=record._name):
                page = self.load(record)
                self.assertEqual(self.texts(page), [f"text {n}" for n in range(6)])
                self.assertEqual(page["records"][0]["id"], record.id)
                self.assertEqual(
                    set(self.names(page)),
                    {"Old", "Second phone", "By mail", "Linked", order.name, "Dana"},
                )
        self.assertEqual(self.texts(self.load(stranger)), ["text 6"])

    def test_an_address_of_very_many_makes_none_similar(self):
        leads = [self.lead(f"Lead {n}", phone=DANA) for n in range(51)]
        self.log(leads[0], body="mine")
        self.log(leads[1], body="another's")
        self.assertEqual(self.texts(self.load(leads[0])), ["mine"])

    def test_status_types(self):
        """Each similar record says what its status means (LO3)."""
        lead = self.lead("Lead", phone=DANA)
        lost = self.lead("Lost", phone=DANA)
        lost.action_set_lost()
        status = {record["name"]: record["status"] for record in self.load(lead)["records"]}
        self.assertEqual(status["Lost"], lost.kala_status_type_id.name)
        self.assertEqual(status["Lead"], lead.kala_status_type_id.name)
        self.assertNotEqual(status["Lead"], status["Lost"])

    def test_notes_and_changes(self):
        """Notes and changes of the stage are lines; the e-mails of followers are not."""
        lead = self.lead("Lead", phone=DANA).with_context(tracking_disable=False)
        lead.message_post(
            body="He prefers oak", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        lead.message_post(
            body="A mail to the customer", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        stage = self.env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        lead.stage_id = stage
        self.env.flush_all()
        self.env.cr.precommit.run()
        lines = self.load(lead)["lines"]
        notes = [line["html"] for line in lines if line["type"] == "note"]
        self.assertEqual(len(notes), 1)
        self.assertIn("oak", notes[0])
        changes = [change for line in lines for change in line.get("changes", ())]
        self.assertIn(stage.name, [change["new"] for change in changes])

    # ------------------------------------------------------------------ LO3

    def test_filters(self):
        dana = self.customer("Dana", phone=DANA)
        lead = self.lead("Lead", partner_id=dana.id)
        self.log(lead, body="sms in", direction="in")
        self.log(lead, body="sms out")
        self.log(lead, body="whatsapp in", channel="whatsapp", direction="in")
        self.log(dana, body="of the customer", direction="in")
        for arguments, expected in (
            ({"only": True}, ["sms in", "sms out", "whatsapp in"]),
            ({"channel": "whatsapp"}, ["whatsapp in"]),
            ({"side": "out"}, ["sms out"]),
            ({"channel": "sms", "side": "in"}, ["sms in", "of the customer"]),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.texts(self.load(lead, **arguments)), expected)

    # ------------------------------------------------------------------ LO4

    def test_pages(self):
        """Each line once, also where many came in the same second; notes among them."""
        lead = self.lead("Lead", phone=DANA)
        for n in range(25):
            self.log(lead, body=f"text {n}", date=self.now)
        lead.message_post(body="note", message_type="comment", subtype_xmlid="mail.mt_note")
        seen, before = [], None
        for _page in range(10):
            page = self.load(lead, before=before, limit=4)
            seen = [line["key"] for line in page["lines"]] + seen
            if not page["more"]:
                break
            before = page["lines"][0]["place"]
        self.assertEqual(len(seen), 26)
        self.assertEqual(len(set(seen)), 26)

    def test_lines_that_changed(self):
        """The bus tells ids; lines of other conversations are not told."""
        lead = self.lead("Lead", phone=DANA)
        other = self.lead("Other", phone=OMER)
        mine, theirs = self.log(lead, body="mine"), self.log(other, body="theirs")
        conversations = self.env["kala.conversation"].with_user(self.colleague)
        news = conversations.changed("crm.lead", lead.id, [mine.id, theirs.id])
        self.assertEqual([line["body"] for line in news["lines"]], ["mine"])

    def test_tasks_stand_above_the_answer(self):
        self.customer("Dana", phone=DANA, user_id=self.colleague.id)
        message = self.incoming(sender=DANA, text="Hello")
        [task] = self.load(message._record())["tasks"]
        self.assertEqual(task["id"], message.activity_id.id)
        self.assertTrue(task["is_mine"])

    # ------------------------------------------------------------------ LO8

    def test_only_what_the_reader_may_read(self):
        """A salesman with own documents reads neither the similar lead of a colleague nor its
        texts, its tasks or its quotes; a stranger, a clerk and a portal user read nothing."""
        mine = self.lead("Mine", phone=DANA, user_id=self.salesman.id)
        theirs = self.lead("Theirs", phone=DANA, user_id=self.colleague.id)
        quoted = self.log(theirs, body="a secret", provider_uid="uid-1")
        self.log(mine, body="mine", reply_to_uid="uid-1", connection_id=quoted.connection_id.id)
        theirs.activity_schedule("mail.mail_activity_data_todo", user_id=self.colleague.id)
        page = self.load(mine, self.salesman)
        self.assertEqual(self.names(page), ["Mine"])
        self.assertNotIn("secret", str(page))
        self.assertFalse(page["tasks"])
        self.assertIn("secret", str(self.load(mine, self.colleague)))
        news = self.env["kala.conversation"].with_user(self.salesman)
        self.assertFalse(news.changed("crm.lead", mine.id, [quoted.id])["lines"])
        with self.assertRaises(AccessError):
            self.load(theirs, self.salesman)
        for user in (self.stranger, self.clerk):
            with self.assertRaises(AccessError):
                self.load(mine, user)

    def test_companies_do_not_read_each_other_of_a_shared_customer(self):
        dana = self.customer("Dana", phone=DANA, company_id=False)
        self.log(dana, body="to us")
        self.assertEqual(self.texts(self.load(dana)), ["to us"])
        self.assertFalse(self.texts(self.load(dana, self.stranger)))

    def test_a_record_that_is_none(self):
        for model, res_id in (("res.users", 2), ("crm.lead", 10**8)):
            with self.subTest(model), self.assertRaises(UserError):
                self.env["kala.conversation"].load(model, res_id)

    # ------------------------------------------------------------------ cost

    def test_the_first_page_costs_the_same_however_many_records(self):
        """At most eight queries."""

        def cost(count):
            phone = f"+9725023{45000 + self._next()}"
            leads = [self.lead(f"Lead {n}", phone=phone) for n in range(count)]
            for lead in leads:
                self.log(lead, body="text", contact_value=phone)
            self.env.flush_all()
            self.load(leads[0])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.load(leads[0])
            self.assertEqual(len(page["records"]), count)
            return self.env.cr.sql_log_count - before

        few, many = cost(1), cost(40)
        self.assertEqual(few, many)
        self.assertLessEqual(many, 8)
