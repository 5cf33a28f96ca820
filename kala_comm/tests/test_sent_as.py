"""ME3: what a gateway sent on another channel than it was asked for."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import DeliveryReport

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestSentAs(KalaCommon):
    def setUp(self):
        super().setUp()
        self.lead_of_dana = self.lead(phone=DANA)

    def report(self, message, state, sent_as):
        report = DeliveryReport(
            uid=message.provider_uid, key=message._echo_key(), state=state, sent_as=sent_as
        )
        self.env["kala.intake"]._note_other_channels({message.id: report})

    def sent(self):
        return self.log(
            self.lead_of_dana,
            channel="whatsapp",
            provider_uid="w-1",
            body="Hello",
            details="A note",
        )

    def test_is_noted_once(self):
        """The words stand below what came with it, once, however often it is told."""
        message = self.sent()
        for _twice in range(2):
            self.report(message, "delivered", "sms")
        self.assertEqual(message.sent_as, "sms")
        self.assertEqual(
            message.details.splitlines()[:2],
            ["A note", "Sent as SMS: it could not be delivered on WhatsApp."],
        )
        self.assertEqual(message.details.count("Sent as"), 1)

    def test_says_nothing_of_its_own_channel(self):
        message = self.sent()
        self.report(message, "delivered", "whatsapp")
        self.report(message, "failed", "sms")
        self.report(message, "delivered", "pigeon")
        self.assertFalse(message.sent_as)
        self.assertEqual(message.details, "A note")
