import urllib.parse
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import translate

from odoo.addons.kala_comm.tests.fakes import Answer, Drop, Say, Well

from ..tools import signature
from .common import (
    ACCOUNT,
    CUSTOMER,
    OUR_NUMBER,
    TOKEN,
    TwilioCase,
    call_values,
    incoming_values,
    leg_values,
    status_values,
    whatsapp_values,
)
from .fakes import FakeTwilio

DESK = "+972532345678"


@tagged("post_install", "-at_install")
class TestTwilioFlow(TwilioCase, HttpCase):
    """The main job on Twilio's own requests: a text comes in over HTTP, becomes a lead, is
    answered from it, and the reports move the answer's state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fake = FakeTwilio()
        cls.addClassCleanup(cls.fake.stop)
        cls.connection.api_url = cls.fake.url
        # Twilio signs the public address, which is not the one that the test server sees.
        cls.env["ir.config_parameter"].set_param("web.base.url", "https://kala.example")
        cls.connection.invalidate_recordset(["webhook_url"])
        cls.connection.action_connect()

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        """Odoo's guard, which lets loopback pass, does not know timeouts in two parts."""
        if isinstance(kw.get("timeout"), tuple):
            kw["timeout"] = max(kw["timeout"])
        return super()._request_handler(s, r, **kw)

    def setUp(self):
        super().setUp()
        self.fake.requests.clear()
        self.fake.behave(Well())

    def _post(self, values, public_url=None, **headers):
        """Post a form as Twilio does: signed for the public address."""
        public_url = public_url or self.connection.webhook_url
        path = "/" + public_url.split("/", 3)[3]
        signed = signature.sign(TOKEN, public_url, values.items())
        headers = {"X-Twilio-Signature": signed, **headers}
        return self.url_open(path, data=values, headers=headers)

    def _receive(self, values):
        answer = self._post(values)
        self.assertEqual(answer.status_code, 200)
        self.run_inbox()
        return self.env["kala.communication"].search(
            [("connection_id", "=", self.connection.id), ("direction", "=", "in")]
        )

    def _answer(self, lead, text="Yes, come in.", channel="sms"):
        communication = lead.kala_send(channel, body=text)
        self.dispatch()
        return communication

    def _report(self, communication, status, uid=None, **values):
        form = self.fake.forms[-1]
        values = status_values(status, MessageSid=uid or self.fake.uid, **values)
        answer = self._post(values, public_url=form["StatusCallback"])
        self.assertEqual(answer.status_code, 200)
        self.run_inbox()
        communication.invalidate_recordset()
        return communication.state

    # ------------------------------------------------------------------ our address

    def _connect(self, **number):
        """Connect with a number as Twilio has it.

        :return: (forms that Twilio got, what the button answered)
        """
        query = urllib.parse.urlencode({"PhoneNumber": OUR_NUMBER})
        path = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?{query}"
        values = {"sid": "PN1", "phone_number": OUR_NUMBER, "sms_application_sid": "", **number}
        found = {"incoming_phone_numbers": [values] if number else []}
        self.fake.pages[path] = Answer(200, found)
        self.fake.requests.clear()
        done = self.connection.action_connect()
        self.assertIn(path, self.fake.paths)
        return self.fake.forms, done

    def test_ad1_our_address_on_the_number(self):
        """AD1: a number that leads nowhere, to Twilio's demonstration or to us, leads here."""
        for address in (
            "",
            "https://demo.twilio.com/welcome/sms/reply",
            "https://kala.example/kala/webhook/before",
        ):
            with self.subTest(address=address):
                forms, done = self._connect(sms_url=address)
                self.assertIs(done, True)
                own = {"SmsUrl": self.connection.webhook_url, "SmsMethod": "POST"}
                self.assertEqual(forms, [own])

    def test_ad1_a_number_that_somebody_else_uses(self):
        """AD1: Connect takes no number away from another system: a person decides."""
        elsewhere = {"sms_url": "https://crm.example.com/sms"}
        for number in (elsewhere, {"sms_url": "", "sms_application_sid": f"AP{'0' * 32}"}):
            with self.subTest(number=number):
                forms, done = self._connect(**number)
                self.assertEqual((forms, self.connection.state), ([], "connected"))
                self.assertIn("go to another system", done["params"]["message"])

    def test_ad1_a_number_of_another_account(self):
        forms, done = self._connect()
        self.assertEqual((forms, done), ([], True))

    # ------------------------------------------------------------------ failures

    def test_de2_a_reason_in_the_readers_language(self):
        """DE2: what is kept is English and has Twilio's code; who reads Hebrew reads Hebrew, in the
        list of attempts, too. What Twilio says in its own words stays as it is."""
        self.env["res.lang"]._activate_lang("he_IL")
        words = {"The number is not valid.": "המספר אינו תקין."}
        place = ("kala_comm_twilio", "he_IL")
        self.enterContext(
            patch.dict(translate.code_translations.python_translations, {place: words})
        )
        for code, said, english, hebrew in (
            (
                21211,
                "Odd",
                "The number is not valid. (Twilio 21211)",
                "המספר אינו תקין. (Twilio 21211)",
            ),
            (21999, "Odd.", "Odd. (Twilio 21999)", "Odd. (Twilio 21999)"),
        ):
            refusal = {"code": code, "message": said, "status": 400}
            self.fake.behave(Say(Answer(400, refusal)))
            lead = self.lead(phone=CUSTOMER)
            message = lead.kala_send("sms", body="Hello", line=self.line)
            self.dispatch()
            self.env.invalidate_all()
            for record in (message, message.attempt_ids):
                record = record.with_context(lang="he_IL")
                self.assertEqual(record.failure_reason, english)
                self.assertEqual(record.failure_words, hebrew)
                self.assertEqual(record.with_context(lang="en_US").failure_words, english)

    # ------------------------------------------------------------------ in

    def test_what_has_no_text(self):
        """Twilio leaves out what a message does not have: nothing of it vanishes."""
        place = {"Latitude": "32.0853", "Longitude": "34.7818", "MessageType": "location"}
        ad = {"ReferralHeadline": "Chat", "ReferralSourceId": "77", "ReferralBody": "Sale"}
        for n, (values, kind, words) in enumerate(
            (
                (place, "location", "32.0853, 34.7818"),
                (ad, "text", "Came from the advertisement “Chat”\nSale"),
                ({"MessageType": "contacts"}, "unsupported", "(contacts)"),
            )
        ):
            with self.subTest(values):
                values = whatsapp_values(MessageSid=f"MM{n:032}", **values)
                for name in ("Body", "NumMedia", "SmsStatus"):
                    values.pop(name, None)
                message = self._receive(values)[0]
                self.assertEqual(message.kind, kind)
                self.assertIn(words, message.body)
        self.assertEqual(self.env["kala.ad"].search([("external_id", "=", "77")]).name, "Chat")

    def test_co2_twilio_took_the_opt_out(self):
        """CO2: what Twilio counts as STOP is one, with proof; it has told the customer, so that
        we send no confirmation, which it would refuse (21610)."""
        place = (self.company.id, "phone", CUSTOMER, "sms")
        answers = self.env["kala.contact.permission"]
        for n, (body, said, allowed) in enumerate(
            (("NO", "STOP", False), ("yes please", "START", True), ("STOP", "STOP", False))
        ):
            values = incoming_values(Body=body, OptOutType=said, MessageSid=f"SM{n:032}")
            self._receive(values)
            self.assertIs(answers._answers({place})[place], allowed)
        proofs = self.env["kala.consent"].search([("contact_value", "=", CUSTOMER)], order="id")
        self.assertEqual(proofs.mapped("allowed"), [False, True, False])
        self.dispatch()
        self.assertFalse(self.fake.forms)
        self.assertFalse(
            self.env["kala.communication"].search(
                [("direction", "=", "out"), ("contact_value", "=", CUSTOMER)]
            )
        )

    def test_unknown_sender_becomes_a_lead(self):
        """MA3, MA11: and Twilio is told that there is no reply."""
        answer = self._post(incoming_values())
        self.assertEqual((answer.status_code, answer.text), (200, "<Response/>"))
        self.assertIn("text/xml", answer.headers["content-type"])
        message = self._receive(incoming_values())
        self.assertEqual(len(message), 1, "the second copy is the same message")
        self.assertEqual(message.lead_id.phone_sanitized, CUSTOMER)
        self.assertEqual(message.line_id, self.line)
        self.assertEqual((message.channel, message.body), ("sms", incoming_values()["Body"]))

    def test_refusals_are_empty_and_store_nothing(self):
        """SC1"""
        events = self.env["kala.inbound.event"]
        before = events.search_count([])
        for name, values, headers in [
            ("wrong signature", incoming_values(), {"X-Twilio-Signature": "AAAA"}),
            ("no signature", incoming_values(), {"X-Twilio-Signature": ""}),
            ("another account", incoming_values(AccountSid="AC" + "9" * 32), {}),
        ]:
            with self.subTest(name):
                answer = self._post(values, **headers)
                self.assertEqual((answer.status_code, answer.content), (404, b""))
        self.assertEqual(events.search_count([]), before)

    def test_whatsapp_comes_in_on_its_own_line(self):
        """WA8: the same number is two lines."""
        message = self._receive(whatsapp_values())
        self.assertEqual(message.line_id, self.whatsapp_line)
        self.assertEqual((message.channel, message.contact_name), ("whatsapp", "Noa"))

    # ------------------------------------------------------------------ out

    def test_answer_and_its_reports(self):
        """SE1, DE1: states go forward only."""
        lead = self._receive(incoming_values()).lead_id
        communication = self._answer(lead)
        form = self.fake.forms[-1]
        self.assertEqual((form["To"], form["From"]), (CUSTOMER, OUR_NUMBER))
        self.assertEqual(form["Body"], "Yes, come in.")
        self.assertEqual(communication.state, "sent")
        self.assertEqual(communication.provider_uid, self.fake.uid)
        self.assertEqual(self._report(communication, "queued"), "sent")
        self.assertEqual(self._report(communication, "delivered"), "delivered")
        self.assertEqual(self._report(communication, "sent"), "delivered")

    def test_whatsapp_answer_is_read(self):
        lead = self._receive(whatsapp_values()).lead_id
        communication = self._answer(lead, channel="whatsapp")
        self.assertEqual(self.fake.forms[-1]["To"], f"whatsapp:{CUSTOMER}")
        self.assertEqual(self._report(communication, "read", EventType="READ"), "read")

    def test_answer_that_was_lost_is_found_by_its_report(self):
        """DE3: not sent twice; the report's address carries our id."""
        lead = self._receive(incoming_values()).lead_id
        self.fake.behave(Drop(accept=True))
        communication = self._answer(lead)
        self.assertEqual(communication.state, "unknown")
        self.dispatch()
        self.assertEqual(len(self.fake.forms), 1)
        self.assertEqual(self._report(communication, "delivered"), "delivered")
        self.assertEqual(communication.provider_uid, self.fake.uid)

    def test_refused_number(self):
        """DE2: the kind, and a reason that people understand."""
        lead = self._receive(incoming_values()).lead_id
        refusal = {"code": 21614, "message": "not a mobile number", "status": 400}
        self.fake.behave(Say(Answer(400, refusal)))
        communication = self._answer(lead)
        self.assertEqual((communication.state, communication.failure_kind), ("failed", "address"))
        self.assertIn("not a mobile number", communication.failure_reason)

    def test_too_many_requests_wait(self):
        """DE2: as long as Twilio asks."""
        lead = self._receive(incoming_values()).lead_id
        values = {"code": 20429, "message": "Too Many Requests", "status": 429}
        self.fake.behave(Say(Answer(429, values, (("Retry-After", "7"),))))
        communication = self._answer(lead)
        self.assertEqual((communication.state, communication.wait_reason), ("queued", "limit"))
        self.fake.behave(Well())
        self.pass_time(10)
        self.dispatch()
        self.assertEqual(communication.state, "sent")

    def test_wrong_token_pauses_the_connection(self):
        """DE5: nothing is lost, nothing else is tried."""
        lead = self._receive(incoming_values()).lead_id
        values = {"code": 20003, "message": "Authenticate", "status": 401}
        self.fake.behave(Say(Answer(401, values)))
        communication = self._answer(lead)
        self.assertEqual(communication.state, "queued")
        self.assertNotEqual(self.connection.state, "connected")
        self.assertNotIn(TOKEN, self.connection.state_reason)

    def test_opted_out_at_the_carrier(self):
        """CO2, DE2: Twilio refuses who answered STOP."""
        lead = self._receive(incoming_values()).lead_id
        communication = self._answer(lead)
        state = self._report(communication, "undelivered", ErrorCode="21610")
        self.assertEqual((state, communication.failure_kind), ("failed", "consent"))

    # ------------------------------------------------------------------ calls

    def test_missed_call_over_http(self):
        """VO1, VO3: a call that is passed on to a desk, which does not answer: one line, one
        missed-call task, whatever is repeated."""
        line = self._line("voice")
        self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": DESK, "user_id": self.salesman.id}
        )
        url = f"{self.connection.webhook_url}?line=%2B{OUR_NUMBER[1:]}"
        events = [
            (leg_values("ringing", DESK), url),
            (leg_values("no-answer", DESK), url),
            (call_values("completed", CallDuration="35"), None),
        ]
        for values, address in [*events, *events[:2]]:
            answer = self._post(values, public_url=address)
            self.assertEqual((answer.status_code, answer.text), (200, "<Response/>"))
            self.run_inbox()
        call = self.env["kala.communication"].search([("line_id", "=", line.id)])
        self.assertEqual((len(call), call.call_status, call.direction), (1, "missed", "in"))
        self.assertEqual(call.lead_id.phone_sanitized, CUSTOMER)
        self.assertEqual(call.activity_id.user_id, self.salesman)
        self.assertEqual(call.activity_id.kala_count, 1)

    def test_forged_call_is_refused(self):
        """SC1"""
        answer = self._post(call_values("completed"), **{"X-Twilio-Signature": "AAAA"})
        self.assertEqual((answer.status_code, answer.content), (404, b""))

    # ------------------------------------------------------------------ connection

    def test_account_is_checked_when_connecting(self):
        self.assertEqual(self.connection.twilio_account_sid, ACCOUNT)
        self.assertEqual(self.connection.state, "connected")
