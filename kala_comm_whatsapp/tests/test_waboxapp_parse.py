"""What waboxapp's hook says reaches the log (WA2, docs/providers.md, 2)."""

from datetime import datetime

from odoo.tests import BaseCase

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    Unusable,
)

from ..tools.waboxapp import HookReader
from .common import CUSTOMER, OUR_NUMBER, say


def form(**values):
    return {
        "event": "message",
        "token": "very-secret",
        "uid": OUR_NUMBER,
        "contact[uid]": CUSTOMER,
        "contact[name]": "Dana",
        "contact[type]": "user",
        "message[dtm]": "1749416383",
        "message[uid]": "3EB0ABCD",
        "message[cuid]": "",
        "message[dir]": "i",
        "message[type]": "chat",
        "message[body][text]": "Hello",
        "message[ack]": "3",
        **values,
    }


def content(kind, **parts):
    return {
        "message[type]": kind,
        "message[body][text]": "",
        **{f"message[body][{name}]": value for name, value in parts.items()},
    }


URL = "https://files.example.com/f"
#: form → (kind, body, files)
CONTENTS = [
    (content("chat", text="Hello\nthere"), ("text", "Hello\nthere", ())),
    (
        content("image", caption="Roof", mimetype="image/jpeg", size="52", url=URL),
        (
            "file",
            "Roof",
            (InboundFile(kind="image", mimetype="image/jpeg", url=URL, size=52),),
        ),
    ),
    (
        content("ptt", mimetype="audio/ogg; codecs=opus", size="x", url=URL),
        ("file", "", (InboundFile(kind="audio", mimetype="audio/ogg", url=URL),)),
    ),
    (
        content("document", caption="offer.pdf", url=URL),
        (
            "file",
            "offer.pdf",
            (InboundFile(kind="document", name="offer.pdf", url=URL),),
        ),
    ),
    (content("video", url=URL), ("file", "", (InboundFile(kind="video", url=URL),))),
    (
        content("vcard", contact="Noa", vcard="BEGIN:VCARD\nTEL:+972502345678"),
        ("contact", "Contact: Noa\nBEGIN:VCARD\nTEL:+972502345678", ()),
    ),
    (
        content("location", name="Office", lat="32.1", lng="34.8"),
        ("location", "Location\nOffice\nhttps://maps.google.com/?q=32.1,34.8", ()),
    ),
]
#: What has nothing readable is kept and says so.
UNREADABLE = [
    (content("image"), "image"),
    (content("poll", text="x"), "poll"),
    (content("chat"), "chat"),
    (content(""), "unknown"),
]

#: ack → state
ACKS = [("1", "sent"), ("2", "delivered"), ("3", "read"), ("-1", "-1")]

UNUSABLE = [
    {},
    {"event": "party", "token": "very-secret"},
    form(**{"message[uid]": ""}),
    form(**{"contact[uid]": ""}),
    {"event": "ack", "token": "very-secret", "uid": OUR_NUMBER, "ack": "1"},
    {"event": "ack", "token": "very-secret", "muid": "3EB0", "cuid": "k"},
]


class TestWaboxappParse(BaseCase):
    def read_all(self, values):
        return HookReader(say).read_form(values)

    def read_one(self, values):
        (item,) = self.read_all(values)
        return item

    def test_message(self):
        """WA2: a customer's message, with who, when and to which of our numbers."""
        item = self.read_one(form())
        self.assertIsInstance(item, IncomingMessage)
        self.assertEqual(item.uid, "3EB0ABCD")
        self.assertEqual(item.body, "Hello")
        self.assertEqual(
            (item.contact_kind, item.contact_value, item.contact_name),
            ("phone", "+972502345678", "Dana"),
        )
        self.assertEqual(item.line_external_id, OUR_NUMBER)
        self.assertEqual(item.line_address, f"+{OUR_NUMBER}")
        self.assertEqual(item.date, datetime(2025, 6, 8, 20, 59, 43))
        self.assertFalse(item.echo)

    def test_contents(self):
        """WA2, WA4: every type has a clear body; files say where they are."""
        for values, expected in CONTENTS:
            with self.subTest(values=values):
                item = self.read_one(form(**values))
                self.assertEqual((item.kind, item.body, item.files), expected)
        for values, named in UNREADABLE:
            with self.subTest(values=values):
                item = self.read_one(form(**values))
                self.assertEqual(item.kind, "unsupported")
                self.assertIn(f"({named})", item.body)

    def test_echo(self):
        """WA2: what was typed on the phone is outgoing; ours comes back with our id."""
        item = self.read_one(form(**{"message[dir]": "o"}))
        self.assertTrue(item.echo)
        self.assertEqual(item.echo_key, "")
        own = self.read_one(form(**{"message[dir]": "o", "message[cuid]": "key"}))
        self.assertEqual((own.echo, own.echo_key), (True, "key"))

    def test_group(self):
        """A group's id never becomes a phone number."""
        for uid, kind in (
            ("972502345678-1400000000", "group"),
            ("972502345678", "group"),
            ("120363000000000000@g.us", "user"),
        ):
            with self.subTest(uid=uid, kind=kind):
                item = self.read_one(form(**{"contact[uid]": uid, "contact[type]": kind}))
                self.assertEqual(item.contact_kind, "whatsapp")
                self.assertEqual(item.contact_value, uid)

    def test_acks(self):
        """DE1: what the phone knows of a message, found by our id or WhatsApp's."""
        for ack, state in ACKS:
            with self.subTest(ack=ack):
                item = self.read_one({"event": "ack", "muid": "3EB0", "cuid": "key", "ack": ack})
                self.assertIsInstance(item, DeliveryReport)
                self.assertEqual((item.uid, item.key, item.state), ("3EB0", "key", state))
        self.assertEqual(self.read_all({"event": "ack", "muid": "3EB0", "ack": "0"}), [])

    def test_unusable(self):
        """AD3: what cannot be understood is kept with a reason, under a steady key."""
        for values in UNUSABLE:
            with self.subTest(values=values):
                item = self.read_one(values)
                self.assertIsInstance(item, Unusable)
                self.assertEqual(item, self.read_one(dict(values)))

    def test_secrets_are_dropped(self):
        """SC2: the account's token stays out of the log."""
        for values in [form(), *UNUSABLE]:
            with self.subTest(values=values):
                self.assertNotIn("very-secret", repr(self.read_one(values).to_json()))

    def test_thumbnail_is_dropped(self):
        item = self.read_one(form(**content("image", url=URL, thumb="aGVsbG8=" * 99)))
        self.assertNotIn("message[body][thumb]", item.extra)
