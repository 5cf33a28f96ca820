import logging
import time

from odoo import api, models
from odoo.tools import SQL

from ...tools import const, http, states, talk
from ...tools.masking import mask_secrets
from ...tools.messages import SendResult
from ...tools.outgoing import Stop
from ..connection import registry
from .kala_dispatcher import PATIENCE, POOL

_logger = logging.getLogger(__name__)


class KalaDispatcher(models.AbstractModel):
    """How one chunk of a claim leaves (docs/architecture.md, 3.6)."""

    _inherit = "kala.dispatcher"

    @api.model
    def _send_chunk(self, claim, ids, faults=None):
        """Send one chunk of a claim.

        :param list ids: those of its messages that may leave now
        :param dict faults: communication id → SendResult of those that cannot be sent
        :return: whether there may be more
        """
        rows = self._within_pace(self._claimed_rows(claim, ids))
        if not rows:
            return False
        passed, stopped = self._past_gate(rows)
        chunk = self._take(claim, passed)
        tries = {communication.id: communication.attempt_count for communication in chunk}
        jobs = self._prepare(chunk, faults or {})
        self._commit()
        if jobs:
            results = self._perform(jobs)
            self._do_until_kept("_write_results", results, tries)
        self._announce([*tries, *stopped], answered=tries)
        return True

    @api.model
    def _send_one_by_one(self, claim):
        """One of them breaks the sending: it waits for a person, and its neighbours leave."""
        for communication_id in claim.ids:
            fault = self._do_or_fault(lambda i=communication_id: self._send_chunk(claim, [i]))
            if fault:
                _logger.warning("message %s cannot be sent", communication_id, exc_info=fault)
                self._retrying(lambda i=communication_id, fault=fault: self._stop_broken(i, fault))
                self._announce([communication_id])

    @api.model
    def _stop_broken(self, communication_id, fault):
        reason = mask_secrets(f"{type(fault).__name__}: {fault}")[:500]
        self.env["kala.communication"].browse(communication_id)._hold(Stop("rejected", reason))

    # ------------------------------------------------------------------ what leaves

    @api.model
    def _claimed_rows(self, claim, ids):
        """:return: list of (id, line id, code of the provider), in order"""
        self.env.cr.execute(
            f"""SELECT c.id, c.line_id, k.provider FROM kala_communication c
                 JOIN kala_connection k ON k.id = c.connection_id
                WHERE c.id = ANY(%s) AND c.claim_token = %s
                  AND {states.is_unsent("c")}
                  AND c.claimed_until > now() AT TIME ZONE 'UTC' AND k.state = 'connected'
                ORDER BY c.priority, c.send_after, c.id""",
            [ids, claim.token],
        )
        return self.env.cr.fetchall()

    @api.model
    def _within_pace(self, rows):
        """Choose up to a pool of messages, of each line as many as may leave at once, and wait
        for it; a line that another lane was faster with is left for later (WA7)."""
        by_line = {}
        for row in rows:
            by_line.setdefault((row[1], row[2]), []).append(row)
        kept, wait = [], 0.0
        for (line_id, code), of_line in by_line.items():
            of_line = of_line[: POOL - len(kept)]
            rate = registry.provider(self.env, code)._rate_per_second
            if rate and of_line:
                of_line = of_line[: max(1, int(rate * PATIENCE))]
                free = self.env["kala.line.pace"]._reserve(line_id, len(of_line), rate, PATIENCE)
                if free is None:
                    continue
                wait = max(wait, free)
            kept += of_line
        if wait:
            # Nobody waits for a transaction that sleeps.
            self._commit()
            time.sleep(wait)
        return kept

    @api.model
    def _past_gate(self, rows):
        """Ask once more whether the messages may leave: the contact may have opted out and the
        window may have closed since they were queued (CO2, WI1).

        :return: (the rows that may leave now, ids of the messages that never will)
        """
        communications = self.env["kala.communication"].browse([row[0] for row in rows])
        verdicts = self.env["kala.gate"]._judge(communications._outgoing())
        for n, verdict in verdicts.items():
            communications[n]._hold(verdict)
        passed = [row for n, row in enumerate(rows) if n not in verdicts]
        return passed, [rows[n][0] for n, v in verdicts.items() if isinstance(v, Stop)]

    @api.model
    def _take(self, claim, rows):
        """Take claimed messages to ``sending``, with their attempts."""
        if not rows:
            return self.env["kala.communication"]
        timeouts = [registry.provider(self.env, row[2])._timeout for row in rows]
        communications = self.env["kala.communication"].browse([row[0] for row in rows])
        taken = communications._move(
            "send",
            communications,
            const.SENDING,
            which=SQL("c.claim_token = %s", claim.token),
            columns={
                "attempt_count": SQL("COALESCE(c.attempt_count, 0) + 1"),
                "claimed_until": SQL(
                    "now() AT TIME ZONE 'UTC' + %s * interval '1 second'", 2 * max(timeouts) + 10
                ),
            },
        )
        chunk = communications & taken
        self.env["kala.attempt"]._begin(chunk)
        self.env.flush_all()
        return chunk

    @api.model
    def _prepare(self, chunk, faults):
        """Build the requests while the ORM is at hand.

        :param dict faults: communication id → SendResult of what is clear already
        :return: list of (communication id, Question or SendResult)
        """
        ready, asked = [], []
        for communication in chunk:
            provider = communication.connection_id._provider()
            try:
                job = (
                    self._check_login(communication.connection_id)
                    or provider._check(communication)
                    or faults.get(communication.id)
                    or provider._prepare_send(communication)
                )
            except Exception as error:
                # Nothing has left: the message waits for a person, with the reason.
                _logger.warning("message %s cannot be built", communication.id, exc_info=True)
                job = SendResult.refused(
                    "rejected", mask_secrets(f"{type(error).__name__}: {error}")
                )
            connection = communication.connection_id
            if isinstance(job, SendResult):
                ready.append((communication.id, connection._sealed(job)))
            else:
                read = job.read or provider._read_send
                asked.append((communication.id, (connection, job, read)))
        questions = self.env["kala.connection"]._questions([triple for _i, triple in asked])
        return ready + [(i, q) for (i, _triple), q in zip(asked, questions, strict=True)]

    @api.model
    def _check_login(self, connection):
        """:return: SendResult where somebody emptied the login since it was connected (DE5)"""
        missing = connection._missing_sentence()
        return SendResult.refused("connection", missing) if missing else None

    # ------------------------------------------------------------------ HTTP

    @api.model
    def _perform(self, jobs):
        """Speak with the providers, many at once, without the ORM.

        :param list jobs: of :meth:`_prepare`
        :return: list of (communication id, SendResult)
        """
        ready = [(i, job) for i, job in jobs if isinstance(job, SendResult)]
        asked = [(i, job) for i, job in jobs if not isinstance(job, SendResult)]
        heard = talk.ask_all([question for _i, question in asked])
        return ready + [
            (i, http.result_of(told)) for (i, _question), told in zip(asked, heard, strict=True)
        ]
