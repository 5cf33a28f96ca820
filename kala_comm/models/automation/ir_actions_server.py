import logging

from odoo import api, fields, models
from odoo.tools import LazyTranslate
from odoo.tools.misc import clean_context

from ...tools import channels, const
from ...tools.phone import email_key, phone_key
from ...tools.retries import RETRIABLE
from ..connection.channel_fields import TextChannelField, WrittenChannelField

_logger = logging.getLogger(__name__)

_lt = LazyTranslate(__name__)

LAST_CHANNEL_NAME = _lt("The contact's last channel")

#: Context key under which a rule gathers the records of its actions, see :class:`Gathered`.
GATHERED = "kala_gathered"


class ActionChannelField(WrittenChannelField):
    """The channel of an action: one of them, or the one on which the contact last wrote (SE5)."""

    @classmethod
    def _rows(cls, rows):
        return [*super()._rows(rows), (const.LAST_CHANNEL, LAST_CHANNEL_NAME)]


class Gathered:
    """Which actions of a rule are to write to which records. It is a class, since a client cannot
    put an instance of a class into a context."""

    def __init__(self):
        self._records = {}

    def add(self, action, records):
        known = self._records.get(action.id)
        self._records[action.id] = (action, known[1] | records if known else records)

    def run(self):
        for action, records in self._records.values():
            # What the user's screen gives as defaults is not meant for a message.
            plain = action.with_context(clean_context(action.env.context))  # pylint: disable=context-overridden
            plain.with_context(**{GATHERED: None})._kala_send_to(records)


