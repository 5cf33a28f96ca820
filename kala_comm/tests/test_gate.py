from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools.messages import SendResult
from odoo.addons.kala_comm.tools.phone import ContactKey
from odoo.addons.kala_comm.tools.stopwords import answer_of

from .common import DANA, NOA, KalaCommon

#: moment → next opening of a window that is open Sunday to Thursday 9–17 in Jerusalem, with a
#: holiday on Monday 2026-11-23 (UTC; winter time is +2, summer time +3)
OPENINGS = [
    # Sunday inside
    (datetime(2026, 11, 22, 8, 0), datetime(2026, 11, 22, 8, 0)),
    # the first and the last moment
    (datetime(2026, 11, 22, 7, 0), datetime(2026, 11, 22, 7, 0)),
    (datetime(2026, 11, 22, 6, 59, 59), datetime(2026, 11, 22, 7, 0)),
    # Sunday evening: Monday is a holiday
    (datetime(2026, 11, 22, 15, 0), datetime(2026, 11, 24, 7, 0)),
    # in the holiday
    (datetime(2026, 11, 23, 9, 0), datetime(2026, 11, 24, 7, 0)),
    # Thursday evening: Sunday
    (datetime(2026, 11, 26, 15, 30), datetime(2026, 11, 29, 7, 0)),
    # midnight
    (datetime(2026, 11, 24, 22, 0), datetime(2026, 11, 25, 7, 0)),
    # summer time began on Friday 2026-03-27: Sunday 9:00 is 6:00 UTC
    (datetime(2026, 3, 26, 16, 0), datetime(2026, 3, 29, 6, 0)),
    # it ended on Sunday 2026-10-25: 9:00 is 7:00 UTC
    (datetime(2026, 10, 24, 12, 0), datetime(2026, 10, 25, 7, 0)),
]

#: text → answer (CO2)
ANSWERS = [
    ("STOP", False),
    (" stop. ", False),
    ("Unsubscribe", False),
    ("הסר", False),
    ("הסר!", False),
    ("توقف", False),
    ("Rezygnuję", False),
    ("START", True),
    ("please stop calling", None),
    ("stopped", None),
    ("", None),
    ("\u200fהסר\u200f", False),
    # wide, mathematical and accented letters, tatweel, vowel signs, what is not seen
    ("ＳＴＯＰ", False),
    ("𝐒𝐓𝐎𝐏", False),
    ("توقـــف", False),
    ("تَوَقَّف", False),
    ("הסֵר", False),
    ("usun", False),
    ("USUŃ", False),
    ("ST\u00adOP\u200b", False),
    ("ＳＴＡＲＴ", True),
    # ornaments
    ("🛑 STOP 🛑", False),
    ("“S.T.O.P.”", False),
    ("stop stop STOP", False),
    ("opt-out", False),
    ("Stop promotions", False),
    # as people ask for it
    ("Please stop", False),
    ("נא להסיר", False),
    ("תסירו אותי מהרשימה בבקשה", False),
    ("Proszę usunąć", False),
    ("stop by please", None),
    ("Cancel, please", None),
    ("please", None),
    ("proszę", None),
    # above a signature
    ("STOP\n-- \nDana Levi\nACME Ltd.", False),
    ("STOP\n\nSent from my iPhone", False),
    ("הסר\nנשלח מה-iPhone שלי", False),
    ("Wypisz\n- Ania", False),
    ("Stop\nDana Levi", False),
    ("הסר\n\nדנה לוי", False),
    ("START\n--\nDana", True),
    # whole sentences
    ("Stop\nby our office tomorrow", None),
    ("stop\n\nmy order", None),
    ("stop it", None),
    ("The end", None),
    ("cancel my order", None),
    ("לא להסיר", None),
    ("stop start", None),
    ("--\nDana", None),
    ("🛑", None),
    ("\n\n", None),
]


