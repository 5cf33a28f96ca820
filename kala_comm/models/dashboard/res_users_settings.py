from odoo import fields, models


class ResUsersSettings(models.Model):
    """Habits of a user in the Inbox (LO9); they are the same on each device."""

    _inherit = "res.users.settings"

    kala_inbox_next = fields.Boolean(
        "After an answer the Inbox goes on to the next conversation", default=True
    )
    kala_inbox_order = fields.Selection(
        [("waiting", "Longest wait first"), ("newest", "Newest first")],
        string="Order of the Inbox",
        default="waiting",
    )
