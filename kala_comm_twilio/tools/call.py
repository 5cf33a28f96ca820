"""Twilio's callbacks about calls in the core's words (VO1, docs/providers.md, 6.2)."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

from odoo.addons.kala_comm.tools.messages import CallEvent, to_naive_utc

from .. import const


def read_call(values, query, lines, desks):
    """Read what happened to a call, to a leg of it, or to its recording.

    :param dict values: parameters of the callback
    :param dict query: parameters of its address; ``line`` and ``caller`` tell what a leg's own
        parameters leave out
    :param set lines: our numbers
    :param set desks: numbers and ids at which our people answer
    :return: CallEvent, or None where it tells nothing
    """
    if "RecordingSid" in values and "CallStatus" not in values:
        return _read_recording(values)
    parties = _parties_of_leg if values.get("ParentCallSid") else _parties_of_call
    told = parties(
        {name: _party(values.get(name)) for name in ("From", "To", "Direction")}, lines, desks
    )
    for name, parameter in (("contact_value", "caller"), ("line_address", "line")):
        # A plus sign in an address reads as a space.
        told[name] = told[name] or _party(query.get(parameter, "").replace(" ", "+"))
    if values.get("DialCallStatus"):
        return _read_dial(values, told)
    status, event = const.CALL_STATUSES.get(values.get("CallStatus"), (None, None))
    if event is None:
        return None
    is_leg = bool(values.get("ParentCallSid"))
    if told["direction"] == "in":
        status = _status_for_caller(status, event, is_leg)
    return CallEvent(
        uid=values.get("ParentCallSid") or values["CallSid"],
        leg=values["CallSid"] if is_leg else "",
        event=event,
        status=status,
        duration=_seconds(values.get("CallDuration")) if status == "answered" else 0,
        recording_url=_recording(values),
        is_partial=_is_partial(values, told),
        **told,
        **_moments(values, event),
    )


def _parties_of_call(values, lines, desks):
    """:return: dict of who called whom, by the call itself"""
    caller, called = values["From"], values["To"]
    if values["Direction"] != "inbound":
        if _is_desk(called, desks):
            return _told("out", "", caller, called)
        return _told("out", called, caller, "")
    if _is_desk(caller, desks):
        number = called.partition(":")[2].partition("@")[0] or called
        dialled = number if number.lstrip("+").isdigit() and number not in lines else ""
        return _told("out", dialled, "", caller)
    return _told("in", caller, called, "")


def _parties_of_leg(values, lines, desks):
    """A leg leads to a desk of ours, or from one of our numbers to a customer. A leg to a desk
    shows the caller's number there, unless the customer's own TwiML says another."""
    caller, called = values["From"], values["To"]
    if not _is_desk(called, desks) and (caller in lines or _is_desk(caller, desks)):
        return _told("out", called, caller if caller in lines else "", "")
    known = caller not in lines and not _is_desk(caller, desks)
    return _told("in", caller if known else "", "", called)


def _told(direction, contact, line, extension):
    return {
        "direction": direction,
        "contact_value": "" if contact in const.WITHHELD else contact,
        "line_address": line,
        "extension": extension,
    }


def _is_desk(party, desks):
    return party in desks or party.startswith(("client:", "sip:"))


def _is_partial(values, told):
    """A caller who withholds his number is said to do so; here the event names somebody else."""
    parties = {_party(values.get(name)) for name in ("From", "To")}
    return not told["contact_value"] and not parties & const.WITHHELD


def _party(value):
    return (value or "").strip()


def _status_for_caller(status, event, is_leg):
    """A caller missed us, whatever the leg was busy with. That the call itself is in progress
    says that a machine picked it up."""
    if is_leg:
        return "missed" if status in ("busy", "failed") else status
    return "ringing" if event == "answered" else status


def _read_dial(values, told):
    """What ``<Dial>`` tells its ``action`` address: how the leg went."""
    status, event = const.CALL_STATUSES.get(values["DialCallStatus"], ("missed", "ended"))
    if told["direction"] == "in":
        status = _status_for_caller(status, event, True)
    return CallEvent(
        uid=values["CallSid"],
        leg=values.get("DialCallSid") or "dial",
        event="ended",
        status=status,
        duration=_seconds(values.get("DialCallDuration")) if status == "answered" else 0,
        recording_url=_recording(values),
        is_partial=_is_partial(values, told),
        **told,
    )


def _read_recording(values):
    if values.get("RecordingStatus", "completed") != "completed":
        return None
    url = _recording(values)
    return url and CallEvent(
        uid=values["CallSid"],
        event="recording",
        direction="",
        recording_url=url,
        is_partial=True,
    )


def _recording(values):
    """:return: address of the recording as browsers play it; empty where there is none"""
    url = _party(values.get("RecordingUrl"))
    if not url.startswith("https://"):
        return ""
    return url if url.endswith((".mp3", ".wav")) else f"{url}.mp3"


def _seconds(value):
    """:return: whole seconds, 0 for what cannot be read or is longer than a call"""
    found = int(value) if value and len(value) < 10 and value.isdecimal() else 0
    return found if found <= const.LONGEST_CALL else 0


def _moments(values, event):
    """:return: dict with the moment of the call's beginning, where the event tells it"""
    try:
        moment = to_naive_utc(parsedate_to_datetime(values["Timestamp"]))
    except (KeyError, ValueError, OverflowError):
        return {}
    if event == "ended":
        moment -= timedelta(seconds=_seconds(values.get("CallDuration")))
    return {"started_at": moment}
