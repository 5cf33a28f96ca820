from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools import const

TRIGGERS = [
    ("created", "is created"),
    ("changed", "is changed"),
    ("status_changed", "changes status"),
    ("assigned", "gets a responsible"),
    ("rescheduled", "is rescheduled"),
    ("date", "has a date that comes near or has passed"),
    ("closed", "is closed"),
    ("activity_created", "gets an activity"),
    ("activity_reassigned", "has an activity that goes to another user"),
    ("activity_changed", "has an activity that is changed"),
    ("activity_done", "has an activity that is done"),
    ("activity_overdue", "has an activity that is overdue"),
    ("communication", "gets a communication"),
]
#: Nobody saves anything at that moment: the job looks what is due.
TIMED = ("date", "activity_overdue")
UNITS = [
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("days", "days"),
    ("working_days", "working days"),
]
#: Written while the rule runs, these change what it listens to.
LISTENED = {
    "name",
    "model_id",
    "trigger",
    "from_status_type_id",
    "to_status_type_id",
    "from_status",
    "to_status",
    "date_field_id",
    "changed_field_ids",
    "domain",
    "company_id",
    "communication_kind",
    "words",
}
#: Written while the rule runs, these say nothing about whom it tells what.
HARMLESS = {"active", "hourly_limit", "name", "sequence", "stop_on_answer", "stop_on_status"}


