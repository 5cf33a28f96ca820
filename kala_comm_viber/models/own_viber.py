import urllib.parse

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools import const as core
from odoo.addons.kala_comm.tools.phone import is_mobile

from .. import const


class KalaCommunicationMixin(models.AbstractModel):
    """Where no line of ours writes to numbers over Viber, a user writes from his own (ME3): his
    Viber opens on the number, and the log has that it did."""

    _inherit = "kala.communication.mixin"

    kala_own_viber = fields.Boolean(compute="_compute_kala_own_viber")

    @api.depends("kala_can_viber")
    def _compute_kala_own_viber(self):
        numbers = self._kala_numbers_for_own_viber()
        for record in self:
            record.kala_own_viber = not record.kala_can_viber and bool(numbers[record])

    def _kala_numbers_for_own_viber(self):
        """:return: dict record → list of the ContactKeys of mobiles that may be written to (CO)"""
        points = self._kala_points()
        asked = {
            record: [
                (record._kala_send_company(), key, const.CHANNEL)
                for key, _connection_id in points.get(record.id, [])
                if key.kind == "phone" and is_mobile(key.value)
            ]
            for record in self
        }
        allowed = self.env["kala.gate"]._allowed({row for rows in asked.values() for row in rows})
        return {
            record: [row[1] for row in rows if row in allowed] for record, rows in asked.items()
        }

    def action_kala_open_viber(self):
        """Open the user's own Viber on the record's number. What he writes there nobody tells us:
        the log has it as unknown.

        :raise UserError: if the record has no mobile number that may be written to
        """
        self.ensure_one()
        self.check_access("write")
        numbers = self._kala_numbers_for_own_viber()[self]
        if not numbers:
            raise UserError(
                self.env._(
                    "“%s” has no mobile number that may be written to over Viber.",
                    self.display_name,
                )
            )
        log = self.env["kala.communication"].sudo()
        message = log.create(
            {
                "channel": const.CHANNEL,
                "direction": "out",
                "state": core.UNKNOWN,
                "company_id": self._kala_send_company().id,
                "contact_kind": numbers[0].kind,
                "contact_value": numbers[0].value,
                "user_id": self.env.user.id,
                "body": self.env._("Written from the user's own Viber."),
                "origin": "viber",
                **log._attach_vals(self),
            }
        )
        message._show_change()
        number = urllib.parse.quote(numbers[0].value, safe="")
        return {
            "type": "ir.actions.act_url",
            "url": f"viber://chat?number={number}",
            "target": "self",
        }
