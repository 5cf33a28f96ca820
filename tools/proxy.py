"""One port for a browser in front of Odoo's two.

With workers, Odoo answers HTTP on one port and its websocket on another (gevent)
one, so live notifications need something in front that joins them. Standard
library only:

    python tools/proxy.py --listen 127.0.0.1:8069 --http 8169 --gevent 8172

Odoo runs with ``--proxy-mode``. Bodies are streamed both ways; a connection of
the browser serves many requests, each request gets a connection of its own to
Odoo.
"""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from dataclasses import dataclass

HEAD_LIMIT = 64 * 1024  # bytes of a request line and its headers
PIECE = 64 * 1024  # bytes relayed at a time
IDLE = 75  # seconds a browser's connection may rest between requests
LINGER = 10  # seconds a client may still send a body that Odoo no longer reads
HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
}
FORWARDED = {
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "forwarded",
}


class Refused(Exception):
    """A request that is answered here, with ``status`` and a sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Truncated(Exception):
    """A peer closed its connection in the middle of a message."""


@dataclass
class Head:
    """The first line of a request or response, and its headers in order."""

    start: str
    headers: list

    @classmethod
    async def read(cls, reader):
        """Read one head; None when the peer closed instead of sending one."""
        try:
            raw = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial.strip():
                raise Truncated from error
            return None
        except asyncio.LimitOverrunError as error:
            raise Refused(
                "431 Request Header Fields Too Large", "The headers are too long."
            ) from error
        start, *lines = raw.decode("latin-1").lstrip("\r\n").split("\r\n")
        headers = []
        for line in lines:
            if not line:
                continue
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise Refused("400 Bad Request", "A header line is malformed.")
            headers.append((name, value.strip()))
        return cls(start, headers)

    def get(self, name):
        """All values of a header as one, None when it is absent."""
        values = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(values) if values else None

    def without(self, names):
        return [(key, value) for key, value in self.headers if key.lower() not in names]

    def split_start(self):
        """The three parts of the first line."""
        first, *rest = self.start.split(" ", 2)
        if not first or not rest or not rest[0]:
            raise Refused("400 Bad Request", "The first line is malformed.")
        return first, rest[0], rest[1] if rest[1:] else ""

    def length(self):
        """Bytes of the body: a number, "chunked", or None when nothing says so."""
        coding, length = self.get("transfer-encoding"), self.get("content-length")
        if coding:
            if length or coding.lower() != "chunked":
                raise Refused("400 Bad Request", "The length of the body is ambiguous.")
            return "chunked"
        if length is None:
            return None
        if not (length.isascii() and length.isdigit()):
            raise Refused("400 Bad Request", "The length of the body is no number.")
        return int(length)


def encode(start, headers):
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def relay_exactly(reader, write, size):
    while size:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise Truncated
        size -= len(piece)
        await write(piece)


async def relay_chunked(reader, write):
    """Relay a chunked body with its framing, trailers included."""
    size = None
    while size != 0:
        line = await read_line(reader)
        try:
            size = int(line.split(b";")[0].strip(), 16)
        except ValueError as error:
            raise Truncated from error
        await write(line)
        if size:
            await relay_exactly(reader, write, size + 2)
    while line.strip():
        line = await read_line(reader)
        await write(line)


async def read_line(reader):
    try:
        return await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise Truncated from error


async def relay_body(reader, write, length):
    """Relay a body of ``length`` (see Head.length); None: until the peer closes."""
    if length == "chunked":
        await relay_chunked(reader, write)
    elif length is not None:
        await relay_exactly(reader, write, length)
    else:
        while piece := await reader.read(PIECE):
            await write(piece)


def writes_to(writer):
    async def write(data):
        writer.write(data)
        await writer.drain()

    return write


async def close(writer):
    """Close once everything written has left; a peer that reads nothing is cut off."""
    writer.close()
    try:
        async with asyncio.timeout(LINGER):
            await writer.wait_closed()
    except TimeoutError:
        writer.transport.abort()
    except OSError:
        pass  # the peer was quicker


async def answer(writer, refusal):
    """Answer in Odoo's place; a browser that asked too early asks again by itself."""
    page = f"<!DOCTYPE html><title>{refusal.status}</title><p>{refusal}</p>".encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(page))),
        ("Connection", "close"),
    ]
    if refusal.status.startswith("503"):
        headers += [("Retry-After", "2"), ("Refresh", "2")]
    await writes_to(writer)(encode(f"HTTP/1.1 {refusal.status}", headers) + page)


