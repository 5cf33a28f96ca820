"""Payloads of every type that Telegram, Viber, Messenger and Instagram describe
(docs/providers.md, 7 to 9), posted to a running server: one communication each, readable, nothing
dead; the same once more changes nothing (ME1 to ME4)."""

import pytest

from .support.kits.base import new_phone

FILE = {"file_id": "AgAD", "file_unique_id": "u", "file_size": 9}
PLACE = {"latitude": 32.5, "longitude": 35.1}
TELEGRAM = {
    "text": {"text": "שלום 🌸"},
    "photo": {"photo": [{**FILE, "width": 90, "height": 90}], "caption": "The roof"},
    "document": {"document": {**FILE, "file_name": "offer.pdf", "mime_type": "application/pdf"}},
    "voice": {"voice": {**FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**FILE, "duration": 3, "title": "Song"}},
    "video": {"video": {**FILE, "duration": 3, "width": 9, "height": 9}},
    "video note": {"video_note": {**FILE, "duration": 3, "length": 9}},
    "animation": {"animation": FILE, "document": FILE},
    "sticker": {"sticker": {**FILE, "emoji": "🙂", "is_animated": False}},
    "location": {"location": PLACE},
    "venue": {"venue": {"location": PLACE, "title": "Shop", "address": "Haifa"}, "location": PLACE},
    "contact": {"contact": {"phone_number": "+972502345678", "first_name": "Noa", "user_id": 5}},
    "poll": {"poll": {"id": "1", "question": "When?", "options": [{"text": "Now"}]}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "forwarded": {
        "text": "hi",
        "forward_origin": {"type": "hidden_user", "sender_user_name": "Noa"},
    },
    "reply": {"text": "yes", "reply_to_message": {"message_id": 3, "chat": {"id": 5}}},
    "service": {"pinned_message": {"message_id": 3}},
    "unknown": {"paid_media": {"star_count": 1}},
}
VIBER_FILE = {"media": "https://dl-media.viber.com/a", "size": 9}
VIBER = {
    "text": {},
    "picture": {"type": "picture", **VIBER_FILE},
    "video": {"type": "video", **VIBER_FILE, "duration": 4},
    "file": {"type": "file", **VIBER_FILE, "file_name": "offer.pdf"},
    "sticker": {"type": "sticker", "sticker_id": 46105},
    "contact": {"type": "contact", "contact": {"name": "Noa", "phone_number": "+972502345678"}},
    "url": {"type": "url", "media": "https://shop.example.com"},
    "location": {"type": "location", "location": {"lat": 32.5, "lon": 35.1}},
    "unknown": {"type": "hologram"},
}


def part(kind, **payload):
    return {"attachments": [{"type": kind, "payload": payload}]}


LINK = "https://scontent.fbcdn.net/a"
MESSENGER = {
    "text": {"text": "שלום 🌸"},
    "image": part("image", url=LINK),
    "three images": {"attachments": part("image", url=LINK)["attachments"] * 3},
    "video": part("video", url=LINK),
    "audio": part("audio", url=LINK),
    "file": part("file", url=LINK),
    "reel": part("reel", url=LINK, title="Roofs"),
    "ig_reel": part("ig_reel", url=LINK),
    "post": part("post", url=LINK, title="Roofs"),
    "ig_post": part("ig_post", url=LINK),
    "sticker": part("sticker", url=LINK, sticker_id=369239263222822),
    "template": part("template", product={"elements": []}),
    "fallback": {
        "attachments": [{"type": "fallback", "title": "Shop", "payload": {"url": "https://s"}}]
    },
    "appointment_booking": part("appointment_booking"),
    "quick reply": {"text": "Red", "quick_reply": {"payload": "RED"}},
    "reply": {"text": "yes", "reply_to": {"mid": "m_0"}},
    "from an ad": {
        "text": "hi",
        "referral": {"ad_id": "77", "source": "ADS", "type": "OPEN_THREAD"},
    },
}


def telegram_posts(kit):
    """:return: dict name → Post"""
    posts = {
        name: kit.update("message", kit.message_value(new_phone(), **content))
        for name, content in TELEGRAM.items()
    }
    said = kit.message_value(new_phone(), text="At 7")
    for name, value in {
        "edited_message": {**said, "edit_date": said["date"]},
        "callback_query": {"id": str(1 << 62), "from": said["from"], "message": said, "data": "A"},
        "message_reaction": {
            **{"chat": said["chat"], "user": said["from"], "message_id": said["message_id"]},
            **{"date": said["date"], "old_reaction": []},
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        },
    }.items():
        posts[name] = kit.update(name, value)
    return posts


def viber_posts(kit):
    return {
        name: kit.incoming(new_phone(), "" if content else "hi", **content)
        for name, content in VIBER.items()
    }


def messenger_posts(kit, what="page"):
    posts = {
        f"{what} {name}": kit.signed(
            kit.payload(
                kit.part(new_phone(), message={"mid": f"m_{what}_{n}", **content}), what=what
            )
        )
        for n, (name, content) in enumerate(MESSENGER.items())
    }
    for name, content in {
        "postback": {"postback": {"mid": f"m_{what}_p", "title": "Prices", "payload": "P"}},
        "reaction": {
            "reaction": {"mid": f"m_{what}_0", "action": "react", "emoji": "❤", "reaction": "love"}
        },
        "edit": {"message_edit": {"mid": f"m_{what}_0", "text": "At 7", "num_edit": 1}},
        "referral": {"referral": {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    }.items():
        posts[f"{what} {name}"] = kit.signed(
            kit.payload(kit.part(new_phone(), **content), what=what)
        )
    return posts


POSTS = {
    "telegram": telegram_posts,
    "viber": viber_posts,
    "messenger": lambda kit: {**messenger_posts(kit), **messenger_posts(kit, "instagram")},
}


@pytest.mark.parametrize("code", sorted(POSTS))
def test_every_type(kit_of, code):
    """ME1 to ME4: each is one communication that people can read; nothing is dead; the same posts
    once more are known."""
    kit = kit_of(code)
    posts = POSTS[code](kit)
    for post in posts.values():
        kit.post(post)
    kit.settled(120)
    dead = [(item.error, item.content) for item in kit.items() if item.state == "dead"]
    assert not dead
    rows = kit.received()
    assert len(rows) == len(posts), sorted(row.body or row.files_note for row in rows)
    for row in rows:
        assert row.body or row.files_note, row
    for post in posts.values():
        kit.post(post)
    kit.settled(120)
    assert len(kit.received()) == len(posts)


def test_bad_item_beside_good_ones(kit_of):
    """A part of a batch that nobody understands is one dead letter; its neighbours live."""
    kit = kit_of("messenger")
    good = [kit.part(new_phone(), message={"mid": f"m_g{n}", "text": f"{n}"}) for n in range(3)]
    kit.post(kit.signed(kit.payload(good[0], 7, good[1], {"sender": {}}, good[2])))
    kit.settled()
    assert sorted(row.body for row in kit.received()) == ["0", "1", "2"]
    assert {item.state for item in kit.items()} == {"done", "dead"}


def test_ids_beyond_javascript(kit_of):
    """Ids above 2^53 are kept digit by digit."""
    kit = kit_of("viber")
    token = (1 << 53) + 1
    kit.post(kit.incoming(new_phone(), "hi", uid=token))
    kit.settled()
    [row] = kit.received()
    assert row.provider_uid == str(token)


def test_nonsense_at_the_door(kit_of):
    """SC1: what is signed and no JSON is a dead letter with its reason, and the door goes on."""
    kit = kit_of("viber")
    kit.post(kit.signed(b"\xff\x00 not json"))
    kit.post(kit.incoming(new_phone(), "after it"))
    kit.settled()
    assert [row.body for row in kit.received()] == ["after it"]
    [dead] = [item for item in kit.items() if item.state == "dead"]
    assert dead.error == "The event is not JSON."
