"""docs/architecture.md, 3.5, 3.6: lanes that meet bad messages, slow lines, late answers and each
other."""

import contextlib
import threading
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.models.outbound import kala_dispatcher
from odoo.addons.kala_comm.models.outbound.dispatcher_sql import moments
from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, KalaCommon, Killed
from odoo.addons.kala_comm.tools import http, talk
from odoo.addons.kala_comm.tools.messages import DeliveryReport, HttpAnswer, SendRequest, SendResult

CHUNK = "odoo.addons.kala_comm.models.outbound.kala_dispatcher_chunk"
LANE = "odoo.addons.kala_comm.models.outbound.kala_dispatcher"
LOOKUP = "odoo.addons.kala_comm.models.outbound.kala_dispatcher_lookup"


def accepted(communication):
    return SendResult.sent(f"p-{communication.id}")


@tagged("post_install", "-at_install")
class TestDispatcher(KalaCommon):
    def send(self, phone=DANA, channel="sms", **values):
        return self.lead(phone=phone).kala_send(channel, **{"body": "Hello", **values})

    # ------------------------------------------------------------------ one bad one

    @mute_logger(CHUNK, LANE)
    def test_one_that_breaks_the_gate_stops_alone(self):
        """docs/architecture.md, 3.6: whatever is wrong with one message, its neighbours leave, and
        it waits for a person with the reason."""
        bad, good, other = self.send(DANA), self.send(NOA), self.send(OMER)
        gate = type(self.env["kala.gate"])
        judge = gate._judge

        def _judge(model, messages):
            if any(message.key.value == DANA for message in messages):
                raise ZeroDivisionError("token=abc")
            return judge(model, messages)

        with patch.object(gate, "_judge", _judge), self.provider_answers(accepted):
            self.dispatch()
        self.assertEqual((good.state, other.state), ("sent", "sent"))
        self.assertEqual((bad.state, bad.failure_kind), ("failed", "rejected"))
        self.assertIn("ZeroDivisionError", bad.failure_reason)
        self.assertNotIn("abc", bad.failure_reason, "secrets are masked (SC2)")
        self.assertTrue(bad.failed_date, "automation rules about failures see it (AU6)")
        bad.action_resend()
        self.dispatch()
        self.assertEqual(bad.state, "delivered")

    def test_who_opted_out_meanwhile_is_a_failure_like_others(self):
        """CO2, AU6: what the gate stops at the last moment is told as a failure."""
        message = self.send()
        self.env["kala.contact.permission"]._set(
            self.company, message._key(), ["sms"], False, "test"
        )
        self.dispatch()
        self.assertEqual((message.state, message.failure_kind), ("failed", "consent"))
        self.assertTrue(message.failed_date)

    def test_de2_a_pause_that_no_clock_knows(self):
        """DE2, QU10: a provider asks for a pause beyond the end of the calendar: what it said of
        the others is written down nevertheless, and the message comes back within a day."""
        limited, good = self.send(DANA), self.send(NOA)
        asked = http.retry_after(HttpAnswer(429, {"retry-after": "9" * 14}, ""))
        busy = SendResult.refused("limit", "slow down", retry_after=asked)
        with self.provider_answers(busy, accepted):
            self.dispatch()
        self.assertEqual((limited.state, good.state), ("queued", "sent"))
        self.assertLessEqual(limited.send_after, fields.Datetime.now() + timedelta(days=1))

    # ------------------------------------------------------------------ late answers

    def test_a_late_answer_counts_for_its_own_attempt(self):
        """DE3, DE4: a lane sleeps over its answer, the message becomes unsure, and a person sends
        it again. What the first lane hears then is news of the first attempt alone, while the
        second one is under way and afterwards."""
        late = SendResult.refused("address", "late")
        #: what the second lane hears → what the message and the second attempt are
        table = [(DANA, Killed(), "sending"), (NOA, SendResult.sent("p-2"), "sent")]
        for phone, heard, state in table:
            with self.subTest(state=state):
                message = self.send(phone)
                with self.while_asked(partial(self.send_again, message), self.answers(heard, late)):
                    self.dispatch()
                uid = "p-2" if state == "sent" else False
                self.assertEqual((message.state, message.provider_uid), (state, uid))
                self.assertEqual((message.attempt_count, message.failure_kind), (2, False))
                first, second = message.attempt_ids.sorted("number")
                self.assertEqual((first.state, first.failure_reason), ("failed", "late"))
                self.assertEqual((second.state, second.provider_uid), (state, uid))

    def send_again(self, message, env):
        """Lane 1 looks after what a dead server left, a person sends it again, lane 2 asks."""
        self.pass_time(3600)
        env["kala.dispatcher"]._cron_run(1)
        env.invalidate_all()
        unsure = env[message._name].browse(message.id)
        self.assertEqual(unsure.state, "unknown")
        unsure.action_resend()
        self._let_due_be_due()
        # The server of lane 2 may be killed while it asks.
        with contextlib.suppress(Killed):
            env["kala.dispatcher"]._cron_run(2)

    def answers(self, *said):
        """:return: function that gives one after the other, or raises it"""
        left = list(said)

        def answer(_communication_id):
            one = left.pop(0)
            if isinstance(one, BaseException):
                raise one
            return one

        return answer

    def test_an_answer_after_the_sweep(self):
        """DE3: what was unsure is what its answer says when that comes after all."""
        message = self.send()

        def sweep(env):
            self.pass_time(3600)
            # Lane 1 looks after what a dead server left.
            env["kala.dispatcher"]._cron_run(1)
            env.invalidate_all()
            self.assertEqual(env[message._name].browse(message.id).state, "unknown")

        with self.while_asked(sweep, SendResult.sent("p-1")):
            self.dispatch()
        self.assertEqual((message.state, message.provider_uid), ("sent", "p-1"))

    def test_a_report_that_is_faster_than_the_answer(self):
        """DE2: the report of a failure that passes has put the message back; the answer to our
        request, which comes later, does not hurry it."""
        message = self.send()
        key, before = message._echo_key(), []

        def report(env):
            self.take(DeliveryReport(uid="p-1", key=key, state="failed", failure_kind="temporary"))
            found = env[message._name].browse(message.id)
            before.extend((found.state, found.wait_reason, found.send_after))

        with self.while_asked(report, SendResult.sent("p-1")):
            self.dispatch()
        self.assertEqual(before[:2], ["queued", "retry"])
        self.assertEqual([message.state, message.wait_reason, message.send_after], before)

    def test_an_answer_without_an_end(self):
        """docs/architecture.md, 3.5: an answer that never ends holds its thread, not the lane."""
        message = self.send()
        request = SendRequest(url="http://127.0.0.1:9/", timeout=0.01)
        over = threading.Event()
        self.addCleanup(over.set)
        with (
            self.provider_answers(request),
            patch.object(http, "CONNECT_TIMEOUT", 0),
            patch.object(talk, "GRACE", 0),
            patch.object(http, "hear", lambda request, read: over.wait(60)),
        ):
            self.dispatch()
        self.assertEqual(message.state, "unknown")
        self.assertIn("no complete answer", message.failure_reason)

    # ------------------------------------------------------------------ unsure ones

    def test_those_that_nobody_can_tell_of_do_not_stand_before_the_others(self):
        """docs/architecture.md, 3.6: every unsure message is asked about, however many cannot be
        told."""
        messages = [self.send(f"+97250234{n:04}") for n in range(kala_dispatcher.POOL + 3)]
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()
        last = messages[-1]
        provider = type(self.env["kala.provider.sandbox"])
        asked, report = [], DeliveryReport(uid="p", state="read")

        def _prepare_lookup(model, communication):
            asked.append(communication.id)
            request = SendRequest(url="http://127.0.0.1:9/", method="GET")
            return request if communication.id == last.id else None

        with (
            patch.object(provider, "_prepare_lookup", _prepare_lookup),
            patch.object(http, "perform", lambda request: HttpAnswer(200, {}, "")),
            patch.object(provider, "_read_lookup", staticmethod(lambda answer: report)),
            self.job() as env,
        ):
            env["kala.dispatcher"]._cron_resolve_unknown()
        self.assertEqual(last.state, "read")
        self.assertEqual({m.state for m in messages[:-1]}, {"unknown"})
        self.assertEqual(asked, [m.id for m in messages])

    @mute_logger(LOOKUP)
    def test_de3_one_unsure_message_holds_no_other(self):
        """DE3, DE5: one that cannot be asked about leaves the others to be asked."""
        bad, good = self.send(DANA), self.send(NOA)
        with self.provider_answers(SendResult.unknown("no answer")):
            self.dispatch()
        provider = type(self.env["kala.provider.sandbox"])

        def _prepare_lookup(model, communication):
            if communication.id == bad.id:
                raise ZeroDivisionError("no login")
            return SendRequest(url="http://127.0.0.1:9/", method="GET")

        report = DeliveryReport(uid="p", state="read")
        with (
            patch.object(provider, "_prepare_lookup", _prepare_lookup),
            patch.object(http, "perform", lambda request: HttpAnswer(200, {}, "")),
            patch.object(provider, "_read_lookup", staticmethod(lambda answer: report)),
            self.job() as env,
        ):
            env["kala.dispatcher"]._cron_resolve_unknown()
        self.env.invalidate_all()
        self.assertEqual((bad.state, good.state), ("unknown", "read"))

    # ------------------------------------------------------------------ pace

    def test_wa7_a_slow_line_sends_one_at_a_time(self):
        """WA7: a line of one message a second does not send a pool of them at once."""
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_rate_per_second", 1.0)
        for phone in (DANA, NOA, OMER):
            self.send(phone)
        self._let_due_be_due()
        with self.provider_answers(accepted) as asked:
            self.run_lane()
            self.assertEqual(len(asked), 1)
            self.run_lane()
            self.assertEqual(len(asked), 1, "the line is not free yet")
            self._free_line()
            self.run_lane()
            self.assertEqual(len(asked), 2)

    def test_wa7_a_slow_line_holds_no_other(self):
        """WA7: what another line may send does not wait behind a line that is not free."""
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_rate_per_second", 1.0)
        slow = [self.send(f"+97250234{n:04}") for n in range(kala_dispatcher.CLAIM + 5)]
        quick = self.send(NOA, "whatsapp")
        self._let_due_be_due()
        with self.provider_answers(accepted) as asked:
            self.run_lane()
            self.run_lane()
        self.assertIn(quick.id, asked)
        self.assertEqual(len(set(asked) & {m.id for m in slow}), 1)

    def _free_line(self):
        self.env.cr.execute(
            """UPDATE kala_line_pace SET next_free = now() AT TIME ZONE 'UTC' - interval '1 hour'"""
        )

    # ------------------------------------------------------------------ when to look again

    def test_nothing_waits(self):
        """docs/architecture.md, 3.5: a lane that has nothing to wait for ends."""
        self.assertIsNone(self.seconds_to_next())
        self.send()
        self.assertEqual(self.seconds_to_next(), 0)
        self.dispatch()
        self.assertIsNone(self.seconds_to_next())

    def test_what_waits_behind_a_retry_is_not_due(self):
        """docs/architecture.md, 3.5: while the first message of a contact waits for its retry, the
        second one does not keep the lanes running."""
        first, _second = self.send(), self.send()
        with self.provider_answers(SendResult.refused("temporary", "later")):
            self.dispatch()
        wait = (first.send_after - self.env.cr.now()).total_seconds()
        self.assertAlmostEqual(self.seconds_to_next(), wait, delta=5)

    def test_what_a_paused_connection_keeps_is_not_due(self):
        """DE5: nobody looks for what may not leave."""
        self.send()
        self.connection.action_pause()
        self.assertIsNone(self.seconds_to_next())

    def test_scheduled_ones_are_waited_for(self):
        """WI4: the next moment counts, of all priorities."""
        at = fields.Datetime.add(fields.Datetime.now(), hours=1)
        self.send(send_after=fields.Datetime.add(at, hours=1))
        self.lead(phone=NOA).with_context(kala_priority=2).kala_send(
            "sms", body="Hello", send_after=at
        )
        self.assertAlmostEqual(self.seconds_to_next(), 3600, delta=60)

    def test_a_claim_of_a_dead_server_is_waited_for(self):
        """docs/architecture.md, 3.5: what a dead server had claimed is looked at when the claim
        ends."""
        self.send()
        self.kill_lane()
        wait = self.seconds_to_next()
        self.assertTrue(0 < wait <= kala_dispatcher.CLAIM_TIME, wait)

    def test_a_paced_line_is_waited_for(self):
        """WA7: a line that is not free is looked at when it is."""
        self.send()
        busy = "UPDATE kala_line_pace SET next_free = now() AT TIME ZONE 'UTC' + interval '20 s'"
        self.assertAlmostEqual(self.seconds_to_next(busy), 20, delta=5)

    def test_a_long_queue_is_not_compiled(self):
        """docs/architecture.md, 3.5: where PostgreSQL takes a claim for expensive it does not
        compile it."""
        marks = {"claim": "SET claim_token = %", "next": moments()}
        compiled, execute = {}, Cursor.execute

        def watched(cr, query, *args, **kwargs):
            names = [name for name, mark in marks.items() if mark in str(query)]
            if names:
                execute(cr, "SET LOCAL jit = on")
            execute(cr, query, *args, **kwargs)
            for name in names:
                # Beside it, on the same connection: the lane still reads its own answer.
                with cr.connection.cursor() as beside:
                    beside.execute("SHOW jit")
                    compiled.setdefault(name, set()).update(beside.fetchone())

        self.send()
        with patch.object(Cursor, "execute", watched):
            self.dispatch()
        self.assertEqual(compiled, {"claim": {"off"}, "next": {"off"}})

    @contextlib.contextmanager
    def asleep_before(self, model, method):
        """A lane sleeps over its claim where it would call a method: another lane has claimed the
        messages then, and has not sent them yet."""
        real, slept = getattr(type(self.env[model]), method), []

        def sleeps(*arguments):
            if not slept:
                slept.append(True)
                self.pass_time(kala_dispatcher.CLAIM_TIME + 1)
                self.kill_lane()
            return real(*arguments)

        with patch.object(type(self.env[model]), method, sleeps):
            yield
        self.assertTrue(slept)

    def test_a_claim_that_ended_sends_nothing(self):
        """DE3: who slept too long over a claim has lost it: he takes no message of it, and does not
        even ask the gate about one where he slept before he looked."""
        gate = type(self.env["kala.gate"])
        #: where the lane sleeps → how often the two lanes ask the gate
        for place, asks in (("kala.upload", "_claimed"), 1), (("kala.gate", "_judge"), 2):
            with self.subTest(place=place):
                message = self.send()
                self._let_due_be_due()
                with (
                    patch.object(gate, "_judge", autospec=True, side_effect=gate._judge) as judge,
                    self.asleep_before(*place),
                    self.provider_answers(accepted) as asked,
                ):
                    self.run_lane()
                self.assertEqual((asked, judge.call_count), ([], asks))
                self.assertEqual((message.state, message.attempt_count), ("queued", 0))
                message.action_cancel()
