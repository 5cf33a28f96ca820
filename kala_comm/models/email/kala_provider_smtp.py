from odoo import api, models


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
    def _verify(self, connection, inbound):
        """E-mail comes through Odoo's mail gateway, never through the webhook."""
        return False
