from odoo import api, fields, models

from ...tools import channels
from ...tools.text import one_line


class KalaCommunication(models.Model):
    """One line that says what a communication is. What its sender changed later (WA1) is noted
    beside it: the old text stays visible."""

    _inherit = "kala.communication"

    summary = fields.Char(compute="_compute_summary")
    edited_body = fields.Text(string="Edited text", readonly=True)
    edited_date = fields.Datetime(string="Edited", readonly=True)
    revoked_date = fields.Datetime(string="Deleted by the sender", readonly=True)

    @api.depends(
        "subject",
        "body",
        "files_note",
        "call_status",
        "channel",
        "direction",
        "edited_body",
        "revoked_date",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        calls = dict(self._fields["call_status"]._description_selection(self.env))
        labels = dict(self._fields["channel"]._description_selection(self.env))
        for communication in self:
            text = communication.subject or communication.body or communication.files_note
            if channels.get(communication.channel).family == channels.CALL:
                text = calls.get(communication.call_status)
            label = labels.get(communication.channel, communication.channel)
            summary = one_line(text or label, 120)
            if communication.revoked_date:
                summary = self.env._("Deleted: %s", summary)
            communication.summary = summary
