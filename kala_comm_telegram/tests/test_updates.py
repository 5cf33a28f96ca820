"""What Telegram's updates say (ME2, docs/providers.md, 8), without a database."""

import itertools

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import ConsentChange, IncomingMessage, Unusable

from ..tools.updates import UpdateReader

_numbers = itertools.count(1)
DANA = {"id": 7502345678901, "is_bot": False, "first_name": "Dana", "last_name": "Levi"}
PRIVATE = {"id": 7502345678901, "type": "private", "first_name": "Dana"}
PHOTOS = [
    {"file_id": "small", "file_size": 1000},
    {"file_id": "large", "file_size": 90000},
    {"file_id": "middle", "file_size": 30000},
]


def say(source, **values):
    """A translator that translates nothing."""
    return source % values if values else source


def update(name="message", **values):
    return {
        "update_id": 9000000000 + next(_numbers),
        name: {"message_id": 5, "date": 1764400000, "from": DANA, "chat": PRIVATE, **values},
    }


def read(payload, bot=""):
    return UpdateReader(say, bot).read_payload(payload)


#: What stands in a message → (kind, body, kinds of the files).
CONTENTS = [
    ({"text": "Is it free?"}, ("text", "Is it free?", [])),
    ({"text": "שלום"}, ("text", "שלום", [])),
    ({"text": "/start"}, ("system", "Opened the chat.", [])),
    ({"text": "/start@galil_bot"}, ("system", "Opened the chat.", [])),
    ({"text": "/started"}, ("text", "/started", [])),
    ({"photo": PHOTOS, "caption": "The roof"}, ("file", "The roof", ["image"])),
    ({"document": {"file_id": "d", "file_name": "a.pdf"}}, ("file", "", ["document"])),
    ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, ("file", "", ["audio"])),
    ({"audio": {"file_id": "v"}}, ("file", "", ["audio"])),
    ({"video": {"file_id": "v"}}, ("file", "", ["video"])),
    ({"video_note": {"file_id": "v"}}, ("file", "", ["video"])),
    ({"animation": {"file_id": "g"}}, ("file", "", ["video"])),
    ({"sticker": {"file_id": "s", "emoji": "👍"}}, ("file", "", ["sticker"])),
    (
        {"location": {"latitude": 32.5, "longitude": 35.1}},
        ("location", "Location\nhttps://maps.google.com/?q=32.5,35.1", []),
    ),
    (
        {
            "venue": {
                "title": "Shop",
                "address": "Herzl 1",
                "location": {"latitude": 32.5, "longitude": 35.1},
            }
        },
        ("location", "Location\nShop\nHerzl 1\nhttps://maps.google.com/?q=32.5,35.1", []),
    ),
    (
        {"contact": {"phone_number": "972502345678", "first_name": "Noa"}},
        ("contact", "Contact: Noa\n+972502345678", []),
    ),
    (
        {"poll": {"question": "When?", "options": [{"text": "Sunday"}, {"text": "Monday"}]}},
        ("text", "Poll: When?\nSunday\nMonday", []),
    ),
    ({"dice": {"emoji": "🎲", "value": 4}}, ("text", "🎲\n4", [])),
    ({"new_chat_title": "x"}, ("system", "A notice of the chat: new_chat_title", [])),
    ({"migrate_to_chat_id": -1009}, ("system", "The group has another id now.", [])),
]
#: Payloads that are authentic and senseless.
SENSELESS = [
    None,
    7,
    [],
    {},
    {"update_id": 1, "message": None},
    {"update_id": 1, "message": []},
    {"update_id": 1, "message": {}},
    {"update_id": 1, "message": {"chat": {"id": 1}}},
    {"update_id": 1, "message": {"message_id": 2, "chat": "x"}},
    {"update_id": 1, "message_reaction": {"chat": {"id": 1}}},
    {"update_id": 1, "callback_query": {"id": "1"}},
]


