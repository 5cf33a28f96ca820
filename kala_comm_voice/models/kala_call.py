from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools import http
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
        if not self.env.user._is_internal():
            return False
        key = phone_key(number, self.env.company._kala_region())
        extension = (
            self.env["kala.extension"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("company_id", "=", self.env.company.id),
                    ("connection_id.state", "=", "connected"),
                ],
                limit=1,
            )
        )
        provider = extension.connection_id._provider() if extension else None
        if provider is None or not key:
            return False
        warning = self.env["kala.fingerprint"]._warning()
        if warning:
            # A copy must not ring anybody's telephone (AD5).
            raise UserError(warning)
        request = provider._prepare_call(extension.connection_id, extension.number, key.value)
        if request is None:
            return False
        try:
            answer = http.perform(request)
        except (http.NothingSent, http.PerhapsSent) as error:
            raise UserError(
                self.env._("The telephone system cannot be reached: %s", error)
            ) from error
        if answer.status >= 400:
            raise UserError(
                self.env._(
                    "The telephone system did not take the call: %s",
                    http.mask_secrets(answer.text[:200]),
                )
            )
        return True
