from markupsafe import Markup

from odoo import api, fields, models


class KalaCommunication(models.Model):
    """Why a communication is where it is, in sentences that people read (RE6, MA9)."""

    _inherit = "kala.communication"

    match_words = fields.Char(compute="_compute_match_words", string="Why this record")
    responsible_words = fields.Char(compute="_compute_responsible_words", string="Why this user")
    candidates_words = fields.Html(
        compute="_compute_candidates_words", string="Other candidates", sanitize=False
    )

    @api.depends("match_rule")
    def _compute_match_words(self):
        words = self.env["kala.matcher"]._words()
        for communication in self:
            communication.match_words = words.get(communication.match_rule, False)

    @api.depends("responsible_rule")
    def _compute_responsible_words(self):
        words = self.env["kala.responsible"]._words()
        for communication in self:
            communication.responsible_words = words.get(communication.responsible_rule, False)

    @api.depends("candidates", "res_model", "res_id")
    @api.depends_context("uid")
    def _compute_candidates_words(self):
        """Each record that competed, with a link and what spoke against it. Those that the
        reader may not see are not named."""
        for communication in self:
            rows = communication._other_candidates()
            communication.candidates_words = (
                Markup("<ul>%s</ul>")
                % Markup("").join(
                    Markup("<li>%s – %s</li>") % (record._get_html_link(), verdict)
                    for record, verdict in rows
                )
                if rows
                else False
            )

    def _other_candidates(self):
        """:return: list of (record, verdict in words) of what competed and the user may read"""
        self.ensure_one()
        words = self.env["kala.matcher"]._verdict_words(self.company_id)
        rows = []
        for candidate in self.candidates or ():
            model, res_id = candidate.get("model"), candidate.get("id")
            if model not in self.env or (model, res_id) == (self.res_model, self.res_id):
                continue
            record = self.env[model].browse(res_id).exists()
            if record and record.has_access("read"):
                rows.append((record, words.get(candidate.get("verdict"), "")))
        return rows
