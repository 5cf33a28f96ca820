from odoo import api, models

from odoo.addons.kala_comm.tools.messages import SendResult


class KalaSmsGateway(models.AbstractModel):
    """What SMS gateways have in common: one channel, pushes that nobody signs, and a
    sender without which they take nothing."""

    _name = "kala.sms.gateway"
    _inherit = "kala.provider"
    _description = "SMS Gateway"

    _channels = ("sms",)

    @api.model
    def _verify(self, connection, inbound):
        """Gateways do not sign: the secret is the address itself (SC1)."""
        return inbound.method == "POST"

    @api.model
    def _acknowledge(self, connection, inbound):
        return "OK", "text/plain"

    @api.model
    def _refuse_without_sender(self, line):
        """:return: SendResult for a line that has no number and no name"""
        return SendResult.refused(
            "sender",
            self.env._(
                "The line “%(line)s” has no number. Write its number or the sender's "
                "name on the line and send again.",
                line=line.name,
            ),
        )
