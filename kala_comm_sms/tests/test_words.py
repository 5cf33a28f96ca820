import json
import re

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import HttpAnswer, Unusable

from .. import const
from ..tools import gateway, iap, inforu, sms019
from .common import GatewayCase

LETTERS = re.compile("[\u0590-\u05ff]")
LATIN = re.compile("[A-Za-z]{2,}")
#: What stays in Latin letters: a name, and what the gateway says itself.
NAMES = {"Inforu", "IncomingXML", "LOST", "SMS", "XML", "banned"}


def answer(status, values=""):
    return HttpAnswer(status, {}, values if isinstance(values, str) else json.dumps(values))


class WordsCase(GatewayCase):
    """AD4: what a gateway's answer means is read in the reader's language, wherever it is shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("he_IL")
        cls.env["res.lang"]._activate_lang("pl_PL")

    def assert_hebrew(self, reason):
        """The message and its attempt say it, and the connection that broke over it."""
        self.assertTrue(reason)
        message = self.message(state="failed", failure_kind="rejected", failure_reason=reason)
        self.gateway.sudo().state_reason = reason
        for record, field in ((message, "failure_words"), (self.gateway, "state_words")):
            self.assertEqual(record.with_context(lang="en_US")[field], reason)
            words = record.with_context(lang="he_IL")[field]
            self.assertRegex(words, LETTERS)
            self.assertEqual(set(LATIN.findall(words)) - NAMES, set(), words)
            self.assertNotEqual(record.with_context(lang="pl_PL")[field], reason)
            self.assertNotIn("%", words)

    def assert_all_hebrew(self, reasons):
        for reason in reasons:
            with self.subTest(reason):
                self.assert_hebrew(reason)

    def assert_dead_letters_are_hebrew(self, items):
        """What cannot be used is a dead letter; its reason is read on the page of the item."""
        for item in items:
            self.assertIsInstance(item, Unusable)
            event = self.env["kala.inbound.event"].sudo()
            row = self.env["kala.inbound.item"].new(
                {"connection_id": self.gateway.id, "error": item.reason, "event_id": event.id}
            )
            words = row.with_context(lang="he_IL").error_words
            self.assertRegex(words, LETTERS)
            self.assertEqual(set(LATIN.findall(words)) - NAMES, set(), words)


@tagged("post_install", "-at_install")
class TestInforuWords(WordsCase):
    provider = "inforu"
    settings = {"inforu_username": "galil", "inforu_token": "tok"}

    def test_ad4_inforu(self):
        accepted_nobody = {"StatusId": 1, "Data": {"Recipients": 0}}
        self.assert_all_hebrew(
            [
                inforu.read_send(answer(401)).failure_reason,
                inforu.read_send(answer(200, {"StatusId": -13})).failure_reason,
                inforu.read_send(answer(200, accepted_nobody)).failure_reason,
                inforu.read_poll(answer(403)).reason,
                inforu.read_poll(answer(200, {"StatusId": -2})).reason,
                inforu.read_event({"Status": "-2", "id": "5"}, None)[0].failure_reason,
            ]
        )
        self.assert_dead_letters_are_hebrew(
            [
                *inforu.read_polled("odd"),
                *inforu.read_polled({"Data": {"List": ["odd"]}}),
                *inforu.read_event({"odd": "1"}, None),
                *inforu.read_event({"IncomingXML": "<odd"}, None),
            ]
        )


@tagged("post_install", "-at_install")
class TestSms019Words(WordsCase):
    provider = "sms019"
    settings = {"sms019_username": "galil", "sms019_token": "tok"}

    def test_ad4_019(self):
        report = {"status": "2", "external_id": "k1", "shipment_id": "s1"}
        self.assert_all_hebrew(
            [
                sms019.read_send(answer(401)).failure_reason,
                sms019.read_send(answer(200, {"status": 4})).failure_reason,
                sms019.read_poll(answer(403)).reason,
                sms019.read_health(answer(401))["reason"],
                sms019.read_event(report, None)[0].failure_reason,
            ]
        )
        self.assert_dead_letters_are_hebrew(sms019.read_event({"odd": "1"}, None))


@tagged("post_install", "-at_install")
class TestIapWords(WordsCase):
    provider = "odoo_iap"

    def test_ad4_odoos_service(self):
        states = sorted(const.IAP_KINDS)
        uuid = "0" * 32
        sent = [answer(200, {"result": [{"uuid": uuid, "state": state}]}) for state in states]
        reports = iap.read_event(
            {"params": {"message_statuses": [{"sms_status": s, "uuids": [uuid]} for s in states]}}
        )
        account = {"result": {"1": {"registered": "banned"}}}
        unknown = {"result": {"1": {}}}
        self.assert_all_hebrew(
            [
                *(iap.read_send(one).failure_reason for one in sent),
                *(report.failure_reason for report in reports),
                iap.read_health(answer(200, account))["reason"],
                iap.read_health(answer(200, unknown))["reason"],
            ]
        )


@tagged("post_install", "-at_install")
class TestHttpWords(WordsCase):
    provider = "http"
    settings = {"api_url": "https://gateway.example/send"}

    def test_ad4_a_gateway_that_is_described(self):
        names = {}
        [report] = gateway.read_event({"id": "5", "status": "LOST"}, names, {"failed": ["LOST"]})
        self.assert_hebrew(report.failure_reason)
        self.assert_dead_letters_are_hebrew(gateway.read_event({"odd": "1"}, names, {}))
