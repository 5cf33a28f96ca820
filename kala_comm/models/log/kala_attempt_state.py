from odoo import api, fields, models

from ...tools import const, states


class KalaAttempt(models.Model):
    """The one owner of an attempt's state (docs/architecture.md, 3.13): each statement that moves
    one stands here. An attempt says what became of one try, so that old tries stay visible (DE4);
    its state moves forward only, and what a report said is not taken back by a late answer."""

    _inherit = "kala.attempt"

    # ------------------------------------------------------------------ it begins and ends

    @api.model
    def _begin(self, communications):
        """Write down that messages are being tried now."""
        self.create(
            [
                {
                    "communication_id": communication.id,
                    "number": communication.attempt_count,
                    "date": fields.Datetime.now(),
                    "state": const.SENDING,
                }
                for communication in communications
            ]
        )

    @api.model
    def _end_taken_back(self, communications):
        """What was under way has not left, and will not.

        Index: ``kala_attempt__communication_id_index``.
        """
        self.search(
            [("communication_id", "in", communications.ids), ("state", "=", const.SENDING)]
        ).state = const.CANCELLED

    @api.model
    def _lose(self, communications):
        """Nobody knows what became of the try (DE3).

        Index: ``kala_attempt__communication_id_index``.
        """
        self.env.cr.execute(
            "UPDATE kala_attempt SET state = %s WHERE communication_id = ANY(%s) AND state = %s",
            [const.UNKNOWN, communications.ids, const.SENDING],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _follow(self, communications):
        """Write what became of the last try of each, as the message says it (DE4).

        Index: ``kala_attempt__communication_id_index``.
        """
        if not communications:
            return
        self.flush_model()
        self.env.cr.execute(
            f"""UPDATE kala_attempt a
                  SET state = c.state, failure_kind = c.failure_kind,
                      failure_reason = c.failure_reason
                 FROM kala_communication c
                WHERE a.communication_id = c.id AND a.number = c.attempt_count
                  AND c.id = ANY(%s)
                  AND {states.is_any(const.SENT, const.FAILED, const.UNKNOWN, alias="c")}""",
            [communications.ids],
        )
        self.invalidate_model(flush=False)

    # ------------------------------------------------------------------ what the provider says

    @api.model
    def _write_answers(self, by_id, tries):
        """A report may have been faster: then what it said stays. Index:
        ``kala_attempt__communication_id_index``.

        :param dict by_id: communication id → SendResult
        """
        columns = zip(
            *(
                (
                    i,
                    tries[i],
                    result.state,
                    result.failure_kind,
                    (result.failure_reason or "")[:500],
                    result.code,
                    result.provider_uid,
                    result.http_status,
                    result.trace,
                )
                for i, result in by_id.items()
            ),
            strict=True,
        )
        self.env.cr.execute(
            """UPDATE kala_attempt a
                  SET state = CASE WHEN m.moves THEN n.state ELSE a.state END,
                      failure_kind = CASE WHEN m.moves THEN NULLIF(n.kind, '')
                                          ELSE a.failure_kind END,
                      failure_reason = CASE WHEN m.moves THEN NULLIF(n.reason, '')
                                            ELSE a.failure_reason END,
                      code = CASE WHEN m.moves THEN NULLIF(n.code, '') ELSE a.code END,
                      provider_uid = COALESCE(NULLIF(n.uid, ''), a.provider_uid),
                      http_status = n.http, trace = NULLIF(n.trace, '')
                 FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[],
                             %s::text[], %s::text[], %s::int[], %s::text[])
                        AS n(id, number, state, kind, reason, code, uid, http, trace)
                 JOIN kala_attempt o ON o.communication_id = n.id AND o.number = n.number
                 JOIN LATERAL (SELECT array_position(%s, o.state::text)
                                      < array_position(%s, n.state) AS moves) m ON TRUE
                WHERE a.id = o.id""",
            [*(list(column) for column in columns), *[list(const.ATTEMPT_RANK)] * 2],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _write_reported(self, best):
        """Index: primary key.

        :param dict best: attempt id → row
        """
        if not best:
            return
        names = ("state", "failure_kind", "failure_reason", "code", "provider_uid")
        columns = [[row.get(name) or "" for row in best.values()] for name in names]
        self.env.cr.execute(
            f"""UPDATE kala_attempt a
                  SET state = n.state,
                      failure_kind = CASE WHEN {states.is_failed("n")} THEN NULLIF(n.kind, '') END,
                      failure_reason = CASE WHEN {states.is_failed("n")}
                                            THEN left(NULLIF(n.reason, ''), 500) END,
                      code = COALESCE(NULLIF(n.code, ''), a.code),
                      provider_uid = COALESCE(NULLIF(a.provider_uid, ''), NULLIF(n.uid, ''))
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
                             %s::text[]) AS n(id, state, kind, reason, code, uid)
                WHERE a.id = n.id""",
            [list(best), *columns],
        )
        self.invalidate_model(flush=False)
