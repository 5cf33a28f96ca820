from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import const

#: What one may react with from here.
REACTIONS = ("👍", "❤️", "😂", "🙏", "✅")
#: States of a reaction that the contact does not see and will not.
_LOST = (const.FAILED, const.CANCELLED)


class KalaCommunication(models.Model):
    """Reactions of ours to messages of contacts (WA1): each is a message of its own in the
    outbox, and is shown on the message that it is about."""

    _inherit = "kala.communication"

    reaction = fields.Char(readonly=True, help="Of a reaction of ours: empty takes it back.")
    can_react = fields.Boolean(compute="_compute_can_react")
    own_reaction = fields.Char(string="Our reaction", compute="_compute_own_reaction")

    # Finds the reactions to a message.
    _reaction_idx = models.Index("(reply_to_uid, id) WHERE kind = 'reaction' AND direction = 'out'")

    @api.depends("direction", "kind", "provider_uid", "connection_id", "res_id", "revoked_date")
    def _compute_can_react(self):
        for communication in self:
            provider = communication.sudo().connection_id._provider()
            communication.can_react = bool(
                communication.direction == "in"
                and communication.provider_uid
                and communication.res_id
                and communication._is_news(communication.kind)
                and not communication.revoked_date
                and provider is not None
                and provider._can_react
            )

    def _compute_own_reaction(self):
        latest = self._latest_reactions()
        for communication in self:
            communication.own_reaction = latest[communication].reaction

    def _latest_reactions(self):
        """:return: dict message → our last reaction to it that was not lost, perhaps empty.
        Who sees a message sees the reaction. Index: ``kala_communication_reaction_idx``."""
        uids = self.filtered(lambda c: c.direction == "in").mapped("provider_uid")
        found = self.sudo().search(
            [
                ("direction", "=", "out"),
                ("kind", "=", "reaction"),
                ("reply_to_uid", "in", [uid for uid in uids if uid]),
                ("state", "not in", _LOST),
            ],
            order="id",
        )
        by_uid = {(r.connection_id, r.reply_to_uid): r for r in found}
        none = self.sudo().browse()
        return {
            c: by_uid.get((c.sudo().connection_id, c.provider_uid), none)
            if c.direction == "in"
            else none
            for c in self
        }

    @api.model
    def reactions(self):
        """:return: list of what one may react with"""
        return list(REACTIONS)

    def action_react(self, emoji):
        """React to a message of a contact, or take the reaction back (WA1). Nothing leaves
        here: it is queued as every message is.

        :param str emoji: one of :meth:`reactions`; empty takes the reaction back
        :return: True
        :raise UserError: where the contact may not be written to, with the reason
        """
        self.ensure_one()
        self.check_access("read")
        if emoji and emoji not in REACTIONS:
            raise UserError(self.env._("Choose one of these: %s", " ".join(REACTIONS)))
        if not self.can_react:
            raise UserError(
                self.env._("One cannot react to this message. Write an answer instead.")
            )
        self._record().check_access("write")
        if (self.own_reaction or "") != (emoji or ""):
            self.env["kala.outbox"]._send_reaction(self, emoji or "")
            self.invalidate_recordset(["own_reaction"])
        return True


class KalaOutbox(models.AbstractModel):
    """Queues reactions, and other answers to one message."""

    _inherit = "kala.outbox"

    @api.model
    def _send_reaction(self, message, emoji):
        """:param message: ``kala.communication`` of a contact
        :raise UserError: where the contact may not be written to, with the reason
        """
        target = message.sudo()
        body = (
            self.env._("Reacted with %(emoji)s", emoji=emoji)
            if emoji
            else self.env._("Removed the reaction.")
        )
        return self._queue_answer(
            message,
            body,
            kind="reaction",
            reaction=emoji,
            reply_to_uid=target.provider_uid,
            # Of two clicks at the same time the second one is refused.
            request_key=self._reaction_key(target),
        )

    @api.model
    def _queue_answer(self, message, body, **values):
        """Queue what a user sends to the contact of a message by a button of that message: it
        leaves by the line on which the message came.

        :param message: ``kala.communication`` of a contact
        :param values: other fields of what is sent, such as its kind
        :return: ``kala.communication``
        :raise UserError: where the contact may not be written to, with the reason
        """
        record, target = message._record(), message.sudo()
        self._check_request(record, target.channel, body, None)
        common = {"body": body, "send_after": fields.Datetime.now(), "ignore_window": False}
        vals = self._prepare_vals(
            record,
            self._request(target.channel, number=target._key()),
            points=[],
            line=target.line_id,
            common={**common, **values},
        )
        self._pass_gate([vals])
        self._raise_if_none([vals], {})
        return self._queue([vals])

    @api.model
    def _reaction_key(self, target):
        """Index: ``kala_communication_reaction_idx``."""
        earlier = target.search_count(
            [
                ("direction", "=", "out"),
                ("kind", "=", "reaction"),
                ("connection_id", "=", target.connection_id.id),
                ("reply_to_uid", "=", target.provider_uid),
            ]
        )
        return f"reaction:{target.id}:{earlier}"
