"""SC2: files are fetched from the provider's hosts only, whatever an address looks like and
wherever a host sends us on to."""

import base64
import datetime
import hashlib
import socket
import ssl
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from odoo.tests import BaseCase, tagged
from odoo.tests.common import _super_send

from odoo.addons.kala_comm.tools import fetch
from odoo.addons.kala_comm.tools.fetch import (
    Fetcher,
    FileGone,
    FileLater,
    FileRefused,
    check_whole,
    is_refused_type,
)

#: Hosts as a provider names them: a name, and a domain with all below it.
HOSTS = ("files.example.com", ".cdn.example.com")
OWN = "https://api.example.com/v1"
SECRET = {"Authorization": "Bearer secret"}

ALLOWED = (
    "https://files.example.com/1",
    "https://FILES.example.com/1",
    "https://files.example.com:443/1",
    "https://a.cdn.example.com/1",
    "https://a.b.cdn.example.com/1?x=y#z",
    # The API's own host, as the connection has it.
    "https://api.example.com/v1/1",
)
REFUSED = (
    "",
    "/1",
    "files.example.com/1",
    "file:///etc/passwd",
    "ftp://files.example.com/1",
    # Another host, or one that only looks like the provider's.
    "https://example.com/1",
    "https://cdn.example.com/1",
    "https://evilcdn.example.com/1",
    "https://files.example.com.evil.example/1",
    "https://evil.example/files.example.com",
    "https://evil.example?files.example.com",
    "https://evil.example#.cdn.example.com",
    # Read differently by different parsers.
    "https://evil.example\\@files.example.com/1",
    "https://evil.example\\.cdn.example.com/1",
    "https:\\\\files.example.com/1",
    "https://files.example.com\t.evil.example/1",
    "https://files.example.com%2eevil.example/1",
    # A login inside the address.
    "https://files.example.com@evil.example/1",
    "https://user:password@files.example.com/1",
    # Ourselves, our network, our cloud, in every spelling.
    "https://localhost/1",
    "https://127.0.0.1/1",
    "https://2130706433/1",
    "https://0x7f.1/1",
    "https://0177.0.0.1/1",
    "https://127.1/1",
    "https://[::1]/1",
    "https://[::ffff:127.0.0.1]/1",
    "https://[::ffff:7f00:1]/1",
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/1",
    # Without encryption, or at another port.
    "http://files.example.com/1",
    "http://files.example.com:443/1",
    "https://files.example.com:8443/1",
    "https://files.example.com:80/1",
    "http://api.example.com/v1/1",
    "https://api.example.com:8443/v1/1",
    # No addresses at all.
    "https://[bad",
    "https://①.cdn.example.com\u2100/1",
    "https://files.example.com:port/1",
)


class _Host:
    """A host on loopback.

    :ivar list asked: (path, Authorization) of each request
    :ivar answers: dict path → (status, headers, body)
    """

    def __init__(self, certificate=None):
        self.asked, self.answers = [], {}
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                host.asked.append((self.path, self.headers["Authorization"]))
                status, headers, body = host.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    # A header is bytes; the library writes Latin letters only.
                    self.send_header(name, value.encode().decode("latin-1"))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Tests are silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Who does not trust us hangs up in the middle of it.
        self._server.handle_error = lambda *args: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FetchCase(BaseCase):
    @classmethod
    def _request_handler(cls, session, request, /, **values):
        """Loopback is all that these tests reach."""
        return _super_send(session, request, **values)

    def host(self, **values):
        host = _Host(**values)
        self.addCleanup(host.close)
        return host