class IrActionsServer(models.Model):
    """The action "Send a message", usable in any automation rule (AU1). It only queues: it
    neither fails nor slows what the user is saving."""

    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("kala_message", "Send a message"), ("followers",)],
        ondelete={"kala_message": "cascade"},
    )
    kala_channel = ActionChannelField(string="Channel", default=channels.DEFAULT)
    kala_fallback_channel = TextChannelField(
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
    kala_sender_id = fields.Many2one(
        "kala.sender",
        string="Sent from",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('state', '=', 'verified')]",
        help="The verified sender of e-mails; empty: the mailbox.",
    )
    kala_recipient = fields.Selection(
        [
            ("customer", "Customer"),
            ("responsible", "Responsible user"),
            ("user", "Another user"),
            ("address", "A fixed number or e-mail address"),
        ],
        string="Message to",
        default="customer",
    )
    kala_user_id = fields.Many2one(
        "res.users",
        string="User to write to",
        ondelete="restrict",
        domain="[('share', '=', False)]",
    )
    kala_number = fields.Char(
        string="Number or address to write to",
        help="A number with the country code: +972 50 234 5678.",
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

    def write(self, vals):
        result = super().write(vals)
        if {"state", "base_automation_id"} & set(vals):
            self.base_automation_id._kala_skip_past()
        return result

    # ------------------------------------------------------------------ form

    @api.depends("state")
    def _compute_available_model_ids(self):
        ours = self.filtered(lambda action: action.state == "kala_message")
        if ours:
            ours.available_model_ids = self.env["ir.model"].search(
                [("model", "in", self._kala_models())]
            )
        return super(IrActionsServer, self - ours)._compute_available_model_ids()

    @api.model
    def _kala_models(self):
        """:return: models whose records the action can write to; of a communication, to its
        contact"""
        return [*const.RECORD_MODELS, "kala.communication"]

    def _kala_is_leaving(self):
        """:return: whether the addon is being uninstalled, see ``hooks.py``"""
        return getattr(self.pool, "kala_is_leaving", False)

    def _name_depends(self):
        if self._kala_is_leaving():
            return super()._name_depends()
        return [*super()._name_depends(), "kala_template_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "kala_message" and self.kala_template_id:
            return self.env._("Send “%s”", self.kala_template_id.name)
        return super()._generate_action_name()

    @api.model
    def _warning_depends(self):
        if self._kala_is_leaving():
            return super()._warning_depends()
        return [
            *super()._warning_depends(),
            "kala_template_id",
            "kala_template_id.channel",
            "kala_template_id.subject",
            "kala_channel",
            "kala_fallback_channel",
            "kala_line_id",
            "kala_recipient",
            "kala_user_id",
            "kala_number",
            "kala_sender_id.state",
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
        elif channel == "email" and not (self.kala_template_id.subject or "").strip():
            warnings.append(self.env._("The template has no subject. Write one."))
        if self.model_id and self.model_id.model not in self._kala_models():
            warnings.append(
                self.env._("Messages can be sent on leads, orders, customers and communications.")
            )
        if channel == "email" and self.kala_sender_id and self.kala_sender_id._refusal():
            warnings.append(self.kala_sender_id._refusal())
        if self.kala_recipient == "user" and not self.kala_user_id:
            warnings.append(self.env._("Choose the user to write to."))
        if self.kala_recipient == "address" and not self._kala_fixed_key():
            warnings.append(
                self.env._("Type the number to write to, with the country code: +972 50 234 5678.")
            )
        return warnings

    def _kala_fixed_key(self):
        """:return: ContactKey of the fixed number or address, None where it is none"""
        if self.kala_channel == "email":
            return email_key(self.kala_number)
        key = phone_key(self.kala_number or "", self.env.company._kala_region())
        return key if key and key.kind == "phone" else None

    # ------------------------------------------------------------------ run

    def _run_action_kala_message_multi(self, eval_context=None):
        """Queue the message for the records; an error is logged, never raised. In an automation
        rule the records are gathered first, since Odoo runs the action once for each record."""
        records = eval_context.get("records") or eval_context.get("record")
        if not records or self._is_recompute():
            return False
        gathered = self.env.context.get(GATHERED)
        if isinstance(gathered, Gathered):
            gathered.add(self, records)
        else:
            self._kala_check_records(records)
            self._kala_send_to(records)
        return False

    def _run(self, records, eval_context):
        """An action that cannot work any more (somebody changed its template) must not stop what
        people save: then its rule stops, and says so (AU1)."""
        if self.state == "kala_message" and self.warning and self.base_automation_id:
            self._kala_stop(self.warning)
            return False
        return super()._run(records, eval_context)

    def _kala_check_records(self, records):
        """Check that a user who runs the action by hand, that of a rule, too, may write the records
        (SC4): Odoo lets everybody who is in the groups of an action run it on any record. A rule
        runs for everybody, and its records are gathered."""
        records.with_user(self.env.uid).check_access("write")

    def _kala_send_to(self, records):
        """Queue the message for records, all at once. It runs while a user saves something: an
        error of ours is logged, and does not disturb the user.

        :param records: of one of :meth:`_kala_models`
        """
        self.ensure_one()
        # An error in what the user saves is raised here, and is not logged as ours.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                if self._kala_within_limit(len(records)):
                    for of_contacts in self._kala_rounds(records):
                        self._kala_queue(of_contacts)
        except RETRIABLE:
            raise
        except Exception as error:
            if len(records) == 1:
                _logger.warning("%s sent nothing for %s: %s", self.name, records, error)
                return
            # A record for which the text cannot be rendered must not hold up the others.
            for record in records:
                self._kala_send_to(record)

    def _kala_rounds(self, records):
        """Several communications may be about one record: then it is written to more than once.

        :return: list of dicts record that is written about → record that fired, each with one
            model and each record once
        """
        rounds = []
        for record in records.sudo():
            about = record._record() if record._name == "kala.communication" else record
            if not about:
                continue
            for taken in rounds:
                if about not in taken and next(iter(taken))._name == about._name:
                    taken[about] = record
                    break
            else:
                rounds.append({about: record})
        return rounds

    def _kala_queue(self, fired):
        """:param dict fired: of :meth:`_kala_rounds`"""
        about = next(iter(fired)).browse().concat(*fired)
        if self.kala_recipient == "responsible" and "user_id" in about._fields:
            about = about.filtered("user_id")
        if not about:
            return
        outbox = (
            self.env["kala.outbox"]
            .sudo()
            .with_context(kala_priority=const.PRIORITY_AUTOMATION, kala_origin=self._kala_origin())
        )
        request = outbox._request(
            self.kala_channel,
            template=self.kala_template_id,
            line=self.kala_line_id,
            number={record.id: self._kala_address_for(fired[record]) for record in about},
            to_user={record.id: self._kala_user_for(record) for record in about},
            key={record.id: self._kala_event_key(fired[record]) for record in about},
            fallback=self.kala_fallback_channel,
            templates=self.kala_other_template_ids,
            keep_failed=True,
            extra={"sender_id": self.kala_sender_id.id} if self.kala_channel == "email" else None,
        )
        outbox._send_records(about, request)

    def _kala_address_for(self, record):
        """:param record: that fired the action
        :return: ContactKey to write to; None: the record's own"""
        if self.kala_recipient == "address":
            return self._kala_fixed_key()
        if record._name != "kala.communication" or self.kala_recipient != "customer":
            return None
        wanted = "email" if self.kala_channel == "email" else "phone"
        return record._key() if record.contact_kind == wanted else None

    def _kala_user_for(self, record):
        """:param record: that is written about
        :return: ``res.users``: the colleague that it goes to, perhaps empty"""
        if self.kala_recipient == "user":
            return self.kala_user_id
        return (
            record.user_id if self.kala_recipient == "responsible" else self.kala_user_id.browse()
        )

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

    # ------------------------------------------------------------------ limit of an hour

    def _kala_within_limit(self, count):
        """AU4: a rule that would send more than its limit within an hour stops.

        Index: ``kala_communication_origin_idx``.
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
        self._kala_stop(
            self.env._(
                "It would have sent more than %s messages within an hour. Check its conditions, "
                "then start it again.",
                self.kala_hourly_limit,
            )
        )
        return False

    def _kala_stop(self, reason):
        """Stop the rule and tell the managers once.

        :param str reason: with what to do
        """
        rule = self.base_automation_id.sudo()
        if rule and not rule.active:
            return
        rule.active = False
        self.env["kala.notifier"]._tell_managers(
            self.env.company, self.env._("“%s” was stopped", rule.name or self.name), reason
        )
