"""What Messenger's events and answers say (ME1, ME4, docs/providers.md, 7), without a database."""

import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)

from ..tools import answers
from ..tools.events import EventReader

PSID, PAGE = "9876543210123456", "200000000001"


def say(source, **values):
    """A translator that translates nothing."""
    return source % values if values else source


def part(**values):
    return {
        "sender": {"id": PSID},
        "recipient": {"id": PAGE},
        "timestamp": 1764400000000,
        **values,
    }


def payload(*parts, what="page", name="messaging"):
    return {"object": what, "entry": [{"id": PAGE, "time": 1764400000000, name: list(parts)}]}


def reader_of(*parts, **values):
    reader = EventReader(say)
    reader.read_payload(payload(*parts, **values))
    return reader


def read(*parts, **values):
    return reader_of(*parts, **values).items


def said(**message):
    [one] = read(part(message={"mid": "m_1", **message}))
    return one


def attachment(kind, **values):
    return {"type": kind, "payload": values}


#: What a message carries → (kind, body, kinds of the files).
CONTENTS = [
    ({"text": "Is it free?"}, ("text", "Is it free?", [])),
    ({"text": "שלום"}, ("text", "שלום", [])),
    ({"text": "Red", "quick_reply": {"payload": "RED"}}, ("text", "Red", [])),
    (
        {"attachments": [attachment("image", url="https://scontent.fbcdn.net/a.jpg")] * 3},
        ("file", "", ["image"] * 3),
    ),
    ({"attachments": [attachment("video", url="https://x/a.mp4")]}, ("file", "", ["video"])),
    ({"attachments": [attachment("audio", url="https://x/a.mp4")]}, ("file", "", ["audio"])),
    ({"attachments": [attachment("file", url="https://x/a.pdf")]}, ("file", "", ["document"])),
    (
        {"attachments": [attachment("image", url="https://x/s.png", sticker_id=369239263222822)]},
        ("file", "", ["image"]),
    ),
    ({"attachments": [attachment("sticker", url="https://x/s.png")]}, ("file", "", ["sticker"])),
    ({"attachments": [attachment("ig_reel", url="https://x/r.mp4")]}, ("file", "", ["video"])),
    (
        {"attachments": [{"type": "fallback", "title": "Shop", "payload": {"url": "https://s"}}]},
        ("text", "Shop\nhttps://s", []),
    ),
    (
        {"attachments": [attachment("location", coordinates={"lat": 32.5, "long": 35.1})]},
        ("text", "Location\nhttps://maps.google.com/?q=32.5,35.1", []),
    ),
    (
        {"attachments": [attachment("template")]},
        (
            "unsupported",
            "A message that cannot be shown here (template). Ask the sender to write it in "
            "another way.",
            [],
        ),
    ),
]
SENSELESS = [
    None,
    7,
    [],
    {},
    {"object": "page"},
    {"object": "whatsapp_business_account", "entry": []},
    {"object": "page", "entry": [7]},
    payload(7),
    payload(part(message=None)),
    payload(part(message={})),
    payload({"message": {"mid": "m_1", "text": "x"}}),
    payload(part(read={})),
    payload(part(reaction={})),
    payload(part(message_edit={"text": "x"})),
]


