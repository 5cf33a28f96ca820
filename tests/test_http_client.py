"""DESIGN 3.6: what a fault of HTTP tells, over real sockets; what a connection is used for."""

import contextlib
import datetime
import importlib.util
import ipaddress
import socket
import ssl
import sys
import threading
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
        url=f"{scheme}://127.0.0.1:{peer.port}/", method="GET", **{"timeout": 5.0, **values}
    )
    return tools.http.perform(request)


def answer_all(peer, client):
    while peer.read_head(client):
        client.sendall(OK)


def test_one_connection_for_many_messages(peer_of):
    """DESIGN 3.6: a connection that is fresh is used again, whoever sends; cookies of one login
    do not reach another one."""
    peer = peer_of(answer_all)
    for _n in range(3):
        thread = threading.Thread(target=get, args=(peer,))
        thread.start()
        thread.join()
    assert (len(peer.heads), peer.connections) == (3, 1)
    assert not any("cookie" in head.lower() for head in peer.heads)


def test_a_connection_that_lay_idle_is_not_used(peer_of, monkeypatch):
    """DESIGN 3.6: it might be found dead in the middle of a request."""
    peer = peer_of(answer_all)
    get(peer)
    monkeypatch.setattr(tools.http, "IDLE_LIMIT", -1)
    get(peer)
    assert peer.connections == 2


def test_a_connection_that_broke_is_not_used(peer_of):
    """DESIGN 3.6: after a request without an answer the next one has a connection of its own."""

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
    """DESIGN 3.6: a certificate that nobody vouches for, or no TLS at all: nothing left us."""
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
