from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools import http, phone
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
                self._check_database()
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
    def _check_database(self):
        """A copy must not ring anybody's telephone (AD5)."""
        warning = self.env["kala.fingerprint"]._warning()
        if warning:
            raise UserError(warning)

    @api.model
    def _perform(self, connection, request):
        try:
            provider = connection._provider()
            refusal = http.ask(
                connection._sealed(request), lambda answer: provider._read_call(connection, answer)
            )
        except (http.NothingSent, http.PerhapsSent) as error:
            raise UserError(
                self.env._(
                    "The telephone system cannot be reached: %s. Try again in a moment, or dial "
                    "by hand.",
                    error,
                )
            ) from error
        if refusal:
            raise UserError(
                self.env._(
                    "The telephone system did not take the call: %s. Check that your telephone "
                    "is connected, or dial by hand.",
                    mask_secrets(refusal[:200]).strip().rstrip("."),
                )
            )
