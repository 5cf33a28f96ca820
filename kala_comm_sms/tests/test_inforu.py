import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools import const as core_const
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)

from .. import const
from ..tools import inforu

PUSH = {
    "PhoneNumber": "0502345678",
    "Network": "054",
    "Status": "2",
    "StatusDescription": "Delivered",
    "CustomerMessageId": "k1",
    "CustomerParam": "",
    "id": "55",
    "SenderNumber": "0722776772",
    "SegmentsNumber": "1",
    "OriginalMessage": "Hello",
    "NotificationDate": "05/11/2025 10:00:00",
}


def answer(status, values):
    content = values if isinstance(values, str) else json.dumps(values)
    return HttpAnswer(status, {}, content)


@tagged("post_install", "-at_install")
class TestInforu(BaseCase):
    """SM1: Inforu's JSON v2 and its pushes (docs/providers.md, 4.1)."""

    def test_body(self):
        self.assertEqual(
            inforu.send_body("Hi", "0502345678", "Galil", "k1", "https://o.example/k/t"),
            {
                "Data": {
                    "Message": "Hi",
                    "Recipients": [{"Phone": "0502345678"}],
                    "Settings": {
                        "Sender": "Galil",
                        "CustomerMessageID": "k1",
                        "DeliveryNotificationUrl": "https://o.example/k/t",
                    },
                }
            },
        )

    def test_merge_fields(self):
        for body, expected in [
            ("Hi [#FirstName#]!", "[#FirstName#]"),
            ("Hi [FirstName] # [#", None),
            (None, None),
        ]:
            with self.subTest(body):
                self.assertEqual(inforu.find_merge_field(body), expected)

    def test_accepted(self):
        values = {
            "StatusId": 1,
            "StatusDescription": "Success",
            "RequestId": 987,
            "Data": {"Recipients": 1},
        }
        result = inforu.read_send(answer(200, values))
        self.assertEqual((result.state, result.provider_uid), ("sent", "987"))
        values["Data"]["Recipients"] = 0
        result = inforu.read_send(answer(200, values))
        self.assertEqual((result.state, result.failure_kind), ("failed", "address"))

    def test_refusals(self):
        table = {
            "temporary": [-1],
            "connection": [-2, -3, -4, -26, -231, -22],
            "address": [-6, -18, -28, -29],
            "rejected": [-9, -11, -16, -777],
            "credit": [-13, -14, -15],
            "sender": [-20, -21, -90],
        }
        for kind, statuses in table.items():
            for status in statuses:
                with self.subTest(status):
                    values = {"StatusId": status, "StatusDescription": "No"}
                    result = inforu.read_send(answer(200, values))
                    self.assertEqual((result.failure_kind, result.code), (kind, str(status)))
                    self.assertEqual(result.state, "retry" if kind == "temporary" else "failed")
                    self.assertIn("No", result.failure_reason)
        result = inforu.read_send(answer(401, ""))
        self.assertEqual(result.failure_kind, "connection")

    def test_answers_that_tell_nothing(self):
        for status, content in [
            (200, ""),
            (200, "<html>"),
            (200, "[]"),
            (200, {}),
            (200, {"StatusId": "x"}),
            (200, {"StatusId": 2}),
            (500, {"StatusId": -1}),
            (503, "upstream"),
        ]:
            with self.subTest(status=status, content=content):
                self.assertIsNone(inforu.read_send(answer(status, content)))

    def test_delivery_push(self):
        """DE1: form, and the JSON array of the same names."""
        (report,) = inforu.read_event(PUSH, None)
        self.assertEqual(
            report,
            DeliveryReport(
                uid="55",
                key="k1",
                state="delivered",
                line_address="0722776772",
                extra={"SegmentsNumber": "1", "Network": "054"},
            ),
        )
        pushes = [PUSH, {**PUSH, "Status": -4, "CustomerMessageId": "k2"}, {"x": 1}]
        found = inforu.read_event({}, json.loads(json.dumps(pushes)))
        self.assertEqual(found[0], report)
        self.assertEqual((found[1].state, found[1].failure_kind), ("failed", "consent"))
        self.assertIsInstance(found[2], Unusable)

    def test_delivery_states(self):
        for status, expected in [
            ("2", ("delivered", "")),
            ("-2", ("failed", "rejected")),
            ("-4", ("failed", "consent")),
            ("4", ("read", "")),
            ("6", ("read", "")),
            ("-107", ("delivered", "")),
            ("99", ("", "")),
        ]:
            with self.subTest(status):
                (report,) = inforu.read_event({**PUSH, "Status": status}, None)
                self.assertEqual((report.state, report.failure_kind), expected)

    def test_delivery_push_of_another_client(self):
        push = {**PUSH, "CustomerToMessageId": "k9"}
        del push["CustomerMessageId"]
        self.assertEqual(inforu.read_event(push, None)[0].key, "k9")
        del push["CustomerToMessageId"]
        self.assertEqual(inforu.read_event(push, None)[0].uid, "55")

    def test_incoming_json(self):
        body = {
            "CustomerId": 1,
            "ProjectId": 2,
            "Data": [
                {
                    "Channel": "SMS_MO",
                    "Type": "PhoneNumber",
                    "Value": "0502345678",
                    "Keyword": "yes",
                    "Message": "yes please",
                    "Network": "SMS",
                    "ShortCode": "+972722776772",
                    "MoSessionId": "",
                },
                {
                    "Value": "0522345678",
                    "Message": "two",
                    "ShortCode": "+972722776772",
                    "MoSessionId": "SM77",
                },
            ],
        }
        first, second = inforu.read_event({}, body)
        self.assertEqual(
            first,
            IncomingMessage(
                channel="sms",
                uid="",
                contact_value="0502345678",
                line_address="+972722776772",
                body="yes please",
                extra={"Keyword": "yes", "Network": "SMS"},
            ),
        )
        self.assertEqual((second.uid, second.body), ("SM77", "two"))

    def test_incoming_xml(self):
        xml = (
            '<?xml version="1.0" encoding="utf-8"?><IncomingData>'
            "<PhoneNumber>0502345678</PhoneNumber><Keyword/>"
            "<Message>שלום &amp; תודה</Message>"
            "<ShortCode>0722776772</ShortCode><CustomerID>1</CustomerID></IncomingData>"
        )
        (message,) = inforu.read_event({"IncomingXML": xml}, None)
        self.assertEqual(
            (message.contact_value, message.body, message.line_address),
            ("0502345678", "שלום & תודה", "0722776772"),
        )

    def test_bad_xml(self):
        """SC3: neither files nor floods of entities are read."""
        message = "<IncomingData><Message>&e;</Message></IncomingData>"
        file_entity = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY e "&a;&a;&a;">]>'
        for xml in (
            "<IncomingData><Message>",
            "garbage",
            bomb + message,
            file_entity + message,
        ):
            with self.subTest(xml):
                (item,) = inforu.read_event({"IncomingXML": xml}, None)
                self.assertIsInstance(item, Unusable)

    def test_polls(self):
        """What was told once is forgotten there: whatever may be news is kept."""
        self.assertEqual(
            inforu.poll_body("IncomingMessagesSMS"),
            {"Data": {"Type": "IncomingMessagesSMS", "BatchSize": const.INFORU_BATCH}},
        )
        full = {"StatusId": 1, "Data": {"Count": 200, "List": [{}] * const.INFORU_BATCH}}
        for content, expected in [
            ({"StatusId": 1, "Data": {"Count": 0, "List": []}}, (False, False, "")),
            ({"StatusId": 1, "Data": {"Count": 0, "List": None}}, (False, False, "")),
            ({"StatusId": 1, "Data": {"Count": 1, "List": [{}]}}, (True, False, "")),
            (full, (True, True, "")),
            ({"StatusId": 1, "Data": {"Count": 3}}, (True, False, "")),
            ('{"StatusId": 1, "Data": {"Li', (True, False, "")),
            ("", (False, False, "")),
            ({"StatusId": -2, "StatusDescription": "bad"}, (False, False, "connection")),
            ({"StatusId": -1}, (False, False, "temporary")),
        ]:
            with self.subTest(content=str(content)[:60]):
                found = inforu.read_poll(answer(200, content))
                self.assertEqual((found.has_news, found.has_more, found.failure_kind), expected)
        self.assertEqual(inforu.read_poll(answer(401, "")).failure_kind, "connection")
        self.assertEqual(inforu.read_poll(answer(502, full)).failure_kind, "temporary")

    def test_polled(self):
        """Each item has the names of a push; one that is not understood costs no other."""
        message = {"Value": "0502345678", "Message": "hi", "ShortCode": "+972722776772"}
        body = {
            "Data": {
                "List": [
                    {"PullDataType": "DeliveryNotificationSMS", "PullData": PUSH},
                    {"PullDataType": "IncomingMessagesSMS", "PullData": message},
                    {"PullDataType": "IncomingMessagesSMS", "PullData": None},
                    "?",
                ]
            }
        }
        items = inforu.read_polled(body)
        kinds = [DeliveryReport, IncomingMessage, Unusable, Unusable]
        self.assertEqual([type(item) for item in items], kinds)
        self.assertEqual((items[0].key, items[0].state), ("k1", "delivered"))
        self.assertEqual((items[1].contact_value, items[1].body), ("0502345678", "hi"))
        for bad in (None, [], {"Data": 1}, "x"):
            (item,) = inforu.read_polled(bad)
            self.assertIsInstance(item, Unusable)
            item.to_json()

    def test_kinds_are_known_to_the_core(self):
        known = {"", *dict(core_const.FAILURE_KINDS)}
        kinds = {*const.INFORU_KINDS.values(), *const.SMS019_KINDS.values()}
        kinds |= set(const.IAP_KINDS.values())
        for table in (const.INFORU_REPORTS, const.SMS019_REPORTS):
            kinds |= {kind for _state, kind in table.values()}
        self.assertLessEqual(kinds, known)
