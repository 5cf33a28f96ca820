from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA
from odoo.addons.kala_comm.tests.fakes import Answer

from .common import GatewayCase
from .fakes import FakeSms019


@tagged("post_install", "-at_install")
class TestMessageBank(GatewayCase):
    """SM4, DE5: the balance is shown, a low one is told, an empty one pauses."""

    provider = "sms019"
    settings = {"sms019_username": "galil", "sms019_token": "tok"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = 100.0
        cls.fake = FakeSms019()
        cls.addClassCleanup(cls.fake.stop)
        cls.fake.script = cls._serve
        cls.gateway.api_url = cls.fake.url
        cls.gateway.action_connect()

    @classmethod
    def _serve(cls, request):
        if "balance" in request.json:
            return Answer(200, {"status": 0, "balance": str(cls.bank)})
        return Answer(200, {"status": 4, "message": "no credit"}) if cls.bank <= 0 else None

    def setUp(self):
        super().setUp()
        type(self).bank = 100.0
        self.fake.requests.clear()
        self.fake.script = self._serve
        self.notices = self.env["mail.message"].search([])

    def _run(self, name):
        with self.job() as env:
            getattr(env["kala.connection"], name)()
        self.env.invalidate_all()

    def _told(self):
        """:return: subjects of what the managers were told since the test began"""
        news = self.env["mail.message"].search([]) - self.notices
        return [m.subject for m in news.sorted("id") if m.message_type == "user_notification"]

    def _send(self):
        communication = self.lead(phone=DANA).kala_send("sms", body="Hi", line=self.line)
        self.dispatch()
        return communication

    def test_balance_is_shown(self):
        self.assertEqual(self.gateway.balance, 100, "read when connecting")
        type(self).bank = 42.5
        self._run("_cron_read_balances")
        self.assertEqual(self.gateway.balance, 42.5)
        self.assertTrue(self.gateway.balance_date)

    def test_low_balance_is_told_once(self):
        self.gateway.balance_low = 50
        for bank, expected in [(60, 0), (40, 1), (30, 1), (80, 1), (45, 2)]:
            type(self).bank = bank
            self._run("_cron_read_balances")
            self.assertEqual(self._told(), ["Gateway is running low"] * expected)

    def test_unknown_balance_changes_nothing(self):
        self.gateway.balance_low = 50
        self.fake.script = lambda request: Answer(500, {})
        self._run("_cron_read_balances")
        self.fake.script = self._serve
        self.assertEqual((self.gateway.balance, self._told()), (100, []))

    def test_empty_bank_pauses_and_goes_on_by_itself(self):
        """The message is kept, the managers are told once, and it leaves when the bank is
        filled."""
        type(self).bank = 0.0
        communication = self._send()
        self.assertEqual((communication.state, self.gateway.state), ("queued", "error"))
        self.assertEqual(self._told(), ["Gateway does not send"])
        sends = len(self.fake.bodies)
        for _look in range(3):
            self._run("_cron_check_broken")
            self.dispatch()
            self.assertEqual(self.gateway.state, "error")
        asked = [body for body in self.fake.bodies[sends:] if "sms" in body]
        self.assertFalse(asked, "an empty bank is not tried again and again")
        type(self).bank = 5.0
        self._run("_cron_check_broken")
        self.assertEqual(self.gateway.state, "connected")
        self.dispatch()
        self.assertEqual(communication.state, "sent")
        self.assertEqual(self._told(), ["Gateway does not send"])

    def test_unsure_message_is_asked_for(self):
        """DE3: the answer to the send was lost; what became of it is asked, not tried."""
        self.fake.script = lambda request: Answer(200, "garbage")
        communication = self._send()
        self.assertEqual(communication.state, "unknown")
        report = {"external_id": communication._echo_key(), "status": "102"}
        found = {"status": 0, "transactions": {"transaction": [report]}}
        self.fake.script = lambda request: Answer(200, found if "dlr" in request.json else {})
        with self.job() as env:
            env["kala.dispatcher"]._cron_resolve_unknown()
        self.env.invalidate_all()
        self.assertEqual(communication.state, "delivered")
        self.assertEqual(len([b for b in self.fake.bodies if "sms" in b]), 1)

    def test_de5_a_login_that_was_emptied(self):
        """DE5: somebody empties a field of the login: messages are kept, the managers read what to
        do, and all goes on when it is filled in again."""
        username = self.gateway.sms019_username
        self.gateway.sms019_username = False
        communication = self._send()
        self.assertEqual((communication.state, self.gateway.state), ("queued", "error"))
        self.assertIn("Fill in", self.gateway.state_reason)
        self._run("_cron_check_broken")
        self.assertEqual((self.gateway.state, self.fake.bodies), ("error", []))
        self.gateway.sms019_username = username
        self._run("_cron_check_broken")
        self.dispatch()
        self.assertEqual((communication.state, self.gateway.state), ("sent", "connected"))
        self.assertEqual(self._told(), ["Gateway does not send"])

    def test_the_same_trouble_is_told_once(self):
        """A provider whose health looks well but that refuses every message: looked at ever
        more seldom, and told once until a message has left."""
        refuse = {"status": 3, "message": "bad login"}
        self.fake.script = lambda request: Answer(
            200, {"status": 0} if "balance" in request.json else refuse
        )
        self._send()
        for _look in range(2):
            self._run("_cron_check_broken")
            self.dispatch()
        self.assertEqual(self._told(), ["Gateway does not send"])
        self.assertEqual(self.gateway.trouble_looks, 1)
        sends = len(self.fake.bodies)
        self._run("_cron_check_broken")
        self.assertEqual(len(self.fake.bodies), sends, "not before its time")
        self.fake.script = self._serve
        self.gateway.trouble_date = self.gateway.trouble_date.replace(year=2020)
        self._run("_cron_check_broken")
        self.dispatch()
        self.assertEqual(self.gateway.state, "connected")
