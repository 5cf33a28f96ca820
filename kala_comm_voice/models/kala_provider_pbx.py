from odoo import api, models

from odoo.addons.kala_comm.tools.messages import Unusable

from ..tools import pbx


class KalaProviderPbx(models.AbstractModel):
    """Any telephone system that can call a webhook (VO1, providers.md 6.3). It signs nothing:
    the address is the secret."""

    _name = "kala.provider.pbx"
    _inherit = "kala.provider"
    _description = "Telephone System"

    _label = "PBX (any, by webhook)"
    _channels = ("voice",)
    _can_send = False

    @api.model
    def _verify(self, connection, inbound):
        return inbound.is_event or (inbound.method == "POST" and bool(inbound.body))

    @api.model
    def _acknowledge(self, connection, inbound):
        return '{"ok": true}', "application/json"

    @api.model
    def _parse(self, connection, inbound):
        parts = pbx.parts_of(inbound)
        if parts is None:
            reason = self.env._("The event is neither a JSON object nor a form.")
            return [Unusable(key=inbound.digest, reason=reason)]
        return [pbx.read_call(part, connection.pbx_tz) for part in parts]
