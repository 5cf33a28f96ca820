"""Reading Voicenter's events: CDR notification and screen pop (docs/providers.md, 6.1)."""

import json

from odoo.addons.kala_comm.tools.messages import CallEvent
from odoo.addons.kala_comm.tools.phone import phone_key

from .. import const
from .pbx import NAME_LIMIT, is_long, moment, number, seconds, text, web_address, word

ZONE = "Asia/Jerusalem"


def is_cdr(part):
    """:return: whether it is the record of a call, not a screen pop"""
    return "ivruniqueid" in _spelt(part)


def read_part(part):
    """:return: CallEvent of a CDR or of a screen pop; None where it names no call"""
    facts = _spelt(part)
    uid = text(facts.get("ivruniqueid") or facts.get("ivrid"))[:NAME_LIMIT]
    if not uid:
        return None
    return _read_cdr(uid, facts) if "ivruniqueid" in facts else _read_screen_pop(uid, facts)


def _spelt(part):
    """Its pages and programs differ in small and capital letters."""
    return {str(name).lower(): value for name, value in part.items()}


# ---------------------------------------------------------------------- CDR


def _read_cdr(uid, facts):
    direction = _direction_of(facts)
    is_ours = direction == "out"
    status, talk = _status_of(facts), _talk_of(facts)
    extension = number(
        facts.get("callerextension" if is_ours else "targetextension") or facts.get("extenuser")
    )
    call = {
        "uid": uid,
        "is_partial": not {"caller", "target", "callerphone"} & facts.keys(),
        "event": "ended",
        "direction": direction,
        "contact_value": _international(
            number(facts.get("callerphone") or facts.get("target" if is_ours else "caller"))
        ),
        "line_address": _line_of(facts, is_ours),
        "extension": extension,
        "status": status,
        "duration": talk if status in ("answered", "voicemail") else 0,
        "ring_seconds": seconds(facts.get("actualcalldialtime") or facts.get("dialtime")),
        "started_at": moment(facts.get("time"), ZONE),
        "recording_url": web_address(facts.get("record")),
        "extra": _extra(facts),
    }
    original = text(facts.get("originalivruniqueid"))[:NAME_LIMIT]
    if original and original != uid:
        return CallEvent(**_transferred(call, original))
    if status == "answered" and _kind_of(facts) in const.VOICENTER_OWN_LEG:
        # Our own telephone was picked up; the customer is called only now.
        call.update(event="ringing", status="ringing", duration=0, is_partial=True)
    elif status == "answered" and extension and not is_ours:
        # A person took it, whatever becomes of the legs to whom he passes it on.
        call["leg"] = uid
    return CallEvent(**call)


def _transferred(call, original):
    """A call that somebody of ours passed on is a leg of the first one. That the second one did
    not take it makes no missed call: the first one did."""
    call.update(uid=original, leg=call["uid"])
    if call["status"] != "answered":
        call.update(event="ringing", status="ringing", is_partial=True)
    return call


def _kind_of(facts):
    return " ".join(text(facts.get("type")).lower().split())


def _direction_of(facts):
    told = const.DIRECTIONS.get(word(facts.get("direction")))
    kind = _kind_of(facts)
    starts = any(kind == name or kind.startswith(f"{name} ") for name in const.VOICENTER_OUTGOING)
    return told or ("out" if starts else "in")


def _status_of(facts):
    """Where the status is missing or a new word, the rest tells whether somebody answered."""
    status = const.STATUSES.get(word(facts.get("status")))
    if status:
        return status
    if "isanswer" in facts:
        return "answered" if _flag(facts["isanswer"]) else "missed"
    return "answered" if not text(facts.get("status")) and _talk_of(facts) else "missed"


def _talk_of(facts):
    """:return: seconds of talk; the duration of a call in a queue has the waiting in it"""
    if text(facts.get("actualcallduration")):
        return seconds(facts["actualcallduration"])
    duration = seconds(facts.get("duration"))
    waiting = seconds(facts.get("seconds_waiting_in_queue"))
    return duration - waiting if duration > waiting else duration


def _line_of(facts, is_ours):
    """A call of ours has no ``did``; ``caller`` is then the number that the customer sees."""
    shown = number(facts.get("caller")) if is_ours else ""
    return _international(number(facts.get("did")) or (shown if is_long(shown) else ""))


def _extra(facts):
    """What the core has no field for: queue, and the way through the IVR (list or JSON text)."""
    ivr = facts.get("ivr")
    if isinstance(ivr, str):
        try:
            ivr = json.loads(ivr)
        except (ValueError, RecursionError):
            ivr = None
    extra = {"queue": text(facts.get("queuename")), "ivr": ivr if isinstance(ivr, list) else None}
    return {name: value for name, value in extra.items() if value}


# ---------------------------------------------------------------------- screen pop


def _read_screen_pop(uid, facts):
    status = word(facts.get("status") or facts.get("statuscall"))
    event = const.EVENTS.get(status, "ended")
    told = const.DIRECTIONS.get(word(facts.get("direction")))
    is_answered = event == "answered" or _flag(facts.get("isanswered"))
    return CallEvent(
        uid=uid,
        is_partial="phone" not in facts,
        event=event,
        direction=told or ("out" if status == "dialing" else "in"),
        contact_value=_international(number(facts.get("phone"))),
        contact_name=text(facts.get("callername"))[:NAME_LIMIT],
        line_address=_international(number(facts.get("did"))),
        extension=number(facts.get("extenuser")),
        # A hang-up does not say how it went; the CDR that follows does.
        status="answered" if is_answered else "ringing",
        recording_url=web_address(facts.get("recordfile")),
    )


def _flag(value):
    return value is True or text(value).lower() in ("1", "true")


def _international(found):
    """Voicenter writes E.164 digits without ``+``; local numbers keep their zero, and 1-700
    numbers are what they are."""
    key = phone_key(found, international=True) if found.isdecimal() else None
    return f"+{found}" if key and key.kind == "phone" and found[0] != "0" else found
