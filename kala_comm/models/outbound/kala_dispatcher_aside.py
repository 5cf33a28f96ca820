from odoo import api, models

from ...tools import const, states
from .dispatcher_sql import PLAIN
from .kala_communication_aside import ASIDE_RECIPIENTS

#: Messages of one recipient that lanes look at; those that come after them are set aside.
FRONT = 10
#: A recipient has more due messages than this before any is set aside: each costs two writes.
CROWD = 50
#: Due messages of a connection and a priority that one look for such recipients goes through.
LOOK = 2_000

_AFTER_THE_FRONT = f"""
    SELECT id FROM (
           SELECT c.id, count(*) OVER (PARTITION BY c.line_id, c.contact_value) AS count,
                  row_number() OVER (PARTITION BY c.line_id, c.contact_value
                                     ORDER BY c.priority, c.id) AS place
             FROM kala_connection k
            CROSS JOIN unnest(%(priorities)s::int[]) AS p(priority)
             JOIN LATERAL (
                  SELECT id, priority, line_id, contact_value
                    FROM kala_communication
                   WHERE connection_id = k.id AND priority = p.priority
                     AND {states.is_in_line()} AND send_after <= now() AT TIME ZONE 'UTC'
                   ORDER BY send_after, id LIMIT %(look)s) c ON TRUE
            WHERE k.state = 'connected' AND k.provider = ANY(%(providers)s)) due
     WHERE count > %(crowd)s AND place > %(front)s
"""

_OF_THESE = """
    aside AS (SELECT DISTINCT line_id, contact_value FROM kala_communication
               WHERE id = ANY(%(ids)s))
"""

_IN_FRONT = f"""
    SELECT front.id FROM aside
      JOIN LATERAL (
           SELECT id, set_aside FROM kala_communication
            WHERE line_id = aside.line_id AND contact_value = aside.contact_value
              AND direction = 'out' AND {states.is_unsent()}
              AND send_after <= now() AT TIME ZONE 'UTC'
            ORDER BY priority, id LIMIT %(front)s) front ON front.set_aside
"""


class KalaDispatcher(models.AbstractModel):
    """Keeps short what lanes look at of one recipient (docs/architecture.md, 3.5). The messages of
    a recipient leave one after the other, so a lane would look at thousands of them in vain. Those
    that cannot be next are set aside, and come back before it is their turn.

    The first due message of a line and recipient is never set aside, or comes back, and no other
    one may leave: so the order stays as it is, and nothing is overlooked.
    """

    _inherit = "kala.dispatcher"

    @api.model
    def _set_aside(self):
        """Set aside what comes after the first messages of a recipient who has many.

        Indexes: ``kala_communication_due_idx``, primary key.
        """
        self.env.cr.execute(
            f"""{PLAIN}
                UPDATE kala_communication SET set_aside = TRUE
                 WHERE id = ANY(ARRAY({_AFTER_THE_FRONT}))""",
            {
                # Odoo sends e-mails in its own way, many at once.
                "providers": list(self._sending_providers()),
                "priorities": list(const.PRIORITIES),
                "look": LOOK,
                "crowd": CROWD,
                "front": FRONT,
            },
            log_exceptions=False,
        )

    @api.model
    def _bring_back(self, ids=None):
        """Bring back what is next of the recipients of whom something is set aside: those in front
        of it have left, or a person has cancelled them.

        Indexes: ``kala_communication_aside_idx``, ``kala_communication_recipient_idx``.

        :param list ids: only the recipients of these communications; default: all
        """
        which = ASIDE_RECIPIENTS if ids is None else _OF_THESE
        self.env.cr.execute(
            f"""{PLAIN}
                WITH RECURSIVE {which}
                UPDATE kala_communication SET set_aside = NULL
                 WHERE id = ANY(ARRAY({_IN_FRONT}))""",
            {"front": FRONT, "ids": ids},
            log_exceptions=False,
        )
