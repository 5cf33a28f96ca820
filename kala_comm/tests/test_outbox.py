"""DE, SE and the contract of ``kala_send``: from a text to its last delivery report."""

from datetime import timedelta
from itertools import pairwise

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, KalaCommon
from odoo.addons.kala_comm.tools import const
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult


def accepted(communication):
    return SendResult.sent(f"p-{communication.id}")


def refused(kind, **values):
    return SendResult.refused(kind, f"because of {kind}", **values)


@tagged("post_install", "-at_install")
class TestKalaSend(KalaCommon):
    """The contract of docs/architecture.md, 4: what a call returns, refuses and keeps."""

    def test_one_record(self):
        """SE1: a text to a lead is queued to its mobile, from the default line, and leaves."""
        made = self.lead(phone="03-7654321", kala_phone2="050-234-5678", user_id=self.salesman.id)
        message = made.with_user(self.salesman).kala_send("sms", body="Hello שלום")
        self.assertEqual(message.state, "queued")
        self.assertEqual(message.contact_value, DANA, "the mobile among all phones (SE1)")
        self.assertEqual(message.line_id, self.sms_line)
        self.assertEqual(message.user_id, self.salesman)
        self.assertEqual(message.lead_id, made)
        self.assertEqual(message.priority, const.PRIORITY_PERSON)
        self.dispatch()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.attempt_ids.mapped("state"), ["delivered"])
        self.assertTrue(message.provider_uid)

    def test_every_model(self):
        """kala_send works on leads, orders and customers."""
        dana = self.customer(phone=DANA)
        for record in (dana, self.lead(partner_id=dana.id), self.order(dana)):
            with self.subTest(model=record._name):
                message = record.kala_send("whatsapp", body="Hello")
                self.assertEqual(message._record(), record)
                self.assertEqual(message.partner_id, dana)
                self.assertEqual(message.line_id, self.whatsapp_line)

    def test_fresh_phone(self):
        """A phone that was typed a moment ago, in this very transaction, counts."""
        made = self.lead(phone=NOA)
        made.phone = DANA
        self.assertEqual(made.kala_send("sms", body="Hello").contact_value, DANA)

    def test_key_makes_a_repeat_harmless(self):
        """``key``: a repeated request returns the first result, for each record its own."""
        made = self.lead(phone=DANA)
        first = made.kala_send("sms", body="Hello", key="welcome")
        self.assertEqual(made.kala_send("sms", body="Changed", key="welcome"), first)
        self.assertEqual(first.body, "Hello")
        other = self.lead(phone=NOA)
        both = (made | other).kala_send("sms", body="Hello", key="welcome")
        self.assertEqual(len(both), 2)
        self.assertIn(first, both)
        self.assertEqual(len(other.kala_communication_ids), 1)
        self.assertNotEqual(made.kala_send("sms", body="Hello", key="again"), first)
        self.assertNotEqual(made.kala_send("sms", body="Hello"), first)

    def test_key_answers_in_the_order_of_the_records(self):
        """``key``: a repeat returns the first result, in the order in which it was asked."""
        made = self.lead(phone=DANA) | self.lead(phone=NOA)
        first = made.kala_send("sms", body="Hello", key="welcome")
        self.assertEqual(made.kala_send("sms", body="Hello", key="welcome").ids, first.ids)
        late = made[::-1] | self.lead(phone=DANA)
        third = late.kala_send("sms", body="Hello", key="welcome")
        self.assertEqual(third.lead_id.ids, late.ids)

    def test_a_record_named_twice_is_written_to_once(self):
        """DE3: ids that came over RPC twice are one record, with a key and without."""
        made = self.lead(phone=DANA)
        twice = made.browse([made.id, made.id])
        for key in (None, "welcome"):
            with self.subTest(key=key):
                self.assertEqual(len(twice.kala_send("sms", body="Hello", key=key).ids), 1)

    def test_several_records_with_one_bad(self):
        """Several records: who cannot be written to comes back as failed, with the reason."""
        good, bad = self.lead("Good", phone=DANA), self.lead("No phone")
        messages = (good | bad).kala_send("sms", body="Hello")
        by_lead = {m.lead_id: m for m in messages}
        self.assertEqual(by_lead[good].state, "queued")
        self.assertEqual(by_lead[bad].state, "failed")
        self.assertEqual(by_lead[bad].failure_kind, "address")
        self.assertIn("No phone", by_lead[bad].failure_reason)

    def test_nobody_can_be_written_to(self):
        """If none can be sent to, a sentence says why, and nothing is made."""
        leads = self.lead("One") | self.lead("Two", phone="*2700") | self.lead(phone="03-1234567")
        before = self.env["kala.communication"].search_count([])
        with self.assertRaisesRegex(UserError, "One has no address"):
            leads.kala_send("sms", body="Hello")
        self.assertEqual(self.env["kala.communication"].search_count([]), before)

    def test_bad_requests(self):
        """Each bad request is refused with a sentence."""
        made = self.lead(phone=DANA)
        for values, words in [
            ({"channel": "sms", "body": ""}, "Write a text"),
            ({"channel": "sms", "body": "  \n"}, "Write a text"),
            ({"channel": "sms"}, "Write a text"),
            ({"channel": "fax", "body": "x"}, "not a channel"),
            ({"channel": "voice", "body": "x"}, "not a channel"),
            ({"channel": "sms", "body": "x", "number": "12"}, "not a phone number"),
            ({"channel": "sms", "body": "x", "number": "Dana"}, "not a phone number"),
            ({"channel": "heron", "body": "x"}, "No line for this channel"),
            ({"channel": "sms", "body": "x", "line": self.whatsapp_line}, "another channel"),
        ]:
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                made.kala_send(**values)
        with self.assertRaisesRegex(UserError, "at least one record"):
            self.env["crm.lead"].kala_send("sms", body="x")

    def test_another_number(self):
        """SE3: another number than the card's, in any spelling."""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello", number="052-234-5678")
        self.assertEqual(message.contact_value, NOA)

    def test_line_by_id_and_attachments_by_ids(self):
        """Over RPC, lines and attachments are ids."""
        attachment = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"x"})
        message = self.lead(phone=DANA).kala_send(
            "sms", line=self.sms_line.id, attachments=attachment.ids
        )
        self.assertEqual(message.attachment_ids, attachment)
        self.assertEqual(message.line_id, self.sms_line)

    def test_se4_answers_from_the_line_written_to(self):
        """SE4: by default one answers from the line the contact wrote to."""
        second = self.env["kala.line"].create(
            {
                "name": "Second",
                "channel": "sms",
                "connection_id": self.connection.id,
                "address": "03-5555555",
            }
        )
        made = self.lead(phone=DANA)
        self.assertEqual(made.kala_send("sms", body="1").line_id, self.sms_line)
        self.incoming(sender=DANA, line="03-5555555")
        self.assertEqual(made.kala_send("sms", body="2").line_id, second)
        self.assertEqual(made.kala_send("sms", body="3", line=self.sms_line).line_id, self.sms_line)

    def test_default_address_is_where_the_contact_last_wrote_from(self):
        """Of several mobiles the one that last wrote on that channel."""
        made = self.lead(phone=DANA, kala_phone2=NOA)
        self.assertEqual(made.kala_send("sms", body="1").contact_value, DANA)
        self.incoming(sender=NOA)
        self.assertEqual(made.kala_send("sms", body="2").contact_value, NOA)
        self.assertEqual(made.kala_send("whatsapp", body="3").contact_value, DANA)

    def test_states_of_the_connection(self):
        """A draft connection refuses; paused or in error it accepts and keeps."""
        made = self.lead(phone=DANA)
        self.connection.action_draft()
        with self.assertRaisesRegex(UserError, "No line for this channel|not connected"):
            made.kala_send("sms", body="Hello")
        with self.assertRaisesRegex(UserError, "not connected"):
            made.kala_send("sms", body="Hello", line=self.sms_line)
        self.connection.action_connect()
        for stop in (
            self.connection.action_pause,
            lambda: self.connection._set_state("error", "x"),
        ):
            stop()
            message = made.kala_send("sms", body="Hello")
            self.dispatch()
            self.assertEqual(message.state, "queued")
            self.assertFalse(message.attempt_ids)
            self.connection.action_resume()
            self.dispatch()
            self.assertEqual(message.state, "delivered")

    def test_rights(self):
        """SC4: it needs write access to the record, the user group, and use of the line."""
        made = self.lead(phone=DANA, user_id=self.colleague.id)
        for user in (self.salesman, self.clerk, self.stranger):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                made.with_user(user).kala_send("sms", body="Hello")
        self.assertTrue(made.with_user(self.colleague).kala_send("sms", body="Hello"))
        self.sms_line.user_ids = self.manager
        with self.assertRaisesRegex(UserError, "may not send from"):
            made.with_user(self.colleague).kala_send("sms", body="x", line=self.sms_line)
        with self.assertRaises(UserError):
            made.with_user(self.colleague).kala_send("sms", body="x")
        self.assertTrue(made.with_user(self.manager).kala_send("sms", body="x"))

    def test_line_of_another_company(self):
        """A lead of our company is not written to from another company's line."""
        _connection, other_line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        made = self.lead(phone=DANA, company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "another channel or company"):
            made.kala_send("sms", body="x", line=other_line)
        theirs = self.order(self.customer(phone=DANA), company_id=self.other_company.id)
        self.assertEqual(theirs.kala_send("sms", body="x").line_id, other_line)

    def test_stored_text(self):
        """What PostgreSQL cannot store is replaced; templates in a text are text (SC3)."""
        message = self.lead(phone=DANA).kala_send("sms", body="a\x00b {{ 7*7 }} <b>x</b>")
        self.assertEqual(message.body, "a\ufffdb {{ 7*7 }} <b>x</b>")