class Proxy:
    """Listens on ``host``:``port`` for Odoo's two ports on 127.0.0.1."""

    def __init__(self, host, port, http_port, gevent_port):
        self.host, self.port = host, port
        self.http_port, self.gevent_port = http_port, gevent_port

    async def listen(self):
        """Return the servers that accept connections; OSError: the port is taken."""
        hosts = [self.host]
        if self.host in ("localhost", "127.0.0.1"):
            hosts = ["127.0.0.1", "::1"]  # browsers try ::1 first for "localhost"
        servers = []
        for host in hosts:
            try:
                server = await asyncio.start_server(
                    self.serve, host, self.port, limit=HEAD_LIMIT, backlog=512
                )
                servers.append(server)
            except OSError:
                if host != "::1":  # a machine without IPv6 is no error
                    raise
        return servers

    async def serve(self, reader, writer):
        """One connection of a client, for as many requests as it sends."""
        try:
            while await self.serve_request(reader, writer):
                pass
        except (OSError, Truncated):
            pass  # the client went away or rested too long: nobody to tell
        except Refused as refusal:
            with contextlib.suppress(OSError):
                await answer(writer, refusal)
        finally:
            await close(writer)

    async def serve_request(self, reader, writer):
        """Relay one request; whether the connection may serve another."""
        async with asyncio.timeout(IDLE):
            request = await Head.read(reader)
        if request is None:
            return False
        target, version = request.split_start()[1:]
        if not version.startswith("HTTP/1."):
            raise Refused("505 HTTP Version Not Supported", "HTTP/1.1 is spoken here.")
        port = self.http_port
        if target.split("?")[0].startswith("/websocket"):
            port = self.gevent_port
        try:
            odoo = await Odoo.connect(port)
        except OSError as error:
            raise Refused(
                "503 Service Unavailable",
                "Odoo is starting or has stopped. Try again in a moment.",
            ) from error
        try:
            return await Exchange(request, reader, writer, odoo).run()
        finally:
            await odoo.close()


class Odoo:
    """A connection to one of Odoo's ports.

    It is written to by a socket of its own: when Odoo answers and closes without
    having read everything, the failed write must not take the answer with it.
    """

    @classmethod
    async def connect(cls, port):
        """Connect to 127.0.0.1:``port``; OSError when nobody listens there."""
        self = cls()
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port, limit=HEAD_LIMIT
        )
        self.sender = self.writer.get_extra_info("socket").dup()
        self.sender.setblocking(False)
        return self

    async def write(self, data):
        await asyncio.get_running_loop().sock_sendall(self.sender, data)

    def abandon(self):
        """End the exchange in the middle: no more is sent, no answer is awaited."""
        with contextlib.suppress(OSError):
            self.sender.shutdown(socket.SHUT_RDWR)

    async def close(self):
        self.sender.close()
        await close(self.writer)


