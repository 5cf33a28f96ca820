import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from psycopg2 import errors as pg_errors

from odoo import api, fields, models

from ..tools import backoff, const, http
from ..tools.messages import SendResult
from ..tools.retries import RETRIABLE, lowered

_logger = logging.getLogger(__name__)

LANES = 4
#: Messages that one lane sends at the same time.
POOL = 16
#: Messages that a lane reserves at once: few, so that lanes and servers end together.
CLAIM = 2 * POOL
#: Seconds that one run of a lane lasts: a cron that says "more to do" would hold its worker
#: for ten (DESIGN 3.5).
RUN_TIME = 2.0
#: Seconds for which a claim is good while its messages are still queued.
CLAIM_TIME = 60
#: Seconds. Waits shorter than this are slept inside a lane: the scheduler looks for what has
#: become due only once a minute.
NEAR = 60
#: Seconds between two looks at a line that is paced.
STEP = 0.1

#: The oldest unsent message of each line and recipient, typed answers first (DESIGN 3.5).
#: Indexes: ``kala_communication__due_idx`` to scan, ``__recipient_idx`` for the neighbours,
#: ``__contact_idx`` for the pace of one recipient.
_CLAIM = """
    SELECT c.id
      FROM kala_communication c
      JOIN kala_line l ON l.id = c.line_id
      JOIN kala_connection k ON k.id = c.connection_id
      JOIN unnest(%(providers)s::text[], %(pairs)s::float[]) AS p(code, pair)
        ON p.code = k.provider
     WHERE c.direction = 'out' AND c.state IN ('scheduled', 'queued')
       AND c.send_after <= now() AT TIME ZONE 'UTC'
       AND (c.claimed_until IS NULL OR c.claimed_until < now() AT TIME ZONE 'UTC')
       AND k.state = 'connected'
       AND NOT EXISTS (
           SELECT 1 FROM kala_communication o
            WHERE o.line_id = c.line_id AND o.contact_value = c.contact_value
              AND o.direction = 'out' AND o.state IN ('scheduled', 'queued', 'sending')
              AND o.id <> c.id
              AND (o.state = 'sending'
                   OR (o.priority, o.id) < (c.priority, c.id)
                      AND (o.wait_reason = 'retry' AND o.priority = c.priority
                           OR o.send_after <= now() AT TIME ZONE 'UTC')))
       AND (p.pair = 0 OR (
           SELECT count(*) FROM kala_communication s
            WHERE s.contact_kind = c.contact_kind AND s.contact_value = c.contact_value
              AND s.line_id = c.line_id AND s.direction = 'out'
              AND s.state IN ('sent', 'delivered', 'read')
              AND s.date > now() AT TIME ZONE 'UTC'
                           - p.pair * %(burst)s * interval '1 second') < %(burst)s)
     ORDER BY c.priority, c.send_after, c.id
     LIMIT %(limit)s
       FOR UPDATE OF c SKIP LOCKED
"""

#: When so many messages of one chunk cannot reach their provider, and none can, the connection is
#: dead: one alone tries again by itself.
DEAD = 4

#: Messages to one recipient that may leave in a row before the pair pace holds them.
BURST = 10


