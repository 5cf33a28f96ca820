from odoo import api, models


class KalaIntake(models.AbstractModel):
    _inherit = "kala.intake"

    @api.model
    def _facts_of(self, events, connection):
        """A missed call to an outside call centre is forwarded: they will answer it (VO4)."""
        facts = super()._facts_of(events, connection)
        if facts["call_status"] == "missed":
            places = {facts["extension"], facts["line_address"]}
            if any(connection._is_forward_target(place) for place in places):
                facts["call_status"] = "forwarded"
        return facts
