"""docs/architecture.md, 3.14: one way to talk to a provider. SC2, AD5: secrets, copies, and what
support sees."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools import http, talk
from odoo.addons.kala_comm.tools.masking import spellings
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, SendResult
from odoo.addons.kala_comm.tools.trace import LIMIT, trace_of

PASSWORD = "Tr0ub4dor&3"
URL = "https://provider.example.com/send"
#: request → the first lines of its trace
TRACES = [
    ({"json": {"to": DANA, "text": "שלום"}}, f'POST {URL}\n{{"to": "{DANA}", "text": "שלום"}}'),
    ({"json": {"text": f"x {PASSWORD} y"}}, f'POST {URL}\n{{"text": "x *** y"}}'),
    (
        {"data": {"To": DANA, "pwd": "short", "M": ["a", "b"]}},
        f"POST {URL}\nTo={DANA}&pwd=***&M=a&M=b",
    ),
    ({"data": [("a", "1"), ("token", "x")]}, f"POST {URL}\na=1&token=***"),
    ({"data": f"<p>{PASSWORD}</p>".encode()}, f"POST {URL}\n<p>***</p>"),
    ({"method": "GET", "params": {"password": "short", "q": "1"}}, f"GET {URL}?password=***&q=1"),
    ({"method": "GET", "url": f"{URL}?pw=short"}, f"GET {URL}?***"),
    ({"url": f"{URL}/bot{PASSWORD}/x"}, f"POST {URL}/bot***/x"),
    ({"auth": ("me", PASSWORD), "headers": {"Authorization": "Bearer x"}}, f"POST {URL}"),
    (
        {"data": {"type": "image/png"}, "files": {"file": ("roof.png", b"\x89PNG", "image/png")}},
        f"POST {URL}\ntype=image/png\n(file: roof.png)",
    ),
    (
        {"json": {"url": "https://odoo.example.com/web/content/1/a?access_token=abc&x=1"}},
        f'POST {URL}\n{{"url": "https://odoo.example.com/web/content/1/a?access_token=***&x=1"}}',
    ),
]


def request(**values):
    return SendRequest(**{"url": URL, "secrets": spellings([PASSWORD]), **values})


@tagged("post_install", "-at_install")
class TestTrace(BaseCase):
    """SC2: what support reads has no secret in it."""

    def test_requests(self):
        for values, trace in TRACES:
            with self.subTest(trace=trace):
                told = trace_of(request(**values), HttpAnswer(200, {}, "ok"))
                self.assertEqual(told, f"{trace}\n\nHTTP 200\nok")

    def test_answers(self):
        for text, trace in (
            (f'{{"error": "bad {PASSWORD}"}}', '{"error": "bad ***"}'),
            ('{"access_token": "abc"}', '{"access_token": "***"}'),
            ("a\x00b\ud800", "a\ufffdb\ufffd"),
        ):
            with self.subTest(text=text):
                told = trace_of(request(), HttpAnswer(400, {}, text))
                self.assertEqual(told, f"POST {URL}\n\nHTTP 400\n{trace}")

    def test_no_answer(self):
        self.assertEqual(trace_of(request(), None, "not reached"), f"POST {URL}\n\nnot reached")

    def test_length(self):
        """It is cut after the secrets are gone, not in the middle of one."""
        for n in range(1, 20):
            text = "x" * (LIMIT - n) + PASSWORD * 3
            told = trace_of(request(data=text.encode()), HttpAnswer(200, {}, text))
            self.assertLessEqual(len(told), 2 * LIMIT + 2)
            self.assertNotIn(PASSWORD[:4], told)


@tagged("post_install", "-at_install")
class TestAsk(KalaCommon):
    @contextmanager
    def provider(self, *answers):
        """Be the provider, who answers each request with the next of these.

        :return: list of the requests that reached it
        """
        asked, left = [], list(answers)

        def perform(request):
            asked.append(request)
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        with patch.object(http, "perform", perform):
            yield asked

    def copied(self):
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")

    def test_secrets_and_time_out(self):
        token = self.connection.webhook_token
        with self.provider(HttpAnswer(200, {}, f"bad {token}")) as asked:
            heard = self.connection._ask(
                SendRequest(url=URL), lambda answer: {"reason": answer.text, "ok": False}
            )
        self.assertEqual(heard.told, {"reason": "bad ***", "ok": False})
        self.assertIn(token, asked[0].secrets)
        self.assertEqual(asked[0].timeout, self.env["kala.provider.sandbox"]._timeout)

    def test_no_answer(self):
        for error, has_left in ((http.NothingSent("no"), False), (http.PerhapsSent("no"), True)):
            with self.provider(error):
                heard = self.connection._ask(SendRequest(url=URL), lambda answer: answer)
            self.assertEqual((heard.fault, heard.has_left, heard.told), ("no", has_left, None))

    @mute_logger("odoo.addons.kala_comm.tools.http")
    def test_an_answer_that_cannot_be_read(self):
        """Neighbours are read all the same."""
        questions = self.env["kala.connection"]._questions(
            [(self.connection, SendRequest(url=URL), lambda answer: 1 / int(answer.text))] * 2
        )
        with self.provider(HttpAnswer(200, {}, "0"), HttpAnswer(200, {}, "1")):
            broken, fine = sorted(talk.ask_all(questions), key=lambda heard: not heard.fault)
        self.assertIn("ZeroDivisionError", broken.fault)
        self.assertEqual((http.result_of(broken).state, fine.told), ("unknown", 1.0))

    def test_ad5_a_copy_asks_nobody(self):
        """AD5: not even how it is doing; only the sandbox, which reaches nobody."""
        self.copied()
        other = self.env["kala.connection"].create({"name": "Real", "provider": "smtp"})
        with self.provider(HttpAnswer(200, {}, "ok")) as asked:
            [of_sandbox, of_other] = map(
                talk.ask,
                self.env["kala.connection"]._questions(
                    [
                        (connection, SendRequest(url=URL), lambda answer: answer.text)
                        for connection in (self.connection, other)
                    ]
                ),
            )
        self.assertEqual((len(asked), of_sandbox.told), (1, "ok"))
        self.assertTrue(of_other.is_refused)
        self.assertIn("it is a copy", of_other.fault)
        result = http.result_of(of_other)
        self.assertEqual(
            (result.state, result.failure_kind, result.code), ("retry", "temporary", "")
        )

    def test_ad5_connecting_confirms_a_copy(self):
        """AD1, AD5: an administrator who connects says that this database sends; where the provider
        does not take the login he has said nothing."""
        self.copied()
        other = self.env["kala.connection"].create({"name": "Real", "provider": "smtp"})
        other.action_connect()
        self.assertTrue(self.env["kala.fingerprint"]._fits())

    # ------------------------------------------------------------------ our webhook address

    def connect(self, url, *answers, prepare=None):
        """Connect at a provider that takes our address in two steps.

        :return: (what was asked, what the button answered)
        """

        def _prepare_webhook(model, connection, step, known):
            if step > 1 or step != len(known):
                return []
            return [
                SendRequest(url=URL, json={"to": connection.webhook_url, "id": known.get("id")})
            ]

        def _read_webhook(answer):
            return {"error": "" if answer.status == 200 else answer.text, "known": answer.json()}

        self.env["ir.config_parameter"].sudo().set_param("web.base.url", url)
        self.connection.invalidate_recordset(["webhook_url"])
        provider = type(self.env["kala.provider.sandbox"])
        with (
            patch.object(provider, "_prepare_webhook", prepare or _prepare_webhook),
            patch.object(provider, "_read_webhook", staticmethod(_read_webhook)),
            self.provider(*answers) as asked,
        ):
            return asked, self.connection.action_connect()

    def test_ad1_connecting_registers_our_address(self):
        """AD1: step by step, with what was told before."""
        asked, done = self.connect(
            "https://odoo.example.com",
            HttpAnswer(200, {}, '{"id": "7"}'),
            HttpAnswer(200, {}, "{}"),
        )
        self.assertIs(done, True)
        address = f"https://odoo.example.com/kala/webhook/{self.connection.webhook_token}"
        self.assertEqual(
            [request.json for request in asked],
            [{"to": address, "id": None}, {"to": address, "id": "7"}],
        )

    def test_ad1_what_the_provider_says(self):
        """AD1: it sends all the same; a sentence says what is wrong, and stays with the
        connection."""
        known = self.connection.message_ids
        _asked, done = self.connect("https://odoo.example.com", HttpAnswer(400, {}, "Not you"))
        self.assertEqual(self.connection.state, "connected")
        self.assertIn("was not told where to send its news", done["params"]["message"])
        self.assertIn("Not you", done["params"]["message"])
        self.assertIn("Not you", (self.connection.message_ids - known)[0].body)

    def test_ad1_an_address_that_nobody_can_reach(self):
        """AD1: no attempt is made, and a sentence says so."""
        for url in (
            "http://odoo.example.com",
            "http://localhost:8069",
            "https://localhost",
            "https://127.0.0.1",
            "https://192.168.1.5:8069",
            "https://odoo.local",
        ):
            with self.subTest(url=url):
                asked, done = self.connect(url)
                self.assertEqual(asked, [])
                self.assertIn(
                    f"the address {url} is not on the Internet", done["params"]["message"]
                )

    def test_ad1_what_a_person_has_to_do(self):
        def _prepare_webhook(model, connection, step, known):
            raise UserError(model.env._("Look at the console."))

        asked, done = self.connect("https://odoo.example.com", prepare=_prepare_webhook)
        self.assertEqual(asked, [])
        self.assertIn("Look at the console.", done["params"]["message"])

    def test_ad1_a_provider_without_it(self):
        """Nothing is said where the provider does not take the address by its API."""
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", "http://localhost:8069")
        self.assertIs(self.connection.action_connect(), True)

    # ------------------------------------------------------------------ what support sees

    def sent(self, *answers):
        """:return: the attempt of a message that was answered so"""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello")
        asked = SendRequest(url=URL, json={"text": "Hello", "hook": self.connection.webhook_url})
        provider = type(self.env["kala.provider.sandbox"])

        def _read_send(answer):
            return SendResult.sent(answer.text) if answer.status == 200 else None

        with (
            self.provider_answers(asked),
            self.provider(*answers),
            patch.object(provider, "_read_send", staticmethod(_read_send)),
        ):
            self.dispatch()
        return message.attempt_ids

    def test_trace_on_the_attempt(self):
        attempt = self.sent(HttpAnswer(200, {}, "p-1"))
        self.assertEqual(attempt.state, "sent")
        self.assertIn(f'POST {URL}\n{{"text": "Hello", "hook": "http', attempt.trace)
        self.assertIn("/kala/webhook/***", attempt.trace)
        self.assertTrue(attempt.trace.endswith("\n\nHTTP 200\np-1"))

    def test_trace_of_what_was_not_answered(self):
        attempt = self.sent(http.PerhapsSent("provider.example.com gave no complete answer"))
        self.assertEqual(attempt.state, "unknown")
        self.assertTrue(attempt.trace.endswith("\n\nprovider.example.com gave no complete answer"))

    def test_trace_of_asking_again(self):
        """docs/architecture.md, 3.6: what it says of an unsure message stands beside what it said
        first, the last answer only."""
        attempt = self.sent(http.PerhapsSent("no answer"))
        provider = type(self.env["kala.provider.sandbox"])
        question = SendRequest(url=URL, method="GET")
        for told in ("first", "second"):
            with (
                patch.object(provider, "_prepare_lookup", lambda model, message: question),
                self.provider(HttpAnswer(404, {}, told)),
                self.job() as env,
            ):
                env["kala.dispatcher"]._cron_resolve_unknown()
        self.env.invalidate_all()
        self.assertIn("no answer", attempt.trace)
        self.assertNotIn("first", attempt.trace)
        self.assertTrue(attempt.trace.endswith(f"GET {URL}\n\nHTTP 404\nsecond"))

    def test_ad6_traces_are_kept_as_long_as_events(self):
        """AD6: after the days of raw events the trace is gone, and the attempt stays."""
        old, new = self.sent(HttpAnswer(200, {}, "p-1")), self.sent(HttpAnswer(200, {}, "p-2"))
        self.company.kala_event_days = 30
        old.date, new.date = self.now - timedelta(days=31), self.now - timedelta(days=29)
        self.env.flush_all()
        self.assertEqual(self.env["kala.attempt"]._gc_traces(), (1, False))
        self.assertEqual((old.trace, old.provider_uid), (False, "p-1"))
        self.assertTrue(new.trace)

    def test_only_managers_see_it(self):
        attempt = self.sent(HttpAnswer(200, {}, "p-1"))
        attempt.communication_id.lead_id.user_id = self.salesman
        self.assertTrue(attempt.with_user(self.manager).trace)
        self.assertEqual(attempt.with_user(self.salesman).state, "sent")
        with self.assertRaises(AccessError):
            attempt.with_user(self.salesman).read(["trace"])
