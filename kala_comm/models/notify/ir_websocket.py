import re

from odoo import models

_PREFIX = "kala_comm/"
_CHANNEL = re.compile(_PREFIX + r"(crm\.lead|sale\.order|res\.partner|badge)/(\d{1,9})")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let a client listen to a record that its user may read (LO4, LO8) and to the badge of
        his companies (ST4); drop the rest."""
        channels = list(channels)
        for channel in [c for c in channels if isinstance(c, str) and c.startswith(_PREFIX)]:
            found = _CHANNEL.fullmatch(channel)
            if not found or not self._kala_may_listen(found[1], int(found[2])):
                channels.remove(channel)
        return super()._build_bus_channel_list(channels)

    def _kala_may_listen(self, model, res_id):
        if not self.env.user or not self.env.user._is_internal():
            return False
        if model == "badge":
            return res_id in self.env.user.company_ids.ids
        record = self.env[model].browse(res_id).exists()
        return bool(record) and record.has_access("read")
