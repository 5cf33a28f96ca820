from odoo import api, fields, models


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    state_words = fields.Char(compute="_compute_state_words", string="State reason")

    @api.depends("state_reason")
    @api.depends_context("lang")
    def _compute_state_words(self):
        for connection in self:
            connection.state_words = connection.sudo()._failure_words(connection.state_reason)

    def _failure_words(self, reason):
        """:return: why something failed, in the language of who reads it; what is empty stays so"""
        provider = self._provider()
        # A provider is a model without records, which counts as nothing.
        speaker = self.env["kala.provider"] if provider is None else provider
        return speaker._failure_words(reason) if reason else reason
