import json

from odoo import api, models

from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import Unusable
from odoo.addons.kala_comm.tools.phone_spellings import respell

from ..tools import pbx, yeastar


class KalaProviderPbx(models.AbstractModel):
    """Any telephone system that can call a webhook (VO1, docs/providers.md, 6.3). It signs nothing:
    the address is the secret."""

    _name = "kala.provider.pbx"
    _inherit = "kala.provider"
    _description = "Telephone System"

    _label = "PBX (any, by webhook)"
    _help_page = "channels/calls"
    _channels = ("voice",)

    @api.model
    def _writes_international(self, connection):
        return connection.international_numbers

    @api.model
    def _verify(self, connection, inbound):
        return inbound.is_event or (inbound.method == "POST" and bool(inbound.body))

    @api.model
    def _acknowledge(self, connection, inbound):
        return '{"ok": true}', "application/json"

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._("Say how your telephone system writes times and numbers."),
                fields=("pbx_tz", "international_numbers"),
            ),
            self._numbers_step(),
            GuideStep(
                self.env._(
                    "In the telephone system, have each call reported to this address: when it "
                    "rings, when it is answered, and when it ends."
                ),
                shows=("webhook_url",),
            ),
        ]

    @api.model
    def _parse(self, connection, inbound):
        parts = pbx.parts_of(inbound)
        if parts is None:
            reason = self.env._("The event is neither a JSON object nor a form with values.")
            return [Unusable(key=inbound.digest, reason=reason)]
        return [event for part in parts for event in self._read_part(connection, part)]

    @api.model
    def _read_part(self, connection, part):
        """Read one event of several: a broken one does not take its neighbours along.

        :return: list of CallEvent and Unusable
        """
        if not isinstance(part, dict):
            return [self._unusable(part, self.env._("It is no JSON object."))]
        missing = self.env._("The event names no call: %s is missing.", self._call_names())
        return [
            call or self._unusable(part, missing) for call in self._read_calls(connection, part)
        ]

    @api.model
    def _call_names(self):
        """:return: what an event is told by to which call it belongs"""
        return self.env._("call_id (or started_at with from or to)")

    @api.model
    def _read_calls(self, connection, part):
        """:return: list of CallEvent, or None in its place where an event names no call"""
        lines = connection.line_ids.filtered(lambda line: line.channel == "voice")
        ours = {respell(address) for address in lines.mapped("address") if address}

        def is_ours(number):
            key = connection._phone_key(number)
            return bool(key) and key.value in ours

        desks = set(connection.extension_ids.mapped("number"))
        return [
            pbx.read_call(flat, connection.pbx_tz, desks, is_ours) for flat in yeastar.flat(part)
        ]

    @api.model
    def _unusable(self, part, reason):
        told = json.dumps(part, sort_keys=True)
        return Unusable(key=told[:200], reason=reason, raw={"part": told[:1000]})
