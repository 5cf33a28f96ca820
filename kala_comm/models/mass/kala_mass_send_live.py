from functools import partial

from odoo import api, fields, models

#: States in which a mass send has a bar in everybody's sight who may read it.
UNDER_WAY = ("preparing", "sending", "paused")
#: Bars that a page begins with.
MOST = 20
#: What a bar shows beside its name.
_NUMBERS = (
    *("state", "check_state", "check_position", "total", "sent", "failed", "waiting"),
    *("skipped", "progress"),
)


class KalaMassSend(models.Model):
    """Bars that move while a mass send goes on (BR2): in Odoo's bar, in the list and in the form
    of those who may read it. A message of the bus has numbers only; the name is asked for with the
    reader's rights."""

    _inherit = "kala.mass.send"

    BUS = "kala_comm/mass"

    @api.model
    def _channels_of_reader(self):
        """:return: list of the bus channels that the user hears: that of his own mass sends, and,
        of a manager, those of his companies"""
        user = self.env.user
        if not user or not user._is_internal() or not self.has_access("read"):
            return []
        companies = user.company_ids.ids if user.has_group("kala_comm.group_manager") else ()
        return [f"{self.BUS}/user/{user.id}", *(f"{self.BUS}/company/{i}" for i in companies)]

    def _channels_of_readers(self):
        """:return: list of the bus channels of those who may read it: who made it, whose rights it
        has, and the managers of its company"""
        of_company = [f"{self.BUS}/company/{self.company_id.id}"]
        users = (self.user_id | self.create_uid).sorted("id")
        alone = users.filtered(lambda u: not self._hears_company(u))
        return [*of_company, *(f"{self.BUS}/user/{user.id}" for user in alone)]

    def _hears_company(self, user):
        return self.company_id in user.company_ids and user.has_group("kala_comm.group_manager")

    def _beat(self):
        """It goes on: its bars move, once a second at most."""
        if self:
            self.env["kala.mass.live"].sudo()._note(self.ids)

    def _tell_screens(self):
        """Its state changes: that is told with the transaction, and always."""
        data = self.env.cr.precommit.data
        if "kala_comm.mass" not in data:
            data["kala_comm.mass"] = set()
            self.env.cr.precommit.add(partial(self.browse()._tell_changed, data["kala_comm.mass"]))
        data["kala_comm.mass"].update(self.ids)

    @api.model
    def _tell_changed(self, ids):
        self.env.cr.precommit.data.pop("kala_comm.mass", None)
        self.browse(ids).exists()._send_bars()

    def _send_bars(self):
        """Tell what is counted now: what was counted before in this transaction is old."""
        self.flush_recordset()
        self.invalidate_recordset()
        for mass in self.sudo():
            numbers = mass._numbers()
            for channel in mass._channels_of_readers():
                self.env["bus.bus"]._sendone(channel, self.BUS, numbers)

    def _numbers(self):
        """:return: dict of what a bar shows, but its name; ``ends_at`` in UTC"""
        numbers = {name: self[name] for name in _NUMBERS}
        ends_at = fields.Datetime.to_string(self.ends_at) if self.ends_at else False
        return {
            "id": self.id,
            "company_id": self.company_id.id,
            **numbers,
            "ends_at": ends_at,
        }

    @api.model
    def _under_way(self):
        """:return: list of the bars of those under way that the user may read"""
        if not self.has_access("read"):
            return []
        return self.search([("state", "in", UNDER_WAY)], limit=MOST).read_bars()

    def read_bars(self):
        """Tell what the bars of these mass sends show (BR2).

        :return: list of dicts: ``id company_id name state total sent failed waiting skipped
            progress`` (percent), ``ends_at`` (UTC, or False)
        :raise AccessError: if the user may not read one
        """
        self.check_access("read")
        return [{**mass._numbers(), "name": mass.name} for mass in self]
