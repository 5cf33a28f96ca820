"""The one owner of a communication's state (docs/architecture.md, 3.13): which moves there are, the
one statement that makes them, and what follows from them, in one order.

What follows happens in rooms above the log (outbound, task, notify, mass). The order stands here,
in the room of the state itself: who moves a state looks here to see all that comes of it. Each
step is a method of ``kala.communication`` that the room which knows how defines once:

* ``_reopen_tasks`` in ``task/answer.py``
* ``_note_optouts`` in ``outbound/kala_communication_outbox.py``
* ``_wake_fallback`` in ``outbound/kala_communication_fallback.py``
* ``_follow_mass_send`` in ``mass/requeued.py``
* ``_show_change`` in ``notify/shown.py``
* ``_show_waiting`` in ``conversation/waiting_news.py``
"""

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const

_UNSENT = const.UNSENT_STATES
_IN_HAND = (const.SENDING, const.UNKNOWN)

#: Who moves a communication → to which state → from which states. A row that is in none of these
#: stays as it is: somebody else was faster. Calls are no messages: their state says only whether
#: we were answered.
MOVES = {
    # A lane, or Odoo's mail, sends it now.
    "send": {const.SENDING: _UNSENT},
    # What came of the try: it may wait for another one, or be cancelled with its mass send.
    "answer": dict.fromkeys(
        (*const.SENT_STATES, const.FAILED, const.UNKNOWN, const.QUEUED, const.CANCELLED), _IN_HAND
    ),
    # The provider reports what became of it: forward only (DE1).
    "report": {
        state: const.STATE_RANK[: const.STATE_RANK.index(state)] for state in const.REPORTED_STATES
    },
    # Nobody knows whether it left (DE3).
    "lose": {const.UNKNOWN: (*_UNSENT, const.SENDING)},
    # A person, the send window or a held mass send says when it may leave.
    "wait": {const.SCHEDULED: _UNSENT, const.QUEUED: _UNSENT},
    # The gate says that it must not leave.
    "stop": {const.FAILED: _UNSENT},
    # A person does not want it any more.
    "cancel": {const.CANCELLED: _UNSENT},
    # The same of an e-mail that Odoo has already and has not sent.
    "withdraw": {const.CANCELLED: (const.QUEUED, const.SENDING)},
    # Backward: it is sent once more, as a new attempt (DE4).
    "again": {const.QUEUED: (const.FAILED, const.CANCELLED, const.UNKNOWN, *_UNSENT)},
    # Backward: Odoo gives back an e-mail that has not left, so that it can be held (BR2).
    "return": {const.QUEUED: (const.SENDING,)},
    # A later event says whether the call was answered (VO1).
    "call": {const.SENT: (const.CANCELLED,), const.CANCELLED: (const.SENT,)},
}

#: PostgreSQL's types of what is new about each row; all else is text.
_TYPES = {"id": "int", "number": "int", "message_id": "int", "send_after": "timestamp"}


