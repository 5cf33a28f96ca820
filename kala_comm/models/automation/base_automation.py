from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from .ir_actions_server import GATHERED, Gathered

#: Model → fields; when the status of a record changes, one of them changes (ST2, ST3).
STATUS_FIELDS = {
    "crm.lead": ("stage_id", "active", "lost_reason_id"),
    "sale.order": ("kala_status_id",),
}
#: Model of a status that a rule may name → the field of a record that has this status, and the
#: model of these records (None: each of them). Other addons add rows to both by extending
#: ``_kala_status_fields`` and ``_kala_statuses``.
STATUSES = {
    "kala.status.type": ("kala_status_type_id", None),
    "crm.stage": ("stage_id", "crm.lead"),
    "kala.order.status": ("kala_status_id", "sale.order"),
}
_STATUS_RULE = {"kala_on_status", "kala_status_from", "kala_status_to", "trigger", "model_id"}


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    kala_on_status = fields.Boolean(
        string="When the status changes",
        help="Of a lead (its stage, or its lost reason) or of an order.",
    )
    kala_status_from = fields.Reference(
        selection="_selection_kala_statuses", string="From status", help="Empty: from any."
    )
    kala_status_to = fields.Reference(
        selection="_selection_kala_statuses", string="To status", help="Empty: to any."
    )
    kala_rule_id = fields.Many2one(
        "kala.rule",
        string="Notification rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="The rule that this one works for: it is changed there.",
    )

    @api.model
    def _selection_kala_statuses(self):
        return [
            ("kala.status.type", self.env._("Status type")),
            ("crm.stage", self.env._("Stage of leads")),
            ("kala.order.status", self.env._("Status of orders")),
        ]

    @api.model
    def _kala_status_fields(self):
        """:return: dict: see :data:`STATUS_FIELDS`"""
        return STATUS_FIELDS

    @api.model
    def _kala_statuses(self):
        """:return: dict: see :data:`STATUSES`"""
        return STATUSES

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.filtered("kala_on_status")._kala_watch_status()
        rules._kala_skip_past()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not _STATUS_RULE.isdisjoint(vals):
            # A notification rule says itself from what to what.
            own = self.filtered(lambda rule: rule.kala_on_status and not rule.kala_rule_id)
            own._kala_watch_status()
        if vals.get("active") or {"trigger", "trg_date_id", "action_server_ids"} & set(vals):
            self._kala_skip_past()
        return result

    @api.constrains("kala_on_status", "kala_status_from", "kala_status_to", "trigger", "model_id")
    def _check_kala_status(self):
        for rule in self.filtered("kala_on_status"):
            model = rule.model_id.model
            if model not in self._kala_status_fields() or rule.trigger != "on_create_or_write":
                raise ValidationError(
                    self.env._(
                        "Leads and orders have a status that changes: choose one of them, and the "
                        "trigger “On create and edit”."
                    )
                )
            for status in filter(None, (rule.kala_status_from, rule.kala_status_to)):
                if self._kala_statuses()[status._name][1] not in (None, model):
                    raise ValidationError(
                        self.env._(
                            "“%s” is no status of these records. Choose another one, or a status "
                            "type.",
                            status.display_name,
                        )
                    )

    def _kala_watch_status(self):
        """Write "from X to Y" in the words of Odoo's rules (AU1)."""
        for rule in self:
            model = rule.model_id.model
            watched = [
                self.env["ir.model.fields"]._get(model, name).id
                for name in self._kala_status_fields().get(model, ())
            ]
            rule.write(
                {
                    "trigger_field_ids": [Command.set(watched)],
                    "filter_pre_domain": rule._kala_status_domain(rule.kala_status_from),
                    "filter_domain": rule._kala_status_domain(rule.kala_status_to),
                }
            )

    @api.model
    def _kala_status_domain(self, status):
        return repr(self._kala_status_condition(status)) if status else False

    @api.model
    def _kala_status_condition(self, status):
        """:param status: record of one of :data:`STATUSES`, perhaps empty
        :return: list: domain of the records that have it"""
        return [(self._kala_statuses()[status._name][0], "=", status.id)] if status else []

    def _check_trigger_fields(self, record):
        """A record that is just being created changes from no status (AU1)."""
        if self.sudo().kala_on_status:
            before = (self.env.context.get("old_values") or {}).get(record.id)
            status = self._kala_status_fields()[record._name][0]
            if before is None or (status in before and not before[status]):
                return False
        return super()._check_trigger_fields(record)

    def _kala_skip_past(self):
        """A time rule that sends messages never fires for the past (AU4): Odoo would run a new rule
        for all of the past, and write to everybody who ever matched."""
        now = fields.Datetime.now()
        for rule in self:
            sends = "kala_message" in rule.action_server_ids.mapped("state")
            if sends and "time" in (rule.trigger or ""):
                rule.last_run = now

    def _filter_pre(self, records, feedback=False):
        """The condition "before the update" reads fields that are not stored, and Odoo keeps their
        values when the field changes on which they depend. They are read anew here: otherwise the
        status type of an order would be that of the status which the order has left (AU1)."""
        result = super()._filter_pre(records, feedback=feedback)
        for changed in self.env.context.get("changed_fields") or ():
            for dependent in self.env.registry.get_dependent_fields(changed):
                if not dependent.store:
                    self.env[dependent.model_name].invalidate_model([dependent.name], flush=False)
        return result

    def _process(self, records, domain_post=None):
        """Odoo runs each action once for each record; messages are queued for all of them at once,
        after the rule's other actions (AU1). What works for a notification rule has no actions:
        that rule writes down what happened, by one statement for all records (AU3)."""
        rule = self.sudo().kala_rule_id
        if rule:
            return rule._fire(self, records)
        gathered = Gathered()
        rule = self.with_context(**{GATHERED: gathered})
        result = super(BaseAutomation, rule)._process(records, domain_post=domain_post)
        gathered.run()
        return result

    def _search_time_based_automation_records(self, *, until):
        """Odoo looks through a table every few minutes or hours; notification rules about dates
        have a job of their own, which knows what is due (AU4)."""
        if self.sudo().kala_rule_id:
            return self.env[self.model_name]
        return super()._search_time_based_automation_records(until=until)
