"""Secrets never show: not in reasons that people read, not in answers that are kept, not in the
server's log (SC2)."""

import json
import logging
import re
import urllib.parse

HIDDEN = "***"
#: A secret that is shorter would hide ordinary words.
SHORTEST = 6

_SECRET = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:access_token|token|api_?key|password|secret)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
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
    if isinstance(value, list):
        return [mask_known(part, secrets) for part in value]
    if isinstance(value, dict):
        return {mask_known(k, secrets): mask_known(v, secrets) for k, v in value.items()}
    return value


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
