from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools import phone
from odoo.addons.kala_comm.tools.masking import mask_secrets
from odoo.addons.kala_comm.tools.phone import phone_key


class KalaCall(models.AbstractModel):
    """Click to call (VO2)."""

    _name = "kala.call"
    _description = "Click to Call"

    @api.model
    def dial(self, number):
        """Ring the extension of the current user and dial a number.

        :param str number: in any spelling
        :return: False where the user has no extension of a telephone system that can do it: the
            device dials then
        :raise UserError: if the telephone system did not take the call
        """
        region = self.env.company._kala_region()
        key = phone_key(number, region)
        if not key or not self.env.user._is_internal():
            return False
        for extension in self._extensions():
            connection = extension.connection_id
            provider = connection._provider()
            request = provider is not None and provider._prepare_call(
                connection, extension.number, phone.dial(number, key, region)
            )
            if request:
                self._perform(connection, request)
                return True
        return False

    @api.model
    def _extensions(self):
        """:return: the user's own, of the telephone systems that are connected"""
        return (
            self.env["kala.extension"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", self.env.company.id),
                    ("connection_id.state", "=", "connected"),
                ]
            )
        )

    @api.model
    def _perform(self, connection, request):
        provider = connection._provider()
        heard = connection._ask(request, lambda answer: provider._read_call(connection, answer))
        if heard.is_refused:
            # A copy must not ring anybody's telephone (AD5).
            raise UserError(heard.fault)
        if heard.fault:
            raise UserError(
                self.env._(
                    "The telephone system cannot be reached: %s. Try again in a moment, or dial "
                    "by hand.",
                    connection._failure_words(heard.fault),
                )
            )
        if refusal := heard.told:
            raise UserError(
                self.env._(
                    "The telephone system did not take the call: %s. Check that your telephone "
                    "is connected, or dial by hand.",
                    mask_secrets(refusal[:200]).strip().rstrip("."),
                )
            )
