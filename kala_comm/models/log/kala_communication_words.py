from odoo import api, fields, models


class KalaCommunication(models.Model):
    """How a communication went and how long it took, in words (LO1)."""

    _inherit = "kala.communication"

    state_words = fields.Char(compute="_compute_state_words", string="How it went")
    duration_words = fields.Char(compute="_compute_duration_words", string="Talk time")

    @api.depends("state", "channel", "call_status", "duration")
    @api.depends_context("lang")
    def _compute_state_words(self):
        """A call says how it went, and an answered one how long it took."""
        states = dict(self._fields["state"]._description_selection(self.env))
        calls = dict(self._fields["call_status"]._description_selection(self.env))
        for communication in self:
            words = states[communication.state]
            if communication.channel == "voice" and communication.call_status:
                words = calls[communication.call_status]
                if communication.duration:
                    words += f" {communication.duration_words}"
            communication.state_words = words

    @api.depends("duration")
    def _compute_duration_words(self):
        for communication in self:
            minutes, seconds = divmod(communication.duration or 0, 60)
            communication.duration_words = f"{minutes}:{seconds:02d}"
