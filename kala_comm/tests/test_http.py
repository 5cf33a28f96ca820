"""DE3, DESIGN 3.6: what a fault of the connection means: did anything leave us, or perhaps not?"""

import os
import socket
import ssl
import tempfile
import threading
from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.masking import spellings
from odoo.addons.kala_comm.tools.messages import SendRequest

from .test_fetch import FetchCase, make_certificate


class _Host:
    """A host on loopback that speaks as a test wants it.

    :param talk: function of the connected socket
    :ivar list asked: bytes of each request
    """

    def __init__(self, talk):
        self.asked, self._talk = [], talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            with client:
                try:
                    self._talk(self, client)
                except OSError:
                    continue  # the other side hung up

    def hear(self, client):
        """Read one request."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = client.recv(65536)
            if not part:
                return
            data += part
        self.asked.append(data)

    def close(self):
        with suppress(OSError):  # it may be closed already
            # A thread that waits for a caller keeps the port open otherwise.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@tagged("post_install", "-at_install")
class TestPerform(FetchCase):
    def host(self, talk):
        host = _Host(talk)
        self.addCleanup(host.close)
        return host

    @contextmanager
    def trusted(self):
        """:return: file with a certificate that our requests trust here"""
        with tempfile.NamedTemporaryFile() as file:
            file.write(make_certificate("localhost"))
            file.flush()
            with patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": file.name}):
                yield file.name

    def perform(self, url, **values):
        return http.perform(SendRequest(url=url, data={"a": "1"}, **{"timeout": 10, **values}))

    def test_de3_nobody_listens(self):
        host = self.host(lambda host, client: None)
        host.close()
        with self.assertRaises(http.NothingSent):
            self.perform(f"http://127.0.0.1:{host.port}/")

    def test_de3_no_address(self):
        for url in ("http://", "nonsense", "ftp://127.0.0.1/", "http://127.0.0.1:port/"):
            with self.subTest(url), self.assertRaises(http.NothingSent):
                self.perform(url)

    def test_de3_hangs_up_after_the_request(self):
        host = self.host(lambda host, client: host.hear(client))
        with self.assertRaises(http.PerhapsSent):
            self.perform(f"http://127.0.0.1:{host.port}/")
        self.assertEqual(len(host.asked), 1)

    def test_de3_certificate(self):
        """Who cannot prove to be the provider gets nothing."""
        with self.trusted() as certificate:
            host = self.host(_tls(certificate, lambda host, client: host.hear(client)))
        with self.assertRaises(http.NothingSent):
            self.perform(f"https://localhost:{host.port}/")
        self.assertEqual(host.asked, [])

    def test_de3_no_tls_at_all(self):
        host = self.host(lambda host, client: client.sendall(b"HTTP/1.1 200 OK\r\n\r\n"))
        with self.assertRaises(http.NothingSent):
            self.perform(f"https://localhost:{host.port}/")

    def test_de3_tls_breaks_in_the_answer(self):
        """An error of TLS after the request is no proof that nothing was sent."""

        def talk(host, client):
            host.hear(client)
            # Not TLS any more: the answer is broken for whoever decrypts it.
            raw = socket.socket(fileno=client.detach())
            raw.sendall(b"garbage" * 10)
            raw.close()

        with self.trusted() as certificate:
            host = self.host(_tls(certificate, talk))
            with self.assertRaises(http.PerhapsSent) as caught:
                self.perform(f"https://localhost:{host.port}/")
        self.assertEqual(len(host.asked), 1)
        self.assertIn("SSL", str(caught.exception))

    def test_answers(self):
        """An answer is read to its limit, and what is left does not begin the next one."""

        def talk(host, client):
            while True:
                asked = len(host.asked)
                host.hear(client)
                if len(host.asked) == asked:
                    return
                body = b"x" * 100_000 if asked == 0 else b"second"
                head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
                client.sendall(head + body)

        host = self.host(talk)
        url = f"http://127.0.0.1:{host.port}/"
        self.assertEqual(self.perform(url, text_limit=1000).text, "x" * 1000)
        self.assertEqual(self.perform(url).text, "second")

    def test_sc2_secrets(self):
        """SC2: what a provider repeats of our secrets is gone before anybody reads it."""
        hidden = ("made/up+token", 'quoted"secret')
        body = (
            b'{"error": "made/up+token", "made%2Fup%2Btoken": ["quoted\\"secret"], "ok": "made up"}'
        )

        def talk(host, client):
            host.hear(client)
            head = b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n" % len(body)
            client.sendall(head + body)

        host = self.host(talk)
        answer = self.perform(f"http://127.0.0.1:{host.port}/", secrets=spellings(hidden))
        self.assertEqual(answer.json(), {"error": "***", "***": ["***"], "ok": "made up"})
        for secret in hidden:
            self.assertNotIn(secret, answer.text)
        host.close()
        for part in ("/made/up+token", "/?password=short", "/?x=made%2Fup%2Btoken"):
            with self.assertRaises(http.NothingSent) as caught:
                self.perform(f"http://127.0.0.1:{host.port}{part}", secrets=spellings(hidden))
            for secret in (*spellings(hidden), "short"):
                self.assertNotIn(secret, str(caught.exception))


def _tls(certificate, talk):
    """:return: the same talk inside TLS"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(host, client):
        with context.wrap_socket(client, server_side=True) as inside:
            talk(host, inside)

    return wrapped
