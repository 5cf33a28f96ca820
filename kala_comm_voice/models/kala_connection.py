from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.kala_comm.tools.phone import phone_key


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    pbx_tz = fields.Selection(
        _tz_get,
        string="Clock of the telephone system",
        default="Asia/Jerusalem",
        help="Used for times that come without a time zone.",
    )
    pbx_forward_targets = fields.Char(
        string="Forwarding targets",
        help="Extensions and numbers of an outside call centre, separated by commas: a call "
        "that went there is forwarded, not missed.",
    )
    voicenter_code = fields.Char(
        string="Click to call code", groups="base.group_system", copy=False
    )

    @api.model
    def _split_targets(self, value, region):
        """:return: set of ContactKey: a number is the same in every spelling"""
        keys = (phone_key(part, region) for part in (value or "").split(","))
        return {key for key in keys if key}

    def _forwards_to(self, numbers):
        """:param numbers: the extensions and numbers that a call went to, some perhaps empty
        :return: whether it is one that was forwarded (VO4)"""
        self.ensure_one()
        if not self.pbx_forward_targets:
            return False
        targets = self._split_targets(self.pbx_forward_targets, self.company_id._kala_region())
        return any(self._phone_key(number) in targets for number in numbers if number)