class KalaRule(models.Model):
    """A notification rule that reads as a sentence (AU2, AU3): when something happens to a record,
    tell these people by these channels. It only queues: the save that starts it writes rows of
    ``kala.rule.log``, and a job makes messages of them."""

    _name = "kala.rule"
    _description = "Notification Rule"
    _inherit = ["kala.guarded", "kala.hidden.name", "kala.given"]
    _given_models = ()
    _internal_fields = (
        *("automation_ids", "checked", "domain", "dry_found", "dry_ids", "dry_note"),
        *("dry_date", "dry_summary", "dry_user_id"),
        *("from_status", "to_status", "missing", "model_name", "sequence", "words"),
        # Users who are no managers may not read models and their fields.
        *("model_id", "date_field_id", "performer_field_id", "changed_field_ids"),
    )
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        help="Records of other companies do not start it.",
    )
    model_id = fields.Many2one(
        "ir.model",
        string="When",
        required=True,
        ondelete="cascade",
        domain=lambda self: [("model", "in", list(self._told_models()))],
    )
    model_name = fields.Char(related="model_id.model")
    trigger = fields.Selection(TRIGGERS, required=True, default="created")
    from_status_type_id = fields.Many2one(
        "kala.status.type", string="From", ondelete="restrict", help="Empty: from any."
    )
    to_status_type_id = fields.Many2one(
        "kala.status.type", string="To", ondelete="restrict", help="Empty: to any."
    )
    from_status = fields.Reference(
        selection="_selection_statuses", help="One status in place of a type."
    )
    to_status = fields.Reference(
        selection="_selection_statuses", help="One status in place of a type."
    )
    date_field_id = fields.Many2one(
        "ir.model.fields",
        string="Date",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime')), "
        "('store', '=', True)]",
    )
    changed_field_ids = fields.Many2many(
        "ir.model.fields",
        string="Fields",
        domain="[('model_id', '=', model_id), ('store', '=', True)]",
        help="It starts when one of them is changed.",
        # Of several records the browser reads the names as the user.
        groups="kala_comm.group_manager",
    )
    delay = fields.Integer(default=1)
    delay_unit = fields.Selection(UNITS, required=True, default="days")
    delay_mode = fields.Selection(
        [("before", "before"), ("after", "after")], required=True, default="before"
    )
    hour = fields.Float(
        string="At",
        default=9.0,
        help="Of a date without a time: when on that day, by the clock of the company.",
    )
    yearly = fields.Boolean(
        string="Every year", help="Day and month of the date count: of a birthday, say."
    )
    communication_kind = fields.Selection(
        [
            ("any", "any kind"),
            ("text", "a message"),
            ("email", "an e-mail"),
            ("missed_call", "a missed call"),
            ("failed", "a message of ours that failed"),
        ],
        string="Kind",
        required=True,
        default="any",
    )
    words = fields.Char(help="One of these, with commas between them, is in the text.")
    domain = fields.Char(string="And", default="[]")
    performer_field_id = fields.Many2one(
        "ir.model.fields",
        string="Performer",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('many2one', 'many2many')), "
        "('relation', '=', 'res.users'), ('store', '=', True)]",
        help="The field that names who does the work.",
    )
    stop_on_answer = fields.Boolean(
        default=True, help="Steps that wait are cancelled when the contact writes or calls."
    )
    stop_on_status = fields.Boolean(
        default=True, help="Steps that wait are cancelled when the record changes its status."
    )
    hourly_limit = fields.Integer(
        string="At most per hour",
        default=200,
        help="A rule that would send more stops and says so, before it sends; 0: no limit.",
    )
    state = fields.Selection(
        [("draft", "Not started"), ("running", "Running"), ("stopped", "Stopped")],
        required=True,
        readonly=True,
        default="draft",
    )
    stop_reason = fields.Char(readonly=True, copy=False)
    error = fields.Char(readonly=True, copy=False, help="What went wrong last.")
    started = fields.Datetime(readonly=True, copy=False, help="Nothing of before counts (AU4).")
    checked = fields.Datetime(
        readonly=True, copy=False, help="What was due until then has been looked at."
    )
    sent_count = fields.Integer(string="Sent", readonly=True, copy=False)
    last_run = fields.Datetime(readonly=True, copy=False)
    action_ids = fields.One2many("kala.rule.action", "rule_id", string="Steps", copy=True)
    log_ids = fields.One2many("kala.rule.log", "rule_id", domain=[("dry", "=", False)])
    dry_ids = fields.One2many("kala.rule.log", "rule_id", domain=[("dry", "=", True)])
    dry_note = fields.Char(readonly=True, copy=False)
    automation_ids = fields.One2many(
        "base.automation",
        "kala_rule_id",
        string="Automation rules",
        groups="base.group_system",
        context={"active_test": False},
    )
    missing = fields.Text(compute="_compute_missing", help="What keeps it from being started.")

    _check_delay = models.Constraint("CHECK(delay >= 0)", "The delay cannot be negative.")
    _check_limit = models.Constraint("CHECK(hourly_limit >= 0)", "The limit cannot be negative.")

    @api.model
    def _selection_statuses(self):
        names = dict(self.env["base.automation"]._selection_kala_statuses())
        return [(model, name) for model, name in names.items() if model != "kala.status.type"]

    @api.constrains("model_id")
    def _check_model(self):
        for rule in self:
            if rule.model_id.model not in self._told_models():
                raise ValidationError(
                    self.env._(
                        "Rules are about records that have an e-mail address, a phone number or a "
                        "customer. “%s” has none of them: choose other records.",
                        rule.model_id.name,
                    )
                )

    @api.onchange("model_id")
    def _onchange_model_id(self):
        """What was chosen of one kind of records says nothing of another one."""
        self.update(
            {
                "date_field_id": False,
                "changed_field_ids": False,
                "performer_field_id": False,
                "domain": "[]",
                "from_status": False,
                "to_status": False,
                "from_status_type_id": False,
                "to_status_type_id": False,
            }
        )

    # ------------------------------------------------------------------ keep

    def write(self, vals):
        result = super().write(vals)
        running = self.filtered(lambda rule: rule.state == "running")
        if not self.env.su and not HARMLESS.issuperset(vals):
            running._take_over()
        if vals.get("active") is False:
            running.sudo()._stop(self.env._("It was archived."))
        elif not LISTENED.isdisjoint(vals):
            for rule in running:
                rule._check_complete()
                rule.sudo()._listen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_stopped(self):
        """What waits leaves with its rule, and nobody finds out why: stop it first."""
        running = self.filtered(lambda rule: rule.state == "running")
        if running:
            raise UserError(
                self.env._("“%s” is running. Stop it, then delete it.", running[0].name)
            )

    def unlink(self):
        self.sudo().automation_ids.unlink()
        return super().unlink()

    # ------------------------------------------------------------------ start, stop

    def action_start(self):
        """Start the rules (AU4): what happened before does not count.

        :raise UserError: with what is missing, one sentence each
        """
        self.check_access("write")
        for rule in self:
            if rule.state == "running":
                continue
            rule._check_complete()
            now = fields.Datetime.now()
            rule.sudo().write(
                {
                    "state": "running",
                    "active": True,
                    "started": now,
                    "checked": now,
                    "owner_id": self.env.uid,
                    "stop_reason": False,
                    "error": False,
                }
            )
            rule.sudo()._listen()
        return True

    def action_stop(self):
        """Stop the rules: what waits does not leave."""
        self.check_access("write")
        self.filtered(lambda rule: rule.state == "running").sudo()._stop(False)
        return True

    def _stop(self, reason):
        """:param reason: why it stopped by itself, with what to do; or False"""
        for rule in self:
            rule.write({"state": "stopped", "stop_reason": reason})
            rule.automation_ids.write({"active": False})
            rule.env["kala.rule.log"]._cancel(
                [("rule_id", "=", rule.id)], self.env._("The rule was stopped.")
            )
            rule._take_back_messages()

    def _stop_and_tell(self, reason):
        """Stop the rule by itself, and tell the managers."""
        self._stop(reason)
        self.env["kala.notifier"]._tell_managers(
            self.company_id, self.env._("“%s” was stopped", self.name), reason
        )

    def _take_back_messages(self):
        """Messages that have not left do not leave: one statement, however many they are.

        Index: ``kala_communication_origin_idx``.
        """
        self.ensure_one()
        self.env["kala.communication"].sudo()._move(
            "cancel",
            None,
            const.CANCELLED,
            which=SQL("c.origin = %s", self._cause()),
            columns={"wait_reason": None, "claim_token": None, "claimed_until": None},
        )

    def _cause(self):
        """:return: which rule caused a message (LO7)"""
        return f"{self._name},{self.id}"

    def _blame(self, error):
        """A fault in one rule is seen on it, and disturbs nobody else."""
        self.sudo().error = str(error)[:500] or type(error).__name__

    # ------------------------------------------------------------------ lists

    def action_open_log(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log of “%s”", self.name),
            "res_model": "kala.rule.log",
            "view_mode": "list",
            "domain": [("rule_id", "=", self.id), ("dry", "=", False)],
        }

    def action_open_automations(self):
        """The automation rules of Odoo under it, for technical users."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Automation Rules"),
            "res_model": "base.automation",
            "view_mode": "list,form",
            "domain": [("kala_rule_id", "=", self.id)],
            "context": {"active_test": False},
        }
