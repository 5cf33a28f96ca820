"""docs/architecture.md, 3.5: the inbox has the highest priority, also where lanes have taken every
worker."""

from unittest.mock import patch

from psycopg2 import errors as pg_errors

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.kala_comm.models.outbound import kala_dispatcher
from odoo.addons.kala_comm.tools import retries

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestLaneGivesWay(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox_job = cls.env.ref("kala_comm.ir_cron_inbox")
        cls.lane_job = cls.env.ref("kala_comm.ir_cron_lane_2")

    def queue(self, count):
        """:return: messages that are due, more than one claim of them"""
        leads = self.env["crm.lead"].create(
            [{"name": str(n), "phone": f"+97250234{n:04}"} for n in range(count)]
        )
        messages = leads.kala_send("sms", body="Hi")
        jobs = self.inbox_job | self.lane_job
        self.env["ir.cron.trigger"].search([("cron_id", "in", jobs.ids)]).unlink()
        return messages

    def run_to_its_end(self):
        """Lane 2 as the scheduler runs it: it goes on until it gives way, or nothing is due."""
        self._let_due_be_due()
        with self.job() as env:
            env["kala.dispatcher"]._cron_run(2)
        self.env.invalidate_all()

    def lane_is_woken(self):
        self.env.flush_all()
        return bool(self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.lane_job.id)]))

    def test_the_inbox_waits(self):
        """A lane ends after its first claim, and starts again by itself."""
        messages = self.queue(2 * kala_dispatcher.CLAIM)
        self.inbox_job._trigger()
        self.run_to_its_end()
        sent = messages.filtered(lambda c: c.state != "queued")
        self.assertTrue(0 < len(sent) <= kala_dispatcher.CLAIM, f"{len(sent)} were sent")
        self.assertTrue(self.lane_is_woken())

    def test_nobody_waits(self):
        """It goes on where the inbox has nothing to do."""
        with self.job() as env:
            self.assertFalse(env["kala.dispatcher"]._gives_way())

    def test_a_worker_has_the_inbox(self):
        """It goes on while another worker runs the inbox: its wake-ups stay until it ends."""
        self.inbox_job._trigger()
        with db_connect(self.env.cr.dbname).cursor() as worker:
            worker.execute(
                "SELECT 1 FROM ir_cron WHERE id = %s FOR NO KEY UPDATE", [self.inbox_job.id]
            )
            with self.job() as env:
                self.assertFalse(env["kala.dispatcher"]._gives_way())
        with self.job() as env:
            self.assertTrue(env["kala.dispatcher"]._gives_way())

    def test_lanes_that_end_together(self):
        """docs/architecture.md, 3.2: one lane's wake-up of the others is done again where it meets
        their end."""
        self.queue(1)
        dispatcher = type(self.env["kala.dispatcher"])
        disturbed = patch.object(
            dispatcher, "_seconds_to_next", side_effect=[pg_errors.SerializationFailure(), 0.0]
        )
        with disturbed, patch.object(retries, "pause_seconds", lambda retry: 0):
            self.run_to_its_end()
        self.assertTrue(self.lane_is_woken())

    def test_who_is_told_meets_others(self):
        """AU6: what results set in motion is done again where somebody was faster."""
        message = self.queue(1)
        told = []

        def _changed(live, communications):
            told.append(communications.ids)
            if len(told) == 1:
                raise pg_errors.SerializationFailure()

        with (
            patch.object(type(self.env["kala.live"]), "_changed", _changed),
            patch.object(retries, "pause_seconds", lambda retry: 0),
            self.assertNoLogs("odoo.addons.kala_comm", "WARNING"),
            self.job() as env,
        ):
            env["kala.dispatcher"]._announce(message.ids)
        self.assertEqual(told, [message.ids] * 2)

    def test_a_worker_is_left_for_the_inbox(self):
        """QU13: lanes never take all workers of a server. Lane 1 runs in any case, and all run
        where nothing limits the workers, or the scheduler did not start the lane."""
        for workers, scheduled, expected in [
            (1, True, {1}),
            (2, True, {1}),
            (4, True, {1, 2, 3}),
            (5, True, {1, 2, 3, 4}),
            (9, True, {1, 2, 3, 4}),
            (-1, True, {1, 2, 3, 4}),
            (2, False, {1, 2, 3, 4}),
        ]:
            with self.subTest(workers=workers, scheduled=scheduled):
                self.assertEqual(self._lanes_that_send(workers, scheduled), expected)

    def _lanes_that_send(self, workers, scheduled):
        """:return: the lanes that send what is due, each run alone"""
        sending = set()
        for lane in range(1, kala_dispatcher.LANES + 1):
            message = self.queue(1)
            self._let_due_be_due()
            context = {"cron_id": self.lane_job.id} if scheduled else {}
            with patch.dict(config.options, {"max_cron_threads": workers}), self.job() as env:
                env["kala.dispatcher"].with_context(**context)._cron_run(lane)
            self.env.invalidate_all()
            if message.state == "queued":
                message.action_cancel()
            else:
                sending.add(lane)
        return sending

    def test_the_inbox_is_switched_off(self):
        """Who switched the job off gets his messages sent all the same."""
        self.inbox_job._trigger()
        self.inbox_job.active = False
        self.env.flush_all()
        with self.job() as env:
            self.assertFalse(env["kala.dispatcher"]._gives_way())

    # ------------------------------------------------------------------ few processors

    def looks(self, run):
        """:return: how often a job slept to let something pass"""
        with (
            patch("odoo.addons.kala_comm.models.kala_job.WAY", 0.2),
            patch("odoo.addons.kala_comm.models.kala_job.time.sleep") as sleep,
        ):
            run()
        return sleep.call_count

    def test_what_came_in_passes_a_mass_send(self):
        """A lane with nothing typed stands aside while the inbox has something to do; then it
        sends."""
        for is_incoming in (False, True):
            with self.subTest(is_incoming=is_incoming):
                messages = self.queue(3)
                messages.flush_recordset()
                self.env.cr.execute(
                    "UPDATE kala_communication SET priority = 2 WHERE id = ANY(%s)",
                    [messages.ids],
                )
                messages.invalidate_recordset()
                if is_incoming:
                    self.push(sender=DANA)
                self.assertEqual(bool(self.looks(self.run_to_its_end)), is_incoming)
                self.assertFalse(messages.filtered(lambda c: c.state == "queued"))

    def test_what_is_typed_does_not_stand_aside(self):
        leads = [self.lead(str(n), phone=f"+97250234{n:04}") for n in range(3)]
        messages = self.env["kala.communication"].union(
            *(lead.kala_send("sms", body="Hi") for lead in leads)
        )
        self.push(sender=DANA)
        waiting = []

        def look(_seconds):
            self.env.cr.execute(
                "SELECT count(*) FROM kala_communication WHERE id = ANY(%s) AND state = 'queued'",
                [messages.ids],
            )
            waiting.append(self.env.cr.fetchone()[0])

        with (
            patch("odoo.addons.kala_comm.models.kala_job.WAY", 0.2),
            patch("odoo.addons.kala_comm.models.kala_job.time.sleep", side_effect=look),
        ):
            self.run_to_its_end()
        self.assertFalse(any(waiting))
