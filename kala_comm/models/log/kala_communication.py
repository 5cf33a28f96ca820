import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import channels, const, states
from ...tools.phone import ContactKey, format_phone
from ..connection.channel_fields import ChannelField, ContactKindField
from ..record.kala_contact_point import uid_key_of

#: The field that names the record of a model.
FIELD_OF = const.RECORD_FIELDS


class KalaCommunication(models.Model):
    """One message, call or e-mail, in or out: the log (LO1), and the outbox while it waits
    (``kala_communication_outbox.py``). Who sees it: ``kala_communication_access.py``."""

    _name = "kala.communication"
    _description = "Communication"
    _inherit = ["kala.guarded", "kala.hidden.name", "kala.given", "kala.of.record"]
    _order = "date DESC, id DESC"
    _rec_name = "summary"
    # What the summary is made of: it is not in the database.
    _rec_names_search = ("subject", "body", "contact_value")
    _internal_fields = (
        *("album", "attempt_ids", "can_fetch_files", "can_react", "candidates"),
        *("claim_token", "claimed_until", "contact_uid", "email_normalized", "extra"),
        *("failed_date", "fallback_pending", "files_attempts", "files_due", "files_error"),
        *("files_until", "ignore_window", "is_other_address", "is_service"),
        *("is_window_closed", "kind", "mail_message_id", "activity_id", "match_rule"),
        *("not_before", "priority", "quoted_id", "quoted_text", "read_mark"),
        *("recency_pending", "reply_to_uid", "request_key", "res_id", "res_model"),
        *("responsible_rule", "send_key", "set_aside", "template_values", "tries_before"),
        *("fallback_template_id", "to_user_id", "sms_uuid"),
    )
    _check_company_auto = True

    channel = ChannelField(required=True, readonly=True)
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True, readonly=True
    )
    kind = fields.Char(
        readonly=True, default="text", help="Text, file, location, reaction, system …"
    )
    state = fields.Selection(
        const.COMMUNICATION_STATES, required=True, readonly=True, default=const.RECEIVED
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    line_id = fields.Many2one("kala.line", readonly=True, ondelete="restrict")
    source_id = fields.Many2one(
        related="line_id.source_id", help="What the line's mapping names as its source."
    )
    connection_id = fields.Many2one("kala.connection", readonly=True, ondelete="restrict")
    provider_uid = fields.Char(string="Provider's id", readonly=True)
    contact_kind = ContactKindField(readonly=True)
    contact_value = fields.Char(string="Contact", readonly=True)
    contact_uid = fields.Char(
        string="Contact's id",
        readonly=True,
        help="A second id of the contact on this connection.",
    )
    contact_name = fields.Char(string="Name given by the contact", readonly=True)
    contact_display = fields.Char(compute="_compute_contact_display", string="From / to")
    email_normalized = fields.Char(compute="_compute_email_normalized", store=True)
    subject = fields.Char(readonly=True)
    body = fields.Text(readonly=True)
    details = fields.Text(
        string="What came with it",
        readonly=True,
        help="The advertisement or the product that it is about, that it was forwarded …",
    )
    ad_id = fields.Many2one(
        "kala.ad",
        string="Advertisement",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    files_note = fields.Char(
        readonly=True, help="Files that came with the message and where they are."
    )
    attachment_ids = fields.Many2many("ir.attachment", readonly=True, bypass_search_access=True)
    extra = fields.Json(readonly=True, help="What the provider said beyond this.")
    album = fields.Char(
        readonly=True,
        copy=False,
        help="What messages have in common that the contact sent as one: their files are here.",
    )
    reply_to_uid = fields.Char(
        readonly=True, help="The provider's id of the message that is quoted."
    )

    # Where it belongs. res_model and res_id name the record it is attached to.
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null"
    )
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="set null")
    order_id = fields.Many2one("sale.order", readonly=True, ondelete="set null")
    match_rule = fields.Char(readonly=True, help="Which rule chose the record.")
    candidates = fields.Json(readonly=True)

    # Whose it is
    user_id = fields.Many2one(
        "res.users", readonly=True, index="btree_not_null", ondelete="set null"
    )
    responsible_rule = fields.Char(readonly=True, help="Which rule chose the responsible user.")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    mail_message_id = fields.Many2one("mail.message", readonly=True, ondelete="set null")

    # Calls
    call_status = fields.Selection(const.CALL_STATUSES, readonly=True)
    duration = fields.Integer(readonly=True, help="Seconds of talk.")
    extension = fields.Char(readonly=True)
    recording_url = fields.Char(string="Recording", readonly=True)

    recency_pending = fields.Boolean(
        readonly=True,
        default=True,
        help="The last-communication columns of its records are still to be written.",
    )

    # Matching reads the newest real communication of a record (MA1).
    _real_idx = models.Index(
        f"(res_model, res_id, date DESC) WHERE res_id IS NOT NULL AND {states.is_real()}"
    )
    _contact_idx = models.Index("(contact_kind, contact_value, date DESC)")
    # Whose number and id came together: the person's other address (CO2).
    _with_uid_idx = models.Index(
        "(contact_kind, contact_value, id DESC) WHERE contact_uid IS NOT NULL"
    )
    _album_idx = models.Index("(album) WHERE album IS NOT NULL")
    _uid_idx = models.Index("(contact_uid, id DESC) WHERE contact_uid IS NOT NULL")
    _lead_idx = models.Index("(lead_id, date DESC, id DESC) WHERE lead_id IS NOT NULL")
    _order_idx = models.Index("(order_id, date DESC, id DESC) WHERE order_id IS NOT NULL")
    _partner_idx = models.Index("(partner_id, date DESC, id DESC) WHERE partner_id IS NOT NULL")
    _connection_idx = models.Index("(connection_id, direction, date DESC)")
    _company_idx = models.Index("(company_id, date DESC, id DESC)")
    _pending_idx = models.Index("(id) WHERE recency_pending")
    _activity_idx = models.Index("(activity_id) WHERE activity_id IS NOT NULL")
    _message_idx = models.Index("(mail_message_id) WHERE mail_message_id IS NOT NULL")
    # No record id in it: merging records must not violate it (docs/architecture.md, 3.11).
    _provider_uid_uniq = models.UniqueIndex(
        "(connection_id, direction, provider_uid) WHERE provider_uid <> ''",
        "This message is in the log already.",
    )

    # ------------------------------------------------------------------ computed

    @api.depends("contact_kind", "contact_value", "contact_name", "company_id")
    @api.depends_context("lang")
    def _compute_contact_display(self):
        for communication in self:
            value = communication.contact_value or ""
            if communication.contact_kind == "phone":
                value = format_phone(value, communication.company_id._kala_region())
            elif communication.contact_kind not in ("email", "raw", False):
                value = communication.contact_name or value
            communication.contact_display = value or self.env._("Withheld number")

    @api.depends("contact_kind", "contact_value")
    def _compute_email_normalized(self):
        for communication in self:
            is_email = communication.contact_kind == "email"
            communication.email_normalized = is_email and communication.contact_value

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_record_name(self):
        for model, communications in self._narrow().grouped("res_model").items():
            if not model:
                communications.record_name = False
                continue
            names = self.env["kala.hidden.name"]._names_of(model, communications.mapped("res_id"))
            for communication in communications:
                communication.record_name = names.get(communication.res_id)

    @api.depends("res_model", "res_id")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def _neutral_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("channel", "direction")
        }
        return self.env._(
            "%(channel)s (%(direction)s)",
            channel=labels["channel"].get(self.channel, self.channel),
            direction=labels["direction"][self.direction],
        )

    # ------------------------------------------------------------------ helpers

    @api.model
    def _generate_send_key(self):
        return secrets.token_urlsafe(12)

    @api.model
    def _is_news(self, kind):
        """A reaction or an edit is logged, but it is no work, nobody is woken for it, and it makes
        no lead."""
        return kind not in const.NO_NEWS

    def _key(self):
        """:return: ContactKey of the other party"""
        self.ensure_one()
        return ContactKey(self.contact_kind, self.contact_value)

    def _record(self):
        """:return: the record it is attached to; an empty customer where there is none"""
        self.ensure_one()
        if not self.res_model or not self.res_id:
            return self.env["res.partner"]
        # By the field: what is then read of one is read for its whole batch.
        record = self[FIELD_OF[self.res_model]]
        return record if record.id == self.res_id else record.browse(self.res_id)

    @api.model
    def _attach_vals(self, record):
        """:return: values that attach a communication to a lead, order or customer; what is about
        another record stands on its customer, or on none (AU3)"""
        customer = record._kala_customer()
        if record._name not in FIELD_OF:
            if not customer:
                return {"res_model": False, "res_id": False, "partner_id": False}
            record = customer
        return {
            "res_model": record._name,
            "res_id": record.id,
            **{name: False for name in FIELD_OF.values() if name in self._fields},
            FIELD_OF[record._name]: record.id,
            "partner_id": customer.id,
        }

    @api.model
    def _last_lines(self, channel, asked):
        """Find the lines that contacts last wrote to, or else were written from.

        Index: ``kala_communication_contact_idx``.

        :param set asked: of (company id, contact kind, contact value)
        :return: dict asked → line id; who never wrote on the channel is not in it
        """
        if not asked:
            return {}
        self.flush_model()
        self.env.cr.execute(
            """SELECT a.company_id, a.kind, a.value, c.line_id
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS a(company_id, kind, value)
                 JOIN LATERAL (
                      SELECT k.line_id FROM kala_communication k
                       WHERE k.contact_kind = a.kind AND k.contact_value = a.value
                         AND k.company_id = a.company_id AND k.channel = %s
                         AND k.line_id IS NOT NULL
                       ORDER BY k.direction, k.date DESC LIMIT 1) c ON TRUE""",
            [*(list(column) for column in zip(*asked, strict=True)), channel],
        )
        return {tuple(row[:3]): row[3] for row in self.env.cr.fetchall()}

    @api.model
    def _last_channels(self, asked):
        """On which channels for texts contacts last wrote (SE5).

        Index: ``kala_communication_contact_idx``.

        :param set asked: of (company id, contact kind, contact value)
        :return: dict asked → (naive UTC, channel); who never wrote is not in it
        """
        if not asked:
            return {}
        self.flush_model()
        self.env.cr.execute(
            """SELECT a.company_id, a.kind, a.value, c.date, c.channel
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS a(company_id, kind, value)
                 JOIN LATERAL (
                      SELECT k.date, k.channel FROM kala_communication k
                       WHERE k.contact_kind = a.kind AND k.contact_value = a.value
                         AND k.company_id = a.company_id AND k.direction = 'in'
                         AND k.channel = ANY(%s)
                       ORDER BY k.date DESC LIMIT 1) c ON TRUE""",
            [
                *(list(column) for column in zip(*asked, strict=True)),
                channels.codes(channels.TEXT),
            ],
        )
        return {tuple(row[:3]): tuple(row[3:]) for row in self.env.cr.fetchall()}

    @api.model
    def _last_incoming_dates(self, asked):
        """When contacts last wrote to lines of ours (WA6).

        Index: ``kala_communication_contact_idx``.

        :param set asked: of (line id, contact kind, contact value)
        :return: dict asked → naive UTC; who never wrote is not in it
        """
        if not asked:
            return {}
        columns = [list(column) for column in zip(*asked, strict=True)]
        self.flush_model()
        self.env["kala.line"].flush_model(["number_since"])
        self.env.cr.execute(
            """SELECT a.line_id, a.kind, a.value, c.date
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS a(line_id, kind, value)
                 JOIN kala_line l ON l.id = a.line_id
                 JOIN LATERAL (
                      SELECT k.date FROM kala_communication k
                       WHERE k.contact_kind = a.kind AND k.contact_value = a.value
                         AND k.line_id = a.line_id AND k.direction = 'in'
                         AND k.kind IS DISTINCT FROM 'system'
                         AND k.date >= COALESCE(l.number_since, '-infinity')
                       ORDER BY k.date DESC LIMIT 1) c ON TRUE""",
            columns,
        )
        return {tuple(row[:3]): row[3] for row in self.env.cr.fetchall()}

    # ------------------------------------------------------------------ re-attach

    def _identities(self):
        """:return: list of pairs (ContactKey, connection id or False) of the other party: he may
        be known by his number and by an id, and come back with either of them alone (MA8)"""
        self.ensure_one()
        found = []
        if self.contact_value:
            own = self.contact_kind not in const.FIELD_CONTACT_KINDS
            found.append((self._key(), own and self.connection_id.id))
        if self.contact_uid:
            found.append((uid_key_of(self.channel, self.contact_uid), self.connection_id.id))
        return found

    def action_open_record(self):
        """Open the record it is attached to."""
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(self.env._("This communication is not attached to a record."))
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
