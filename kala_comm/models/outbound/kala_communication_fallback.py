from odoo import fields, models

from ...tools import const, states
from ..connection.channel_fields import TextChannelField


class KalaCommunication(models.Model):
    """What is tried instead where the address turns out to be wrong (SE5)."""

    _inherit = "kala.communication"

    fallback_channel = TextChannelField(
        string="Else by",
        readonly=True,
        copy=False,
        help="Where the provider says that the address is wrong, it is sent on this channel.",
    )
    fallback_template_id = fields.Many2one(
        "kala.template", readonly=True, copy=False, ondelete="set null"
    )
    fallback_pending = fields.Boolean(
        readonly=True, copy=False, help="The other channel has not been tried."
    )
    fallback_of_id = fields.Many2one(
        "kala.communication",
        string="Sent instead of",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The message that could not be delivered on its channel.",
    )

    # Never twice, whoever is dispatching.
    _fallback_of_uniq = models.UniqueIndex(
        "(fallback_of_id) WHERE fallback_of_id IS NOT NULL",
        "Another channel was tried already.",
    )
    _fallback_idx = models.Index(f"(id) WHERE fallback_pending AND {states.is_failed()}")

    def _given_up(self):
        """:return: those of failed messages that nothing is sent instead of"""
        return self.filtered(
            lambda c: not (c.fallback_pending and c.failure_kind == const.FALLBACK_KIND)
        )

    def _wake_fallback(self):
        """A lane sends on the other channel what failed for good."""
        if self.filtered("fallback_pending"):
            self.env["kala.dispatcher"]._wake()