@tagged("post_install", "-at_install")
class TestUpdates(BaseCase):
    def test_contents(self):
        for values, expected in CONTENTS:
            with self.subTest(**values):
                [message] = read(update(**values))
                files = [file.kind for file in message.files]
                self.assertEqual((message.kind, message.body, files), expected)
                self.assertEqual(message.contact_value, "7502345678901")
                self.assertEqual(message.contact_name, "Dana Levi")
                self.assertEqual(message.uid, "7502345678901:5")
                again = IncomingMessage.from_json(message.to_json())
                self.assertEqual(again.uid, message.uid)

    def test_unreadable(self):
        """What Telegram invents tomorrow is a message all the same."""
        [message] = read(update(hologram={"x": 1}))
        self.assertEqual(message.kind, "unsupported")
        self.assertIn("cannot be shown here", message.body)

    def test_largest_photo(self):
        [message] = read(update(photo=PHOTOS))
        self.assertEqual(message.files[0].provider_id, "large")

    def test_own_number(self):
        """MA8: a number is believed only where the card is the sender's own."""
        card = {"phone_number": "972502345678", "first_name": "Dana", "user_id": DANA["id"]}
        [own] = read(update(contact=card))
        self.assertEqual(own.new_value, "+972502345678")
        for forged in (
            {**card, "user_id": 5},
            {name: value for name, value in card.items() if name != "user_id"},
            {**card, "user_id": None},
            {**card, "user_id": True},
        ):
            [message] = read(update(contact=forged))
            self.assertEqual(message.new_value, "")

    def test_invitation(self):
        [message] = read(update(text="/start AbC-12_x"))
        self.assertEqual((message.kind, message.invitation), ("system", "AbC-12_x"))

    def test_reply_and_album(self):
        quoted = {"message_id": 4, "chat": PRIVATE}
        [message] = read(update(text="yes", reply_to_message=quoted))
        self.assertEqual(message.reply_to, "7502345678901:4")
        [message] = read(update(photo=PHOTOS, media_group_id="77"))
        self.assertEqual(message.album, "7502345678901:77")

    def test_forwarded(self):
        for origin, expected in (
            ({"type": "user", "sender_user": {"first_name": "Noa"}}, "Forwarded from Noa"),
            ({"type": "hidden_user", "sender_user_name": "Noa"}, "Forwarded from Noa"),
            ({"type": "channel", "chat": {"title": "News"}}, "Forwarded from News"),
            ({"type": "other"}, "Forwarded"),
        ):
            [message] = read(update(text="x", forward_origin=origin))
            self.assertEqual(message.details, expected)

    def test_edit(self):
        [edit] = read(update("edited_message", text="7 pm", edit_date=1764400100))
        self.assertEqual(
            (edit.kind, edit.target_uid, edit.edited_body), ("edit", "7502345678901:5", "7 pm")
        )
        self.assertNotEqual(edit.uid, edit.target_uid)

    def test_reaction(self):
        values = {"user": DANA, "new_reaction": [{"type": "emoji", "emoji": "👍"}]}
        [reaction] = read(update("message_reaction", **values))
        self.assertEqual((reaction.kind, reaction.body), ("reaction", "Reacted with 👍"))
        self.assertEqual(reaction.target_uid, "7502345678901:5")
        [taken] = read(update("message_reaction", user=DANA, new_reaction=[]))
        self.assertEqual(taken.body, "Removed the reaction.")

    def test_button(self):
        message = {"message_id": 4, "chat": PRIVATE, "date": 1}
        query = {"id": "99", "from": DANA, "data": "Sunday", "message": message}
        [choice] = read({"update_id": 1, "callback_query": query})
        self.assertEqual((choice.body, choice.choice), ("Sunday", "Sunday"))
        self.assertEqual(choice.reply_to, "7502345678901:4")

    def test_group(self):
        """Ids of supergroups are negative, and beyond 32 bits."""
        group = {"id": -1001234567890123, "type": "supergroup", "title": "Builders"}
        [message] = read(update(text="hi", chat=group))
        self.assertEqual(message.group, "-1001234567890123")
        self.assertEqual(message.contact_name, "Dana Levi")

    def test_emoji_only_name(self):
        [message] = read(update(text="hi", **{"from": {"id": 5, "first_name": "🌸"}}))
        self.assertEqual(message.contact_name, "🌸")

    def test_channel_posts_are_nobodys(self):
        self.assertEqual(read({"update_id": 1, "channel_post": {"text": "news"}}), [])
        self.assertEqual(read(update(text="x", chat={"id": -5, "type": "channel"})), [])

    def test_blocked(self):
        """CO2: who blocks the bot has opted out, who starts it again has opted in."""
        for status, allowed in (("kicked", False), ("member", True)):
            [change] = read(
                update("my_chat_member", chat=PRIVATE, new_chat_member={"status": status})
            )
            self.assertIsInstance(change, ConsentChange)
            self.assertEqual((change.allowed, change.contact_value), (allowed, "7502345678901"))
        group = {"id": -5, "type": "group"}
        self.assertEqual(
            read(update("my_chat_member", chat=group, new_chat_member={"status": "kicked"})), []
        )

    def test_poll(self):
        """An answer to getUpdates is many updates; a bad one takes no neighbour along."""
        payload = {"ok": True, "result": [update(text="1"), 7, update(text="2")]}
        found = read(payload, "7000")
        self.assertEqual([type(one) for one in found], [IncomingMessage, Unusable, IncomingMessage])
        self.assertEqual(found[0].line_external_id, "7000")

    def test_senseless(self):
        for payload in SENSELESS:
            with self.subTest(payload=payload):
                self.assertEqual([type(one) for one in read(payload)], [Unusable])
