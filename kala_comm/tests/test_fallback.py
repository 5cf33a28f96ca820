"""SE5: on the contact's last channel first, else on another one."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import errors as pg_errors

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, KalaCommon
from odoo.addons.kala_comm.tools import const
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult


def wrong_on_whatsapp(communication):
    if communication.channel == "whatsapp":
        return SendResult.refused("address", "not on WhatsApp")
    return SendResult.sent(f"p-{communication.id}")


@tagged("post_install", "-at_install")
class TestFallback(KalaCommon):
    def _successors(self, message):
        return self.env["kala.communication"].search([("fallback_of_id", "in", message.ids)])

    def _template(self, channel, body, **values):
        return self.env["kala.template"].create(
            {"name": body, "channel": channel, "body": body, **values}
        )

    # ------------------------------------------------------------------ when queued

    def test_last_channel(self):
        """SE5: each contact is written to where he last wrote; who never wrote, by the other."""
        by_phone = {phone: self.lead(phone, phone=phone) for phone in (DANA, NOA, OMER)}
        earlier = self.now - timedelta(hours=1)
        self.log(direction="in", contact_value=DANA, line_id=self.sms_line.id, date=earlier)
        self.incoming(channel="whatsapp", sender=NOA)
        records = self.env["crm.lead"].union(*by_phone.values())
        sent = records.kala_send("last", body="Hello", fallback="sms", key="once")
        self.assertEqual(
            {c.contact_value: c.channel for c in sent}, {DANA: "sms", NOA: "whatsapp", OMER: "sms"}
        )
        self.assertEqual(set(sent.mapped("state")), {"queued"})
        self.assertEqual(records.kala_send("last", body="Hello", fallback="sms", key="once"), sent)
        self.incoming(channel="whatsapp", sender=DANA)
        again = by_phone[DANA].kala_send("last", body="Hello", fallback="sms")
        self.assertEqual((again.channel, again.line_id), ("whatsapp", self.whatsapp_line))

    def test_needs_a_fallback(self):
        """SE5: "last" says nothing about who never wrote; unknown channels are refused."""
        made = self.lead(phone=DANA)
        with self.assertRaisesRegex(UserError, "fall back"):
            made.kala_send("last", body="Hello")
        for channel, fallback in [("voice", "sms"), ("sms", "voice"), ("x", "sms")]:
            with self.subTest(channel=channel), self.assertRaisesRegex(UserError, "not a channel"):
                made.kala_send(channel, body="Hello", fallback=fallback)
        with self.assertRaisesRegex(UserError, "fall back"):
            made.kala_send("sms", body="Hello", fallback="last")

    def test_what_is_known_beforehand(self):
        """SE5: where the first channel cannot be, the other one is used at once; where neither
        can, the reason is the first one's."""
        self.whatsapp_line.active = False
        message = self.lead(phone=DANA).kala_send("whatsapp", body="Hello", fallback="sms")
        self.assertEqual((message.channel, message.state), ("sms", "queued"))
        self.assertFalse(message.fallback_pending)
        with self.assertRaisesRegex(UserError, "No line for this channel"):
            self.lead().kala_send("whatsapp", body="Hello", fallback="sms")

    def test_template_of_each_channel(self):
        """SE5: the channel that is used may have a template of its own, and its line."""
        mine, other = self._template("sms", "By SMS"), self._template("whatsapp", "By WhatsApp")
        other.line_id = self.whatsapp_line
        made = self.lead(phone=DANA)
        values = {"template": mine, "templates": other.ids}
        for channel, fallback, wanted in [
            ("sms", "whatsapp", "By SMS"),
            ("whatsapp", "sms", "By WhatsApp"),
            ("last", "sms", "By SMS"),
        ]:
            with self.subTest(channel=channel):
                message = made.kala_send(channel, fallback=fallback, **values)
                self.assertEqual(message.body, wanted)

    # ------------------------------------------------------------------ when refused

    def test_wrong_address(self):
        """SE5: not on WhatsApp: the SMS leaves once, of the same person, and says what it is."""
        made = self.lead(phone=DANA, user_id=self.salesman.id).with_user(self.salesman)
        with self.provider_answers(wrong_on_whatsapp) as asked:
            message = made.kala_send("whatsapp", body="Hello", fallback="sms", now=True)
            for _again in range(3):
                self.dispatch()
            second = self._successors(message)
            self.assertEqual(asked, [message.id, second.id])
            self.assertEqual((message.state, second.state), ("failed", "sent"))
            self.assertEqual(second.channel, "sms")
            self.assertEqual(second.body, "Hello")
            self.assertEqual(second.lead_id, made)
            self.assertEqual(second.user_id, self.salesman)
            self.assertEqual(second.contact_value, DANA)
            self.assertTrue(second.ignore_window)
            self.assertFalse(second.fallback_pending)
            # Whoever tries the first one again gets no second SMS.
            message.sudo().action_resend()
            self.dispatch()
            self.dispatch()
            self.assertEqual(message.state, "failed")
            self.assertEqual(self._successors(message), second)

    def test_never_further(self):
        """SE5: what is sent instead fails for good: that is the end."""
        with self.provider_answers(SendResult.refused("address", "nobody there")) as asked:
            message = self.lead(phone=DANA).kala_send("whatsapp", body="Hello", fallback="sms")
            for _again in range(4):
                self.dispatch()
        self.assertEqual(asked, [message.id, self._successors(message).id])

    def test_only_a_wrong_address(self):
        """SE5: what a person can still mend is not sent another way."""
        for kind in ("rejected", "sender", "consent"):
            with (
                self.subTest(kind=kind),
                self.provider_answers(SendResult.refused(kind, "because")),
            ):
                message = self.lead(phone=DANA).kala_send("whatsapp", body="Hi", fallback="sms")
                self.dispatch()
                self.dispatch()
                self.assertEqual(message.state, "failed")
                self.assertFalse(self._successors(message))

    def test_ta3_neither_way(self):
        """SE5, TA3: who is written to on the other channel waits no more; who can be reached
        neither way, or is not tried the other way, waits again."""
        refuse = SendResult.refused
        for sender, first, second, is_open in (
            (DANA, refuse("address", "?"), SendResult.sent("p"), False),
            (NOA, refuse("address", "?"), refuse("rejected", "?"), True),
            (OMER, refuse("rejected", "?"), None, True),
        ):
            task = self.incoming(channel="whatsapp", sender=sender).activity_id
            made = self.env[task.res_model].browse(task.res_id)
            with self.subTest(sender=sender), self.provider_answers(first, second):
                message = made.kala_send("whatsapp", body="Hi", fallback="sms")
                self.assertFalse(task.active)
                self.dispatch()
                self.dispatch()
                self.assertEqual(len(self._successors(message)), 1 if second else 0)
                self.assertEqual(task.active, is_open)

    def test_ta3_no_other_way(self):
        """SE5, TA3: what cannot even be queued on the other channel leaves the contact
        waiting."""
        task = self.incoming(channel="whatsapp", sender=DANA).activity_id
        made = self.env[task.res_model].browse(task.res_id)
        with self.provider_answers(wrong_on_whatsapp):
            message = made.kala_send("whatsapp", body="Hi", fallback="sms")
            self.sms_line.active = False
            self.dispatch()
            self.dispatch()
        self.assertEqual(self._successors(message).state, "failed")
        self.assertTrue(task.active)

    def test_told_later(self):
        """SE5: the provider takes the message and reports the wrong address afterwards."""
        template = self._template("sms", "By SMS {{first_name}}")
        made = self.lead(phone=DANA, contact_name="Dana Levi")
        with self.provider_answers(SendResult.sent("p-1")):
            message = made.kala_send("whatsapp", body="Hi", fallback="sms", templates=template)
            self.dispatch()
        self.assertEqual(message.state, "sent")
        report = DeliveryReport(
            uid="p-1", state="failed", failure_kind="address", failure_reason="not on WhatsApp"
        )
        self.take(report)
        self.take(report)
        self.dispatch()
        self.dispatch()
        second = self._successors(message)
        self.assertEqual((second.state, second.body), ("delivered", "By SMS Dana"))
        self.assertEqual(second.template_id, template)

    def test_two_dispatchers(self):
        """SE5: whoever takes it first marks it; the database refuses a second one anyhow."""
        with self.provider_answers(wrong_on_whatsapp):
            message = self.lead(phone=DANA).kala_send("whatsapp", body="Hello", fallback="sms")
            self.dispatch()
        outbox = self.env["kala.outbox"]
        outbox._fall_back()
        outbox._fall_back()
        self.assertEqual(len(self._successors(message)), 1)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(pg_errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.log(fallback_of_id=message.id)

    def test_one_bad_one_holds_nobody(self):
        """SE5: what cannot be built is written down, and its neighbour leaves."""
        outbox = type(self.env["kala.outbox"])
        real = outbox._send_instead

        def _send_instead(model, communication):
            if communication.contact_value == DANA:
                raise ValueError("cannot be built")
            real(model, communication)

        with (
            self.provider_answers(wrong_on_whatsapp),
            patch.object(outbox, "_send_instead", _send_instead),
            mute_logger("odoo.addons.kala_comm.models.outbound.kala_outbox_fallback"),
        ):
            bad, good = (
                self.lead(phone=phone).kala_send("whatsapp", body="Hello", fallback="sms")
                for phone in (DANA, NOA)
            )
            self.dispatch()
        self.assertTrue(self._successors(good))
        self.assertFalse(self._successors(bad))
        self.assertFalse(bad.fallback_pending)

    # ------------------------------------------------------------------ rule, composer

    def test_rule(self):
        """SE5, AU1: a rule writes on the contact's last channel, and its successor is the
        rule's too."""
        self.incoming(channel="whatsapp", sender=DANA)
        made = self.env["kala.communication"].search([], limit=1)._record()
        template = self._template("sms", "Hello")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Write",
                "state": "kala_message",
                "model_id": self.env["ir.model"]._get_id(made._name),
                "kala_channel": const.LAST_CHANNEL,
                "kala_template_id": template.id,
            }
        )
        self.assertIn("Else by", action.warning)
        action.kala_fallback_channel = "sms"
        self.assertFalse(action.warning)
        action.kala_other_template_ids = [
            Command.set(self._template("whatsapp", "By WhatsApp").ids)
        ]
        action.with_context(active_model=made._name, active_id=made.id).run()
        message = made.kala_communication_ids.filtered(lambda c: c.direction == "out")
        self.assertEqual((message.channel, message.body), ("whatsapp", "By WhatsApp"))
        with self.provider_answers(wrong_on_whatsapp):
            self.dispatch()
            self.dispatch()
        second = self._successors(message)
        self.assertEqual(
            (second.state, second.channel, second.body), ("sent", "sms", "By WhatsApp")
        )
        self.assertEqual(second.origin, message.origin)
        self.assertEqual(second.priority, const.PRIORITY_AUTOMATION)

    def test_composer(self):
        """SE5: the composer offers the other channels."""
        made = self.lead(phone=DANA).with_user(self.colleague)
        action = made.with_context(kala_channel="whatsapp").action_kala_compose()
        composer = (
            self.env["kala.composer"].with_user(self.colleague).browse(action["params"]["composer"])
        )
        self.assertEqual(composer.fallback_channels, ["sms"])
        composer.write({"fallback_channel": "sms", "body": "Hello"})
        composer.action_send()
        self.assertEqual(made.kala_communication_ids.fallback_channel, "sms")
