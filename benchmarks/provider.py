"""A provider on this machine that speaks like Twilio, Meta, Telegram and Viber, and takes its time.

``python -m benchmarks.provider PORT SECONDS``: every message is accepted after so many seconds.
``GET /stats`` tells what came since the last time it was asked.
"""

import asyncio
import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import time
import urllib.parse

from .rig import HOST, ROOT, free_port

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "fedcba9876543210" * 2
DELAY = 0.1


class Provider:
    """The messages that came, and when."""

    def __init__(self, delay):
        self.delay = delay
        self.serial = itertools.count(1)
        self.recipients, self.first, self.last = [], 0.0, 0.0

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    (
                        int(line.split(":")[1])
                        for line in head.split("\r\n")
                        if line.lower().startswith("content-length:")
                    ),
                    0,
                )
                body = await reader.readexactly(length)
                method, path, _version = head.split("\r\n")[0].split(" ")
                status, answer = await self.answer(method, path, body)
                data = json.dumps(answer).encode()
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                    f"Content-Length: {len(data)}\r\n\r\n".encode()
                    + data
                )
                await writer.drain()
        writer.close()

    async def answer(self, method, path, body):
        if path == "/stats":
            return "200 OK", self.tell()
        if method == "GET":
            return "200 OK", {"sid": ACCOUNT, "status": "active"}
        self.first = self.first or time.monotonic()
        recipient, answer = self.read(path, body)
        self.recipients.append(recipient)
        await asyncio.sleep(self.delay)
        self.last = time.monotonic()
        return "200 OK" if body[:1] == b"{" else "201 Created", answer

    def read(self, path, body):
        """:return: (the recipient, what the provider of such a path answers)"""
        serial = next(self.serial)
        if body[:1] != b"{":
            form = dict(urllib.parse.parse_qsl(body.decode()))
            return form.get("To", ""), {"sid": f"SM{serial:032x}", "status": "queued"}
        values = json.loads(body)
        if path.endswith("/sendMessage"):
            chat = {"id": values["chat_id"], "type": "private"}
            return values["chat_id"], {"ok": True, "result": {"message_id": serial, "chat": chat}}
        if path.endswith("/send_message"):
            return values["receiver"], {"status": 0, "message_token": serial}
        if "to" in values:
            return values["to"], {"messages": [{"id": f"wamid.{serial}"}]}
        recipient = values["recipient"]["id"]
        return recipient, {"recipient_id": recipient, "message_id": f"m_{serial}"}

    def tell(self):
        told = {
            "count": len(self.recipients),
            "twice": len(self.recipients) - len(set(self.recipients)),
            "seconds": self.last - self.first,
        }
        self.recipients, self.first = [], 0.0
        return told


@contextlib.contextmanager
def running(delay=DELAY):
    """:return: the provider's address, while the block lasts"""
    port = free_port()
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "benchmarks.provider"]
        + [str(port), str(delay)],
        cwd=ROOT,
    )
    try:
        for _n in range(100):
            with contextlib.suppress(OSError):
                stats(f"http://{HOST}:{port}")
                break
            time.sleep(0.1)
        yield f"http://{HOST}:{port}"
    finally:
        process.terminate()
        process.wait()


def stats(address):
    """:return: dict ``count, twice, seconds`` of what came since the last time"""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", "/stats")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


async def _main(port, delay):
    server = await asyncio.start_server(Provider(delay).serve, HOST, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2])))
