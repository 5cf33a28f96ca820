"""Twilio's callbacks and answers in the core's words (docs/providers.md, 3.1, 3.2)."""

import urllib.parse

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.const import ONCE_MORE
from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
)

from .. import const

_lt = LazyTranslate(__name__)

#: Parameters that the message has in fields of its own, or that say the same each time.
_CONSUMED = {
    "AccountSid",
    "ApiVersion",
    "Body",
    "ExternalUserId",
    "From",
    "MessageSid",
    "MessageStatus",
    "NumMedia",
    "OriginalRepliedMessageSid",
    "ProfileName",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
    "To",
}
#: What a customer picked from a message of ours.
_CHOICES = ("ButtonPayload", "ButtonText", "ListId", "ListTitle")
_FILE_KINDS = {"image": "image", "video": "video", "audio": "audio"}


def message_uid(values):
    """:return: Twilio's id of the message that a callback is about; may be empty"""
    return values.get("MessageSid") or values.get("SmsMessageSid") or values.get("SmsSid") or ""


def says_status(values):
    """:return: whether a callback says what became of a message"""
    return bool(values.get("MessageStatus") or values.get("SmsStatus"))


def is_incoming(values):
    """:return: whether a callback brings a customer's message, and not news of ours"""
    status = values.get("MessageStatus") or values.get("SmsStatus")
    if not status:
        # News of ours say what became of it; what only says from whom it is, came from him.
        return bool(values.get("From"))
    return status in const.INCOMING_STATUSES


def split_address(address):
    """:return: (channel, address without its prefix)"""
    address = (address or "").strip()
    if address.lower().startswith(const.WHATSAPP_PREFIX):
        return "whatsapp", address[len(const.WHATSAPP_PREFIX) :].strip()
    return "sms", address


def read_message(values):
    """Read a customer's message.

    :param dict values: parameters of an incoming callback
    :return: IncomingMessage
    """
    channel, line_address = split_address(values.get("To"))
    sender_channel, sender = split_address(values.get("From"))
    if "whatsapp" in (channel, sender_channel):
        channel = "whatsapp"
    kind, sender = _contact(channel, sender, values)
    files = _files(values)
    location = _location(values)
    return IncomingMessage(
        channel=channel,
        uid=message_uid(values),
        contact_kind=kind,
        contact_value=sender,
        contact_uid=values.get("ExternalUserId", ""),
        contact_name=values.get("ProfileName", ""),
        line_address=line_address,
        body=_body(values, location),
        reply_to=values.get("OriginalRepliedMessageSid", ""),
        files=files,
        kind="file" if files else "location" if location else "text",
        ad_id=(values.get("ReferralSourceId") or values.get("ReferralSourceUrl") or "").strip()[
            :200
        ],
        ad_name=values.get("ReferralHeadline", ""),
        choice=next((values[name] for name in _CHOICES if values.get(name)), ""),
        allowed=const.OPT_OUT_TYPES.get(values.get("OptOutType", "").strip().upper()),
        told=bool(values.get("OptOutType")),
        extra=_extra(values),
    )


def _contact(channel, sender, values):
    """People with a WhatsApp user name may come without a number (docs/providers.md, 1.8)."""
    if channel != "whatsapp":
        return "phone", sender
    if not sender and values.get("WaId"):
        return "phone", f"+{values['WaId']}"
    if sender.lstrip("+").isdigit():
        return "phone", sender if sender.startswith("+") else f"+{sender}"
    return "whatsapp", sender or values.get("ExternalUserId", "")


def _body(values, location):
    text = values.get("Body") or values.get("ButtonText") or values.get("ListTitle") or ""
    return "\n".join(part for part in (text, location) if part)


