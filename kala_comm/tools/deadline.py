"""An end to every exchange by HTTP, and whether anything of it left us (docs/architecture.md, 3.6).

A time-out of the HTTP client is one of silence: who sends a byte a second is never silent, and
holds its worker until the server kills it. Here a whole exchange has so many seconds; then its
connection is shut, whatever it was waiting for.
"""

import contextlib
import socket
import threading
import time
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

#: The exchange that this thread is in.
_here = threading.local()


class Exchange:
    """One exchange, or several that have one end together.

    :param float seconds: after which it is over
    :ivar bool has_left: whether the provider may have anything of the last request
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.has_left = False
        self._end = time.monotonic() + seconds
        self._handle = self._connection = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end_it)
        self._timer.daemon = True

    @property
    def is_late(self):
        """:return: whether its time is over"""
        return time.monotonic() >= self._end

    @property
    def left(self):
        """:return: seconds that are left; never none at all, which would mean "no time-out\""""
        return max(self._end - time.monotonic(), 0.001)

    def _watch(self, connection, sock):
        """Have a handle of our own on what a connection speaks through: TLS takes its socket
        over, and a connection lets go of it while the answer is still being read."""
        # The family is of no consequence for shutting it.
        handle = socket.fromfd(sock.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with self._lock:
            self._let_go()
            self._connection, self._handle = connection, handle
            if self.is_late:
                self._shut()

    def _end_it(self):
        with self._lock:
            self._shut()

    def _shut(self):
        if self._handle is not None:
            # What is closed already has ended by itself.
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def _let_go(self):
        if self._handle is not None:
            self._handle.close()
        self._connection = self._handle = None

    def _close(self):
        self._timer.cancel()
        with self._lock:
            self._let_go()


@contextlib.contextmanager
def within(seconds):
    """End what this thread exchanges over sessions of :func:`new_session` after some time:
    reading or writing then fails as if the other side had hung up.

    :param float seconds: for all of it
    :return: Exchange
    """
    exchange = Exchange(seconds)
    outer, _here.exchange = _current(), exchange
    exchange._timer.start()
    try:
        yield exchange
    finally:
        _here.exchange = outer
        exchange._close()


def new_session():
    """:return: session of ``requests`` whose exchanges end in time, without cookies: two logins at
    one provider share its host, and nothing of one may reach the other"""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_maxsize=1, max_retries=0))
    return session


def _current():
    return getattr(_here, "exchange", None)


def _set_left(has_left):
    if exchange := _current():
        exchange.has_left = has_left


class _Watched:
    """A connection that tells its exchange what becomes of it."""

    def _new_conn(self):
        sock = super()._new_conn()
        if exchange := _current():
            exchange._watch(self, sock)
        return sock

    def connect(self):
        try:
            return super().connect()
        finally:
            # What a proxy was told to get here is nothing of the request.
            _set_left(False)

    def send(self, data):
        if self.sock is None and self.auto_open:
            self.connect()
        if exchange := _current():
            if exchange._connection is not self:
                exchange._watch(self, self.sock)
            # A large file is not written within the time-out of a connection.
            self.sock.settimeout(exchange.left)
        _set_left(True)
        return super().send(data)


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)
        return result

    def proxy_manager_for(self, proxy, **kwargs):
        manager = super().proxy_manager_for(proxy, **kwargs)
        if proxy.lower().startswith("socks"):
            # It has connections of its own: nobody sees what leaves through them.
            _set_left(True)
        else:
            self._watch(manager)
        return manager

    @staticmethod
    def _watch(manager):
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
