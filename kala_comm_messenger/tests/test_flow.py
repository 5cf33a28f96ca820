"""Messenger and Instagram through the whole core (ME1, ME4, WA6, MA8)."""

import itertools
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tools.inbound import InboundRequest

PSID, PAGE, ACCOUNT = "9876543210123456", "200000000001", "17841400000000000"
_mids = itertools.count(1)


@tagged("post_install", "-at_install")
class TestMessengerFlow(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        login = {"messenger_page_token": "EAApage", "messenger_app_secret": "secret"}
        cls.page = cls._make_connected("messenger", name="Galil", **login)
        cls.page_line, cls.account_line = (
            cls._add_line(cls.page, channel, name=f"Galil on {channel}", external_id=uid)
            for channel, uid in (("messenger", PAGE), ("instagram", ACCOUNT))
        )

    def receive(self, what="page", **values):
        line = PAGE if what == "page" else ACCOUNT
        part = {"sender": {"id": PSID}, "recipient": {"id": line}, **values}
        body = {"object": what, "entry": [{"id": line, "messaging": [part]}]}
        return self.posted(self.page, body)

    def say(self, text, what="page", **values):
        mid = f"m_{next(_mids)}"
        return self.receive(what, message={"mid": mid, "text": text, **values})

    def prepare(self, message):
        return self.page._provider()._prepare_send(message.sudo())

    def age_messages(self, hours):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_communication SET date = date - %s * interval '1 hour'", [hours]
        )
        self.env.invalidate_all()

    def test_answered(self):
        """ME1: a stranger writes, his lead is answered from the page he wrote to."""
        message = self.say("Is it free?")
        self.assertEqual((message.res_model, message.line_id), ("crm.lead", self.page_line))
        request = self.prepare(message.lead_id.kala_send("messenger", body="Yes"))
        self.assertTrue(request.url.endswith(f"/v23.0/{PAGE}/messages"))
        self.assertEqual(request.json["recipient"], {"id": PSID})
        self.assertEqual(request.json["messaging_type"], "RESPONSE")
        self.assertEqual(request.json["message"]["text"], "Yes")

    def test_instagram(self):
        """ME4: direct messages of Instagram are answered on Instagram."""
        message = self.say("hi", what="instagram")
        self.assertEqual((message.channel, message.line_id), ("instagram", self.account_line))
        request = self.prepare(message.lead_id.kala_send("instagram", body="Yes"))
        self.assertTrue(request.url.endswith(f"/v23.0/{ACCOUNT}/messages"))
        with self.assertRaises(UserError):
            message.lead_id.kala_send("messenger", body="x")

    def test_how_long_a_text_may_be(self):
        """ME1, ME4: Messenger counts letters, Instagram bytes: a Hebrew letter is two."""
        #: letter, how many, whether Messenger takes them, whether Instagram does
        table = [
            ("a", 1000, True, True),
            ("a", 1001, True, False),
            ("a", 2001, False, False),
            ("ש", 500, True, True),
            ("ש", 501, True, False),
            ("😀", 251, True, False),
        ]
        leads = {what: self.say("hi", what).lead_id for what in ("page", "instagram")}
        for letter, count, *taken in table:
            for (what, lead), is_taken in zip(leads.items(), taken, strict=True):
                channel = "messenger" if what == "page" else what
                with self.subTest(letter=letter, count=count, channel=channel):
                    message = lead.kala_send(channel, body=letter * count).sudo()
                    refused = self.page._provider()._check(message)
                    self.assertEqual(refused is None, is_taken)
                    if refused:
                        self.assertIn("Shorten it", refused.failure_reason)

    def test_window_closes(self):
        """WA6: after 24 hours the sentence comes before the provider's."""
        lead = self.say("hi").lead_id
        self.age_messages(25)
        with self.assertRaisesRegex(UserError, "no message until he writes again"):
            lead.kala_send("messenger", body="x")

    def test_human_agent(self):
        """ME1: with Meta's tag a person answers for seven days; automatic messages do not."""
        lead = self.say("hi").lead_id
        self.page.messenger_human_agent = True
        self.age_messages(25)
        message = lead.with_user(self.manager).kala_send("messenger", body="Sorry for the wait")
        request = self.prepare(message)
        self.assertEqual(
            (request.json["messaging_type"], request.json["tag"]), ("MESSAGE_TAG", "HUMAN_AGENT")
        )
        rule = self.env["kala.gate"]
        hours = [
            rule._free_hours_of(self.page_line, "messenger", is_typed) for is_typed in (True, False)
        ]
        self.assertEqual(hours, [168, 24])
        self.age_messages(6 * 24)
        with self.assertRaisesRegex(UserError, "168 hours"):
            lead.with_user(self.manager).kala_send("messenger", body="x")

    def mass_of(self, leads, channel="messenger"):
        return self.env["kala.mass.send"].create(
            {
                "name": "News",
                "model": "crm.lead",
                "record_ids": leads.ids,
                "channel": channel,
                "body": "Our new tours",
            }
        )

    def test_mass_send_keeps_to_the_window(self):
        """ME1, BR2: Meta takes no advertising from a page outside of the window: a mass send
        reaches only who wrote in the last 24 hours, and says before it starts how many it does
        not reach and why; the tag for people who answer widens nothing."""
        self.page.messenger_human_agent = True
        for channel, what in (("messenger", "page"), ("instagram", "instagram")):
            with self.subTest(channel=channel):
                late = self.env["crm.lead"]
                for who in (f"31{channel}", f"32{channel}"):
                    message = {"mid": f"m_{next(_mids)}", "text": "hi"}
                    late |= self.receive(what, sender={"id": who}, message=message).lead_id
                self.age_messages(25)
                message = {"mid": f"m_{next(_mids)}", "text": "hi"}
                open_ = self.receive(what, sender={"id": f"33{channel}"}, message=message).lead_id
                mass = self.mass_of(late | open_, channel)
                mass.action_check()
                counts = {name: count for name, count in mass.check_counts.items() if count}
                self.assertEqual(counts, {"ok": 1, "window": 2})
                self.assertIn("1 will get it", mass.check_summary)
                self.assertIn("2 will not", mass.check_summary)
                self.assertIn("has not written in the last 24 hours", mass.check_summary)
                mass.action_start()
                self.run_mass_job()
                self.assertEqual(mass.communication_ids.lead_id, open_)
                self.assertEqual(set(mass.skip_ids.mapped("reason")), {"window"})

    def test_mass_send_counts_again_when_it_leaves(self):
        """WA6: whose window closes while a mass send waits gets nothing."""
        lead = self.say("hi").lead_id
        mass = self.mass_of(lead)
        mass.action_start()
        self.run_mass_job()
        self.age_messages(25)
        self.dispatch()
        self.env.invalidate_all()
        [message] = mass.communication_ids
        self.assertEqual((message.state, message.failure_kind), ("failed", "window"))

    def test_read_by_watermark(self):
        """DE1: all that was sent before a moment is read; what came later is not."""
        lead = self.say("hi").lead_id
        first, second = (
            self.log(
                lead,
                channel="messenger",
                direction="out",
                state="sent",
                provider_uid=uid,
                connection_id=self.page.id,
                contact_kind="messenger",
                contact_value=PSID,
                date=self.now + timedelta(hours=hours),
            )
            for uid, hours in (("m_a", 0), ("m_b", 2))
        )
        mark = int((first.date + timedelta(minutes=5)).timestamp() * 1000)
        self.receive(read={"watermark": mark})
        self.assertEqual((first.state, second.state), ("read", "sent"))

    def test_typed_in_the_page(self):
        """What somebody answers in the page's own inbox is in the log, as outgoing."""
        lead = self.say("hi").lead_id
        echo = {"mid": "m_echo", "text": "We call you", "is_echo": True, "app_id": 5}
        self.receive(sender={"id": PAGE}, recipient={"id": PSID}, message=echo)
        self.pass_time(120)
        self.run_inbox()
        typed = lead.kala_communication_ids.filtered(lambda c: c.direction == "out")
        self.assertEqual((typed.body, typed.origin), ("We call you", "phone"))

    def test_campaign(self):
        """RE1: a link of a campaign has its source, like a line's mapping."""
        source = self.env["utm.source"].create({"name": "Spring"})
        first = self.say("hi", referral={"ref": "spring"})
        ad = first.ad_id
        self.assertEqual(ad.name, "spring")
        ad.source_id = source
        other = {"sender": {"id": "555"}}
        mid = {"mid": "m_other", "text": "hi", "referral": {"ref": "spring"}}
        self.assertEqual(self.receive(message=mid, **other).lead_id.source_id, source)

    def test_invitation(self):
        order = self.order(self.customer(phone="+972502345678"))
        wizard = (
            self.env["kala.invite"]
            .with_context(active_model="sale.order", active_id=order.id)
            .create({"connection_id": self.page.id})
        )
        wizard.action_make()
        self.assertTrue(wizard.link.startswith(f"https://m.me/{PAGE}?ref=k_"))
        self.receive(referral={"ref": wizard.link.rpartition("ref=")[2]}, timestamp=1764400000000)
        self.assertEqual(self.say("When?").order_id, order)

    def test_challenge(self):
        """Meta asks whether the address is ours."""
        provider = self.page._provider()
        for token, expected in ((self.page.webhook_token, "77"), ("x", None), ("", None)):
            query = (
                ("hub.mode", "subscribe"),
                ("hub.verify_token", token),
                ("hub.challenge", "77"),
            )
            inbound = InboundRequest("GET", "", {}, query, b"")
            self.assertEqual(provider._answer_challenge(self.page, inbound), expected)
