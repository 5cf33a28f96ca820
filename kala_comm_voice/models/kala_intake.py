from odoo import api, models

from odoo.addons.kala_comm.tools.call import status_values


class KalaIntake(models.AbstractModel):
    _inherit = "kala.intake"

    @api.model
    def _settled(self, call, connection):
        """A missed call to an outside call centre is forwarded: they will answer it (VO4)."""
        return super()._settled(call, connection).forwarded(connection._forwards_to)

    @api.model
    def _changes_of_call(self, communication, call):
        """Where a call rang may be told by one event, and that nobody answered by another."""
        values = super()._changes_of_call(communication, call)
        extra = values.get("extra") or communication.extra or {}
        called = call.extra.get("called")
        if called and called != extra.get("called"):
            values["extra"] = {**extra, "called": called}
        if values.get("call_status", communication.call_status) == "missed":
            places = call.places(call.final_extension) | {
                communication.extension,
                communication.line_id.address,
                extra.get("called"),
            }
            if communication.connection_id._forwards_to(places):
                values.update(status_values(communication.direction, "forwarded"))
        return values
