from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools import email_form

from .common import KalaCommon

HEAD = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{uid}@example.com>
Date: Sun, 22 Nov 2026 10:00:00 +0000
Content-Type: text/html; charset=utf-8
{headers}
{body}
"""

#: method, what to look for, text or HTML → what is found (MX2)
FORMS = [
    (email_form.by_label, "Phone", "Name: Dana\nPhone: 050-234-5678\n", "050-234-5678"),
    (email_form.by_label, "phone:", "PHONE 050", ""),
    (email_form.by_label, "Phone", "Phone:\n\n050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "*Phone:* 050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "Phones: none\nPhone - 03-1234567", "03-1234567"),
    (email_form.by_label, "טלפון", "\u200fטלפון: 050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "", ""),
    (email_form.by_pattern, r"order (\d+)", "your order 17 and order 18", "17"),
    (email_form.by_pattern, r"order (\d+)", "no such thing", ""),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><td>Name:</td><td>Rina  Levi</td></tr></table>",
        "Rina Levi",
    ),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><th>Name</th><th></th></tr><tr><td>Rina</td><td>x</td></tr></table>",
        "Rina",
    ),
    (email_form.by_cell, "Name", "<p>Name: Rina</p>", ""),
    (email_form.by_cell, "Name", "<table", ""),
]

BAD_PATTERNS = ["(", "no group", "(a)(b)", "(a+)+", "(" + "a" * 400 + ")"]


@tagged("post_install", "-at_install")
class TestEmail(KalaCommon):
    """MX: e-mail to a mailbox of ours goes through the same matching."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connection = cls.env["kala.connection"].create({"name": "Mail", "provider": "smtp"})
        connection.action_connect()
        cls.mailbox = cls.env["kala.line"].create(
            {
                "name": "Sales",
                "channel": "email",
                "connection_id": connection.id,
                "address": "Sales@our.example.com",
            }
        )
        cls.dana = cls.env["res.partner"].create({"name": "Dana", "email": "dana@example.com"})

    def receive(
        self,
        sender="dana@example.com",
        uid="m1",
        subject="Question",
        body="Hello",
        headers="",
        to="",
    ):
        """:return: the communications of this e-mail"""
        raw = HEAD.format(
            sender=sender,
            to=to or "sales@our.example.com",
            subject=subject,
            uid=uid,
            body=body,
            headers=headers,
        )
        self.env["mail.thread"].message_process("crm.lead", raw)
        self.env.flush_all()
        return self.env["kala.communication"].search(
            [("provider_uid", "=", f"<{uid}@example.com>")]
        )

    def test_known_address_goes_to_its_order(self):
        """MX1, MA1: a known address without a thread goes to its order, in capitals too."""
        order = self.order(self.dana)
        mail = self.receive(sender="DANA <Dana@EXAMPLE.com>")
        self.assertEqual(mail.order_id, order)
        self.assertEqual(mail.match_rule, "order")
        self.assertEqual(mail.line_id, self.mailbox)
        self.assertEqual(mail.mail_message_id.res_id, order.id)
        self.assertFalse(self.env["crm.lead"].search([("email_from", "ilike", "dana@")]))

    def test_unknown_address_makes_a_lead(self):
        """MX3, MA11: a new lead takes responsible, team and source from the mailbox."""
        self.mailbox.user_id = self.manager
        self.mailbox.source_id = self.env["utm.source"].create({"name": "Site"})
        mail = self.receive(sender="Noa <noa@example.com>")
        self.assertEqual(mail.lead_id.user_id, self.manager)
        self.assertEqual(mail.lead_id.source_id.name, "Site")
        self.assertEqual(mail.lead_id.kala_origin, "email")
        self.assertEqual(mail.match_rule, "new")

    def test_reply_stays_in_its_thread(self):
        """MX1: a true reply is not matched anew."""
        lead = self.receive(sender="noa@example.com").lead_id
        self.customer("Noa", email="noa@example.com")
        reply = self.receive(
            sender="noa@example.com", uid="m2", headers="In-Reply-To: <m1@example.com>\n"
        )
        self.assertEqual(reply.lead_id, lead)
        self.assertEqual(reply.match_rule, "thread")

    def test_other_mailboxes_behave_as_odoo_does(self):
        """MX1: what comes to an address that is no line makes a lead, as ever."""
        self.order(self.dana)
        mail = self.receive(to="other@our.example.com")
        self.assertEqual(mail.res_model, "crm.lead")

    def test_automatic_answers_make_no_lead(self):
        """An out-of-office answer of a stranger makes no lead; managers find it in the log."""
        leads = self.env["crm.lead"].search_count([])
        mail = self.receive(sender="ooo@example.com", headers="Auto-Submitted: auto-replied\n")
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
        self.assertEqual(mail.kind, "automatic")
        self.assertFalse(mail.res_model)

    def test_task_by_setting(self):
        """TA1: an incoming e-mail makes a task only where the company wants it."""
        self.order(self.dana, user_id=self.manager.id)
        self.assertFalse(self.receive().activity_id)
        self.company.kala_task_on_email = True
        self.assertEqual(self.receive(uid="m2").activity_id.user_id, self.manager)

    def test_forms(self):
        """MX2: fields by label, pattern and table cell."""
        for method, wanted, text, found in FORMS:
            with self.subTest(method=method.__name__, wanted=wanted, text=text):
                self.assertEqual(method(text, wanted), found)

    def test_bad_patterns_are_refused(self):
        """MX2: a pattern that is broken, or would take for ever, is refused when saved."""
        for pattern in BAD_PATTERNS:
            with self.subTest(pattern=pattern), self.assertRaises(ValidationError):
                self._parser(field={"method": "pattern", "expression": pattern})

    def _parser(self, field=None, **values):
        field = {"target": "phone", "method": "label", "expression": "Phone", **(field or {})}
        return self.env["kala.email.parser"].create(
            {"name": "Form", "sender": "@forms.example.com", "field_ids": [(0, 0, field)], **values}
        )

    def test_form_makes_a_lead(self):
        """MX2: a form e-mail becomes a lead with its fields, always a new one by default."""
        lead = self.lead(phone="050-234-5678")
        self._parser()
        mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 050-234-5678</p>")
        self.assertNotEqual(mail.lead_id, lead)
        self.assertEqual(mail.lead_id.phone, "050-234-5678")

    def test_form_matches_by_the_phone_inside(self):
        """MX2: by setting of the rule the phone in the content finds the record."""
        lead = self.lead(phone="050-234-5678")
        self._parser(match_by="phone")
        mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 0502345678</p>")
        self.assertEqual(mail.lead_id, lead)

    def test_tester(self):
        """MX2: the tester shows what would come out of a raw e-mail."""
        parser = self._parser()
        parser.test_email = HEAD.format(
            sender="web@forms.example.com",
            to="x@example.com",
            subject="s",
            uid="t",
            headers="",
            body="<p>Phone: 050-234-5678</p>",
        )
        self.assertIn("050-234-5678", parser.test_result)

    def test_outgoing_is_logged_with_its_state(self):
        """LO1: an e-mail to a customer is one communication, whose state follows Odoo's."""
        order = self.order(self.dana)
        order.with_user(self.colleague).message_post(
            body="Our answer",
            partner_ids=self.dana.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        mail = self.env["kala.communication"].search(
            [("channel", "=", "email"), ("direction", "=", "out")]
        )
        self.assertEqual(mail.order_id, order)
        self.assertEqual(mail.user_id, self.colleague)
        self.assertEqual(mail.body, "Our answer")
        outgoing = self.env["mail.mail"].search([("mail_message_id", "=", mail.mail_message_id.id)])
        outgoing._postprocess_sent_message(self.dana, [])
        mail.invalidate_recordset()
        self.assertEqual(mail.state, "sent")
