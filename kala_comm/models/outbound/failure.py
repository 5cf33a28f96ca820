from odoo import api, fields, models


class KalaCommunication(models.Model):
    """Why messages failed, for people (DE2)."""

    _inherit = "kala.communication"

    failure_words = fields.Char(compute="_compute_failure_words", string="Failure reason")

    @api.depends("failure_reason", "connection_id")
    @api.depends_context("lang")
    def _compute_failure_words(self):
        for communication in self:
            communication.failure_words = communication.sudo().connection_id._failure_words(
                communication.failure_reason
            )


class KalaAttempt(models.Model):
    _inherit = "kala.attempt"

    failure_words = fields.Char(compute="_compute_failure_words", string="Failure reason")

    @api.depends("failure_reason", "communication_id.connection_id")
    @api.depends_context("lang")
    def _compute_failure_words(self):
        for attempt in self:
            connection = attempt.sudo().communication_id.connection_id
            attempt.failure_words = connection._failure_words(attempt.failure_reason)
