from odoo import api, models

from ...tools import const


class KalaLive(models.AbstractModel):
    """Tells open screens that the communications of their record changed (LO4). The bus message
    has ids only. Each record has a bus channel of its own: whoever listens to it must be allowed
    to read the record."""

    _name = "kala.live"
    _description = "Live Updates"

    BUS_TYPE = "kala_comm/changed"
    #: Screens are not told when more records than this change at once: that is a mass send, which
    #: nobody watches record by record. A batch of the inbox has 200 messages, each with its
    #: customer.
    MANY = 400

    @api.model
    def _channel(self, model, res_id, company_id):
        """Companies may share a customer: that he wrote to one is no news to the others (LO8)."""
        of_record = f"kala_comm/{model}/{res_id}"
        return f"{of_record}/{company_id}" if model == "res.partner" else of_record

    @api.model
    def _changed(self, communications):
        """Tell the screens of the records that list these communications: the one it is
        attached to, and its customer."""
        records = {}
        for communication in communications:
            for shown_on in self._shown_on(communication):
                place = (*shown_on, communication.company_id.id)
                records.setdefault(place, []).append(communication.id)
        if len(records) > self.MANY:
            return
        for (model, res_id, company_id), ids in records.items():
            self.env["bus.bus"]._sendone(
                self._channel(model, res_id, company_id),
                self.BUS_TYPE,
                {"model": model, "res_id": res_id, "ids": ids},
            )

    @api.model
    def _tasks_changed(self, model, res_id, company_id):
        """What waits on a record changed, and no communication: an open conversation reads its
        tasks again."""
        if model in const.RECORD_MODELS:
            self.env["bus.bus"]._sendone(
                self._channel(model, res_id, company_id),
                self.BUS_TYPE,
                {"model": model, "res_id": res_id, "ids": []},
            )

    @api.model
    def _shown_on(self, communication):
        """:return: set of (model, id)"""
        shown_on = {(communication.res_model, communication.res_id)}
        if communication.partner_id:
            shown_on.add(("res.partner", communication.partner_id.id))
        return {(model, res_id) for model, res_id in shown_on if res_id}
