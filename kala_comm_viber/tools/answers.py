"""What Viber answers: HTTP 200 even where it refuses (docs/providers.md, 9)."""

from odoo.addons.kala_comm.tools.const import ONCE_MORE
from odoo.addons.kala_comm.tools.messages import SendResult
from odoo.addons.kala_comm.tools.reader import plain

from .. import const


def read_refusal(values):
    """:return: SendResult of an answer that refuses; None where it does not"""
    status = values.get("status") if isinstance(values, dict) else None
    if not isinstance(status, int) or isinstance(status, bool) or status == 0:
        return None
    words = plain(values.get("status_message"))
    kind = const.FAILURES.get(status, "temporary")
    return SendResult.refused(
        kind,
        f"({status}) {words}" if words else f"({status})",
        status,
        # What Viber does not name is a general error, worth one more try.
        tries=0 if status in const.FAILURES else ONCE_MORE,
    )


def read_send(answer):
    """:param HttpAnswer answer:
    :return: SendResult, or None"""
    values = answer.json()
    refused = read_refusal(values)
    if refused or not isinstance(values, dict) or values.get("status") != 0:
        return refused
    token = plain(values.get("message_token"))
    return SendResult.sent(token) if token else None


def read_health(answer):
    """:return: dict of :meth:`kala.provider._read_health`, of ``get_account_info``"""
    values = answer.json()
    refused = read_refusal(values)
    if refused or not isinstance(values, dict) or values.get("status") != 0:
        return {
            "ok": False,
            "reason": refused.failure_reason if refused else f"HTTP {answer.status}",
        }
    line = {
        "external_id": plain(values.get("id")),
        "address": plain(values.get("uri")),
        "name": plain(values.get("name")),
    }
    return {"ok": True, "lines": [line] if line["external_id"] else []}


def read_done(answer):
    """:return: why Viber did not do what we asked; "" where it did"""
    values = answer.json()
    refused = read_refusal(values)
    if refused:
        return refused.failure_reason
    done = isinstance(values, dict) and values.get("status") == 0
    return "" if done else f"HTTP {answer.status}"
