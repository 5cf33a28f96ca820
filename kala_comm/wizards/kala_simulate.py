import json
import secrets
import time

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.inbound import InboundRequest


class KalaSimulate(models.TransientModel):
    """Write what a customer would write, on a line of a sandbox connection (AD2). It takes the
    way of every other event: through the inbox (docs/architecture.md, 3.4)."""

    _name = "kala.simulate"
    _description = "Simulate an Incoming Message"
    _inherit = ["kala.given"]

    line_id = fields.Many2one(
        "kala.line",
        string="To our line",
        required=True,
        default=lambda self: self._default_line_id(),
        domain="[('provider', '=', 'sandbox'), ('connection_state', '!=', 'draft')]",
    )
    channel = fields.Selection(related="line_id.channel")
    number = fields.Char(
        string="From number",
        required=True,
        help="In any spelling: local, with 00 or +, as WhatsApp writes it.",
    )
    name = fields.Char(help="The name that the contact gave himself.")
    text = fields.Text(required=True)

    def _default_line_id(self):
        return self.env["kala.line"].search(
            [
                ("connection_id.provider", "=", "sandbox"),
                ("connection_id.state", "!=", "draft"),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )

    def action_receive(self):
        """Put the message into the inbox; it is handled within seconds.

        :raise UserError: if the line is no sandbox line
        """
        self.ensure_one()
        connection = self.line_id.connection_id.sudo()
        if connection.provider != "sandbox":
            raise UserError(
                self.env._("Only lines of a sandbox connection can simulate. Choose such a line.")
            )
        request = InboundRequest(
            method="POST",
            url=connection.webhook_url,
            headers={"content-type": "application/json"},
            query=(),
            body=json.dumps(self._prepare_message()).encode(),
        )
        self.env["kala.inbound.event"].sudo()._insert_event(connection, request)
        self.env["kala.inbox"].sudo()._wake()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("It came in"),
                "message": self.env._("Within seconds it appears under %s."),
                "links": [
                    {"label": self.env._("Communications"), "url": "/odoo/communications"},
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _prepare_message(self):
        """:return: the body that the sandbox's webhook takes"""
        line = self.line_id.sudo()
        if not line.external_id and not line.address:
            # The event must name the line among its neighbours.
            line.external_id = f"line-{line.id}"
        return {
            "channel": line.channel,
            "line": line.external_id or line.address,
            "from": self.number,
            "name": self.name or "",
            "text": self.text,
            "id": secrets.token_hex(8),
            "timestamp": int(time.time()),
        }
