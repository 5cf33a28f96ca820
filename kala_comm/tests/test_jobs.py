"""Jobs that go through many records: one that is ill holds no other; lost races are no fault."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import errors as pg_errors

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon
from odoo.addons.kala_comm.tools import retries
from odoo.addons.kala_comm.tools.messages import IncomingMessage

JOB = "odoo.addons.kala_comm.models.kala_job"


@tagged("post_install", "-at_install")
class TestJobs(KalaCommon):
    def ill(self, connection):
        """:return: a patch: the provider's answers about one connection cannot be read"""
        provider = type(self.env["kala.provider.sandbox"])

        def _prepare_health(model, asked):
            if asked.id == connection.id:
                raise ZeroDivisionError("no such answer")

        return patch.object(provider, "_prepare_health", _prepare_health)

    @mute_logger(JOB)
    def test_de5_one_connection_holds_no_other(self):
        """DE5: connections are looked after one by one, whatever is wrong with one of them."""
        other, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        (self.connection | other)._set_state("error", "down")
        with self.ill(self.connection), self.job() as env:
            env["kala.connection"]._cron_check_broken()
        self.assertEqual((self.connection.state, other.state), ("error", "connected"))

    @mute_logger(JOB)
    def test_wa5_one_connection_holds_no_other(self):
        """WA5: whatever is wrong with one connection, the health of the others is watched."""
        other, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        (self.connection | other).health_misses = 1
        with self.ill(self.connection), self.job() as env:
            env["kala.connection"]._cron_watch_health()
        self.env.invalidate_all()
        self.assertEqual((self.connection.health_misses, other.health_misses), (1, 0))

    @mute_logger(JOB)
    def test_wa4_one_file_holds_no_other(self):
        """WA4: a file that cannot even be asked for comes again later; the others are fetched."""
        with patch.object(type(self.env["kala.provider.sandbox"]), "_file_days", 7):
            bad, good = (
                self.log(
                    self.lead(phone=phone),
                    direction="in",
                    connection_id=self.connection.id,
                    extra={"files": [{"kind": "image", "name": phone}]},
                )
                for phone in (DANA, NOA)
            )
        (bad | good).files_due = fields.Datetime.now() - timedelta(minutes=1)

        def _fetch_file(model, connection, file, fetcher):
            if file["name"] == DANA:
                raise ZeroDivisionError("no such file")
            return b"x", "image/png"

        provider = type(self.env["kala.provider.sandbox"])
        with patch.object(provider, "_fetch_file", _fetch_file), self.job() as env:
            env["kala.communication"]._cron_fetch_files()
        self.assertEqual((bad.files_state, good.files_state), ("waiting", "fetched"))
        self.assertEqual(bad.files_attempts, 1)
        self.assertGreater(bad.files_due, fields.Datetime.now())

    def test_a_lost_race_is_nobodys_fault(self):
        """docs/architecture.md, 3.2: what another transaction disturbs is done again as a whole,
        and never blamed on a record."""
        tries, blamed = [], []

        source = self.env["utm.source"].create({"name": "race"})
        source.flush_recordset()

        def rename(record):
            tries.append(record)
            record.name = f"try {len(tries)}"
            if len(tries) < 3:
                raise pg_errors.SerializationFailure()

        with patch.object(retries, "pause_seconds", lambda retry: 0), self.job() as env:
            record = source.with_env(env)
            env["kala.job"]._guarded(record, rename, lambda *values: blamed.append(values))
        self.assertEqual((source.name, blamed), ("try 3", []))

        def always(record):
            raise pg_errors.DeadlockDetected()

        with patch.object(retries, "pause_seconds", lambda retry: 0), self.job() as env:
            record = source.with_env(env)
            env["kala.job"]._guarded(record, always, lambda *values: blamed.append(values))
        self.assertEqual((source.name, blamed), ("try 3", []))

    @mute_logger(JOB)
    def test_who_is_at_fault_is_told(self):
        """docs/architecture.md, 5: nothing is swallowed: what was done is taken back, and the fault
        is noted."""
        source = self.env["utm.source"].create({"name": "fault"})

        def work(record):
            record.name = "half done"
            record.flush_recordset()
            raise ZeroDivisionError("at the end")

        def blame(record, fault):
            record.name = str(fault)

        with self.job() as env:
            env["kala.job"]._guarded(source.with_env(env), work, blame)
        self.assertEqual(source.name, "at the end")

    def test_lo6_the_column_waits_where_it_is_disturbed(self):
        """LO6: a job that did its work does not fail for the column; it is written next time."""
        message = self.log(self.lead(phone=DANA), direction="in", recency_pending=True)
        recency = type(self.env["kala.recency"])
        with (
            patch.object(retries, "pause_seconds", lambda retry: 0),
            patch.object(recency, "_refresh_chunk", side_effect=pg_errors.SerializationFailure()),
            self.job() as env,
        ):
            self.assertTrue(env["kala.recency"]._refresh())
        self.assertTrue(message.recency_pending)
        with self.job() as env:
            self.assertFalse(env["kala.recency"]._refresh())
        self.assertFalse(message.recency_pending)

    def test_sc4_who_may_not_connect_asks_nobody(self):
        """SC4: over RPC, too, the provider is asked for administrators only."""
        with self.ill(self.connection), self.assertRaises(AccessError):
            self.connection.with_user(self.manager).action_connect()

    def test_ad6_a_replay_is_no_old_work(self):
        """AD6, AD3: what is replayed waits from now on, whenever it came."""
        watch = self.env["kala.watch"]
        event = self.put(IncomingMessage(channel="whatsapp", uid="w1", contact_value=DANA)).event_id
        item = event.item_ids
        event.date -= timedelta(days=2)
        self.assertIn("inbox", watch._alarms())
        item.state = "dead"
        item.action_replay()
        self.assertEqual(item.state, "pending")
        self.assertNotIn("inbox", watch._alarms())
        event.write({"state": "pending", "replay_date": False})
        self.assertIn("inbox", watch._alarms())
        event.state = "dead"
        event.action_replay()
        self.assertNotIn("inbox", watch._alarms())
        self.pass_time(20 * 60)
        self.assertIn("inbox", watch._alarms())

    def test_ad6_stopped_jobs_are_told(self):
        """AD6: any job of ours that was stopped raises the alarm, by its name."""
        job = self.env.ref("kala_comm.ir_cron_files")
        watch = self.env["kala.watch"]
        self.assertNotIn("jobs", watch._alarms())
        job.active = False
        self.assertIn(job.cron_name, watch._alarms()["jobs"])
