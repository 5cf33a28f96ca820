from odoo import api, models

from ...tools import channels, const
from ...tools.guide import GuideStep
from ...tools.messages import IncomingMessage, SendResult, from_timestamp


class KalaProviderSandbox(models.AbstractModel):
    """Everything without a provider (AD2): what is sent counts as delivered, what comes in is
    written in a form. Its webhook needs nothing but the secret address."""

    _name = "kala.provider.sandbox"
    _inherit = "kala.provider"
    _description = "Sandbox Provider"

    _label = "Sandbox"
    _max_files = 10
    _can_quote = True
    _can_react = True

    @property
    def _channels(self):
        """Every channel for texts."""
        return tuple(row.code for row in channels.offered(self.env, channels.TEXT))

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Everything works here as with a provider, and nothing leaves this server: "
                    "what is sent counts as delivered, and “Simulate Incoming” writes what a "
                    "customer would write. Enter a made-up number."
                ),
                asks_line=True,
            )
        ]

    @api.model
    def _verify(self, connection, inbound):
        return inbound.method == "POST" and isinstance(inbound.json, dict)

    @api.model
    def _parse(self, connection, inbound):
        """Body: ``channel, from, name, text, line, id, timestamp`` (unix seconds); ``kind``: the
        channel, where ``from`` is an id of it; ``type``: ``choice``, where ``text`` is a button
        that was pressed, ``reaction`` with ``emoji`` and ``target`` (id of a message)."""
        values = inbound.json
        return [
            IncomingMessage(
                channel=values.get("channel") or channels.DEFAULT,
                uid=str(values.get("id") or inbound.digest),
                contact_kind=values.get("kind") or "phone",
                contact_value=str(values.get("from") or ""),
                contact_name=str(values.get("name") or ""),
                line_address=str(values.get("line") or ""),
                reply_to=str(values.get("reply_to") or ""),
                date=from_timestamp(values.get("timestamp")),
                **self._read_type(values),
            )
        ]

    @api.model
    def _read_type(self, values):
        text = str(values.get("text") or "")
        if values.get("type") == "choice":
            return {"body": text, "choice": text}
        if values.get("type") != "reaction":
            return {"body": text}
        emoji = str(values.get("emoji") or "")
        return {
            "kind": "reaction",
            "target_uid": str(values.get("target") or ""),
            "body": self.env._("Reacted with %(emoji)s", emoji=emoji)
            if emoji
            else self.env._("Removed the reaction."),
        }

    @api.model
    def _prepare_send(self, communication):
        return SendResult(
            state=const.DELIVERED, provider_uid=f"sandbox-{communication._echo_key()}"
        )
