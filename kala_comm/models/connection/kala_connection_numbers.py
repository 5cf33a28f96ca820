from odoo import fields, models

from ...tools.phone import phone_key


class KalaConnection(models.Model):
    """How a provider writes phone numbers (MA6, docs/architecture.md, 3.16)."""

    _inherit = "kala.connection"

    international_numbers = fields.Boolean(
        string="Numbers come with their country code",
        help="It sends numbers like 972502345678, without a plus sign: 4740612345 is then a number "
        "of Norway, never a local one. Those that begin with 0 are local all the same.",
    )

    def _phone_key(self, number, region=None):
        """The one place where a number that a provider sent becomes a key.

        :param str number: as the provider wrote it
        :param str region: ISO country in which local spellings are read; default: the company's
        :return: ContactKey, or None for a withheld number
        """
        provider = self._provider()
        international = provider is not None and provider._writes_international(self)
        return phone_key(number, region or self.company_id._kala_region(), international)
