from markupsafe import Markup

from odoo import api, fields, models


class KalaCommunication(models.Model):
    """What the rules decided, in sentences that people read (RE6, MA9)."""

    _inherit = "kala.communication"

    match_words = fields.Char(compute="_compute_match_words", string="Why this record")
    responsible_words = fields.Char(compute="_compute_responsible_words", string="Why this user")
    origin_words = fields.Char(compute="_compute_origin_words", string="Caused by")
    candidates_words = fields.Html(
        compute="_compute_candidates_words", string="Other candidates", sanitize=False
    )
    is_window_closed = fields.Boolean(
        compute="_compute_is_window_closed",
        help="Only an approved template may be sent to the contact at the moment.",
    )
    state_words = fields.Char(compute="_compute_state_words", string="How it went")
    duration_words = fields.Char(compute="_compute_duration_words", string="Talk time")

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

    @api.depends("origin")
    def _compute_origin_words(self):
        for communication in self:
            origin = communication.origin
            if origin == "phone":
                origin = self.env._("typed on the phone")
            communication.origin_words = origin

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

    @api.depends("state", "failure_kind")
    def _compute_is_window_closed(self):
        """Sending again cannot work until the contact writes (WA6)."""
        gate = self.env["kala.gate"]
        for communication in self:
            communication.is_window_closed = (
                communication.state == "failed"
                and communication.failure_kind == "window"
                and not gate._free_until(
                    communication.sudo().line_id, communication.channel, communication._key()
                )[1]
            )

    @api.depends("duration")
    def _compute_duration_words(self):
        for communication in self:
            minutes, seconds = divmod(communication.duration or 0, 60)
            communication.duration_words = f"{minutes}:{seconds:02d}"

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

    # ------------------------------------------------------------------ buttons

    def action_open_reattach(self):
        """Choose another record for these communications (MA9)."""
        wizard = self.env["kala.reattach"].create({"communication_ids": [(6, 0, self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Attach to another record"),
            "res_model": "kala.reattach",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }
