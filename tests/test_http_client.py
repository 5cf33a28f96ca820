"""docs/architecture.md, 3.6: what a fault of HTTP tells, over real sockets; what a connection is
used for."""

import contextlib
import datetime
import importlib.util
import ipaddress
import socket
import ssl
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOOLS = Path(__file__).resolve().parent.parent / "kala_comm" / "tools"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: login=one\r\n\r\nok"
ENDLESS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _load_tools():
    """The addon's plain Python, without Odoo."""
    spec = importlib.util.spec_from_file_location(
        "kala_tools", TOOLS / "__init__.py", submodule_search_locations=[str(TOOLS)]
    )
    package = sys.modules["kala_tools"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


tools = _load_tools()


class Peer:
    """A server of one page.

    :param serve: callable of the socket of each connection
    :ivar list heads: of the requests, in order
    :ivar int connections: how many were opened
    """

    def __init__(self, serve):
        self.heads, self.connections, self._serve = [], 0, serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client):
        with client, contextlib.suppress(OSError):
            self._serve(self, client)

    def read_head(self, client):
        """:return: whether there was another request"""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            part = client.recv(1)
            if not part:
                return False
            head += part
        self.heads.append(head.decode())
        return True

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # else accept() would go on listening
        self._listener.close()


@pytest.fixture
def peer_of():
    made = []

    def make(serve):
        made.append(Peer(serve))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def get(peer, scheme="http", **values):
    request = tools.messages.SendRequest(
        **{
            "url": f"{scheme}://127.0.0.1:{peer.port}/",
            "method": "GET",
            "timeout": 5.0,
            **values,
        }
    )
    return tools.http.perform(request)


def answer_all(peer, client):
    while peer.read_head(client):
        client.sendall(OK)


def test_one_connection_for_many_messages(peer_of):
    """docs/architecture.md, 3.6: a connection that is fresh is used again, whoever sends; cookies
    of one login do not reach another one."""
    peer = peer_of(answer_all)
    for _n in range(3):
        thread = threading.Thread(target=get, args=(peer,))
        thread.start()
        thread.join()
    assert (len(peer.heads), peer.connections) == (3, 1)
    assert not any("cookie" in head.lower() for head in peer.heads)


def test_a_connection_that_lay_idle_is_not_used(peer_of, monkeypatch):
    """docs/architecture.md, 3.6: it might be found dead in the middle of a request."""
    peer = peer_of(answer_all)
    get(peer)
    monkeypatch.setattr(tools.http, "IDLE_LIMIT", -1)
    get(peer)
    assert peer.connections == 2


def test_a_connection_that_broke_is_not_used(peer_of):
    """docs/architecture.md, 3.6: after a request without an answer the next one has a connection of
    its own."""

    def drop_first(peer, client):
        if peer.read_head(client) and peer.connections > 1:
            client.sendall(OK)

    peer = peer_of(drop_first)
    with pytest.raises(tools.http.PerhapsSent):
        get(peer)
    assert get(peer).text == "ok"
    assert peer.connections == 2


def test_an_answer_without_an_end(peer_of):
    """SC1: only so much of an answer is read as is looked at."""

    def never_end(peer, client):
        peer.read_head(client)
        client.sendall(ENDLESS)
        while True:
            client.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    answer = get(peer_of(never_end), text_limit=10_000)
    assert answer.text == "x" * 10_000


# ---------------------------------------------------------------------- an end in time


def drip(peer, client, head, body=b"x"):
    """Send a head, and then without an end a byte now and then: never silent."""
    peer.read_head(client)
    client.sendall(head)
    while True:
        client.sendall(body)
        time.sleep(0.05)


#: where a server drips → the first bytes of its answer
DRIPS = {
    "status": b"HTTP/1.1 2",
    "header": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "length said": b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
    "length not said": b"HTTP/1.0 200 OK\r\n\r\n",
    "connection to be closed": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
}


@pytest.fixture
def hurry(monkeypatch):
    """The time to connect counts for the whole exchange, too: here it has one second in all."""
    monkeypatch.setattr(tools.http, "CONNECT_TIMEOUT", 0.5)


