from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestOptoutReport(KalaCommon):
    """CO2, DE2: a provider knows of an objection before we do: it is written down with its proof,
    and nothing more is tried."""

    def setUp(self):
        super().setUp()
        self.kitchen = self.lead("Kitchen", phone=DANA)

    def send(self, result, channel="sms"):
        with self.provider_answers(result):
            message = self.kitchen.kala_send(channel, body="Offer")
            self.dispatch()
        return message

    def proofs(self):
        return self.env["kala.consent"].search([("contact_value", "=", DANA)], order="id")

    def assert_opted_out(self, message):
        self.assertEqual((message.state, message.failure_kind), ("failed", "consent"))
        proof = self.proofs()
        self.assertEqual((proof.channel, proof.allowed), ("sms", False))
        self.assertIn("Sandbox said: The recipient has opted out", proof.origin)

    def test_co2_answer(self):
        refused = SendResult.refused("consent", "The recipient has opted out.", 21610)
        self.assert_opted_out(self.send(refused))
        with self.assertRaises(UserError):
            self.kitchen.kala_send("sms", body="Once more")

    def test_co2_report(self):
        message = self.send(SendResult.sent("uid-1"))
        report = DeliveryReport(
            uid="uid-1",
            state="failed",
            failure_kind="consent",
            failure_reason="The recipient has opted out.",
        )
        self.take(report)
        self.assert_opted_out(message)
        self.take(report)
        self.assertEqual(len(self.proofs()), 1, "said again is no other answer")

    def test_co2_our_own_refusal_is_no_news(self):
        """What our own gate stops proves nothing new."""
        self.send(SendResult.refused("consent", "The recipient has opted out."))
        count = len(self.proofs())
        other = self.kitchen.copy({"name": "Bathroom", "phone": DANA})
        (other + self.lead("Empty", phone="+972522345678")).kala_send("sms", body="Offer")
        self.assertEqual(len(self.proofs()), count)


@tagged("post_install", "-at_install")
class TestTriesOfAFailure(KalaCommon):
    """DE2: what is tried once more is tried once more, whatever the company's number of tries."""

    def test_de2_once_more(self):
        self.company.kala_max_attempts = 5
        for tries, expected in ((2, 2), (0, 5), (9, 5)):
            refused = SendResult.refused("temporary", "Nobody knows why.", tries=tries)
            with self.subTest(tries=tries), self.provider_answers(refused) as asked:
                message = self.lead(phone=DANA).kala_send("sms", body="Hi")
                for _n in range(7):
                    self.dispatch()
                    self.pass_time(24 * 3600)
                self.assertEqual((message.state, len(asked)), ("failed", expected))

    def test_de2_once_more_after_a_report(self):
        for n in (1, 2):
            with self.provider_answers(SendResult.sent(f"uid-{n}")):
                if n == 1:
                    message = self.lead(phone=DANA).kala_send("sms", body="Hi")
                self.dispatch()
            report = DeliveryReport(
                uid=f"uid-{n}", state="failed", failure_kind="temporary", tries=2
            )
            self.take(report)
            self.assertEqual(message.state, "queued" if n == 1 else "failed")
            self.pass_time(24 * 3600)
