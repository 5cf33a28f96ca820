"""What Viber's callbacks and answers say (ME3, docs/providers.md, 9), without a database."""

import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)
from odoo.addons.kala_comm.tools.signature import is_signed

from ..tools import answers
from ..tools.callbacks import CallbackReader

DANA = {"id": "01234567890A=", "name": "Dana Levi", "country": "IL", "language": "he"}
TOKEN = 4912661846655238145
#: A vector that Viber publishes (docs/providers.md, 9).
VECTOR_TOKEN = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"
VECTOR_BODY = b'{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
VECTOR_SIGNATURE = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"


def say(source, **values):
    """A translator that translates nothing."""
    return source % values if values else source


def read(payload, bot=""):
    return CallbackReader(say, bot).read_payload(payload)


def callback(event, **values):
    return {"event": event, "timestamp": 1764400000000, "message_token": TOKEN, **values}


def message(**values):
    return callback("message", sender=DANA, message=values)


#: What a message is → (kind, body, kinds of the files).
CONTENTS = [
    ({"type": "text", "text": "Is it free?"}, ("text", "Is it free?", [])),
    ({"type": "text", "text": "שלום"}, ("text", "שלום", [])),
    (
        {"type": "picture", "text": "Roof", "media": "https://dl-media.viber.com/a.jpg"},
        ("file", "Roof", ["image"]),
    ),
    ({"type": "video", "media": "https://x/a.mp4", "size": 9}, ("file", "", ["video"])),
    (
        {"type": "file", "media": "https://x/a", "file_name": "a.pdf", "size": 9},
        ("file", "", ["document"]),
    ),
    ({"type": "sticker", "media": "https://x/s.png"}, ("file", "", ["sticker"])),
    ({"type": "sticker", "sticker_id": 5}, ("text", "A sticker", [])),
    ({"type": "url", "media": "https://shop.example"}, ("text", "https://shop.example", [])),
    (
        {"type": "location", "location": {"lat": 32.5, "lon": 35.1}},
        ("location", "Location\nhttps://maps.google.com/?q=32.5,35.1", []),
    ),
    (
        {"type": "contact", "contact": {"name": "Noa", "phone_number": "+972502345678"}},
        ("contact", "Contact: Noa\n+972502345678", []),
    ),
]
SENSELESS = [
    None,
    7,
    [],
    {},
    {"event": "hologram"},
    callback("message"),
    callback("message", sender=[], message=7),
    callback("delivered", message_token=None),
    callback("unsubscribed"),
    {"event": "message", "sender": DANA, "message": {"type": "text", "text": "x"}},
]


@tagged("post_install", "-at_install")
class TestCallbacks(BaseCase):
    def test_contents(self):
        for values, expected in CONTENTS:
            with self.subTest(**values):
                [one] = read(message(**values))
                self.assertEqual((one.kind, one.body, [f.kind for f in one.files]), expected)
                self.assertEqual((one.contact_value, one.contact_name), (DANA["id"], "Dana Levi"))
                self.assertEqual(one.uid, "4912661846655238145", "beyond 2^53, and exact")
                self.assertEqual(IncomingMessage.from_json(one.to_json()).uid, one.uid)

    def test_unreadable(self):
        [one] = read(message(type="hologram"))
        self.assertEqual(one.kind, "unsupported")

    def test_reports(self):
        for event, state in (("delivered", "delivered"), ("seen", "read"), ("failed", "failed")):
            [report] = read(callback(event, user_id=DANA["id"], desc="the device is gone"))
            self.assertIsInstance(report, DeliveryReport)
            self.assertEqual((report.uid, report.state), (str(TOKEN), state))
        self.assertEqual(report.failure_reason, "the device is gone")

    def test_subscription(self):
        """CO2: who unsubscribes has opted out."""
        [back] = read(callback("subscribed", user=DANA))
        [gone] = read(callback("unsubscribed", user_id=DANA["id"]))
        self.assertEqual([type(c) for c in (back, gone)], [ConsentChange] * 2)
        self.assertEqual((back.allowed, gone.allowed), (True, False))
        self.assertEqual({back.contact_value, gone.contact_value}, {DANA["id"]})

    def test_start(self):
        [start] = read(
            callback("conversation_started", user=DANA, context="AbC-1", subscribed=False)
        )
        self.assertEqual((start.kind, start.invitation), ("system", "AbC-1"))

    def test_silent(self):
        for event in ("webhook", "client_status", "action"):
            self.assertEqual(read(callback(event)), [])

    def test_senseless(self):
        for payload in SENSELESS:
            with self.subTest(payload=payload):
                self.assertEqual([type(one) for one in read(payload)], [Unusable])

    def test_signature(self):
        self.assertTrue(is_signed(VECTOR_TOKEN, VECTOR_BODY, VECTOR_SIGNATURE))
        for secret, body, given in (
            (VECTOR_TOKEN[:-1], VECTOR_BODY, VECTOR_SIGNATURE),
            (VECTOR_TOKEN, VECTOR_BODY + b" ", VECTOR_SIGNATURE),
            (VECTOR_TOKEN, VECTOR_BODY, VECTOR_SIGNATURE.upper()),
            (VECTOR_TOKEN, VECTOR_BODY, ""),
            (VECTOR_TOKEN, VECTOR_BODY, None),
            (VECTOR_TOKEN, VECTOR_BODY, "é"),
            ("", VECTOR_BODY, VECTOR_SIGNATURE),
        ):
            self.assertFalse(is_signed(secret, body, given))


#: ``status`` → failure kind; ids of the table of docs/providers.md, 9.
STATUSES = {
    1: "connection",
    2: "connection",
    3: "rejected",
    4: "rejected",
    5: "address",
    6: "consent",
    7: "connection",
    8: "connection",
    9: "connection",
    10: "connection",
    11: "address",
    12: "limit",
    13: "rejected",
    14: "rejected",
    99: "temporary",
}


@tagged("post_install", "-at_install")
class TestAnswers(BaseCase):
    def answer(self, values, status=200):
        return HttpAnswer(status, {}, values if isinstance(values, str) else json.dumps(values))

    def test_refused_with_200(self):
        """DE2: HTTP says 200, the status says why not."""
        for status, kind in STATUSES.items():
            result = answers.read_send(self.answer({"status": status, "status_message": "said no"}))
            self.assertEqual((result.failure_kind, result.code), (kind, str(status)))
            self.assertIn("said no", result.failure_reason)
        self.assertTrue(result.tries, "a general error is worth one more try")

    def test_accepted(self):
        sent = answers.read_send(self.answer({"status": 0, "message_token": TOKEN}))
        self.assertEqual((sent.state, sent.provider_uid), ("sent", str(TOKEN)))

    def test_garbage_tells_nothing(self):
        for body in ("<html>", "[]", "{}", {"status": 0}, {"status": "0"}, {"status": True}):
            self.assertIsNone(answers.read_send(self.answer(body)))

    def test_health(self):
        good = {"status": 0, "id": "pa:75346594275468546724", "name": "Galil", "uri": "galil"}
        found = answers.read_health(self.answer(good))
        self.assertEqual(found["lines"][0]["address"], "galil")
        self.assertFalse(answers.read_health(self.answer({"status": 2}))["ok"])
