"""Real payloads, over HTTP to a running server: every example of the providers' own descriptions
ends as a communication, a report or a known nothing; none is a dead letter."""

import copy

import pytest
import requests

from .support import contracts, fakes
from .support.kits import KITS
from .support.kits.base import new_phone

EXAMPLES = contracts.meta_examples()
TWILIO = contracts.load("kala_comm_twilio", "twilio_api_v2010_extract.json")
#: Kinds that are logged and make no lead: no work for anybody.
ASIDE = ("reaction", "system")
#: What a change of these fields tells belongs in no log.
SILENT = ("Group Create Message", "Group Settings Update", "Group Remove Participants")


def changes(payload):
    return [change for entry in payload["entry"] for change in entry["changes"]]


def messages(payload):
    return [m for change in changes(payload) for m in change["value"].get("messages", [])]


def assert_no_dead_letter(kit):
    assert {item.state for item in kit.items()} <= {"done", "pending"}, [
        (item.error, item.content) for item in kit.items() if item.state == "dead"
    ]


def made(kit):
    """:return: how much work there is: leads and tasks"""
    return [
        kit.db.value(f"SELECT count(*) FROM {table} WHERE {where}")
        for table, where in (("crm_lead", "TRUE"), ("mail_activity", "active"))
    ]


@pytest.fixture(scope="module")
def meta(odoo):
    kit = KITS["meta"](odoo)
    yield kit
    kit.stop()


@pytest.mark.parametrize("name", EXAMPLES)
def test_meta_example(kit_of, name):
    """WA1: Meta's own examples, unchanged."""
    kit = kit_of("meta")
    kit.post(kit.signed(EXAMPLES[name]))
    kit.settled()
    assert_no_dead_letter(kit)
    rows = kit.received()
    assert sorted(row.provider_uid for row in rows) == sorted(
        message["id"] for message in messages(EXAMPLES[name])
    )
    assert bool(rows) == (name not in SILENT)
    for row in rows:
        assert row.body and row.contact_value
        assert row.kind in ASIDE or row.res_model == "crm.lead"


@pytest.mark.parametrize("name", [n for n in EXAMPLES if messages(EXAMPLES[n])])
def test_meta_sender_without_phone(kit_of, name):
    """MA8, docs/providers.md, 1.8: the same from people who have a user name and no number: known
    by their id on this connection, and found again by it. A reaction of a stranger belongs nowhere,
    and what he writes then makes his lead."""
    kit = kit_of("meta")
    payload = copy.deepcopy(EXAMPLES[name])
    for change in changes(payload):
        for contact in change["value"].get("contacts", []):
            contact.pop("wa_id", None)
            contact["user_id"] = "IL.13491208655302741918"
            contact["profile"]["username"] = "noa.levi"
        for message in change["value"].get("messages", []):
            message.pop("from", None)
            message["from_user_id"] = "IL.13491208655302741918"
    kit.post(kit.signed(payload))
    kit.settled()
    assert_no_dead_letter(kit)
    rows = kit.received()
    assert len(rows) == len(messages(payload))
    for row in rows:
        assert (row.contact_kind, row.contact_value) == ("whatsapp", "IL.13491208655302741918")
    again = kit.payload(
        {
            "contacts": [{"profile": {"name": "Noa"}, "user_id": "IL.13491208655302741918"}],
            "messages": [
                {
                    "from_user_id": "IL.13491208655302741918",
                    "id": kit.new_uid(),
                    "timestamp": "1790000000",
                    "type": "text",
                    "text": {"body": "me again"},
                }
            ],
        }
    )
    kit.post(kit.signed(again))
    kit.settled()
    *rows, last = kit.received()
    assert last.body == "me again" and last.lead_id
    for row in rows:
        assert row.lead_id == (None if row.kind in ASIDE else last.lead_id)


