"""What Telegram answers (docs/providers.md, 8), without a database."""

import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer

from ..tools import answers

#: (error_code, description) → failure kind.
REFUSALS = [
    (400, "Bad Request: chat not found", "address"),
    (400, "Bad Request: PEER_ID_INVALID", "address"),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", "address"),
    (400, "Bad Request: message text is empty", "rejected"),
    (400, "Bad Request: message is too long", "rejected"),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", "rejected"),
    (400, "Bad Request: not enough rights to send text messages to the chat", "sender"),
    (401, "Unauthorized", "connection"),
    (403, "Forbidden: bot was blocked by the user", "consent"),
    (403, "Forbidden: bot can't initiate conversation with a user", "consent"),
    (403, "Forbidden: user is deactivated", "address"),
    (403, "Forbidden: bot was kicked from the supergroup chat", "address"),
    (403, "Forbidden: bot is not a member of the channel chat", "address"),
    (404, "Not Found", "connection"),
    (429, "Too Many Requests: retry after 12", "limit"),
    (500, "Internal Server Error", "temporary"),
    (502, "Bad Gateway", "temporary"),
]


def answer(values, status=200):
    return HttpAnswer(status, {}, values if isinstance(values, str) else json.dumps(values))


@tagged("post_install", "-at_install")
class TestAnswers(BaseCase):
    def test_refusals(self):
        """DE2: every documented error has its kind."""
        for code, words, kind in REFUSALS:
            with self.subTest(words):
                body = {"ok": False, "error_code": code, "description": words}
                result = answers.read_send(answer(body, code))
                self.assertEqual((result.failure_kind, result.code), (kind, str(code)))
                self.assertIn(words, result.failure_reason)

    def test_asked_to_wait(self):
        body = {"ok": False, "error_code": 429, "parameters": {"retry_after": 12}}
        self.assertEqual(answers.read_send(answer(body, 429)).retry_after, 12.0)

    def test_accepted(self):
        result = {"message_id": 9, "chat": {"id": 7502345678901}}
        sent = answers.read_send(answer({"ok": True, "result": result}))
        self.assertEqual((sent.state, sent.provider_uid), ("sent", "7502345678901:9"))
        self.assertEqual(answers.read_send(answer({"ok": True, "result": True})).state, "sent")

    def test_garbage_tells_nothing(self):
        """docs/architecture.md, 3.6: then nobody knows whether it was sent."""
        for body in ("<html>", "[]", "7", "{}", {"ok": True}, {"ok": True, "result": {}}):
            self.assertIsNone(answers.read_send(answer(body)))

    def test_poll_says_where_to_go_on(self):
        batch = answers.read_poll(
            answer({"ok": True, "result": [{"update_id": 41}, {"update_id": 42}, "x"]})
        )
        self.assertEqual((batch.has_news, batch.cursor, batch.waits), (True, "43", True))
        nothing = answers.read_poll(answer({"ok": True, "result": []}))
        self.assertEqual((nothing.has_news, nothing.cursor), (False, ""))
        dead = answers.read_poll(answer({"ok": False, "error_code": 401}, 401))
        self.assertEqual(dead.failure_kind, "connection")
        self.assertEqual(answers.read_poll(answer("x", 502)).failure_kind, "temporary")
