"""From a webhook sent to the websocket frame received, to the same of an empty Odoo job."""

import http.client
import json
import threading
import time

from . import crowd, outbound, provider, shop
from .report import Row
from .rig import HOST, percentile, say

GOAL = 3
RATE = 20  # messages a second
SECONDS = 60
#: Seconds after which a frame is late.
LATE = 5
#: Seconds after the last message of a block until its missing frames are given up.
PATIENCE = 120
BLOCKS = 4
ADDONS = (*shop.ADDONS, "kala_comm_twilio")
BUSY = ", while a mass send runs"
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
            _send(server, listener, _pokes("warmp"), 40)
            quiet = _blocks(bench, server, listener, path, "quiet")
            bench.inside(database, "qu13:start_mass_send")
            busy = _blocks(bench, server, listener, path, "busy")
            sent = provider.stats(address)["count"]
        if not 0 < sent < recipients:
            raise RuntimeError(f"the mass send did not run all the time: {sent} were sent")
    bench.drop(database)
    loads, shares = (("", quiet), (BUSY, busy)), (("median", 0.5), ("95th percentile", 0.95))
    return [
        *(
            _row(f"{name}{load}, to an empty Odoo job", *times, share)
            for load, times in loads
            for name, share in shares
        ),
        *(
            _row(f"{name}{BUSY}, to when it is quiet", busy[0], quiet[0], share)
            for name, share in shares
        ),
        *(_late_row(load, *times) for load, times in loads),
    ]


def _blocks(bench, server, listener, path, name):
    """:return: (seconds of ours, seconds of the peer), taken by turns"""
    ours, peer = [], []
    for block in range(BLOCKS):
        count = bench.scale(RATE * SECONDS) // BLOCKS
        ours += _send(server, listener, _messages(path, f"{name}{block}"), count)
        peer += _send(server, listener, _pokes(f"{name}{block}p"), count)
    return ours, peer


def _row(name, ours, peer, share):
    """:param ours, peer: seconds of each frame; PATIENCE of one that did not come"""
    measured = [
        percentile([PATIENCE if t is None else t for t in times], share) for times in (ours, peer)
    ]
    ratio = measured[0] / measured[1]
    return Row(
        "QU13",
        f"webhook sent to frame received, {name}",
        f"≤ {GOAL} ×",
        f"{measured[0] * 1000:.0f} ms",
        f"{measured[1] * 1000:.0f} ms",
        ratio,
        ratio <= GOAL,
        {"ours": ours, "peer": peer},
    )


def _late_row(load, ours, peer):
    """What came late is told all the same: nothing may be lost."""
    said = [
        f"{sum(t is not None and t > LATE for t in times)}, {times.count(None)} of {len(times)}"
        for times in (ours, peer)
    ]
    return Row(
        "QU13",
        f"frames that came later than {LATE} s, and not within {PATIENCE} s{load}",
        "0 lost",
        *said,
        passed=None not in ours,
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

    :return: seconds from each webhook sent to its frame received, None where none came
    """
    request, mark = source
    sent, threads = {}, []
    start = time.monotonic()
    for n in range(count):
        time.sleep(max(0, start + n / RATE - time.monotonic()))
        made = request(n)
        sent[mark(n)] = time.monotonic()
        threads.append(threading.Thread(target=_post, args=(server, *made)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    received = listener.wait(set(sent), PATIENCE)
    return [received[name] - at if name in received else None for name, at in sent.items()]


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
        self.received, self.arrived = {}, threading.Condition()
        self.socket = self.session = None
        self.last, self.is_open = 0, True

    def __enter__(self):
        self.session = self._log_in()
        self._connect()
        threading.Thread(target=self._listen, daemon=True).start()
        time.sleep(1)
        return self

    def _connect(self):
        """As a browser does: from the last notification that it has seen on."""
        import websocket

        self.socket = websocket.create_connection(
            f"ws://{HOST}:{self.server.gevent_port}/websocket?version=19.0-2",
            origin=f"http://{HOST}:{self.server.gevent_port}",
            cookie=f"session_id={self.session}",
        )
        subscription = {"event_name": "subscribe", "data": {"channels": [], "last": self.last}}
        self.socket.send(json.dumps(subscription))

    def __exit__(self, *_exception):
        self.is_open = False
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

    def wait(self, names, seconds):
        """Wait until the frames of these messages are there; others may come meanwhile.

        :return: dict name → moment, of all that have come
        """
        with self.arrived:
            self.arrived.wait_for(lambda: names <= self.received.keys(), seconds)
            return dict(self.received)

    def _listen(self):
        import websocket

        while self.is_open:
            try:
                frame = self.socket.recv()
            except (OSError, websocket.WebSocketException):
                if self.is_open:
                    say("the websocket was closed; it is opened again")
                    self._connect()
                continue
            now = time.monotonic()
            for notification in json.loads(frame or "[]"):
                self.last = max(self.last, notification["id"])
                self._note(notification["message"], now)

    def _note(self, message, now):
        payload = message.get("payload") or {}
        text = payload.get("text") if isinstance(payload, dict) else None
        if not text or not text.startswith("<"):
            return
        name = text.split(">")[0] + ">"
        with self.arrived:
            self.received.setdefault(name, now)
            self.arrived.notify_all()