@pytest.mark.parametrize("head", DRIPS.values(), ids=DRIPS)
def test_who_drips_is_ended(peer_of, hurry, head):
    """docs/architecture.md, 3.14: a server that is never silent, and never ends, is left after the
    time of the whole exchange; it may have the message (DE3)."""
    peer = peer_of(lambda peer, client: drip(peer, client, head))
    start = time.monotonic()
    with pytest.raises(tools.http.PerhapsSent, match="no end within 1 seconds"):
        get(peer, timeout=0.5)
    assert 0.9 < time.monotonic() - start < 3


def test_who_drips_chunks_is_ended(peer_of, hurry):
    peer = peer_of(lambda peer, client: drip(peer, client, ENDLESS, b"1\r\nx\r\n"))
    with pytest.raises(tools.http.PerhapsSent, match="no end"):
        get(peer, timeout=0.5)


def test_who_reads_slowly_is_ended(peer_of, hurry):
    """DE3: the same for who takes the request byte by byte."""

    def sip(peer, client):
        while client.recv(1):
            time.sleep(0.05)

    start = time.monotonic()
    with pytest.raises(tools.http.PerhapsSent):
        get(peer_of(sip), method="POST", data=b"x" * 20_000_000, timeout=0.5)
    assert time.monotonic() - start < 3


def test_a_large_file_is_not_late(peer_of, monkeypatch):
    """The time to connect is not the time to hand a file over."""
    monkeypatch.setattr(tools.http, "CONNECT_TIMEOUT", 0.5)
    size = 20_000_000

    def take(peer, client):
        peer.read_head(client)
        left = size
        while left:
            left -= len(client.recv(min(left, 200_000)))
            time.sleep(0.01)
        client.sendall(OK)

    start = time.monotonic()
    assert get(peer_of(take), method="POST", data=b"x" * size, timeout=20).text == "ok"
    assert time.monotonic() - start > 0.6


def test_who_was_late_is_asked_anew(peer_of, hurry):
    """What was shut is not used again; the next exchange has its own time."""

    def drip_first(peer, client):
        if peer.connections == 1:
            drip(peer, client, DRIPS["header"])
        answer_all(peer, client)

    peer = peer_of(drip_first)
    with pytest.raises(tools.http.PerhapsSent):
        get(peer, timeout=0.5)
    for _n in range(2):
        assert get(peer, timeout=0.5).text == "ok"
        time.sleep(0.7)
    assert peer.connections == 2


def test_files_end_in_time(peer_of):
    """SC2, WA4: a file, however it trickles in; redirects share the time."""
    peer = peer_of(lambda peer, client: drip(peer, client, DRIPS["length not said"]))
    address = f"http://127.0.0.1:{peer.port}"
    start = time.monotonic()
    with pytest.raises(tools.fetch.FileLater, match="too long"):
        tools.fetch.Fetcher((), address, seconds=1).content(f"{address}/1")
    assert 0.9 < time.monotonic() - start < 3


#: what a server says instead of an answer; the words are those of libraries for a connection that
#: was never made
LIES = (
    b"NewConnectionError: Failed to establish a new connection\r\n\r\n",
    b"NameResolutionError\r\n\r\n",
    b"HTTP/1.1 do_handshake ConnectTimeout\r\n\r\n",
    b"",
)


@pytest.mark.parametrize("lie", LIES)
def test_words_decide_nothing(peer_of, lie):
    """DE3: whether anything left us is known by what happened, not by what an error says."""

    def answer(peer, client):
        peer.read_head(client)
        client.sendall(lie)

    with pytest.raises(tools.http.PerhapsSent):
        get(peer_of(answer))


def test_a_request_that_cannot_be_made(peer_of):
    """Nothing left us where the request itself is wrong."""
    peer = peer_of(answer_all)
    for values in (
        {"headers": {"X": "a\r\nb"}},
        {"headers": {"X": "\u05d0"}},
        {"method": "GET", "url": "ftp://127.0.0.1/"},
        {"url": "http://"},
        {"url": "http://name.invalid/"},
    ):
        request = tools.messages.SendRequest(
            **{"url": f"http://127.0.0.1:{peer.port}/", "method": "GET", "timeout": 2.0, **values}
        )
        with pytest.raises(tools.http.NothingSent):
            tools.http.perform(request)
    assert not peer.heads


