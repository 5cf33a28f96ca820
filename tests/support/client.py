"""What people and providers do to a server: log in, call methods, listen, post webhooks."""

import json
import queue
import threading
from typing import NamedTuple

import requests
import websocket

from .waiting import until

#: Seconds. A busy machine is no fault; a hanging server is.
PATIENCE = 180


class RpcError(Exception):
    """The server refused a call; the text is the sentence that the user sees."""

    def __init__(self, error):
        data = error.get("data") or {}
        self.name = data.get("name", "")
        super().__init__(f"{self.name}: {data.get('message') or error.get('message')}")


class Odoo:
    """A user's session in the web client."""

    def __init__(self, server, login="admin", password="admin"):
        self.server = server
        self.login = login
        self.http = requests.Session()
        answer = self._post(
            "/web/session/authenticate",
            {"db": server.database.name, "login": login, "password": password},
        )
        self.uid = answer["uid"]

    def _post(self, path, params):
        response = self.http.post(
            f"{self.server.url}{path}",
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            timeout=PATIENCE,
        )
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        """Call a public method: ``call("crm.lead", "kala_send", [lead_id], "sms", body="…")``.

        :raise RpcError: what the server refuses
        """
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def create(self, model, **values):
        """:return: id of the new record"""
        return self.call(model, "create", [values])[0]

    def write(self, model, record_id, **values):
        return self.call(model, "write", [record_id], values)

    def read(self, model, record_id, *names):
        """:return: dict of one record; many2one as (id, name)"""
        return self.call(model, "read", [record_id], list(names))[0]

    def search(self, model, *domain, order=None):
        """:return: list of ids"""
        return self.call(model, "search", list(domain), order=order)

    def ref(self, xmlid):
        """:return: id of the record with this XML id"""
        return self.call("ir.model.data", "check_object_reference", *xmlid.split("."))[1]

    def run_job(self, name):
        """Run one of our scheduled jobs now, as a button on its form does; one that runs
        already is waited for."""
        job = self.ref(f"kala_comm.{name}")

        def run():
            try:
                self.call("ir.cron", "method_direct_trigger", [job])
            except RpcError as error:
                if "already executing" in str(error):
                    return False
                raise
            return True

        until(run, 30, f"{name} to be free")


class Listener:
    """A web client that listens for live notifications on a websocket of its own."""

    def __init__(self, odoo, *channels):
        self._frames = queue.SimpleQueue()
        self._seen = []
        cookie = "; ".join(f"{c.name}={c.value}" for c in odoo.http.cookies)
        self._socket = websocket.create_connection(
            odoo.server.websocket_url,
            cookie=cookie,
            origin=odoo.server.url,
            timeout=PATIENCE,
        )
        last = odoo.server.database.value("SELECT COALESCE(max(id), 0) FROM bus_bus")
        self._socket.send(
            json.dumps(
                {"event_name": "subscribe", "data": {"channels": list(channels), "last": last}}
            )
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            while True:
                frame = self._socket.recv()
                for notification in json.loads(frame or "[]"):
                    self._frames.put(notification["message"])
        except (websocket.WebSocketException, OSError):
            return  # closed: by the test that has heard enough, or by a killed server

    def heard(self):
        """:return: list of all messages so far: dicts ``type``, ``payload``"""
        while not self._frames.empty():
            self._seen.append(self._frames.get())
        return self._seen

    def wait_for(self, kind, within=45, **values):
        """Wait for a frame of a kind whose payload has these values.

        :return: its payload
        """

        def look():
            for message in self.heard():
                payload = message["payload"]
                if message["type"] == kind and values.items() <= payload.items():
                    return payload
            return None

        return until(look, within, f"the frame {kind} {values}")

    def close(self):
        self._socket.close()
        self._reader.join(5)


class Post(NamedTuple):
    """A request of a provider to the door, as it leaves the provider."""

    body: bytes
    headers: dict
    query: str = ""
    method: str = "POST"

    def to(self, url):
        """Send it.

        :return: the response
        """
        return requests.request(
            self.method,
            f"{url}?{self.query}" if self.query else url,
            data=self.body,
            headers=self.headers,
            timeout=PATIENCE,
        )
