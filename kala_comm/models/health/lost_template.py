from odoo import models


class KalaTemplate(models.Model):
    """The managers are told where a provider takes back what it had approved (WA1)."""

    _inherit = "kala.template"

    def _tell_lost(self):
        """The provider does not let this template leave any more."""
        self.env["kala.notifier"]._tell_managers(
            self.connection_id,
            self.env._("Template “%s” cannot be sent any more", self.name),
            self._obstacle(),
        )
