"""019 SMS and TextMe, one platform (docs/providers.md, 4.2)."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.const import ONCE_MORE
from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    IncomingMessage,
    PollBatch,
    SendResult,
    Unusable,
)

from .. import const
from .values import dicts, first, integer, text

_lt = LazyTranslate(__name__)

_NO_LOGIN = _lt("019 did not accept the token.")
_REFUSED = _lt("019 refused.")
#: Whose clock it goes by.
_ZONE = ZoneInfo("Asia/Jerusalem")
_DATE_FORMATS = ("%d/%m/%y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M")


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
        return SendResult.refused("connection", kept(_NO_LOGIN))
    values = answer.json()
    status = integer(values.get("status")) if isinstance(values, dict) else None
    if status is None or answer.status >= 500:
        return None
    if status in const.SMS019_OK:
        return SendResult.sent(text(values.get("shipment_id")))
    return SendResult.refused(
        const.SMS019_KINDS.get(status, "rejected"),
        f"{first(values, ['message']) or kept(_REFUSED)} (019 {status})",
        status,
        retry_after=const.SMS019_HOUR_PAUSE if status == 5 else 0.0,
        tries=ONCE_MORE if status in const.SMS019_ONCE_MORE else 0,
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
            uid=first(values, ["message_id", "id"]) or _composite_uid(values, sender, body),
            contact_value=sender,
            line_address=first(values, ["dest", "destination", "to"]),
            body=body,
            date=read_date(first(values, ["date"])),
        )
    return Unusable(
        key=repr(sorted(values.items(), key=repr)),
        reason=kept(_lt("This push is neither a message nor a report about one.")),
        raw=values,
    )


def _read_report(values):
    status = integer(first(values, ["status"]))
    state, kind = _report_meaning(status)
    failure = {}
    if kind:
        reason = first(values, ["en_message", "he_message"]) or kept(_lt("Not delivered."))
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


def _composite_uid(values, sender, body):
    """A message may be told twice, by a push and when we ask: who, when and what make it the same
    one. Without a time nothing does.

    :return: an id, or an empty text
    """
    moment = read_date(first(values, ["date"]))
    if not moment:
        return ""
    number = re.sub(r"\D", "", sender)[-9:]
    seed = f"{number or sender}|{moment:%Y-%m-%d %H:%M}|{body}"
    return hashlib.sha256(seed.encode()).hexdigest()[:32]


# ---------------------------------------------------------------------- asking


def read_date(value):
    """:return: naive UTC datetime of a time on 019's clock, to the minute; None where it is none"""
    for style in _DATE_FORMATS:
        try:
            found = datetime.strptime(value[: len(datetime(2000, 1, 1).strftime(style))], style)
        except ValueError:
            continue
        return found.replace(tzinfo=_ZONE).astimezone(UTC).replace(tzinfo=None)
    return None


def _write_date(moment):
    return moment.replace(tzinfo=UTC).astimezone(_ZONE).strftime("%d/%m/%y %H:%M")


def _window(since, until):
    """019 counts whole minutes."""
    return {"from": _write_date(since), "to": _write_date(until + timedelta(minutes=1))}


def reports_body(username, keys, since, until):
    """:param keys: our own ids, :data:`const.SMS019_IDS` at most
    :return: dict, the JSON body of a question after messages of ours (``dlr``)"""
    asked = {"user": {"username": username}, "transactions": {"external_id": list(keys)}}
    return {"dlr": {**asked, **_window(since, until)}}


def incoming_body(username, since, until):
    """:return: dict, the JSON body of a question for incoming messages"""
    return {"incoming": {"user": {"username": username}, **_window(since, until)}}


def read_lookup(answer):
    """:return: DeliveryReport, or None where the answer does not tell"""
    if answer.status != 200:
        return None
    found = next(filter(_is_report, _parts(answer.json())), None)
    return found and _read_report(found)


def read_poll(answer):
    """:return: PollBatch"""
    if answer.status in (401, 403):
        return PollBatch(failure_kind="connection", reason=kept(_NO_LOGIN))
    values = answer.json()
    if answer.status != 200 or not isinstance(values, (dict, list)):
        return PollBatch(failure_kind="temporary", reason=f"HTTP {answer.status}")
    status = integer(values.get("status")) if isinstance(values, dict) else None
    kind = const.SMS019_KINDS.get(status)
    if kind and not _is_report(values):
        reason = f"{first(values, ['message'])} (019 {status})"
        return PollBatch(failure_kind=kind, reason=reason)
    return PollBatch(has_news=any(_parts(values)))


def read_polled(body):
    """:param object body: the decoded answer
    :return: list of IncomingMessage, DeliveryReport"""
    return [_read_part(part) for part in _parts(body)]


def _is_report(part):
    return isinstance(part, dict) and bool(first(part, ["external_id"]) and first(part, ["status"]))


def _parts(part):
    """Yield reports and messages: how deep they lie differs between one and many."""
    if isinstance(part, list):
        for item in part:
            yield from _parts(item)
    elif isinstance(part, dict):
        if _is_report(part) or isinstance(_read_part(part), IncomingMessage):
            yield part
            return
        for item in part.values():
            yield from _parts(item)


def read_health(answer):
    """Read the answer to a balance request: it proves the login as well.

    :return: dict of :meth:`kala.provider._read_health`
    """
    values = answer.json()
    if answer.status in (401, 403):
        return {"ok": False, "reason": kept(_NO_LOGIN)}
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
