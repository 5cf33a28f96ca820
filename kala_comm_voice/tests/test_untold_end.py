"""VO1: a call whose end nobody tells."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon
from .test_calls import ANSWERED, HANGUP, MISSED, RINGING

LEG = {"call_id": "C1", "leg_id": "L1", "event": "ringing"}


@tagged("post_install", "-at_install")
class TestUntoldEnd(VoiceCommon):
    def setUp(self):
        super().setUp()
        self.dana = self.customer(phone=DANA)

    def wait(self, call, **delta):
        call.date -= timedelta(**delta)
        self.run_inbox()
        self.env.invalidate_all()

    def test_vo1_it_rings_no_longer(self):
        """VO1, TA1: after an hour the line says that its end was not told; nobody gets a task of
        what may have been a good talk."""
        call = self.ring(RINGING)
        self.wait(call, minutes=50)
        self.assertEqual(call.call_status, "ringing")
        self.wait(call, minutes=20)
        self.assertEqual((call.call_status, call.state), ("untold", "received"))
        self.assertEqual(call.state_words, "End not told")
        self.assertIn("End not told", call.mail_message_id.body)
        self.assertFalse(call.activity_id)
        self.assertFalse(self.dana.activity_ids)

    def test_vo1_the_end_comes_after_all(self):
        """VO1: what is told later counts as ever, in any order; that it rang is old news."""
        for n, (events, status, tasks) in enumerate(
            (
                ((HANGUP,), "answered", 0),
                ((ANSWERED, HANGUP), "answered", 0),
                ((MISSED, RINGING), "missed", 1),
                ((RINGING,), "untold", 0),
                ((LEG,), "untold", 0),
            )
        ):
            with self.subTest(events=[event["event"] for event in events]):
                self.dana.activity_ids.unlink()
                name = f"C{n}"
                self.ring({**RINGING, "call_id": name})
                call = self.calls().filtered(lambda c, name=name: c.provider_uid == name)
                self.wait(call, hours=2)
                self.assertEqual(call.call_status, "untold")
                self.ring(*({**event, "call_id": name} for event in events))
                self.assertEqual(call.call_status, status)
                self.assertEqual(len(self.dana.activity_ids), tasks)

    def test_vo1_what_ended_stays(self):
        call = self.ring(RINGING, MISSED)
        self.wait(call, hours=2)
        self.assertEqual(call.call_status, "missed")
