from odoo import fields, models

from ...tools import states

#: Each line and recipient of whom something is set aside, one step of the index for each: how many
#: messages they have does not count. Index: ``kala_communication_aside_idx``.
ASIDE_RECIPIENTS = f"""
    aside AS (
        (SELECT line_id, contact_value FROM kala_communication
          WHERE {states.is_set_aside()}
          ORDER BY line_id, contact_value LIMIT 1)
         UNION ALL
        SELECT other.line_id, other.contact_value
          FROM aside
          JOIN LATERAL (
               SELECT line_id, contact_value FROM kala_communication
                WHERE {states.is_set_aside()}
                  AND (line_id, contact_value) > (aside.line_id, aside.contact_value)
                ORDER BY line_id, contact_value LIMIT 1) other ON TRUE)
"""


class KalaCommunication(models.Model):
    """What a lane does not look at; why, and how it comes back: ``kala_dispatcher_aside.py``."""

    _inherit = "kala.communication"

    set_aside = fields.Boolean(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Many messages of the same recipient leave before this one: no lane looks at it yet.",
    )

    _aside_idx = models.Index(f"(line_id, contact_value, send_after) WHERE {states.is_set_aside()}")