class KalaDispatcher(models.AbstractModel):
    """Sends what is due: several lanes, on any number of servers, take messages from one queue;
    each is claimed, written down as being sent, sent, and its result written down, in
    transactions of their own (DESIGN 3.5, 3.6)."""

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
        for lane in lanes:
            lane.sudo()._trigger()

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
        end = time.monotonic() + RUN_TIME
        if lane == 1:
            self._sweep()
        again, sent = True, False
        while again and time.monotonic() < end:
            again = self._run_once()
            sent = sent or again
            if not again and lane == 1:
                again = self._sleep_until_next(end)
        self._retrying(self.env["kala.outbox"]._fall_back)
        self.env["kala.recency"]._refresh()
        self._hand_over(lane, sent)

    @api.model
    def _run_once(self):
        """:return: whether anything was sent"""
        token = self._claim()
        if not token:
            return False
        uploads = self.env["kala.upload"]
        try:
            with lowered():
                # Nobody waits for somebody else's film.
                laden = uploads._claimed(token)
                while self._send_chunk(token, without=laden):
                    pass
                faults = uploads._hand_over(laden) if laden else {}
                while laden and self._send_chunk(token, faults=faults):
                    pass
        except RETRIABLE:
            # A cancellation or a report was faster. What was not taken to `sending` is due still.
            self._rollback()
        self._release(token)
        return True

    @api.model
    def _sleep_until_next(self, end):
        """:return: whether to look again"""
        wait = self._seconds_to_next()
        now = time.monotonic()
        if wait is None or wait > NEAR or now >= end:
            return False
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
        wait = self._seconds_to_next()
        if wait is not None and (sent or lane == 1):
            if wait >= NEAR:
                self._wake(at=fields.Datetime.now() + timedelta(seconds=wait))
            elif wait <= 0 and sent:
                self._wake()
            else:
                self._lanes()[0].sudo()._trigger()
        self._commit()

    @api.model
    def _seconds_to_next(self):
        """The oldest message of a line may be another lane's: then the oldest free one counts.

        :return: seconds until the next message of a connected line is due (0 = now), None if
            there is none
        Index: ``kala_communication__due_idx``.
        """
        self.env.cr.execute(
            """SELECT extract(epoch FROM min(greatest(least(free.due, oldest.due), p.next_free))
                      - now() AT TIME ZONE 'UTC')
                 FROM kala_connection k
                 JOIN kala_line l ON l.connection_id = k.id
                 JOIN kala_line_pace p ON p.line_id = l.id
                 JOIN LATERAL (
                      SELECT greatest(send_after, claimed_until) AS due
                        FROM kala_communication
                       WHERE line_id = l.id AND direction = 'out'
                         AND state IN ('scheduled', 'queued')
                       ORDER BY send_after LIMIT 1) oldest ON TRUE
                 LEFT JOIN LATERAL (
                      SELECT send_after AS due FROM kala_communication
                       WHERE line_id = l.id AND direction = 'out'
                         AND state IN ('scheduled', 'queued')
                         AND (claimed_until IS NULL
                              OR claimed_until < now() AT TIME ZONE 'UTC')
                       ORDER BY send_after LIMIT 1) free ON TRUE
                WHERE k.state = 'connected' AND k.provider = ANY(%s)""",
            [list(self._sending_providers())],
        )
        seconds = self.env.cr.fetchone()[0]
        return None if seconds is None else max(float(seconds), 0.0)

    # ------------------------------------------------------------------ claim

    @api.model
    def _sending_providers(self):
        """:return: dict code → provider of those that may send from this database (AD5)"""
        providers = {
            code: model
            for code, model in self.env["kala.provider"]._providers().items()
            if model._is_dispatched
        }
        if self.env["kala.fingerprint"]._fits():
            return providers
        return {code: model for code, model in providers.items() if code == "sandbox"}

    @api.model
    def _claim(self):
        """Reserve due messages for this lane, and commit.

        :return: token of the claim, or None when nothing is due
        """
        token = secrets.token_hex(8)
        claimed = self._retrying(lambda: self._mark_claimed(token))
        return token if claimed else None

    @api.model
    def _mark_claimed(self, token):
        """SKIP LOCKED does not skip what another lane took since our snapshot: that raises.

        :return: how many messages were claimed
        """
        providers = self._sending_providers()
        cr = self.env.cr
        cr.execute(
            f"""UPDATE kala_communication
                   SET claim_token = %(token)s,
                       claimed_until = now() AT TIME ZONE 'UTC' + %(time)s * interval '1 second'
                 WHERE id IN ({_CLAIM})
             RETURNING id""",
            {
                "token": token,
                "time": CLAIM_TIME,
                "providers": list(providers),
                "pairs": [float(model._pair_seconds) for model in providers.values()],
                "burst": BURST,
                "limit": CLAIM,
            },
            log_exceptions=False,
        )
        return cr.rowcount

    @api.model
    def _release(self, token):
        """Free what was claimed and not sent. Index: ``kala_communication__due_idx``."""
        self.env.cr.execute(
            """UPDATE kala_communication SET claim_token = NULL, claimed_until = NULL
                WHERE claim_token = %s AND direction = 'out'
                  AND state IN ('scheduled', 'queued')""",
            [token],
        )
        self._commit()

    # ------------------------------------------------------------------ a chunk

    @api.model
    def _send_chunk(self, token, without=(), faults=None):
        """Send one chunk of a claim.

        :param list without: ids of messages to leave for later
        :param dict faults: communication id → SendResult of those that cannot be sent
        :return: whether there may be more
        """
        chunk = self._next_chunk(token, without)
        if not chunk:
            return False
        jobs = self._prepare(chunk, faults or {})
        self._commit()
        results = self._perform(jobs)
        self._outlasting("_write_results", results)
        self._announce([i for i, _result in results])
        return True

    @api.model
    def _next_chunk(self, token, without=()):
        """Take up to a pool of claimed messages to ``sending``, with their attempts."""
        cr = self.env.cr
        cr.execute(
            """SELECT c.id, c.line_id, k.provider FROM kala_communication c
                 JOIN kala_connection k ON k.id = c.connection_id
                WHERE c.claim_token = %s AND c.direction = 'out'
                  AND c.state IN ('scheduled', 'queued')
                  AND c.claimed_until > now() AT TIME ZONE 'UTC' AND k.state = 'connected'
                  AND NOT (c.id = ANY(%s))
                ORDER BY c.priority, c.send_after, c.id LIMIT %s""",
            [token, list(without), POOL],
        )
        rows = self._within_pace(self._past_gate(cr.fetchall()))
        if not rows:
            return self.env["kala.communication"]
        timeouts = [self.env["kala.provider"]._get(row[2])._timeout for row in rows]
        cr.execute(
            """UPDATE kala_communication
                  SET state = 'sending', attempt_count = COALESCE(attempt_count, 0) + 1,
                      claimed_until = now() AT TIME ZONE 'UTC' + %s * interval '1 second'
                WHERE id = ANY(%s) AND claim_token = %s AND state IN ('scheduled', 'queued')
            RETURNING id""",
            [2 * max(timeouts) + 10, [row[0] for row in rows], token],
            log_exceptions=False,
        )
        ids = {row[0] for row in cr.fetchall()}
        chunk = self.env["kala.communication"].browse([r[0] for r in rows if r[0] in ids])
        chunk.invalidate_recordset(flush=False)
        self.env["kala.attempt"].create(
            [
                {
                    "communication_id": communication.id,
                    "number": communication.attempt_count,
                    "date": fields.Datetime.now(),
                    "state": "sending",
                }
                for communication in chunk
            ]
        )
        self.env.flush_all()
        return chunk

    @api.model
    def _past_gate(self, rows):
        """Ask once more whether the messages may leave: the contact may have opted out and the
        window may have closed since they were queued (CO2, WI1).

        :return: the rows that may leave now
        """
        communications = self.env["kala.communication"].browse([row[0] for row in rows])
        verdicts = self.env["kala.gate"]._judge([c._outgoing() for c in communications])
        for n, verdict in verdicts.items():
            communications[n]._hold(verdict)
        return [row for n, row in enumerate(rows) if n not in verdicts]

    @api.model
    def _within_pace(self, rows):
        """Leave out what would be faster than the line's pace (WA7)."""
        kept, by_line = [], {}
        for row in rows:
            by_line.setdefault((row[1], row[2]), []).append(row)
        for (line_id, code), of_line in by_line.items():
            rate = self.env["kala.provider"]._get(code)._rate_per_second
            if not rate:
                kept += of_line
                continue
            # A reservation of its own, so that lanes do not wait for each other's chunk.
            with self.env.registry.cursor() as cr:
                wait = self.env["kala.line.pace"]._reserve(cr, line_id, len(of_line), rate)
            time.sleep(min(wait, NEAR))
            kept += of_line
        return kept

    @api.model
    def _prepare(self, chunk, faults):
        """Build the requests while the ORM is at hand.

        :param dict faults: communication id → SendResult of what is clear already
        :return: list of (communication id, provider, SendRequest or SendResult)
        """
        jobs = []
        for communication in chunk:
            provider = communication.connection_id._provider()
            try:
                job = (
                    provider._check(communication)
                    or faults.get(communication.id)
                    or provider._prepare_send(communication)
                )
            except Exception as error:
                # Nothing has left: the message waits for a person, with the reason.
                _logger.warning("message %s cannot be built", communication.id, exc_info=True)
                job = SendResult.refused(
                    "rejected", http.mask_secrets(f"{type(error).__name__}: {error}")
                )
            jobs.append((communication.id, provider, job))
        return jobs

    @api.model
    def _perform(self, jobs):
        """Speak with the providers, many at once, without the ORM.

        :return: list of (communication id, SendResult)
        """
        ready = [(i, job) for i, _p, job in jobs if isinstance(job, SendResult)]
        asked = [
            (i, job.read or provider._read_send, job)
            for i, provider, job in jobs
            if not isinstance(job, SendResult)
        ]
        if not asked:
            return ready
        with ThreadPoolExecutor(max_workers=min(POOL, len(asked))) as pool:
            futures = [(i, pool.submit(http.send, job, read)) for i, read, job in asked]
            return ready + [(i, _result_of(future)) for i, future in futures]

    # ------------------------------------------------------------------ results

    @api.model
    def _write_results(self, results):
        """Write down what became of a chunk; what another transaction disturbs is tried again
        with the answers kept in memory (DESIGN 3.6)."""
        try:
            self._retrying(lambda: self._apply_results(results))
        except pg_errors.UniqueViolation:
            # The provider gave one id to several messages: it stays with the attempts only.
            self._rollback()
            _logger.info("a provider repeated the id of a message")
            self._retrying(lambda: self._apply_results(results, keep_ids=False))

    @api.model
    def _apply_results(self, results, keep_ids=True):
        communications = self.env["kala.communication"].browse([i for i, _r in results])
        by_id = self._found_dead(communications, dict(results))
        self._write_attempts(communications, by_id)
        rows, paused = [], {}
        for communication in communications:
            result = by_id[communication.id]
            row = self._result_row(communication, result)
            if not keep_ids:
                row["uid"] = ""
            rows.append(row)
            if row["pause"]:
                paused.setdefault(communication.connection_id, row)
        self._write_rows(rows)
        self._write_sent(communications.filtered(lambda c: by_id[c.id].state in const.SENT_STATES))
        for connection, row in paused.items():
            connection._break(row["kind"], row["reason"])

    @api.model
    def _found_dead(self, communications, by_id):
        """Where nothing at all reaches a provider the connection is dead, and trying each message
        some more times would only use up their tries (DE5).

        :return: dict id → SendResult
        """
        found = dict(by_id)
        for of_connection in communications.grouped("connection_id").values():
            results = [by_id[i] for i in of_connection.ids]
            if len(results) >= DEAD and all(r.code == const.UNREACHABLE for r in results):
                for communication_id, result in zip(of_connection.ids, results, strict=True):
                    found[communication_id] = SendResult.refused(
                        "connection", result.failure_reason, result.code
                    )
        return found

    @api.model
    def _announce(self, ids):
        """Tell screens, managers and automation rules (AU6), after the results are safe: what
        goes wrong here must not take them back."""
        communications = self.env["kala.communication"].browse(ids)
        failed = communications.filtered(lambda c: c.state == "failed")
        try:
            # Nobody watches the single messages of a mass send.
            typed = communications.filtered(lambda c: c.priority < const.PRIORITY_MASS)
            self.env["kala.live"]._changed(typed)
            communications.connection_id._tell_broken()
            if failed:
                failed.failed_date = fields.Datetime.now()
                self.env["kala.task"]._reopen(failed.filtered(lambda c: not c.fallback_pending))
            self.env.flush_all()
            self._commit()
        except Exception:
            self._rollback()
            _logger.exception("results are written, but not everybody could be told")

    @api.model
    def _result_row(self, communication, result):
        """Decide the state after one try (DESIGN 3.6, DE2, DE5)."""
        now = fields.Datetime.now()
        row = {
            "id": communication.id,
            "state": result.state,
            "uid": result.provider_uid,
            "kind": result.failure_kind,
            "reason": (result.failure_reason or "")[:500],
            "wait": "",
            "send_after": communication.send_after or now,
            "pause": False,
        }
        if result.state == "failed" and result.failure_kind in const.PAUSE_KINDS:
            # The connection is of no use: it pauses and keeps the message (DE5).
            row.update(state="queued", wait="retry", send_after=now, pause=True)
        elif result.state == "retry":
            if communication.attempt_count < communication.company_id.kala_max_attempts:
                pause = backoff.pause_seconds(communication.attempt_count, result.retry_after)
                if result.failure_kind == "limit" and result.retry_after:
                    pause = result.retry_after
                row.update(
                    state="queued",
                    wait="limit" if result.failure_kind == "limit" else "retry",
                    send_after=now + timedelta(seconds=pause),
                )
            else:
                row["state"] = "failed"
        return row

    @api.model
    def _write_rows(self, rows):
        """Move the states of a chunk. A report may have been faster: then the state stays, and
        only what we learned is added. Index: primary key."""
        self.env.cr.execute(
            """UPDATE kala_communication c
                  SET state = CASE WHEN c.state IN ('sending', 'unknown') THEN n.state
                                   ELSE c.state END,
                      provider_uid = COALESCE(NULLIF(n.uid, ''), c.provider_uid),
                      failure_kind = CASE WHEN c.state IN ('sending', 'unknown')
                                          THEN NULLIF(n.kind, '') ELSE c.failure_kind END,
                      failure_reason = CASE WHEN c.state IN ('sending', 'unknown')
                                            THEN NULLIF(n.reason, '') ELSE c.failure_reason END,
                      wait_reason = CASE WHEN c.state IN ('sending', 'unknown')
                                         THEN NULLIF(n.wait, '') END,
                      send_after = n.send_after, claim_token = NULL, claimed_until = NULL
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
                             %s::text[], %s::timestamp[])
                        AS n(id, state, uid, kind, reason, wait, send_after)
                WHERE c.id = n.id""",
            [
                [row[name] for row in rows]
                for name in (
                    "id",
                    "state",
                    "uid",
                    "kind",
                    "reason",
                    "wait",
                    "send_after",
                )
            ],
        )
        self.env["kala.communication"].invalidate_model(flush=False)

    @api.model
    def _write_sent(self, communications):
        """A message is as old as its sending."""
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET date = now() AT TIME ZONE 'UTC', recency_pending = TRUE WHERE id = ANY(%s)""",
            [communications.ids],
        )
        communications.invalidate_recordset(flush=False)

    @api.model
    def _write_attempts(self, communications, by_id):
        """Index: ``kala_attempt_communication_id_index``."""
        self.env.cr.execute(
            """UPDATE kala_attempt a
                  SET state = n.state, failure_kind = NULLIF(n.kind, ''),
                      failure_reason = NULLIF(n.reason, ''), code = NULLIF(n.code, ''),
                      provider_uid = NULLIF(n.uid, ''), http_status = n.http
                 FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[],
                             %s::text[], %s::text[], %s::int[])
                        AS n(id, number, state, kind, reason, code, uid, http)
                WHERE a.communication_id = n.id AND a.number = n.number""",
            [
                communications.ids,
                [c.attempt_count for c in communications],
                [by_id[i].state for i in communications.ids],
                [by_id[i].failure_kind for i in communications.ids],
                [(by_id[i].failure_reason or "")[:500] for i in communications.ids],
                [by_id[i].code for i in communications.ids],
                [by_id[i].provider_uid for i in communications.ids],
                [by_id[i].http_status for i in communications.ids],
            ],
        )
        self.env["kala.attempt"].invalidate_model(flush=False)

    # ------------------------------------------------------------------ left behind

    @api.model
    def _sweep(self):
        """What was being sent when its server died is unsure (DE3): nobody sends it again by
        itself. Index: ``kala_communication__sending_idx``."""
        cr = self.env.cr
        cr.execute(
            """UPDATE kala_communication
                  SET state = 'unknown', claim_token = NULL, claimed_until = NULL,
                      failure_reason = %s
                WHERE state = 'sending' AND claimed_until < now() AT TIME ZONE 'UTC'
            RETURNING id""",
            [self.env._("The server stopped while this message was being sent.")],
        )
        left = [row[0] for row in cr.fetchall()]
        cr.execute(
            """UPDATE kala_attempt SET state = 'unknown'
                WHERE communication_id = ANY(%s) AND state = 'sending'""",
            [left],
        )
        self.env["kala.communication"].invalidate_model(flush=False)
        self.env["kala.live"]._changed(self.env["kala.communication"].browse(left))
        self._commit()

    @api.model
    def _cron_resolve_unknown(self):
        """Ask the providers that can tell what became of unsure messages (DESIGN 3.6).

        Index: ``kala_communication__trouble_idx``.
        """
        unsure = self.env["kala.communication"].search(
            [("state", "=", "unknown"), ("connection_id.state", "=", "connected")],
            order="id",
            limit=CLAIM,
        )
        for communication in unsure:
            provider = communication.connection_id._provider()
            request = None if provider is None else provider._prepare_lookup(communication)
            if request is None:
                continue
            try:
                report = provider._read_lookup(http.perform(request))
            except (http.NothingSent, http.PerhapsSent) as error:
                _logger.info("no answer about message %s: %s", communication.id, error)
                continue
            if report is None:
                continue
            row = self.env["kala.intake"]._report_row(communication.id, report)
            self.env["kala.communication"]._apply_states([row])
            self._commit()


def _result_of(future):
    """A fault of our own in the thread: the provider may have the message."""
    try:
        return future.result()
    except Exception as error:
        _logger.exception("sending failed in an unforeseen way")
        return SendResult.unknown(http.mask_secrets(f"{type(error).__name__}: {error}"))
