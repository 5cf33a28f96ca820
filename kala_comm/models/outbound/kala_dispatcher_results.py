import logging
from datetime import timedelta

from psycopg2 import errors as pg_errors

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import backoff, const
from ...tools.messages import SendResult

_logger = logging.getLogger(__name__)

#: When so many messages of one chunk cannot reach their provider, and none can, the connection is
#: dead: one alone tries again by itself.
DEAD = 4
#: What a try tells about a message whatever its state is by now: a message is as old as its
#: sending, and the provider's id is the last one that it gave.
_SENT_DATE = SQL(
    "CASE WHEN n.state IN %s THEN now() AT TIME ZONE 'UTC' ELSE c.date END", const.SENT_STATES
)
_SENT_UID = SQL("COALESCE(NULLIF(n.uid, ''), c.provider_uid)")


class KalaDispatcher(models.AbstractModel):
    """What became of a chunk (docs/architecture.md, 3.6), and of what a dead server left behind."""

    _inherit = "kala.dispatcher"

    @api.model
    def _write_results(self, results, tries):
        """Write down what became of a chunk; what another transaction disturbs is tried again
        with the answers kept in memory (docs/architecture.md, 3.6).

        :param list results: of (communication id, SendResult)
        :param dict tries: communication id → number of the attempt that the result is of
        """
        try:
            self._retrying(lambda: self._apply_results(results, tries))
        except pg_errors.UniqueViolation:
            # The provider gave one id to several messages: it stays with the attempts only.
            self._rollback()
            _logger.info("a provider repeated the id of a message")
            self._retrying(lambda: self._apply_results(results, tries, keep_ids=False))

    @api.model
    def _apply_results(self, results, tries, keep_ids=True):
        by_id = self._found_dead(dict(results))
        self.env["kala.attempt"]._write_answers(by_id, tries)
        # What came so late that it is being sent again is news of the attempt only.
        communications = (
            self.env["kala.communication"]
            .browse(by_id)
            .filtered(lambda c: c.attempt_count == tries[c.id])
        )
        rows, paused, back = [], {}, communications.browse()
        for communication in communications:
            row = self._result_row(communication, by_id[communication.id])
            if not keep_ids:
                row["uid"] = ""
            rows.append(row)
            if row["state"] == const.QUEUED:
                back |= communication
            if row["pause"]:
                paused.setdefault(communication.connection_id, row)
        masses = back.mass_send_id
        self._write_rows(rows)
        self._learn_ids({i: result.contact_uid for i, result in by_id.items()})
        self._follow_moved(communications, by_id)
        masses._hold_if_paused()
        for connection, row in paused.items():
            connection._break(row["kind"], row["reason"])

    @api.model
    def _found_dead(self, by_id):
        """Where nothing at all reaches a provider the connection is dead, and trying each message
        some more times would only use up their tries (DE5).

        :return: dict id → SendResult
        """
        found, communications = dict(by_id), self.env["kala.communication"].browse(by_id)
        for of_connection in communications.grouped("connection_id").values():
            results = [by_id[i] for i in of_connection.ids]
            if len(results) >= DEAD and all(r.code == const.UNREACHABLE for r in results):
                for communication_id, result in zip(of_connection.ids, results, strict=True):
                    found[communication_id] = SendResult.refused(
                        "connection", result.failure_reason, result.code
                    )
        return found

    @api.model
    def _announce(self, ids, answered=()):
        """Tell screens, managers and automation rules (AU6), after the results are safe: what
        goes wrong here must not take them back.

        :param answered: ids of those that went to the provider; the others our own gate stopped
        """
        if not ids:
            return
        try:
            self._retrying(lambda: self._tell(ids, answered))
        except Exception:
            self._rollback()
            _logger.exception("results are written, but not everybody could be told")

    @api.model
    def _tell(self, ids, answered):
        """:param ids, answered: as of :meth:`_announce`"""
        communications = self.env["kala.communication"].browse(ids)
        communications._moved(
            told=communications.browse(answered),
            # Nobody watches the single messages of a mass send.
            shown=communications.filtered(lambda c: c.priority < const.PRIORITY_MASS),
        )
        communications.connection_id._tell_broken()

    @api.model
    def _result_row(self, communication, result):
        """Decide the state after one try (docs/architecture.md, 3.6, DE2, DE5)."""
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
        if result.state == const.FAILED and result.failure_kind in const.PAUSE_KINDS:
            # The connection is of no use: it pauses and keeps the message (DE5).
            row.update(state=const.QUEUED, wait="retry", send_after=now, pause=True)
        elif result.state == const.RETRY:
            if communication._has_tries_left(result.tries):
                pause = backoff.pause_seconds(communication._tries(), result.retry_after)
                if result.failure_kind == "limit" and result.retry_after:
                    pause = result.retry_after
                if result.moved_to:
                    pause = 0
                row.update(
                    state=const.QUEUED,
                    wait="limit" if result.failure_kind == "limit" else "retry",
                    send_after=now + timedelta(seconds=pause),
                )
            else:
                row["state"] = const.FAILED
        if row["state"] == const.QUEUED and communication.mass_send_id.state == "cancelled":
            # It was on its way when somebody cancelled the others.
            row.update(state=const.CANCELLED, wait="")
        if row["state"] == const.FAILED and row["kind"] == "consent" and communication.is_service:
            # The provider has confirmed the opt-out itself: ours is not wanted any more (CO2).
            row.update(state=const.CANCELLED)
        return row

    @api.model
    def _learn_ids(self, uids):
        """Keep by which id the provider knows whom we wrote to by his number: he may come back
        with it alone (CO2). Index: primary key.

        :param dict uids: communication id → the id, empty where the provider said none
        """
        told = {i: uid for i, uid in uids.items() if uid}
        if not told:
            return
        self.env.cr.execute(
            """UPDATE kala_communication c SET contact_uid = n.uid
                 FROM unnest(%s::int[], %s::text[]) AS n(id, uid)
                WHERE c.id = n.id AND c.contact_kind = 'phone'""",
            [list(told), list(told.values())],
        )
        self.env["kala.communication"].invalidate_model(["contact_uid"], flush=False)

    @api.model
    def _follow_moved(self, communications, by_id):
        """Write to where the provider says that the contact is now."""
        for communication in communications:
            new = by_id[communication.id].moved_to
            if new and new != communication.contact_value:
                communication._move_contact(communication.connection_id, communication._key(), new)

    @api.model
    def _write_rows(self, rows):
        """Move the states of a chunk.

        A report may have been faster: then its state stays, and only what we learned is added.
        """
        names = ("id", "state", "uid", "kind", "reason", "wait", "send_after")
        moved = self.env["kala.communication"]._move(
            "answer",
            [{name: row[name] for name in names} for row in rows],
            columns={
                "date": _SENT_DATE,
                "provider_uid": _SENT_UID,
                "claim_token": None,
                "claimed_until": None,
                "recency_pending": SQL("c.recency_pending OR n.state IN %s", const.SENT_STATES),
                "failure_kind": SQL("NULLIF(n.kind, '')"),
                "failure_reason": SQL("NULLIF(n.reason, '')"),
                "wait_reason": SQL("NULLIF(n.wait, '')"),
                "send_after": SQL("n.send_after"),
            },
        )
        known = set(moved.ids)
        self._write_overtaken([row for row in rows if row["id"] not in known])

    @api.model
    def _write_overtaken(self, rows):
        """What a report has put back in the queue is as it was before. Index: primary key."""
        if not rows:
            return
        columns = ([row[name] for row in rows] for name in ("id", "state", "uid"))
        self.env.cr.execute(
            SQL(
                """UPDATE kala_communication c
                      SET date = %s, provider_uid = %s, claim_token = NULL, claimed_until = NULL
                     FROM unnest(%s::int[], %s::text[], %s::text[]) AS n(id, state, uid)
                    WHERE c.id = n.id AND c.state NOT IN %s""",
                _SENT_DATE,
                _SENT_UID,
                *columns,
                const.UNSENT_STATES,
            )
        )
        self.env["kala.communication"].invalidate_model(flush=False)

    # ------------------------------------------------------------------ left behind

    @api.model
    def _sweep(self):
        """What was being sent when its server died is unsure (DE3): nobody sends it again by
        itself. Index: ``kala_communication_sending_idx``."""
        left = self.env["kala.communication"]._move(
            "lose",
            None,
            const.UNKNOWN,
            which=SQL("c.state = %s AND c.claimed_until < now() AT TIME ZONE 'UTC'", const.SENDING),
            columns={
                "claim_token": None,
                "claimed_until": None,
                "failure_reason": self.env._(
                    "The server stopped while this message was being sent."
                ),
            },
        )
        self.env["kala.attempt"]._lose(left)
        left._moved()
