from odoo import api, models


class KalaIntake(models.AbstractModel):
    _inherit = "kala.intake"

    @api.model
    def _settled(self, facts, connection):
        """A missed call to an outside call centre is forwarded: they will answer it (VO4)."""
        facts = super()._settled(facts, connection)
        own = {facts["extension"], facts["line_address"]}
        for leg, places in [
            (facts["own"], own),
            *((leg, {leg["extension"]}) for leg in facts["legs"].values()),
        ]:
            if leg["status"] == "missed" and any(map(connection._is_forward_target, places)):
                leg["status"] = "forwarded"
        return facts
