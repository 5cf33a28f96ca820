from odoo.tests import tagged

from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.masking import spellings
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest

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


@tagged("post_install", "-at_install")
class TestSecretsOverHttp(FetchCase):
    """SC2: what a provider repeats of our secrets is gone before anybody reads it."""

    def perform(self, url):
        request = SendRequest(url=url, method="GET", timeout=10, secrets=spellings(HIDDEN))
        return http.perform(request)

    def test_sc2_answer(self):
        host = self.host()
        body = (
            b'{"error": "made/up+token", "made%2Fup%2Btoken": ["quoted\\"secret"], "ok": "made up"}'
        )
        host.answers["/"] = (400, {"Content-Length": str(len(body))}, body)
        answer = self.perform(f"{host.url}/")
        self.assertEqual(answer.json(), {"error": "***", "***": ["***"], "ok": "made up"})
        for secret in HIDDEN:
            self.assertNotIn(secret, answer.text)

    def test_sc2_error(self):
        """Nor in the words of an error, whatever part of the address they stand in."""
        host = self.host()
        host.close()
        for part in ("/made/up+token", "/?password=short", "/?x=made%2Fup%2Btoken"):
            with self.assertRaises(http.NothingSent) as caught:
                self.perform(f"{host.url}{part}")
            for secret in (*spellings(HIDDEN), "short"):
                self.assertNotIn(secret, str(caught.exception))

    def test_de2_retry_after(self):
        """DE2: Retry-After is respected as far as it makes sense."""
        for header, seconds in RETRY_AFTER:
            with self.subTest(header=header[:30]):
                answer = HttpAnswer(429, {"retry-after": header}, "")
                self.assertEqual(http.retry_after(answer), seconds)
