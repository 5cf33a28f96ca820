from odoo import api, fields, models

from ...tools.phone import ContactKey


class KalaCommunication(models.Model):
    """Messages that quote another one (WA1)."""

    _inherit = "kala.communication"

    quoted_id = fields.Many2one("kala.communication", string="Quotes", compute="_compute_quoted_id")
    quoted_text = fields.Char(compute="_compute_quoted_id")

    @api.depends("reply_to_uid", "connection_id")
    @api.depends_context("uid")
    def _compute_quoted_id(self):
        """What the reader may not see is not quoted to him.

        Index: ``kala_communication_provider_uid_uniq``.
        """
        quoting = self.filtered("reply_to_uid")
        found = quoting and self.search(
            [
                ("connection_id", "in", quoting.connection_id.ids),
                ("direction", "in", ("in", "out")),
                ("provider_uid", "in", quoting.mapped("reply_to_uid")),
            ]
        )
        by_uid = {(c.connection_id, c.provider_uid): c for c in found}
        for communication in self:
            uid = communication.reply_to_uid
            quoted = uid and by_uid.get((communication.connection_id, uid))
            communication.quoted_id = quoted or False
            communication.quoted_text = quoted and quoted._quote()

    def _quote(self):
        """:return: who said it and what, in one line"""
        who = self.env._("We") if self.direction == "out" else self.contact_name
        return f"{who or self.contact_display}: {self.summary}"

    def _may_be_quoted(self, line, key):
        """Say whether a message to somebody may quote this one: only where its provider knows
        it, and only to who took part in it.

        :param line: ``kala.line`` that the message leaves from, sudo
        :param ContactKey key: of the recipient, or None
        """
        if not self.provider_uid or not key or line.connection_id != self.connection_id:
            return False
        provider = line.connection_id._provider()
        same_line = not self.line_id or self.line_id == line
        return provider is not None and provider._can_quote and same_line and self._key() == key

    def action_answer(self):
        """Open the composer on the record and channel of this message, which it quotes."""
        self.ensure_one()
        record = self._record().with_context(kala_channel=self.channel, kala_reply_to=self.id)
        return record.action_kala_compose()


class KalaOutbox(models.AbstractModel):
    """The quote of a message."""

    _inherit = "kala.outbox"

    @api.model
    def _quoted_uid(self, reply_to, vals):
        """:param reply_to: ``kala.communication`` that is answered, perhaps empty
        :param dict vals: of the message
        :return: the provider's id of what the message quotes; False where it cannot"""
        if not reply_to:
            return False
        reply_to.check_access("read")
        line = self.env["kala.line"].sudo().browse(vals["line_id"] or ())
        key = vals["contact_kind"] and ContactKey(vals["contact_kind"], vals["contact_value"])
        quoted = reply_to.sudo()
        return quoted.provider_uid if quoted._may_be_quoted(line, key) else False
