"""Bad input of the outgoing side: each is refused or kept with a sentence, and costs nobody else
anything."""

from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, KalaCommon


@tagged("post_install", "-at_install")
class TestBadInput(KalaCommon):
    def test_numbers_without_country(self):
        """MA6: local numbers are read in the record's or the company's country; where there is
        none, a sentence says what to write."""
        lead = self.lead(phone=DANA)
        sent = lead.kala_send("sms", body="x", number="052-234-5678")
        self.assertEqual(sent.contact_value, NOA)
        self.company.country_id = False
        for number in ("052-234-5678", "1234", "*2700"):
            with self.subTest(number=number), self.assertRaisesRegex(UserError, "country code"):
                lead.kala_send("sms", body="x", number=number)
        self.assertEqual(
            lead.kala_send("sms", body="x", number="+972 52 234 5678").contact_value, NOA
        )

    def test_alphanumeric_recipients(self):
        """A sender's name cannot be written to."""
        lead = self.lead(phone="PIZZA")
        with self.assertRaisesRegex(UserError, "no address for this channel"):
            lead.kala_send("sms", body="x")
        for number in ("PIZZA", "Bank-Hapoalim", "dana@example.com", "<script>", "٠٥٢"):
            with self.subTest(number=number), self.assertRaisesRegex(UserError, "not a phone"):
                lead.kala_send("sms", body="x", number=number)
        logged = self.incoming(sender="PIZZA", text="Your code is 1234")
        with self.assertRaises(UserError):
            logged._record().kala_send("sms", body="x")

    def test_hundred_recipients_with_one_bad(self):
        """The other 99 are written to, and the bad one says why it is not."""
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {n}",
                    "phone": "12" if n == 50 else f"+97250234{n:04}",
                    "user_id": False,
                }
                for n in range(100)
            ]
        )
        sent = leads.kala_send("sms", body="Hello")
        bad = sent.filtered(lambda c: c.state == "failed")
        self.assertEqual((len(sent), bad.lead_id.name), (100, "Lead 50"))
        self.assertIn("Lead 50", bad.failure_reason)
        self.dispatch()
        self.assertEqual(set((sent - bad).mapped("state")), {"delivered"})
        mass = self.env["kala.mass.send"].create(
            {"name": "M", "model": "crm.lead", "record_ids": leads.ids, "body": "Hi"}
        )
        mass.action_start()
        self.run_mass_job()
        self.assertEqual((mass.waiting, mass.skipped), (99, 1))

    def test_template_of_another_company(self):
        """TE4: it is refused by hand, by a rule's job and in a mass send; a shared one is not."""
        template = self.env["kala.template"].create(
            {
                "name": "Theirs",
                "channel": "sms",
                "body": "Hello",
                "company_id": self.other_company.id,
            }
        )
        lead = self.lead(phone=DANA, company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            lead.kala_send("sms", template=template)
        with self.assertRaises(UserError):
            lead.with_user(self.colleague).kala_send("sms", template=template.id)
        with self.assertRaises(UserError):
            self.env["kala.mass.send"].create(
                {"name": "M", "record_ids": [1], "template_id": template.id}
            )
        template.company_id = False
        self.assertEqual(lead.kala_send("sms", template=template).state, "queued")

    def test_deleted_template_in_a_scheduled_message(self):
        """What was scheduled leaves as it was written."""
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hello {{ first_name }}"}
        )
        dana = self.customer("Dana Levi", phone=DANA)
        later = fields.Datetime.now() + timedelta(hours=1)
        sent = dana.kala_send("sms", template=template, send_after=later)
        template.unlink()
        self.assertFalse(sent.template_id)
        self.pass_time(3700)
        self.dispatch()
        self.assertEqual((sent.state, sent.body), ("delivered", "Hello Dana"))

    def test_template_of_a_rule_and_of_a_mass_send_stays(self):
        """What is still needed cannot be deleted, but archived."""
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hello"}
        )
        mass = self.env["kala.mass.send"].create(
            {"name": "M", "record_ids": [1], "template_id": template.id}
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            template.unlink()
        template.active = False
        self.assertEqual(mass.template_id, template)

    def test_times_over_rpc(self):
        """A time comes as a text; what is none is explained."""
        lead = self.lead(phone=DANA)
        sent = lead.kala_send("sms", body="x", send_after="2999-01-01 10:00:00")
        self.assertEqual((sent.state, sent.send_after.year), ("scheduled", 2999))
        with self.assertRaisesRegex(UserError, "is not a time"):
            lead.kala_send("sms", body="x", send_after="tomorrow")

    def test_connection_lost_while_sending(self):
        """DE3: of a chunk, one request breaks off: that one is unsure, its neighbours are sent."""
        leads = [self.lead(phone=f"+97250234000{n}") for n in range(3)]
        messages = [lead.kala_send("sms", body="x") for lead in leads]
        with self.provider_answers(
            SendResult.sent("a"),
            SendResult.unknown("connection reset by peer"),
            SendResult.sent("c"),
        ):
            self.dispatch()
        self.assertEqual([m.state for m in messages], ["sent", "unknown", "sent"])
        self.assertTrue(messages[1].failure_reason)

    def test_token_expired_or_credit_gone_in_the_middle(self):
        """DE5: what was accepted before stays sent, the rest is kept, nothing is lost or sent
        twice, and all of it leaves when the connection is mended."""
        for kind in ("connection", "credit"):
            with self.subTest(kind=kind):
                leads = self.env["crm.lead"].create(
                    [{"name": n, "phone": f"+9725023410{n:02}"} for n in range(40)]
                )
                messages = leads.kala_send("sms", body="x")
                accepted = iter(messages[:20].ids)

                def answer(message, kind=kind, accepted=accepted):
                    if next(accepted, None) is None:
                        return SendResult.refused(kind, "not any more")
                    return SendResult.sent(f"{kind}-{message.id}")

                with self.provider_answers(answer):
                    self.dispatch()
                self.assertEqual(self.connection.state, "error")
                states = messages.mapped("state")
                self.assertEqual((states.count("sent"), states.count("queued")), (20, 20))
                told = self.env["mail.message"].search_count(
                    [("subject", "ilike", "does not send"), ("res_id", "=", self.connection.id)]
                )
                self.connection.action_resume()
                with self.provider_answers(lambda m: SendResult.sent(f"again-{m.id}")):
                    self.dispatch()
                self.assertEqual(set(messages.mapped("state")), {"sent"})
                self.assertTrue(told)
                for message in messages:
                    accepted = message.attempt_ids.filtered(lambda a: a.state == "sent")
                    self.assertEqual(len(accepted), 1)

    def test_file_too_large_or_of_no_use(self):
        """What the provider does not take is said before anything leaves."""
        files = self.env["ir.attachment"].create({"name": "a.pdf", "raw": b"x"})
        sent = self.lead(phone=DANA).kala_send("sms", body="x", attachments=files)
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_max_files", 0)
        self.dispatch()
        self.assertEqual((sent.state, sent.failure_kind), ("failed", "rejected"))
        self.assertIn("without them", sent.failure_reason)

    def test_texts_without_letters(self):
        """Directions, emojis and broken characters leave as they are, or replaced."""
        lead = self.lead(phone=DANA)
        for text in ("\u200f\u05e9\u05dc\u05d5\u05dd", "\U0001f600" * 200, "a\ud800b", "x" * 5000):
            with self.subTest(text=text[:5]):
                sent = lead.kala_send("sms", body=text)
                self.dispatch()
                self.assertIn(sent.state, ("delivered", "failed"))

    def test_templates_that_are_none(self):
        for body in ("{{ first_name", "{% if x %}", "{{ order.partner_id }}"):
            with self.subTest(body=body), self.assertRaises(ValidationError):
                self.env["kala.template"].create({"name": "T", "channel": "sms", "body": body})
