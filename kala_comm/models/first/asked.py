from odoo import fields, models

#: Setting → field that says whether somebody has decided on it.
ASKED = {
    "kala_send_window_id": "kala_window_asked",
    "kala_consent_required": "kala_consent_asked",
}


class ResCompany(models.Model):
    """ "At any time" and "consent is not required" are answers, too: that somebody gave them is a
    fact (CO1)."""

    _inherit = "res.company"

    kala_window_asked = fields.Boolean(
        string="Somebody decided when texts leave", readonly=True, copy=False
    )
    kala_consent_asked = fields.Boolean(
        string="Somebody decided whether consent is required", readonly=True, copy=False
    )

    def _kala_note_asked(self, vals):
        """:return: dict of values that are written along: who changes a setting has decided"""
        return {asked: True for name, asked in ASKED.items() if name in vals}


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    kala_first_hour = fields.Selection(
        [("open", "Open"), ("folded", "Folded"), ("closed", "Closed")],
        string="The first steps in the Inbox",
        help="Empty: open until the first message has come in and was answered.",
    )
