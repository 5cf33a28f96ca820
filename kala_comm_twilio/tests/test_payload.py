from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools import const as core_const
from odoo.addons.kala_comm.tools.messages import InboundFile, IncomingMessage

from .. import const
from ..tools import payload
from .common import (
    CONTRACT,
    CUSTOMER,
    MESSAGE,
    OUR_NUMBER,
    incoming_values,
    status_values,
    whatsapp_values,
)

BSUID = "US.13491208655302741918"


@tagged("post_install", "-at_install")
class TestIncoming(BaseCase):
    """SM1, WA8: what Twilio's incoming callbacks say (docs/providers.md, 3.2)."""

    def test_sms(self):
        message = payload.read_message(incoming_values())
        self.assertEqual(
            message,
            IncomingMessage(
                channel="sms",
                uid=MESSAGE,
                contact_value=CUSTOMER,
                line_address=OUR_NUMBER,
                body="שלום, is it still free? 👍",
                extra={"ToCountry": "IL", "FromCountry": "IL", "NumSegments": "1"},
            ),
        )

    def test_whatsapp(self):
        message = payload.read_message(whatsapp_values())
        self.assertEqual(message.channel, "whatsapp")
        self.assertEqual((message.contact_kind, message.contact_value), ("phone", CUSTOMER))
        self.assertEqual(message.line_address, OUR_NUMBER)
        self.assertEqual(message.contact_name, "Noa")

    def test_who_wrote(self):
        """MA8: people with a user name may come without a number."""
        for name, values, expected in [
            ("digits", {"From": "whatsapp:972502345678"}, ("phone", CUSTOMER, "")),
            (
                "number and user id",
                {"ExternalUserId": BSUID},
                ("phone", CUSTOMER, BSUID),
            ),
            ("number in WaId only", {"From": ""}, ("phone", CUSTOMER, "")),
            (
                "user id as sender",
                {"From": f"whatsapp:{BSUID}", "WaId": "", "ExternalUserId": BSUID},
                ("whatsapp", BSUID, BSUID),
            ),
            (
                "user id only",
                {"From": "", "WaId": "", "ExternalUserId": BSUID},
                ("whatsapp", BSUID, BSUID),
            ),
        ]:
            with self.subTest(name):
                message = payload.read_message(whatsapp_values(**values))
                self.assertEqual(message.channel, "whatsapp")
                self.assertEqual(
                    (message.contact_kind, message.contact_value, message.contact_uid),
                    expected,
                )

    def test_senders_that_are_no_numbers(self):
        for sender in ("GALILBANK", "61234", "+12345"):
            with self.subTest(sender):
                message = payload.read_message(incoming_values(From=sender))
                self.assertEqual(message.contact_value, sender)

    def test_reply_and_buttons(self):
        """MA7, WA1: a quoted reply names our message; buttons bring their text."""
        for name, values, body in [
            (
                "button",
                {"Body": "Yes", "ButtonText": "Yes", "ButtonPayload": "go"},
                "Yes",
            ),
            ("button without body", {"Body": "", "ButtonText": "Yes"}, "Yes"),
            ("list", {"Body": "", "ListTitle": "Morning", "ListId": "m"}, "Morning"),
        ]:
            with self.subTest(name):
                message = payload.read_message(
                    whatsapp_values(OriginalRepliedMessageSid="SM9", **values)
                )
                self.assertEqual((message.body, message.reply_to), (body, "SM9"))
                for key in ("ButtonPayload", "ListId"):
                    self.assertEqual(message.extra.get(key), values.get(key))

    def test_files(self):
        """WA1: files are named by where they lie; they are fetched later."""
        base = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media"
        types = [
            ("image/jpeg", "image"),
            ("video/mp4", "video"),
            ("audio/ogg; codecs=opus", "audio"),
            ("application/pdf", "document"),
            ("text/vcard", "contact"),
            ("", "document"),
        ]
        values = {"NumMedia": str(len(types)), "Body": "the roof"}
        for number, (mimetype, _kind) in enumerate(types):
            values[f"MediaUrl{number}"] = f"{base}/ME{number}"
            values[f"MediaContentType{number}"] = mimetype
        message = payload.read_message(whatsapp_values(**values))
        self.assertEqual((message.kind, message.body), ("file", "the roof"))
        self.assertEqual([f.kind for f in message.files], [kind for _mime, kind in types])
        self.assertEqual(
            message.files[2],
            InboundFile("audio", "", "audio/ogg", "ME2", f"{base}/ME2"),
        )

    def test_number_of_files_is_not_trusted(self):
        for number in ("", "x", "-1", "3", "999999999999", "²"):
            with self.subTest(number):
                values = incoming_values(NumMedia=number)
                self.assertEqual(payload.read_message(values).files, ())

    def test_place(self):
        message = payload.read_message(
            whatsapp_values(
                Body="",
                Latitude="32.0853",
                Longitude="34.7818",
                Label="Office",
                Address="1 Dizengoff, Tel Aviv",
            )
        )
        self.assertEqual(message.kind, "location")
        self.assertEqual(message.body, "Office\n1 Dizengoff, Tel Aviv\n32.0853, 34.7818")
        self.assertEqual(message.extra["Latitude"], "32.0853")

    def test_opt_out_is_kept(self):
        """CO2: Twilio says that it answered STOP itself."""
        message = payload.read_message(incoming_values(Body="STOP", OptOutType="STOP"))
        self.assertEqual((message.body, message.extra["OptOutType"]), ("STOP", "STOP"))
        for said, expected in (
            ("STOP", (False, True)),
            ("start", (True, True)),
            ("HELP", (None, True)),
            ("", (None, False)),
        ):
            with self.subTest(said):
                message = payload.read_message(incoming_values(Body="NO", OptOutType=said))
                self.assertEqual((message.allowed, message.told), expected)

    def test_survives_the_inbox(self):
        """An item is kept as JSON; nothing of it may change on the way."""
        message = payload.read_message(
            whatsapp_values(NumMedia="1", MediaUrl0="https://api.twilio.com/ME1")
        )
        self.assertEqual(IncomingMessage.from_json(message.to_json()), message)

    def test_message_or_report(self):
        for values, expected in [
            (incoming_values(), True),
            (incoming_values(SmsStatus="receiving"), True),
            (incoming_values(SmsStatus=""), True),
            (status_values("sent"), False),
            (status_values("read", Body="echoed"), False),
            ({"MessageSid": MESSAGE}, False),
            ({"MessageSid": MESSAGE, "From": CUSTOMER}, True),
        ]:
            with self.subTest(values=values):
                self.assertEqual(payload.is_incoming(values), expected)