@tagged("post_install", "-at_install")
class TestEvents(BaseCase):
    def test_contents(self):
        for message, expected in CONTENTS:
            with self.subTest(**message):
                one = said(**message)
                self.assertEqual((one.kind, one.body, [f.kind for f in one.files]), expected)
                self.assertEqual(
                    (one.channel, one.contact_kind, one.contact_value, one.line_external_id),
                    ("messenger", "messenger", PSID, PAGE),
                )
                self.assertEqual(IncomingMessage.from_json(one.to_json()).uid, "m_1")

    def test_instagram_and_standby(self):
        """ME4: Instagram through the same app; standby is what another app handles."""
        message = {"message": {"mid": "m_1", "text": "hi"}}
        [one] = read(part(**message), what="instagram")
        self.assertEqual((one.channel, one.contact_kind), ("instagram", "instagram"))
        [other] = read(part(**message), name="standby")
        self.assertEqual(other.body, "hi")

    def test_reply_and_choice(self):
        one = said(text="yes", reply_to={"mid": "m_0"}, quick_reply={"payload": "Y"})
        self.assertEqual((one.reply_to, one.choice), ("m_0", "Y"))

    def test_echo(self):
        """What was typed in the page's inbox is outgoing; our own is known by our key."""
        echo = {"mid": "m_2", "text": "We will call", "is_echo": True}
        [typed] = read(
            part(sender={"id": PAGE}, recipient={"id": PSID}, message={**echo, "app_id": 5})
        )
        self.assertEqual((typed.echo, typed.contact_value, typed.echo_key), (True, PSID, ""))
        [ours] = read(
            part(sender={"id": PAGE}, recipient={"id": PSID}, message={**echo, "metadata": "k7"})
        )
        self.assertEqual(ours.echo_key, "k7")
        self.assertEqual(said(text="x", metadata="k7").echo_key, "", "a contact brings none")

    def test_postback(self):
        [one] = read(part(postback={"mid": "m_3", "title": "Prices", "payload": "PRICES"}))
        self.assertEqual((one.kind, one.body, one.choice), ("text", "Prices", "PRICES"))
        [two] = read(part(postback={"title": "Prices"}))
        self.assertTrue(two.uid)

    def test_referral(self):
        """RE1: a link of a campaign and an advertisement are kept like one another; a link of
        ours says whose it is (MA8)."""
        [ad] = read(
            part(
                message={
                    "mid": "m_1",
                    "text": "hi",
                    "referral": {"ad_id": "77", "ads_context_data": {"ad_title": "Roofs"}},
                }
            )
        )
        self.assertEqual((ad.ad_id, ad.ad_name), ("77", "Roofs"))
        [link] = read(part(referral={"ref": "spring", "source": "SHORTLINK"}))
        self.assertEqual((link.kind, link.ad_id, link.ad_name), ("system", "ref:spring", "spring"))
        [ours] = read(part(postback={"title": "Start", "referral": {"ref": "k_AbC-1"}}))
        self.assertEqual((ours.invitation, ours.ad_id), ("AbC-1", ""))

    def test_reaction_and_edit(self):
        [like] = read(part(reaction={"mid": "m_1", "action": "react", "emoji": "❤"}))
        self.assertEqual(
            (like.kind, like.body, like.target_uid), ("reaction", "Reacted with ❤", "m_1")
        )
        [gone] = read(part(reaction={"mid": "m_1", "action": "unreact"}))
        self.assertEqual(gone.body, "Removed the reaction.")
        [edit] = read(part(message_edit={"mid": "m_1", "text": "At 7", "num_edit": 1}))
        self.assertEqual((edit.kind, edit.target_uid, edit.edited_body), ("edit", "m_1", "At 7"))
        revoked = said(is_deleted=True)
        self.assertEqual((revoked.kind, revoked.target_uid), ("revoke", "m_1"))

    def test_reports(self):
        reports = read(part(delivery={"mids": ["m_1", "m_2"], "watermark": 1764400000000}))
        self.assertEqual([type(one) for one in reports], [DeliveryReport] * 2)
        self.assertEqual([(r.uid, r.state) for r in reports][1], ("m_2", "delivered"))
        [mark] = reader_of(part(read={"watermark": 1764400000000})).watermarks
        self.assertEqual((mark.contact, mark.state), (PSID, "read"))
        [mark] = reader_of(part(delivery={"watermark": 1764400000000})).watermarks
        self.assertEqual(mark.state, "delivered")

    def test_opt_ins_say_nothing(self):
        self.assertEqual(read(part(optin={"ref": "x"})), [])

    def test_senseless(self):
        for body in SENSELESS:
            with self.subTest(payload=body):
                reader = EventReader(say)
                reader.read_payload(body)
                self.assertEqual([type(one) for one in reader.items], [Unusable])

    def test_bad_part_beside_good_ones(self):
        good = part(message={"mid": "m_1", "text": "x"})
        found = read(good, 7, part(message={}), part(message={"mid": "m_2", "text": "y"}))
        self.assertEqual(
            [type(one) for one in found], [IncomingMessage, Unusable, Unusable, IncomingMessage]
        )


#: (code, subcode) → failure kind.
REFUSALS = [
    (10, 2018278, "window"),
    (10, 2534022, "window"),
    (10, None, "connection"),
    (200, None, "connection"),
    (190, 463, "connection"),
    (551, None, "address"),
    (100, 2018001, "address"),
    (100, 2018108, "address"),
    (100, 1545041, "address"),
    (100, None, "rejected"),
    (4, None, "limit"),
    (613, None, "limit"),
    (80006, None, "limit"),
    (2, None, "temporary"),
    (1200, None, "temporary"),
]


@tagged("post_install", "-at_install")
class TestAnswers(BaseCase):
    def answer(self, values, status=200):
        return HttpAnswer(status, {}, values if isinstance(values, str) else json.dumps(values))

    def test_refusals(self):
        for code, subcode, kind in REFUSALS:
            with self.subTest(code=code, subcode=subcode):
                error = {"message": "Said no", "code": code}
                if subcode:
                    error["error_subcode"] = subcode
                result = answers.read_send(self.answer({"error": error}, 400))
                self.assertEqual((result.failure_kind, result.code), (kind, str(code)))
                self.assertIn("Said no", result.failure_reason)

    def test_accepted_and_garbage(self):
        sent = answers.read_send(self.answer({"recipient_id": PSID, "message_id": "m_9"}))
        self.assertEqual((sent.state, sent.provider_uid), ("sent", "m_9"))
        for body in ("<html>", "[]", "{}", {"message_id": None}):
            self.assertIsNone(answers.read_send(self.answer(body)))

    def test_health(self):
        account = {"id": "17841400000000000", "username": "galil"}
        page = {"id": PAGE, "name": "Galil", "instagram_business_account": account}
        lines = answers.read_health(self.answer(page))["lines"]
        self.assertEqual([line["channel"] for line in lines], ["messenger", "instagram"])
        self.assertFalse(answers.read_health(self.answer({"error": {"code": 190}}, 401))["ok"])
