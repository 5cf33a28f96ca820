"""A telephone system on loopback that answers Click2Call well, badly or not at all."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests

_send = requests.Session.send

OK = {"ERRORCODE": 0, "ERRORMESSAGE": "OK", "CALLID": "20261122abc"}


class FakeVoicenter(ThreadingHTTPServer):
    """Answers Click2Call with what it is told to."""

    def __init__(self):
        self.asked, self.status, self.body = [], 200, json.dumps(OK)
        super().__init__(("127.0.0.1", 0), self._Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class _Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            values = {name: value[0] for name, value in parse_qs(parts.query).items()}
            self.server.asked.append((parts.path, values))
            body = self.server.body.encode()
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass


class FakeVoicenterCase:
    """Mixin of :class:`VoiceCommon`: ``fake``, and ``voicenter``, the connection to it."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Loopback is no outside world."""
        if urlsplit(request.url).hostname == "127.0.0.1":
            return _send(session, request, **kwargs)
        return super()._request_handler(session, request, **kwargs)

    def connect_voicenter(self, user):
        """:param user: who sits at its only extension"""
        self.fake = FakeVoicenter()
        self.addCleanup(self.fake.server_close)
        self.addCleanup(self.fake.shutdown)
        self.voicenter = self.make_voicenter(api_url=self.fake.url, voicenter_code="secret-code-1")
        self.env["kala.extension"].create(
            {"connection_id": self.voicenter.id, "number": "SIPSIP", "user_id": user.id}
        )
