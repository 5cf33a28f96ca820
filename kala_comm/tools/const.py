"""Vocabularies of the core. Providers map their own words onto these."""

from . import channels

#: The models whose records communications are attached to, each with the field of
#: ``kala.communication`` that names the record. An addon by which another model joins adds it here
#: when the addon is imported, and gives it the mixin and that field.
RECORD_FIELDS = {"crm.lead": "lead_id", "sale.order": "order_id", "res.partner": "partner_id"}
RECORD_MODELS = RECORD_FIELDS.keys()

#: Stands for the one of the channels for texts on which the contact last wrote (SE5).
LAST_CHANNEL = "last"
#: Kinds that a record has by its own fields; the others are ids of one connection (MA8).
FIELD_CONTACT_KINDS = ("phone", "email", "raw")

#: What a contact may refuse: every message, or advertising only.
PURPOSES = [("all", "Every message"), ("marketing", "Advertising")]

#: States of a communication. Which may follow which: ``log/kala_communication_state.py``.
SCHEDULED = "scheduled"
QUEUED = "queued"
SENDING = "sending"
UNKNOWN = "unknown"
SENT = "sent"
DELIVERED = "delivered"
READ = "read"
FAILED = "failed"
CANCELLED = "cancelled"
RECEIVED = "received"
#: What a try to send may end with, too: the provider did not take it.
RETRY = "retry"

COMMUNICATION_STATES = [
    (SCHEDULED, "Scheduled"),
    (QUEUED, "Queued"),
    (SENDING, "Sending"),
    (UNKNOWN, "Unknown"),
    (SENT, "Sent"),
    (DELIVERED, "Delivered"),
    (READ, "Read"),
    (FAILED, "Failed"),
    (CANCELLED, "Cancelled"),
    (RECEIVED, "Received"),
]
#: A report may move a communication to the right only (DE1). ``failed`` stands before
#: ``delivered``: a message that failed on one device may still arrive on another.
STATE_RANK = (
    SCHEDULED,
    QUEUED,
    CANCELLED,
    SENDING,
    UNKNOWN,
    SENT,
    FAILED,
    DELIVERED,
    READ,
)
#: The same of one attempt: ``retry``, the provider did not take it.
ATTEMPT_RANK = (
    CANCELLED,
    SENDING,
    UNKNOWN,
    RETRY,
    SENT,
    FAILED,
    DELIVERED,
    READ,
)
#: What a report may say; other words of a provider are kept and change nothing.
REPORTED_STATES = (SENT, FAILED, DELIVERED, READ)
UNSENT_STATES = (SCHEDULED, QUEUED)
#: Nothing of the message is on its way: what went wrong before is known already.
NOT_LEFT_STATES = (*UNSENT_STATES, CANCELLED)
SENT_STATES = (SENT, DELIVERED, READ)

WAIT_REASONS = [
    ("person", "A person chose the time"),
    ("window", "Outside the send window"),
    ("retry", "Waiting to try again"),
    ("limit", "Waiting for the provider's limit"),
]

FAILURE_KINDS = [
    ("address", "Wrong address"),
    ("consent", "No consent"),
    ("credit", "No credit"),
    ("sender", "Sender not approved"),
    ("connection", "Connection problem"),
    ("limit", "Limit reached"),
    ("window", "Window closed"),
    ("temporary", "Temporary problem"),
    ("rejected", "Rejected"),
]
#: These retry by themselves (DE2); the others wait for a person.
RETRY_KINDS = ("temporary", "limit")
#: Tries of what is tried once more, in case it was chance.
ONCE_MORE = 2
#: Sending the same again does not help with these.
FINAL_KINDS = ("address", "consent")
#: What is sent on the other channel instead (SE5): all else may still be mended.
FALLBACK_KIND = "address"
#: These say that the whole connection is of no use at the moment: it pauses (DE5).
PAUSE_KINDS = ("credit", "connection")
#: Code of a try that never reached the provider.
UNREACHABLE = "unreachable"

#: What a provider thinks of a template that it keeps (WA1).
APPROVAL_STATES = [
    ("pending", "Being reviewed"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("paused", "Paused"),
    ("disabled", "Disabled"),
    ("deleted", "Deleted"),
]
TEMPLATE_QUALITIES = [
    ("unknown", "Not rated yet"),
    ("high", "High"),
    ("medium", "Medium"),
    ("low", "Low"),
]
HEADER_KINDS = [
    ("text", "Text"),
    ("image", "Image"),
    ("video", "Video"),
    ("document", "Document"),
]
#: Kinds of header that are a file.
FILE_HEADERS = ("image", "video", "document")
TEMPLATE_PARTS = [("header", "Header"), ("body", "Text"), ("button", "Button")]

#: Kinds that are logged, but are no work, wake nobody and make no lead.
NO_NEWS = ("reaction", "edit", "revoke", "system")
#: What a record lists: a reaction of ours is seen on its message, unless it went wrong.
LISTED_DOMAIN = [
    "|",
    "|",
    ("direction", "=", "in"),
    ("kind", "!=", "reaction"),
    ("state", "in", (FAILED, UNKNOWN)),
]

PRIORITY_PERSON = 0
PRIORITY_AUTOMATION = 1
PRIORITY_MASS = 2
PRIORITIES = (PRIORITY_PERSON, PRIORITY_AUTOMATION, PRIORITY_MASS)

CALL_STATUSES = [
    ("ringing", "Ringing"),
    # Nobody told how it ended.
    ("untold", "End not told"),
    ("answered", "Answered"),
    ("missed", "Missed"),
    ("busy", "Busy"),
    ("failed", "Failed"),
    ("voicemail", "Voicemail"),
    ("forwarded", "Forwarded"),
]

#: Nobody of ours spoke with who called: to him, each of these is a call that we missed.
UNANSWERED = ("missed", "busy", "failed", "voicemail")

#: Status types that the product delivers (ST1): code, name.
STATUS_TYPES = (
    "new",
    "open",
    "waiting",
    "closed",
    "won",
    "lost",
    "irrelevant",
    "duplicate",
)
#: Delivered value of "excluded status types" (MA2).
EXCLUDED_STATUS_TYPES = ("closed", "won", "lost", "irrelevant", "duplicate")

#: An address on more records than this still matches but makes none similar.
SIMILAR_LIMIT = 50


def __getattr__(name):
    """Lists of the table of channels as they are now: addons add rows to it
    (docs/architecture.md, 3.17)."""
    if name == "CHANNELS":
        return [(row.code, row.label._source) for row in channels.every()]
    if name == "TEXT_CHANNELS":
        return tuple(channels.codes(channels.TEXT))
    if name == "WRITTEN_CHANNELS":
        return tuple(channels.codes(*channels.WRITTEN))
    if name == "CHANNEL_FAMILY":
        return {row.code: row.family for row in channels.every()}
    if name == "CONTACT_KINDS":
        kinds = channels.contact_kinds(channels.every())
        return [(kind, label._source) for kind, label in kinds]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
