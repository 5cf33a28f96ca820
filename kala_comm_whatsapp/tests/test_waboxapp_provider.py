"""How waboxapp's hook is verified, and what we ask of waboxapp (WA2, SC1)."""

import urllib.parse

from odoo.tests import TransactionCase, tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer

from .common import CUSTOMER, OUR_NUMBER, WhatsAppCommon, get, post


def form(**values):
    return post(
        urllib.parse.urlencode(values).encode(),
        content_type="application/x-www-form-urlencoded",
    )


@tagged("post_install", "-at_install")
class TestWaboxappProvider(WhatsAppCommon, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls.env["kala.provider.waboxapp"]
        cls.connection = cls.make_connection("waboxapp", wabox_token="tokén")
        cls.line = cls.make_line(cls.connection)

    def test_token(self):
        """SC1: the form carries the account's token; nothing else is let in."""
        for inbound, expected in (
            (form(event="ack", token="tokén"), True),
            (form(event="ack", token="token"), False),
            (form(event="ack", token=""), False),
            (form(event="ack"), False),
            (post(b""), False),
            (
                post(b'{"token": "tok\xc3\xa9n"}', content_type="application/json"),
                False,
            ),
            (post(b"token=%ff%00\xff"), False),
            (get(("token", "tokén")), False),
        ):
            with self.subTest(inbound=inbound):
                self.assertEqual(self.provider._verify(self.connection, inbound), expected)

    def test_no_token_is_refused(self):
        """SC1: without a token nothing can be proved, so everything is refused."""
        self.connection.wabox_token = False
        for token in ("", "False", "None"):
            self.assertFalse(self.provider._verify(self.connection, form(event="ack", token=token)))

    def test_parse(self):
        """WA2: the form is read as it comes, names with brackets and all."""
        inbound = form(
            **{
                "event": "message",
                "token": "tokén",
                "uid": OUR_NUMBER,
                "contact[uid]": CUSTOMER,
                "contact[name]": "דנה",
                "contact[type]": "user",
                "message[uid]": "3EB0",
                "message[dir]": "i",
                "message[type]": "chat",
                "message[body][text]": "שלום & <b>",
            }
        )
        (item,) = self.provider._parse(self.connection, inbound)
        self.assertEqual((item.contact_name, item.body), ("דנה", "שלום & <b>"))

    def test_request(self):
        """WA2: a text with our own id, which the acknowledgements repeat."""
        communication = self.make_outgoing(self.line)
        request = self.provider._prepare_send(communication)
        self.assertEqual(request.url, "https://www.waboxapp.com/api/send/chat")
        self.assertEqual(
            request.data,
            {
                "token": "tokén",
                "uid": OUR_NUMBER,
                "to": CUSTOMER,
                "custom_uid": communication._echo_key(),
                "text": "Hello",
            },
        )

    def test_refused_before_sending(self):
        """DE2: what cannot be sent is told at once, with what to do."""
        group = self.make_outgoing(
            self.line, contact_kind="whatsapp", contact_value="972502345678-14"
        )
        result = self.provider._prepare_send(group)
        self.assertEqual((result.state, result.failure_kind), ("failed", "address"))
        self.line.address = False
        result = self.provider._prepare_send(self.make_outgoing(self.line))
        self.assertEqual((result.state, result.failure_kind), ("failed", "sender"))

    def test_answers(self):
        """DE1, DE2: what waboxapp documents, and nothing else."""
        for status, text, expected in (
            (200, '{"success": true, "custom_uid": "k"}', ("sent", "")),
            (403, '{"error": "Invalid token"}', ("failed", "connection")),
            (400, '{"error": "to is required"}', ("failed", "rejected")),
            (200, '{"success": false}', None),
            (200, "", None),
            (200, "[]", None),
            (400, "<html>", None),
            (500, '{"error": "x"}', None),
        ):
            with self.subTest(status=status, text=text):
                result = self.provider._read_send(HttpAnswer(status, {}, text))
                self.assertEqual(result and (result.state, result.failure_kind), expected)

    def test_health(self):
        """WA5: the state of our number; without a line there is nothing to ask."""
        request = self.provider._prepare_health(self.connection)
        self.assertEqual(request.url, f"https://www.waboxapp.com/api/status/{OUR_NUMBER}")
        self.assertEqual((request.method, request.params), ("GET", {"token": "tokén"}))
        for status, text, ok in (
            (200, '{"success": true, "uid": "1"}', True),
            (200, '{"success": false}', False),
            (403, '{"error": "Invalid token"}', False),
            (200, "<html>", False),
        ):
            with self.subTest(status=status, text=text):
                health = self.provider._read_health(HttpAnswer(status, {}, text))
                self.assertEqual(health["ok"], ok)
        for text, hook in (
            ('{"success": true, "hook_url": "https://x.example/hook"}', "https://x.example/hook"),
            ('{"success": true, "hook_url": null}', ""),
            ('{"success": true}', None),
        ):
            health = self.provider._read_health(HttpAnswer(200, {}, text))
            self.assertEqual(health["hook_url"], hook)
        other = self.line.copy({"address": "+972522345678", "external_id": False, "name": "Two"})
        self.assertEqual(
            {
                line: r.url.rpartition("/")[2]
                for line, r in self.provider._prepare_line_healths(self.connection)
            },
            {self.line: OUR_NUMBER, other: "972522345678"},
            "each phone is asked for",
        )
        (self.line | other).unlink()
        self.assertIsNone(self.provider._prepare_health(self.connection))

    def test_wa5_the_steps_of_the_bridge(self):
        """WA5: in this order, each once; where only receiving is broken, the hook URL first."""
        self.connection._set_state("error", "The phone is offline")
        self.connection.invalidate_recordset()
        bridge = ("reload the browser tab", "one tab", "WhatsApp program", "must be online")
        steps = self.connection.health_steps
        places = [steps.index(words) for words in (*bridge, "hook URL", "Resend all failed")]
        self.assertEqual(places, sorted(places))
        for words in bridge:
            self.assertEqual(steps.count(words), 1, words)
        self.connection._set_state("connected")
        self.connection.hook_fault = "The provider has no webhook address."
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.health, "out_only")
        steps = self.connection.health_steps
        self.assertLess(steps.index("hook URL"), steps.index("reload the browser tab"))