class Exchange:
    """One request and its response, between a client and Odoo."""

    def __init__(self, request, reader, writer, odoo):
        self.request, self.odoo = request, odoo
        self.reader, self.writer = reader, writer

    async def run(self):
        """Relay it; whether the client's connection stays open."""
        length = self.request.length() or 0
        await self.odoo.write(encode(self.request.start, self.request_headers()))
        if (self.request.get("expect") or "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = asyncio.create_task(self.send_body(length))
        try:
            keep = await self.relay_response()
            # Odoo may answer before it has read all: the rest is no next request.
            async with asyncio.timeout(LINGER):
                await body
            return keep
        finally:
            body.cancel()
            await asyncio.gather(body, return_exceptions=True)

    def request_headers(self):
        """The client's headers for Odoo: who asked, and under which name."""
        request, peer = self.request, self.writer.get_extra_info("peername")[0]
        host, proto, before = request.get("host") or "", "http", None
        if peer in ("127.0.0.1", "::1"):
            # A tunnel or web server on this machine says what its client asked for.
            host = request.get("x-forwarded-host") or host
            proto = request.get("x-forwarded-proto") or proto
            before = request.get("x-forwarded-for")
        headers = request.without(HOP_BY_HOP | FORWARDED)
        headers += [
            ("X-Forwarded-For", f"{before}, {peer}" if before else peer),
            ("X-Forwarded-Host", host),
            ("X-Forwarded-Proto", proto),
            ("X-Real-IP", before.split(",")[0].strip() if before else peer),
        ]
        if (request.get("upgrade") or "").lower() == "websocket":
            return [*headers, ("Connection", "Upgrade"), ("Upgrade", "websocket")]
        return [*headers, ("Connection", "close")]

    async def send_body(self, length):
        """Relay the client's body; once Odoo reads no more, swallow the rest."""
        heard = True

        async def write(data):
            nonlocal heard
            if heard:
                try:
                    await self.odoo.write(data)
                except OSError:
                    heard = False

        try:
            await relay_body(self.reader, write, length)
        except (OSError, Truncated):
            self.odoo.abandon()  # else it would wait for the rest
            raise

    async def read_response(self):
        """Odoo's response: its head, its status and the length of its body."""
        try:
            status = "100"
            while status == "100":
                head = await Head.read(self.odoo.reader)
                if head is None:
                    raise Truncated
                status = head.split_start()[1]
            bodiless = self.request.start.startswith("HEAD ") or status in (
                "204",
                "304",
            )
            return head, status, 0 if bodiless else head.length()
        except (OSError, Truncated, Refused) as error:
            raise Refused(
                "502 Bad Gateway", "Odoo closed the connection without an answer."
            ) from error

    async def relay_response(self):
        """Relay Odoo's response; whether the client's connection stays open."""
        head, status, length = await self.read_response()
        headers = head.without(HOP_BY_HOP)
        if status == "101":
            headers += [("Connection", "Upgrade"), ("Upgrade", "websocket")]
            self.writer.write(encode(head.start, headers))
            await self.join()
            return False
        asked = (self.request.get("connection") or "").lower()
        keep = (
            length is not None and self.request.start.endswith("HTTP/1.1") and "close" not in asked
        )
        headers.append(("Connection", "keep-alive" if keep else "close"))
        start = head.start.replace("HTTP/1.0", "HTTP/1.1", 1)
        self.writer.write(encode(start, headers))
        await relay_body(self.odoo.reader, writes_to(self.writer), length)
        await self.writer.drain()
        return keep

    async def join(self):
        """Relay an open websocket until one side closes it."""
        ways = [
            asyncio.create_task(relay_body(self.reader, self.odoo.write, None)),
            asyncio.create_task(relay_body(self.odoo.reader, writes_to(self.writer), None)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def run(proxy):
    servers = await proxy.listen()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    for server in servers:
        server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--listen",
        default="127.0.0.1:8069",
        help="HOST:PORT for browsers [%(default)s]",
    )
    parser.add_argument("--http", type=int, required=True, help="Odoo's --http-port")
    parser.add_argument("--gevent", type=int, required=True, help="Odoo's --gevent-port")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    proxy = Proxy(host.strip("[]"), int(port), options.http, options.gevent)
    try:
        asyncio.run(run(proxy))
    except OSError as error:
        sys.exit(f"Cannot listen on {options.listen}: {error.strerror}.")


if __name__ == "__main__":
    main()
