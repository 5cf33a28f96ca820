import re

from odoo import models

_PREFIX = "kala_comm/"
_MASS = "kala_comm/mass"
_CHANNEL = re.compile(_PREFIX + r"(crm\.lead|sale\.order|res\.partner|badge)/(\d{1,9})")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Let a client listen to a record that its user may read (LO4, LO8), to the badge of his
        companies (ST4), to his own inbox (LO9) and to the mass sends that he may read (BR2); drop
        the rest."""
        live, allowed = self.env["kala.live"], []
        for channel in channels:
            if not (isinstance(channel, str) and channel.startswith(_PREFIX)):
                allowed.append(channel)
            elif channel == live.INBOX:
                allowed += live._inbox_channels()
            elif channel == _MASS:
                # Defined where mass sends are known: mass/live_session.py.
                allowed += self._kala_mass_channels()
            elif found := _CHANNEL.fullmatch(channel):
                allowed += self._kala_channels(found[1], int(found[2]))
        return super()._build_bus_channel_list(allowed)

    def _kala_channels(self, model, res_id):
        """:return: list of the channels that a user hears who asks for a record: what is said of it
        in his companies"""
        user = self.env.user
        if not user or not user._is_internal():
            return []
        if model == "badge":
            mine = res_id in user.company_ids.ids
            return [self.env["kala.badge"]._channel(res_id)] if mine else []
        record = self.env[model].browse(res_id).exists()
        if not (record and record.has_access("read")):
            return []
        if not self.env["kala.communication"].has_access("read"):
            return []
        live = self.env["kala.live"]
        channels = [live._channel(model, res_id, company.id) for company in user.company_ids]
        return list(dict.fromkeys(channels))
