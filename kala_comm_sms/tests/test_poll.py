import urllib.parse
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.health.health_watch import MISSES
from odoo.addons.kala_comm.models.inbound.poll import LONGEST, OVERLAP
from odoo.addons.kala_comm.tests.common import DANA
from odoo.addons.kala_comm.tests.fakes import Answer

from .. import const
from .common import GatewayCase
from .fakes import FakeInforu, FakeSms019


class PollCase(GatewayCase):
    """A gateway that is asked for its news, over HTTP."""

    fake_class = None

    def setUp(self):
        super().setUp()
        self.answers, self.asked = {}, []
        self.fake = self.fake_class()
        self.addCleanup(self.fake.stop)
        self._serve_with(self._serve)
        self.gateway.api_url = self.fake.url
        self.gateway._set_state("connected")

    def _serve(self, body):
        """:return: HTTP status, and what the gateway says"""
        raise NotImplementedError()

    def _serve_with(self, serve):
        self.fake.script = lambda request: Answer(*serve(request.json))

    def poll(self):
        with self.job() as env:
            env["kala.poll"]._cron_run()
        self.run_inbox()
        self.env.invalidate_all()

    def received(self):
        """:return: texts of what came in, oldest first"""
        found = self.env["kala.communication"].search(
            [("connection_id", "=", self.gateway.id), ("direction", "=", "in")], order="id"
        )
        return found.mapped("body")

    def sent(self, **values):
        """:return: a message that left an hour ago, of which nobody spoke yet"""
        hour_ago = self.now - timedelta(hours=1)
        return self.message(**{"state": "sent", "date": hour_ago, "attempt_count": 1, **values})


@tagged("post_install", "-at_install")
class TestInforuPoll(PollCase):
    """SM1: ``PullData`` forgets what it has told: each batch is committed before the next."""

    provider = "inforu"
    fake_class = FakeInforu
    settings = {"inforu_username": "galil", "inforu_token": "made-up-token", "polls_news": True}

    def setUp(self):
        super().setUp()
        self.kept = {kind: [] for kind in const.INFORU_POLLS}
        self.committed = []
        self.patch(const, "INFORU_BATCH", 2)

    def _serve(self, body):
        kind, size = body["Data"]["Type"], body["Data"]["BatchSize"]
        self.asked.append(kind)
        if kind in self.answers:
            return self.answers[kind]
        told, self.kept[kind] = self.kept[kind][:size], self.kept[kind][size:]
        return 200, {"StatusId": 1, "Data": {"Count": len(told), "List": told}}

    def keep(self, *texts):
        self.kept["IncomingMessagesSMS"] += [
            {"InsertDate": text, "PullData": {"Value": "0502345678", "Message": text}}
            for text in texts
        ]

    def test_sm1_news(self):
        """Reports and messages, batch after batch, until there is no more."""
        message = self.sent()
        report = {"Status": 2, "CustomerMessageId": message._echo_key(), "PhoneNumber": "05"}
        self.kept["DeliveryNotificationSMS"] = [{"PullData": report}]
        self.keep("one", "two", "three")
        self.poll()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(self.received(), ["one", "two", "three"])
        self.assertEqual(self.asked, ["DeliveryNotificationSMS", *2 * ["IncomingMessagesSMS"]])
        self.assertTrue(self.gateway.polled_until)

    def test_sm1_each_batch_is_safe_before_the_next(self):
        """Where the second answer never comes, the first one is there."""
        self.keep("one", "two", "three")
        serve, batches = self._serve, []

        def breaks(body):
            if body["Data"]["Type"] == "IncomingMessagesSMS":
                batches.append(body)
                if len(batches) == 2:
                    return 502, {}
            return serve(body)

        self._serve_with(breaks)
        self.poll()
        self.assertEqual(self.received(), ["one", "two"])
        self.assertFalse(self.gateway.polled_until, "not everything came")
        self._serve_with(serve)
        self.poll()
        self.assertEqual(self.received(), ["one", "two", "three"])

    def test_sm1_not_understood(self):
        """AD3: what cannot be read is a dead letter, for it is not told again."""
        self.answers["IncomingMessagesSMS"] = (200, {"StatusId": 1, "Data": {"Rows": ["?"]}})
        self.poll()
        item = self.env["kala.inbound.item"].search([("connection_id", "=", self.gateway.id)])
        self.assertEqual((item.state, item.kind), ("dead", "unusable"))

    def test_sm1_login(self):
        """WA5: a login that stopped working is noticed by asking."""
        self.answers = dict.fromkeys(const.INFORU_POLLS, (200, {"StatusId": -2}))
        for _n in range(MISSES):
            self.assertEqual(self.gateway.state, "connected")
            self.poll()
        self.assertEqual(self.gateway.state, "error")

    @mute_logger("odoo.addons.kala_comm.models.kala_job")
    def test_sm1_one_connection_holds_no_other(self):
        """SM1: a connection whose login was emptied leaves the others to be asked."""
        emptied = self.gateway.copy({"name": "Emptied", "sequence": 1})
        emptied.write({"inforu_username": False, "polls_news": True})
        emptied._set_state("connected")
        self.keep("one")
        self.poll()
        self.assertEqual(self.received(), ["one"])

    def test_sm1_only_where_wanted(self):
        self.gateway.polls_news = False
        self.poll()
        self.gateway.polls_news = True
        self.gateway._set_state("paused")
        self.poll()
        self.assertEqual(self.asked, [])

    def test_ad5_copy_takes_nothing(self):
        """AD5: a copy would take what is meant for the original."""
        self.env["kala.fingerprint"]._remember()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.poll()
        self.assertEqual(self.asked, [])

    def test_sm1_default(self):
        """019 stops to push without a word, so it is asked; Inforu is asked where one wants it."""
        make = self.env["kala.connection"].create
        for provider, polls, can in [
            ("inforu", False, True),
            ("sms019", True, True),
            ("sandbox", False, False),
        ]:
            made = make({"name": "X", "provider": provider})
            self.assertEqual((made.polls_news, made.can_poll), (polls, can), provider)


