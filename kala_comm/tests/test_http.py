from odoo.tests import tagged

from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.masking import (
    SPOKEN_LIMIT,
    mask_address,
    mask_pairs,
    mask_spoken,
    spellings,
)
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, SendResult

from .test_fetch import FetchCase

#: header Retry-After → seconds (DE2): never more than a day, whatever it says
RETRY_AFTER = [
    ("", 0),
    ("0", 0),
    ("90", 90),
    ("soon", 0),
    ("-5", 0),
    ("\u00b2", 0),
    ("9" * 14, http.LONGEST_PAUSE),
    ("9" * 400, http.LONGEST_PAUSE),
    ("Fri, 31 Dec 9999 23:59:59 GMT", http.LONGEST_PAUSE),
    ("Sun, 22 Nov 2020 10:00:00 GMT", 0),
]

HIDDEN = ("made/up+token", 'quoted"secret')


#: parameter of an address, value → what is kept of it; the passwords of the connection are
#: "accepted" and "Tr0ub4dor&3"
KEPT_PARAMETERS = [
    ("password", "whatever", "***"),
    ("user_pwd", "x", "***"),
    ("API-KEY", "x", "***"),
    ("apikey", "x", "***"),
    ("access_token", "x", "***"),
    ("Authorization", "Basic x", "***"),
    ("p", "Tr0ub4dor&3", "***"),
    ("text", "my Tr0ub4dor&3", "my ***"),
    # Words that say something.
    ("status", "accepted", "accepted"),
    ("text", "accepted, thanks", "accepted, thanks"),
    ("password", "", ""),
    ("key", "abcdef", "abcdef"),
    ("passenger", "Dana", "Dana"),
    ("tokens", "5", "5"),
]


@tagged("post_install", "-at_install")
class TestSecretsOverHttp(FetchCase):
    """SC2: what a provider repeats of our secrets is gone before anybody reads it."""

    def request(self, url, secrets=HIDDEN):
        return SendRequest(url=url, method="GET", timeout=10, secrets=spellings(secrets))

    def test_sc2_answer(self):
        """The reader of an answer gets it as it came; what is said of it is free of secrets."""
        host = self.host()
        body = b'{"error": "bad made/up+token or made%2Fup%2Btoken", "key": "quoted\\"secret"}'
        host.answers["/"] = (400, {"Content-Length": str(len(body))}, body)
        request = self.request(f"{host.url}/")
        self.assertEqual(http.perform(request).text, body.decode())

        def read(answer):
            return SendResult.refused("rejected", answer.json()["error"], answer.json()["key"])

        heard = http.hear(request, read)
        for result in (heard.told, http.result_of(heard)):
            self.assertEqual(result.failure_reason, "bad *** or ***")
            self.assertEqual(result.code, "***")
        unread = http.result_of(http.hear(request, lambda answer: None))
        for secret in HIDDEN:
            self.assertNotIn(secret, unread.failure_reason)

    def test_sc2_half_a_secret(self):
        """A reason is cut after the secrets are gone, not in the middle of one."""
        for n in range(1, 20):
            told = mask_spoken("x" * (SPOKEN_LIMIT - n) + HIDDEN[0] * 3, spellings(HIDDEN))
            self.assertNotIn(HIDDEN[0][:6], told)

    def test_a_password_that_is_a_word(self):
        """A password changes no verdict: not by being the provider's word for "accepted", nor by
        being in an id or in a customer's text."""
        host = self.host()
        body = b'{"status": "accepted", "id": "accepted-1", "error": "accepted by nobody"}'
        host.answers["/"] = (200, {"Content-Length": str(len(body))}, body)
        request = self.request(f"{host.url}/", ("accepted",))

        def read(answer):
            told = answer.json()
            state = "sent" if told["status"] == "accepted" else "failed"
            return SendResult(state, told["id"], failure_reason=told["error"])

        result = http.result_of(http.hear(request, read))
        self.assertEqual((result.state, result.provider_uid), ("sent", "accepted-1"))
        self.assertEqual(result.failure_reason, "*** by nobody")

    def test_sc2_error(self):
        """Nor in the words of an error, whatever part of the address they stand in."""
        host = self.host()
        host.close()
        for part in ("/made/up+token", "/?password=short", "/?x=made%2Fup%2Btoken"):
            with self.assertRaises(http.NothingSent) as caught:
                http.perform(self.request(f"{host.url}{part}"))
            for secret in (*spellings(HIDDEN), "short"):
                self.assertNotIn(secret, str(caught.exception))

    def test_sc2_addresses_of_events(self):
        """SC2: what is kept of the address of an event has no password in it, and says the same."""
        known = spellings(("accepted", "Tr0ub4dor&3"))
        for name, value, kept in KEPT_PARAMETERS:
            with self.subTest(name=name, value=value):
                self.assertEqual(mask_pairs([(name, value)], known), ((name, kept),))
        self.assertEqual(
            mask_address("https://x.example/v1/Tr0ub4dor%263/news?a=1&password=x", known),
            "https://x.example/v1/***/news",
        )

    def test_de2_retry_after(self):
        """DE2: Retry-After is respected as far as it makes sense."""
        for header, seconds in RETRY_AFTER:
            with self.subTest(header=header[:30]):
                answer = HttpAnswer(429, {"retry-after": header}, "")
                self.assertEqual(http.retry_after(answer), seconds)
