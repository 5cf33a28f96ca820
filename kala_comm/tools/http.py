"""One way to speak HTTP with a provider, and to tell what a fault means (DESIGN 3.6)."""

import re
import time
from threading import local

import requests
from requests.adapters import HTTPAdapter

from .const import UNREACHABLE
from .messages import HttpAnswer, SendResult
from .text import decode

#: Seconds. Providers close idle connections after about twenty: one that is younger than this
#: is not found dead in the middle of a request, which would leave a message unsure.
IDLE_LIMIT = 15
CONNECT_TIMEOUT = 10

_pool = local()
_SECRET = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:access_token|token|api_?key|password|secret)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)
_QUERY = re.compile(r"\?[^\s'\")]+")


class NothingSent(Exception):
    """The provider cannot have received anything: name, TLS or connection failed."""


class PerhapsSent(Exception):
    """The request left us, and no usable answer came."""


def mask_secrets(text):
    """:return: the text with tokens, passwords and keys replaced by ``***`` (SC2)"""
    return _SECRET.sub(r"\1***", text or "")


def _session(url):
    """One session per thread and host; a fresh one where it lay idle too long."""
    host = requests.utils.urlparse(url).netloc
    sessions = _pool.__dict__.setdefault("sessions", {})
    session, used = sessions.get(host, (None, 0.0))
    now = time.monotonic()
    if session is None or now - used > IDLE_LIMIT:
        if session is not None:
            session.close()
        session = requests.Session()
        session.mount("https://", HTTPAdapter(max_retries=0))
        session.mount("http://", HTTPAdapter(max_retries=0))
    sessions[host] = (session, now)
    return session


def perform(request):
    """Send one request once. Redirects are not followed: a POST must not turn into a GET.

    :param SendRequest request:
    :return: HttpAnswer
    :raise NothingSent: nothing left us; trying again is safe
    :raise PerhapsSent: the provider may have it
    """
    try:
        response = _session(request.url).request(
            request.method,
            request.url,
            headers=request.headers,
            params=request.params,
            data=request.data,
            json=request.json,
            files=request.files,
            auth=request.auth,
            timeout=(CONNECT_TIMEOUT, request.timeout),
            allow_redirects=False,
        )
    except (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidHeader,
        UnicodeError,
    ) as error:
        raise NothingSent(_reason(error)) from error
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise NothingSent(_reason(error)) from error
        raise PerhapsSent(_reason(error)) from error
    except requests.exceptions.RequestException as error:
        raise PerhapsSent(_reason(error)) from error
    text = decode(response.content[: request.text_limit])
    return HttpAnswer(
        response.status_code,
        {k.lower(): v for k, v in response.headers.items()},
        text,
    )


def _never_connected(error):
    text = repr(error)
    return "NewConnectionError" in text or "NameResolutionError" in text


def _reason(error):
    # Some gateways want their password in the address.
    text = _QUERY.sub("?***", f"{type(error).__name__}: {error}")
    return mask_secrets(text[:300])


def send(request, read_answer):
    """Send one message and say what became of it. Runs in a thread, without the ORM.

    :param SendRequest request:
    :param read_answer: the provider's reader, ``HttpAnswer`` → ``SendResult``; it answers None
        where the body is not what the provider documents
    :return: SendResult
    """
    try:
        answer = perform(request)
    except NothingSent as error:
        return SendResult.refused("temporary", str(error), UNREACHABLE)
    except PerhapsSent as error:
        return SendResult.unknown(str(error))
    result = read_answer(answer)
    if result is None:
        return _unread(answer)
    if answer.status == 429 and result.state == "retry" and not result.retry_after:
        result = _replace(result, retry_after=retry_after(answer))
    return _replace(result, http_status=answer.status)


def _unread(answer):
    """An answer the provider does not document: only a clear refusal is not ``unknown``."""
    reason = mask_secrets(f"HTTP {answer.status}: {answer.text[:200]}")
    if answer.status == 429:
        return SendResult.refused(
            "limit", reason, 429, retry_after=retry_after(answer), http_status=429
        )
    if 400 <= answer.status < 500:
        return SendResult.refused("rejected", reason, answer.status, http_status=answer.status)
    return SendResult.unknown(reason, code=str(answer.status), http_status=answer.status)


def retry_after(answer):
    """:return: seconds of the Retry-After header, 0 where there is none (a date is read too)"""
    value = answer.headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        from email.utils import parsedate_to_datetime

        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def _replace(result, **values):
    import dataclasses

    return dataclasses.replace(result, **values)