@tagged("post_install", "-at_install")
class TestGate(KalaCommon):
    """WI, CO, WA6: whether a message may leave, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dana = cls.env["res.partner"].create({"name": "Dana", "phone": DANA})
        cls.window = cls.env["resource.calendar"].create(
            {
                "name": "Office hours",
                "tz": "Asia/Jerusalem",
                "attendance_ids": [
                    Command.clear(),
                    *[
                        Command.create(
                            {"name": day, "dayofweek": day, "hour_from": 9, "hour_to": 17}
                        )
                        for day in ("6", "0", "1", "2", "3")
                    ],
                ],
            }
        )
        cls.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": cls.window.id,
                "date_from": datetime(2026, 11, 22, 22),
                "date_to": datetime(2026, 11, 23, 21, 59, 59),
            }
        )

    def closed_window(self):
        """:return: a window that is not open now, and opens within a week"""
        tomorrow = (self.now + timedelta(days=2)).weekday()
        return self.env["resource.calendar"].create(
            {
                "name": "Another day",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    Command.create(
                        {"name": "x", "dayofweek": str(tomorrow), "hour_from": 9, "hour_to": 17}
                    ),
                ],
            }
        )

    # ------------------------------------------------------------------ windows

    def test_openings(self):
        """WI2: weekdays, hours, holidays, midnight, both changes of the clocks."""
        for moment, opening in OPENINGS:
            with self.subTest(moment=moment):
                found = self.env["kala.send.window"]._next_opening(self.window, moment)
                self.assertEqual(found, opening)

    def test_opening_is_stable(self):
        """WI2: the opening is never before the moment, and is itself open."""
        windows = self.env["kala.send.window"]
        moment = datetime(2026, 3, 20)
        while moment < datetime(2026, 4, 5):
            opening = windows._next_opening(self.window, moment)
            self.assertGreaterEqual(opening, moment)
            self.assertEqual(windows._next_opening(self.window, opening), opening)
            moment += timedelta(hours=5, minutes=13)

    def test_text_waits_and_leaves(self):
        """WI1: outside the window a text waits, and the user sees until when."""
        self.company.kala_send_window_id = self.closed_window()
        sent = self.dana.kala_send("sms", body="x")
        self.assertEqual((sent.state, sent.wait_reason), ("scheduled", "window"))
        self.assertGreater(sent.send_after, self.now)
        self.dispatch()
        self.assertEqual(sent.state, "scheduled")
        self.company.kala_send_window_id = False
        self.pass_time(8 * 86400)
        self.dispatch()
        self.assertEqual(sent.state, "delivered")

    def test_window_that_closes_meanwhile(self):
        """WI1: a text that was queued in time and is late waits all the same."""
        sent = self.dana.kala_send("sms", body="x")
        self.company.kala_send_window_id = self.closed_window()
        self.dispatch()
        self.assertEqual((sent.state, sent.wait_reason), ("scheduled", "window"))

    def test_send_now_in_spite_of_it(self):
        """WI3: a user may send one message now."""
        self.company.kala_send_window_id = self.closed_window()
        sent = self.dana.kala_send("sms", body="x", now=True)
        self.dispatch()
        self.assertEqual(sent.state, "delivered")

    def test_line_overrides_the_company(self):
        """WI2: a line may have a window of its own."""
        self.company.kala_send_window_id = self.closed_window()
        always = self.env["resource.calendar"].create(
            {
                "name": "Always",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *[
                        Command.create(
                            {"name": "x", "dayofweek": str(day), "hour_from": 0, "hour_to": 24}
                        )
                        for day in range(7)
                    ],
                ],
            }
        )
        self.sms_line.calendar_id = always
        self.assertEqual(self.dana.kala_send("sms", body="x").state, "queued")

    def test_contact_in_another_zone(self):
        """WI2: by setting the hours are read where the contact lives."""
        self.company.kala_window_contact_tz = True
        windows = self.env["kala.send.window"]
        self.dana.tz = "America/New_York"
        zone = windows._zone_of(self.sms_line, self.dana, None)
        opening = windows._next_opening(self.window, datetime(2026, 11, 24, 8), zone)
        self.assertEqual(opening, datetime(2026, 11, 24, 14))

    def test_zone_that_odoo_filled_in(self):
        """WI2: a new customer has the zone of who made him; then his number tells where he is."""
        self.company.kala_window_contact_tz = True
        self.env.user.tz = "Asia/Jerusalem"
        windows = self.env["kala.send.window"]
        key = ContactKey("phone", "+12125550123")
        #: zone on the card → zone of the window
        for on_card, zone in (
            ("Asia/Jerusalem", "America/New_York"),
            ("Europe/Warsaw", "Europe/Warsaw"),
            (False, "America/New_York"),
        ):
            with self.subTest(on_card=on_card):
                self.dana.tz = on_card
                self.assertEqual(windows._zone_of(self.sms_line, self.dana, key), zone)
        self.dana.tz = "Asia/Jerusalem"
        of_company = windows._zone_of(self.sms_line, self.dana, ContactKey("phone", "+18005550123"))
        self.assertEqual(of_company, "Asia/Jerusalem", "a number of no place")

    def test_another_window_is_asked_at_once(self):
        """WI1, WI2: what waits for a window leaves at the opening of the present one: the
        company's, the line's, or its new hours."""
        closed = self.closed_window()
        always = [
            Command.create({"name": "x", "dayofweek": str(day), "hour_from": 0, "hour_to": 24})
            for day in range(7)
        ]
        for name, change in (
            ("company", lambda: self.company.write({"kala_send_window_id": False})),
            ("hours", lambda: closed.write({"attendance_ids": [Command.clear(), *always]})),
            (
                "line",
                lambda: self.sms_line.write(
                    {"calendar_id": closed.copy({"attendance_ids": always}).id}
                ),
            ),
        ):
            with self.subTest(change=name), self.env.cr.savepoint() as savepoint:
                self.company.kala_send_window_id = closed
                sent = self.dana.kala_send("sms", body="x")
                self.assertEqual(sent.wait_reason, "window")
                change()
                self.dispatch()
                self.assertEqual(sent.state, "delivered")
                savepoint.rollback()

    def test_wi4_another_window_keeps_the_chosen_time(self):
        """WI2, WI4: what somebody scheduled for later waits for its own time, whatever becomes
        of the window that it would have met."""
        later = fields.Datetime.now() + timedelta(days=2)
        self.company.kala_send_window_id = self.closed_window()
        sent = self.dana.kala_send("sms", body="x", send_after=self._closed_hour(later))
        chosen = self._closed_hour(later)
        mass = self.env["kala.mass.send"].create(
            {"name": "M", "record_ids": self.dana.ids, "body": "x", "send_after": chosen}
        )
        mass.action_start()
        self.run_mass_job()
        changed = self.dana.kala_send("sms", body="x")
        wizard = self.env["kala.change"].create(
            {"communication_id": changed.id, "body": "y", "send_when": "later"}
        )
        wizard.send_after = chosen
        wizard.action_save()
        waiting = sent | mass.communication_ids | changed
        self.assertEqual(waiting.mapped("wait_reason"), ["window"] * 3)
        self.company.kala_send_window_id = False
        self.dispatch()
        self.assertEqual(set(waiting.mapped("state")), {"scheduled"})
        self.assertEqual(set(waiting.mapped("send_after")), {chosen})

    def _closed_hour(self, moment):
        """:return: before the opening of :meth:`closed_window` on that day"""
        return moment.replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def test_wi2_a_holiday_that_is_none(self):
        """WI2: what waited for the end of a holiday leaves when the holiday is taken away or
        moved, of one calendar or of all."""
        always = self.closed_window().copy(
            {
                "attendance_ids": [
                    Command.create(
                        {"name": "x", "dayofweek": str(day), "hour_from": 0, "hour_to": 24}
                    )
                    for day in range(7)
                ]
            }
        )
        self.company.kala_send_window_id = always
        now = fields.Datetime.now()
        away = {"date_from": now + timedelta(days=20), "date_to": now + timedelta(days=21)}
        for name, calendar, change in (
            ("taken away", always, lambda leave: leave.unlink()),
            ("moved", always, lambda leave: leave.write(away)),
            ("of all", always.browse(), lambda leave: leave.unlink()),
        ):
            with self.subTest(change=name), self.env.cr.savepoint() as savepoint:
                leave = self.env["resource.calendar.leaves"].create(
                    {
                        "name": "Holiday",
                        "calendar_id": calendar.id,
                        "company_id": self.company.id,
                        "date_from": now - timedelta(hours=1),
                        "date_to": now + timedelta(days=2),
                    }
                )
                sent = self.dana.kala_send("sms", body="x")
                self.assertEqual(sent.wait_reason, "window")
                change(leave)
                self.dispatch()
                self.assertEqual(sent.state, "delivered")
                savepoint.rollback()

    def test_mass_send_does_not_ignore_the_window(self):
        """WI3: a mass send waits for the opening like everybody."""
        self.company.kala_send_window_id = self.closed_window()
        mass = self.env["kala.mass.send"].create(
            {"name": "M", "record_ids": self.dana.ids, "body": "x"}
        )
        mass.action_start()
        self.run_mass_job()
        self.dispatch()
        self.assertEqual(mass.communication_ids.mapped("wait_reason"), ["window"])

    def test_waiting_messages_leave_in_order(self):
        """WI1: what waited for the opening leaves in the order in which it was written."""
        self.company.kala_send_window_id = self.closed_window()
        sent = [self.dana.kala_send("sms", body=str(n)) for n in range(3)]
        self.company.kala_send_window_id = False
        with self.provider_answers(lambda m: SendResult.sent(f"m{m.id}")) as asked:
            self.dispatch()
        self.assertEqual(asked, [m.id for m in sent])

    def test_empty_window_is_refused(self):
        """WI2: a window that never opens is refused with a sentence."""
        empty = self.env["resource.calendar"].create(
            {"name": "Never", "attendance_ids": [Command.clear()]}
        )
        with self.assertRaisesRegex(ValidationError, "never leave"):
            self.company.kala_send_window_id = empty

    # ------------------------------------------------------------------ consent

    def allow(self, allowed, channel="sms", value=DANA):
        key = self.dana._kala_own_keys()[0]._replace(value=value)
        self.env["kala.contact.permission"]._set(self.company, key, [channel], allowed, "test")

    def test_opted_out_gets_nothing(self):
        """CO1: who opted out is not written to, on that channel only."""
        self.allow(False, "whatsapp")
        with self.assertRaisesRegex(UserError, "opted out"):
            self.dana.kala_send("whatsapp", body="x")
        self.assertEqual(self.dana.kala_send("sms", body="x").state, "queued")

    def test_consent_required(self):
        """CO1: where consent is required, no consent means no message."""
        self.company.kala_consent_required = True
        with self.assertRaisesRegex(UserError, "has not agreed"):
            self.dana.kala_send("sms", body="x")
        self.allow(True)
        self.assertEqual(self.dana.kala_send("sms", body="x").state, "queued")

    def test_opt_out_between_queue_and_send(self):
        """CO2: the gate is in the send itself."""
        sent = self.dana.kala_send("sms", body="x")
        self.allow(False)
        self.dispatch()
        self.assertEqual((sent.state, sent.failure_kind), ("failed", "consent"))
        self.assertFalse(sent.attempt_ids)

    def test_blacklists_both_ways(self):
        """CO2: Odoo's phone blacklist is honoured and fed."""
        blacklist = self.env["phone.blacklist"]
        blacklist._add([NOA])
        noa = self.customer("Noa", phone=NOA)
        with self.assertRaisesRegex(UserError, "blacklist"):
            noa.kala_send("sms", body="x")
        self.allow(False)
        self.assertTrue(blacklist.search([("number", "=", DANA)]))
        self.allow(True)
        self.assertFalse(blacklist.search([("number", "=", DANA)]))

    def test_stop_words(self):
        """CO2: the whole message must be the word."""
        for text, answer in ANSWERS:
            with self.subTest(text=text):
                self.assertIs(answer_of(text), answer)

    def test_stop_is_recorded_and_confirmed_once(self):
        """CO2: a stop word opts out, with proof, and is confirmed once."""
        self.incoming(sender=DANA, text="STOP")
        self.incoming(sender=DANA, text="stop")
        proofs = self.env["kala.consent"].search([("contact_value", "=", DANA)])
        self.assertEqual(proofs.mapped("allowed"), [False])
        self.assertIn("STOP", proofs.origin)
        confirmed = self.env["kala.communication"].search([("is_service", "=", True)])
        self.assertEqual(len(confirmed), 1)
        self.dispatch()
        self.assertEqual(confirmed.state, "delivered")
        self.incoming(sender=DANA, text="START")
        self.assertEqual(self.dana.kala_send("sms", body="x").state, "queued")

    def test_stop_of_a_number_that_odoo_does_not_know(self):
        """CO2: Odoo's blacklist takes only numbers of its own rules; an opt-out of another one is
        one all the same, and is not lost."""
        odd = "+972501234567"
        self.assertFalse(self.env.user._phone_format(number=odd))
        message = self.incoming(sender=odd, text="STOP")
        self.assertTrue(message)
        answers = self.env["kala.contact.permission"]._answers(
            {(self.company.id, "phone", odd, "sms")}
        )
        self.assertEqual(list(answers.values()), [False])
        self.assertTrue(self.incoming(sender=odd, text="START"))
        self.assertEqual(
            self.customer("Odd", phone=odd).kala_send("sms", body="x").contact_value, odd
        )

    def test_proof_is_append_only(self):
        """CO2: a proof is neither changed nor deleted."""
        self.allow(False)
        proof = self.env["kala.consent"].search([], limit=1)
        with self.assertRaises(UserError):
            proof.allowed = True
        with self.assertRaises(UserError):
            proof.unlink()
        clerk = self._make_user("consents")
        self.env["kala.contact.permission"].with_user(clerk)._set(
            self.company, self.dana._kala_own_keys()[0], ["sms"], True, "said so"
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            clerk.unlink()

    def test_companies_are_apart(self):
        """CO1: an opt-out in one company says nothing in another."""
        self.allow(False)
        connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        key = self.dana._kala_own_keys()[0]
        answers = self.env["kala.contact.permission"]._answers(
            {(self.other_company.id, key.kind, key.value, "sms")}
        )
        self.assertFalse(answers)

    # ------------------------------------------------------------------ 24 hours

    def test_free_text_window(self):
        """WA6: outside the provider's 24 hours free text is refused before it is sent."""
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_free_text_hours", 24)
        with self.assertRaisesRegex(UserError, "24 hours"):
            self.dana.kala_send("sms", body="x")
        self.incoming(sender=DANA, text="hi")
        self.assertEqual(self.dana.kala_send("sms", body="x").state, "queued")
