"""What Viber answers: HTTP 200 even where it refuses (docs/providers.md, 9)."""

from odoo.addons.kala_comm.tools.answer import Answers
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


_ANSWERS = Answers(read_refusal, lambda _answer, body: body.get("status") == 0)


def read_send(answer):
    """:param HttpAnswer answer:
    :return: SendResult, or None"""
    return _ANSWERS.send(answer, lambda body: plain(body.get("message_token")))


def read_health(answer):
    """:return: dict of :meth:`kala.provider._read_health`, of ``get_account_info``"""
    health = _ANSWERS.health(answer, _lines)
    if not health["ok"]:
        return health
    # It is left out where no address was ever given.
    address = answer.json().get("webhook")
    return {**health, "hook_url": None if address is None else plain(address)}


def _lines(body):
    line = {
        "external_id": plain(body.get("id")),
        "address": plain(body.get("uri")),
        "name": plain(body.get("name")),
    }
    return [line] if line["external_id"] else []


def read_done(answer):
    """:return: why Viber did not do what we asked; "" where it did"""
    return _ANSWERS.done(answer)
