from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_reference_fields(self, src_partners, dst_partner):
        """Communications, pins and tasks go with the customer that stays (MA12)."""
        dst_partner._kala_absorb(src_partners)
        return super()._update_reference_fields(src_partners, dst_partner)
