"""docs/nginx.conf: what `make run`, the browser tests and a real installation put in front of
Odoo's two ports. Odoo is played here, nginx is real."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from .support.browser import Front

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
BIG = bytes(range(256)) * 20_000  # 5 MB


async def read_request(reader):
    """The head of a request as text, and its body when it says how long it is."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    body = b""
    for line in head.lower().splitlines():
        if line.startswith("content-length:"):
            body = await reader.readexactly(int(line.split(":")[1]))
    return head, body


class Odoo:
    """Stands for one of Odoo's ports: remembers requests, sends ``answer``, closes.

    :param bool read: whether it reads a request before it answers; else it answers by the head
        alone and swallows the rest, as Odoo's server does
    """

    def __init__(self, answer=OK, read=True):
        self.answer, self.read, self.seen, self.port = answer, read, [], None

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=2**23)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def serve(self, reader, writer):
        if self.read:
            self.seen.append(await read_request(reader))
        else:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        if not self.read:
            while await reader.read(2**16):
                pass
        writer.close()


class Echo(Odoo):
    """Odoo's websocket port: accepts the upgrade, then sends back what it gets until "bye"."""

    async def serve(self, reader, writer):
        self.seen.append(await read_request(reader))
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
        writer.write(b"Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n")
        while data := await reader.read(1000):
            writer.write(data.upper())
            if data == b"bye":
                break
        self.seen.append("closed")
        writer.close()


@asynccontextmanager
async def fronted(http, gevent=None, host="127.0.0.1"):
    """nginx in front of these; yields a function that connects to it."""
    gevent = gevent or Odoo(b"HTTP/1.1 500 wrong port\r\n\r\n")
    servers = [await http.start(), await gevent.start()]
    front = Front(http.port, gevent.port, host)
    writers = []

    async def connect(address="127.0.0.1", source=None):
        streams = await asyncio.open_connection(
            address, front.port, limit=2**23, local_addr=source and (source, 0)
        )
        writers.append(streams[1])
        return streams

    try:
        async with asyncio.timeout(20):
            yield connect
    finally:
        for writer in writers:
            writer.close()
        front.stop()
        for server in servers:
            server.close()


async def response(reader, bodiless=False):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    for line in head.lower().splitlines():
        if line.startswith("content-length:") and not bodiless:
            return head, await reader.readexactly(int(line.split(":")[1]))
        if line == "transfer-encoding: chunked":
            return head, await reader.readuntil(b"0\r\n\r\n")
    return head, b""


def story(coroutine):
    return asyncio.run(coroutine)


