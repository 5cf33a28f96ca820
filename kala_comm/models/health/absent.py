from odoo import api, models

from ..connection import registry


class KalaConnection(models.Model):
    """Connections whose provider's addon is gone (docs/architecture.md, 1): they stop and say so,
    keep their messages, and go on when the addon is back."""

    _inherit = "kala.connection"

    @api.model
    def _hold_absent(self, leaving=()):
        """Stop the connections whose provider is not there, or is just being uninstalled.

        :param leaving: codes of providers
        :return: the connections that stopped
        """
        present = set(registry.providers(self.env)) - set(leaving)
        absent = self.search(
            [("state", "in", ("connected", "error")), ("provider", "not in", list(present))]
        )
        running = absent.filtered(lambda c: c.state == "connected")
        for connection in absent:
            # It is kept, and read in the language of who reads it.
            sentence = connection.with_context(lang="en_US")._not_installed_sentence()
            if connection in running:
                connection._break("connection", sentence)
            elif connection.state_reason != sentence:
                connection.state_reason = sentence
        running._tell_broken()
        return running


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def module_uninstall(self):
        """The connections of an addon that goes stop in the same transaction."""
        names = set(self.mapped("name"))
        if "kala_comm" not in names:
            providers = registry.providers(self.env)
            leaving = [code for code, p in providers.items() if p._original_module in names]
            if leaving:
                self.env["kala.connection"].sudo()._hold_absent(leaving)
        return super().module_uninstall()
