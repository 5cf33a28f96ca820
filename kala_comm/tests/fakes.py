"""Fake providers: real HTTP servers on loopback that answer well, badly or not at all.

What one provider says stands in ``tests/fakes.py`` of its addon. The addons' own tests use it, and
so do the system tests, which have no Odoo: this file and those need nothing of Odoo, and import
each other by their full names.
"""

import abc
import contextlib
import itertools
import json
import socket
import struct
import threading
import urllib.parse
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

#: Seconds after which a request that is never answered is given up by the fake: longer than any
#: time-out of ours.
NEVER = 120


class Sent(NamedTuple):
    """One message that a fake accepted, or was asked to accept.

    :ivar str key: our own id, as the provider would echo it
    :ivar str text: the body
    :ivar str to: the recipient as it came
    :ivar str uid: the id that the provider gave it
    :ivar str template: the provider's name or id of the template that it is
    :ivar tuple values: what the variables of the template say
    :ivar str file: address or id of its file
    """

    key: str
    text: str
    to: str
    uid: str = ""
    template: str = ""
    values: tuple = ()
    file: str = ""


class Answer(NamedTuple):
    """An HTTP answer; ``body`` may be anything that JSON knows, or bytes."""

    status: int
    body: object = b""
    headers: tuple = ()


# ---------------------------------------------------------------------- behaviours


class Well:
    """Accept and say so, after a while.

    :param float after: seconds
    """

    def __init__(self, after=0.0):
        self.after = after

    def perform(self, exchange):
        exchange.accept()
        exchange.pause(self.after)
        exchange.answer(exchange.provider.accepted_answer(exchange.message))


class Say:
    """Answer with something, and keep or drop the message.

    :param Answer answer: what is said
    :param bool accept: whether the provider has the message nevertheless
    """

    def __init__(self, answer, accept=False):
        self._answer, self._accept = answer, accept

    def perform(self, exchange):
        if self._accept:
            exchange.accept()
        exchange.answer(self._answer)


class Refuse:
    """Refuse as the provider documents it.

    :param str why: a name that the fake knows: address, connection, limit …
    """

    def __init__(self, why):
        self.why = why

    def perform(self, exchange):
        exchange.answer(exchange.provider.refusal(self.why))


class Hang:
    """Never answer, so that the client gives up.

    :param bool accept: whether the provider has the message nevertheless
    """

    def __init__(self, accept):
        self._accept = accept

    def perform(self, exchange):
        if self._accept:
            exchange.accept()
        exchange.pause(NEVER)
        exchange.hang_up()


class Trickle:
    """Take the message and answer a byte at a time, without an end."""

    def perform(self, exchange):
        exchange.accept()
        exchange.trickle()


class Drop:
    """Break the connection without an answer.

    :param bool accept: whether the provider has the message nevertheless
    :param bool reset: by a TCP reset, else by an orderly close
    """

    def __init__(self, accept=False, reset=False):
        self._accept, self._reset = accept, reset

    def perform(self, exchange):
        if self._accept:
            exchange.accept()
        exchange.hang_up(reset=self._reset)


def garbage(status=200, accept=True):
    """:return: an answer that no provider documents"""
    return Say(Answer(status, b"<html>\x00\xff it works! </html>"), accept=accept)


# ---------------------------------------------------------------------- the server


class Exchange:
    """One request that asks to send a message, in the hands of a behaviour."""

    def __init__(self, provider, handler, message):
        self.provider, self._handler, self.message = provider, handler, message

    def accept(self):
        self.message = self.provider.accept(self.message)

    def pause(self, seconds):
        if seconds:
            self.provider.stopping.wait(seconds)

    def answer(self, answer):
        self._handler.answer(answer)

    def trickle(self):
        self._handler.begin_answer()
        while not self.provider.stopping.wait(1):
            self._handler.wfile.write(b" ")

    def hang_up(self, reset=False):
        self._handler.hang_up(reset)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        result = super().setup()
        self.server.provider.clients.add(self.connection)
        return result

    def finish(self):
        self.server.provider.clients.discard(self.connection)
        return super().finish()

    def handle_one_request(self):
        try:
            return super().handle_one_request()
        except OSError:
            self.close_connection = True  # the client was killed in the middle of it
            return None

    def do_POST(self):
        self._serve()

    def do_GET(self):
        self._serve()

    def _serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True  # killed between the head and the body: nothing was asked
            return
        self.server.provider.serve(self, Request(self.command, self.path, self.headers, body))

    def answer(self, answer):
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json", **dict(answer.headers)}
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin_answer(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "65536")
        self.end_headers()

    def hang_up(self, reset):
        if reset:
            # Lingering for no time at all makes the close a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        """Nothing: the tests look at what was received."""


