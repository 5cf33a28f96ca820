import logging
import time

import psycopg2

from odoo import api, models
from odoo.tools import config

from ..tools import retries

_logger = logging.getLogger(__name__)

#: Seconds for which a job that holds answers waits for a database that is gone.
PATIENCE = 120
#: Seconds between two looks whether it is back.
LOOK = 0.5
#: Seconds for which work that nobody waits for lets pass what came in, and between two looks.
WAY, WAY_LOOK = 1.0, 0.05


class KalaJob(models.AbstractModel):
    """Steps of a job: each is a transaction of its own, and what another transaction disturbs is
    done again (docs/architecture.md, 3.2, 3.5)."""

    _name = "kala.job"
    _description = "Steps of a Job"

    @api.model
    def _commit(self):
        """End a step. The next one must see what others committed meanwhile."""
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all(flush=False)

    @api.model
    def _run_plainly(self):
        """Where tables are large, or so young that nothing is known of them, statements of few rows
        look expensive; compiling them takes longer than running them. Odoo sets the session back
        when the job gives it back."""
        self.env.cr.execute("SET jit = off")
        self._commit()

    @api.model
    def _rollback(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    @api.model
    def _let_incoming_pass(self):
        """Stand aside while something that came in is not handled: on a machine with few processors
        a mass send would else make every customer's message wait for seconds (QU13). Not for
        longer than :data:`WAY`, so that a mass send goes on in a flood, too.

        :return: whether it stood aside
        """
        end = time.monotonic() + WAY
        waited = False
        while self._is_incoming() and time.monotonic() < end:
            # Nobody waits for a transaction that sleeps.
            self._commit()
            time.sleep(WAY_LOOK)
            waited = True
        return waited

    @api.model
    def _is_incoming(self):
        """Indexes: ``kala_inbound_event_pending_idx``, ``kala_inbound_item_pending_idx``.

        :return: whether the inbox has something to do now
        """
        self.env.cr.execute(
            """SELECT EXISTS (SELECT 1 FROM kala_inbound_event WHERE state = 'pending')
                   OR EXISTS (SELECT 1 FROM kala_inbound_item
                               WHERE state = 'pending' AND due IS NULL)"""
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _seconds_of(self, share, longest):
        """How long something slow may take, so that the server does not kill its worker for it:
        all jobs that are due share one worker's time.

        :param float share: of the time that a worker has, ``limit_time_real`` or, for a job,
            ``limit_time_real_cron``
        :param float longest: seconds, where the server sets no limit either
        :return: seconds
        """
        limit, of_jobs = config["limit_time_real"] or 0, config["limit_time_real_cron"] or 0
        if of_jobs > 0 and self.env.context.get("cron_id"):
            limit = of_jobs
        return min(longest, limit * share) if limit > 0 else longest

    @api.model
    def _retrying(self, work):
        """Do some work and commit. What another transaction disturbed is done again as a whole:
        a retry from a savepoint would see the same old snapshot.

        :return: what the work returned
        """
        for retry in range(retries.RETRIES):
            try:
                with retries.lowered():
                    result = work()
                    self.env.flush_all()
                    self._commit()
                return result
            except retries.RETRIABLE:
                self._rollback()
                if retry + 1 == retries.RETRIES:
                    raise
                time.sleep(retries.pause_seconds(retry))

    @api.model
    def _do_or_fault(self, work):
        """Do some work; what it had not committed is taken back where it fails.

        :return: the exception that is the work's own fault, else None: losing a race is nobody's
        :raise psycopg2.Error: the session of this job is lost
        """
        try:
            with retries.lowered():
                work()
        except retries.RETRIABLE:
            self._rollback()
        except Exception as fault:
            if retries.is_lost(fault):
                raise
            self._rollback()
            return fault
        return None

    @api.model
    def _guarded(self, record, work, blame=None):
        """Do some work on one of many records, and commit: one that fails holds no other.

        :param work: callable of the record
        :param blame: callable of the record and the exception, which writes down what is wrong
        :return: what the work returned, None where it did not come to its end
        """
        done = []
        fault = self._do_or_fault(lambda: done.append(self._retrying(lambda: work(record))))
        if fault:
            _logger.error("%s %s is left out", record._name, record.id, exc_info=fault)
            if blame:
                self._retrying(lambda: blame(record, fault))
        return done[0] if done else None

    @api.model
    def _do_until_kept(self, method, *values):
        """Do a step that holds what nobody can ask for again: where the database is gone in the
        middle of it, it is done anew as soon as there is one, in a session of its own.

        :param str method: of this model
        :raise psycopg2.Error: the session of this job is lost, even if the step was done
        """
        try:
            getattr(self, method)(*values)
        except psycopg2.Error as error:
            if not retries.is_lost(error):
                raise
            _logger.warning("the database is gone; what was done is kept for %s s", PATIENCE)
            self._do_anew(method, values, time.monotonic() + PATIENCE)
            raise

    @api.model
    def _do_anew(self, method, values, end):
        """:param float end: monotonic time after which it is given up"""
        while True:
            time.sleep(LOOK)
            try:
                with self.env.registry.cursor() as cr:
                    getattr(self.with_env(self.env(cr=cr)), method)(*values)
                return
            except psycopg2.Error as error:
                if not retries.is_lost(error) or time.monotonic() > end:
                    raise
