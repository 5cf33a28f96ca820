from odoo import models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _prepare_mass_sms_values(self, records):
        """Keep which record each message is for: the log attaches it there (SM2, LO1)."""
        result = super()._prepare_mass_sms_values(records)
        for res_id, values in result.items():
            values.update(kala_res_model=records._name, kala_res_id=res_id)
        return result
