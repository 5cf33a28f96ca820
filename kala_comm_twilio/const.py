"""Twilio's vocabulary in the words of the core (docs/providers.md, 3.1, 3.4)."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

API_URL = "https://api.twilio.com"
OWN_HOSTS = ".twilio.com"
API_VERSION = "2010-04-01"

#: What Twilio reads as "no reply".
EMPTY_TWIML = "<Response/>"

#: Ids of messaging services begin like this; such a line lets Twilio choose the number.
MESSAGING_SERVICE_PREFIX = "MG"

WHATSAPP_PREFIX = "whatsapp:"

#: Longest text in characters, SMS and WhatsApp alike.
MAX_TEXT_LENGTH = 1600
#: Hours after the customer's last message in which WhatsApp takes free text.
WHATSAPP_FREE_HOURS = 24
MAX_FILES = 10
MAX_WHATSAPP_FILES = 1
#: What Twilio documents for MMS and for WhatsApp.
MAX_FILE_BYTES = {"sms": 5 * 1024 * 1024, "whatsapp": 16 * 1024 * 1024}

#: Status of a message of ours → state; what is missing here tells nothing new.
STATE_BY_STATUS = {
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
#: Statuses of a message that came in.
INCOMING_STATUSES = ("received", "receiving")

#: Error code → (failure kind, what it means where Twilio sends only the number).
ERRORS = {
    "20003": (
        "connection",
        _lt("Twilio did not accept the account SID and the auth token."),
    ),
    "20404": ("connection", _lt("Twilio does not know this account.")),
    "20429": ("limit", _lt("Too many requests at once.")),
    "21211": ("address", _lt("The number is not valid.")),
    "21212": ("sender", _lt("The sender is not valid.")),
    "21265": ("address", _lt("A short code cannot be written to.")),
    "21266": ("address", _lt("Sender and recipient are the same number.")),
    "21408": ("rejected", _lt("The account may not send to this country.")),
    "21603": ("sender", _lt("The line has no sender.")),
    "21604": ("address", _lt("There is no number to send to.")),
    "21606": ("sender", _lt("The line's number cannot send texts.")),
    "21608": ("address", _lt("A trial account may write to verified numbers only.")),
    "21609": (
        "connection",
        _lt("Twilio cannot reach this database: make web.base.url a public https address."),
    ),
    "21610": ("consent", _lt("The recipient has opted out.")),
    "21611": ("limit", _lt("The sender's queue is full.")),
    "21612": ("sender", _lt("This sender cannot reach this number.")),
    "21614": ("address", _lt("The number is not a mobile number.")),
    "21617": ("rejected", _lt("The text is too long.")),
    "30001": ("limit", _lt("The sender's queue is full.")),
    "30002": ("connection", _lt("The Twilio account is suspended.")),
    "30003": ("temporary", _lt("The phone cannot be reached at the moment.")),
    "30004": ("address", _lt("The recipient does not take this message.")),
    "30005": ("address", _lt("The number is not in use.")),
    "30006": ("address", _lt("The number is a landline, or its network cannot be reached.")),
    "30007": ("rejected", _lt("The message was filtered as unwanted.")),
    "30008": ("temporary", _lt("The message was not delivered, and nobody knows why.")),
    "30034": ("sender", _lt("The sender is not registered for texts to the United States.")),
    "63003": ("address", _lt("The number is not on WhatsApp.")),
    "63016": ("window", _lt("More than 24 hours since the customer's last message.")),
    "63018": ("limit", _lt("The WhatsApp sender's limit is reached.")),
    "63024": ("address", _lt("WhatsApp cannot deliver to this number.")),
    "63032": ("address", _lt("WhatsApp limits messages to this recipient.")),
}
#: Where a number leads that nobody has set up yet.
DEMO_HOST = "demo.twilio.com"
#: Nobody knows why: tried once more.
ONCE_MORE = ("30008",)
#: HTTP status → failure kind, for error codes that are not listed.
KIND_BY_HTTP_STATUS = {
    401: "connection",
    403: "connection",
    404: "connection",
    429: "limit",
}

#: CallStatus → (status of a call, event); what is missing here tells nothing new.
CALL_STATUSES = {
    "queued": ("ringing", "ringing"),
    "initiated": ("ringing", "ringing"),
    "ringing": ("ringing", "ringing"),
    "in-progress": ("answered", "answered"),
    "answered": ("answered", "answered"),
    "completed": ("answered", "ended"),
    "busy": ("busy", "ended"),
    "no-answer": ("missed", "ended"),
    "canceled": ("missed", "ended"),
    "failed": ("failed", "ended"),
}
#: Seconds. What claims to last longer was counted wrong; Twilio itself ends a call after a day.
LONGEST_CALL = 7 * 24 * 3600
#: What Twilio sends as the number of who withholds it: words typed on a telephone's keys.
WITHHELD = frozenset(
    {
        "anonymous",
        "Anonymous",
        "+266696687",
        "+2562533",
        "+7378742833",
        "+17378742833",
        "+8656696",
        "+86282452253",
    }
)

# ---------------------------------------------------------------------- content templates

#: Templates lie on a host of their own.
CONTENT_URL = "https://content.twilio.com"
CONTENT_PATH = "/v1/ContentAndApprovals"
CONTENT_PAGE = 50
#: Bytes that a page may have: Hebrew letters may be written with six each.
CONTENT_BYTES = 4 * 1024 * 1024
#: State of an approval by WhatsApp → ours; what was never handed in waits for it too.
APPROVAL_STATES = {
    "unsubmitted": "pending",
    "received": "pending",
    "pending": "pending",
    "approved": "approved",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "disabled",
}
#: Kinds of content that are sent from here.
CONTENT_TYPES = (
    "twilio/text",
    "twilio/media",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/card",
    "whatsapp/card",
)
#: Where they say what people read, from top to bottom.
CONTENT_TEXTS = ("header_text", "title", "body", "subtitle")
#: Type of a button → its kind; the others are replies.
CONTENT_BUTTONS = {"URL": "url", "PHONE_NUMBER": "phone", "COPY_CODE": "code"}
#: Where a button may have variables.
CONTENT_BUTTON_TEXTS = ("title", "url", "phone", "id", "code")

#: Parameter ``OptOutType`` of an incoming message → whether we may write (docs/providers.md, 3.2).
#: Twilio has answered such a message itself, HELP too.
OPT_OUT_TYPES = {"STOP": False, "START": True}
