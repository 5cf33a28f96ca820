from odoo import models

from .kala_odoo_sms import SmsApiKala


class ResCompany(models.Model):
    _inherit = "res.company"

    def _kala_sends_sms(self):
        """:return: whether the company has an SMS line to send from; a paused one counts, since
        its messages wait and do not go another way (SM2)"""
        self.ensure_one()
        lines = self.env["kala.line"].sudo()
        return bool(lines.search_count(lines._usable_domain(self, "sms"), limit=1))

    def _get_sms_api_class(self):
        if self._kala_sends_sms():
            return SmsApiKala
        return super()._get_sms_api_class()
