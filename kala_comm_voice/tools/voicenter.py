"""Reading Voicenter's events: CDR notification and screen pop (providers.md 6.1)."""

import json

from odoo.addons.kala_comm.tools.messages import CallEvent, Unusable

from .. import const
from .pbx import moment, seconds, text

ZONE = "Asia/Jerusalem"


def read_part(part):
    """:return: CallEvent of a CDR or of a screen pop; Unusable where it names no call"""
    uid = text(part.get("ivruniqueid") or part.get("ivrid") or part.get("IvrUniqueID"))
    if not uid:
        return Unusable(
            key=json.dumps(part, sort_keys=True, default=str)[:200],
            reason="The event names no call: ivruniqueid is missing.",
            raw={"part": json.dumps(part, default=str)[:1000]},
        )
    if "duration" in part or "targetextension" in part or "record" in part:
        return _read_cdr(uid, part)
    return _read_screen_pop(uid, part)


def _read_cdr(uid, part):
    status = const.STATUSES.get(text(part.get("status")).lower(), "missed")
    outgoing = _is_outgoing(part)
    theirs = text(part.get("target") if outgoing else part.get("caller"))
    extension = text(part.get("callerextension") if outgoing else part.get("targetextension"))
    talk = seconds(part.get("actualCallDuration") or part.get("duration"))
    return CallEvent(
        uid=uid,
        event="ended",
        direction="out" if outgoing else "in",
        contact_value=_international(text(part.get("callerPhone")) or theirs),
        line_address=_international(text(part.get("did"))),
        extension=extension,
        status=status,
        duration=talk if status in ("answered", "voicemail") else 0,
        ring_seconds=seconds(part.get("dialtime")),
        started_at=moment(part.get("time"), ZONE),
        recording_url=_url(part.get("record")),
        extra=_extra(part),
    )


def _read_screen_pop(uid, part):
    status = text(part.get("status") or part.get("statusCall")).lower()
    event = {"ringing": "ringing", "dialing": "ringing", "talking": "answered"}.get(status, "ended")
    direction = text(part.get("direction")).lower()
    answered = text(part.get("isAnswered") or part.get("callAnswered")).lower() in ("1", "true")
    return CallEvent(
        uid=uid,
        event=event,
        direction=const.DIRECTIONS.get(direction, "out" if status == "dialing" else "in"),
        contact_value=_international(text(part.get("phone"))),
        contact_name=text(part.get("callerName")),
        line_address=_international(text(part.get("did"))),
        extension=text(part.get("extenUser")),
        # A hang-up does not say how it went; the CDR that follows does.
        status="answered" if event == "answered" or answered else "ringing",
        recording_url=_url(part.get("recordFile")),
    )


def _is_outgoing(part):
    direction = text(part.get("direction")).lower()
    if direction:
        return const.DIRECTIONS.get(direction) == "out"
    kind = text(part.get("type")).lower()
    return any(kind == name or kind.startswith(name + " ") for name in const.VOICENTER_OUTGOING)


def _international(number):
    """Voicenter writes E.164 digits without ``+``; local numbers keep their zero."""
    return f"+{number}" if number.isdigit() and number.startswith("972") else number


def _url(value):
    value = text(value)
    return value if value.startswith(("http://", "https://")) else ""


def _extra(part):
    """What the core has no field for: queue, and the way through the IVR (list or JSON text)."""
    ivr = part.get("IVR")
    if isinstance(ivr, str):
        try:
            ivr = json.loads(ivr)
        except ValueError:
            ivr = None
    extra = {"queue": text(part.get("queuename")), "ivr": ivr if isinstance(ivr, list) else None}
    return {name: value for name, value in extra.items() if value}