def test_one_connection_serves_many_requests():
    async def run():
        odoo = Odoo()
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            for number in range(3):
                writer.write(f"GET /web/{number} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
                head, body = await response(reader)
                assert "200 OK" in head and "Connection: keep-alive" in head
                assert body == b"ok"
            odoo.answer = (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
            )
            writer.write(b"GET /chunked HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await response(reader))[1] == b"2\r\nok\r\n0\r\n\r\n"
            odoo.answer = b"HTTP/1.0 200 OK\r\n\r\nuntil the end"
            writer.write(b"GET /unframed HTTP/1.1\r\nHost: h\r\n\r\n")
            assert b"until the end" in (await response(reader))[1]
        assert [head.split()[1] for head, _ in odoo.seen][:2] == ["/web/0", "/web/1"]

    story(run())


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_answers_without_a_body_keep_the_connection(method, answer):
    async def run():
        async with fronted(Odoo(answer)) as connect:
            reader, writer = await connect()
            for _ in range(2):
                writer.write(f"{method} / HTTP/1.1\r\nHost: h\r\n\r\n".encode())
                head, _body = await response(reader, bodiless=True)
                assert head.startswith("HTTP/1.1 ") and "Connection: keep-alive" in head

    story(run())


def test_odoo_learns_who_asked_and_under_which_name():
    """A tunnel on this machine tells for whom it asks; what any other machine tells is dropped."""
    told = (
        b"GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-Host: crm.example.com\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\n"
        b"Forwarded: for=192.0.2.7\r\n\r\n"
    )

    async def run():
        odoo = Odoo()
        async with fronted(odoo, host="0.0.0.0") as connect:
            reader, writer = await connect()
            writer.write(
                b"GET / HTTP/1.1\r\nHost: localhost:8069\r\nTE: x\r\nKeep-Alive: 3\r\n\r\n"
            )
            await response(reader)
            writer.write(told)
            await response(reader)
            reader, writer = await connect(source="127.0.0.2")
            writer.write(told)
            await response(reader)
        plain, tunnelled, stranger = (head for head, _ in odoo.seen)
        assert "X-Forwarded-Host: localhost:8069\r\n" in plain
        assert "X-Forwarded-Proto: http\r\n" in plain
        assert "X-Forwarded-For: 127.0.0.1\r\n" in plain
        assert "Host: localhost:8069\r\n" in plain
        assert "TE:" not in plain and "Keep-Alive" not in plain
        assert "Connection: close\r\n" in plain
        assert "X-Forwarded-Host: crm.example.com\r\n" in tunnelled
        assert "X-Forwarded-Proto: https\r\n" in tunnelled
        assert "X-Forwarded-For: 192.0.2.7\r\n" in tunnelled
        assert "X-Real-IP: 192.0.2.7\r\n" in tunnelled
        assert "X-Forwarded-Host: inner\r\n" in stranger
        assert "X-Forwarded-Proto: http\r\n" in stranger
        assert "X-Forwarded-For: 127.0.0.2\r\n" in stranger
        assert "X-Real-IP: 127.0.0.2\r\n" in stranger
        assert "192.0.2.7" not in stranger

    story(run())


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_big_body_arrives_whole(expect):
    async def run():
        odoo = Odoo()
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\n" + expect)
            writer.write(b"Content-Length: %d\r\n\r\n" % len(BIG))
            if expect:
                assert "100 Continue" in (await response(reader))[0]
            writer.write(BIG)
            assert (await response(reader))[1] == b"ok"
            chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (5000, BIG[:5000])
            writer.write(
                b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
            )
            assert (await response(reader))[1] == b"ok"
        assert [body for _, body in odoo.seen] == [BIG, BIG[:5000]]

    story(run())


def test_an_answer_before_the_body_is_read_reaches_the_client():
    """A webhook's size limit refuses by the head alone (SC1)."""

    async def run():
        odoo = Odoo(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", read=False)
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            for _ in range(2):
                writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(BIG))
                writer.write(BIG)
                assert "404 Not Found" in (await response(reader))[0]

    story(run())


@pytest.mark.parametrize("last", ["client", "odoo"])
def test_a_websocket_goes_to_its_port_until_one_side_closes(last):
    async def run():
        gevent = Echo()
        async with fronted(Odoo(), gevent) as connect:
            reader, writer = await connect()
            writer.write(
                b"GET /websocket?version=1 HTTP/1.1\r\nHost: h\r\n"
                b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: k\r\n\r\n"
            )
            head, _body = await response(reader)
            assert head.startswith("HTTP/1.1 101") and "Upgrade: websocket" in head
            assert "Sec-WebSocket-Accept: x" in head
            for word in (b"one", b"two"):
                writer.write(word)
                assert await reader.readexactly(3) == word.upper()
            if last == "odoo":
                writer.write(b"bye")
                assert await reader.read() == b"BYE"
            else:
                writer.close()
            while "closed" not in gevent.seen:
                await asyncio.sleep(0.01)
        head = gevent.seen[0][0].lower()
        assert "connection: upgrade\r\n" in head and "upgrade: websocket\r\n" in head
        assert "sec-websocket-key: k\r\n" in head

    story(run())


def test_what_only_begins_a_websocket_is_no_upgrade():
    """A plain request to the websocket's port, and another protocol: Odoo is not asked for it."""

    async def run():
        odoo, gevent = Odoo(), Odoo()
        async with fronted(odoo, gevent) as connect:
            reader, writer = await connect()
            writer.write(b"GET /websocket/health HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await response(reader))[1] == b"ok"
            writer.write(
                b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
            )
            assert (await response(reader))[1] == b"ok"
        for seen, path in ((gevent.seen, "/websocket/health"), (odoo.seen, "/")):
            [(head, _body)] = seen
            assert head.startswith(f"GET {path} ")
            assert "Connection: close\r\n" in head and "Upgrade:" not in head

    story(run())


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"nonsense\r\n\r\n", "400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "400"),
        (
            b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n",
            "400",
        ),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000000\r\n\r\n", "413"),
    ],
)
def test_a_malformed_request_is_refused_and_never_relayed(request_head, status):
    async def run():
        odoo = Odoo()
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            writer.write(request_head)
            head, _body = await response(reader)
            assert head.startswith(f"HTTP/1.1 {status} ")
            assert await reader.read() == b""
        assert odoo.seen == []

    story(run())


def test_long_headers_pass():
    async def run():
        odoo = Odoo()
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 60_000 + b"\r\n\r\n")
            assert (await response(reader))[1] == b"ok"
        assert "x" * 60_000 in odoo.seen[0][0]

    story(run())


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200"])
def test_no_answer_of_odoo_asks_the_client_to_come_again(answer):
    async def run():
        async with fronted(Odoo(answer)) as connect:
            reader, writer = await connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await response(reader))[0].startswith("HTTP/1.1 503 ")

    story(run())


def test_an_answer_cut_short_is_not_passed_off_as_whole():
    async def run():
        odoo = Odoo(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        async with fronted(odoo) as connect:
            reader, writer = await connect()
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            with pytest.raises(asyncio.IncompleteReadError):
                await response(reader)

    story(run())


def test_while_odoo_is_away_a_request_is_told_to_come_again():
    """A browser looks again by itself, a provider sends its webhook again; nothing is lost."""

    async def run():
        odoo = Odoo()
        (await odoo.start()).close()
        front = Front(odoo.port, odoo.port)
        try:
            for request in (b"GET /odoo", b"POST /kala/webhook/x", b"GET /websocket"):
                reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
                writer.write(request + b" HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
                head, body = await response(reader)
                assert head.startswith("HTTP/1.1 503 ")
                assert "Refresh: 2" in head and "Retry-After: 2" in head
                assert b"Odoo is starting" in body
                writer.close()
        finally:
            front.stop()

    story(run())


def test_a_client_that_leaves_while_sending_costs_odoo_nothing():
    """Only a whole request gets to Odoo: who sends slowly holds no worker."""

    async def run():
        odoo = Odoo()
        async with fronted(odoo) as connect:
            _reader, leaving = await connect()
            leaving.write(b"POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf")
            await leaving.drain()
            leaving.close()
            await leaving.wait_closed()
            reader, writer = await connect()
            writer.write(b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await response(reader))[1] == b"ok"
        assert [head.split()[1] for head, _ in odoo.seen] == ["/whole"]

    story(run())


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "::1"), ("0.0.0.0", "127.0.0.2"), ("::1", "::1")],
)
def test_it_listens_where_it_is_told(host, address):
    """A browser asks ::1 first for "localhost"; HOST=0.0.0.0 is every address."""

    async def run():
        async with fronted(Odoo(), host=host) as connect:
            reader, writer = await connect(address)
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await response(reader))[1] == b"ok"

    story(run())
