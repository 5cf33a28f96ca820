from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def _kala_mass_sends(self):
        """:return: what a page begins with: the bars of mass sends under way; None for who reads
        none, so that his page listens to nothing"""
        masses = self.env["kala.mass.send"]
        return masses._under_way() if masses._channels_of_reader() else None


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _kala_mass_channels(self):
        """:return: list of the channels on which the user hears how far mass sends are"""
        return self.env["kala.mass.send"]._channels_of_reader()
