import phonenumbers

from odoo import api, models
from odoo.exceptions import UserError

from .kala_first_hour import SANDBOX

#: A made-up number, where the country has no example of a mobile.
SOME_NUMBER = "+972502345678"


class KalaFirstHour(models.AbstractModel):
    """The first message of a sandbox, with one click (AD1, AD2)."""

    _inherit = "kala.first.hour"

    @api.model
    def simulate(self):
        """Let a made-up customer write.

        :return: dict of :meth:`load`
        :raise UserError: if the company has no sandbox that is connected
        """
        self._check_manager()
        lines = self._lines().filtered(lambda line: line.provider == SANDBOX)
        if not lines:
            raise UserError(
                self.env._("There is no sandbox that is connected. Begin with the sandbox first.")
            )
        wizard = self.env["kala.simulate"].create(
            {
                "line_id": lines[0].id,
                "number": self._some_number(),
                "name": self.env._("Dana (made up)"),
                "text": self.env._("Hello, is my order ready?"),
            }
        )
        wizard.action_receive()
        return self.load()

    @api.model
    def _some_number(self):
        """:return: a mobile number of the company's country, as nobody has it"""
        region = self.env.company._kala_region()
        mobile = phonenumbers.PhoneNumberType.MOBILE
        number = region and phonenumbers.example_number_for_type(region, mobile)
        if not number:
            return SOME_NUMBER
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
