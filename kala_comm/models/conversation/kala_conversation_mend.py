from odoo import models
from odoo.exceptions import UserError

from ...tools import const
from ...tools.phone import email_key, phone_key


class KalaCommunication(models.Model):
    """A message that failed since its address was wrong: the address is mended where it stands,
    and the message leaves again (DE4)."""

    _inherit = "kala.communication"

    def action_mend_address(self, address):
        """Write the right address on the card in the place of the wrong one, and send the message
        to it.

        :param str address: phone number in any spelling, or e-mail address
        :return: list of ids of the new messages
        :raise AccessError: if the user may not write to the card
        :raise UserError: if the message did not fail for its address, or with what is wrong with
            the new one
        """
        self.ensure_one()
        self._check_outbox_right()
        if self.state != const.FAILED or self.failure_kind != "address":
            raise UserError(self.env._("Only a message with a wrong address can be mended."))
        record = self._record()
        if not record:
            raise UserError(self.env._("Attach the message to a record first, then mend it."))
        key = record._kala_check_number(address, self.company_id, self.channel)
        if key == self._key():
            raise UserError(self.env._("This is the wrong address still. Change it, then send."))
        owners = [record, *record._kala_contacts()]
        for card in owners if record._name != "sale.order" else owners[1:]:
            card._kala_replace_address(self._key(), address.strip())
        # An approved text is filled once more; another one leaves as it was written.
        template = self.template_id if self.template_id.approval_state else None
        sent = record.kala_send(
            self.channel,
            body=None if template else self.body,
            template=template,
            subject=self.subject or None,
            line=self.line_id,
            number=address,
            attachments=self.attachment_ids,
        )
        return sent.ids


class KalaContactMixin(models.AbstractModel):
    _inherit = "kala.contact.mixin"

    def _kala_replace_address(self, wrong, address):
        """:param wrong: ContactKey that stands on this card, maybe
        :param str address: that takes its place"""
        self.ensure_one()
        region = self._kala_region()
        for name in [*self._kala_phone_fields(), self._kala_email_field()]:
            read = email_key(self[name]) if wrong.kind == "email" else phone_key(self[name], region)
            if self[name] and read == wrong:
                self.check_access("write")
                self[name] = address
