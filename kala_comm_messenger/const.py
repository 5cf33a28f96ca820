"""Messenger's words and codes in those of the core (docs/providers.md, 7)."""

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools import channels
from odoo.addons.kala_comm.tools.channels import Channel

_lt = LazyTranslate(__name__)

#: What an event is about → its channel.
OBJECTS = {"page": "messenger", "instagram": "instagram"}

channels.register(
    Channel(
        "messenger",
        _lt("Messenger"),
        id_label=_lt("Messenger user"),
        stop_words=True,
        icon="fa-facebook-official",
        button="kala_can_messenger",
        sequence=30,
        addon="kala_comm_messenger",
    )
)
channels.register(
    Channel(
        "instagram",
        _lt("Instagram"),
        id_label=_lt("Instagram user"),
        stop_words=True,
        icon="fa-instagram",
        button="kala_can_instagram",
        sequence=35,
        addon="kala_comm_messenger",
    )
)

API_URL = "https://graph.facebook.com"
API_VERSION = "v23.0"
#: What a page tells its app.
SUBSCRIBED = (
    "messages,messaging_postbacks,message_deliveries,message_reads,message_reactions,"
    "message_edits,message_echoes,messaging_referrals,standby"
)
#: Before what our own links bring along; any other reference is a campaign's.
INVITATION = "k_"

#: Characters; on Instagram bytes.
TEXT_LENGTH = {"messenger": 2000, "instagram": 1000}
FREE_HOURS, HUMAN_HOURS = 24, 7 * 24
HUMAN_TAG = "HUMAN_AGENT"
FILE_BYTES = 25 * 1024 * 1024
#: A contact's picture; Meta makes them small.
PICTURE_BYTES = 2 * 1024 * 1024
#: Reports of reading name a moment: messages before it that are looked for.
WATERMARK_MESSAGES = 100

#: Type of an attachment → kind of its file.
FILES = {
    "image": "image",
    "sticker": "sticker",
    "video": "video",
    "reel": "video",
    "ig_reel": "video",
    "audio": "audio",
    "file": "document",
    "story_mention": "image",
    "share": "image",
}

#: (code, subcode) → failure kind; a subcode says more than its code.
SUBCODES = {
    2018278: "window",
    2534022: "window",
    2018001: "address",
    2018108: "address",
    1545041: "address",
    2018065: "window",
}
FAILURES = {
    551: "address",
    10: "connection",
    190: "connection",
    200: "connection",
    102: "connection",
    4: "limit",
    32: "limit",
    613: "limit",
    80006: "limit",
    1: "temporary",
    2: "temporary",
    1200: "temporary",
}
