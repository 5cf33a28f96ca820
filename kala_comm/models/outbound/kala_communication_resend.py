from odoo import fields, models

from ...tools import const


class KalaCommunication(models.Model):
    """Many failed messages are sent again at once (DE4)."""

    _inherit = "kala.communication"

    def _resend_failed(self):
        """Put those back in the queue that are still failed and whose record the user may write
        to, in a number of queries that does not grow. Of two requests at the same moment one
        finds nothing left to do.

        :return: the messages that leave again
        """
        again = self._with_writable_record()
        again = again.sudo()._requeue(fields.Datetime.now(), states=(const.FAILED,), by_person=True)
        again._moved()
        return again.sudo(False)

    def _with_writable_record(self):
        """:return: those of self whose record the user may write to"""
        writable = self.browse()
        for model, communications in self.grouped("res_model").items():
            if model and model in self.env:
                ids = communications.mapped("res_id")
                records = self.env[model].browse(ids).exists()._filtered_access("write")
                allowed = set(records.ids)
                writable |= communications.filtered(lambda c, allowed=allowed: c.res_id in allowed)
        return writable
