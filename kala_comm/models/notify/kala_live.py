from odoo import api, models


class KalaLive(models.AbstractModel):
    """Tells open screens that the communications of their record changed (LO4): ids only, on a
    channel of the record that the client asks for and that is checked when it does."""

    _name = "kala.live"
    _description = "Live Updates"

    BUS_TYPE = "kala_comm/changed"
    #: Above this many records at once nobody is looking at one of them: a mass send. A batch of
    #: the inbox is 200 messages, each with its customer.
    MANY = 400

    @api.model
    def _channel(self, model, res_id):
        return f"kala_comm/{model}/{res_id}"

    @api.model
    def _changed(self, communications):
        """Tell the screens of the records that list these communications: the one it is
        attached to, and its customer."""
        records = {}
        for communication in communications:
            for shown_on in self._shown_on(communication):
                records.setdefault(shown_on, []).append(communication.id)
        if len(records) > self.MANY:
            return
        for (model, res_id), ids in records.items():
            self.env["bus.bus"]._sendone(
                self._channel(model, res_id),
                self.BUS_TYPE,
                {"model": model, "res_id": res_id, "ids": ids},
            )

    @api.model
    def _shown_on(self, communication):
        """:return: set of (model, id)"""
        shown_on = {(communication.res_model, communication.res_id)}
        if communication.partner_id:
            shown_on.add(("res.partner", communication.partner_id.id))
        return {(model, res_id) for model, res_id in shown_on if res_id}
