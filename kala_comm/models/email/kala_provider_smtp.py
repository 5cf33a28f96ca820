from odoo import api, models

from ...tools.guide import GuideStep


class KalaProviderSmtp(models.AbstractModel):
    """E-mail through Odoo's own mail servers: a line of it is a mailbox (MX1). Sending, receiving
    and retrying stay with Odoo; their states are mirrored in the log
    (docs/architecture.md, 3.12)."""

    _name = "kala.provider.smtp"
    _inherit = "kala.provider"
    _description = "Odoo E-mail"

    _label = "Odoo e-mail"
    _help_page = "channels/email"
    _channels = ("email",)
    _is_dispatched = False
    _max_files = 20

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "E-mail leaves through Odoo's outgoing mail servers and comes in through its "
                    "incoming ones; there is no other login. Set them up under Settings, General "
                    "Settings, Discuss."
                )
            ),
            GuideStep(self.env._("Enter the address of each mailbox."), asks_line=True),
        ]

    @api.model
    def _verify(self, connection, inbound):
        """E-mail comes through Odoo's mail gateway, never through the webhook."""
        return False
