from odoo import api, models


class KalaLive(models.AbstractModel):
    """Tells open screens that the communications of their record changed (LO4): ids only, on a
    channel of the record that the client asks for and that is checked when it does."""

    _name = "kala.live"
    _description = "Live Updates"

    BUS_TYPE = "kala_comm/changed"
    #: Above this many records at once nobody is looking at one of them: a mass send.
    MANY = 200

    @api.model
    def _channel(self, model, res_id):
        return f"kala_comm/{model}/{res_id}"

    @api.model
    def _changed(self, communications):
        records = {}
        for communication in communications:
            if communication.res_id:
                records.setdefault((communication.res_model, communication.res_id), []).append(
                    communication.id
                )
        if len(records) > self.MANY:
            return
        for (model, res_id), ids in records.items():
            self.env["bus.bus"]._sendone(
                self._channel(model, res_id),
                self.BUS_TYPE,
                {"model": model, "res_id": res_id, "ids": ids},
            )