@tagged("post_install", "-at_install")
class TestOutbox(KalaCommon):
    def setUp(self):
        super().setUp()
        self.made = self.lead(phone=DANA)

    def send(self, record=None, **values):
        return (record or self.made).kala_send("sms", **{"body": "Hello", **values})

    # ------------------------------------------------------------------ scheduled, cancelled

    def test_wi4_scheduled(self):
        """WI4: a scheduled message waits for its time, and says so."""
        at = fields.Datetime.now() + timedelta(hours=2)
        message = self.send(send_after=at)
        self.assertEqual((message.state, message.wait_reason), ("scheduled", "person"))
        self.assertEqual(message.send_after, at)
        self.dispatch()
        self.assertEqual(message.state, "scheduled")
        self.pass_time(7300)
        self.dispatch()
        self.assertEqual(message.state, "delivered")
        self.assertFalse(message.wait_reason)

    def test_wi4_cancel(self):
        """WI4: what has not left can be cancelled, and comes back by Resend."""
        message = self.send()
        message.action_cancel()
        self.dispatch()
        self.assertEqual(message.state, "cancelled")
        message.action_resend()
        self.dispatch()
        self.assertEqual(message.state, "delivered")
        with self.assertRaisesRegex(UserError, "left already"):
            message.action_cancel()

    def test_de4_resend_of_what_may_have_arrived(self):
        """DE4: Resend asks only where something may have arrived, and sends nothing then."""
        failed, unsure = self.send(), self.send()
        (failed | unsure).write({"state": "failed"})
        unsure.state = "unknown"
        with self.assertRaisesRegex(UserError, "1 of the selected"):
            (failed | unsure).action_resend_failed()
        self.assertEqual((failed.state, unsure.state), ("failed", "unknown"))
        failed.action_resend_failed()
        self.assertEqual(failed.state, "queued")

    def test_buttons_need_rights(self):
        """SC4: the buttons of a message need write access to its record."""
        self.made.user_id = self.colleague
        message = self.send()
        for action in ("action_cancel", "action_resend", "action_arrived"):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(message.with_user(self.salesman), action)()
        message.with_user(self.colleague).action_cancel()
        incoming = self.incoming(sender=DANA)
        with self.assertRaisesRegex(UserError, "outgoing"):
            incoming.action_resend()

    # ------------------------------------------------------------------ DE1

    def test_de1_forward_only(self):
        """DE1: of every pair of states, reports move forward only."""
        reported = ("sent", "failed", "delivered", "read")
        messages = {}
        for before in const.STATE_RANK:
            for state in reported:
                messages[before, state] = self.log(
                    self.made,
                    state=before,
                    connection_id=self.connection.id,
                    provider_uid=f"{before}-{state}",
                )
        self.take(
            *[DeliveryReport(uid=f"{before}-{state}", state=state) for before, state in messages]
        )
        rank = const.STATE_RANK.index
        for (before, state), message in messages.items():
            with self.subTest(before=before, report=state):
                expected = state if rank(state) > rank(before) else before
                self.assertEqual(message.state, expected)

    def test_de1_order_of_reports(self):
        """DE1: reports in any order, repeated, in one batch or many, end in the same state."""
        for n, order in enumerate(
            [
                ("sent", "delivered", "read"),
                ("read", "delivered", "sent"),
                ("delivered", "sent", "read", "read"),
                ("failed", "delivered", "read"),
                ("read", "failed", "sent"),
            ]
        ):
            for together in (True, False):
                with self.subTest(order=order, together=together):
                    uid = f"m-{n}-{together}"
                    message = self.log(
                        self.made, connection_id=self.connection.id, provider_uid=uid
                    )
                    reports = [DeliveryReport(uid=uid, state=state) for state in order]
                    if together:
                        self.take(*reports)
                    else:
                        for report in reports:
                            self.take(report)
                    self.assertEqual(message.state, "read")

    def test_de1_unknown_words(self):
        """DE1: a state that nobody knows changes nothing."""
        message = self.log(self.made, connection_id=self.connection.id, provider_uid="m")
        item = self.take(DeliveryReport(uid="m", state="accepted"))
        self.assertEqual(message.state, "sent")
        self.assertEqual(item.state, "done")

    def test_de1_reports_of_another_connection(self):
        """DE1: the same id at another connection is another message."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        message = self.log(self.made, connection_id=self.connection.id, provider_uid="m")
        self.take(DeliveryReport(uid="m", state="read"), connection=connection)
        self.assertEqual(message.state, "sent")

    def test_de1_report_by_our_own_id(self):
        """DE3: a report with our own id finds the message, whose provider id we never got."""
        message = self.send()
        with self.provider_answers(SendResult.unknown("timed out")):
            self.dispatch()
        self.assertEqual(message.state, "unknown")
        self.take(DeliveryReport(uid="p-77", key=message._echo_key(), state="delivered"))
        self.assertEqual((message.state, message.provider_uid), ("delivered", "p-77"))

    def test_de1_late_report_of_an_earlier_attempt(self):
        """DE1, DE4: a report about the first attempt counts for the message."""
        message = self.send()
        with self.provider_answers(SendResult.sent("first")):
            self.dispatch()
        self.take(DeliveryReport(uid="first", state="failed", failure_kind="address"))
        message.action_resend()
        with self.provider_answers(SendResult.sent("second")):
            self.dispatch()
        self.assertEqual((message.state, message.provider_uid), ("sent", "second"))
        self.take(DeliveryReport(uid="first", state="delivered"))
        self.assertEqual(message.state, "delivered")

    # ------------------------------------------------------------------ DE2

    def test_de2_kinds(self):
        """DE2: temporary failures and limits retry by themselves, the others wait for a
        person, DE5's pause the connection."""
        for n, (kind, _label) in enumerate(const.FAILURE_KINDS):
            with self.subTest(kind=kind):
                # Somebody else each time: who opted out is not written to again.
                message = self.send(self.lead(phone=f"+9725023456{n:02d}"))
                with self.provider_answers(refused(kind)):
                    self.dispatch()
                if kind in const.RETRY_KINDS:
                    self.assertEqual(message.state, "queued")
                    self.assertGreater(message.send_after, fields.Datetime.now())
                    reason = "limit" if kind == "limit" else "retry"
                    self.assertEqual(message.wait_reason, reason)
                elif kind in const.PAUSE_KINDS:
                    self.assertEqual(message.state, "queued")
                    self.assertEqual(self.connection.state, "error")
                    self.connection.action_connect()
                else:
                    self.assertEqual(message.state, "failed")
                self.assertEqual(message.failure_kind, kind)
                self.assertEqual(message.failure_reason, f"because of {kind}")
                if message.state == "queued":
                    message.action_cancel()

    def test_de2_growing_pauses_and_an_end(self):
        """DE2: pauses grow; after N attempts [5] the message has failed, all attempts kept."""
        message = self.send()
        pauses = []
        with self.provider_answers(refused("temporary")) as asked:
            for _n in range(self.company.kala_max_attempts):
                self.dispatch()
                if message.state == "queued":
                    pause = (message.send_after - fields.Datetime.now()).total_seconds()
                    pauses.append(pause)
                    self.dispatch()
                    self.assertEqual(len(asked), len(pauses), "not before its time")
                    self.pass_time(pause + 5)
        self.assertEqual(message.state, "failed")
        self.assertEqual(len(pauses), 4)
        self.assertTrue(all(a < b for a, b in pairwise(pauses)), pauses)
        self.assertEqual(len(message.attempt_ids), 5)
        self.assertEqual(set(message.attempt_ids.mapped("failure_kind")), {"temporary"})
        self.assertEqual(sorted(message.attempt_ids.mapped("number")), [1, 2, 3, 4, 5])

    def test_de2_retry_after(self):
        """DE2: a limit comes back when the provider said."""
        message = self.send()
        with self.provider_answers(refused("limit", retry_after=600.0)):
            self.dispatch()
        wait = (message.send_after - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(wait, 600, delta=5)

    def test_de2_reported_later(self):
        """DE2: a temporary failure that is only reported later retries too."""
        message = self.send()
        with self.provider_answers(SendResult.sent("p-1")):
            self.dispatch()
        self.take(DeliveryReport(uid="p-1", state="failed", failure_kind="temporary"))
        self.assertEqual((message.state, message.wait_reason), ("queued", "retry"))
        self.pass_time(120)
        with self.provider_answers(SendResult.sent("p-2")):
            self.dispatch()
        self.assertEqual((message.state, message.provider_uid), ("sent", "p-2"))

    # ------------------------------------------------------------------ DE3

    def test_de3_unknown_is_not_sent_again(self):
        """DE3: what the provider may have is not sent again by itself, whatever time passes."""
        message = self.send()
        with self.provider_answers(SendResult.unknown("timed out")) as asked:
            self.dispatch()
            self.pass_time(100_000)
            self.dispatch()
            self.sweep()
            self.dispatch()
        self.assertEqual(len(asked), 1)
        self.assertEqual(message.state, "unknown")
        self.assertEqual(message.failure_reason, "timed out")

    def test_de3_a_person_decides(self):
        """DE3: "it arrived", or "send again"."""
        first, second = self.send(), self.send(self.lead(phone=NOA))
        with self.provider_answers(SendResult.unknown("timed out")):
            self.dispatch()
        first.action_arrived()
        self.assertEqual(first.state, "sent")
        second.action_resend()
        self.dispatch()
        self.assertEqual(second.state, "delivered")
        self.assertEqual(len(second.attempt_ids), 2)
        with self.assertRaisesRegex(UserError, "Unknown"):
            second.action_arrived()
        with self.assertRaisesRegex(UserError, "sent again"):
            second.action_resend()

    def test_de3_killed_while_sending(self):
        """DE3: what was in `sending` when a server died is unknown, what was only claimed is
        free again."""
        sending, claimed = self.send(), self.send(self.lead(phone=NOA))
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE kala_communication SET state = %s, claim_token = 'dead',
                      claimed_until = now() AT TIME ZONE 'UTC' + interval '50 seconds'
                WHERE id = %s""",
            ["sending", sending.id],
        )
        self.env.cr.execute(
            """UPDATE kala_communication SET claim_token = 'dead',
                      claimed_until = now() AT TIME ZONE 'UTC' + interval '50 seconds'
                WHERE id = %s""",
            [claimed.id],
        )
        self.env.invalidate_all()
        self.sweep()
        self.dispatch()
        self.assertEqual((sending.state, claimed.state), ("sending", "queued"), "still in time")
        self.pass_time(60)
        self.sweep()
        self.dispatch()
        self.assertEqual((sending.state, claimed.state), ("unknown", "delivered"))

    @mute_logger("odoo.addons.kala_comm.models.outbound.kala_dispatcher_chunk")
    def test_a_message_that_cannot_be_built(self):
        """A fault while building a request: nothing left, the message waits for a person, and
        its neighbours leave."""
        bad, good = self.send(), self.send(self.lead(phone=NOA))
        with self.provider_answers(ValueError("no template token=abc"), accepted):
            self.dispatch()
        self.assertEqual((bad.state, bad.failure_kind), ("failed", "rejected"))
        self.assertNotIn("abc", bad.failure_reason, "secrets are masked (SC2)")
        self.assertEqual(good.state, "sent")

    # ------------------------------------------------------------------ DE5

    def test_de5_pause_and_recovery(self):
        """DE5: no credit or a dead connection pauses it, tells its users once, keeps the
        messages, and goes on by itself."""
        for kind in const.PAUSE_KINDS:
            with self.subTest(kind=kind):
                messages = [self.send(self.lead(phone=p)) for p in (DANA, NOA, OMER)]
                before = self.env["mail.message"].search_count(
                    [("message_type", "=", "user_notification")]
                )
                with self.provider_answers(refused(kind)):
                    self.dispatch()
                    self.dispatch()
                self.assertEqual({m.state for m in messages}, {"queued"})
                self.assertEqual(self.connection.state, "error")
                self.assertEqual(self.connection.state_reason, f"because of {kind}")
                told = self.env["mail.message"].search_count(
                    [("message_type", "=", "user_notification")]
                )
                self.assertEqual(told - before, 1)
                with self.job() as env:
                    env["kala.connection"]._cron_check_broken()
                self.assertEqual(self.connection.state, "connected")
                self.dispatch()
                self.assertEqual({m.state for m in messages}, {"delivered"})

    def test_de5_a_pause_is_no_try(self):
        """DE5, DE2: what a dead connection kept has all its tries left when it is back."""
        self.company.kala_max_attempts = 2
        message = self.send()
        for _n in range(3):
            with self.provider_answers(refused("credit")):
                self.dispatch()
            self.assertEqual((message.state, self.connection.state), ("queued", "error"))
            self.connection.state = "connected"
        for state in ("queued", "failed"):
            with self.provider_answers(refused("temporary")):
                self.dispatch()
            self.assertEqual(message.state, state)
            self.pass_time(120)

    # ------------------------------------------------------------------ order, priority

    def test_one_persons_messages_keep_their_order(self):
        """docs/architecture.md, 3.5: only the oldest unsent message of a line and recipient may
        leave."""
        messages = [self.send(body=f"{n}") for n in range(4)]
        with self.provider_answers(accepted) as asked:
            self.dispatch()
        self.assertEqual(asked, [m.id for m in messages])

    def test_a_retry_holds_what_follows(self):
        """docs/architecture.md, 3.5: while the first waits for its retry, the second does not
        overtake."""
        first, second = self.send(), self.send()
        other = self.send(self.lead(phone=NOA))
        with self.provider_answers(refused("temporary"), accepted):
            self.dispatch()
        self.assertEqual((first.state, second.state, other.state), ("queued", "queued", "sent"))
        self.pass_time(120)
        with self.provider_answers(accepted) as asked:
            self.dispatch()
        self.assertEqual(asked, [first.id, second.id])

    def test_an_unsure_message_holds_nothing(self):
        """DE3: an unknown message does not block those that follow."""
        first, second = self.send(), self.send()
        with self.provider_answers(SendResult.unknown("?"), accepted):
            self.dispatch()
        self.assertEqual((first.state, second.state), ("unknown", "sent"))

    def test_br3_a_typed_answer_passes_a_mass_send(self):
        """BR3: by priority, then time."""
        leads = [self.lead(phone=f"+97250234{n:04}") for n in range(3)]
        mass = [self.send(one.with_context(kala_priority=2)) for one in leads]
        automatic = self.send(leads[0].with_context(kala_priority=1))
        typed = self.send(leads[0])
        with self.provider_answers(accepted) as asked:
            self.dispatch()
        self.assertEqual(asked[0], typed.id)
        self.assertLess(asked.index(automatic.id), asked.index(mass[0].id))

    def test_a_scheduled_message_does_not_hold_the_others(self):
        """WI4: what is scheduled for tomorrow does not stop today's answer."""
        self.send(send_after=fields.Datetime.now() + timedelta(days=1))
        today = self.send()
        self.dispatch()
        self.assertEqual(today.state, "delivered")

    def test_many(self):
        """More than one claim's worth leaves."""
        leads = self.env["crm.lead"].create(
            [{"name": f"{n}", "phone": f"+97250234{n:04}"} for n in range(150)]
        )
        messages = leads.kala_send("sms", body="Hello")
        self.dispatch()
        self.assertEqual(set(messages.mapped("state")), {"delivered"})
        self.assertEqual(len(set(messages.mapped("provider_uid"))), 150)

    # ------------------------------------------------------------------ DE4

    def test_de4_resend_several(self):
        """DE4: select rows, Resend; each is a new attempt, the old ones stay visible."""
        messages = self.send() | self.send(self.lead(phone=NOA))
        with self.provider_answers(refused("address")):
            self.dispatch()
        self.assertEqual(set(messages.mapped("state")), {"failed"})
        messages.action_resend()
        self.dispatch()
        self.assertEqual(set(messages.mapped("state")), {"delivered"})
        for message in messages:
            self.assertEqual(
                message.attempt_ids.sorted("number").mapped("state"), ["failed", "delivered"]
            )
            self.assertFalse(message.failure_kind)

    # ------------------------------------------------------------------ the provider's limits

    def test_too_long(self):
        """A text that the provider would refuse fails before it is asked."""
        message = self.send(body="x" * 20)
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_max_text_length", 10)
        with self.provider_answers(accepted) as asked:
            self.dispatch()
        self.assertEqual((message.state, message.failure_kind), ("failed", "rejected"))
        self.assertIn("20", message.failure_reason)
        self.assertFalse(asked)

    def test_provider_repeats_an_id(self):
        """A provider that gives one id to several messages costs no result: they are sent, the
        id stays with the attempts."""
        messages = [self.send(self.lead(phone=phone)) for phone in (DANA, NOA, OMER)]
        with self.provider_answers(SendResult.sent("batch-1")), mute_logger("odoo.sql_db"):
            self.dispatch()
            messages.append(self.send(self.lead(phone=DANA)))
            self.dispatch()
        self.assertEqual([m.state for m in messages], ["sent"] * 4)
        self.assertEqual([m.attempt_ids.provider_uid for m in messages], ["batch-1"] * 4)

    def test_provider_not_installed(self):
        """docs/architecture.md, 1: without the provider's addon messages are kept, the log
        stays."""
        message = self.send()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_connection SET provider = 'gone' WHERE id = %s", [self.connection.id]
        )
        self.env.invalidate_all()
        self.dispatch()
        self.assertEqual(message.state, "queued")
        self.assertIn("not installed", self.connection.provider_label)
        self.assertTrue(self.send())
