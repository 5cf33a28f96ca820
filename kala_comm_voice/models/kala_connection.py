from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


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
    def _split_targets(self, value):
        return {part.strip() for part in (value or "").split(",") if part.strip()}

    def _is_forward_target(self, number):
        """:return: whether a call to this extension or number is one that was forwarded (VO4)"""
        self.ensure_one()
        return bool(number) and number in self._split_targets(self.pbx_forward_targets)
