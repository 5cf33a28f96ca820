from odoo import api, models


class KalaIntake(models.AbstractModel):
    _inherit = "kala.intake"

    @api.model
    def _settled(self, facts, connection):
        """A missed call to an outside call centre is forwarded: they will answer it (VO4)."""
        facts = super()._settled(facts, connection)
        own = self._places_of(facts)
        for leg, places in [
            (facts["own"], own),
            *((leg, {leg["extension"]}) for leg in facts["legs"].values()),
        ]:
            if leg["status"] == "missed" and connection._forwards_to(places):
                leg["status"] = "forwarded"
        return facts

    @api.model
    def _places_of(self, facts):
        """:return: set of the extension and numbers that events say the call went to"""
        return {facts["extension"], facts["line_address"], facts["extra"].get("called")}

    @api.model
    def _prepare_update_vals(self, communication, facts):
        """Where a call rang may be told by one event, and that nobody answered by another."""
        vals = super()._prepare_update_vals(communication, facts)
        extra = communication.extra or {}
        called = facts["extra"].get("called")
        if called and called != extra.get("called"):
            communication.extra = {**extra, "called": called}
        if vals.get("call_status", communication.call_status) == "missed":
            places = self._places_of(facts) | {
                communication.extension,
                communication.line_id.address,
                extra.get("called"),
            }
            if communication.connection_id._forwards_to(places):
                vals.update(self._prepare_status_vals(communication, "forwarded"))
        return vals
