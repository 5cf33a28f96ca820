from odoo import models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _prepare_mass_sms_values(self, records):
        """Keep which record each message is for: the log attaches it there (SM2, LO1)."""
        result = super()._prepare_mass_sms_values(records)
        has_company = "company_id" in records._fields
        for record in records.filtered(lambda record: record.id in result):
            result[record.id].update(
                kala_res_model=record._name,
                kala_res_id=record.id,
                kala_company_id=has_company and record.company_id.id,
            )
        return result
