import itertools

from odoo.tests import TransactionCase, tagged

from ..tools.call import read_call
from .common import (
    CALL,
    CUSTOMER,
    LEG,
    OUR_NUMBER,
    TwilioCase,
    call_values,
    leg_values,
)

DESK = "+972532345678"
STRANGER = "+972542345678"
RECORDING = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
#: Of an incoming call that one of us answered: what the call and its leg tell.
ANSWERED = (
    leg_values("ringing", DESK, SequenceNumber="1"),
    leg_values("completed", DESK, SequenceNumber="3", CallDuration="42"),
    call_values("completed", CallDuration="60"),
    {"CallSid": CALL, "RecordingSid": "RE1", "RecordingUrl": RECORDING},
)
#: Of one that nobody answered: Twilio says "completed", since it picked up itself.
MISSED = (
    leg_values("ringing", DESK),
    leg_values("no-answer", DESK, CallDuration="0"),
    call_values("completed", CallDuration="35"),
)


@tagged("post_install", "-at_install")
class TestReadCall(TransactionCase):
    """VO1: what each of Twilio's callbacks says."""

    def _read(self, values, query=None):
        return read_call(values, query or {}, lines={OUR_NUMBER}, desks={DESK})

    def test_statuses(self):
        cases = [
            # callback, status of an incoming call, event, of an outgoing one
            ("queued", "ringing", "ringing", "ringing"),
            ("initiated", "ringing", "ringing", "ringing"),
            ("ringing", "ringing", "ringing", "ringing"),
            ("in-progress", "ringing", "answered", "answered"),
            ("completed", "answered", "ended", "answered"),
            ("busy", "busy", "ended", "busy"),
            ("no-answer", "missed", "ended", "missed"),
            ("canceled", "missed", "ended", "missed"),
            ("failed", "failed", "ended", "failed"),
        ]
        for status, incoming, event, outgoing in cases:
            with self.subTest(status):
                call = self._read(call_values(status, CallDuration="7"))
                self.assertEqual((call.status, call.event), (incoming, event))
                self.assertEqual(call.duration, 7 if incoming == "answered" else 0)
                call = self._read(
                    call_values(status, Direction="outbound-api", From=OUR_NUMBER, To=CUSTOMER)
                )
                self.assertEqual((call.status, call.event), (outgoing, event))
        self.assertIsNone(self._read(call_values("never-heard-of")))

    def test_parties(self):
        """VO1: who called whom, for each way in which Twilio makes a call."""
        dial = {"Direction": "outbound-dial", "ParentCallSid": CALL, "CallSid": LEG}
        cases = [
            # name, changes, direction, contact, line, extension, partial
            ("in", {}, "in", CUSTOMER, OUR_NUMBER, "", False),
            ("withheld", {"From": "+266696687"}, "in", "", OUR_NUMBER, "", False),
            (
                "out",
                {"Direction": "outbound-api", "From": OUR_NUMBER, "To": CUSTOMER},
                *("out", CUSTOMER, OUR_NUMBER, "", False),
            ),
            (
                "click to call: the desk is rung first",
                {"Direction": "outbound-api", "From": OUR_NUMBER, "To": DESK},
                *("out", "", OUR_NUMBER, DESK, True),
            ),
            (
                "from a browser",
                {"From": "client:dana", "To": ""},
                *("out", "", "", "client:dana", True),
            ),
            (
                "from a desk phone",
                {"From": "sip:dana@kala.sip.twilio.com", "To": f"sip:{CUSTOMER}@kala.sip"},
                *("out", CUSTOMER, "", "sip:dana@kala.sip.twilio.com", False),
            ),
            ("leg to a desk", {**dial, "To": DESK}, "in", CUSTOMER, "", DESK, False),
            (
                "leg to a phone that is no desk",
                {**dial, "To": STRANGER},
                *("in", CUSTOMER, "", STRANGER, False),
            ),
            (
                "leg to a desk that shows our number",
                {**dial, "From": OUR_NUMBER, "To": DESK},
                *("in", "", "", DESK, True),
            ),
            (
                "leg to a customer",
                {**dial, "From": OUR_NUMBER, "To": CUSTOMER},
                *("out", CUSTOMER, OUR_NUMBER, "", False),
            ),
        ]
        for name, changes, *expected in cases:
            with self.subTest(name):
                call = self._read(call_values("completed", **changes))
                told = (call.direction, call.contact_value, call.line_address)
                self.assertEqual([*told, call.extension, call.is_partial], expected)
                self.assertEqual(call.uid, CALL)
                self.assertEqual(call.leg, changes.get("CallSid", ""))

    def test_address_tells_what_the_leg_leaves_out(self):
        """The TwiML may write caller and line into the address of the callback."""
        values = leg_values("ringing", DESK, From=OUR_NUMBER)
        call = self._read(values, {"caller": CUSTOMER.replace("+", " "), "line": OUR_NUMBER})
        self.assertEqual((call.contact_value, call.line_address), (CUSTOMER, OUR_NUMBER))
        self.assertFalse(call.is_partial)

    def test_agents_failure_is_the_callers_missed_call(self):
        for status in ("busy", "failed", "no-answer", "canceled"):
            with self.subTest(status):
                self.assertEqual(self._read(leg_values(status, DESK)).status, "missed")

    def test_dial_action(self):
        """<Dial> tells its action address how the leg went."""
        values = call_values(
            "in-progress", DialCallSid=LEG, DialCallStatus="completed", DialCallDuration="42"
        )
        call = self._read(values)
        self.assertEqual((call.uid, call.leg, call.event), (CALL, LEG, "ended"))
        self.assertEqual((call.status, call.duration), ("answered", 42))
        self.assertEqual((call.contact_value, call.line_address), (CUSTOMER, OUR_NUMBER))
        busy = self._read({**values, "DialCallStatus": "busy"})
        self.assertEqual((busy.status, busy.duration), ("missed", 0))

    def test_recordings(self):
        values = {"CallSid": CALL, "RecordingSid": "RE1", "RecordingUrl": RECORDING}
        self.assertEqual(self._read(values).recording_url, f"{RECORDING}.mp3")
        for status in ("in-progress", "absent", "failed"):
            self.assertIsNone(self._read({**values, "RecordingStatus": status}))
        self.assertFalse(self._read({**values, "RecordingUrl": "javascript:alert(1)"}))

    def test_beginning(self):
        values = {"Timestamp": "Tue, 24 Nov 2026 08:00:42 +0000", "CallDuration": "42"}
        self.assertEqual(
            str(self._read(call_values("completed", **values)).started_at), "2026-11-24 08:00:00"
        )
        self.assertIsNone(self._read(call_values("completed", Timestamp="noon")).started_at)

    def test_absurd_numbers(self):
        """VO1: what nobody can have meant costs the call nothing but that number."""
        moment = "Tue, 24 Nov 2026 08:00:42 +0000"
        for seconds in ("9" * 15, "9" * 5000, "999999999", "-5", "1e9"):
            with self.subTest(seconds[:20]):
                values = {"Timestamp": moment, "CallDuration": seconds}
                self.assertEqual(self._read(call_values("completed", **values)).duration, 0)
        moment = "Fri, 31 Dec 9999 23:59:59 -1200"
        call = self._read(call_values("completed", Timestamp=moment, CallDuration="60"))
        self.assertIsNone(call.started_at)
        self.assertEqual(call.duration, 60)


