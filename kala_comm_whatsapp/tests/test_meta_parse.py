"""What customers write reaches the log, whatever it is (WA1, AD3, MA6–MA8)."""

import copy
import json
from datetime import datetime

from odoo.tests import BaseCase

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    Unusable,
)

from ..tools.meta import WebhookReader
from .common import (
    BSUID,
    CUSTOMER,
    OUR_ID,
    OUR_NUMBER,
    load,
    meta_change,
    meta_payload,
    meta_text,
    say,
)

#: Meta's example → (kind, body, what else must be true of the item)
EXAMPLES = {
    "Text Message": ("text", "Does it come in another color?", {}),
    "Text Message with Context (Product Inquiry)": (
        "text",
        "Is this still available?",
        {"reply_to": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA"},
    ),
    "Text Message from Click to WhatsApp Ad": (
        "text",
        "Hello! Can I get more info on this?",
        {},
    ),
    "Reaction Message": (
        "reaction",
        "Reacted with 👍",
        {"target_uid": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0RTJEOTc2ODVERUY5RDlGNkYA"},
    ),
    "Image Message": (
        "file",
        "Taj Mahal",
        {
            "files": (
                InboundFile(
                    kind="image",
                    mimetype="image/jpeg",
                    provider_id="1003383421387256",
                ),
            )
        },
    ),
    "Location Message": (
        "location",
        (
            "Location\nPhilz Coffee\n101 Forest Ave, Palo Alto, CA 94301\n"
            "https://philzcoffee.com/\n"
            "https://maps.google.com/?q=37.44221496582,-122.16165924072"
        ),
        {},
    ),
    "Contact Sharing Message": (
        "contact",
        "Contact: Lucía Gómez\nGoogle\n+1 (983) 555-2319",
        {},
    ),
    "Unsupported Message": (
        "unsupported",
        (
            "A message that cannot be shown here (unsupported). Ask the sender to "
            "write it in another way.\n"
            "(131051) Message type unknown – Message type is currently not supported."
        ),
        {},
    ),
    "Button Message": (
        "text",
        "Unsubscribe",
        {"reply_to": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJFNjk2OTMwNEZCQjhGMzUyQUYA"},
    ),
    "Interactive List Reply Message": (
        "text",
        "Priority Mail Express\nNext Day to 2 Days",
        {"reply_to": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJGMzEyNzhENTZDMzNGODlDRDgA"},
    ),
    "Interactive Button Reply Message": (
        "text",
        "Cancel",
        {"reply_to": "wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA"},
    ),
    "Order Message": (
        "order",
        "Order from the catalogue\n2 × di9ozbzfi4 – 30 USD\n1 × nqryix03ez – 25 USD",
        {},
    ),
    "System Message": (
        "system",
        "Has a new phone number: +12195555358",
        {"contact_name": ""},
    ),
}
#: Meta's examples about groups' lives: nothing in them belongs in the log.
SILENT_EXAMPLES = (
    "Group Create Message",
    "Group Settings Update",
    "Group Remove Participants",
)

UNREADABLE = "A message that cannot be shown here (%s). Ask the sender to write it in another way."

#: Types that the examples do not show: what is in the message → (kind, body)
TYPES = [
    (
        {"type": "video", "video": {"id": "7", "mime_type": "video/mp4"}},
        ("file", ""),
    ),
    (
        {
            "type": "audio",
            "audio": {"id": "7", "mime_type": "audio/ogg; codecs=opus", "voice": True},
        },
        ("file", ""),
    ),
    (
        {"type": "sticker", "sticker": {"id": "7", "mime_type": "image/webp"}},
        ("file", ""),
    ),
    (
        {
            "type": "document",
            "document": {"id": "7", "filename": "offer.pdf", "caption": "As agreed"},
        },
        ("file", "As agreed"),
    ),
    # A file without an id cannot be fetched, but the customer did send something.
    ({"type": "image", "image": {}}, ("unsupported", UNREADABLE % "image")),
    (
        {"type": "reaction", "reaction": {"message_id": "wamid.0"}},
        ("reaction", "Removed the reaction."),
    ),
    (
        {"type": "location", "location": {"latitude": 32.1, "longitude": 34.8}},
        ("location", "Location\nhttps://maps.google.com/?q=32.1,34.8"),
    ),
    (
        {
            "type": "contacts",
            "contacts": [
                {"name": {"formatted_name": "A"}, "emails": [{"email": "a@b.c"}]},
                {"phones": [{"phone": "050-2345678"}], "urls": [{"url": "b.c"}]},
            ],
        },
        ("contact", "Contact: A\na@b.c\nContact: no name\n050-2345678\nb.c"),
    ),
    (
        {
            "type": "interactive",
            "interactive": {
                "type": "nfm_reply",
                "nfm_reply": {
                    "name": "flow",
                    "body": "Sent",
                    "response_json": '{"flow_token": "secret", "day": "Monday", '
                    '"seats": 2, "extras": ["חלון"]}',
                },
            },
        },
        ("text", 'Form filled in\nSent\nday: Monday\nseats: 2\nextras: ["חלון"]'),
    ),
    (
        {
            "type": "interactive",
            "interactive": {"nfm_reply": {"response_json": "not JSON"}},
        },
        ("text", "Form filled in"),
    ),
    # The body of an answer can be missing, paired with an error (docs/providers.md, 1.5).
    (
        {
            "type": "interactive",
            "errors": [{"code": 131000, "title": "Something went wrong"}],
        },
        (
            "unsupported",
            UNREADABLE % "interactive" + "\n(131000) Something went wrong",
        ),
    ),
    (
        {
            "type": "system",
            "system": {"type": "user_changed_user_id", "user_id": BSUID},
        },
        ("system", f"Has a new WhatsApp user id: {BSUID}"),
    ),
    (
        {
            "type": "system",
            "system": {"type": "customer_identity_changed", "body": "Identity changed"},
        },
        ("system", "Identity changed"),
    ),
    (
        {"type": "system", "system": {"type": "customer_identity_changed"}},
        ("system", "Notice from WhatsApp: customer_identity_changed"),
    ),
    (
        {"type": "unsupported", "unsupported": {"type": "poll"}},
        ("unsupported", UNREADABLE % "poll"),
    ),
    (
        {
            "type": "edit",
            "edit": {
                "original_message_id": "wamid.0",
                "message": {"type": "text", "text": {"body": "At nine"}},
            },
        },
        ("edit", "Edited: At nine"),
    ),
    (
        {
            "type": "edit",
            "edit": {"message": {"type": "edit", "edit": {"message": {}}}},
        },
        ("unsupported", UNREADABLE % "edit"),
    ),
    (
        {"type": "revoke", "revoke": {"original_message_id": "wamid.0"}},
        ("revoke", "Deleted a message."),
    ),
    ({"type": "hologram", "hologram": {}}, ("unsupported", UNREADABLE % "hologram")),
    ({"type": None}, ("unsupported", UNREADABLE % "unknown")),
    # The names of our own methods are no types.
    ({"type": "status"}, ("unsupported", UNREADABLE % "status")),
]

#: Who wrote → (contact_kind, contact_value, contact_uid, contact_name)
SENDERS = [
    (
        {"from": CUSTOMER},
        {"wa_id": CUSTOMER, "profile": {"name": "Dana"}},
        ("phone", "+972502345678", "", "Dana"),
    ),
    (
        {"from": CUSTOMER, "from_user_id": BSUID},
        {"wa_id": CUSTOMER, "user_id": BSUID, "profile": {"name": "Dana"}},
        ("phone", "+972502345678", BSUID, "Dana"),
    ),
    # A user name hides the number (docs/providers.md, 1.8).
    (
        {"from_user_id": BSUID},
        {"user_id": BSUID, "profile": {"username": "dana.b"}},
        ("whatsapp", BSUID, "", "dana.b"),
    ),
    ({}, {"user_id": BSUID}, ("whatsapp", BSUID, "", "")),
    ({}, {"wa_id": CUSTOMER, "user_id": BSUID}, ("phone", "+972502345678", BSUID, "")),
    # An id never becomes a phone number, wherever Meta puts it.
    ({"from": BSUID}, None, ("whatsapp", BSUID, "", "")),
    ({"from": CUSTOMER}, None, ("phone", "+972502345678", "", "")),
    # The id of a person and the number may differ: a lone card is the sender's.
    (
        {"from": "5491155550000"},
        {"wa_id": "541155550000", "profile": {"name": "Juan"}},
        ("phone", "+5491155550000", "", "Juan"),
    ),
    ({"from": "+972 50"}, None, ("whatsapp", "+972 50", "", "")),
]

#: What Meta says of a message → (state, failure kind, code)
STATUSES = [
    ({"status": "sent"}, ("sent", "", "")),
    ({"status": "delivered"}, ("delivered", "", "")),
    ({"status": "read"}, ("read", "", "")),
    ({"status": "played"}, ("read", "", "")),
    (
        {"status": "failed", "errors": [{"code": 131047, "title": "Re-engagement"}]},
        ("failed", "window", "131047"),
    ),
    (
        {"status": "failed", "errors": [{"code": 131050, "title": "Stopped"}]},
        ("failed", "consent", "131050"),
    ),
    ({"status": "failed"}, ("failed", "rejected", "")),
    ({"status": "failed", "errors": ["?"]}, ("failed", "rejected", "")),
    ({"status": "warehoused"}, ("warehoused", "", "")),
]

#: Payloads and parts of them that nothing can be made of (AD3).
UNUSABLE_PAYLOADS = [
    None,
    17,
    "text",
    [],
    {},
    {"object": "page", "entry": []},
    {"object": "whatsapp_business_account"},
    {"object": "whatsapp_business_account", "entry": {}},
    {"object": "whatsapp_business_account", "entry": [3]},
    {"object": "whatsapp_business_account", "entry": [{"id": "1"}]},
    {"object": "whatsapp_business_account", "entry": [{"changes": "no"}]},
    meta_payload(None),
    meta_payload({}),
    meta_payload({"field": "messages"}),
    meta_payload({"field": "messages", "value": [1]}),
    meta_payload(meta_change(messages={"0": meta_text()})),
    meta_payload(meta_change(messages=["text"])),
    meta_payload(meta_change(messages=[{}])),
    meta_payload(meta_change(messages=[meta_text(uid="")])),
    meta_payload(meta_change(messages=[meta_text(uid=None)])),
    meta_payload(meta_change(messages=[{"id": "wamid.1", "type": "text"}])),
    meta_payload(meta_change(statuses=[None])),
    meta_payload(meta_change(statuses=[{"status": "sent"}])),
    meta_payload(meta_change(statuses=[{"id": "wamid.1"}])),
    meta_payload(meta_change(errors=[{"code": 130429, "title": "Rate limit hit"}])),
]

#: Subjects of the webhook that belong in no log (docs/providers.md, 1.5).
SILENT_FIELDS = (
    "account_update",
    "calls",
    "history",
    "phone_number_quality_update",
    "user_preferences",
    "something_of_next_year",
)


def read(payload):
    return WebhookReader(say).read_payload(payload)


class TestMetaParse(BaseCase):
    def read_one(self, payload):
        (item,) = read(payload)
        return item

    def test_examples_of_meta(self):
        """WA1: every example of Meta's own contract becomes what it says."""
        examples = load("meta_webhook_examples.json")
        self.assertEqual(set(examples), {*EXAMPLES, *SILENT_EXAMPLES})
        for name, (kind, body, more) in EXAMPLES.items():
            with self.subTest(name):
                item = self.read_one(examples[name])
                self.assertIsInstance(item, IncomingMessage)
                self.assertEqual((item.kind, item.body), (kind, body))
                self.assertEqual(item.channel, "whatsapp")
                self.assertEqual(item.contact_value, "+16505551234")
                self.assertEqual(item.line_external_id, OUR_ID)
                self.assertEqual(item.line_address, f"+{OUR_NUMBER}")
                self.assertTrue(item.uid.startswith("wamid."))
                self.assertGreater(item.date, datetime(2025, 4, 1))
                for field, value in {"contact_name": "Sheena Nelson", **more}.items():
                    self.assertEqual(getattr(item, field), value)
        for name in SILENT_EXAMPLES:
            with self.subTest(name):
                self.assertEqual(read(examples[name]), [])

    def test_ad_click_is_kept(self):
        """What led the customer to us is kept with the message."""
        examples = load("meta_webhook_examples.json")
        item = self.read_one(examples["Text Message from Click to WhatsApp Ad"])
        self.assertEqual(item.extra["referral"]["headline"], "Chat with us")

    def test_types(self):
        """WA1: every type of message has a clear body; unknown ones are kept."""
        for content, expected in TYPES:
            with self.subTest(content=content):
                message = meta_text(**content)
                if content["type"] != "text":
                    del message["text"]
                item = self.read_one(meta_payload(meta_change(messages=[message])))
                self.assertEqual((item.kind, item.body), expected)
                if item.kind == "unsupported":
                    self.assertEqual(item.extra["type"], content["type"])

    def test_files(self):
        """WA4: a file is named, with what is needed to fetch it."""
        for content, file in (
            (
                {
                    "type": "audio",
                    "audio": {"id": 7, "mime_type": "audio/ogg; codecs=o"},
                },
                InboundFile(kind="audio", mimetype="audio/ogg", provider_id="7"),
            ),
            (
                {"type": "document", "document": {"id": "8", "filename": "a.pdf"}},
                InboundFile(kind="document", name="a.pdf", provider_id="8"),
            ),
        ):
            with self.subTest(content["type"]):
                change = meta_change(messages=[meta_text(**content)])
                self.assertEqual(self.read_one(meta_payload(change)).files, (file,))

    def test_senders(self):
        """MA6, MA8: the phone number where there is one, else the id; or both."""
        for who, card, expected in SENDERS:
            with self.subTest(who=who, card=card):
                message = meta_text()
                del message["from"]
                value = {"messages": [{**message, **who}]}
                if card:
                    value["contacts"] = [card]
                item = self.read_one(meta_payload(meta_change(**value)))
                self.assertEqual(
                    (
                        item.contact_kind,
                        item.contact_value,
                        item.contact_uid,
                        item.contact_name,
                    ),
                    expected,
                )

    def test_sender_among_several_cards(self):
        """Two senders in one batch keep their own names."""
        change = meta_change(
            contacts=[
                {"wa_id": "14155552671", "profile": {"name": "Ann"}},
                {"user_id": BSUID, "profile": {"name": "Dana"}},
                "broken",
            ],
            messages=[
                meta_text(uid="wamid.1", **{"from": "14155552671"}),
                meta_text(uid="wamid.2", from_user_id=BSUID),
                meta_text(uid="wamid.3"),
            ],
        )
        self.assertEqual(
            [item.contact_name for item in read(meta_payload(change))],
            ["Ann", "Dana", ""],
        )

    def test_typed_on_the_phone(self):
        """WA2, WA3: what we wrote with the phone's own app is logged as outgoing."""
        echo = meta_text("From the phone", to=CUSTOMER, to_user_id=BSUID)
        echo["from"] = OUR_NUMBER
        item = self.read_one(meta_payload(meta_change("smb_message_echoes", message_echoes=[echo])))
        self.assertTrue(item.echo)
        self.assertEqual(item.body, "From the phone")
        self.assertEqual(item.contact_value, "+972502345678")
        self.assertEqual(item.contact_uid, BSUID)

    def test_statuses(self):
        """DE1, DE2: reports carry state, our own id and the kind of failure."""
        for said, expected in STATUSES:
            with self.subTest(said=said):
                status = {
                    "id": "wamid.9",
                    "timestamp": "1749416383",
                    "recipient_id": CUSTOMER,
                    "recipient_user_id": BSUID,
                    "biz_opaque_callback_data": "our-key",
                    **said,
                }
                item = self.read_one(meta_payload(meta_change(statuses=[status])))
                self.assertIsInstance(item, DeliveryReport)
                self.assertEqual((item.state, item.failure_kind, item.code), expected)
                self.assertEqual((item.uid, item.key), ("wamid.9", "our-key"))
                self.assertEqual(item.extra["recipient_user_id"], BSUID)
                self.assertEqual(item.date, datetime(2025, 6, 8, 20, 59, 43))

    def test_batch(self):
        """Every message and status of every change of every entry is read, in order."""
        payload = meta_payload(
            meta_change(
                messages=[meta_text(uid="wamid.1"), meta_text(uid="wamid.2")],
                statuses=[{"id": "wamid.3", "status": "sent"}],
            ),
            meta_change("account_update"),
            meta_change(messages=[meta_text(uid="wamid.4")]),
        )
        payload["entry"].append(
            {"id": "2", "changes": [meta_change(messages=[meta_text(uid="wamid.5")])]}
        )
        self.assertEqual(
            [item.uid for item in read(payload)],
            ["wamid.1", "wamid.2", "wamid.3", "wamid.4", "wamid.5"],
        )

    def test_neighbours_of_a_bad_part_live_on(self):
        """AD3: one bad part is a dead letter, the others are messages."""
        payload = meta_payload(
            None,
            meta_change(messages=[7, {"type": "text"}, meta_text(uid="wamid.1")]),
        )
        payload["entry"] += [
            "?",
            meta_payload(meta_change(messages=[meta_text(uid="wamid.2")]))["entry"][0],
        ]
        items = read(payload)
        self.assertEqual(
            [item.uid for item in items if isinstance(item, IncomingMessage)],
            ["wamid.1", "wamid.2"],
        )
        bad = [item for item in items if isinstance(item, Unusable)]
        self.assertEqual(len({item.key for item in bad}), 4)

    def test_unusable(self):
        """AD3: what cannot be understood is kept with a reason, under a steady key."""
        for payload in UNUSABLE_PAYLOADS:
            with self.subTest(payload=payload):
                item = self.read_one(payload)
                self.assertIsInstance(item, Unusable)
                self.assertTrue(item.reason)
                self.assertEqual(item, self.read_one(copy.deepcopy(payload)))

    def test_re1_advertisement(self):
        """RE1: with and without a text of its own."""
        referral = {
            "headline": "Chat with us",
            "body": "Summer is here!",
            "source_id": "120226",
            "source_url": "https://fb.me/1",
            "source_type": "ad",
            "ctwa_clid": "Aff-n8",
        }
        words = "Came from the advertisement “Chat with us”\nSummer is here!\nhttps://fb.me/1"
        for content, body, details in (
            ({"text": {"body": "Hi"}}, "Hi", words),
            ({"text": {"body": ""}}, words, ""),
            ({"text": None}, words, ""),
            ({"type": None, "text": None}, words, ""),
            ({"type": "image", "image": {"id": "1"}}, "", words),
        ):
            with self.subTest(content):
                change = meta_change(messages=[meta_text(**content, referral=referral)])
                item = self.read_one(meta_payload(change))
                self.assertEqual((item.body, item.details), (body, details))
                self.assertEqual((item.ad_id, item.ad_name), ("120226", "Chat with us"))
                self.assertNotEqual(item.kind, "unsupported")
        for said, ad_id in (
            ({"source_id": " ", "source_url": "https://fb.me/1"}, "https://fb.me/1"),
            ({"source_id": 120226}, "120226"),
            ({"source_id": None}, ""),
        ):
            change = meta_change(messages=[meta_text(referral=said)])
            self.assertEqual(self.read_one(meta_payload(change)).ad_id, ad_id)
        change = meta_change(messages=[meta_text(type="hologram", referral=referral)])
        item = self.read_one(meta_payload(change))
        self.assertEqual((item.kind, item.details), ("unsupported", words))

    def test_whole_card(self):
        """What is on a card that was shared can be read."""
        card = {
            "name": {"formatted_name": "Noa"},
            "addresses": [{"street": "Dizengoff 1", "city": "Tel Aviv", "zip": 6433001}, "odd"],
            "birthday": "1990-05-01",
        }
        change = meta_change(messages=[meta_text(type="contacts", contacts=[card])])
        item = self.read_one(meta_payload(change))
        self.assertEqual(item.body, "Contact: Noa\nDizengoff 1, Tel Aviv, 6433001\n1990-05-01")

    def test_product_and_forwarded(self):
        product = {"catalog_id": "1948", "product_retailer_id": "di9oz"}
        context = {"id": "wamid.0", "referred_product": product, "forwarded": True}
        change = meta_change(messages=[meta_text("Is it blue?", context=context)])
        item = self.read_one(meta_payload(change))
        self.assertEqual(item.body, "Is it blue?")
        self.assertEqual(item.details, "Forwarded\nAbout the product di9oz of the catalogue 1948")

    def test_nobody_wrote_it(self):
        """The opening of a chat, and what was deleted, are no messages of a person."""
        for kind in ("request_welcome", "deleted"):
            change = meta_change(messages=[meta_text(type=kind, text=None)])
            item = self.read_one(meta_payload(change))
            self.assertEqual(item.kind, "system")
            self.assertNotIn("cannot be shown", item.body)

    def test_calls(self):
        """A call over WhatsApp that nobody took is somebody's to answer; other news of calls is
        none."""
        call = {
            "id": "wacid.1",
            "from": CUSTOMER,
            "to": OUR_NUMBER,
            "event": "terminate",
            "direction": "USER_INITIATED",
            "status": "FAILED",
            "timestamp": "1749416383",
        }
        for changed, kind in (
            ({}, "call"),
            ({"duration": 0, "status": ["COMPLETED"]}, "call"),
            ({"duration": 95, "status": "COMPLETED"}, "system"),
            ({"event": "connect", "session": {"sdp": "v=0"}}, None),
            ({"direction": "BUSINESS_INITIATED"}, None),
            ({"from": None}, None),
        ):
            with self.subTest(changed):
                items = read(meta_payload(meta_change("calls", calls=[{**call, **changed}])))
                self.assertEqual([item.kind for item in items], [kind] if kind else [])
                for item in items:
                    self.assertEqual(item.contact_value, f"+{CUSTOMER}")
                    self.assertTrue(item.body)

    def test_group(self):
        card = {"wa_id": CUSTOMER, "user_id": BSUID, "profile": {"name": "Dana"}}
        change = meta_change(messages=[meta_text(group_id="Y2FwaV9n")], contacts=[card])
        item = self.read_one(meta_payload(change))
        self.assertEqual(
            (
                item.group,
                item.contact_kind,
                item.contact_value,
                item.contact_uid,
                item.contact_name,
            ),
            ("Y2FwaV9n", "whatsapp", "Y2FwaV9n", "", "Dana"),
        )
        # Typed on the phone: there is nobody that it went to alone.
        typed = meta_text(group_id="Y2FwaV9n", **{"from": OUR_NUMBER})
        change = meta_change("smb_message_echoes", message_echoes=[typed])
        item = self.read_one(meta_payload(change))
        self.assertEqual((item.group, item.contact_value, item.echo), ("Y2FwaV9n",) * 2 + (True,))

    def test_ma8_changed_identities(self):
        """MA8: a notice says who it was and who it is, also where only the ids tell."""
        for system, sender, wanted in (
            (
                {"type": "user_changed_number", "wa_id": "972522345678"},
                {"from": "972502345678"},
                ("phone", "+972502345678", "+972522345678", ""),
            ),
            (
                {"type": "user_changed_number", "wa_id": "972522345678", "user_id": "IL.2"},
                {"from_user_id": "IL.1"},
                ("whatsapp", "IL.1", "+972522345678", "IL.2"),
            ),
            (
                {"type": "user_changed_user_id", "user_id": "IL.2", "previous_user_id": "IL.1"},
                {},
                ("whatsapp", "IL.1", "", "IL.2"),
            ),
            (
                {
                    "type": "customer_changed_number",
                    "new_wa_id": "972522345678",
                    "customer": "972502345678",
                },
                {},
                ("phone", "+972502345678", "+972522345678", ""),
            ),
            # Who he was before is not told: he is looked for by what he is now.
            (
                {"type": "user_changed_user_id", "user_id": "IL.2", "wa_id": "972502345678"},
                {},
                ("phone", "+972502345678", "+972502345678", "IL.2"),
            ),
            (
                {"type": "user_changed_user_id", "parent_user_id": "IL.ENT.2"},
                {"from": "972502345678"},
                ("phone", "+972502345678", "", "IL.ENT.2"),
            ),
            # It says that something changed, not into what.
            (
                {"type": "customer_identity_changed", "body": "x", "wa_id": "972522345678"},
                {"from": "972502345678"},
                ("phone", "+972502345678", "", ""),
            ),
        ):
            with self.subTest(system=system):
                message = {"id": "wamid.1", "type": "system", "system": system, **sender}
                item = self.read_one(meta_payload(meta_change(messages=[message])))
                found = (item.contact_kind, item.contact_value, item.new_value, item.new_uid)
                self.assertEqual((item.kind, found), ("system", wanted))

    def test_ma8_only_a_parent_id(self):
        message = {"id": "wamid.1", "type": "text", "text": {"body": "Hi"}}
        message["from_parent_user_id"] = "IL.ENT.1"
        item = self.read_one(meta_payload(meta_change(messages=[message])))
        self.assertEqual((item.contact_kind, item.contact_value), ("whatsapp", "IL.ENT.1"))

    def test_ma8_ones_own_number(self):
        """A card that somebody without a number sends of himself tells his number; that of
        somebody else does not."""
        number = {"phone": "+972 50-234-5678", "wa_id": "972502345678"}
        for shared, sender, told in (
            ({"phones": [number]}, {"from_user_id": "IL.1"}, "+972502345678"),
            ({"phones": [{"phone": "+972502345678"}]}, {"from_user_id": "IL.1"}, "+972502345678"),
            (
                {"name": {"formatted_name": "Dana"}, "user_id": "IL.1", "phones": [number]},
                {"from_user_id": "IL.1"},
                "+972502345678",
            ),
            (
                {"name": {"formatted_name": "My plumber"}, "phones": [number]},
                {"from_user_id": "IL.1"},
                "",
            ),
            ({"phones": [number]}, {"from": "972522345678"}, ""),
            # Known by the id of his company only: nothing says that the card is his.
            (
                {"name": {"formatted_name": "My plumber"}, "phones": [number]},
                {"from_parent_user_id": "IL.ENT.1"},
                "",
            ),
            ({"user_id": "IL.2", "phones": [number]}, {"from_user_id": "IL.1"}, ""),
            ({"phones": [number]}, {"from_user_id": "IL.1", "group_id": "Y2FwaV9n"}, ""),
            ({"phones": [number, number]}, {"from_user_id": "IL.1"}, ""),
        ):
            with self.subTest(shared=shared, sender=sender):
                message = {"id": "wamid.1", "type": "contacts", "contacts": [shared], **sender}
                item = self.read_one(meta_payload(meta_change(messages=[message])))
                self.assertEqual(item.new_value, told)
                self.assertIn("50", item.body)

    def test_choices_of_contacts(self):
        """CO2: who stops or resumes our advertising in his WhatsApp, by number, by id, or both."""
        said = {"category": "marketing_messages", "value": "stop", "timestamp": "1749416383"}
        for person, expected in (
            ({"wa_id": CUSTOMER}, ("phone", f"+{CUSTOMER}", "")),
            ({"user_id": BSUID}, ("whatsapp", BSUID, "")),
            ({"wa_id": CUSTOMER, "user_id": BSUID}, ("phone", f"+{CUSTOMER}", BSUID)),
        ):
            with self.subTest(person):
                change = meta_change(
                    "user_preferences", user_preferences=[{**said, **person, "detail": "Stopped"}]
                )
                item = self.read_one(meta_payload(change))
                self.assertEqual(
                    (item.contact_kind, item.contact_value, item.contact_uid), expected
                )
                self.assertEqual(
                    (item.channel, item.allowed, item.purpose, item.reason, item.date),
                    ("whatsapp", False, "marketing", "Stopped", datetime(2025, 6, 8, 20, 59, 43)),
                )
                self.assertEqual(item.line_external_id, OUR_ID)
        resumed = {**said, "value": "resume", "wa_id": CUSTOMER}
        change = meta_change("user_preferences", user_preferences=[resumed])
        self.assertIs(self.read_one(meta_payload(change)).allowed, True)

    def test_choices_that_are_not_known(self):
        """AD3: a new category is not guessed at."""
        said = {"wa_id": CUSTOMER, "category": "marketing_messages", "value": "stop"}
        for broken in (
            {**said, "category": "service_messages"},
            {**said, "value": "pause"},
            {**said, "wa_id": ""},
            {},
        ):
            change = meta_change("user_preferences", user_preferences=[broken])
            self.assertIsInstance(self.read_one(meta_payload(change)), Unusable)

    def test_what_is_picked(self):
        """CO2: a button of ours is no typed word."""
        for content, choice in (
            ({"type": "button", "button": {"payload": "p", "text": "Cancel"}}, "p"),
            ({"type": "button", "button": {"text": "Cancel"}}, "Cancel"),
            (
                {"type": "interactive", "interactive": {"button_reply": {"id": "b", "title": "X"}}},
                "b",
            ),
            ({"type": "text", "text": {"body": "Cancel"}}, ""),
        ):
            change = meta_change(messages=[meta_text(**content)])
            self.assertEqual(self.read_one(meta_payload(change)).choice, choice)

    def test_silent_fields(self):
        """Other subjects of the webhook are not for the log, and no dead letters."""
        for field in SILENT_FIELDS:
            change = meta_change(field, statuses=[{"id": "1", "status": "RINGING"}])
            with self.subTest(field):
                self.assertEqual(read(meta_payload(change)), [])

    def test_texts_are_data(self):
        """SC3: what a customer writes arrives as it was written; only what no database
        can store is replaced."""
        for written, stored in (
            ("<b>bold</b> <script>alert(1)</script>", None),
            ("{{ first_name }} {% for x in y %} ${env}", None),
            ("\u200fשלום\u200e \u202eabc", None),
            ("a\x00b", "a\ufffdb"),
            ("a\ud800b", "a\ufffdb"),
            ("x" * 100_000, None),
            ("👩‍👩‍👧 ﷽", None),
        ):
            with self.subTest(written[:40]):
                card = {"wa_id": CUSTOMER, "profile": {"name": written[:500]}}
                change = meta_change(messages=[meta_text(written)], contacts=[card])
                item = self.read_one(meta_payload(change)).to_json()
                self.assertEqual(item["body"], stored or written)
                self.assertEqual(item["contact_name"], (stored or written)[:500])
                json.dumps(item).encode("ascii")

    def test_timestamps(self):
        """A strange time never stops a message; what is no time is left to the core."""
        for timestamp, date in (
            ("0", datetime(1970, 1, 1)),
            ("4102444800", datetime(2100, 1, 1)),
            (1749416383, datetime(2025, 6, 8, 20, 59, 43)),
            ("soon", None),
            (None, None),
            ([], None),
            ("9" * 400, None),
            (float("nan"), None),
        ):
            with self.subTest(timestamp=timestamp):
                change = meta_change(messages=[meta_text(timestamp=timestamp)])
                self.assertEqual(self.read_one(meta_payload(change)).date, date)

    def test_no_shape_raises(self):
        """AD3: whatever stands at any place of any payload, reading it ends in items,
        and the neighbour at its side is read."""
        neighbour = meta_payload(meta_change(messages=[meta_text(uid="wamid.n")]))
        shapes = [
            None,
            True,
            0,
            float("nan"),
            "",
            "x",
            [],
            [None],
            {},
            {"id": "x"},
            [[]],
        ]
        cases = [*load("meta_webhook_examples.json").values()]
        cases += [
            meta_payload(meta_change(messages=[meta_text(**content)]))
            for content, _expected in TYPES
        ]
        cases.append(
            meta_payload(
                meta_change(
                    statuses=[
                        {
                            "id": "1",
                            "status": "failed",
                            "errors": [{"code": 1, "error_data": {"details": "x"}}],
                        }
                    ]
                )
            )
        )
        for payload in cases:
            for path in list(paths(payload["entry"][0])):
                for shape in shapes:
                    broken = copy.deepcopy(payload)
                    put(broken["entry"][0], path, shape)
                    broken["entry"] += neighbour["entry"]
                    items = read(broken)
                    json.dumps([item.to_json() for item in items], allow_nan=False)
                    self.assertEqual(items[-1].uid, "wamid.n", (path, shape))


def paths(node, path=()):
    """Yield the way to every node below."""
    steps = node.items() if isinstance(node, dict) else enumerate(node)
    for step, child in steps:
        yield (*path, step)
        if isinstance(child, dict | list):
            yield from paths(child, (*path, step))


def put(node, path, value):
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
