from odoo import api, models

from odoo.addons.kala_comm.tools.messages import SendRequest, Unusable

from ..tools import pbx, voicenter


class KalaProviderVoicenter(models.AbstractModel):
    """Voicenter: CDR notification, screen pop and click to call (VO1, providers.md 6.1). It
    signs nothing: the address is the secret."""

    _name = "kala.provider.voicenter"
    _inherit = "kala.provider"
    _description = "Voicenter Provider"

    _label = "Voicenter"
    _channels = ("voice",)
    _api_url = "https://api.voicenter.com"
    _can_send = False

    @api.model
    def _verify(self, connection, inbound):
        return inbound.is_event or (inbound.method == "POST" and bool(inbound.body))

    @api.model
    def _acknowledge(self, connection, inbound):
        """A CDR wants ``err``, a screen pop ``STATUS``."""
        parts = pbx.parts_of(inbound) or [{}]
        if "ivruniqueid" in parts[0]:
            return '{"err": 0, "errdesc": "OK"}', "application/json"
        return '{"STATUS": "OK", "err": 0, "errdesc": "OK"}', "application/json"

    @api.model
    def _parse(self, connection, inbound):
        parts = pbx.parts_of(inbound)
        if parts is None:
            reason = self.env._("The event is neither a JSON object nor a form.")
            return [Unusable(key=inbound.digest, reason=reason)]
        return [voicenter.read_part(part) for part in parts]

    @api.model
    def _prepare_call(self, connection, extension, number):
        if not connection.voicenter_code:
            return None
        return SendRequest(
            url=f"{self._base_url(connection)}/ForwardDialer/click2call.aspx",
            method="GET",
            params={
                "phone": extension,
                "target": number.lstrip("+"),
                "code": connection.voicenter_code,
                "action": "call",
                "format": "json",
            },
        )
