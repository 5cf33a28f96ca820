from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    kala_fingerprint_warning = fields.Char(compute="_compute_kala_fingerprint_warning")

    kala_default_responsible_warning = fields.Char(
        compute="_compute_kala_default_responsible_warning"
    )

    # Each setting is a field of the company (docs/architecture.md, 4).
    kala_match_days = fields.Integer(related="company_id.kala_match_days", readonly=False)
    kala_excluded_status_type_ids = fields.Many2many(
        related="company_id.kala_excluded_status_type_ids", readonly=False
    )
    kala_new_lead_on_partner_text = fields.Boolean(
        related="company_id.kala_new_lead_on_partner_text", readonly=False
    )
    kala_new_lead_on_partner_email = fields.Boolean(
        related="company_id.kala_new_lead_on_partner_email", readonly=False
    )
    kala_new_lead_on_partner_call = fields.Boolean(
        related="company_id.kala_new_lead_on_partner_call", readonly=False
    )
    kala_text_always_new_lead = fields.Boolean(
        related="company_id.kala_text_always_new_lead", readonly=False
    )
    kala_call_always_new_lead = fields.Boolean(
        related="company_id.kala_call_always_new_lead", readonly=False
    )
    kala_missed_call_always_new_lead = fields.Boolean(
        related="company_id.kala_missed_call_always_new_lead", readonly=False
    )
    kala_task_on_new_lead = fields.Boolean(
        related="company_id.kala_task_on_new_lead", readonly=False
    )
    kala_task_on_text = fields.Boolean(related="company_id.kala_task_on_text", readonly=False)
    kala_task_on_email = fields.Boolean(related="company_id.kala_task_on_email", readonly=False)
    kala_task_on_missed_call = fields.Boolean(
        related="company_id.kala_task_on_missed_call", readonly=False
    )
    kala_task_on_answered_call = fields.Boolean(
        related="company_id.kala_task_on_answered_call", readonly=False
    )
    kala_task_closed_by_reply = fields.Boolean(
        related="company_id.kala_task_closed_by_reply", readonly=False
    )
    kala_task_escalation = fields.Boolean(related="company_id.kala_task_escalation", readonly=False)
    kala_task_escalation_hours = fields.Float(
        related="company_id.kala_task_escalation_hours", readonly=False
    )
    kala_inbox_late_minutes = fields.Integer(
        related="company_id.kala_inbox_late_minutes", readonly=False
    )
    kala_responsible_last_outgoing = fields.Boolean(
        related="company_id.kala_responsible_last_outgoing", readonly=False
    )
    kala_responsible_last_outgoing_days = fields.Integer(
        related="company_id.kala_responsible_last_outgoing_days", readonly=False
    )
    kala_task_last_outgoing = fields.Boolean(
        related="company_id.kala_task_last_outgoing", readonly=False
    )
    kala_task_last_outgoing_hours = fields.Integer(
        related="company_id.kala_task_last_outgoing_hours", readonly=False
    )
    kala_responsible_from_customer = fields.Boolean(
        related="company_id.kala_responsible_from_customer", readonly=False
    )
    kala_ignore_customer_responsible = fields.Boolean(
        related="company_id.kala_ignore_customer_responsible", readonly=False
    )
    kala_responsible_long_lookback = fields.Boolean(
        related="company_id.kala_responsible_long_lookback", readonly=False
    )
    kala_no_task_without_responsible = fields.Boolean(
        related="company_id.kala_no_task_without_responsible", readonly=False
    )
    kala_default_responsible_text_id = fields.Many2one(
        related="company_id.kala_default_responsible_text_id", readonly=False
    )
    kala_default_responsible_call_id = fields.Many2one(
        related="company_id.kala_default_responsible_call_id", readonly=False
    )
    kala_default_responsible_email_id = fields.Many2one(
        related="company_id.kala_default_responsible_email_id", readonly=False
    )
    kala_call_updates_responsible = fields.Boolean(
        related="company_id.kala_call_updates_responsible", readonly=False
    )
    kala_notify_text = fields.Boolean(related="company_id.kala_notify_text", readonly=False)
    kala_push_text = fields.Boolean(related="company_id.kala_push_text", readonly=False)
    kala_default_notify_text = fields.Selection(
        related="company_id.kala_default_notify_text", readonly=False
    )
    kala_default_notify_call = fields.Selection(
        related="company_id.kala_default_notify_call", readonly=False
    )
    kala_default_notify_email = fields.Selection(
        related="company_id.kala_default_notify_email", readonly=False
    )
    kala_default_notify_lead = fields.Selection(
        related="company_id.kala_default_notify_lead", readonly=False
    )
    kala_default_notify_order = fields.Selection(
        related="company_id.kala_default_notify_order", readonly=False
    )
    kala_default_notify_assigned = fields.Selection(
        related="company_id.kala_default_notify_assigned", readonly=False
    )
    kala_default_notify_task = fields.Selection(
        related="company_id.kala_default_notify_task", readonly=False
    )
    kala_default_sound_text = fields.Boolean(
        related="company_id.kala_default_sound_text", readonly=False
    )
    kala_default_sound_call = fields.Boolean(
        related="company_id.kala_default_sound_call", readonly=False
    )
    kala_default_sound_email = fields.Boolean(
        related="company_id.kala_default_sound_email", readonly=False
    )
    kala_default_sound_lead = fields.Boolean(
        related="company_id.kala_default_sound_lead", readonly=False
    )
    kala_default_sound_order = fields.Boolean(
        related="company_id.kala_default_sound_order", readonly=False
    )
    kala_default_sound_assigned = fields.Boolean(
        related="company_id.kala_default_sound_assigned", readonly=False
    )
    kala_default_sound_task = fields.Boolean(
        related="company_id.kala_default_sound_task", readonly=False
    )
    kala_send_window_id = fields.Many2one(related="company_id.kala_send_window_id", readonly=False)
    kala_send_week = fields.Json(
        string="Hours", compute="_compute_kala_send_week", inverse="_inverse_kala_send_week"
    )
    kala_window_contact_tz = fields.Boolean(
        related="company_id.kala_window_contact_tz", readonly=False
    )
    kala_consent_required = fields.Boolean(
        related="company_id.kala_consent_required", readonly=False
    )
    kala_send_from_own_number = fields.Boolean(
        related="company_id.kala_send_from_own_number", readonly=False
    )
    kala_user_day_limit = fields.Integer(related="company_id.kala_user_day_limit", readonly=False)
    kala_country_ids = fields.Many2many(related="company_id.kala_country_ids", readonly=False)
    kala_premium_allowed = fields.Boolean(related="company_id.kala_premium_allowed", readonly=False)
    kala_approve_above = fields.Integer(related="company_id.kala_approve_above", readonly=False)
    kala_max_attempts = fields.Integer(related="company_id.kala_max_attempts", readonly=False)
    kala_chatter_automatic = fields.Boolean(
        related="company_id.kala_chatter_automatic", readonly=False
    )
    kala_save_files = fields.Boolean(related="company_id.kala_save_files", readonly=False)
    kala_event_days = fields.Integer(related="company_id.kala_event_days", readonly=False)
    kala_dead_letter_days = fields.Integer(
        related="company_id.kala_dead_letter_days", readonly=False
    )
    kala_log_days = fields.Integer(related="company_id.kala_log_days", readonly=False)

    @api.depends("company_id")
    def _compute_kala_fingerprint_warning(self):
        self.kala_fingerprint_warning = self.env["kala.fingerprint"]._warning()

    @api.depends(
        "company_id",
        "kala_default_responsible_text_id",
        "kala_default_responsible_call_id",
        "kala_default_responsible_email_id",
    )
    def _compute_kala_default_responsible_warning(self):
        for settings in self:
            users = (
                settings.kala_default_responsible_text_id
                | settings.kala_default_responsible_call_id
                | settings.kala_default_responsible_email_id
            )
            settings.kala_default_responsible_warning = users._kala_mapping_warning(
                settings.company_id
            )

    @api.depends("company_id", "kala_send_window_id")
    def _compute_kala_send_week(self):
        window = self.env["kala.send.window"]
        for settings in self:
            calendar, company = settings.kala_send_window_id, settings.company_id
            settings.kala_send_week = window._week(calendar, company)

    def _inverse_kala_send_week(self):
        window = self.env["kala.send.window"]
        for settings in self.filtered("kala_send_week"):
            window._write_week(
                settings, "kala_send_window_id", settings.company_id, settings.kala_send_week
            )

    def action_kala_confirm_database(self):
        """An administrator says that this is the database that writes to customers (AD5)."""
        self.check_access("write")
        self.env["kala.fingerprint"]._remember()
        self.env["kala.dispatcher"]._wake()
        self.env["kala.email.outbox"]._wake()
        return {"type": "ir.actions.client", "tag": "reload"}
