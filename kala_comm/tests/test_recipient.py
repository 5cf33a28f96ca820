from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.kala_comm.tools.phone import ContactKey

from .common import DANA, NOA, OMER, KalaCommon


class RecipientCase(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create(
            {"name": "Dana Levi", "phone": DANA, "email": "dana@example.com"}
        )
        cls.mail_connection, cls.mailbox = cls._make_mailbox()

    def answer(self, allowed, value=DANA, channel="sms"):
        kind = "email" if "@" in value else "phone"
        self.env["kala.contact.permission"]._set(
            self.company, ContactKey(kind, value), [channel], allowed, "test"
        )

    def compose(self, record, channel):
        action = record.with_context(kala_channel=channel).action_kala_compose()
        return Form(self.env["kala.composer"].browse(action["params"]["composer"]))

    def row(self, form, kind):
        return form.record.address_ids.filtered(lambda row: row.kind == kind)


@tagged("post_install", "-at_install")
class TestRecipient(RecipientCase):
    """SE3: who else a message may go to, and whose consent counts."""

    #: (consent required, the card's answer, the typed number's own answer) → may it leave
    CONSENTS = [
        (False, None, None, True),
        (False, False, None, False),
        (False, True, None, True),
        (False, True, False, False),
        (False, False, True, True),
        (True, None, None, False),
        (True, True, None, True),
        (True, False, None, False),
        (True, True, False, False),
        (True, None, True, True),
    ]

    def test_se3_other_number_takes_the_customers_consent(self):
        """Unless it opted out itself; asked when queued and once more before it leaves."""
        for n, (required, of_card, of_number, may) in enumerate(self.CONSENTS):
            with self.subTest(row=n), self.env.cr.savepoint() as savepoint:
                self.company.kala_consent_required = required
                for value, allowed in ((DANA, of_card), (NOA, of_number)):
                    if allowed is not None:
                        self.answer(allowed, value)
                if may:
                    sent = self.dana.kala_send("sms", body="x", number="052-234-5678")
                    self.assertEqual(sent.contact_value, NOA)
                    self.dispatch()
                    self.assertEqual(sent.state, "delivered")
                else:
                    with self.assertRaises(UserError):
                        self.dana.kala_send("sms", body="x", number="052-234-5678")
                savepoint.rollback()

    def test_se3_customer_opts_out_meanwhile(self):
        """CO2: the customer's answer counts just before the message leaves, too."""
        sent = self.dana.kala_send("sms", body="x", number=NOA)
        self.answer(False, DANA)
        self.dispatch()
        self.assertEqual((sent.state, sent.failure_kind), ("failed", "consent"))

    def test_se3_blacklist_of_the_number_itself(self):
        self.env["phone.blacklist"]._add([NOA])
        self.answer(True, DANA)
        with self.assertRaisesRegex(UserError, "blacklist"):
            self.dana.kala_send("sms", body="x", number=NOA)

    def test_se3_own_number_has_its_own_answer(self):
        """CO1: of two numbers on the card, one may have opted out."""
        self.dana.kala_phone2 = NOA
        self.answer(False, DANA)
        self.assertEqual(self.dana.kala_send("sms", body="x", number=NOA).state, "queued")

    def test_se3_to_the_responsible(self):
        """A message about the record to one of us needs nobody's consent, and answers nobody."""
        self.company.kala_consent_required = True
        self.salesman.partner_id.phone = OMER
        lead = self.lead(phone=DANA, user_id=self.salesman.id)
        sent = lead.kala_send("sms", body="Call her", to_user=self.salesman.id)
        self.assertEqual((sent.contact_value, sent.lead_id), (OMER, lead))
        self.assertEqual(sent.to_user_id, self.salesman)
        self.dispatch()
        self.assertEqual(sent.state, "delivered")
        self.answer(False, OMER)
        with self.assertRaisesRegex(UserError, "opted out"):
            lead.kala_send("sms", body="x", to_user=self.salesman)

    def test_se3_one_of_us_without_a_number(self):
        lead = self.lead(phone=DANA)
        self.colleague.partner_id.phone = False
        with self.assertRaisesRegex(UserError, "Colleague has no address"):
            lead.kala_send("sms", body="x", to_user=self.colleague)
        portal = self._make_user("portal", "base.group_portal")
        with self.assertRaisesRegex(UserError, "none of our users"):
            lead.kala_send("sms", body="x", to_user=portal)

    def test_ta3_writing_to_a_colleague_is_no_answer(self):
        """TA3: the contact waits still, and so does the colleague for an answer of his own."""
        self.company.kala_task_on_text = True
        self.colleague.partner_id.phone = OMER
        message = self.incoming(sender=DANA, text="Where are you?")
        private = self.incoming(sender=OMER, text="Please send me an offer")
        message._record().kala_send("sms", body="Call her", to_user=self.colleague)
        self.assertTrue(message.activity_id.active)
        self.assertTrue(private.activity_id.active)

    def test_se3_composer_to_responsible_and_colleague(self):
        self.salesman.partner_id.phone = OMER
        self.colleague.partner_id.phone = NOA
        lead = self.lead(phone=DANA, user_id=self.salesman.id)
        form = self.compose(lead, "sms")
        form.address_id = self.row(form, "responsible")
        form.body = "Call her"
        form.save().action_send()
        form = self.compose(lead, "sms")
        form.address_id = self.row(form, "colleague")
        self.assertTrue(form.is_colleague)
        form.body = "Call her"
        form.colleague_id = self.colleague
        composer = form.save()
        composer.colleague_id = False
        with self.assertRaisesRegex(UserError, "Choose the colleague"):
            composer.action_send()
        composer.colleague_id = self.colleague
        composer.action_send()
        self.assertEqual(
            lead.kala_communication_ids.mapped("to_user_id"), self.salesman | self.colleague
        )

    def test_se3_responsible_without_address_is_not_proposed(self):
        self.salesman.partner_id.phone = "03-1234567"
        form = self.compose(self.lead(phone=DANA, user_id=self.salesman.id), "sms")
        self.assertNotIn(self.row(form, "responsible"), form.usable_address_ids[:])


@tagged("post_install", "-at_install")
class TestWrittenEmail(RecipientCase):
    """SE1, SE3, TE1: an e-mail by hand: subject, another address, the order's documents."""

    def hand_over(self):
        """:return: the mails that Odoo got"""
        last = self.env["mail.mail"].search([], order="id DESC", limit=1).id or 0
        self._let_due_be_due()
        with self.job() as env:
            env["kala.email.outbox"]._cron_run()
        self.env.invalidate_all()
        return self.env["mail.mail"].search([("id", ">", last)])

    def test_se1_button(self):
        """SE1: e-mail is offered where there is an address, consent and a mailbox."""
        nobody = self.customer("Nobody", phone=NOA)
        self.assertTrue(self.dana.kala_can_email)
        self.assertFalse(nobody.kala_can_email)
        self.answer(False, "dana@example.com", "email")
        self.dana.invalidate_recordset(["kala_can_email"])
        self.assertFalse(self.dana.kala_can_email)

    def test_se3_sent_by_odoo(self):
        """The mail goes out from our mailbox, and rides on its line in the chatter."""
        sent = self.dana.kala_send("email", subject="Your visit", body="Hello\n\nDana")
        self.assertEqual((sent.contact_value, sent.line_id), ("dana@example.com", self.mailbox))
        mail = self.hand_over()
        self.assertEqual(mail.subject, "Your visit")
        self.assertEqual(mail.email_to, "dana@example.com")
        self.assertIn("sales@our.example.com", mail.email_from)
        self.assertIn("Dana", mail.body_html)
        self.assertEqual(mail.mail_message_id, sent.mail_message_id)
        logged = self.env["kala.communication"].search([("partner_id", "=", self.dana.id)])
        self.assertEqual(logged, sent, "logged once")

    def test_se3_subject_is_wanted(self):
        with self.assertRaisesRegex(UserError, "Write a subject"):
            self.dana.kala_send("email", body="Hello")

    def test_se3_another_address(self):
        """It takes the customer's consent for e-mail; what is none is explained."""
        self.company.kala_consent_required = True
        self.answer(True, "dana@example.com", "email")
        sent = self.dana.kala_send("email", subject="S", body="x", number="Office@Example.com")
        self.assertEqual(sent.contact_value, "office@example.com")
        with self.assertRaisesRegex(UserError, "not an e-mail address"):
            self.dana.kala_send("email", subject="S", body="x", number="052-234-5678")
        self.env["mail.blacklist"]._add("office@example.com")
        with self.assertRaisesRegex(UserError, "blacklist"):
            self.dana.kala_send("email", subject="S", body="x", number="office@example.com")

    def test_te1_subject_of_the_template_is_proposed_and_edited(self):
        template = self.env["kala.template"].create(
            {
                "name": "Order",
                "channel": "email",
                "subject": "Order {{ order_number }}",
                "body": "Hello {{ first_name }}",
            }
        )
        order = self.order(self.dana)
        form = self.compose(order, "email")
        form.with_document = False
        form.template_id = template
        self.assertEqual((form.subject, form.body), (f"Order {order.name}", "Hello Dana"))
        form.subject = f"Your order {order.name}!"
        form.save().action_send()
        self.assertEqual(order.kala_communication_ids.subject, f"Your order {order.name}!")
        self.assertEqual(order.kala_communication_ids.template_id, template)
        plain = order.kala_send("email", template=template)
        self.assertEqual(plain.subject, f"Order {order.name}")

    def test_se3_documents_of_the_order(self):
        """The order as it is printed, and what is attached to it, go along."""
        order = self.order(self.dana)
        plan = self.env["ir.attachment"].create(
            {"name": "plan.txt", "raw": b"x", "res_model": "sale.order", "res_id": order.id}
        )
        form = self.compose(order, "email")
        self.assertTrue(form.with_document, "by e-mail it mostly goes along")
        form.subject = "Your order"
        form.body = "See the file"
        form.document_ids = plan
        form.save().action_send()
        sent = order.kala_communication_ids
        self.assertEqual(len(sent.attachment_ids), 2)
        printed = sent.attachment_ids - plan
        self.assertIn(order.name, printed.name)
        self.assertEqual((printed.res_model, printed.res_id), ("sale.order", order.id))
        self.assertEqual(self.hand_over().attachment_ids, sent.attachment_ids)

    def test_ma6_a_number_that_cannot_be_read_is_answered(self):
        """MA6: to exactly its digits, where it wrote, and nowhere else."""
        message = self.incoming(sender="+9991234567890", channel="whatsapp")
        self.assertEqual((message.contact_kind, message.contact_value), ("raw", "+9991234567890"))
        lead = message.lead_id
        answer = lead.kala_send("whatsapp", body="Hello")
        self.assertEqual((answer.state, answer.contact_value), ("queued", "+9991234567890"))
        typed = lead.kala_send("whatsapp", body="Hello", number="+999 1234567890")
        self.assertEqual(typed.contact_value, "+9991234567890")
        for channel, number in (("sms", None), ("whatsapp", "+9991234567891")):
            with self.subTest(channel=channel), self.assertRaises(UserError):
                lead.kala_send(channel, body="Hello", number=number)

    def test_ma6_who_hides_his_number_cannot_be_written_to(self):
        """MA6: the word for it, typed on the keys of a telephone, is nobody's number."""
        message = self.incoming(sender="+266696687")
        self.assertFalse(message.contact_value)
        with self.assertRaises(UserError):
            message.lead_id.kala_send("sms", body="Hello")

    def test_se3_no_order_by_sms(self):
        form = self.compose(self.order(self.dana), "sms")
        self.assertFalse(form.with_document)

    def test_wi1_windows_are_for_texts(self):
        """WI1: an e-mail does not wait for the window of texts; a chosen time it keeps."""
        self.company.kala_send_window_id = self.env.ref("resource.resource_calendar_std").copy(
            {"attendance_ids": [(0, 0, {"name": "x", "dayofweek": "0", "hour_to": 0.01})]}
        )
        self.assertEqual(self.dana.kala_send("email", subject="S", body="x").state, "queued")
