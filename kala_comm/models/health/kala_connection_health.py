from datetime import timedelta

from odoo import fields, models

from ...tools.masking import mask_data
from .kala_health import HOURS


class KalaConnection(models.Model):
    """How a connection is doing (WA5)."""

    _name = "kala.connection"
    _inherit = ["kala.connection", "kala.health"]

    hook_fault = fields.Char(
        readonly=True, copy=False, help="Why the provider's news do not come here."
    )

    def _health_connection(self):
        return self.sudo()

    def _health_lines(self):
        return self.line_ids.sorted("is_default", reverse=True)

    def _is_refusing(self, heard):
        """:param datetime heard: when something authentic came last
        :return: whether what came since then was refused: the secret is not the provider's"""
        since = fields.Datetime.now() - timedelta(hours=HOURS)
        refused = self.refused_date
        return bool(refused and refused > since and (not heard or heard < refused))

    def _apply_health(self, health):
        result = super()._apply_health(health)
        fault = self._hook_fault(health.get("hook_url"))
        if fault != self.hook_fault:
            self.hook_fault = fault
        return result

    def _hook_fault(self, address):
        """:param str address: where the provider sends its news; None where it does not say
        :return: a sentence where that is not our address. The sentence does not show the address,
            which is somebody's secret."""
        own = self.sudo().webhook_url
        # An answer is free of our secrets, and our address holds one of them.
        if address is None or address.strip() in (own, mask_data(own, self._spellings())):
            return False
        if not address.strip():
            return self.env._("The provider has no webhook address: give it the one shown here.")
        return self.env._(
            "The provider sends its news to another address: give it the one shown here."
        )
