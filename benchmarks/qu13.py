"""From a webhook sent to the websocket frame received, to the same of an empty Odoo job."""

import http.client
import json
import threading
import time

from . import crowd, outbound, provider, shop
from .report import Row
from .rig import HOST, percentile

GOAL = 3
RATE = 20  # messages a second
SECONDS = 60
#: Seconds after the last message in which its frame may still come.
GRACE = 20
BLOCKS = 4
ADDONS = (*shop.ADDONS, "kala_comm_twilio")
#: Of the mass send: more than can leave meanwhile.
RECIPIENTS = 60_000
LOGIN = PASSWORD = "admin"


def prepare(env, address, recipients):
    """Inside Odoo: the shop, and leads that get a mass send by another line."""
    # The listener's login would change the address by which the database knows itself (AD5).
    env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    path = shop.open_shop(env)
    crowd.leads(env, recipients, 1, env.user.partner_id.id)
    outbound.open_line(env, address)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")
    return path


def start_mass_send(env):
    """Inside Odoo: write to all leads."""
    values = {"name": "Benchmark", "model": "crm.lead", "channel": "sms", "body": "We are open."}
    env["kala.mass.send"].create(values).action_start()


def run(bench):
    database = bench.database(ADDONS)
    with provider.running() as address:
        recipients = bench.scale(RECIPIENTS)
        values = {"address": address, "recipients": recipients}
        path = bench.inside(database, "qu13:prepare", **values)
        with bench.server(database, cron=4) as server, Listener(server) as listener:
            # Warms the jobs and the workers up.
            _send(server, listener, _messages(path, "warm"), 40)
            _send(server, listener, _pokes("warm"), 40)
            quiet = _blocks(bench, server, listener, path, "quiet")
            bench.inside(database, "qu13:start_mass_send")
            busy = _blocks(bench, server, listener, path, "busy")
            sent = provider.stats(address)["count"]
        if not 0 < sent < recipients:
            raise RuntimeError(f"the mass send did not run all the time: {sent} were sent")
    bench.drop(database)
    return [
        _row(f"{name}{load}", *times, lambda times, share=share: percentile(times, share))
        for load, times in (("", quiet), (", while a mass send runs", busy))
        for name, share in (("median", 0.5), ("95th percentile", 0.95))
    ]


def _blocks(bench, server, listener, path, name):
    """:return: (seconds of ours, seconds of the peer), taken by turns"""
    ours, peer = [], []
    for block in range(BLOCKS):
        count = bench.scale(RATE * SECONDS) // BLOCKS
        ours += _send(server, listener, _messages(path, f"{name}{block}"), count)
        peer += _send(server, listener, _pokes(f"{name}{block}"), count)
    return ours, peer


def _row(name, ours, peer, measure):
    ratio = measure(ours) / measure(peer)
    return Row(
        "QU13",
        f"webhook sent to frame received, {name}, to an empty Odoo job",
        f"≤ {GOAL} ×",
        f"{measure(ours) * 1000:.0f} ms",
        f"{measure(peer) * 1000:.0f} ms",
        ratio,
        ratio <= GOAL,
        {"ours": sorted(ours), "peer": sorted(peer)},
    )


def _messages(path, block):
    def request(n):
        return shop.request(path, shop.phone(n), f"{block}.{n}", _mark(block, n))

    return request, lambda n: _mark(block, n)


def _pokes(block):
    def request(n):
        body = json.dumps({"text": _mark(block, n)}).encode()
        return "/kala_bench/poke", body, {"Content-Type": "application/json"}

    return request, lambda n: _mark(block, n)


def _mark(block, n):
    return f"<{block}/{n}>"


def _send(server, listener, source, count):
    """Send at a steady rate, whatever the answers take.

    :return: seconds from each webhook sent to its frame received
    """
    request, mark = source
    sent, threads = {}, []
    listener.expect(count)
    start = time.monotonic()
    for n in range(count):
        time.sleep(max(0, start + n / RATE - time.monotonic()))
        made = request(n)
        sent[mark(n)] = time.monotonic()
        threads.append(threading.Thread(target=_post, args=(server, *made)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    received = listener.wait(GRACE)
    missing = set(sent) - set(received)
    if missing:
        raise RuntimeError(f"{len(missing)} of {count} frames did not come")
    return [received[name] - moment for name, moment in sent.items()]


def _post(server, path, body, headers):
    connection = http.client.HTTPConnection(HOST, server.port, timeout=60)
    try:
        connection.request("POST", path, body, headers)
        connection.getresponse().read()
    finally:
        connection.close()


class Listener:
    """A logged-in web client's websocket: notes when the text of each message came."""

    def __init__(self, server):
        self.server = server
        self.received, self.missing = {}, 0
        self.complete = threading.Event()
        self.socket = None

    def __enter__(self):
        import websocket

        session = self._log_in()
        self.socket = websocket.create_connection(
            f"ws://{HOST}:{self.server.gevent_port}/websocket?version=19.0-2",
            origin=f"http://{HOST}:{self.server.gevent_port}",
            cookie=f"session_id={session}",
        )
        subscription = {"event_name": "subscribe", "data": {"channels": [], "last": 0}}
        self.socket.send(json.dumps(subscription))
        threading.Thread(target=self._listen, daemon=True).start()
        time.sleep(1)
        return self

    def __exit__(self, *_exception):
        self.socket.close()

    def _log_in(self):
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=60)
        call = {"jsonrpc": "2.0", "method": "call", "params": {}}
        call["params"] = {"db": self.server.database, "login": LOGIN, "password": PASSWORD}
        connection.request(
            "POST",
            "/web/session/authenticate",
            json.dumps(call),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        answer.read()
        cookies = answer.headers.get_all("Set-Cookie") or []
        connection.close()
        for cookie in cookies:
            if cookie.startswith("session_id="):
                return cookie.split(";")[0].removeprefix("session_id=")
        raise RuntimeError("the login for the websocket was refused")

    def expect(self, count):
        self.received, self.missing = {}, count
        self.complete.clear()

    def wait(self, seconds):
        self.complete.wait(seconds)
        return self.received

    def _listen(self):
        import websocket

        while True:
            try:
                frame = self.socket.recv()
            except (OSError, websocket.WebSocketException):
                return
            now = time.monotonic()
            for notification in json.loads(frame or "[]"):
                self._note(notification["message"], now)

    def _note(self, message, now):
        payload = message.get("payload") or {}
        text = payload.get("text") if isinstance(payload, dict) else None
        if not text or not text.startswith("<"):
            return
        name = text.split(">")[0] + ">"
        if name not in self.received:
            self.received[name] = now
            if len(self.received) >= self.missing:
                self.complete.set()