def _location(values):
    """:return: a place as people read it: name, address, coordinates; may be empty"""
    if not values.get("Latitude") or not values.get("Longitude"):
        return ""
    lines = [values.get("Label"), values.get("Address")]
    lines.append(f"{values['Latitude']}, {values['Longitude']}")
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _files(values):
    found = []
    for number in range(_count(values.get("NumMedia"))):
        url = values.get(f"MediaUrl{number}")
        if not url:
            continue
        mimetype = values.get(f"MediaContentType{number}", "").split(";")[0].strip().lower()
        kind = "contact" if "vcard" in mimetype else mimetype.partition("/")[0]
        found.append(
            InboundFile(
                kind=kind if kind == "contact" else _FILE_KINDS.get(kind, "document"),
                mimetype=mimetype,
                provider_id=url.rstrip("/").rpartition("/")[2],
                url=url,
            )
        )
    return tuple(found)


def _count(value):
    """Twilio sends ten files at most; a number that is none means no files."""
    return min(int(value), 10) if value and value.isdecimal() else 0


def _extra(values):
    return {
        name: value
        for name, value in values.items()
        if value and name not in _CONSUMED and not name.startswith("Media")
    }


def read_report(values, key=""):
    """Read what became of a message of ours.

    :param dict values: parameters of a status callback
    :param str key: our own id, which the callback's address carries
    :return: DeliveryReport, or None where the status tells nothing new
    """
    status = values.get("MessageStatus") or values.get("SmsStatus") or ""
    return _report(
        message_uid(values),
        status,
        code=values.get("ErrorCode"),
        reason=values.get("ErrorMessage") or values.get("ChannelStatusMessage"),
        key=key,
        line_address=split_address(values.get("From"))[1],
    )


def read_resource(values):
    """Read a message as the API shows it.

    :return: DeliveryReport, or None where the status tells nothing new
    """
    return _report(
        values.get("sid") or "",
        values.get("status") or "",
        code=values.get("error_code"),
        reason=values.get("error_message"),
    )


def _report(uid, status, code, reason, **values):
    state = const.STATE_BY_STATUS.get(status.lower())
    if state is None:
        return None
    if state == "failed":
        kind, text = failure(code, reason, status=status)
        values.update(
            failure_kind=kind, failure_reason=text, code=str(code or ""), tries=failure_tries(code)
        )
    return DeliveryReport(uid=uid, state=state, **values)


def read_balance(values):
    """:return: float in the account's currency, or None where there is none"""
    try:
        return float(values.get("balance"))
    except (TypeError, ValueError):
        return None


def read_numbers(values):
    """Read Twilio's list of the account's numbers.

    :return: dict number → dict ``sid``, ``is_elsewhere``: whether its texts go to another system
    """
    found = values.get("incoming_phone_numbers")
    return {
        str(number.get("phone_number")): {
            "sid": urllib.parse.quote(str(number.get("sid")), safe=""),
            "is_elsewhere": _is_elsewhere(number),
        }
        for number in (found if isinstance(found, list) else ())
        if isinstance(number, dict)
    }


def _is_elsewhere(number):
    """A new number calls Twilio's demonstration. An application comes before the number's own
    address."""
    address = urllib.parse.urlsplit(str(number.get("sms_url") or ""))
    is_ours = not address.netloc or address.hostname == const.DEMO_HOST
    is_ours = is_ours or address.path.startswith("/kala/webhook/")
    return bool(number.get("sms_application_sid")) or not is_ours


def failure_tries(code):
    """:return: tries that it is worth; 0 = as many as any other"""
    return ONCE_MORE if str(code or "") in const.ONCE_MORE else 0


def failure(code, reason="", http_status=0, status=""):
    """Say what an error means for us.

    :param code: Twilio's error code, number or text
    :param str reason: Twilio's own words, if any
    :return: (failure kind, sentence in English: it is kept, and translated when it is shown)
    """
    code = str(code or "")
    kind, meaning = const.ERRORS.get(code, (None, ""))
    kind = kind or const.KIND_BY_HTTP_STATUS.get(http_status, "rejected")
    text = (meaning and kept(meaning)) or reason
    if not text and status:
        text = kept(_lt("Twilio reports “%s”.", status))
    text = text or kept(_lt("Twilio refused."))
    return kind, f"{text} (Twilio {code})" if code else text
