"""Reading events of telephone systems: the generic webhook (docs/providers.md, 6.3)."""

import math
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from odoo.addons.kala_comm.tools.messages import CallEvent, from_timestamp, to_naive_utc
from odoo.addons.kala_comm.tools.phone import strip_uri
from odoo.addons.kala_comm.tools.text import clean_text

from .. import const

#: Characters of a value that are read, and of what names a call or a place: nothing that is
#: longer is meant so.
TEXT_LIMIT = 2000
NAME_LIMIT = 200
#: Fields of which an event has one at least if it says who called whom.
PARTIES = ("from", "to", "contact", "did")
#: Seconds. What claims to last longer was counted wrong.
LONGEST_CALL = 7 * 24 * 3600

_SPELLING = re.compile(r"[^a-z0-9]")
_DESK = re.compile(r"(?i)^ext(?:ension)?[.\s]+(?=\d)")


def parts_of(inbound):
    """:return: list of the events of a JSON object or list, of a form or of a query, as they came:
    mostly dicts. None where the body is none of these"""
    body = inbound.json
    if isinstance(body, dict):
        return [body]
    if isinstance(body, list) and body:
        return body
    if body is not None:
        return None
    form = inbound.form_dict if inbound.body else dict(inbound.query)
    # Any text reads as a form of names without values.
    return [form] if any(form.values()) else None


def text(value):
    """:return: a value of an event as stripped text; empty for what is no text or number"""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        value = int(value) if value.is_integer() else value
    return clean_text(str(value)).strip()[:TEXT_LIMIT]


def number(value):
    """:return: a telephone number or extension as text, without what systems write around it"""
    found = text(value)
    if isinstance(value, str) and value.startswith(" ") and found.isdecimal():
        # A plus sign in a form reads as a space.
        found = f"+{found}"
    return _DESK.sub("", strip_uri(found))[:NAME_LIMIT]


def is_long(value):
    """:return: whether it is a number of the outside world, not an extension"""
    return len(value) >= const.NUMBER_DIGITS


def word(value):
    """:return: a word of a vocabulary, in the one spelling that :mod:`const` has"""
    return _SPELLING.sub("", text(value).lower())


def seconds(value):
    """:return: whole seconds, 0 for what cannot be read; ``1:05`` and ``0:01:05`` are read"""
    total = 0
    try:
        for part in text(value).split(":"):
            total = total * 60 + int(float(part))
    except (ValueError, OverflowError):
        return 0
    return total if 0 <= total <= LONGEST_CALL else 0


def moment(value, zone="UTC"):
    """Read a time of a telephone system.

    :param value: epoch seconds, ISO 8601 with offset, or local time without one
    :param str zone: where the system's clock hangs
    :return: naive UTC datetime, or None
    """
    value = text(value)
    if not value:
        return None
    if value.replace(".", "", 1).isdigit():
        return from_timestamp(value)
    try:
        found = datetime.fromisoformat(value.replace("Z", "+00:00").replace("/", "-"))
        if not found.tzinfo:
            found = found.replace(tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
        return to_naive_utc(found)
    except (ValueError, OverflowError):
        return None


def web_address(value):
    """:return: an address that a browser may open, else empty"""
    value = text(value)
    return value if value.startswith(("http://", "https://")) else ""


def read_call(part, zone="UTC", desks=(), is_ours=lambda called: False):
    """Read one event.

    :param dict part: the event; ``readme/CONFIGURE.md`` tells its names
    :param desks: our extensions
    :param is_ours: function of a number: whether it is one of our lines
    :return: CallEvent, or None where it names no call
    """
    spelt = {_SPELLING.sub("", str(name).lower()): value for name, value in part.items()}

    def of(name, read=text):
        found = (read(spelt.get(alias)) for alias in const.ALIASES[name])
        return next((value for value in found if value), "")

    caller, called, did = of("from", number), of("to", number), of("did", number)
    direction = const.DIRECTIONS.get(word(of("direction"))) or _guess_direction(
        caller, called, did, desks, is_ours
    )
    ours, theirs = (caller, called) if direction == "out" else (called, caller)
    theirs = theirs or of("contact", number)
    is_desk = ours in desks or not is_long(ours)
    extension = of("extension", number) or (ours if is_desk else "")
    started_at = moment(of("started_at"), zone)
    uid = of("call_id")[:NAME_LIMIT] or _uid_of(started_at, theirs, extension)
    if not uid:
        return None
    parent = of("parent_call_id")[:NAME_LIMIT]
    answered_at, ended_at = moment(of("answered_at"), zone), moment(of("ended_at"), zone)
    happened = word(of("event"))
    status = const.STATUSES.get(word(of("status"))) or _status_in(happened)
    if status == "answered" and direction != "out":
        status = _answered_by(of, spelt)
    talk = _talk(of, status)
    recording = web_address(of("recording_url"))
    event = const.EVENTS.get(happened) or _event_of(status, talk, answered_at, ended_at, recording)
    sent_to = called if direction == "in" and did else ""
    extra = {"called": sent_to, "queue": of("queue")[:NAME_LIMIT]}
    return CallEvent(
        uid=parent or uid,
        leg=uid if parent and parent != uid else "",
        # It says that something happened, not who called whom: another event does.
        is_partial=not any(alias in spelt for name in PARTIES for alias in const.ALIASES[name]),
        event=event,
        direction=direction,
        contact_value=theirs,
        contact_name=of("caller_name")[:NAME_LIMIT],
        line_address=did or ("" if is_desk else ours),
        extension=extension,
        status="" if status == "ringing" and event == "ended" else status,
        duration=talk,
        ring_seconds=seconds(of("ring_seconds")),
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        # Behind the number that was dialled: where the system sent the call.
        extra={name: value for name, value in extra.items() if value},
        recording_url=recording,
    )


def _uid_of(started_at, theirs, extension):
    """3CX tells of a call once and gives it no id: whose it was, and when, is one."""
    return f"{started_at.isoformat()}/{theirs}/{extension}" if started_at and theirs else ""


def _guess_direction(caller, called, did, desks, is_ours):
    """Asterisk's CDR does not say it: who calls the world from a desk of ours calls out."""
    if did or not called or is_ours(called):
        return "in"
    from_desk = caller in desks or (caller and not is_long(caller) and is_long(called))
    return "out" if from_desk and called not in desks else "in"


def _status_in(happened):
    """:return: the outcome, where a system names it as the event: "missed", "busy"; else empty"""
    return "" if happened in const.EVENTS else const.STATUSES.get(happened, "")


def _answered_by(of, spelt):
    """Asterisk calls a call answered when its menu, queue or voicemail took it: a person did only
    where another channel was connected.

    :return: "answered", or what the call was where only a machine answered
    """
    last_app = word(of("last_app"))
    if last_app in const.VOICEMAIL_APPS:
        return "voicemail"
    if of("other_channel"):
        return "answered"
    tells_channel = any(alias in spelt for alias in const.ALIASES["other_channel"])
    nobody = last_app in const.MACHINE_APPS or last_app and tells_channel
    return "missed" if nobody else "answered"


def _talk(of, status):
    """:return: seconds of talk, where somebody or the voicemail answered"""
    if status not in ("", "answered", "voicemail"):
        return 0
    return seconds(of("talk_seconds") or of("duration"))


def _event_of(status, talk, answered_at, ended_at, recording):
    if status == "ringing":
        return "ringing"
    if status or talk or ended_at:
        return "ended"
    if answered_at:
        return "answered"
    return "recording" if recording else "ringing"
