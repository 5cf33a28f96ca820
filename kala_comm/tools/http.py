"""One way to speak HTTP with a provider, and to tell what a fault means (DESIGN 3.6)."""

import collections
import contextlib
import dataclasses
import time
import traceback
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from .const import UNREACHABLE
from .masking import mask_known, mask_query, mask_secrets
from .messages import HttpAnswer, SendResult
from .text import decode

#: Seconds. Providers close idle connections after about twenty: one that is younger than this
#: is not found dead in the middle of a request, which would leave a message unsure.
IDLE_LIMIT = 15
CONNECT_TIMEOUT = 10
#: Seconds. Who asks for a longer pause has a clock that is wrong.
LONGEST_PAUSE = 24 * 3600
#: Bytes of an answer that are read at a time.
CHUNK = 16384
#: What is said of a host that nothing has reached, and of one that may have our request.
UNREACHED, UNANSWERED = "could not be reached", "gave no complete answer"
#: Errors that stand inside of each other, at the most.
WRAPPINGS = 10

#: Host → sessions that nobody uses at the moment, each with the time of its last use. Threads
#: come and go with every chunk; what is expensive is a new TLS connection for every message.
_idle = collections.defaultdict(collections.deque)


class NothingSent(Exception):
    """The provider cannot have received anything: name, TLS or connection failed."""


class PerhapsSent(Exception):
    """The request left us, and no usable answer came."""


@contextlib.contextmanager
def _session(url):
    """Lend a session of the host: to one thread at a time, and only one that is fresh. What
    broke off is not used again."""
    idle = _idle[requests.utils.urlparse(url).netloc]
    session = _fresh(idle) or _new_session()
    try:
        yield session
    except BaseException:
        session.close()
        raise
    idle.append((session, time.monotonic()))


def _fresh(idle):
    """:return: the session that was used last, or None where all of them lay idle too long"""
    while True:
        try:
            session, used = idle.pop()
        except IndexError:
            return None
        if time.monotonic() - used <= IDLE_LIMIT:
            return session
        session.close()


def _new_session():
    session = requests.Session()
    # Two logins at one provider share its host: nothing of one may reach the other.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=1, max_retries=0))
    return session


def perform(request):
    """Send one request once. Redirects are not followed: a POST must not turn into a GET.

    :param SendRequest request:
    :return: HttpAnswer
    :raise NothingSent: nothing left us; trying again is safe
    :raise PerhapsSent: the provider may have it
    """
    try:
        with (
            _session(request.url) as session,
            session.request(
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
                stream=True,
            ) as response,
        ):
            text = decode(_content(response, request.text_limit))
    except (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidHeader,
        UnicodeError,
    ) as error:
        raise NothingSent(_reason(error, request, UNREACHED)) from error
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise NothingSent(_reason(error, request, UNREACHED)) from error
        raise PerhapsSent(_reason(error, request, UNANSWERED)) from error
    except requests.exceptions.RequestException as error:
        raise PerhapsSent(_reason(error, request, UNANSWERED)) from error
    return HttpAnswer(
        response.status_code,
        {k.lower(): v for k, v in response.headers.items()},
        # Some providers repeat in their complaint the token that they complain about.
        mask_known(text, request.secrets),
        request.secrets,
    )


def _content(response, limit):
    """:return: the first bytes of the body; one without an end is not kept in memory"""
    content = b""
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) >= limit:
            break
    return content[:limit]


def _never_connected(error):
    text = repr(error)
    if "NewConnectionError" in text or "NameResolutionError" in text:
        return True
    return _in_handshake(error)


def _in_handshake(error):
    """:return: whether TLS failed before anything of the request could leave us; it may also
    break while the answer is read"""
    while error is not None:
        frames = traceback.walk_tb(error.__traceback__)
        if any(frame.f_code.co_name == "do_handshake" for frame, _line in frames):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error, request, outcome):
    """:return: which host did what, and the system's own word for why; people read it"""
    host = requests.utils.urlparse(request.url).hostname or request.url
    text = mask_query(f"{host} {outcome}: {_innermost(error)}")
    return mask_secrets(text, request.secrets)[:300]


def _innermost(error):
    """:return: what was said inside of all that our libraries have wrapped around it"""
    for _depth in range(WRAPPINGS):
        before = error.__cause__ if error.__suppress_context__ else error.__context__
        held = (getattr(error, "reason", None), *error.args, before)
        inner = next((e for e in held if isinstance(e, Exception)), None)
        if inner is None:
            break
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


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
        result = dataclasses.replace(result, retry_after=retry_after(answer))
    return dataclasses.replace(result, http_status=answer.status)


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
    """:return: seconds of the Retry-After header, 0 where there is none (a date is read too); at
    most :data:`LONGEST_PAUSE`"""
    value = answer.headers.get("retry-after", "")
    try:
        if value.isdecimal():
            seconds = float(value)
        else:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_PAUSE)