# ---------------------------------------------------------------------- proxies


def proxy(peer, client):
    """A proxy that refuses to reach anybody."""
    peer.read_head(client)
    client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


def test_a_proxy_that_reaches_nobody(peer_of, monkeypatch):
    """docs/architecture.md, 3.6: a proxy that was only asked to make a connection has nothing of
    the request; one that got the request may have passed it on, and answers for it."""
    peer = peer_of(proxy)
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{peer.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    request = tools.messages.SendRequest(url="https://name.invalid/", method="GET", timeout=2.0)
    with pytest.raises(tools.http.NothingSent):
        tools.http.perform(request)
    request = tools.messages.SendRequest(url="http://name.invalid/", method="GET", timeout=2.0)
    assert tools.http.perform(request).status == 502


# ---------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """:return: (path of a certificate for loopback, path of its key)"""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def speak_tls(certificate):
    """:return: function: what to do after the handshake → what a peer does with a connection"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def make(after):
        def serve(peer, client):
            with context.wrap_socket(client, server_side=True) as secure:
                if peer.read_head(secure):
                    after(secure)

        return serve

    return make


def test_tls_is_refused(peer_of, speak_tls):
    """docs/architecture.md, 3.6: a certificate that nobody vouches for, or no TLS at all: nothing
    left us."""
    stranger = peer_of(speak_tls(lambda secure: secure.sendall(OK)))
    silent = peer_of(lambda peer, client: client.recv(1))
    plain = peer_of(lambda peer, client: client.sendall(OK))
    for peer in (stranger, silent, plain):
        with pytest.raises(tools.http.NothingSent):
            get(peer, "https")
        assert not peer.heads


def test_tls_breaks_after_the_request(peer_of, speak_tls, certificate, monkeypatch):
    """DE3: where TLS breaks while we wait for the answer, the provider may have the message."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))

    def talk_nonsense(secure):
        with socket.socket(fileno=secure.detach()) as bare:
            bare.sendall(b"this is no TLS record at all")

    assert get(peer_of(speak_tls(lambda secure: secure.sendall(OK))), "https").text == "ok"
    peer = peer_of(speak_tls(talk_nonsense))
    with pytest.raises(tools.http.PerhapsSent):
        get(peer, "https")
    assert len(peer.heads) == 1


def test_tls_that_drips_is_ended(peer_of, hurry):
    """A handshake without an end: nothing left us."""

    def drip_handshake(peer, client):
        client.recv(1)
        client.sendall(b"\x16\x03\x03\x40\x00")
        while True:
            client.sendall(b"\x02")
            time.sleep(0.05)

    start = time.monotonic()
    with pytest.raises(tools.http.NothingSent):
        get(peer_of(drip_handshake), "https", timeout=0.5)
    assert time.monotonic() - start < 3


def test_tls_answer_that_drips_is_ended(peer_of, speak_tls, certificate, monkeypatch, hurry):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))

    def drip_securely(secure):
        secure.sendall(DRIPS["header"])
        while True:
            secure.sendall(b"x")
            time.sleep(0.05)

    with pytest.raises(tools.http.PerhapsSent, match="no end"):
        get(peer_of(speak_tls(drip_securely)), "https", timeout=0.5)


def test_words_for_people(peer_of):
    """DE4: a failed message says which host did what, in the system's words, not in those of the
    libraries between; nor does it repeat the address."""
    gone = peer_of(lambda peer, client: None)
    gone.close()
    mute = peer_of(lambda peer, client: peer.read_head(client) and client.recv(1))
    rude = peer_of(lambda peer, client: peer.read_head(client))
    for peer, error, words in (
        (gone, tools.http.NothingSent, "127.0.0.1 could not be reached: Connection refused"),
        (mute, tools.http.PerhapsSent, "127.0.0.1 gave no complete answer: timed out"),
        (rude, tools.http.PerhapsSent, "127.0.0.1 gave no complete answer: Remote end closed"),
    ):
        with pytest.raises(error) as caught:
            get(peer, timeout=1)
        assert str(caught.value).startswith(words)