@tagged("post_install", "-at_install")
class TestReports(BaseCase):
    """DE1, DE2: status callbacks and error codes (docs/providers.md, 3.2, 3.4)."""

    def test_states(self):
        news = {
            "sent": "sent",
            "partially_delivered": "sent",
            "delivered": "delivered",
            "read": "read",
            "undelivered": "failed",
            "failed": "failed",
            "canceled": "failed",
        }
        for status in CONTRACT["message_status"]:
            with self.subTest(status):
                report = payload.read_report(status_values(status), key="k1")
                if status not in news:
                    self.assertIsNone(report)
                    continue
                self.assertEqual(
                    (report.uid, report.key, report.state, report.line_address),
                    (MESSAGE, "k1", news[status], OUR_NUMBER),
                )

    def test_whatsapp_read(self):
        values = status_values("read", EventType="READ", From=f"whatsapp:{OUR_NUMBER}")
        report = payload.read_report(values)
        self.assertEqual((report.state, report.line_address), ("read", OUR_NUMBER))

    def test_failure_kinds(self):
        """Every code of docs/providers.md, 3.4 has its kind."""
        table = {
            "connection": "20003 20404 30002 21609",
            "limit": "20429 21611 30001 63018",
            "address": "21211 21614 21608 30004 30005 30006 63003 63024 63032",
            "sender": "21212 21606 21612 30034",
            "consent": "21610",
            "rejected": "21408 21617 30007 99999",
            "temporary": "30003 30008",
            "window": "63016",
        }
        for kind, codes in table.items():
            for code in codes.split():
                with self.subTest(code):
                    report = payload.read_report(status_values("undelivered", ErrorCode=code))
                    self.assertEqual((report.failure_kind, report.code), (kind, code))
                    self.assertIn(code, report.failure_reason)
                    # "R once": nobody knows why.
                    self.assertEqual(report.tries, 2 if code == "30008" else 0)

    def test_kinds_are_known_to_the_core(self):
        known = dict(core_const.FAILURE_KINDS)
        for kind, meaning in const.ERRORS.values():
            self.assertIn(kind, known)
            self.assertTrue(meaning._translate("en_US").endswith("."))
        self.assertLessEqual(set(const.KIND_BY_HTTP_STATUS.values()), set(known))

    def test_unlisted_codes_speak_for_themselves(self):
        for code, reason, expected in [
            ("31337", "Odd carrier.", "Odd carrier. (Twilio 31337)"),
            ("31337", "", "Twilio reports “failed”. (Twilio 31337)"),
            ("", "", "Twilio reports “failed”."),
        ]:
            with self.subTest(code=code, reason=reason):
                values = status_values("failed", ErrorCode=code, ErrorMessage=reason)
                self.assertEqual(payload.read_report(values).failure_reason, expected)
