"""What Meta answers, and why it refuses (docs/providers.md, 1.2)."""

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.answer import Answers
from odoo.addons.kala_comm.tools.const import ONCE_MORE
from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import SendResult
from odoo.addons.kala_comm.tools.reader import a_list, international, plain

from ..const import META_FAILURE_KINDS, META_FILE_KINDS, META_ONCE_MORE

_lt = LazyTranslate(__name__)


def failure_kind(error):
    """Decide by the code: titles and HTTP statuses are no contract (docs/providers.md, 1.2).

    :param dict error: of an answer, a status or a payload
    :return: one of ``FAILURE_KINDS``
    """
    kind = META_FAILURE_KINDS.get(_code(error))
    if kind:
        return kind
    return "temporary" if error.get("is_transient") is True else "rejected"


def failure_tries(error):
    """:return: tries that it is worth; 0 = as many as any other"""
    return ONCE_MORE if _code(error) in META_ONCE_MORE else 0


def failure_reason(error):
    """:return: one line of Meta's own words, the most telling ones, with the code"""
    details = error.get("error_data")
    if isinstance(details, dict):
        details = details.get("details")
    said = [
        plain(words)
        for words in (error.get("title"), error.get("message"), details)
        if plain(words)
    ]
    if len(said) > 1 and said[0] in said[1]:
        del said[0]
    reason = " – ".join(dict.fromkeys(said)) or kept(_lt("Meta gave no reason"))
    code = plain(error.get("code"))
    return reason if not code or code in reason else f"({code}) {reason}"


def read_error(body):
    """:return: the error of an answer, a dict; None where it is not Meta's envelope"""
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) and _code(error) is not None else None


def read_refusal(body):
    """:return: SendResult of an answer that refuses; None where it does not"""
    error = read_error(body)
    if not error:
        return None
    return SendResult.refused(
        failure_kind(error),
        failure_reason(error),
        # 0 is a code as well.
        str(error["code"]),
        tries=failure_tries(error),
    )


ANSWERS = Answers(read_refusal, lambda answer, _body: answer.status == 200)


def read_subscription(answer):
    """:return: why our app was not subscribed to the account; "" where it was"""
    return ANSWERS.done(answer, also=lambda body: body.get("success") is True)


def file_kind(mimetype):
    """:return: as what WhatsApp shows a file; "" where it does not take it
    (docs/providers.md, 1.7)"""
    kind = META_FILE_KINDS.get(mimetype)
    if kind:
        return kind
    main = (mimetype or "").partition("/")[0]
    return "" if main in ("image", "audio", "video") else "document"


def read_size(value):
    """:return: bytes, as Meta says them, number or text; 0 where it does not"""
    said = plain(value)
    return int(said) if said.isdecimal() else 0


def read_accepted(body):
    """:return: SendResult of an accepted message; None where its id is missing"""
    message = first_of(body, "messages")
    uid = plain(message.get("id"))
    if not uid:
        return None
    return SendResult.sent(uid, contact_uid=plain(first_of(body, "contacts").get("user_id")))


def read_health(answer):
    """Read a list of numbers, one number, or whom the token belongs to.

    :param HttpAnswer answer:
    :return: dict of :meth:`kala.provider._read_health`
    """
    return ANSWERS.health(answer, _lines)


def _lines(body):
    return [
        {
            "external_id": plain(number.get("id")),
            "address": international(number["display_phone_number"]),
            "name": plain(number.get("verified_name")),
        }
        for number in a_list(body, "data") or [body]
        if number.get("display_phone_number")
    ]


def first_of(whole, name):
    """:return: the first part of a list of a body, {} where there is none"""
    return next(iter(a_list(whole, name)), {})


def _code(error):
    try:
        return int(plain(error.get("code")))
    except ValueError:
        return None
