import json
import secrets
import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import channels
from ..tools.inbound import InboundRequest
from ..tools.phone import ContactKey


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
    what = fields.Selection(
        [
            ("text", "A message"),
            ("choice", "A button of ours was pressed"),
            ("reaction", "A reaction to the last message"),
        ],
        string="What comes in",
        required=True,
        default="text",
    )
    has_ids = fields.Boolean(compute="_compute_has_ids")
    by_id = fields.Boolean(
        string="Known by an id alone",
        compute="_compute_by_id",
        store=True,
        readonly=False,
        help="The channel does not tell the contact's number: he is known by an id of his (MA8).",
    )
    number = fields.Char(
        string="From number",
        required=True,
        help="In any spelling: local, with 00 or +, as providers write it. Of somebody who is "
        "known by an id alone: any word.",
    )
    name = fields.Char(help="The name that the contact gave himself.")
    text = fields.Text()
    emoji = fields.Char(default="👍")

    @api.depends("line_id")
    def _compute_has_ids(self):
        for wizard in self:
            wizard.has_ids = channels.get(wizard.channel).has_ids

    @api.depends("line_id")
    def _compute_by_id(self):
        """A channel whose lines are phone numbers tells nearly everybody's number; the other
        channels with ids tell none."""
        for wizard in self:
            channel = channels.get(wizard.channel)
            wizard.by_id = channel.has_ids and not channel.line_is_phone

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

        :raise UserError: if the line is no sandbox line, or nothing is said
        """
        self.ensure_one()
        connection = self.line_id.connection_id.sudo()
        if connection.provider != "sandbox":
            raise UserError(
                self.env._("Only lines of a sandbox connection can simulate. Choose such a line.")
            )
        if self.what != "reaction" and not (self.text or "").strip():
            raise UserError(self.env._("Write what comes in: the text is empty."))
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
            "kind": line.channel if self.has_ids and self.by_id else "phone",
            "from": self.number.strip(),
            "name": self.name or "",
            "id": secrets.token_hex(8),
            "timestamp": int(time.time()),
            **self._prepare_what(),
        }

    def _prepare_what(self):
        if self.what == "reaction":
            return {"type": "reaction", "emoji": self.emoji or "", "target": self._last_uid()}
        if self.what == "choice":
            return {"type": "choice", "text": self.text.strip()}
        return {"text": self.text}

    def _last_uid(self):
        """Index: ``kala_communication_contact_idx``.

        :return: the provider's id of the last message from or to this contact on this line
        :raise UserError: if there is none
        """
        line = self.line_id.sudo()
        key = (
            ContactKey(line.channel, self.number.strip())
            if self.has_ids and self.by_id
            else line.connection_id._phone_key(self.number, line._kala_region())
        )
        last = self.env["kala.communication"].search(
            [
                ("contact_kind", "=", key.kind),
                ("contact_value", "=", key.value),
                ("line_id", "=", line.id),
                ("provider_uid", "!=", False),
                ("kind", "not in", ("reaction", "system")),
            ],
            order="date desc, id desc",
            limit=1,
        )
        if not last:
            raise UserError(
                self.env._(
                    "There is no message from or to “%s” on this line that he could react to. "
                    "Simulate a message first.",
                    self.number,
                )
            )
        return last.provider_uid
