"""What was asked of a provider and what it answered, as people may read it: support needs to see
it, and secrets do not stand in it (SC2, docs/architecture.md, 3.14)."""

import json
import re

from .masking import HIDDEN, mask_known, mask_pairs, mask_query, mask_secrets
from .text import clean_text, decode

#: Characters of a request, and of an answer.
LIMIT = 1000
#: Stands between what was said about sending, and what was said when we asked again.
AGAIN = "\n\n— — —\n\n"
#: The address of a file of ours lets everybody in who has it.
_FILE_TOKEN = re.compile(r"(access_token(?:=|%3D))[^&\s\"']+", re.IGNORECASE)


def trace_of(request, answer, fault=""):
    """Headers are left out: they hold logins, and nothing that support needs.

    :param SendRequest request: its secrets are known
    :param HttpAnswer answer: None where there was none
    :param str fault: why there was none
    :return: the request, an empty line, and the answer; each is cut after its secrets are gone,
        since half a secret would not be found
    """
    asked = "\n".join(filter(None, (_first_line(request), _body(request))))
    told = fault if answer is None else f"HTTP {answer.status}\n{answer.text}".rstrip()
    return f"{_safe(asked, request.secrets)}\n\n{_safe(told, request.secrets)}"


def _safe(text, secrets):
    text = _FILE_TOKEN.sub(rf"\1{HIDDEN}", mask_secrets(clean_text(text), secrets))
    return text if len(text) <= LIMIT else f"{text[: LIMIT - 1]}…"


def _first_line(request):
    """Some gateways want their password in the address."""
    url = mask_query(request.url)
    if request.params:
        url += f"?{_form(request.params, request.secrets)}"
    return f"{request.method} {url}"


def _body(request):
    if request.json is not None:
        return json.dumps(mask_known(request.json, request.secrets), ensure_ascii=False)
    files = [f"({name}: {file[0]})" for name, file in (request.files or {}).items()]
    if isinstance(request.data, (bytes, str)):
        return decode(request.data) if isinstance(request.data, bytes) else request.data
    return "\n".join(filter(None, (_form(request.data or (), request.secrets), *files)))


def _form(values, secrets):
    """:param values: dict or pairs; a value may be a list of several
    :return: ``name=value`` of each, without what is called a password"""
    pairs = values.items() if isinstance(values, dict) else values
    flat = [
        (str(name), str(part))
        for name, value in pairs
        for part in (value if isinstance(value, (list, tuple)) else (value,))
    ]
    return "&".join(f"{name}={value}" for name, value in mask_pairs(flat, secrets))
