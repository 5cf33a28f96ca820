from odoo import api, fields, models

from .kala_odoo_sms import SmsApiKala


class SmsSms(models.Model):
    _inherit = "sms.sms"

    # Odoo's mass mode keeps no trace of the record that a message is for.
    kala_res_model = fields.Char(string="Record model", readonly=True)
    kala_res_id = fields.Integer(string="Record id", readonly=True)
    kala_company_id = fields.Many2one("res.company", string="Record company", readonly=True)

    def _split_by_api(self):
        """Send through the company's line where it has one (SM2)."""
        rest = self.browse()
        by_company = self.grouped(lambda sms: sms.kala_company_id or sms._get_sms_company())
        for company, messages in by_company.items():
            if company._kala_sends_sms():
                sms_api = SmsApiKala(self.env)
                sms_api._set_company(company)
                yield sms_api, messages
            else:
                rest += messages
        if rest or not self:
            yield from super(SmsSms, rest)._split_by_api()

    @api.model
    def _process_queue(self):
        """Send what waits, one company after the other.

        Odoo's own job takes the messages of all companies as one batch: it asks them for their
        one company and fails, and it passes the choice of the service by.
        """
        domain = [("state", "=", "outgoing"), ("to_delete", "!=", True)]
        size = self._get_send_batch_size()
        waiting = self.search(domain, limit=size, order="id").try_lock_for_update()
        for sms_api, messages in waiting._split_by_api() if waiting else ():
            messages.with_context(sms_api=sms_api)._send(
                unlink_failed=False, unlink_sent=True, raise_exception=False
            )
        if waiting:
            left = self.search_count(domain) if len(waiting) == size else 0
            self.env["ir.cron"]._commit_progress(len(waiting), remaining=left)
