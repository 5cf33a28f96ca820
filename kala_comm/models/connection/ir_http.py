from odoo import models

from ...tools import channels, const


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """The web client reads the tables of channels and of record models here: it has none of
        its own (docs/architecture.md, 3.17)."""
        info = super().session_info()
        info["kala_channels"] = {
            row.code: {
                "icon": row.icon,
                "family": row.family,
                "label": self.env._(row.label),  # pylint: disable=translation-not-lazy
            }
            for row in channels.offered(self.env)
        }
        info["kala_record_models"] = [model for model in const.RECORD_MODELS if model in self.env]
        # Odoo's own button stays where a company of his has nothing else to send with.
        info["kala_replaces_odoo"] = self.env.user.has_group("kala_comm.group_user") and (
            self.env["kala.line"]._is_connected_in(self.env.user.company_ids, channels.OF_ODOO)
        )
        # Defined where mass sends are known: mass/live_session.py.
        info["kala_mass_sends"] = self._kala_mass_sends()
        return info
