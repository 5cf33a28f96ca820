"""What Telegram answers to our calls (docs/providers.md, 8)."""

import json

from odoo.addons.kala_comm.tools.answer import Answers
from odoo.addons.kala_comm.tools.messages import PollBatch, SendResult
from odoo.addons.kala_comm.tools.reader import a_dict, a_list, plain

from .. import const


def uid_of(message):
    """:return: the id of a message: Telegram counts messages in each chat anew"""
    chat, number = plain(a_dict(message, "chat").get("id")), plain(message.get("message_id"))
    return f"{chat}:{number}" if chat and number else ""


def message_number(uid):
    """:return: Telegram's number of a message of which we keep the id"""
    number = (uid or "").rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def read_refusal(values):
    """:return: SendResult of an answer that refuses; None where it does not"""
    if not isinstance(values, dict) or values.get("ok") is not False:
        return None
    code, words = values.get("error_code"), plain(values.get("description"))
    said = a_dict(values, "parameters")
    after = said.get("retry_after")
    moved = plain(said.get("migrate_to_chat_id"))
    if moved:
        reason = f"({code}) {words}"
        return SendResult.refused("temporary", reason, code, moved_to=moved)
    return SendResult.refused(
        failure_kind(code, words),
        f"({code}) {words}" if words else f"({code})",
        code,
        retry_after=float(after) if isinstance(after, int | float) and after > 0 else 0.0,
    )


def failure_kind(code, words):
    """:param int code: ``error_code``
    :param str words: ``description``
    :return: one of ``FAILURE_KINDS``"""
    lowered = (words or "").lower()
    for part, kind in const.FAILURE_WORDS:
        if part in lowered:
            return kind
    if isinstance(code, int) and code >= 500:
        return "temporary"
    return const.FAILURES.get(code, "rejected")


_ANSWERS = Answers(read_refusal, lambda _answer, body: body.get("ok") is True)


def read_send(answer):
    """:param HttpAnswer answer:
    :return: SendResult, or None"""
    body = answer.json()
    if isinstance(body, dict) and body.get("ok") is True and body.get("result") is True:
        # A reaction is no message: it has no id.
        return SendResult.sent("")
    return _ANSWERS.send(answer, lambda body: uid_of(a_dict(body, "result")))


def read_poll(answer):
    """:return: PollBatch: the next question says which updates we have"""
    values = answer.json()
    refused = read_refusal(values)
    if refused:
        return PollBatch(failure_kind=refused.failure_kind, reason=refused.failure_reason)
    if not isinstance(values, dict) or values.get("ok") is not True:
        return PollBatch(failure_kind="temporary", reason=f"HTTP {answer.status}")
    updates = a_list(values, "result")
    numbers = [u["update_id"] for u in updates if isinstance(u.get("update_id"), int)]
    return PollBatch(
        has_news=bool(updates),
        has_more=len(updates) >= const.POLL_LIMIT,
        cursor=str(max(numbers) + 1) if numbers else "",
        waits=True,
    )


def read_health(answer):
    """:return: dict of :meth:`kala.provider._read_health`, of ``getMe``"""
    return _ANSWERS.health(answer, _lines)


def _lines(body):
    bot = a_dict(body, "result")
    name, uid = plain(bot.get("username")), plain(bot.get("id"))
    if not uid:
        return None
    address = f"@{name}" if name else ""
    return [{"external_id": uid, "address": address, "name": plain(bot.get("first_name")) or name}]


def read_hook(answer):
    """:return: dict of :meth:`kala.provider._read_hook_look`, of ``getWebhookInfo``"""
    values = answer.json()
    if not isinstance(values, dict) or values.get("ok") is not True:
        return {}
    return {"hook_url": plain(a_dict(values, "result").get("url"))}


def profile_photo(values):
    """:param values: answer to ``getUserProfilePhotos``
    :return: id of the file with the newest picture, of the largest size that is not needlessly
        large; "" where the person shows none"""
    photos = a_dict(values, "result").get("photos")
    sizes = photos[0] if isinstance(photos, list) and photos else ()
    known = sorted(
        (size["width"], plain(size.get("file_id")))
        for size in (sizes if isinstance(sizes, list) else ())
        if isinstance(size, dict) and isinstance(size.get("width"), int) and size.get("file_id")
    )
    fitting = [size for size in known if size[0] <= const.PICTURE_SIDE]
    return (fitting[-1:] or known[:1] or [(0, "")])[0][1]


def read_done(answer):
    """:return: why Telegram did not do what we asked; "" where it did"""
    return _ANSWERS.done(answer)


def form_value(value):
    """:return: a parameter as a form of several parts takes it: what is no text is JSON"""
    return value if isinstance(value, str) else json.dumps(value)
