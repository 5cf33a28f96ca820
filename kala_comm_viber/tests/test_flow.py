"""Viber through the whole core (ME3, MA8, CO2)."""

import itertools
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest

WHO = {"id": "01234567890A=", "name": "Dana"}
_tokens = itertools.count(1 << 60)


@tagged("post_install", "-at_install")
class TestViberFlow(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        name = "Galil on Viber, the town's best roofs"
        cls.bot = cls._make_connected("viber", name=name, viber_auth_token="44dafb7e-made-up")
        cls.bot_line = cls._add_line(cls.bot, "viber", name=name, address="galil")

    def receive(self, event, **values):
        body = {"event": event, "message_token": next(_tokens), **values}
        return self.posted(self.bot, body)

    def say(self, text):
        return self.receive("message", sender=WHO, message={"type": "text", "text": text})

    def test_unsubscribed(self):
        """CO2: a subscriber unsubscribes, and nothing is sent any more; with proof."""
        lead = self.say("Is it free?").lead_id
        self.assertTrue(lead.kala_send("viber", body="Yes"))
        self.receive("unsubscribed", user_id=WHO["id"])
        with self.assertRaisesRegex(UserError, "opted out"):
            lead.kala_send("viber", body="And this")
        proof = self.env["kala.consent"].search([("contact_value", "=", WHO["id"])], limit=1)
        self.assertIn("unsubscribed", proof.origin)
        self.receive("subscribed", user=WHO)
        self.assertTrue(lead.kala_send("viber", body="Welcome back"))

    def test_request(self):
        """The request is as Viber wants it, its sender's name at most 28 characters."""
        lead = self.say("hi").lead_id
        request = self.bot._provider()._prepare_send(lead.kala_send("viber", body="Yes").sudo())
        self.assertEqual(request.json["receiver"], WHO["id"])
        self.assertEqual(request.json["type"], "text")
        self.assertLessEqual(len(request.json["sender"]["name"]), 28)
        self.assertEqual(request.headers["X-Viber-Auth-Token"], "44dafb7e-made-up")

    def test_greeting(self):
        """Who opens the chat is greeted in the answer to that call, where there is a greeting."""
        inbound = InboundRequest(
            "POST", "", {}, (), json.dumps({"event": "conversation_started"}).encode()
        )
        provider = self.bot._provider()
        self.assertIsNone(provider._tell_back(self.bot, inbound))
        self.bot.viber_welcome = "Hello!"
        body, content_type = provider._tell_back(self.bot, inbound)
        self.assertEqual((json.loads(body)["text"], content_type), ("Hello!", "application/json"))
        other = InboundRequest("POST", "", {}, (), b'{"event": "delivered"}')
        self.assertIsNone(provider._tell_back(self.bot, other))

    def test_invitation(self):
        """MA8: who follows the link of an order is its customer."""
        order = self.order(self.customer(phone="+972502345678"))
        wizard = (
            self.env["kala.invite"]
            .with_context(active_model="sale.order", active_id=order.id)
            .create({"connection_id": self.bot.id})
        )
        wizard.action_make()
        self.assertTrue(wizard.link.startswith("viber://pa?chatURI=galil&context="))
        self.receive("conversation_started", user=WHO, context=wizard.link.rpartition("=")[2])
        self.assertEqual(self.say("When?").order_id, order)

    def test_no_number(self):
        """A bot cannot write first; the sentence says what to do."""
        lead = self.lead(phone="+972502345678")
        message = lead.kala_send("viber", body="x", line=self.bot_line)
        self.dispatch()
        self.assertEqual(message.sudo().state, "failed")
        self.assertIn("Invite the contact", message.sudo().failure_reason)

    def test_tells_nothing_without_a_token(self):
        """SC1: no secret configured = refused."""
        self.bot.viber_auth_token = False
        inbound = InboundRequest("POST", "", {}, (), b"{}")
        self.assertFalse(self.bot._provider()._verify(self.bot, inbound))

    def test_own_viber(self):
        """ME3: without a line to numbers the button opens the user's own Viber; the log says that
        nobody knows what became of it."""
        self.bot_line.active = False
        lead = self.lead(phone="+972502345678", user_id=self.salesman.id).with_user(self.salesman)
        self.assertFalse(lead.kala_can_viber)
        self.assertTrue(lead.kala_own_viber)
        action = lead.action_kala_open_viber()
        self.assertEqual(action["url"], "viber://chat?number=%2B972502345678")
        logged = lead.kala_communication_ids
        self.assertEqual(
            (logged.channel, logged.state, logged.user_id), ("viber", "unknown", self.salesman)
        )
        self.sweep()
        self.assertEqual(logged.state, "unknown")
        logged.action_arrived()
        self.assertEqual(logged.state, "sent")
        hidden = self.lead(phone="+972502345678", user_id=self.manager.id)
        with self.assertRaises(AccessError):
            hidden.with_user(self.salesman).action_kala_open_viber()
        self.env["kala.contact.permission"]._set(
            self.company, lead._kala_points()[lead.id][0][0], ["viber"], False, "said so"
        )
        lead.invalidate_recordset()
        self.assertFalse(lead.kala_own_viber)
        with self.assertRaisesRegex(UserError, "no mobile number"):
            lead.action_kala_open_viber()

    def test_line_of_a_gateway(self):
        """ME3: a partner's gateway writes to phone numbers over Viber, and its messages are
        Viber's."""
        gateway = self.env["kala.connection"].create(
            {
                "name": "Partner",
                "provider": "http",
                "company_id": self.company.id,
                "api_url": "https://partner.example.com/send",
            }
        )
        line = self.env["kala.line"].create(
            {"name": "Viber numbers", "channel": "viber", "connection_id": gateway.id}
        )
        gateway._set_state("connected")
        message = self.lead(phone="+972502345678").kala_send("viber", body="x", line=line)
        self.assertEqual((message.channel, message.contact_value), ("viber", "+972502345678"))
        body = json.dumps({"from": "972502345678", "text": "Thanks", "id": "g1"}).encode()
        self.push_raw(body, gateway)
        self.run_inbox()
        came = message.lead_id.kala_communication_ids - message
        self.assertEqual((came.body, came.channel, came.line_id), ("Thanks", "viber", line))
