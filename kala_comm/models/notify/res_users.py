from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import channels


class ResUsers(models.Model):
    _inherit = "res.users"

    kala_own_line_ids = fields.Many2many(
        "kala.line",
        "kala_line_own_user_rel",
        "user_id",
        "line_id",
    )
    kala_shown_line_ids = fields.Many2many(
        "kala.line",
        string="My lines",
        compute="_compute_kala_shown_line_ids",
        inverse="_inverse_kala_shown_line_ids",
        domain="[('id', 'in', kala_choosable_line_ids)]",
        help="What you write leaves from these: one of each channel. Empty: from a line that "
        "you alone may send from, else from the one that the contact wrote to.",
    )
    kala_choosable_line_ids = fields.Many2many(
        "kala.line", compute="_compute_kala_choosable_line_ids"
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [
            *super().SELF_READABLE_FIELDS,
            *self._kala_own_fields(),
            *self._kala_usual_fields(),
            "kala_choosable_line_ids",
        ]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + self._kala_own_fields()

    @api.model
    def _kala_own_fields(self):
        return [
            *self._kala_notify_fields(),
            "kala_own_line_ids",
            "kala_shown_line_ids",
            *self._kala_reading_fields(),
        ]

    @api.depends("kala_own_line_ids")
    @api.depends_context("allowed_company_ids")
    def _compute_kala_shown_line_ids(self):
        """Only lines of the companies that are selected: lines of others may not be read."""
        for user in self:
            lines = user.sudo().kala_own_line_ids
            user.kala_shown_line_ids = lines.filtered(
                lambda line: line.company_id in self.env.companies
            )

    def _inverse_kala_shown_line_ids(self):
        for user in self:
            own = user.sudo().kala_own_line_ids
            elsewhere = own.filtered(lambda line: line.company_id not in self.env.companies)
            user.kala_own_line_ids = elsewhere | user.kala_shown_line_ids

    @api.depends("company_ids")
    def _compute_kala_choosable_line_ids(self):
        """Lines for texts that the user may send from, of companies that let him (SE4)."""
        lines = self.env["kala.line"].sudo()
        for user in self:
            writes = user.sudo().has_group("kala_comm.group_user")
            companies = user.sudo().company_ids.filtered(
                lambda company, writes=writes: writes and company.kala_send_from_own_number
            )
            user.kala_choosable_line_ids = lines.search(
                [
                    ("company_id", "in", companies.ids),
                    ("channel", "in", channels.codes(channels.TEXT)),
                ]
            ).filtered(lambda line, user=user: line._may_send(user) and line._can_send())

    @api.constrains("kala_own_line_ids")
    def _check_kala_own_line_ids(self):
        for user in self:
            lines = user.kala_own_line_ids
            places = Counter((line.company_id, line.channel) for line in lines)
            if any(count > 1 for count in places.values()):
                raise ValidationError(
                    self.env._("Choose one line of each channel: messages leave from one number.")
                )

    # ------------------------------------------------------------------ who leaves

    def action_archive(self):
        """Odoo deletes the activities of archived users; the customers wait all the same."""
        self._kala_release_tasks()
        self._kala_stop_rules()
        return super().action_archive()

    def write(self, vals):
        if not vals.get("active", True):
            self._kala_release_tasks()
            self._kala_stop_rules()
        return super().write(vals)

    def unlink(self):
        self._kala_release_tasks()
        self._kala_stop_rules()
        return super().unlink()

    def _kala_release_tasks(self):
        """Leave the open tasks of communications to the managers: without responsible (TA5)."""
        tasks = self.env["mail.activity"].sudo()
        tasks = tasks.search([("user_id", "in", self.ids), ("kala_count", ">", 0)])
        tasks.with_context(mail_activity_quick_update=True).write({"user_id": False})

    # ------------------------------------------------------------------ settings

    def _kala_mapping_warning(self, company):
        """Say why these users get nothing of what comes in, although a setting names them (RE6).

        :param company: whose line, extension or default it is
        :return: one sentence per user; False if all are usable
        """
        sentences = []
        for user in self.sudo():
            if not user.active:
                reason = self.env._("“%s” is archived", user.name)
            elif user.share:
                reason = self.env._("“%s” is no employee (a portal user)", user.name)
            elif company not in user.company_ids:
                reason = self.env._(
                    "“%(user)s” has no access to %(company)s", user=user.name, company=company.name
                )
            else:
                continue
            sentences.append(
                self.env._(
                    "%s and is passed over: what comes in goes to whom the next rule finds. "
                    "Choose another user.",
                    reason,
                )
            )
        return " ".join(sentences) or False
