from odoo import fields, models


class ResUsersSettings(models.Model):
    """What a user last wanted to see of conversations (LO2); it is the same on each device."""

    _inherit = "res.users.settings"

    kala_pane_tab = fields.Selection(
        [("conversation", "Conversation"), ("chatter", "Chatter")],
        string="Beside a lead, an order or a customer",
        default="conversation",
    )
    kala_pane_open = fields.Boolean("The conversation is open where it lies over the form")
