from odoo import api, models

from odoo.addons.kala_comm.tools.guide import GuideStep


class KalaProvider(models.AbstractModel):
    _inherit = "kala.provider"

    @api.model
    def _prepare_call(self, connection, extension, number):
        """Build the request that rings an extension and then dials a number (VO2).

        :param str extension: of the user
        :param str number: E.164
        :return: SendRequest, or None where the provider cannot
        """
        return None

    @api.model
    def _read_call(self, connection, answer):
        """Read what it answers to that.

        :param HttpAnswer answer:
        :return: why it does not call, in its own words; empty where it does
        """
        return "" if answer.status < 300 else f"HTTP {answer.status} {answer.text}"

    @api.model
    def _numbers_step(self):
        """:return: GuideStep of every telephone system: which of our numbers customers call"""
        return GuideStep(
            self.env._(
                "Enter each number that customers call. Numbers that are not entered appear by "
                "themselves when somebody calls them."
            ),
            asks_line=True,
        )