@tagged("post_install", "-at_install")
class TestSms019Poll(PollCase):
    """SM1: 019 is asked about messages of ours that nobody spoke of, and for incoming ones."""

    provider = "sms019"
    fake_class = FakeSms019
    settings = {"sms019_username": "galil", "sms019_token": "made-up-token"}

    def _serve(self, body):
        [kind] = body
        self.asked.append(body)
        return 200, {"status": 0, "message": "ok", "data": self.answers.get(kind, [])}

    def test_sm1_reports(self):
        """By our own ids, those that are silent; in whatever state the report leaves them."""
        silent, unsure = self.sent(), self.sent(state="unknown")
        self.sent(state="delivered")
        self.sent(date=self.now)
        self.sent(date=self.now - timedelta(days=const.SMS019_DAYS + 1))
        keys = {silent: silent._echo_key(), unsure: unsure._echo_key()}
        self.answers["dlr"] = [
            {"external_id": keys[silent], "status": 102},
            {"external_id": keys[unsure], "status": 15, "en_message": "kosher"},
        ]
        self.poll()
        [asked] = [body["dlr"] for body in self.asked if "dlr" in body]
        self.assertEqual(set(asked["transactions"]["external_id"]), set(keys.values()))
        self.assertEqual(silent.state, "delivered")
        self.assertEqual((unsure.state, unsure.failure_kind), ("failed", "address"))
        self.asked.clear()
        self.poll()
        self.assertEqual([list(body) for body in self.asked], [["incoming"]])

    def test_sm1_more_than_one_question(self):
        """SM1: of many silent messages the oldest is asked for as well."""
        self.patch(const, "SMS019_IDS", 2)
        keys = [self.sent()._echo_key() for _n in range(5)]
        self.poll()
        asked = [body["dlr"]["transactions"] for body in self.asked if "dlr" in body]
        asked = [question["external_id"] for question in asked]
        self.assertEqual([len(some) for some in asked], [2, 2, 1])
        self.assertEqual({key for some in asked for key in some}, set(keys))

    def test_sm1_incoming(self):
        """Each question reaches into the last one; what is told twice comes once, pushed or
        asked for."""
        moment = self.now.replace(second=0) - timedelta(hours=3)
        clock = moment.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Jerusalem"))
        text = {"phone": "0502345678", "message": "Hello", "date": f"{clock:%d/%m/%y %H:%M}"}
        self.answers["incoming"] = [text]
        self.poll()
        self.poll()
        push = urllib.parse.urlencode({**text, "date": f"{clock:%d/%m/%Y %H:%M}:12"})
        push = self.request(push.encode())
        self.env["kala.inbound.event"]._insert_event(self.gateway, push)
        self.run_inbox()
        self.assertEqual(self.received(), ["Hello"])
        message = self.env["kala.communication"].search([("contact_value", "=", DANA)])
        self.assertEqual(message.date, moment)
        self.answers["incoming"] = [text, dict(text, message="Again")]
        self.poll()
        self.assertEqual(self.received(), ["Hello", "Again"])

    def test_sm1_time(self):
        """From where the last question ended; after a long pause as far back as it answers."""
        asked = []
        model = type(self.env["kala.provider.sms019"])

        def _prepare_polls(provider, connection, since, until):
            asked.append((since, until))
            return []

        self.patch(model, "_prepare_polls", _prepare_polls)
        self.poll()
        until = self.gateway.polled_until
        self.assertEqual(asked[0][0], until - timedelta(days=1))
        self.poll()
        self.assertEqual(asked[1][0], until - OVERLAP)
        self.gateway.polled_until = self.now - timedelta(days=30)
        self.poll()
        self.assertEqual(asked[2][0], asked[2][1] - LONGEST)