class KalaCommunication(models.Model):
    """How a state moves, and what follows. The ORM never writes a state after creation
    (docs/architecture.md, 3.6)."""

    _inherit = "kala.communication"

    # ------------------------------------------------------------------ the one statement

    @api.model
    def _move(self, move, rows, to=None, which=None, columns=None):
        """Move states: one statement for all rows, which decides each race with other
        transactions. It lets nothing follow: that is :meth:`_moved`.

        Index: primary key, where ``rows`` are given; else the one of ``which``.

        :param str move: key of :data:`MOVES`
        :param rows: communications; or a list of dicts of the same keys: ``id`` and what is new
            about that one, which SQL of ``which`` and ``columns`` sees as ``n``; or None = those
            that ``which`` names
        :param str to: state; default: the ``state`` of each row
        :param SQL which: condition that a row ``c`` must meet as well
        :param dict columns: what else is written: column → value, or SQL of ``c`` and ``n``
        :return: the communications that moved
        """
        if rows is not None and not rows:
            return self.browse()
        self.flush_model()
        is_list = isinstance(rows, list)
        targets = {to} if to else {row["state"] for row in rows}
        values = {"state": to or SQL("n.state"), **(columns or {})}
        conditions = [_allowed(move, targets), *([which] if which else [])]
        if is_list:
            conditions.append(SQL("c.id = n.id"))
        elif rows is not None:
            conditions.append(SQL("c.id = ANY(%s)", rows.ids))
        self.env.cr.execute(
            SQL(
                "UPDATE kala_communication c SET %s %s WHERE %s RETURNING c.id",
                SQL(", ").join(SQL("%s = %s", SQL.identifier(n), v) for n, v in values.items()),
                _source(rows) if is_list else SQL(),
                SQL(" AND ").join(conditions),
            ),
            log_exceptions=False,
        )
        moved = self.browse([row[0] for row in self.env.cr.fetchall()])
        if rows is None:
            self.invalidate_model(flush=False)
        else:
            named = [row["id"] for row in rows] if is_list else rows.ids
            self.browse(named).invalidate_recordset(flush=False)
        return moved

    # ------------------------------------------------------------------ what follows

    def _moved(self, told=None, shown=None):
        """Let follow what the present states ask for, in this order. What depends on nobody else
        comes first; screens come last, since they show all of it.

        :param told: those whose failure the provider told; default: all. What our own gate
            stopped is no word of the contact's.
        :param shown: those that open screens are told of; default: all
        """
        if not self:
            return
        failed = self.filtered(lambda c: c.state == const.FAILED)
        lost = failed | self.filtered(lambda c: c.state == const.CANCELLED)
        lost._reopen_tasks()
        # What did not leave or arrive was no answer (TA3).
        lost._show_waiting()
        # What left is noted with the last-communication columns (LO12).
        gone = self.filtered(lambda c: c.state not in const.SENT_STATES)
        self.env["kala.answer.due"]._note(gone.ids)
        if failed:
            # Automation rules about failures look here (AU6).
            failed.failed_date = fields.Datetime.now()
        (failed if told is None else failed & told)._note_optouts()
        failed._wake_fallback()
        self._follow_mass_send()
        (self if shown is None else shown)._show_state()

    def _show_state(self):
        """Tell whoever shows the states of these."""
        self._mirror_state()
        self._show_change()

    def _mirror_state(self):
        """Other parts of Odoo that show the same message follow here: a channel's addon that
        knows of one extends it (SM2). The log itself knows of none."""

    # ------------------------------------------------------------------ reports

    @api.model
    def _apply_states(self, rows):
        """Move states by what providers reported: forward only (DE1).

        A report of a failure that passes (limit, temporary) puts the message back in the queue,
        as long as tries are left (DE2). The failure of an older attempt is that attempt's only
        (docs/architecture.md, 3.13).

        :param list rows: of dicts ``id, attempt, state, provider_uid, failure_kind,
            failure_reason, code, tries``; without ``attempt`` (its number) it is said of the
            message as it is now
        :return: the communications that changed
        """
        rank = const.STATE_RANK.index
        news, counting = self.env["kala.attempt"]._move(
            [row for row in rows if row["state"] in const.REPORTED_STATES]
        )
        best = {}
        for row in counting:
            held = best.get(row["id"])
            if held is None or rank(row["state"]) > rank(held["state"]):
                best[row["id"]] = row
        changed = self._move_reported(list(best.values()))
        failed = changed.filtered(lambda c: c.state == const.FAILED)
        failed._retry_after_report({i: row.get("tries") or 0 for i, row in best.items()})
        changed._moved()
        self._note_late_optouts([row for row in news if row not in counting])
        return changed

    @api.model
    def _move_reported(self, rows):
        """:param list rows: of :meth:`_apply_states`, one for each communication
        :return: the communications that changed

        Indexes: primary key, ``kala_communication_provider_uid_uniq``: an id that a provider uses
        again stays with the attempts only.
        """
        is_failure = "CASE WHEN n.state = %s THEN NULLIF(n.{}, '') END"
        return self._move(
            "report",
            [
                {
                    "id": row["id"],
                    "number": row.get("attempt") or 0,
                    "state": row["state"],
                    "uid": row.get("provider_uid") or "",
                    "kind": row.get("failure_kind") or "",
                    "reason": (row.get("failure_reason") or "")[:500],
                }
                for row in rows
            ],
            which=SQL("c.direction = 'out'"),
            columns={
                "provider_uid": SQL(
                    """COALESCE(
                        NULLIF(c.provider_uid, ''),
                        CASE WHEN n.number IN (0, c.attempt_count) AND NOT EXISTS (
                                  SELECT 1 FROM kala_communication o
                                   WHERE o.connection_id = c.connection_id
                                     AND o.direction = 'out' AND o.provider_uid = n.uid)
                             THEN NULLIF(n.uid, '') END)"""
                ),
                "failure_kind": SQL(is_failure.format("kind"), const.FAILED),
                "failure_reason": SQL(is_failure.format("reason"), const.FAILED),
                "wait_reason": None,
                "claim_token": None,
                "claimed_until": None,
                "recency_pending": SQL("c.recency_pending OR c.state NOT IN %s", const.SENT_STATES),
            },
        )


def _allowed(move, targets):
    """:return: SQL: whether a row ``c`` may move to the target, or to the ``n.state`` of its row"""
    sources = {target: MOVES[move][target] for target in targets}
    if len(set(sources.values())) == 1:
        return SQL("c.state IN %s", next(iter(sources.values())))
    pairs = tuple((source, to) for to, allowed in sources.items() for source in allowed)
    return SQL("(c.state, n.state) IN %s", pairs)


def _source(rows):
    """:return: SQL of a table ``n`` of the rows"""
    names = list(rows[0])
    columns = [
        SQL("%s::%s[]", [row[name] for row in rows], SQL(_TYPES.get(name, "text")))
        for name in names
    ]
    return SQL(
        "FROM unnest(%s) AS n(%s)",
        SQL(", ").join(columns),
        SQL(", ").join(map(SQL.identifier, names)),
    )
