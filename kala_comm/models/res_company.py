from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import const


class ResCompany(models.Model):
    _inherit = "res.company"

    # Matching (MA)
    kala_match_days = fields.Integer(default=90)
    kala_excluded_status_type_ids = fields.Many2many(
        "kala.status.type",
        "kala_company_excluded_status_type_rel",
        default=lambda self: self._kala_default_excluded(),
    )
    kala_new_lead_on_partner_text = fields.Boolean()
    kala_new_lead_on_partner_email = fields.Boolean()
    kala_new_lead_on_partner_call = fields.Boolean()
    kala_text_always_new_lead = fields.Boolean()
    kala_call_always_new_lead = fields.Boolean()
    kala_missed_call_always_new_lead = fields.Boolean()
    # Tasks (TA)
    kala_task_on_new_lead = fields.Boolean(default=True)
    kala_task_on_text = fields.Boolean(default=True)
    kala_task_on_email = fields.Boolean()
    kala_task_on_missed_call = fields.Boolean(default=True)
    kala_task_on_answered_call = fields.Boolean()
    kala_task_closed_by_reply = fields.Boolean(default=True)
    kala_task_escalation = fields.Boolean()
    kala_task_escalation_hours = fields.Float(default=8, help="Working hours of the company.")
    kala_inbox_late_minutes = fields.Integer(default=60, help="0: no waiting time is red.")
    # Responsible (RE)
    kala_responsible_last_outgoing = fields.Boolean(default=True)
    kala_responsible_last_outgoing_days = fields.Integer(default=7)
    kala_task_last_outgoing = fields.Boolean(default=True)
    kala_task_last_outgoing_hours = fields.Integer(default=48)
    kala_responsible_from_customer = fields.Boolean()
    kala_ignore_customer_responsible = fields.Boolean()
    kala_responsible_long_lookback = fields.Boolean()
    kala_no_task_without_responsible = fields.Boolean()
    kala_default_responsible_text_id = fields.Many2one("res.users")
    kala_default_responsible_call_id = fields.Many2one("res.users")
    kala_default_responsible_email_id = fields.Many2one("res.users")
    kala_call_updates_responsible = fields.Boolean()
    # Notifications (NO)
    kala_notify_text = fields.Boolean(default=True)
    kala_push_text = fields.Boolean()
    # Sending (SE, WI, DE, CO)
    kala_send_window_id = fields.Many2one("resource.calendar")
    kala_window_contact_tz = fields.Boolean()
    kala_consent_required = fields.Boolean()
    kala_send_from_own_number = fields.Boolean()
    kala_user_day_limit = fields.Integer(help="0: no limit.")
    kala_country_ids = fields.Many2many("res.country", "kala_company_country_rel")
    kala_premium_allowed = fields.Boolean()
    kala_approve_above = fields.Integer(help="0: no approval.")
    kala_max_attempts = fields.Integer(default=5)
    kala_chatter_automatic = fields.Boolean()
    # Keeping (AD6, WA4)
    kala_save_files = fields.Boolean(default=True)
    kala_event_days = fields.Integer(default=30)
    kala_dead_letter_days = fields.Integer(default=90, help="0: for ever.")
    kala_log_days = fields.Integer(help="0: for ever.")

    @api.model
    def _kala_default_excluded(self):
        return self.env["kala.status.type"].search([("code", "in", const.EXCLUDED_STATUS_TYPES)])

    @api.constrains(
        "kala_match_days",
        "kala_responsible_last_outgoing_days",
        "kala_task_last_outgoing_hours",
        "kala_max_attempts",
        "kala_user_day_limit",
        "kala_approve_above",
        "kala_inbox_late_minutes",
        "kala_event_days",
        "kala_dead_letter_days",
        "kala_log_days",
    )
    def _check_kala_numbers(self):
        for company in self:
            if min(company.kala_match_days, company.kala_max_attempts) < 1:
                raise ValidationError(
                    self.env._("Days for matching and attempts to send must be at least 1.")
                )
            if (
                min(
                    company.kala_responsible_last_outgoing_days,
                    company.kala_task_last_outgoing_hours,
                    company.kala_user_day_limit,
                    company.kala_approve_above,
                    company.kala_inbox_late_minutes,
                    company.kala_event_days,
                    company.kala_dead_letter_days,
                    company.kala_log_days,
                )
                < 0
            ):
                raise ValidationError(
                    self.env._("Days, hours, minutes and limits cannot be negative.")
                )

    def _kala_log_start(self):
        """:return: datetime: since when the company keeps its log (AD6), naive UTC; None: for
        ever"""
        days = self.kala_log_days
        return fields.Datetime.now() - timedelta(days=days) if days > 0 else None

    def write(self, vals):
        result = super().write({**vals, **self._kala_note_asked(vals)})
        if "kala_send_window_id" in vals:
            lines = self.env["kala.line"].sudo().search([("company_id", "in", self.ids)])
            self.env["kala.send.window"]._look_again(lines)
        return result

    @api.constrains("kala_send_window_id")
    def _check_kala_send_window(self):
        for company in self:
            company.kala_send_window_id._kala_check_opens()

    @api.constrains("kala_task_escalation", "kala_task_escalation_hours", "resource_calendar_id")
    def _check_kala_task_escalation(self):
        for company in self.filtered("kala_task_escalation"):
            hours = company.kala_task_escalation_hours
            if hours <= 0:
                raise ValidationError(
                    self.env._("Tasks can escalate after more than 0 working hours only.")
                )
            if not company._kala_working_hours_ago(hours):
                raise ValidationError(
                    self.env._(
                        "“%(calendar)s”, the working calendar of %(company)s, has not %(hours)s "
                        "working hours in years: tasks would never escalate. Add hours to the "
                        "calendar, or turn the escalation off.",
                        calendar=company.resource_calendar_id.name,
                        company=company.name,
                        hours=f"{hours:g}",
                    )
                )

    def _kala_working_hours_ago(self, hours):
        """Count back in the company's working calendar; without one every hour counts.

        :param float hours: of work
        :return: naive UTC; False if the calendar has not that many hours in years
        """
        now = fields.Datetime.now()
        if not self.resource_calendar_id:
            return now - timedelta(hours=hours)
        return self.resource_calendar_id.plan_hours(-hours, now, compute_leaves=True)

    def _kala_region(self):
        """:return: ISO country in which local numbers of the company are read, or None"""
        own = self.country_id.code
        if own:
            return own
        main = self.env["res.company"].sudo().browse(self._kala_main_company_id())
        return main.country_id.code or None

    @api.model
    def _kala_main_company_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("base.main_company") or 1
