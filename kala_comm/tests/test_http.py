from odoo.tests import tagged

from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.masking import spellings
from odoo.addons.kala_comm.tools.messages import SendRequest

from .test_fetch import FetchCase

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
