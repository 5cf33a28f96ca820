"""What the dispatcher asks of the queue, as SQL (docs/architecture.md, 3.5)."""

from ...tools import states
from .kala_communication_aside import ASIDE_RECIPIENTS

#: Messages to one recipient that may leave in a row before the pair pace holds them.
BURST = 10

#: A long queue makes these statements look expensive; compiling them takes twenty times as long as
#: running them.
PLAIN = "SET LOCAL jit = off;"

#: What may leave now: due, of no other lane, and the oldest unsent message of its line and
#: recipient, typed answers first (docs/architecture.md, 3.5). A connection that is paused costs
#: nothing, however much it keeps; nor does what is set aside (``kala_dispatcher_aside.py``).
#: Neighbours are looked for one by one (``OFFSET 0``): while the queue has no statistics, the
#: planner goes through all of the line's for each. There are two questions about them, so that
#: neither goes through all neighbours of a message that may leave.
#: Indexes: ``kala_communication_due_idx`` to scan, ``kala_communication_under_way_idx`` and
#: ``kala_communication_recipient_idx`` for the neighbours, ``kala_communication_contact_idx`` for
#: the pace of one recipient, ``kala_line_pace_line_uniq``.
_CLAIMABLE = """
      FROM kala_connection k
      JOIN unnest(%(providers)s::text[], %(pairs)s::float[]) AS p(code, pair)
        ON p.code = k.provider
      JOIN LATERAL (
           SELECT c.id, c.priority, c.send_after
             FROM kala_communication c
             JOIN kala_line_pace f ON f.line_id = c.line_id
            WHERE c.connection_id = k.id
              AND {in_line}
              AND c.send_after <= now() AT TIME ZONE 'UTC'
              AND (c.claimed_until IS NULL OR c.claimed_until < now() AT TIME ZONE 'UTC')
              AND (f.next_free IS NULL
                   OR f.next_free <= now() AT TIME ZONE 'UTC' + interval '{patience} seconds')
              AND NOT EXISTS (
                  SELECT 1 FROM kala_communication o
                   WHERE o.line_id = c.line_id AND o.contact_value = c.contact_value
                     AND o.direction = 'out' AND {sending}
                  OFFSET 0)
              AND NOT EXISTS (
                  SELECT 1 FROM kala_communication o
                   WHERE o.line_id = c.line_id AND o.contact_value = c.contact_value
                     AND o.direction = 'out' AND {unsent}
                     AND (o.priority, o.id) < (c.priority, c.id)
                     AND (o.wait_reason = 'retry' AND o.priority = c.priority
                          OR o.send_after <= now() AT TIME ZONE 'UTC')
                  OFFSET 0)
              AND (p.pair = 0 OR (
                  SELECT count(*) FROM kala_communication s
                   WHERE s.contact_kind = c.contact_kind AND s.contact_value = c.contact_value
                     AND s.line_id = c.line_id AND s.direction = 'out'
                     AND {sent}
                     AND s.date > now() AT TIME ZONE 'UTC'
                                  - p.pair * %(burst)s * interval '1 second') < %(burst)s)
            ORDER BY c.priority, c.send_after, c.id
            LIMIT %(limit)s
            {lock}) due ON TRUE
     WHERE k.state = 'connected'
"""

#: When there is something to do: what may leave now, what is due later, a line that is free again,
#: a recipient whose pace allows it, and claims, since the server that has them may be dead.
_MOMENTS = """
    WITH RECURSIVE {aside},
    moment AS MATERIALIZED (SELECT now() AT TIME ZONE 'UTC' AS now),
    claimable AS (SELECT due.id {claimable} LIMIT 1),
    place AS (
        SELECT k.id AS connection_id, priority, p.pair
          FROM kala_connection k
          JOIN unnest(%(providers)s::text[], %(pairs)s::float[]) AS p(code, pair)
            ON p.code = k.provider
         CROSS JOIN unnest(%(priorities)s::int[]) AS priority
         WHERE k.state = 'connected'
    ), near AS (
        SELECT c.*, place.pair
          FROM moment, place
          JOIN LATERAL (
               SELECT claimed_until, line_id, contact_kind, contact_value
                 FROM kala_communication
                WHERE connection_id = place.connection_id AND priority = place.priority
                  AND {in_line}
                  AND send_after <= moment.now
                ORDER BY send_after LIMIT %(near)s) c ON TRUE
    )
    SELECT extract(epoch FROM min(at) - moment.now)
      FROM moment, (
           SELECT moment.now AS at FROM moment, claimable
            UNION ALL
           SELECT claimed_until FROM moment, near WHERE claimed_until > moment.now
            UNION ALL
           SELECT greatest(claimed_until, moment.now) FROM moment, kala_communication
            WHERE {sending} AND claimed_until IS NOT NULL
            UNION ALL
           SELECT f.next_free
             FROM moment, near JOIN kala_line_pace f ON f.line_id = near.line_id
            WHERE f.next_free > moment.now
            UNION ALL
           SELECT moment.now + near.pair * interval '1 second'
             FROM moment, near
            WHERE near.pair > 0 AND EXISTS (
                  SELECT 1 FROM kala_communication s
                   WHERE s.contact_kind = near.contact_kind
                     AND s.contact_value = near.contact_value
                     AND s.line_id = near.line_id AND s.direction = 'out'
                     AND {sent}
                     AND s.date > moment.now - near.pair * %(burst)s * interval '1 second')
            UNION ALL
           SELECT later.send_after
             FROM moment, place
             JOIN LATERAL (
                  SELECT send_after FROM kala_communication
                   WHERE connection_id = place.connection_id AND priority = place.priority
                     AND {in_line}
                     AND send_after > moment.now
                   ORDER BY send_after LIMIT 1) later ON TRUE
            UNION ALL
           SELECT later.send_after
             FROM moment, aside
             JOIN LATERAL (
                  SELECT connection_id, send_after FROM kala_communication
                   WHERE line_id = aside.line_id AND contact_value = aside.contact_value
                     AND {set_aside}
                     AND send_after > moment.now
                   ORDER BY send_after LIMIT 1) later ON TRUE
            WHERE later.connection_id IN (SELECT connection_id FROM place)) moments
     GROUP BY moment.now
"""


#: Of a message that was sent to the same recipient.
_SENT = states.is_sent("s")


def claimable(patience, lock=""):
    """:param float patience: seconds for which a line may still be busy
    :param str lock: clause that locks the messages
    :return: SQL of what may leave now, from its FROM on; ``due`` are the messages. Parameters:
        ``kala.dispatcher._claim_parameters``, and ``limit``
    """
    return _CLAIMABLE.format(
        patience=patience,
        lock=lock,
        sent=_SENT,
        in_line=states.is_in_line("c"),
        sending=states.is_sending("o"),
        unsent=states.is_unsent("o"),
    )


def moments():
    """:return: SQL of the seconds until there is something to do; parameters as of
    :func:`claimable`, and ``near``, ``priorities``"""
    return _MOMENTS.format(
        claimable=claimable(0),
        sent=_SENT,
        aside=ASIDE_RECIPIENTS,
        in_line=states.is_in_line(),
        sending=states.is_sending(),
        set_aside=states.is_set_aside(),
    )
