from odoo import fields, models


class ResUsers(models.Model):
    """How a user reads conversations (LO9)."""

    _inherit = "res.users"

    kala_read_on_open = fields.Boolean(
        string="Opening a conversation marks it as read",
        help="Otherwise it stays unread until you answer, or mark it as read.",
    )

    kala_enter_sends = fields.Boolean(
        string="Enter sends an answer",
        help="Otherwise Enter begins a new line, and Ctrl+Enter sends.",
    )

    def _kala_reading_fields(self):
        """:return: list of the fields of this room that a user sets for himself"""
        return ["kala_read_on_open", "kala_enter_sends"]

    def _kala_reads_on_open(self):
        """:return: whether opening a conversation marks it as read; nothing else of the user is
        read for it"""
        return self.sudo().with_context(prefetch_fields=False).kala_read_on_open

    def _kala_sends_by_enter(self):
        """:return: whether Enter sends an answer; nothing else of the user is read for it"""
        return self.sudo().with_context(prefetch_fields=False).kala_enter_sends
