"""From what Telegram posts to who it is, through the whole core (ME2, MA8)."""

import itertools
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest
from odoo.addons.kala_comm.tools.messages import SendRequest

PHONE = "+972502345678"
PHOTO = [{"file_id": "p", "file_size": 10}]
_numbers = itertools.count(100)


class TelegramCommon(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        token = "7100000001:AAH-made-up"
        cls.bot = cls._make_connected("telegram", name="Bot", telegram_bot_token=token)
        cls.bot_line = cls._add_line(cls.bot, "telegram", name="Galil bot", address="@galil_bot")

    def update(self, name="message", who=501, **values):
        person = {"id": who, "first_name": f"Person {who}"}
        part = {
            "message_id": next(_numbers),
            "from": person,
            "chat": {"id": who, "type": "private"},
            **values,
        }
        return {"update_id": next(_numbers), name: part}

    def receive(self, *updates):
        """:return: communications of the updates, each an event of its own"""
        return self.posted(self.bot, *updates)

    def say(self, who=501, **values):
        return self.receive(self.update(who=who, **values))

    def token_of(self, record, user=None):
        """:return: what stands in a link to the bot that a user made for a record"""
        wizard = (
            self.env["kala.invite"]
            .with_user(user or self.env.user)
            .with_context(active_model=record._name, active_id=record.id)
            .create({})
        )
        wizard.action_make()
        self.assertRegex(wizard.link, r"^https://t\.me/galil_bot\?start=[\w-]{16,64}$")
        self.assertTrue(wizard.qr_code)
        return wizard.link.partition("start=")[2]


@tagged("post_install", "-at_install")
class TestTelegramFlow(TelegramCommon):
    # ------------------------------------------------------------------ who it is

    def test_stranger_shares_his_number(self):
        """MA8: a stranger makes a lead; when he shares his number, an SMS from it lands there."""
        first = self.say(text="Is it free?")
        self.assertEqual(first.res_model, "crm.lead")
        self.assertFalse(first.lead_id.phone)
        card = {"phone_number": PHONE.lstrip("+"), "first_name": "Dana", "user_id": 501}
        shared = self.say(contact=card)
        self.assertEqual(shared.lead_id, first.lead_id)
        sms = self.incoming(sender=PHONE, text="It is me")
        self.assertEqual(sms.lead_id, first.lead_id)

    def test_forged_number(self):
        """MA8: somebody else's card is no number of the sender's."""
        mine = self.customer(phone=PHONE)
        order = self.order(mine)
        card = {"phone_number": PHONE, "first_name": "Dana", "user_id": 999}
        self.say(contact=card)
        later = self.say(text="And?")
        self.assertNotEqual(later.order_id, order)
        self.assertNotEqual(later.partner_id, mine)

    def test_invitation_leads_to_the_order(self):
        """A customer who follows the link is the customer of that order, from then on."""
        order = self.order(self.customer(phone=PHONE))
        token = self.token_of(order)
        start = self.say(text=f"/start {token}")
        self.assertEqual((start.kind, start.order_id), ("system", order))
        self.assertFalse(start.activity_id, "nobody has to answer that")
        later = self.say(text="When does it come?")
        self.assertEqual(later.order_id, order)
        sent = order.kala_send("telegram", body="Tomorrow")
        self.assertEqual(sent.contact_value, "501")

    def test_invitation_works_once(self):
        """A link that was passed on ties nobody else."""
        order = self.order(self.customer(phone=PHONE))
        token = self.token_of(order)
        self.say(text=f"/start {token}")
        other = self.say(who=502, text=f"/start {token}")
        self.assertFalse(other.order_id)
        self.assertNotEqual(self.say(who=502, text="hi").order_id, order)
        self.assertEqual(self.say(text="hi").order_id, order)

    def test_invitation_of_another_bot_or_too_old(self):
        order = self.order(self.customer(phone=PHONE))
        token = self.token_of(order)
        self.env.cr.execute("UPDATE kala_invitation SET expires = now() - interval '1 day'")
        self.env.invalidate_all()
        self.assertFalse(self.say(text=f"/start {token}").order_id)
        self.assertFalse(self.say(text="/start nonsense").order_id)

    def test_who_may_invite(self):
        """SC4: whoever may write to the record; an employee may invite himself."""
        hidden = self.lead("Hidden", user_id=self.manager.id)
        stranger = self._make_user("own_docs", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.token_of(hidden, stranger)
        token = self.token_of(stranger.partner_id, stranger)
        self.assertEqual(self.say(text=f"/start {token}").partner_id, stranger.partner_id)
        told = stranger.partner_id.kala_send("telegram", body="A lead was assigned to you")
        self.assertEqual(told.contact_value, "501")

    def test_link_is_not_given(self):
        """Nobody brings a link of his own into the dialog, to have it sent in our name."""
        wizards = self.env["kala.invite"].with_context(
            active_model="crm.lead", active_id=self.lead(phone=PHONE).id
        )
        wizard = wizards.create({"link": "https://evil.example"})
        wizard.write({"link": "https://evil.example"})
        self.assertFalse(wizard.link)

    def test_no_bot(self):
        self.bot._set_state("draft")
        with self.assertRaisesRegex(UserError, "No connection here can invite"):
            self.token_of(self.lead(phone=PHONE))

    def test_link_is_sent(self):
        """The link goes out by a channel that reaches the contact already."""
        lead = self.lead(phone=PHONE)
        wizard = (
            self.env["kala.invite"]
            .with_context(active_model="crm.lead", active_id=lead.id)
            .create({})
        )
        wizard.action_make()
        composer = self.env["kala.composer"].browse(wizard.action_send()["params"]["composer"])
        self.assertEqual(composer.channel, "sms")
        self.assertIn(wizard.link, composer.body)

    # ------------------------------------------------------------------ what comes in

    def test_album_is_one_message(self):
        """Pictures that were sent as one are one message with all files, however they come."""
        first, second, third = (
            self.update(photo=[{"file_id": n, "file_size": 1}], media_group_id="A", **values)
            for n, values in (("1", {}), ("2", {"caption": "The roof"}), ("3", {}))
        )
        together = self.receive(first, second)
        self.assertEqual(len(together), 1)
        self.assertEqual(self.receive(third), together)
        files = [file["provider_id"] for file in together.extra["files"]]
        self.assertEqual((files, together.body), (["1", "2", "3"], "The roof"))
        # A poll brings again what a call brought already.
        self.push_raw(json.dumps({"ok": True, "result": [third]}).encode(), self.bot)
        self.run_inbox()
        self.assertEqual(len(together.extra["files"]), 3)
        self.assertEqual(together.lead_id.kala_communication_ids, together)

    def test_blocked_and_back(self):
        """CO2: who blocks the bot gets nothing more; with proof; until he starts it again."""
        lead = self.say(text="hi").lead_id
        kicked = {"chat": {"id": 501, "type": "private"}, "new_chat_member": {"status": "kicked"}}
        self.receive(self.update("my_chat_member", **kicked))
        with self.assertRaisesRegex(UserError, "opted out"):
            lead.kala_send("telegram", body="x")
        proof = self.env["kala.consent"].search([("contact_value", "=", "501")], limit=1)
        self.assertIn("blocked the bot", proof.origin)
        kicked["new_chat_member"] = {"status": "member"}
        self.receive(self.update("my_chat_member", **kicked))
        self.assertTrue(lead.kala_send("telegram", body="x"))

    def test_edit(self):
        first = self.update(text="At 6")
        message = self.receive(first)
        number = first["message"]["message_id"]
        self.receive(
            self.update("edited_message", text="At 7", message_id=number, edit_date=1764400000)
        )
        self.assertEqual((message.edited_body, message.body), ("At 7", "At 6"))

    def test_group_makes_no_lead(self):
        self.bot_line.group_messages = "log"
        group = {"id": -1001234567890123, "type": "supergroup", "title": "Builders"}
        message = self.say(text="hi", chat=group)
        self.assertFalse(message.res_model)
        self.assertEqual(message.contact_value, "-1001234567890123")

    # ------------------------------------------------------------------ what goes out

    def prepare(self, message):
        request = self.bot._provider()._prepare_send(message.sudo())
        self.assertIsInstance(request, SendRequest)
        return request

    def test_answer_quotes(self):
        first = self.update(text="hi")
        message = self.receive(first)
        sent = message.lead_id.kala_send("telegram", body="Hello")
        sent.sudo().reply_to_uid = message.provider_uid
        request = self.prepare(sent)
        self.assertEqual(request.json["chat_id"], "501")
        self.assertEqual(
            request.json["reply_parameters"]["message_id"], first["message"]["message_id"]
        )

    def test_asks_for_the_number(self):
        """MA8: one press of the user, one press of the contact."""
        message = self.say(text="hi")
        message.action_ask_number()
        asked = message.lead_id.kala_communication_ids - message
        button = self.prepare(asked).json["reply_markup"]["keyboard"][0][0]
        self.assertIs(button["request_contact"], True)
        sms = self.incoming(sender=PHONE, text="x")
        with self.assertRaisesRegex(UserError, "Only a contact on Telegram"):
            sms.action_ask_number()

    def test_phone_is_no_address(self):
        """A bot cannot write first: the sentence says what to do."""
        lead = self.lead(phone=PHONE)
        with self.assertRaises(UserError):
            lead.kala_send("telegram", body="x")

    def test_large_file(self):
        """A file of 25 MB is taken out of the chat by hand: bots get 20 MB at most."""
        large = {"file_id": "d", "file_name": "film.mov", "file_size": 25 * 1024 * 1024}
        message = self.say(document=large)
        with self.job() as env:
            env["kala.communication"]._cron_fetch_files()
        self.env.invalidate_all()
        self.assertEqual(message.files_state, "failed")
        self.assertIn("20 MB", message.files_error)

    def test_limits_of_mass_sends(self):
        """BR3: bots may send about 30 messages a second to all chats together, and one a second to
        the same chat (docs/providers.md, 8); the check says when it will end."""
        leads = self.env["crm.lead"]
        for who in range(601, 604):
            leads |= self.say(who=who, text="hi").lead_id
        mass = self.env["kala.mass.send"].create(
            {
                "name": "News",
                "model": "crm.lead",
                "record_ids": leads.ids,
                "channel": "telegram",
                "body": "Our new tours",
            }
        )
        mass.action_check()
        counts = {name: count for name, count in mass.check_counts.items() if count}
        self.assertEqual(counts, {"ok": 3})
        self.assertIn("it ends about", mass.check_summary)
        provider = self.bot._provider()
        self.assertLessEqual(provider._rate_per_second, 30)
        self.assertGreaterEqual(provider._pair_seconds, 1)
        with self.job() as env:
            pace = env["kala.line.pace"]
            waits = [
                pace._reserve(self.bot_line.id, count, provider._rate_per_second, 60)
                for count in (25, 1)
            ]
        self.assertGreater(waits[1], waits[0] + 0.5, "25 messages take a second of the line")

    # ------------------------------------------------------------------ the connection

    def test_webhook_or_poll(self):
        """Telegram calls us where we can be reached; else we ask it, and never both."""
        provider, base = self.bot._provider(), self.env["ir.config_parameter"].sudo()
        base.set_param("web.base.url", "https://crm.galil.example.com")
        [request] = provider._prepare_webhook(self.bot, 0, {})
        self.assertTrue(request.url.endswith("/setWebhook"))
        self.assertEqual(request.json["url"], self.bot.webhook_url)
        self.assertEqual(provider._prepare_polls(self.bot, None, None), [])
        secret = request.json["secret_token"]
        self.assertRegex(secret, r"^[\w-]{1,256}$")
        self.assertNotIn(self.bot.webhook_token, secret)
        for given, expected in ((secret, True), (secret[:-1], False), ("", False)):
            inbound = InboundRequest(
                "POST", "", {"x-telegram-bot-api-secret-token": given}, (), b"{}"
            )
            self.assertIs(provider._verify(self.bot, inbound), expected)
        base.set_param("web.base.url", "http://localhost:8069")
        [request] = provider._prepare_webhook(self.bot, 0, {})
        self.assertTrue(request.url.endswith("/deleteWebhook"))
        self.bot.polled_to = "43"
        [request] = provider._prepare_polls(self.bot, None, None)
        self.assertEqual(request.json["offset"], 43)

    def test_no_token_is_refused(self):
        """SC1: no secret configured = refused."""
        self.bot.telegram_bot_token = False
        inbound = InboundRequest("POST", "", {}, (), b"{}")
        self.assertFalse(self.bot._provider()._verify(self.bot, inbound))
