"""A Twilio of our own on loopback."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeTwilio:
    """Takes messages as Twilio does; ``behave`` decides what it says.

    :ivar list forms: dicts of the forms that it got
    :ivar list asked: paths that it was asked for
    :ivar dict pages: path → what is there
    """

    def __init__(self):
        self.forms, self.asked, self.pages = [], [], {}
        self.behave = self.accept
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["content-length"])
                form = urllib.parse.parse_qs(self.rfile.read(length).decode())
                fake.forms.append({name: values[0] for name, values in form.items()})
                fake.behave(self)

            def do_GET(self):
                fake.asked.append(self.path)
                nothing = {"incoming_phone_numbers": []}
                default = nothing if "PhoneNumbers" in self.path else {"status": "active"}
                page = fake.pages.get(self.path, default)
                fake.say(self, page.get("status_code", 200), page)

            def log_message(self, *args):
                """Tests are silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def uid(self, number=None):
        """:return: the id of a message; default: of the last one"""
        return f"SM{number or len(self.forms):032x}"

    def accept(self, handler):
        self.say(handler, 201, {"sid": self.uid(), "status": "queued"})

    def lose(self, handler):
        """Take the message and break off before answering."""
        handler.close_connection = True
        handler.connection.close()

    def say(self, handler, status, values, headers=()):
        body = json.dumps(values).encode()
        handler.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
