from odoo import api, models

from ...tools import const

_RANK = {state: n for n, state in enumerate(const.ATTEMPT_RANK)}


class KalaAttempt(models.Model):
    """What a provider tells later belongs to one attempt, and counts only on the connection that
    sent the message (docs/architecture.md, 3.13): gateways do not sign, and reuse small ids."""

    _inherit = "kala.attempt"

    @api.model
    def _report_row(self, communication_id, number, report):
        """:param int number: of the attempt that it is about; 0 = none was made
        :param DeliveryReport report: what the provider said
        :return: dict, as ``kala.communication._apply_states`` takes it"""
        return {
            "id": communication_id,
            "attempt": number,
            "state": report.state,
            "provider_uid": report.uid,
            "failure_kind": report.failure_kind,
            "failure_reason": report.failure_reason,
            "code": report.code,
            "tries": report.tries,
        }

    # ------------------------------------------------------------------ which one

    @api.model
    def _find_by_keys(self, pairs):
        """Find attempts by the id that we gave to them (``kala.communication._echo_key``).

        Index: ``kala_communication_send_key_uniq``.

        :param pairs: of (connection id, what the provider repeated)
        :return: dict pair → (communication id, number of the attempt; 0 = none was made)
        """
        pairs = [pair for pair in pairs if pair[1]]
        if not pairs:
            return {}
        parts = {pair: _split(pair[1]) for pair in pairs}
        self.env.cr.execute(
            """SELECT send_key, id, connection_id, COALESCE(attempt_count, 0)
                 FROM kala_communication WHERE send_key = ANY(%s)""",
            [[send_key for send_key, _number in parts.values()]],
        )
        known = {
            (connection, key): (i, last) for key, i, connection, last in self.env.cr.fetchall()
        }
        found = {}
        for pair, (send_key, number) in parts.items():
            communication_id, last = known.get((pair[0], send_key), (0, 0))
            number = last if number is None else number
            if communication_id and number <= last:
                found[pair] = (communication_id, number)
        return found

    @api.model
    def _find_by_uids(self, pairs):
        """Find attempts by the provider's id, the newest one of those that share it.

        Indexes: ``kala_attempt_uid_idx``, ``kala_communication_provider_uid_uniq``,
        ``kala_attempt__communication_id_index``.

        :param pairs: of (connection id, provider's id)
        :return: dict pair → (communication id, number of the attempt; 0 = none was made)
        """
        pairs = [pair for pair in pairs if pair[1]]
        if not pairs:
            return {}
        connections, uids = (list(column) for column in zip(*pairs, strict=True))
        self.env.cr.execute(
            """WITH asked AS (
                   SELECT * FROM unnest(%s::int[], %s::text[]) AS n(connection_id, uid))
               SELECT asked.connection_id, asked.uid, k.id, a.number, a.id AS attempt_id
                 FROM asked
                 JOIN kala_attempt a ON a.provider_uid = asked.uid AND a.provider_uid <> ''
                 JOIN kala_communication k
                   ON k.id = a.communication_id AND k.connection_id = asked.connection_id
                UNION
               SELECT asked.connection_id, asked.uid, k.id, COALESCE(k.attempt_count, 0), a.id
                 FROM asked
                 JOIN kala_communication k
                   ON k.connection_id = asked.connection_id AND k.direction = 'out'
                  AND k.provider_uid = asked.uid AND k.provider_uid <> ''
                 LEFT JOIN kala_attempt a
                   ON a.communication_id = k.id AND a.number = k.attempt_count
                ORDER BY attempt_id NULLS FIRST, 3""",
            [connections, uids],
        )
        return {
            (connection, uid): (i, number)
            for connection, uid, i, number, _attempt in self.env.cr.fetchall()
        }

    @api.model
    def _find_reported(self, asked):
        """Our own key tells more than the provider's id, which some use again.

        :param dict asked: anything → (connection id, key, provider's id)
        :return: dict the same → (communication id, number of the attempt)
        """
        by_key = self._find_by_keys({(c, key) for c, key, _uid in asked.values()})
        by_uid = self._find_by_uids(
            {(c, uid) for c, key, uid in asked.values() if (c, key) not in by_key}
        )
        found = {
            what: by_key.get((connection, key)) or by_uid.get((connection, uid))
            for what, (connection, key, uid) in asked.items()
        }
        return {what: place for what, place in found.items() if place}

    # ------------------------------------------------------------------ what became of it

    @api.model
    def _move(self, rows):
        """Move attempts by what was reported of them: forward only (DE1).

        :param list rows: as for ``kala.communication._apply_states``
        :return: (the rows that were news, those of them that count for the message, too): a
            failure counts only while its attempt is the last one and nobody has put the message
            back in the queue since
        """
        news, counting, best = [], [], {}
        for row, (last, state, attempt_id, attempt_state) in zip(
            rows, self._present(rows), strict=True
        ):
            is_new = attempt_state is None or _RANK[attempt_state] < _RANK[row["state"]]
            if attempt_id and is_new:
                held = best.get(attempt_id)
                if held is None or _RANK[row["state"]] > _RANK[held["state"]]:
                    best[attempt_id] = row
            number = row.get("attempt")
            if number and not is_new:
                continue
            news.append(row)
            is_old = number and (number < last or state in const.NOT_LEFT_STATES)
            if row["state"] != const.FAILED or not is_old:
                counting.append(row)
        self._write_reported(best)
        return news, counting

    @api.model
    def _present(self, rows):
        """Indexes: primary key, ``kala_attempt__communication_id_index``.

        :return: list, for each row: (number of the last attempt and state of the message, id and
            state of the attempt that the row is about)
        """
        self.env["kala.communication"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            """SELECT COALESCE(c.attempt_count, 0), c.state, a.id, a.state
                 FROM unnest(%s::int[], %s::int[]) WITH ORDINALITY AS n(id, number, place)
                 LEFT JOIN kala_communication c ON c.id = n.id
                 LEFT JOIN kala_attempt a ON a.communication_id = c.id
                  AND a.number = COALESCE(NULLIF(n.number, 0), c.attempt_count)
                ORDER BY n.place""",
            [[row["id"] for row in rows], [row.get("attempt") or 0 for row in rows]],
        )
        return self.env.cr.fetchall()


def _split(key):
    """:return: (our id of the message, number of the attempt, None where the key names none)"""
    send_key, dot, number = key.rpartition(".")
    if dot and number.isascii() and number.isdecimal() and len(number) < 9:
        return send_key, int(number)
    return key, None
