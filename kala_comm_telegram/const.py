"""Telegram's words and codes in those of the core (docs/providers.md, 8)."""

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools import channels
from odoo.addons.kala_comm.tools.channels import Channel

_lt = LazyTranslate(__name__)

CHANNEL = "telegram"

channels.register(
    Channel(
        CHANNEL,
        _lt("Telegram"),
        id_label=_lt("Telegram user"),
        stop_words=True,
        groups=True,
        icon="fa-telegram",
        button="kala_can_telegram",
        sequence=40,
        addon="kala_comm_telegram",
    )
)

API_URL = "https://api.telegram.org"
#: Header of a webhook call that carries what we told at ``setWebhook``.
SECRET_HEADER = "x-telegram-bot-api-secret-token"

#: Kinds of updates that are asked for.
UPDATES = (
    "message",
    "edited_message",
    "message_reaction",
    "callback_query",
    "my_chat_member",
)
#: Updates of one answer, bytes that it may have, and seconds that Telegram waits for the first.
POLL_LIMIT, POLL_BYTES, POLL_SECONDS = 100, 4 * 1024 * 1024, 10

TEXT_LENGTH, CAPTION_LENGTH = 4096, 1024
_MB = 1024 * 1024
#: Kind of a file → (method that sends it, its parameter, bytes it may have).
METHODS = {
    "image": ("sendPhoto", "photo", 10 * _MB),
    "video": ("sendVideo", "video", 50 * _MB),
    "audio": ("sendAudio", "audio", 50 * _MB),
    "document": ("sendDocument", "document", 50 * _MB),
}
#: Type of a file → its kind; everything else is a document.
KINDS = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/webp": "image",
    "video/mp4": "video",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
}
#: Seconds that a message with a file may take: the file goes along with it.
FILE_SECONDS = 60.0
#: Bytes of a file that a bot may fetch.
FETCH_LIMIT = 20 * _MB
#: A contact's picture: bytes, and pixels of a side that are enough.
PICTURE_BYTES, PICTURE_SIDE = 2 * _MB, 640

#: What a message may carry → kind of its file.
FILES = {
    "document": "document",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "video_note": "video",
    "animation": "video",
    "sticker": "sticker",
}

#: ``error_code`` → failure kind; 400 is decided by its words.
FAILURES = {401: "connection", 403: "consent", 404: "connection", 429: "limit"}
#: Words of a refusal, in small letters, and its kind: the first that stands in it wins. A refusal
#: with a word of none is ``rejected``.
FAILURE_WORDS = (
    ("user is deactivated", "address"),
    ("bot can't initiate conversation", "consent"),
    ("chat not found", "address"),
    ("user not found", "address"),
    ("peer_id_invalid", "address"),
    ("group chat was upgraded", "address"),
    ("bot is not a member", "address"),
    ("bot was kicked", "address"),
    ("not enough rights", "sender"),
    ("too many requests", "limit"),
)
#: A person who blocks the bot, or starts it again: what he is then → whether he may be written to.
MEMBERSHIP = {"kicked": False, "member": True}
