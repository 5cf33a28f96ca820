"""Reading events of telephone systems: the generic webhook (providers.md 6.3)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from odoo.addons.kala_comm.tools.messages import CallEvent, Unusable, from_timestamp, to_naive_utc

from .. import const


def parts_of(inbound):
    """:return: list of dicts: the events of a JSON object or list, of a form or of a query; None
    where the body is none of these"""
    body = inbound.json
    if isinstance(body, dict):
        return [body]
    if isinstance(body, list) and body and all(isinstance(part, dict) for part in body):
        return body
    if body is None and inbound.form:
        return [inbound.form_dict]
    return None


def text(value):
    """:return: a value of an event as stripped text; empty for what is no text or number"""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def seconds(value):
    """:return: whole seconds, 0 for what cannot be read; ``1:05`` and ``0:01:05`` are read"""
    value = text(value)
    if ":" in value:
        total = 0
        for part in value.split(":"):
            total = total * 60 + (int(part) if part.isdigit() else 0)
        return total
    try:
        return max(int(float(value)), 0)
    except (ValueError, OverflowError):
        return 0


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
    except ValueError:
        return None
    if not found.tzinfo:
        found = found.replace(tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
    return to_naive_utc(found)


def read_call(part, zone="UTC"):
    """Read one event.

    :return: CallEvent; Unusable where it names no call
    """
    lowered = {str(name).lower(): value for name, value in part.items()}

    def of(name):
        for alias in const.ALIASES[name]:
            value = text(lowered.get(alias.lower()))
            if value:
                return value
        return ""

    uid = of("call_id")
    if not uid:
        return Unusable(
            key=repr(sorted(part.items(), key=str))[:200],
            reason="The event names no call: call_id is missing.",
            raw={"part": repr(part)[:1000]},
        )
    status = const.STATUSES.get(of("status").lower(), "")
    event = const.EVENTS.get(of("event").lower(), "")
    talk = seconds(of("talk_seconds"))
    direction = const.DIRECTIONS.get(of("direction").lower(), "in")
    ours, theirs = (of("from"), of("to")) if direction == "out" else (of("to"), of("from"))
    called = of("to") if direction == "in" and of("did") else ""
    recording = of("recording_url")
    parent = of("parent_call_id")
    return CallEvent(
        uid=parent or uid,
        leg=uid if parent and parent != uid else "",
        event=event or ("recording" if recording and not status else _event_of(status)),
        direction=direction,
        contact_value=theirs,
        contact_name=of("caller_name"),
        line_address=of("did") or ("" if len(ours) < 7 else ours),
        extension=of("extension") or (ours if 0 < len(ours) < 7 else ""),
        status="" if status == "ringing" and event == "ended" else status,
        duration=talk if status in ("", "answered", "voicemail") else 0,
        ring_seconds=seconds(of("ring_seconds")),
        started_at=moment(of("started_at"), zone),
        answered_at=moment(of("answered_at"), zone),
        ended_at=moment(of("ended_at"), zone),
        # Behind the number that was dialled: where the system sent the call.
        extra={"called": called} if called else {},
        recording_url=recording if recording.startswith(("http://", "https://")) else "",
    )


def _event_of(status):
    if status in ("ringing", ""):
        return "ringing"
    return "ended"