@tagged("post_install", "-at_install")
class TestCalls(TwilioCase):
    """VO1–VO3 with Twilio Voice: one line for each call, in whatever order its events come."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.voice_line = cls._line("voice")
        cls.env["kala.extension"].create(
            {"connection_id": cls.connection.id, "number": DESK, "user_id": cls.salesman.id}
        )

    def ring(self, *callbacks, together=False):
        """Receive callbacks, each in a batch of its own unless ``together``.

        :return: the calls in the log
        """
        for values in callbacks:
            self.env.flush_all()
            self.env["kala.inbound.event"]._insert_event(self.connection, self._request(values))
            if not together:
                self.run_inbox()
        self.run_inbox()
        self.env["kala.communication"].invalidate_model()
        return self.env["kala.communication"].search(
            [("connection_id", "=", self.connection.id), ("channel", "=", "voice")]
        )

    @staticmethod
    def numbered(callbacks, n):
        """:return: the same callbacks of another call"""
        return [
            {
                name: f"{value}-{n}" if name in ("CallSid", "ParentCallSid") else value
                for name, value in values.items()
            }
            for values in callbacks
        ]

    def check_every_order(self, callbacks, **expected):
        """Each order of the callbacks makes the same line; so does each callback twice."""
        orders = itertools.permutations(callbacks)
        for n, order in enumerate(orders):
            with self.subTest(order=n):
                of_call = self.numbered(order, n)
                # Half of the orders come at once, the others one by one.
                calls = self.ring(*of_call, *of_call[:2], together=n % 2 == 0)
                call = calls.filtered(lambda c, n=n: c.provider_uid == f"{CALL}-{n}")
                self.assertEqual(len(call), 1)
                self.assertEqual({name: call[name] for name in expected}, expected)

    def test_answered_call(self):
        customer = self.customer(phone=CUSTOMER)
        self.check_every_order(
            ANSWERED,
            direction="in",
            call_status="answered",
            duration=42,
            extension=DESK,
            recording_url=f"{RECORDING}.mp3",
            partner_id=customer,
            contact_value=CUSTOMER,
            line_id=self.voice_line,
        )

    def test_missed_call(self):
        """VO3: Twilio's "completed" does not hide that nobody answered."""
        lead = self.lead(phone=CUSTOMER)
        self.check_every_order(
            MISSED,
            direction="in",
            call_status="missed",
            duration=0,
            lead_id=lead,
            line_id=self.voice_line,
        )
        task = self.ring().activity_id
        self.assertEqual(task.mapped("user_id"), self.salesman, "the desk's user is told (RE4)")

    def test_outgoing_call(self):
        """A click to call rings the desk, then the customer: one outgoing line."""
        lead = self.lead(phone=CUSTOMER)
        desk = {"Direction": "outbound-api", "From": OUR_NUMBER, "To": DESK}
        leg = {"From": OUR_NUMBER, "To": CUSTOMER, "Called": CUSTOMER}
        self.check_every_order(
            (
                call_values("in-progress", **desk),
                leg_values("ringing", DESK) | leg,
                leg_values("completed", DESK, CallDuration="30") | leg,
                call_values("completed", CallDuration="44", **desk),
            ),
            direction="out",
            state="sent",
            call_status="answered",
            duration=30,
            lead_id=lead,
            contact_value=CUSTOMER,
        )

    def test_two_desks_ring_and_one_answers(self):
        """RE5: who answered is the extension that counts."""
        other = "+972552234567"
        calls = self.ring(
            leg_values("ringing", DESK),
            {**leg_values("ringing", other), "CallSid": "CA-other"},
            leg_values("canceled", DESK),
            {**leg_values("completed", other, CallDuration="9"), "CallSid": "CA-other"},
            call_values("completed", CallDuration="20"),
        )
        self.assertEqual(len(calls), 1)
        self.assertEqual((calls.call_status, calls.extension), ("answered", other))
        self.assertEqual(calls.duration, 9)

    def test_ringing_tells_the_desk(self):
        """VO2: the first event is the leg's, and the card opens then."""
        self.customer(phone=CUSTOMER)
        call = self.ring(leg_values("ringing", DESK))
        self.assertEqual((call.call_status, call.extension), ("ringing", DESK))

    def test_recording_waits_for_its_call(self):
        """A recording says nothing of who called: alone it makes no line, and is not lost."""
        recording = ANSWERED[-1]
        self.assertFalse(self.ring(recording))
        item = self.env["kala.inbound.item"].search(
            [("connection_id", "=", self.connection.id), ("kind", "=", "call")]
        )
        self.assertEqual(item.state, "pending")
        self.pass_time(6 * 3600)
        call = self.ring()
        self.assertEqual(len(call), 1, "after the longest call there may be it is logged alone")
        self.assertEqual(call.recording_url, f"{RECORDING}.mp3")

    def test_withheld_number(self):
        """MA6: never lost."""
        call = self.ring(call_values("no-answer", From="+266696687"))
        self.assertTrue(call.lead_id)
        self.assertFalse(call.contact_value)

    def test_unknown_line(self):
        """WA3: a number of ours that is not known yet becomes a line to set up."""
        call = self.ring(call_values("completed", To="+97231112222", CallDuration="3"))
        self.assertTrue(call.line_id.is_new)
        self.assertEqual((call.line_id.channel, call.line_id.address), ("voice", "+97231112222"))

    def test_nothing_is_written_from_a_voice_line(self):
        lead = self.lead(phone=CUSTOMER)
        with self.assertRaisesRegex(Exception, "not a channel for texts"):
            lead.kala_send("voice", body="Hello", line=self.voice_line)
        self.assertFalse(self.voice_line._can_send())
