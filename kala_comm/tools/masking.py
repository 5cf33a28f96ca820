"""Secrets never show: not in reasons that people read, not in answers that are kept, not in the
server's log (SC2)."""

import dataclasses
import json
import logging
import re
import urllib.parse

HIDDEN = "***"
#: A secret that is shorter would hide ordinary words.
SHORTEST = 6
#: A secret of letters that is shorter may be a word of any text, such as "accepted".
LONGEST_WORD = 20
#: Fields of what a reader of answers returns that people read, and their characters at the most.
SPOKEN = ("failure_reason", "reason", "error")
SPOKEN_LIMIT = 300

_SECRET = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:access_token|token|api_?key|password|secret)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)
#: What parameters of an address are called that hold a password.
_SECRET_NAME = re.compile(
    r"(?i)(?:.*[_.-])?(?:pass(?:word|wd|phrase|code)?|pwd|secret|api[_-]?key"
    r"|(?:access|auth|bot|api)?[_-]?token|authorization)"
)
_WEBHOOK = re.compile(r"(/kala/webhook/)[^\s/?#\"']+")
_QUERY = re.compile(r"\?[^\s'\")]+")


def spellings(secrets):
    """:param secrets: texts, perhaps empty ones
    :return: tuple of the ways in which a provider may repeat them, the longest first"""
    found = set()
    for secret in {(secret or "").strip() for secret in secrets}:
        if len(secret) >= SHORTEST:
            found |= {
                secret,
                urllib.parse.quote(secret, safe=""),
                urllib.parse.quote_plus(secret),
                json.dumps(secret)[1:-1],
            }
    return tuple(sorted(found, key=lambda spelling: (-len(spelling), spelling)))


def mask_secrets(text, secrets=()):
    """:param secrets: of :func:`spellings`
    :return: the text with tokens, passwords and keys replaced by ``***``: those that are known,
        and whatever is called one"""
    return _SECRET.sub(rf"\1{HIDDEN}", mask_known(text or "", secrets))


def mask_known(value, secrets):
    """:param value: a text, or what JSON knows
    :param secrets: of :func:`spellings`
    :return: the same without these secrets"""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, (list, tuple)):
        parts = [mask_known(part, secrets) for part in value]
        # A NamedTuple takes its parts one by one.
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        return {mask_known(k, secrets): mask_known(v, secrets) for k, v in value.items()}
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **mask_known(_values_of(value), secrets))
    return value


def _values_of(value):
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def mask_data(value, secrets):
    """Clean what programs read again: ids, states, texts of customers. A secret that may be an
    ordinary word is left in it, since a word that is missing would change what it says.

    :param value: as for :func:`mask_known`
    """
    return mask_known(value, [s for s in secrets if not s.isalpha() or len(s) > LONGEST_WORD])


def mask_spoken(result, secrets):
    """Clean what a reader has found in an answer: what people read of it of all secrets, and cut
    it then, since half a secret would not be found; the rest as :func:`mask_data`.

    :param result: a dataclass or dict with fields of :data:`SPOKEN`; a text, which people read
    :return: the same, masked
    """
    if isinstance(result, str):
        return mask_known(result, secrets)[:SPOKEN_LIMIT]
    if isinstance(result, dict):
        return {
            name: mask_spoken(value, secrets)
            if name in SPOKEN and isinstance(value, str)
            else mask_data(value, secrets)
            for name, value in result.items()
        }
    if dataclasses.is_dataclass(result):
        return dataclasses.replace(result, **mask_spoken(_values_of(result), secrets))
    return result


def mask_pairs(pairs, secrets):
    """:param pairs: (name, value) of the query of an address, or of a form
    :return: tuple of the same, without passwords: what is called one, and what is one"""
    return tuple(
        (name, HIDDEN if value and _SECRET_NAME.fullmatch(name) else mask_data(value, secrets))
        for name, value in pairs
    )


def mask_address(url, secrets):
    """:return: an address without its query, and without secrets in its path"""
    return mask_known(url.partition("?")[0], secrets)


def mask_query(text):
    """:return: the text with what follows the question mark of an address replaced by ``***``:
    some gateways want their password there"""
    return _QUERY.sub(f"?{HIDDEN}", text)


class _TextFilter(logging.Filter):
    """Changes the texts of the records of a logger.

    :param change: function text → text
    """

    def __init__(self, change):
        super().__init__()
        self._change = change

    def filter(self, record):
        record.msg = self._changed(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._changed, record.args))
        return True

    def _changed(self, value):
        return self._change(value) if isinstance(value, str) else value


#: Logger → filter. The web server writes every address that was called, and the address of a
#: webhook is a secret; at the level DEBUG the HTTP client does the same with what we call.
LOG_FILTERS = {
    "werkzeug": _TextFilter(lambda text: _WEBHOOK.sub(rf"\1{HIDDEN}", text)),
    "urllib3.connectionpool": _TextFilter(mask_query),
}


def guard_logs():
    """Keep secrets out of the server's log; again does no harm."""
    for name, log_filter in LOG_FILTERS.items():
        logging.getLogger(name).addFilter(log_filter)
