"""One way to speak HTTP with a provider, and to tell what a fault means
(docs/architecture.md, 3.6)."""

import collections
import contextlib
import dataclasses
import logging
import time
from email.utils import parsedate_to_datetime

import requests

from odoo.tools import LazyTranslate

from . import deadline
from .const import UNREACHABLE
from .kept import kept
from .masking import mask_data, mask_query, mask_secrets, mask_spoken
from .messages import TIMEOUT, HttpAnswer, SendRequest, SendResult
from .text import decode
from .trace import trace_of

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

#: Seconds. Providers close idle connections after about twenty: one that is younger than this
#: is not found dead in the middle of a request, which would leave a message unsure.
IDLE_LIMIT = 15
CONNECT_TIMEOUT = 10
#: Seconds. Who asks for a longer pause has a clock that is wrong.
LONGEST_PAUSE = 24 * 3600
#: Bytes of an answer that are read at a time.
CHUNK = 16384
#: Errors that stand inside of each other, at the most.
WRAPPINGS = 10

#: Host → sessions that nobody uses at the moment, each with the time of its last use. Threads
#: come and go with every chunk; what is expensive is a new TLS connection for every message.
_idle = collections.defaultdict(collections.deque)


class NothingSent(Exception):
    """The provider cannot have received anything: name, TLS or connection failed."""


class PerhapsSent(Exception):
    """The request left us, and no usable answer came."""


@dataclasses.dataclass(frozen=True)
class Heard:
    """What became of one request to a provider.

    :ivar object told: what the reader found in the answer, free of secrets; None without an answer
    :ivar HttpAnswer answer: as it came; None where there was none
    :ivar str fault: a sentence why there is nothing to read; "" where the reader has read
    :ivar bool has_left: whether the provider may have got the request
    :ivar bool is_refused: whether we did not ask, as ``fault`` says
    """

    request: SendRequest
    told: object = None
    answer: HttpAnswer | None = None
    fault: str = ""
    has_left: bool = True
    is_refused: bool = False

    @property
    def text(self):
        """:return: the answer's text for programs that read it again, see ``mask_data``"""
        return mask_data(self.answer.text, self.request.secrets)

    @property
    def trace(self):
        """:return: request and answer as people may read them"""
        return trace_of(self.request, self.answer, self.fault)


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
    :return: HttpAnswer, as it came: what is kept of it goes through :func:`hear`
    :raise NothingSent: nothing left us; trying again is safe
    :raise PerhapsSent: the provider may have it
    """
    with deadline.within(longest(request)) as exchange:
        try:
            answer = _exchange(request, exchange)
        except (requests.exceptions.RequestException, UnicodeError) as error:
            # Not by the kind of the error, nor by its text, which may be the other side's.
            kind = PerhapsSent if exchange.has_left else NothingSent
            raise kind(reason_of(error, request.url, exchange, request.secrets)) from error
    return answer


def longest(request):
    """:return: seconds that the whole exchange may take"""
    return CONNECT_TIMEOUT + (request.timeout or TIMEOUT)


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
            timeout=(CONNECT_TIMEOUT, request.timeout or TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as response,
    ):
        text = decode(_content(response, request.text_limit))
        if exchange.is_late:
            raise requests.exceptions.Timeout()
    headers = {k.lower(): v for k, v in response.headers.items()}
    return HttpAnswer(response.status_code, headers, text)


def hear(request, read):
    """Send a request and read its answer. The reader gets the answer as it came: a password may be
    an ordinary word, such as "accepted". What is said to people of it is free of secrets: some
    providers repeat in their complaint the token that they complain about (SC2).

    Runs in a thread, too, without the ORM; nothing is raised, since neighbours are asked with it.

    :param SendRequest request:
    :param read: reader of an HttpAnswer
    :return: Heard
    """
    try:
        answer = perform(request)
    except NothingSent as error:
        return Heard(request, fault=str(error), has_left=False)
    except PerhapsSent as error:
        return Heard(request, fault=str(error))
    try:
        return Heard(request, mask_spoken(read(answer), request.secrets), answer)
    except Exception as error:
        # A fault of our own: what the provider did is not known.
        _logger.exception("an answer cannot be read")
        fault = mask_secrets(f"{type(error).__name__}: {error}", request.secrets)
        return Heard(request, None, answer, fault)


def _content(response, limit):
    """:return: the first bytes of the body; one without an end is not kept in memory"""
    content = b""
    for chunk in response.iter_content(CHUNK):
        content += chunk
        if len(content) >= limit:
            break
    return content[:limit]


def reason_of(error, url, exchange, secrets=()):
    """Name the failure of an exchange.

    :param Exception error: which ended it
    :param str url: that was asked
    :param Exchange exchange: of ``tools/deadline.py``
    :param secrets: of the connection, see ``masking.spellings``
    :return: which host did what, and the system's own word for why; people read it
    """
    host = requests.utils.urlparse(url).hostname or url
    facts = {"host": host, "why": _innermost(error), "seconds": round(exchange.seconds)}
    return mask_secrets(mask_query(kept(_outcome(exchange, facts))), secrets)[:300]


def _outcome(exchange, facts):
    """:return: what is said of a host that nothing has reached, and of one that may have our
    request"""
    if exchange.has_left and exchange.is_late:
        return _lt("%(host)s gave no complete answer: no end within %(seconds)s seconds", **facts)
    if exchange.has_left:
        return _lt("%(host)s gave no complete answer: %(why)s", **facts)
    if exchange.is_late:
        return _lt("%(host)s could not be reached: no end within %(seconds)s seconds", **facts)
    return _lt("%(host)s could not be reached: %(why)s", **facts)


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


def result_of(heard):
    """Say what became of a message, or of a file that was handed over (docs/architecture.md, 3.6).

    :param Heard heard: its reader makes a SendResult, or None where the body is not what the
        provider documents
    :return: SendResult
    """
    result, answer = heard.told, heard.answer
    if not heard.has_left:
        code = "" if heard.is_refused else UNREACHABLE
        result = SendResult.refused("temporary", heard.fault, code)
    elif heard.fault:
        result = SendResult.unknown(heard.fault)
    elif result is None:
        result = mask_spoken(_unread(answer), heard.request.secrets)
    elif answer.status == 429 and result.state == "retry" and not result.retry_after:
        result = dataclasses.replace(result, retry_after=retry_after(answer))
    status = 0 if answer is None else answer.status
    return dataclasses.replace(result, http_status=status, trace=heard.trace)


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