def test_meta_all_examples_in_one_batch(kit_of):
    """Every entry, change, message and status of a batch counts, whatever its neighbours are."""
    kit = kit_of("meta")
    batch = {"object": "whatsapp_business_account", "entry": []}
    for example in EXAMPLES.values():
        batch["entry"] += example["entry"]
    broken = kit.payload({"messages": [{"type": "text"}, "nonsense", None], "statuses": [{}, 5]})
    batch["entry"] += broken["entry"]
    kit.post(kit.signed(batch))
    kit.settled()
    expected = {m["id"] for example in EXAMPLES.values() for m in messages(example)}
    assert {row.provider_uid for row in kit.received()} == expected
    # The broken ones are dead letters, each with its reason.
    dead = [item for item in kit.items() if item.state == "dead"]
    assert len(dead) == 5 and all(item.error for item in dead)


UNKNOWN_TYPES = [
    {"type": "hologram", "hologram": {"id": "1"}},
    {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
    {"type": "text"},
    {"type": "image", "image": {"mime_type": "image/jpeg"}},
    {"type": "interactive", "interactive": {}},
    {"type": "location", "location": "here"},
    {"type": 7, "text": {"body": "no type"}},
]


@pytest.mark.parametrize("number", range(len(UNKNOWN_TYPES)))
def test_meta_unknown_types_are_kept(meta, number):
    """A type that is not known yet is logged with a sentence, never lost."""
    sender = new_phone()
    value = meta.message_value(sender, "x")
    [message] = value["messages"]
    del message["type"], message["text"]
    message.update(UNKNOWN_TYPES[number])
    meta.post(meta.signed(meta.payload(value)))
    meta.settled()
    [row] = [row for row in meta.received() if row.contact_value == sender]
    assert row.body and row.res_model == "crm.lead"


#: type → what a person wrote; each type of docs/providers.md, 1.5 that is somebody's message
FILE = {"id": "1003383421387256", "mime_type": "image/jpeg", "sha256": "x"}
WRITTEN = {
    "text": {"body": "Hello"},
    "image": FILE,
    "video": FILE,
    "document": {**FILE, "filename": "Offer"},
    "audio": {**FILE, "voice": True},
    "sticker": FILE,
    "location": {"latitude": 32.08, "longitude": 34.78},
    "contacts": [{"name": {"formatted_name": "Noa"}, "phones": [{"phone": "+972502345678"}]}],
    "button": {"payload": "yes", "text": "Yes"},
    "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}},
    "order": {"catalog_id": "1", "product_items": [{"product_retailer_id": "x", "quantity": 1}]},
    "unsupported": {"type": "poll"},
}


def meta_message(kit, sender, kind, content, **values):
    """:return: signed event of one message of any type"""
    value = kit.message_value(sender, "x")
    [message] = value["messages"]
    del message["text"]
    message.update({"type": kind, kind: content, **values})
    return kit.signed(kit.payload(value))


@pytest.mark.parametrize("kind", WRITTEN)
def test_meta_what_a_person_wrote(meta, kind):
    """Each is readable, and makes the lead of a stranger."""
    sender = new_phone()
    meta.post(meta_message(meta, sender, kind, WRITTEN[kind]))
    meta.settled()
    assert_no_dead_letter(meta)
    [row] = [row for row in meta.received() if row.contact_value == sender]
    assert (row.body or row.files_note) and row.res_model == "crm.lead"


#: type → content: nobody wrote these
NOT_WRITTEN = {
    "request_welcome": None,
    "deleted": None,
    "reaction": {"message_id": "wamid.0", "emoji": "👍"},
    "system": {"type": "customer_identity_changed", "body": "Identity changed"},
    "edit": {
        "original_message_id": "wamid.0",
        "message": {"type": "text", "text": {"body": "Nine"}},
    },
    "revoke": {"original_message_id": "wamid.0"},
}


@pytest.mark.parametrize("kind", NOT_WRITTEN)
def test_meta_what_nobody_wrote(meta, kind):
    """Notices, reactions and the like of strangers are in the log, and are no work."""
    sender, before = new_phone(), made(meta)
    meta.post(meta_message(meta, sender, kind, NOT_WRITTEN[kind]))
    meta.settled()
    assert_no_dead_letter(meta)
    [row] = [row for row in meta.received() if row.contact_value == sender]
    assert row.body and "cannot be shown" not in row.body and not row.res_id
    assert made(meta) == before


def test_meta_group(meta):
    """A member's words to a group are none to us."""
    sender, before = new_phone(), made(meta)
    meta.post(meta_message(meta, sender, "text", {"body": "to all"}, group_id="Y2FwaV9ncm91cA"))
    meta.settled()
    assert_no_dead_letter(meta)
    assert made(meta) == before
    assert not [row for row in meta.received() if row.contact_value == sender]


def test_meta_choice_of_a_contact(meta):
    """CO2: who stops our advertising in his WhatsApp has opted out of it, with proof."""
    sender, before = new_phone(), made(meta)
    for moment, word in (("1790000000", "stop"), ("1790000001", "resume")):
        said = {
            "wa_id": sender.lstrip("+"),
            "detail": "User requested this",
            "category": "marketing_messages",
            "value": word,
            "timestamp": moment,
        }
        value = {"contacts": [], "user_preferences": [said]}
        meta.post(meta.signed(meta.payload(value, field="user_preferences")))
        meta.settled()
    assert_no_dead_letter(meta)
    assert made(meta) == before
    proofs = meta.db.rows(
        "SELECT purpose, allowed FROM kala_consent WHERE contact_value = %s ORDER BY id", sender
    )
    assert [tuple(proof) for proof in proofs] == [("marketing", False), ("marketing", True)]


def test_meta_verification(kit_of):
    """docs/architecture.md, 4: Meta's GET with the right token is answered with the bare
    challenge."""
    kit = kit_of("meta")
    token = kit.url.rpartition("/")[2]
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = requests.get(kit.url, params=asked, timeout=30)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["Content-Type"].startswith("text/plain")
    for wrong in (
        {**asked, "hub.verify_token": "wrong"},
        {**asked, "hub.mode": "unsubscribe"},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.challenge": "1"},
        {},
    ):
        refused = requests.get(kit.url, params=wrong, timeout=30)
        assert (refused.status_code, refused.content) == (404, b"")
    escaped = requests.get(
        kit.url, params={**asked, "hub.challenge": "<script>alert(1)</script>"}, timeout=30
    )
    assert "html" not in escaped.headers.get("Content-Type", "")
    assert kit.events() == 0


def test_meta_unknown_number_becomes_a_line(kit_of):
    """WA3: an event for a number of ours that is not known yet is processed, and shows the
    number as a new line to set up; the next one finds it."""
    kit = kit_of("meta")
    kit.phone_number_id = "999000111222333"
    kit.our_number = "+972722776799"
    sender = new_phone()
    for text in ("to a new number", "again"):
        kit.post(kit.incoming(sender, text))
        kit.settled()
    rows = kit.received()
    assert len({row.line_id for row in rows}) == 1
    line = kit.odoo.read("kala.line", rows[0].line_id, "external_id", "address", "is_new")
    assert (line["external_id"], line["address"], line["is_new"]) == (
        "999000111222333",
        "+972722776799",
        True,
    )


def test_meta_typed_on_the_phone(kit_of):
    """An echo of what was typed in the phone's app is logged as outgoing, never as incoming."""
    kit = kit_of("meta")
    customer = new_phone()
    kit.post(kit.incoming(customer, "hello"))
    kit.settled()
    echo = {
        "message_echoes": [
            {
                "from": kit.our_number.lstrip("+"),
                "to": customer.lstrip("+"),
                "id": kit.new_uid(),
                "timestamp": "1790000000",
                "type": "text",
                "text": {"body": "typed on the phone"},
            }
        ]
    }
    kit.post(kit.signed(kit.payload(echo, field="smb_message_echoes")))
    kit.settled()
    # An echo may be of a message of ours whose answer is still under way: it waits a minute.
    [item] = [item for item in kit.items() if item.due]
    assert item.state == "pending"
    kit.db.rows(
        "UPDATE kala_inbound_event SET date = date - interval '2 minutes' WHERE id = %s",
        item.event_id,
    )
    kit.db.rows("UPDATE kala_inbound_item SET due = NULL WHERE id = %s", item.id)
    kit.odoo.run_job("ir_cron_inbox")
    kit.settled()
    [row] = kit.db.rows(
        "SELECT * FROM kala_communication WHERE connection_id = %s AND direction = 'out'",
        kit.connection_id,
    )
    assert (row.state, row.body, row.contact_value) == ("sent", "typed on the phone", customer)
    assert row.lead_id == kit.received()[0].lead_id


# ---------------------------------------------------------------------- Twilio

TWILIO_MESSAGES = {
    "SMS": {"FromCity": "", "FromCountry": "IL", "ToCountry": "IL"},
    "through a messaging service": {"MessagingServiceSid": "MG" + "a" * 32},
    "MMS": {
        "Body": "",
        "NumMedia": "2",
        "MediaUrl0": "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME1",
        "MediaContentType0": "image/jpeg",
        "MediaUrl1": "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME2",
        "MediaContentType1": "text/vcard",
    },
    "stop word": {"Body": "STOP", "OptOutType": "STOP"},
    "WhatsApp": {"ProfileName": "Noa", "WaId": "972500000000", "MessageType": "text"},
    "WhatsApp button": {
        "MessageType": "button",
        "ButtonText": "Yes",
        "ButtonPayload": "yes",
        "Body": "Yes",
    },
    "WhatsApp location without a text": {
        "MessageType": "location",
        "Body": None,
        "NumMedia": None,
        "SmsStatus": None,
        "Latitude": "32.0853",
        "Longitude": "34.7818",
    },
    "WhatsApp contact without a text": {
        "MessageType": "contacts",
        "Body": None,
        "NumMedia": None,
        "SmsStatus": None,
    },
    "WhatsApp location": {
        "MessageType": "location",
        "Body": "",
        "Latitude": "32.0853",
        "Longitude": "34.7818",
        "Address": "Dizengoff 1",
        "Label": "Shop",
    },
    "WhatsApp reply": {
        "OriginalRepliedMessageSid": "SM" + "b" * 32,
        "OriginalRepliedMessageSender": "whatsapp:+972722776772",
    },
    "WhatsApp advertisement": {
        "ReferralBody": "Sale",
        "ReferralHeadline": "50%",
        "ReferralSourceId": "1",
        "ReferralSourceType": "ad",
        "ReferralSourceUrl": "https://fb.me/1",
        "ChannelMetadata": '{"type": "whatsapp"}',
    },
}


@pytest.mark.parametrize("name", TWILIO_MESSAGES)
def test_twilio_message(kit_of, name):
    """SM1, WA8: all parameters that Twilio documents (docs/providers.md, 3.2)."""
    kit = kit_of("twilio")
    sender, values = new_phone(), dict(TWILIO_MESSAGES[name])
    if name.startswith("WhatsApp"):
        values.update(From=f"whatsapp:{sender}", To=f"whatsapp:{kit.our_number}")
    response = kit.post(kit.incoming(sender, "Hello שלום 👍", **values))
    assert response.headers["Content-Type"].startswith("text/xml")
    assert response.text == "<Response/>"
    kit.settled()
    assert_no_dead_letter(kit)
    [row] = kit.received()
    assert row.contact_value == sender
    assert row.channel == ("whatsapp" if name.startswith("WhatsApp") else "sms")
    assert row.body or row.files_note


@pytest.mark.parametrize("status", TWILIO["message_status"])
def test_twilio_status(kit_of, status):
    """DE1: every status of Twilio's description moves the state forward, or nothing."""
    kit = kit_of("twilio").connect()
    message = kit.send(f"status {status}")
    kit.wait_state(message, "sent")
    [sent] = kit.fake.accepted
    if status in ("receiving", "received"):
        return  # of messages that come in, never of ours
    kit.post(kit.report(sent, status, MessageStatus=status, SmsStatus=status, ErrorCode=""))
    kit.settled()
    assert_no_dead_letter(kit)
    expected = {
        "delivered": "delivered",
        "read": "read",
        "failed": "failed",
        "undelivered": "failed",
        "canceled": "failed",
    }
    assert kit.message(message).state == expected.get(status, "sent")


def test_twilio_reads_a_status_by_get(kit_of):
    """A console set to GET sends the parameters in the address."""
    kit = kit_of("twilio").connect()
    message = kit.send("by GET")
    kit.wait_state(message, "sent")
    [sent] = kit.fake.accepted
    post = kit.report(sent, "delivered")
    query = f"{post.query}&{post.body.decode()}"
    signature = kit.sign(f"{kit.url}?{query}", [])
    get = post._replace(
        method="GET", query=query, body=b"", headers={"X-Twilio-Signature": signature}
    )
    kit.post(get)
    kit.wait_state(message, "delivered")


# ---------------------------------------------------------------------- waboxapp

WABOX_MESSAGES = {
    "image": {"url": "https://www.waboxapp.com/f/1", "mimetype": "image/jpeg", "caption": "Look"},
    "video": {"url": "https://www.waboxapp.com/f/2", "mimetype": "video/mp4", "duration": "3"},
    "ptt": {"url": "https://www.waboxapp.com/f/3", "mimetype": "audio/ogg", "duration": "3"},
    "audio": {"url": "https://www.waboxapp.com/f/4", "mimetype": "audio/mpeg"},
    "document": {"url": "https://www.waboxapp.com/f/5", "caption": "a.pdf", "size": "x"},
    "vcard": {"contact": "Dana", "vcard": "BEGIN:VCARD\nEND:VCARD"},
    "location": {"name": "Shop", "lng": "34.78", "lat": "32.08"},
    "hologram": {},
}


@pytest.mark.parametrize("kind", WABOX_MESSAGES)
def test_waboxapp_message(kit_of, kind):
    """WA2: each documented type, and one that is not."""
    kit = kit_of("waboxapp")
    body = {f"message[body][{name}]": value for name, value in WABOX_MESSAGES[kind].items()}
    kit.post(kit.incoming(new_phone(), "", **{"message[type]": kind, **body}))
    kit.settled()
    assert_no_dead_letter(kit)
    [row] = kit.received()
    assert row.body or row.files_note


def test_waboxapp_group(kit_of):
    """What is written in a group is no enquiry of the member: ignored, or, where the line says so,
    kept without a record."""
    kit = kit_of("waboxapp")
    group = {"contact[uid]": "972502345678-1400000000@g.us", "contact[type]": "group"}
    before = made(kit)
    kit.post(kit.incoming("", "one", **group))
    kit.settled()
    assert not kit.received()
    kit.db.rows(
        "UPDATE kala_line SET group_messages = 'log' WHERE connection_id = %s", kit.connection_id
    )
    kit.post(kit.incoming("", "two", **group))
    kit.settled()
    [row] = kit.received()
    assert (row.contact_kind, row.res_id) == ("whatsapp", None)
    assert made(kit) == before


@pytest.mark.parametrize("kind", ["e2e_notification", "gp2"])
def test_waboxapp_notice(kit_of, kind):
    """What WhatsApp Web writes into a chat by itself is no message of a person."""
    kit = kit_of("waboxapp")
    before = made(kit)
    kit.post(kit.incoming(new_phone(), "", **{"message[type]": kind}))
    kit.settled()
    assert_no_dead_letter(kit)
    assert made(kit) == before


def test_waboxapp_echo_with_our_id_is_a_report(kit_of):
    """docs/architecture.md, 3.2: an echo carrying our own id is a report, not a second message."""
    kit = kit_of("waboxapp").connect()
    kit.fake.plan("echoed", fakes.Drop(accept=True))
    message = kit.send("echoed")
    kit.wait_state(message, "unknown")
    [sent] = kit.fake.accepted
    echo = {"message[dir]": "o", "message[cuid]": sent.key}
    kit.post(kit.incoming(sent.to, "echoed", uid=sent.uid, **echo))
    kit.wait_state(message, "sent")
    kit.settled()
    outgoing = kit.db.value(
        "SELECT count(*) FROM kala_communication WHERE connection_id = %s AND direction = 'out'",
        kit.connection_id,
    )
    assert outgoing == 1
