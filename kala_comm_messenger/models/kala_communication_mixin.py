from odoo import fields, models


class KalaCommunicationMixin(models.AbstractModel):
    """The buttons of the channels (SE1)."""

    _inherit = "kala.communication.mixin"

    kala_can_messenger = fields.Boolean(compute="_compute_kala_channels")
    kala_can_instagram = fields.Boolean(compute="_compute_kala_channels")