class Request(NamedTuple):
    method: str
    path: str
    headers: object
    body: bytes

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self):
        return json.loads(self.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A handler that fails is a fault of the tests: keep it for the assertion."""
        import traceback

        self.provider.faults.append(traceback.format_exc())


class FakeProvider(abc.ABC):
    """A provider as far as our requests go. Subclasses know one protocol:
    :meth:`read_message`, :meth:`accepted_answer`, :meth:`refusal`, :meth:`other`.

    :ivar list asked: every message that we asked it to send, in order of arrival
    :ivar list accepted: those that it took: what customers would get
    :ivar list invalid: requests that do not satisfy the provider's contract
    :ivar list requests: every Request, of whatever kind
    :ivar dict pages: path, with its query or without → the Answer to a GET, or a function of the
        query (a dict) that makes it
    :ivar script: function of a Request → Answer, for tests that say each word themselves; None, or
        where it gives None: the fake knows what to say
    """

    def __init__(self, port=0):
        self.asked, self.accepted, self.invalid, self.faults = [], [], [], []
        self.requests, self.pages, self.script = [], {}, None
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._default = Well()
        self._planned = defaultdict(deque)
        self.clients = set()
        self._server = self._closed = None
        self.open(port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def open(self, port=0):
        """Listen; after :meth:`close` at the same address."""
        if self._closed:
            port = self._closed.getsockname()[1]
            self._closed.close()
            self._closed = None
        self._server = _Server(("127.0.0.1", port), Handler)
        self._server.provider = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self):
        """Break off all connections and refuse new ones; the address stays ours."""
        address = self._server.server_address
        self._break_off()
        self._closed = socket.socket()
        self._closed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._closed.bind(address)

    def _break_off(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        for client in list(self.clients):
            with contextlib.suppress(OSError):  # it has just ended by itself
                client.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.stopping.set()
        if self._closed:
            self._closed.close()
        else:
            self._break_off()

    # ------------------------------------------------------------------ behaviour

    def behave(self, behaviour):
        """Do this with every message for which nothing else is planned."""
        self._default = behaviour

    def plan(self, text, *behaviours):
        """Do this, one after the other, with the messages of this text; then behave as usual."""
        with self._lock:
            self._planned[text].extend(behaviours)

    def _behaviour_of(self, message):
        with self._lock:
            planned = self._planned.get(message.text)
            return planned.popleft() if planned else self._default

    # ------------------------------------------------------------------ requests

    def serve(self, handler, request):
        with self._lock:
            self.requests.append(request)
        said = self._scripted(request)
        if said is not None:
            handler.answer(said)
            return
        message = self.read_message(request)
        if message is None:
            handler.answer(self.other(request))
            return
        faults = self.contract_faults(request)
        if faults:
            with self._lock:
                self.invalid.append((request, faults))
        with self._lock:
            self.asked.append(message)
        self._behaviour_of(message).perform(Exchange(self, handler, message))

    def _scripted(self, request):
        """:return: Answer that the test has prepared, or None"""
        return self._page(request) or (self.script and self.script(request))

    def _page(self, request):
        """:return: Answer of :attr:`pages`, or None"""
        if request.method != "GET":
            return None
        address = urllib.parse.urlsplit(request.path)
        page = self.pages.get(request.path) or self.pages.get(address.path)
        return page(dict(urllib.parse.parse_qsl(address.query))) if callable(page) else page

    @property
    def calls(self):
        """:return: list of (path, Authorization, body) of every request"""
        return [(r.path, r.headers["Authorization"], r.body) for r in list(self.requests)]

    @property
    def bodies(self):
        """:return: list of what each request says, where it is JSON"""
        return [request.json for request in list(self.requests) if request.body]

    def accept(self, message):
        """Take a message: from here on the customer gets it.

        :return: the message with the provider's id
        """
        with self._lock:
            message = message._replace(uid=self.make_uid(next(self._numbers)))
            self.accepted.append(message)
        return message

    def accepted_of(self, text):
        """:return: list of accepted messages of this text"""
        with self._lock:
            return [message for message in self.accepted if message.text == text]

    def asked_of(self, text):
        """:return: list of messages of this text that we tried to send"""
        with self._lock:
            return [message for message in self.asked if message.text == text]

    def snapshot(self):
        """:return: list of accepted messages at this moment"""
        with self._lock:
            return list(self.accepted)

    # ------------------------------------------------------------------ protocol

    @abc.abstractmethod
    def read_message(self, request):
        """:return: Sent, or None where the request does not send a message"""

    def contract_faults(self, request):
        """:return: list of what is wrong with a request, by the provider's own description"""
        return []

    def make_uid(self, number):
        """:return: the provider's id of its n-th message"""
        return str(number)

    def accepted_answer(self, message):
        """:return: Answer to a message that was accepted"""
        return Answer(200, {"id": message.uid})

    def refusal(self, why):
        """:return: Answer to a message that was refused"""
        return Answer(400, {"error": why})

    def other(self, request):
        """Answer what is not a message: health checks, look-ups."""
        return Answer(404, {})
