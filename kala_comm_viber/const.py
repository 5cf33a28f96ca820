"""Viber's words and codes in those of the core (docs/providers.md, 9)."""

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools import channels
from odoo.addons.kala_comm.tools.channels import Channel

_lt = LazyTranslate(__name__)

CHANNEL = "viber"

channels.register(
    Channel(
        CHANNEL,
        _lt("Viber"),
        # Partner gateways send to phone numbers (ME3).
        contact_kinds=("phone",),
        id_label=_lt("Viber user"),
        typed="phone",
        stop_words=True,
        icon="fa-comments-o",
        button="kala_can_viber",
        sequence=50,
        addon="kala_comm_viber",
    )
)

API_URL = "https://chatapi.viber.com/pa"
#: What the bot is told of; ``webhook`` itself always comes.
EVENTS = (
    "delivered",
    "seen",
    "failed",
    "subscribed",
    "unsubscribed",
    "conversation_started",
)
#: Event → state of a message of ours.
STATES = {"delivered": "delivered", "seen": "read", "failed": "failed"}

TEXT_LENGTH, NAME_LENGTH = 7000, 28
_MB = 1024 * 1024
#: A contact's picture.
PICTURE_BYTES = 2 * _MB
#: Type that goes out → bytes it may have.
FILE_LIMITS = {"picture": 1 * _MB, "video": 26 * _MB, "file": 50 * _MB}
#: Type of a file → as what Viber takes it; all else is a file.
PICTURES = ("image/jpeg", "image/png", "image/gif")
VIDEOS = ("video/mp4",)
#: Viber shows a picture with a text of so many characters.
CAPTION_LENGTH = 768
#: The oldest version of Viber that shows what is sent.
MIN_API_VERSION = 1

#: What a message carries → kind of its file.
FILES = {"picture": "image", "video": "video", "file": "document", "sticker": "sticker"}

#: ``status`` of an answer, which is HTTP 200 all the same → failure kind.
FAILURES = {
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
    15: "rejected",
    16: "rejected",
    17: "rejected",
    18: "rejected",
    19: "limit",
    20: "rejected",
    21: "rejected",
}
