"""Messages that quote another one (WA1, SE4)."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestReply(KalaCommon):
    def setUp(self):
        super().setUp()
        self.received = self.incoming(
            sender=DANA, text="Is it free?", channel="whatsapp", line="03-1234567", name="Dana"
        )
        self.record = self.received.lead_id
        self.record.user_id = self.salesman

    def composer(self, user=None):
        action = self.received.with_user(user or self.salesman).action_answer()
        return (
            self.env["kala.composer"].with_user(self.salesman).browse(action["params"]["composer"])
        )

    def test_reply_quotes(self):
        """WA1: Reply on a message opens the composer to who wrote it, from the line that was
        written to; it shows the quote, and so does the log."""
        other = self._make_line("Second")
        other.is_default = True
        form = Form(self.composer())
        self.assertEqual(form.line_id, self.received.line_id)
        self.assertEqual(form.quoted_text, "Dana: Is it free?")
        form.body = "It is"
        form.save().action_send()
        answer = self.record.kala_communication_ids - self.received
        self.assertEqual(answer.reply_to_uid, self.received.provider_uid)
        self.assertEqual(answer.quoted_id, self.received)
        self.assertEqual(answer.with_user(self.salesman).quoted_text, "Dana: Is it free?")

    def _make_line(self, name):
        return self.env["kala.line"].create(
            {
                "name": name,
                "channel": "whatsapp",
                "connection_id": self.connection.id,
                "company_id": self.company.id,
                "address": "03-7654321",
            }
        )

    def test_another_line_or_person_quotes_nothing(self):
        """WA1: a provider knows the messages of its own line with this contact only: what
        cannot be quoted is not, and the composer does not promise it."""
        other = self._make_line("Second")
        form = Form(self.composer())
        form.line_id = other
        self.assertFalse(form.quoted_text)
        form.body = "It is"
        form.save().action_send()
        self.record.phone = NOA
        self.record.kala_send("whatsapp", body="Hello", number=NOA, reply_to=self.received)
        answers = self.record.kala_communication_ids - self.received
        self.assertEqual(len(answers), 2)
        self.assertFalse(any(answers.mapped("reply_to_uid")))

    def test_a_provider_that_cannot_quote(self):
        """WA1: where the provider knows no quotes the answer goes without."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_can_quote", False)
        composer = self.composer()
        self.assertFalse(composer.quoted_text)
        composer.body = "It is"
        composer.action_send()
        answer = self.record.kala_communication_ids - self.received
        self.assertFalse(answer.reply_to_uid)

    def test_nobody_quotes_what_he_may_not_read(self):
        """LO8: a message of a record that one may not read is neither quoted nor shown."""
        foreign = self.lead("Another", phone=DANA, user_id=self.colleague.id)
        mine = self.record
        self.received.write(self.received._attach_vals(foreign))
        with self.assertRaises(AccessError):
            mine.with_user(self.salesman).kala_send(
                "whatsapp", body="Hi", reply_to=self.received.id
            )
        answer = mine.kala_send("whatsapp", body="Hi", reply_to=self.received)
        self.assertEqual(answer.quoted_id, self.received)
        self.assertFalse(answer.with_user(self.salesman).quoted_text)
