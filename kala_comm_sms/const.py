"""Vocabularies of the SMS providers in the words of the core (docs/providers.md, 4)."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

#: Country whose numbers the Israeli gateways take in their local spelling.
ISRAEL = "IL"

INFORU_URL = "https://capi.inforu.co.il"
INFORU_OK = 1
#: What may be asked for; what was told once is forgotten there.
INFORU_POLLS = ("DeliveryNotificationSMS", "IncomingMessagesSMS")
#: Items of one answer, and bytes that it may have: Hebrew letters may be written with six each.
INFORU_BATCH = 200
POLL_BYTES = 8 * 1024 * 1024
#: Status of an answer → failure kind.
INFORU_KINDS = {
    -1: "temporary",
    -2: "connection",
    -3: "connection",
    -4: "connection",
    -6: "address",
    -9: "rejected",
    -11: "rejected",
    -13: "credit",
    -14: "credit",
    -15: "credit",
    -16: "rejected",
    -18: "address",
    -20: "sender",
    -21: "sender",
    -22: "connection",
    -26: "connection",
    -28: "address",
    -29: "address",
    -90: "sender",
    -231: "connection",
}
#: Status of a delivery push → (state, failure kind); others tell nothing.
INFORU_REPORTS = {
    2: ("delivered", ""),
    4: ("read", ""),
    6: ("read", ""),
    -107: ("delivered", ""),
    -2: ("failed", "rejected"),
    -4: ("failed", "consent"),
}

SMS019_URL = "https://019sms.co.il"
SMS019_MAX_TEXT = 1005
SMS019_MAX_SENDER = 11
#: Accepted; the other two say that a list of blocked numbers was changed.
SMS019_OK = (0, 944, 946)
#: Ids that one question may name, and how long it answers for them.
SMS019_IDS = 1000
SMS019_DAYS = 6
SMS019_KINDS = {
    1: "rejected",
    2: "rejected",
    3: "connection",
    4: "credit",
    5: "limit",
    6: "temporary",
    7: "rejected",
    8: "consent",
    9: "address",
    10: "connection",
    11: "connection",
    12: "credit",
    502: "rejected",
    989: "rejected",
    992: "sender",
    997: "rejected",
    998: "temporary",
    999: "temporary",
}
#: "Unknown" and "ask support": tried once more.
SMS019_ONCE_MORE = (998, 999)
#: Seconds until another try after "not allowed to send at this hour": five tries reach
#: the morning.
SMS019_HOUR_PAUSE = 7200
#: Status of a delivery report → (state, failure kind); the ranges are in ``sms019.py``.
SMS019_REPORTS = {
    0: ("delivered", ""),
    102: ("delivered", ""),
    -1: ("sent", ""),
    2: ("failed", "rejected"),
    7: ("failed", "credit"),
    15: ("failed", "address"),
    16: ("failed", "rejected"),
    17: ("failed", "consent"),
    18: ("failed", "rejected"),
    103: ("failed", "temporary"),
    201: ("failed", "consent"),
    747: ("failed", "temporary"),
    998: ("failed", "sender"),
    999: ("failed", "rejected"),
}

#: State of a message at Odoo's service → what it means. The service sends the state only.
IAP_WORDS = {
    "country_not_supported": _lt("Country not supported."),
    "duplicate_message": _lt("Duplicate message."),
    "expired": _lt("Expired."),
    "incompatible_content": _lt("Incompatible content."),
    "insufficient_credit": _lt("Insufficient credit."),
    "invalid_destination": _lt("Invalid destination."),
    "not_allowed": _lt("Not allowed."),
    "not_delivered": _lt("Not delivered."),
    "registration_needed": _lt("Registration needed."),
    "rejected": _lt("Rejected."),
    "server_error": _lt("Server error."),
    "unregistered": _lt("Unregistered."),
    "wrong_number_format": _lt("Wrong number format."),
}

IAP_URL = "https://sms.api.odoo.com"
IAP_ACCEPTED = ("processing", "success", "sent")
IAP_KINDS = {
    "country_not_supported": "rejected",
    "duplicate_message": "rejected",
    "incompatible_content": "rejected",
    "insufficient_credit": "credit",
    "registration_needed": "sender",
    "server_error": "temporary",
    "unregistered": "connection",
    "wrong_number_format": "address",
    # These come in delivery reports only.
    "expired": "temporary",
    "invalid_destination": "address",
    "not_allowed": "rejected",
    "not_delivered": "rejected",
    "rejected": "rejected",
}

#: State of a communication → state of ``sms.sms``. Odoo calls "sent" what was delivered.
SMS_STATE_BY_STATE = {
    "scheduled": "process",
    "queued": "process",
    "sending": "process",
    "unknown": "process",
    "sent": "pending",
    "delivered": "sent",
    "read": "sent",
    "failed": "error",
    "cancelled": "canceled",
}
#: Failure kind → what Odoo's own SMS service would have answered.
SMS_STATE_BY_KIND = {
    "address": "wrong_number_format",
    "connection": "server_error",
    "consent": "not_allowed",
    "credit": "insufficient_credit",
    "limit": "server_error",
    "rejected": "rejected",
    "sender": "rejected",
    "temporary": "server_error",
    "window": "rejected",
}

#: Channels that a gateway by HTTP may send on: both go to phone numbers.
HTTP_CHANNELS = ("sms", "viber")
