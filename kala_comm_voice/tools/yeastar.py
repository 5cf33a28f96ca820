"""Yeastar's events in the names of the generic webhook (docs/providers.md, 6.2)."""

import json

from .pbx import text

#: Types of the P-Series' events about calls → their names in the S-Series.
CALL_EVENTS = {"30011": "CallStatus", "30012": "NewCdr"}
TALKS = ("ANSWER", "ANSWERED", "HOLD")
RINGS = ("RING", "ALERT", "EARLYMEDIA")


def flat(part):
    """Unfold an event: the P-Series puts it into ``msg``, as an object or as JSON text, and tells
    who takes part in a call that goes on.

    :param dict part: of any telephone system
    :return: list of dicts; empty for news of the system itself, which are about no call
    """
    if "sn" not in part:
        return [part]
    inner = part.get("msg")
    if isinstance(inner, str):
        try:
            inner = json.loads(inner)
        except (ValueError, RecursionError):
            return [part]
    if isinstance(inner, dict):
        event = CALL_EVENTS.get(text(part.get("type")))
        if not event:
            return []
        part = {**inner, "event": event}
    if not text(part.get("call_id") or part.get("callid")):
        return []
    members = part.get("members")
    return _of_members(part, members) if isinstance(members, list) else [part]


def _of_members(part, members):
    """:return: list of an event for each extension that rings or talks; empty where the call ends
    or is between colleagues: the record that follows tells of it"""
    by_kind = {}
    for member in members:
        if isinstance(member, dict):
            for kind, facts in member.items():
                if isinstance(facts, dict):
                    by_kind.setdefault(kind, []).append(facts)
    desks = by_kind.get("extension", []) + by_kind.get("ext", [])
    for kind, direction in (("inbound", "in"), ("outbound", "out")):
        for outside in by_kind.get(kind, []):
            told = {
                "call_id": part.get("call_id") or part.get("callid"),
                "direction": direction,
                "from": outside.get("from"),
                "to": outside.get("to"),
            }
            # Whom we call has not answered because our own telephone is off the hook.
            watched = (desks or [outside]) if direction == "in" else [outside]
            return [
                {**told, "event": event, "extension": extension}
                for event, extension in _states(watched, desks)
            ]
    return []


def _states(watched, desks):
    """:return: list of (event, extension) of the members that tell the state of the call"""
    states = [
        (
            text(facts.get("member_status") or facts.get("memberstatus")).upper(),
            text(facts.get("number")) or (text(desks[0].get("number")) if desks else ""),
        )
        for facts in watched
    ]
    talking = [("answered", desk) for status, desk in states if status in TALKS]
    return talking or [("ringing", desk) for status, desk in states if status in RINGS]
