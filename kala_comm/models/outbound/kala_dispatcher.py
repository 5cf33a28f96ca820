import logging
import secrets
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import config

from ...tools import const, states
from ..connection import registry
from .dispatcher_sql import BURST, PLAIN, claimable, moments

_logger = logging.getLogger(__name__)

LANES = 4
#: Messages that one lane sends at the same time.
POOL = 16
#: Messages that a lane reserves at once: few, so that lanes and servers end together.
CLAIM = 2 * POOL
#: Seconds that one run of a lane lasts: a cron that says "more to do" would hold its worker
#: for ten (docs/architecture.md, 3.5).
RUN_TIME = 2.0
#: Seconds for which a claim is good while its messages are still queued.
CLAIM_TIME = 60
#: Seconds. Waits shorter than this are slept inside a lane: the scheduler looks for what has
#: become due only once a minute.
NEAR = 60
#: Seconds between two looks at a line that is paced.
STEP = 0.1
#: Seconds for which a chunk waits for its lines, and takes messages of each at once; a line that
#: is free later is left for later.
PATIENCE = 0.25


class Claim(NamedTuple):
    """Messages that one lane has reserved.

    :ivar str token: tells whether they still are its own
    :ivar list ids: of ``kala.communication``
    """

    token: str
    ids: list


