import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import const

_logger = logging.getLogger(__name__)

#: Models whose records the action can write to; of a communication, to its contact.
MODELS = ("crm.lead", "sale.order", "res.partner", "kala.communication")


class IrActionsServer(models.Model):
    """The action "Send a message", usable in any automation rule (AU1). It only queues: it
    neither fails nor slows what the user is saving."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("kala_message", "Send a message"), ("followers",)],
        ondelete={"kala_message": "cascade"},
    )
    kala_channel = fields.Selection(
        selection=[
            *((c, label) for c, label in const.CHANNELS if c in const.TEXT_CHANNELS),
            (const.LAST_CHANNEL, "The contact's last channel"),
        ],
        string="Channel",
        default="sms",
    )
    kala_fallback_channel = fields.Selection(
        selection=[(c, label) for c, label in const.CHANNELS if c in const.TEXT_CHANNELS],
        string="Else by",
        help="Used where the first channel cannot be, and once where its provider says later "
        "that the address is wrong there.",
    )
    kala_other_template_ids = fields.Many2many(
        "kala.template",
        string="Templates of other channels",
        domain="[('channel', '!=', 'email')]",
        help="Where one of these is of the channel that is used, it is sent instead of the "
        "message template: for a channel that wants approved templates, say.",
    )
    kala_template_id = fields.Many2one(
        "kala.template",
        string="Message template",
        ondelete="restrict",
        domain="['|', ('channel', '=', kala_channel), ('channel', '=', kala_fallback_channel)]",
    )
    kala_line_id = fields.Many2one(
        "kala.line",
        string="Message line",
        ondelete="restrict",
        domain="['|', ('channel', '=', kala_channel), ('channel', '=', kala_fallback_channel)]",
        help="Empty: the line the contact wrote to, else the default one.",
    )
    kala_recipient = fields.Selection(
        [("customer", "Customer"), ("responsible", "Responsible user")],
        string="Message to",
        default="customer",
    )
    kala_hourly_limit = fields.Integer(
        string="Messages an hour",
        default=500,
        help="A rule that would send more stops and says so; 0: no limit.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions.base_automation_id._kala_skip_past()
        return actions

    # ------------------------------------------------------------------ form

    @api.depends("state")
    def _compute_available_model_ids(self):
        ours = self.filtered(lambda action: action.state == "kala_message")
        if ours:
            ours.available_model_ids = self.env["ir.model"].search([("model", "in", MODELS)])
        return super(IrActionsServer, self - ours)._compute_available_model_ids()

    def _name_depends(self):
        return [*super()._name_depends(), "kala_template_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "kala_message" and self.kala_template_id:
            return self.env._("Send “%s”", self.kala_template_id.name)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        return [
            *super()._warning_depends(),
            "kala_template_id",
            "kala_channel",
            "kala_fallback_channel",
            "kala_line_id",
        ]

    def _get_warning_messages(self):
        warnings = super()._get_warning_messages()
        if self.state != "kala_message":
            return warnings
        channel = self.kala_channel
        if channel == const.LAST_CHANNEL:
            channel = self.kala_fallback_channel
        if not channel:
            warnings.append(
                self.env._("Choose the channel for contacts who have not written yet (“Else by”).")
            )
        elif not self.kala_template_id:
            warnings.append(self.env._("Choose the template of the message."))
        elif self.kala_template_id.channel != channel:
            warnings.append(self.env._("The template is of another channel than the action."))
        if self.model_id and self.model_id.model not in MODELS:
            warnings.append(
                self.env._("Messages can be sent on leads, orders, customers and communications.")
            )
        return warnings

    # ------------------------------------------------------------------ run

    def _run_action_kala_message_multi(self, eval_context=None):
        """Queue the message for the records; what stands in the way is logged, never raised."""
        records = eval_context.get("records") or eval_context.get("record")
        if not records or self._is_recompute():
            return False
        if not self._kala_within_limit(len(records)):
            return False
        for record in records:
            self._kala_send_for(record)
        return False

    def _kala_send_for(self, record):
        target, number = self._kala_target(record)
        if not target or number is None:
            return
        try:
            with self.env.cr.savepoint():
                self.env["kala.outbox"].sudo().with_context(
                    kala_priority=const.PRIORITY_AUTOMATION, kala_origin=self._kala_origin()
                )._send_records(
                    target.sudo(),
                    self.kala_channel,
                    template=self.kala_template_id,
                    line=self.kala_line_id,
                    number=number,
                    key=self._kala_event_key(record),
                    fallback=self.kala_fallback_channel,
                    templates=self.kala_other_template_ids,
                    keep_failed=True,
                )
        except (UserError, AccessError) as error:
            _logger.info("%s sent nothing for %s: %s", self.display_name, record, error)

    def _kala_target(self, record):
        """:return: (record that is written about, number or False for its own address; None
        where nobody can be written to)"""
        if record._name == "kala.communication":
            is_phone = record.contact_kind == "phone"
            return record._record(), record.contact_value if is_phone else False
        if self.kala_recipient == "responsible":
            return record, record.user_id.phone or None
        return record, False

    def _kala_origin(self):
        """:return: which rule or action caused a message (LO7)"""
        rule = self.base_automation_id
        return f"base.automation,{rule.id}" if rule else f"{self._name},{self.id}"

    def _kala_event_key(self, record):
        """One message for a rule, a record and an event (AU4): of a rule about a date, that date;
        of others, the moment at which they fired."""
        rule = self.base_automation_id
        date_field = rule.trg_date_id.name if rule.trigger and "time" in rule.trigger else None
        moment = record[date_field] if date_field else self.env.cr.now()
        return f"{self._kala_origin()}:{self.id}:{record._name}:{record.id}:{moment}"

    # ------------------------------------------------------------------ ceiling

    def _kala_within_limit(self, count):
        """AU4: a rule that would send more than its ceiling within an hour stops.

        Index: ``kala_communication__origin_idx``.
        """
        self.ensure_one()
        if not self.kala_hourly_limit:
            return True
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT count(*) FROM kala_communication
                WHERE origin = %s AND create_date > now() AT TIME ZONE 'UTC' - interval '1 hour'""",
            [self._kala_origin()],
        )
        if self.env.cr.fetchone()[0] + count <= self.kala_hourly_limit:
            return True
        self._kala_stop()
        return False

    def _kala_stop(self):
        """Stop the rule and tell the managers once."""
        rule = self.base_automation_id.sudo()
        if rule and not rule.active:
            return
        rule.active = False
        self.env["kala.notifier"]._tell_managers(
            self.env.company,
            self.env._("“%s” was stopped", rule.name or self.name),
            self.env._(
                "It would have sent more than %s messages within an hour. Check its conditions, "
                "then start it again.",
                self.kala_hourly_limit,
            ),
        )
