"""019 SMS and TextMe, one platform (providers.md 4.2)."""

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    IncomingMessage,
    SendResult,
    Unusable,
)

from .. import const
from .values import dicts, first, integer, text


def send_body(username, body, phone, sender, key):
    """:return: dict, the JSON body of a send; our own id comes back in the report"""
    return {
        "sms": {
            "user": {"username": username},
            "source": sender,
            "destinations": {"phone": [{"$": {"id": key}, "_": phone}]},
            "message": body,
        }
    }


def read_send(answer):
    """:return: SendResult, or None where the answer is not what 019 documents"""
    if answer.status in (401, 403):
        return SendResult.refused("connection", "019 did not accept the token.")
    values = answer.json()
    status = integer(values.get("status")) if isinstance(values, dict) else None
    if status is None or answer.status >= 500:
        return None
    if status == const.SMS019_OK:
        return SendResult.sent(text(values.get("shipment_id")))
    return SendResult.refused(
        const.SMS019_KINDS.get(status, "rejected"),
        f"{first(values, ['message']) or '019 refused.'} (019 {status})",
        status,
        retry_after=const.SMS019_HOUR_PAUSE if status == 5 else 0.0,
    )


def read_event(form, body):
    """Read a push, form or JSON: reports have a status, messages a text.

    :param dict form: the fields of a form
    :param object body: the decoded JSON body, or None
    :return: list of IncomingMessage, DeliveryReport, Unusable
    """
    return [_read_part(part) for part in (dicts(body) if body is not None else [form])]


def _read_part(values):
    if first(values, ["status"]) and first(values, ["external_id", "shipment_id"]):
        return _read_report(values)
    sender = first(values, ["phone", "from", "source", "msisdn"])
    body = next(
        (str(values[name]) for name in ("message", "text", "msg") if values.get(name)),
        None,
    )
    if sender and body is not None:
        return IncomingMessage(
            channel="sms",
            uid=first(values, ["message_id", "id"]),
            contact_value=sender,
            line_address=first(values, ["dest", "destination", "to"]),
            body=body,
        )
    return Unusable(
        key=repr(sorted(values.items(), key=repr)),
        reason="This push is neither a message nor a report about one.",
        raw=values,
    )


def _read_report(values):
    status = integer(first(values, ["status"]))
    state, kind = _report_meaning(status)
    failure = {}
    if kind:
        reason = first(values, ["en_message", "he_message"]) or "Not delivered."
        failure = {
            "failure_kind": kind,
            "failure_reason": f"{reason} (019 {status})",
            "code": str(status),
        }
    return DeliveryReport(
        uid=first(values, ["shipment_id"]),
        key=first(values, ["external_id"]),
        state=state,
        **failure,
    )


def _report_meaning(status):
    if status in const.SMS019_REPORTS:
        return const.SMS019_REPORTS[status]
    if status is None or status < 0:
        return "", ""
    return "failed", "rejected"


def lookup_body(username, key):
    """:return: dict, the JSON body of a question after one message of ours (``dlr``)"""
    return {"dlr": {"user": {"username": username}, "transactions": {"external_id": [key]}}}


def read_lookup(answer):
    """:return: DeliveryReport, or None where the answer does not tell"""
    if answer.status != 200:
        return None
    found = next(_parts_with_id(answer.json()), None)
    return found and _read_report(found)


def _parts_with_id(part):
    """How deep the reports lie in the answer differs between one and many."""
    if isinstance(part, list):
        for item in part:
            yield from _parts_with_id(item)
    if isinstance(part, dict):
        if first(part, ["external_id"]) and first(part, ["status"]):
            yield part
        for item in part.values():
            yield from _parts_with_id(item)


def read_health(answer):
    """Read the answer to a balance request: it proves the login as well.

    :return: dict of :meth:`kala.provider._read_health`
    """
    values = answer.json()
    if answer.status in (401, 403):
        return {"ok": False, "reason": "019 did not accept the token."}
    if not isinstance(values, dict) or answer.status >= 500:
        return {"ok": False, "reason": f"HTTP {answer.status}"}
    status = integer(values.get("status"))
    kind = const.SMS019_KINDS.get(status)
    reason = first(values, ["message"])
    return {
        "ok": status is not None and kind != "connection",
        "reason": f"{reason} (019 {status})",
        "balance": _balance(values),
    }


def _balance(values):
    try:
        return float(text(values.get("balance")))
    except ValueError:
        return None
