from odoo import api, models
from odoo.exceptions import UserError

from .. import const

#: A message with a button by which the contact tells his number.
NUMBER_REQUEST = "number_request"


class KalaCommunication(models.Model):
    """Asks a contact who is known by his chat alone for his phone number (MA8)."""

    _inherit = "kala.communication"

    def action_ask_number(self):
        """Ask the contact for his phone number; he answers with one press.

        :raise UserError: where he may not be written to, with the reason
        """
        self.ensure_one()
        self.check_access("read")
        if self.channel != const.CHANNEL or self.contact_kind != const.CHANNEL:
            raise UserError(self.env._("Only a contact on Telegram can be asked in this way."))
        record = self._record()
        if not record:
            raise UserError(self.env._("Attach the message to a record first, then ask."))
        record.check_access("write")
        self.env["kala.outbox"]._ask_number(self)
        return True


class KalaOutbox(models.AbstractModel):
    """Queues the question."""

    _inherit = "kala.outbox"

    @api.model
    def _ask_number(self, message):
        """:param message: ``kala.communication`` of the contact"""
        lang = message._record()._kala_customer().lang or self.env.lang
        body = self.with_context(lang=lang).env._(
            "Press the button below to share your phone number with us."
        )
        return self._queue_answer(message, body, kind=NUMBER_REQUEST)
