"""Odoo's own SMS service, spoken to as Odoo's ``sms`` addon does."""

import base64
import re

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult

from .. import const
from .values import dicts, text

_lt = LazyTranslate(__name__)

SEND_PATH = "/api/sms/3/send"
ACCOUNT_PATH = "/iap/1/get-accounts-information"


def to_uuid(key):
    """Write our own id as the service takes ids: 32 hexadecimal digits.

    :param str key: of :meth:`kala.communication._echo_key`: twelve bytes in base64, a
        dot, the number of the attempt
    """
    send_key, _dot, attempt = key.rpartition(".")
    raw = base64.b64decode(send_key, altchars=b"-_", validate=True)
    return (raw + int(attempt).to_bytes(4, "big")).hex()


def from_uuid(uuid):
    """:return: our own id again, or an empty text where the digits are not ours"""
    if not re.fullmatch(r"[0-9a-f]{32}", uuid or ""):
        return ""
    raw = bytes.fromhex(uuid)
    send_key = base64.urlsafe_b64encode(raw[:12]).decode()
    return f"{send_key}.{int.from_bytes(raw[12:], 'big')}"


def call(params):
    """:return: dict, a JSON-RPC request"""
    return {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}


def send_params(body, phone, key, report_url):
    """:return: dict, the parameters of a send besides the account"""
    return {
        "messages": [{"content": body, "numbers": [{"uuid": to_uuid(key), "number": phone}]}],
        "webhook_url": report_url,
    }


def read_send(answer):
    """:return: SendResult, or None where the answer is not a documented one"""
    values = answer.json()
    if answer.status != 200 or not isinstance(values, dict):
        return None
    if _error_name(values) == "InsufficientCreditError":
        return _refused("insufficient_credit")
    results = dicts(values.get("result"))
    state = text(results[0].get("state")) if results else ""
    if state in const.IAP_ACCEPTED:
        return SendResult.sent(text(results[0].get("uuid")))
    if state in const.IAP_KINDS:
        return _refused(state, text(results[0].get("failure_reason")))
    return None


def _error_name(values):
    error = values.get("error")
    data = error.get("data") if isinstance(error, dict) else None
    name = text(data.get("name")) if isinstance(data, dict) else ""
    return name.rpartition(".")[2]


def _refused(state, reason=""):
    return SendResult.refused(const.IAP_KINDS[state], reason or _words(state), state)


def _words(state):
    known = const.IAP_WORDS.get(state)
    return kept(known) if known else state.replace("_", " ").capitalize() + "."


def read_event(body):
    """Read delivery reports: a JSON-RPC call whose ``message_statuses`` name our ids.

    :param object body: the decoded JSON body
    :return: list of DeliveryReport
    """
    params = body.get("params") if isinstance(body, dict) else None
    statuses = params.get("message_statuses") if isinstance(params, dict) else None
    reports = []
    for status in dicts(statuses):
        uuids = status.get("uuids")
        for uuid in uuids if isinstance(uuids, list) else ():
            reports.append(_read_report(text(uuid), text(status.get("sms_status"))))
    return reports


def _read_report(uuid, status):
    failure = {}
    if status == "delivered":
        state = "delivered"
    elif status in const.IAP_ACCEPTED:
        state = "sent"
    else:
        state = "failed"
        failure = {
            "failure_kind": const.IAP_KINDS.get(status, "rejected"),
            "failure_reason": _words(status),
            "code": status,
        }
    return DeliveryReport(uid=uuid, key=from_uuid(uuid), state=state, **failure)


def read_health(answer):
    """Read what the service tells about the account, under the account's token.

    :return: dict of :meth:`kala.provider._read_health`
    """
    values = answer.json()
    result = values.get("result") if isinstance(values, dict) else None
    accounts = dicts(list(result.values())) if isinstance(result, dict) else []
    if not accounts:
        return {"ok": False, "reason": f"HTTP {answer.status}"}
    account = accounts[0]
    state = text(account.get("registered"))
    balance = account.get("balance")
    return {
        "ok": state == "registered",
        "reason": kept(
            _lt("The SMS account is %s.", state) if state else _lt("The SMS account is not known.")
        ),
        "balance": float(balance) if isinstance(balance, (int, float)) else None,
    }
