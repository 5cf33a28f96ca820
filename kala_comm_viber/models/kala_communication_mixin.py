from odoo import fields, models


class KalaCommunicationMixin(models.AbstractModel):
    """The button of the channel (SE1)."""

    _inherit = "kala.communication.mixin"

    kala_can_viber = fields.Boolean(compute="_compute_kala_channels")
