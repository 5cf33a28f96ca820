"""One way to speak HTTP with a provider, and to tell what a fault means (DESIGN 3.6)."""

import collections
import contextlib
import dataclasses
import time
from email.utils import parsedate_to_datetime

import requests

from . import deadline
from .const import UNREACHABLE
from .masking import mask_query, mask_secrets, mask_spoken
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
    session = _fresh(idle) or deadline.new_session()
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


def perform(request):
    """Send one request once. Redirects are not followed: a POST must not turn into a GET.

    Its time-out is one of silence, and with the time to connect one of the whole exchange.

    :param SendRequest request:
    :return: HttpAnswer, as it came: what is kept of it goes through :func:`ask`
    :raise NothingSent: nothing left us; trying again is safe
    :raise PerhapsSent: the provider may have it
    """
    with deadline.within(CONNECT_TIMEOUT + request.timeout) as exchange:
        try:
            answer = _exchange(request, exchange)
        except (requests.exceptions.RequestException, UnicodeError) as error:
            # Not by the kind of the error, nor by its text, which may be the other side's.
            if exchange.has_left:
                raise PerhapsSent(_reason(error, request, UNANSWERED, exchange)) from error
            raise NothingSent(_reason(error, request, UNREACHED, exchange)) from error
    return answer


def _exchange(request, exchange):
    """:raise requests.exceptions.Timeout: if its time was over before the answer was; where the
    length of an answer is not said, one that is cut off looks like a whole one"""
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
        if exchange.is_late:
            raise requests.exceptions.Timeout()
    headers = {k.lower(): v for k, v in response.headers.items()}
    return HttpAnswer(response.status_code, headers, text)


def ask(request, read):
    """Send a request and read its answer. The reader gets the answer as it came: a password may be
    an ordinary word, such as "accepted". What is said to people of it is free of secrets: some
    providers repeat in their complaint the token that they complain about (SC2).

    :param SendRequest request:
    :param read: reader of an HttpAnswer
    :return: what it returned
    :raise NothingSent, PerhapsSent: as :func:`perform`
    """
    return mask_spoken(read(perform(request)), request.secrets)


def _content(response, limit):
    """:return: the first bytes of the body; one without an end is not kept in memory"""
    content = b""
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) >= limit:
            break
    return content[:limit]


def _reason(error, request, outcome, exchange):
    """:return: which host did what, and the system's own word for why; people read it"""
    host = requests.utils.urlparse(request.url).hostname or request.url
    why = f"no end within {exchange.seconds:.0f} seconds" if exchange.is_late else _innermost(error)
    return mask_secrets(mask_query(f"{host} {outcome}: {why}"), request.secrets)[:300]


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
        result = _unread(answer)
    elif answer.status == 429 and result.state == "retry" and not result.retry_after:
        result = dataclasses.replace(result, retry_after=retry_after(answer))
    result = dataclasses.replace(result, http_status=answer.status)
    return mask_spoken(result, request.secrets)


def _unread(answer):
    """An answer the provider does not document: only a clear refusal is not ``unknown``."""
    reason = mask_secrets(f"HTTP {answer.status}: {answer.text}")
    if answer.status == 429:
        return SendResult.refused("limit", reason, 429, retry_after=retry_after(answer))
    if 400 <= answer.status < 500:
        return SendResult.refused("rejected", reason, answer.status)
    return SendResult.unknown(reason, code=str(answer.status))


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
