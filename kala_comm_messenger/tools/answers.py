"""What the Send API answers (docs/providers.md, 7)."""

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.answer import Answers
from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import SendResult
from odoo.addons.kala_comm.tools.reader import a_dict, plain

from .. import const

_lt = LazyTranslate(__name__)


def read_error(values):
    """:return: the error of an answer, {} where it has none"""
    return a_dict(values, "error") if isinstance(values, dict) else {}


def failure_kind(error):
    """:param dict error: of an answer
    :return: one of ``FAILURE_KINDS``: titles and HTTP statuses are no contract"""
    kind = const.SUBCODES.get(error.get("error_subcode")) or const.FAILURES.get(error.get("code"))
    return kind or ("temporary" if error.get("is_transient") is True else "rejected")


def failure_reason(error):
    """:return: one line of Meta's own words, with the codes"""
    codes = [plain(error.get(name)) for name in ("code", "error_subcode")]
    words = plain(error.get("error_user_msg")) or plain(error.get("message"))
    words = words or kept(_lt("Meta gave no reason"))
    return f"({'/'.join(filter(None, codes))}) {words}"


def read_refusal(values):
    """:return: SendResult of an answer that refuses; None where it does not"""
    error = read_error(values)
    if not error:
        return None
    code = plain(error.get("code"))
    return SendResult.refused(failure_kind(error), failure_reason(error), code)


_ANSWERS = Answers(read_refusal, lambda answer, _body: answer.status == 200)


def read_send(answer):
    """:param HttpAnswer answer:
    :return: SendResult, or None"""
    return _ANSWERS.send(answer, lambda body: plain(body.get("message_id")))


def read_health(answer):
    """:return: dict of :meth:`kala.provider._read_health`, of the page and its Instagram account"""
    return _ANSWERS.health(answer, _lines)


def _lines(body):
    lines = [_line("messenger", body.get("id"), body.get("name"))]
    account = a_dict(body, "instagram_business_account")
    if account:
        lines.append(_line("instagram", account.get("id"), account.get("username")))
    return [line for line in lines if line["external_id"]]


def read_subscription(answer):
    """:return: dict of :meth:`kala.provider._read_hook_look`: whether our app hears the page's
    events. With the page's own token Meta names our app alone."""
    values = answer.json()
    apps = values.get("data") if isinstance(values, dict) else None
    if answer.status != 200 or not isinstance(apps, list):
        return {}
    return {"is_subscribed": bool(apps)}


def _line(channel, uid, name):
    return {
        "channel": channel,
        "external_id": plain(uid),
        "address": plain(name),
        "name": plain(name),
    }


def read_done(answer):
    """:return: why Meta did not do what we asked; "" where it did"""
    return _ANSWERS.done(answer, also=lambda body: body.get("success") is True)


def read_name(answer):
    """:return: what a person calls himself; "" where Meta does not tell"""
    values = answer.json()
    if answer.status != 200 or not isinstance(values, dict):
        return ""
    parts = " ".join(filter(None, (plain(values.get(n)) for n in ("first_name", "last_name"))))
    return plain(values.get("name")) or parts or plain(values.get("username"))