class KalaDispatcher(models.AbstractModel):
    """Sends what is due: several lanes, on any number of servers, take messages from one queue;
    each is claimed, written down as being sent, sent, and its result written down, in
    transactions of their own (docs/architecture.md, 3.5, 3.6).

    Here: when a lane runs and what it takes. What no lane looks at: ``kala_dispatcher_aside.py``;
    how a chunk leaves: ``kala_dispatcher_chunk.py``;
    what becomes of it: ``kala_dispatcher_results.py``.
    """

    _name = "kala.dispatcher"
    _inherit = "kala.job"
    _description = "Dispatcher"

    # ------------------------------------------------------------------ waking

    @api.model
    def _lanes(self):
        return [self.env.ref(f"kala_comm.ir_cron_lane_{n + 1}") for n in range(LANES)]

    @api.model
    def _wake(self, at=None):
        """Wake the lanes when this transaction commits; one lane for a later moment.

        :param datetime at: naive UTC
        """
        lanes = self._lanes()
        if at and at > fields.Datetime.now():
            if not self._is_woken_before(lanes[0], at):
                lanes[0].sudo()._trigger(at=at)
            return
        self._trigger_together(self.env["ir.cron"].sudo().union(*lanes).filtered("active"))

    @api.model
    def _trigger_together(self, lanes):
        """Wake several jobs at once: Odoo opens a connection for each to tell the workers, and one
        notice wakes them for all."""
        self.env["ir.cron.trigger"].sudo().create(
            [{"cron_id": lane.id, "call_at": fields.Datetime.now()} for lane in lanes[1:]]
        )
        if lanes:
            lanes[0]._trigger()

    @api.model
    def _is_woken_before(self, lane, at):
        """Whether a lane starts before a moment anyhow, and then looks for the next one itself.
        What is due within :data:`NEAR` does not count: a run under way may swallow it."""
        soon = fields.Datetime.now() + timedelta(seconds=NEAR)
        return (
            self.env["ir.cron.trigger"]
            .sudo()
            .search_count(
                [("cron_id", "=", lane.id), ("call_at", ">", soon), ("call_at", "<=", at)], limit=1
            )
        )

    # ------------------------------------------------------------------ a run

    @api.model
    def _cron_run(self, lane):
        """Send what is due, for a short while.

        :param int lane: 1 also looks after what was left behind, and waits for what is near
        """
        if not self._may_run_here(lane):
            return
        self._run_plainly()
        end = time.monotonic() + RUN_TIME
        if lane == 1:
            self._retrying(self._sweep)
            self._retrying(self._set_aside)
        self._retrying(self._bring_back)
        again, sent = True, False
        while again and time.monotonic() < end:
            if not self._is_typed_due():
                self._let_incoming_pass()
            again = self._run_once()
            sent = sent or again
            if again and self._retrying(self._gives_way):
                break
            if not again and lane == 1:
                again = self._sleep_until_next(end)
        self._retrying(self.env["kala.outbox"]._fall_back)
        self.env["kala.recency"]._refresh()
        # The other lanes end at the same moment, and their jobs are written to then.
        self._retrying(lambda: self._hand_over(lane, sent))

    @api.model
    def _may_run_here(self, lane):
        """One worker of this server is left for what comes in (QU13): where all of them are in
        lanes, who writes to us waits until one ends. Lane 1 runs where there is one worker, too.
        All run where nothing limits the workers, and where the scheduler did not start them.
        """
        workers = config["max_cron_threads"] if self.env.context.get("cron_id") else 0
        return lane == 1 or workers <= 0 or lane < workers

    @api.model
    def _is_typed_due(self):
        """Index: ``kala_communication_due_idx``.

        :return: whether something that a person typed may leave now
        """
        self.env.cr.execute(
            f"""SELECT 1 FROM kala_connection k
                 JOIN LATERAL (
                      SELECT 1 FROM kala_communication c
                       WHERE c.connection_id = k.id AND c.priority = %s
                         AND {states.is_in_line("c")}
                         AND c.send_after <= now() AT TIME ZONE 'UTC'
                       LIMIT 1) typed ON TRUE
                WHERE k.state = 'connected' LIMIT 1""",
            [const.PRIORITY_PERSON],
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _gives_way(self):
        """Whether the inbox waits for a worker. The scheduler's workers go through the jobs that
        were ready when they looked: with as many lanes as workers all would be taken by lanes for
        several runs, and who wrote to us would wait. A lane that ends lets its worker look anew,
        and the inbox comes first. It has sent something before, so that lanes go on, too, where
        there is one worker only.

        Index: ``ir_cron_trigger__cron_id_index``; the lock is let go of at once.
        """
        inbox = self.env.ref("kala_comm.ir_cron_inbox")
        self.env.cr.execute(
            """SELECT 1 FROM ir_cron c
                WHERE c.id = %s AND c.active
                  AND EXISTS (SELECT 1 FROM ir_cron_trigger t
                               WHERE t.cron_id = c.id
                                 AND t.call_at <= clock_timestamp() AT TIME ZONE 'UTC')
                  FOR NO KEY UPDATE OF c SKIP LOCKED""",
            [inbox.id],
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _run_once(self):
        """:return: whether anything was sent"""
        claim = self._claim()
        if not claim:
            return False
        # Where another lane, a cancellation or a report was faster, what was not taken to `sending`
        # is due still.
        fault = self._do_or_fault(lambda: self._send_claimed(claim))
        if fault:
            _logger.error("a claim cannot be sent as a whole; one by one", exc_info=fault)
            self._send_one_by_one(claim)
        self._retrying(lambda: self._let_go(claim))
        return True

    @api.model
    def _send_claimed(self, claim):
        """Send a claim chunk by chunk. Nobody waits for somebody else's film."""
        uploads = self.env["kala.upload"]
        with_files = uploads._claimed(claim)
        while self._send_chunk(claim, [i for i in claim.ids if i not in with_files]):
            pass
        ready, faults = uploads._hand_over(with_files) if with_files else ([], {})
        while ready and self._send_chunk(claim, ready, faults):
            pass

    @api.model
    def _sleep_until_next(self, end):
        """:return: whether to look again"""
        wait = self._seconds_to_next()
        now = time.monotonic()
        if wait is None or wait > NEAR or now >= end:
            return False
        self._commit()
        time.sleep(min(max(wait, STEP), end - now))
        return True

    @api.model
    def _hand_over(self, lane, sent):
        """Start again at once while there is more to send. Lane 1 alone waits for what is near
        or comes later; a lane that sent something tells it, since what it sent may have come
        back to the queue after lane 1 had looked.

        :param int lane: which one is ending
        :param bool sent: whether it sent anything in this run
        """
        if sent or lane == 1:
            # Defined where mass sends are known: mass/requeued.py.
            self.env["kala.communication"]._mass_may_be_over()
        wait = self._seconds_to_next()
        if wait is not None and (sent or lane == 1):
            if wait >= NEAR:
                self._wake(at=fields.Datetime.now() + timedelta(seconds=wait))
            elif wait <= 0 and sent:
                self._wake()
            else:
                self._lanes()[0].sudo()._trigger()

    @api.model
    def _seconds_to_next(self):
        """:return: seconds until there is something to do (0 = now), None if nothing waits

        What waits for an earlier message of its recipient may leave after that one: only the
        earlier one counts.
        Indexes: ``kala_communication_due_idx``, ``kala_communication_sending_idx``,
        ``kala_communication_aside_idx``, and those of ``dispatcher_sql.py``.
        """
        self.env.cr.execute(
            PLAIN + moments(),
            {
                **self._claim_parameters(),
                "limit": 1,
                "near": LANES * CLAIM,
                "priorities": list(const.PRIORITIES),
            },
        )
        seconds = (self.env.cr.fetchone() or [None])[0]
        return None if seconds is None else max(float(seconds), 0.0)

    # ------------------------------------------------------------------ claim

    @api.model
    def _sending_providers(self):
        """:return: dict code → provider of those that may send from this database (AD5)"""
        providers = {
            code: model
            for code, model in registry.providers(self.env).items()
            if model._is_dispatched
        }
        if self.env["kala.fingerprint"]._fits():
            return providers
        return {code: model for code, model in providers.items() if code == "sandbox"}

    @api.model
    def _claim_parameters(self):
        providers = self._sending_providers()
        return {
            "providers": list(providers),
            "pairs": [float(model._pair_seconds) for model in providers.values()],
            "burst": BURST,
        }

    @api.model
    def _claim(self):
        """Reserve due messages for this lane, and commit.

        :return: Claim, or None when nothing is due
        """
        token = secrets.token_hex(8)
        ids = self._retrying(lambda: self._mark_claimed(token))
        return Claim(token, ids) if ids else None

    @api.model
    def _mark_claimed(self, token):
        """SKIP LOCKED does not skip what another lane took since our snapshot: that raises.

        :return: list of the ids that were claimed
        """
        wanted = claimable(PATIENCE, lock="FOR UPDATE OF c SKIP LOCKED")
        self.env.cr.execute(
            f"""{PLAIN}
                UPDATE kala_communication
                   SET claim_token = %(token)s,
                       claimed_until = now() AT TIME ZONE 'UTC' + %(time)s * interval '1 second'
                 WHERE id IN (SELECT due.id {wanted}
                               ORDER BY due.priority, due.send_after, due.id LIMIT %(limit)s)
             RETURNING id""",
            {**self._claim_parameters(), "token": token, "time": CLAIM_TIME, "limit": CLAIM},
            log_exceptions=False,
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _let_go(self, claim):
        self._release(claim)
        # Defined in kala_dispatcher_aside.py.
        self._bring_back(claim.ids)

    @api.model
    def _release(self, claim):
        """Free what was claimed and not sent. Index: primary key."""
        self.env.cr.execute(
            f"""UPDATE kala_communication SET claim_token = NULL, claimed_until = NULL
                WHERE id = ANY(%s) AND claim_token = %s AND {states.is_unsent()}""",
            [claim.ids, claim.token],
            log_exceptions=False,
        )
