from odoo import api, models


class KalaLive(models.AbstractModel):
    _inherit = "kala.live"

    @api.model
    def _changed(self, communications):
        """Every change of a state passes here: Odoo's own SMS follow it (SM2)."""
        communications._mirror_to_sms()
        return super()._changed(communications)
