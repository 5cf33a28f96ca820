"""VO2: click to call, against a telephone system that answers well, badly or not at all."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon

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


@tagged("post_install", "-at_install")
class TestClickToCall(VoiceCommon):
    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Loopback is no outside world."""
        if urlsplit(request.url).hostname == "127.0.0.1":
            return _send(session, request, **kwargs)
        return super()._request_handler(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        self.fake = FakeVoicenter()
        self.addCleanup(self.fake.server_close)
        self.addCleanup(self.fake.shutdown)
        self.voicenter = self.env["kala.connection"].create(
            {
                "name": "Voicenter",
                "provider": "voicenter",
                "api_url": self.fake.url,
                "voicenter_code": "secret-code-1",
            }
        )
        self.voicenter.action_connect()
        self.extension = self.env["kala.extension"].create(
            {
                "connection_id": self.voicenter.id,
                "number": "SIPSIP",
                "user_id": self.salesman.id,
            }
        )

    def dial(self, number=DANA, user=None):
        return self.env["kala.call"].with_user(user or self.salesman).dial(number)

    def test_rings_the_users_extension(self):
        """The extension rings, then the number is dialled, in whatever spelling it stood; also
        where the user sits at a system that cannot dial as well."""
        for number in (DANA, "050-234-5678", "\u200e+972 50 234 5678"):
            self.assertTrue(self.dial(number))
        self.assertEqual(len(self.fake.asked), 3)
        for path, values in self.fake.asked:
            self.assertEqual(path, "/ForwardDialer/click2call.aspx")
            self.assertEqual(
                values,
                {
                    "phone": "SIPSIP",
                    "target": "972502345678",
                    "code": "secret-code-1",
                    "action": "call",
                    "format": "json",
                },
            )

    def test_star_numbers_are_dialled_as_they_are(self):
        self.assertTrue(self.dial("*2345"))
        self.assertEqual(self.fake.asked[0][1]["target"], "*2345")

    def test_refusals_are_told(self):
        """What the system says no to is told, whatever the HTTP status, and without the code."""
        for status, body in (
            (200, json.dumps({**OK, "ERRORCODE": 3, "ERRORMESSAGE": "Extension is offline"})),
            (200, json.dumps({"ERRORCODE": "2", "ERRORMESSAGE": "code=secret-code-1 is wrong"})),
            (200, "<html>it works</html>"),
            (200, ""),
            (200, "[]"),
            (500, json.dumps(OK)),
            (403, "no"),
        ):
            with self.subTest(status=status, body=body):
                self.fake.status, self.fake.body = status, body
                with self.assertRaisesRegex(UserError, "did not take the call") as caught:
                    self.dial()
                self.assertNotIn("secret-code-1", str(caught.exception))
                self.assertIn("dial by hand", str(caught.exception))

    def test_system_away(self):
        self.voicenter.api_url = "http://127.0.0.1:1"
        with self.assertRaisesRegex(UserError, "cannot be reached") as caught:
            self.dial()
        self.assertNotIn("secret-code-1", str(caught.exception))

    def test_who_cannot_is_left_to_the_device(self):
        """Nobody's extension, no code, a connection that is not connected, another company."""
        self.assertFalse(self.dial(user=self.manager))
        self.assertFalse(self.dial("anonymous"))
        self.voicenter.voicenter_code = False
        self.assertFalse(self.dial())
        self.voicenter.voicenter_code = "secret-code-1"
        self.voicenter.state = "paused"
        self.assertFalse(self.dial())
        self.assertFalse(self.fake.asked)

    def test_portal_users_call_nobody(self):
        portal = self._make_user("portal", "base.group_portal")
        with patch.object(type(self.env["kala.call"]), "_extensions") as asked:
            self.assertFalse(self.dial(user=portal))
        asked.assert_not_called()