@tagged("post_install", "-at_install")
class TestAddresses(FetchCase):
    def test_sc2_allowed(self):
        fetcher = Fetcher(HOSTS, OWN)
        for url in ALLOWED:
            with self.subTest(url):
                fetcher._check_address(url)

    def test_sc2_refused(self):
        """Nothing is asked of anybody, not even a name server."""
        fetcher = Fetcher(HOSTS, OWN)
        with patch.object(socket, "getaddrinfo") as asked:
            for url in REFUSED:
                with self.subTest(url), self.assertRaises(FileRefused):
                    fetcher.content(url, SECRET)
        asked.assert_not_called()

    def test_sc2_no_own_address(self):
        """A provider without an address of its own has only the hosts of its list."""
        for url in ("", "https://", "http:///"):
            with self.subTest(url), self.assertRaises(FileRefused):
                Fetcher(HOSTS).content(url)

    def test_sc2_name_that_leads_elsewhere(self):
        """DNS rebinding: the name is the provider's, what answers is not: it cannot prove to be
        the provider, and gets neither the request nor the secret."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(make_certificate("files.example.com"))
            file.flush()
            host = self.host(certificate=file.name)
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", host.port))
        with patch.object(socket, "getaddrinfo", return_value=[address]) as asked:
            with self.assertRaisesRegex(
                FileLater, "files.example.com could not be reached: .*CERTIFICATE"
            ):
                Fetcher(HOSTS).content("https://files.example.com/1", SECRET)
        asked.assert_called()
        self.assertEqual(host.asked, [])


@tagged("post_install", "-at_install")
class TestRedirects(FetchCase):
    def setUp(self):
        super().setUp()
        self.own, self.other = self.host(), self.host()
        self.fetcher = Fetcher(HOSTS, f"{self.own.url}/v1")

    def redirect(self, target, status=302):
        self.own.answers["/file"] = (status, {"Location": target}, b"")

    def test_sc2_refused(self):
        """Wherever the provider's own host sends us on to, the same rules hold."""
        for target in (
            f"{self.other.url}/file",
            f"http://localhost:{self.own.port}/file",
            f"http://user@127.0.0.1:{self.own.port}/file",
            f"https://127.0.0.1:{self.own.port}/file",
            f"//127.0.0.1:{self.other.port}/file",
            *(url for url in REFUSED if "://" in url),
        ):
            for status in (301, 302, 303, 307, 308):
                self.redirect(target, status)
                with self.subTest(target=target, status=status):
                    with self.assertRaises(FileRefused):
                        self.fetcher.content(f"{self.own.url}/file", SECRET)
        self.assertEqual(self.other.asked, [])
        self.assertEqual({path for path, _secret in self.own.asked}, {"/file"})

    def test_sc2_round_and_round(self):
        self.redirect("/file")
        with self.assertRaisesRegex(FileRefused, "too many"):
            self.fetcher.content(f"{self.own.url}/file")
        self.assertEqual(len(self.own.asked), 1 + fetch.REDIRECTS)

    def test_same_host(self):
        """The secret goes on to where it was meant for."""
        self.redirect("/there?x=1")
        self.own.answers["/there?x=1"] = (200, {"Content-Type": "image/png; x=y"}, b"picture")
        found = self.fetcher.content(f"{self.own.url}/file", SECRET)
        self.assertEqual(found, (b"picture", "image/png"))
        self.assertEqual([secret for _path, secret in self.own.asked], 2 * ["Bearer secret"])

    def test_sc2_secret_is_for_its_host(self):
        """Another host of the provider's gets no login that was made for the first one."""
        self.redirect("https://files.example.com/1")
        sent = []
        get = fetch.requests.Session.get

        def watch(session, url, **values):
            sent.append((url, values["headers"], values["auth"]))
            if len(sent) > 1:
                raise fetch.requests.exceptions.ConnectionError()
            return get(session, url, **values)

        with patch.object(fetch.requests.Session, "get", watch), self.assertRaises(FileLater):
            self.fetcher.content(f"{self.own.url}/file", SECRET, auth=("a", "b"))
        self.assertEqual(sent[1], ("https://files.example.com/1", None, None))


@tagged("post_install", "-at_install")
class TestFiles(FetchCase):
    def setUp(self):
        super().setUp()
        self.own = self.host()
        self.fetcher = Fetcher((), self.own.url)

    def fetch(self, status=200, body=b"bytes", limit=10, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.own.answers["/file"] = (status, headers, body)
        return self.fetcher.content(f"{self.own.url}/file", limit=limit)

    def test_wa4_answers(self):
        """WA1, WA4: what is gone is not asked for again, what may pass is."""
        for status, error in [
            (404, FileGone),
            (410, FileGone),
            (401, FileLater),
            (403, FileLater),
            (429, FileLater),
            (500, FileLater),
            (503, FileLater),
            (204, FileLater),
        ]:
            with self.subTest(status), self.assertRaises(error):
                self.fetch(status, b"")

    def test_sc2_size(self):
        """The size is limited, whether it is said, said wrongly or not said."""
        self.assertEqual(self.fetch(body=b"x" * 10), (b"x" * 10, ""))
        for said in ({}, {"Content_Length": "11"}):
            with self.subTest(said), self.assertRaisesRegex(FileRefused, "too large"):
                self.fetch(body=b"x" * 11, **said)
        self.assertEqual(self.fetch(body=b"x", Content_Length="1")[0], b"x")

    def test_sc2_time(self):
        """The time is of all that one fetches."""
        with patch.object(fetch, "LONGEST", -1):
            self.fetcher = Fetcher((), self.own.url)
        with self.assertRaisesRegex(FileLater, "too long"):
            self.fetch()

    def test_sc2_types(self):
        """SC2, SC3: nothing is kept that a browser would run as ours."""
        for mimetype in (
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "application/xhtml+xml",
            "image/svg+xml",
            "image/svg",
            "text/xml",
            "application/xml",
            "application/rss+xml",
            "text/xsl",
            "text/javascript",
            "application/x-javascript",
            "application/ecmascript",
            "application/x-shockwave-flash",
        ):
            with self.subTest(mimetype):
                self.assertTrue(is_refused_type(mimetype))
                with self.assertRaisesRegex(FileRefused, "not kept"):
                    self.fetch(Content_Type=mimetype)
        for mimetype in (
            None,
            "",
            "image/jpeg",
            "audio/ogg; codecs=opus",
            "application/pdf",
            "application/octet-stream",
            "text/plain",
            "text/vcard",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ):
            with self.subTest(mimetype):
                self.assertFalse(is_refused_type(mimetype))

    def test_wa1_whole(self):
        """docs/providers.md, 1.7: size and digest are checked; the digest comes in either
        spelling."""
        digest = hashlib.sha256(b"bytes")
        for size, sha256 in [
            (0, ""),
            (5, digest.hexdigest()),
            (5, digest.hexdigest().upper()),
            (0, base64.b64encode(digest.digest()).decode()),
        ]:
            with self.subTest(size=size, sha256=sha256):
                check_whole(b"bytes", size, sha256)
        for size, sha256 in [(4, ""), (6, ""), (5, "0" * 64), (0, "x"), (0, "AAAA")]:
            with self.subTest(size=size, sha256=sha256), self.assertRaises(FileLater):
                check_whole(b"bytes", size, sha256)


def make_certificate(name):
    """:return: bytes, a key and a certificate that nobody vouches for, in PEM"""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
