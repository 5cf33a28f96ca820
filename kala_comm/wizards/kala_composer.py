from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import const
from ..tools.phone import ContactKey, format_phone, phone_key
from ..tools.placeholders import TemplateError

#: Records at once. A composer answers while one waits; more are a mass send.
MANY = 500
#: Channel → what may be typed on it instead of an address of the card.
TYPED = {"sms": "other", "whatsapp": "other", "email": "other_email"}
#: Rows that are no address: something to type, or one of us.
NO_ADDRESS = ("other", "other_email", "responsible", "colleague")
#: Names that are shown for each reason why somebody gets nothing.
SHOWN_NAMES = 3


class KalaComposer(models.TransientModel):
    """Write to the contact of one record, or of some (SE3, SE4)."""

    _name = "kala.composer"
    _description = "Write a Message"

    res_model = fields.Char(required=True)
    res_ids = fields.Json(required=True)
    is_one = fields.Boolean(compute="_compute_records")
    record_name = fields.Char(compute="_compute_records", string="To")
    channel = fields.Selection(
        [item for item in const.CHANNELS if item[0] in const.WRITTEN_CHANNELS],
        required=True,
        default="sms",
    )
    channels = fields.Json(compute="_compute_channels")
    address_ids = fields.One2many("kala.composer.address", "composer_id", string="All addresses")
    usable_address_ids = fields.Many2many(
        "kala.composer.address", compute="_compute_usable_address_ids"
    )
    address_id = fields.Many2one(
        "kala.composer.address",
        compute="_compute_address_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_address_ids)]",
    )
    fallback_channels = fields.Json(compute="_compute_fallback_channels")
    fallback_channel = fields.Selection(
        [item for item in const.CHANNELS if item[0] in const.TEXT_CHANNELS],
        string="If it cannot arrive, by",
    )
    is_typed = fields.Boolean(compute="_compute_is_typed")
    number = fields.Char(string="Write to")
    is_colleague = fields.Boolean(compute="_compute_is_typed")
    colleague_id = fields.Many2one(
        "res.users", string="Which colleague", domain="[('share', '=', False)]"
    )
    usable_line_ids = fields.Many2many("kala.line", compute="_compute_usable_line_ids")
    line_id = fields.Many2one(
        "kala.line",
        string="From",
        compute="_compute_line_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_line_ids)]",
    )
    fixed_line_id = fields.Many2one(
        related="template_id.line_id", string="From (fixed by the template)"
    )
    template_id = fields.Many2one(
        "kala.template",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', usable_template_ids)]",
    )
    usable_template_ids = fields.Many2many("kala.template", compute="_compute_usable_template_ids")
    is_approved = fields.Boolean(related="template_id.is_external")
    free_until = fields.Datetime(compute="_compute_free_until")
    is_free = fields.Boolean(compute="_compute_free_until")
    company_ids = fields.Json(compute="_compute_channels")
    subject = fields.Char(compute="_compute_body", store=True, readonly=False)
    body = fields.Text(string="Text", compute="_compute_body", store=True, readonly=False)
    reply_to_id = fields.Many2one("kala.communication", readonly=True, ondelete="cascade")
    quoted_text = fields.Char(compute="_compute_quoted_text")
    takes_files = fields.Boolean(compute="_compute_takes_files")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    prints_document = fields.Boolean(compute="_compute_prints_document")
    with_document = fields.Boolean(
        string="The order as PDF",
        compute="_compute_with_document",
        store=True,
        readonly=False,
    )
    document_ids = fields.Many2many(
        "ir.attachment",
        "kala_composer_document_rel",
        string="Documents of the record",
        domain="[('res_model', '=', res_model), ('res_id', 'in', res_ids)]",
    )
    send_when = fields.Selection(
        [("now", "Now"), ("later", "At a chosen time")],
        string="Send",
        default="now",
        required=True,
    )
    send_after = fields.Datetime(string="Not before")
    ignore_window = fields.Boolean(string="Send now all the same")
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    refusal = fields.Char(compute="_compute_preview")
    opens_at = fields.Datetime(compute="_compute_preview")
    held_because = fields.Char(compute="_compute_held_because")
    reachable_count = fields.Integer(compute="_compute_preview")

    @api.model_create_multi
    def create(self, vals_list):
        composers = super().create(vals_list)
        for composer in composers:
            composer._load_addresses()
        return composers

    def _load_addresses(self):
        """Keep the addresses of the one record as rows that can be chosen."""
        if not self.is_one:
            return
        record = self._records()
        company = record._kala_send_company()
        points = record._kala_points()[record.id]
        rows = [
            {
                "composer_id": self.id,
                "kind": key.kind,
                "value": key.value,
                "connection_id": connection_id,
                "name": format_phone(key.value, company._kala_region())
                if key.kind == "phone"
                else key.value,
            }
            for key, connection_id in points
        ]
        rows += [{"composer_id": self.id, **vals} for vals in self._prepare_other_rows(record)]
        self.env["kala.composer.address"].create(rows)

    def _prepare_other_rows(self, record):
        """Who else it may go to (SE3): an address that is typed, the record's responsible,
        another one of us."""
        rows = [
            {"kind": "other", "name": self.env._("Another number")},
            {"kind": "other_email", "name": self.env._("Another e-mail address")},
        ]
        responsible = record.user_id if record.user_id != self.env.user else None
        if responsible:
            name = self.env._("%s (responsible)", responsible.name)
            rows.append({"kind": "responsible", "name": name, "user_id": responsible.id})
        return [*rows, {"kind": "colleague", "name": self.env._("A colleague")}]

    def _propose(self, number):
        """Write to this number of the record first (SE2)."""
        region = self._companies()[:1]._kala_region()
        key = phone_key(number, region)
        rows = self.usable_address_ids.filtered(lambda row: key and row._key() == key)
        self.address_id = rows[:1] or self.address_id

    def _answer(self, communication):
        """Write to who wrote this, from the line that was written to, and quote it (SE4, WA1)."""
        communication.check_access("read")
        self.reply_to_id = communication
        key = communication._key()
        rows = self.usable_address_ids.filtered(lambda row: row._key() == key)
        self.address_id = rows[:1] or self.address_id
        if communication.line_id in self.usable_line_ids:
            self.line_id = communication.line_id

    # ------------------------------------------------------------------ computed

    def _records(self):
        return self.env[self.res_model].browse(self.res_ids).exists()

    @api.depends("res_model", "res_ids")
    def _compute_records(self):
        for composer in self:
            records = composer._records()
            composer.is_one = len(records) == 1
            composer.record_name = self.env._("%s records", len(records))
            if composer.is_one:
                names = [records.display_name, records._kala_customer().display_name]
                if "contact_name" in records._fields:
                    names.append(records.contact_name)
                composer.record_name = " – ".join(dict.fromkeys(filter(None, names)))

    @api.depends("res_model", "res_ids")
    def _compute_channels(self):
        """Channels that some line of the records' companies can send on."""
        connected = self.env["kala.line"]._connected_channels()
        for composer in self:
            found = set()
            for company in composer._companies():
                found |= connected.get(company.id, set())
            composer.company_ids = composer._companies().ids
            composer.channels = [
                c for c in const.WRITTEN_CHANNELS if c in found | {composer.channel}
            ]

    @api.depends("channel", "channels")
    def _compute_fallback_channels(self):
        for composer in self:
            others = set(composer.channels) - {composer.channel}
            composer.fallback_channels = [
                c for c in const.TEXT_CHANNELS if c in others and composer.channel != "email"
            ]

    def _companies(self):
        companies = self.env["res.company"]
        for record in self._records():
            companies |= record._kala_send_company()
        return companies

    @api.depends("channel", "address_ids")
    def _compute_usable_address_ids(self):
        for composer in self:
            rows = composer.address_ids._origin
            own = rows.filtered(lambda row: row.kind not in NO_ADDRESS)
            points = [(row._key(), row.connection_id.id) for row in own]
            chosen = rows.browse()
            for row in own:
                usable = composer._records()._kala_usable(
                    composer.channel, points, row.connection_id
                )
                if row._key() in usable:
                    chosen |= row
            composer.usable_address_ids = chosen | (rows - own).filtered(composer._is_usable_other)

    def _is_usable_other(self, row):
        """:return: whether a row that is no address can be chosen on the channel"""
        if row.kind == "responsible":
            return bool(row.user_id.partner_id._kala_writable(self.channel))
        return row.kind in (TYPED.get(self.channel), self.channel in TYPED and "colleague")

    @api.depends("usable_address_ids")
    def _compute_address_id(self):
        """Propose where the contact last wrote from, else the first usable one."""
        for composer in self:
            usable = composer.usable_address_ids._origin
            if composer.address_id in usable:
                continue
            keys = {row._key(): row for row in usable if row._key()}
            last = (
                composer._records()._kala_last_written(composer.channel, list(keys))
                if composer.is_one
                else None
            )
            composer.address_id = keys.get(last) or usable[:1]

    @api.depends("address_id")
    def _compute_is_typed(self):
        for composer in self:
            composer.is_typed = composer.address_id.kind in TYPED.values()
            composer.is_colleague = composer.address_id.kind == "colleague"

    @api.depends("channel", "address_id")
    def _compute_usable_line_ids(self):
        for composer in self:
            lines = self.env["kala.line"]
            for company in composer._companies():
                lines |= lines.search(lines._usable_domain(company, composer.channel))
            connection = composer.address_id.connection_id
            composer.usable_line_ids = lines.filtered(
                lambda line, connection=connection: (
                    line._may_send(self.env.user)
                    and line.sudo()._can_send()
                    and (not connection or line.connection_id == connection)
                )
            )

    @api.depends("usable_line_ids")
    def _compute_line_id(self):
        """One record: the user's own line, the one that the contact wrote to, or the default
        (SE4). Several: empty, so that it is chosen for each of them."""
        for composer in self:
            usable = composer.usable_line_ids._origin
            if composer.line_id in usable:
                continue
            line = self.env["kala.line"]
            if composer.is_one:
                line = line._choose(
                    composer._records()._kala_send_company(),
                    composer.channel,
                    self.env.user,
                    composer.address_id._key(),
                )
            composer.line_id = (line & usable) or (usable[:1] if composer.is_one else False)

    @api.depends("channel", "line_id", "address_id", "number", "colleague_id")
    def _compute_free_until(self):
        """Until when free text may be sent (WA6): for ever with most providers."""
        gate = self.env["kala.gate"]
        for composer in self:
            composer.free_until, composer.is_free = False, True
            line, address = composer.line_id._origin.sudo(), composer.address_id
            if not composer.is_one or not line or not address:
                continue
            key = address._key()
            if composer.is_typed:
                key = phone_key(composer.number or "", line.company_id._kala_region())
            elif composer._to_user():
                partner = composer._to_user().partner_id.sudo()
                key = next(iter(partner._kala_writable(composer.channel)), None)
            composer.free_until, composer.is_free = gate._free_until(line, composer.channel, key)

    @api.depends("channel", "line_id", "is_free", "company_ids")
    def _compute_usable_template_ids(self):
        """Our own texts, and what the line's provider approved; outside its hours for free text
        only the latter (WA6)."""
        for composer in self:
            connections = (composer.line_id or composer.usable_line_ids)._origin.connection_id
            kept = [("connection_id", "in", connections.ids)]
            own = [("connection_id", "=", False)]
            composer.usable_template_ids = self.env["kala.template"].search(
                Domain(
                    [
                        ("channel", "=", composer.channel),
                        ("company_id", "in", [False, *(composer.company_ids or ())]),
                        ("is_ready", "=", True),
                    ]
                )
                & (Domain(kept) | Domain(own) if composer.is_free else Domain(kept))
            )

    @api.depends("channel", "usable_template_ids")
    def _compute_template_id(self):
        for composer in self:
            if composer.template_id not in composer.usable_template_ids._origin:
                composer.template_id = False

    @api.depends("template_id")
    def _compute_body(self):
        """One record: subject and text of the template as the contact will read them, to be
        edited (TE1). Several: each gets his own, so that they show their placeholders and stay as
        they are."""
        for composer in self:
            template = composer.template_id
            subject, body = composer.subject or False, composer.body or False
            if template and composer.is_one:
                try:
                    subject, body = template._render(composer._records())
                except TemplateError as error:
                    raise UserError(template._explain(error)) from error
            elif template:
                subject, body = template.subject, template.body
            composer.subject, composer.body = subject, body

    @api.depends("reply_to_id", "line_id", "address_id")
    def _compute_quoted_text(self):
        """Empty where the chosen line or address cannot quote it."""
        for composer in self:
            quoted = composer.reply_to_id._origin
            key = composer.address_id._origin._key()
            may = quoted and quoted.sudo()._may_be_quoted(composer.line_id._origin.sudo(), key)
            composer.quoted_text = quoted._quote() if may else False

    @api.depends("line_id", "channel")
    def _compute_takes_files(self):
        for composer in self:
            lines = (composer.line_id or composer.usable_line_ids)._origin.sudo()
            providers = [line.connection_id._provider() for line in lines]
            composer.takes_files = any(p is not None and p._max_files for p in providers)

    @api.depends("channel", "is_one", "takes_files")
    def _compute_prints_document(self):
        """An order can be printed; where no files are taken it goes as a link by a template."""
        for composer in self:
            composer.prints_document = (
                composer.is_one and composer.takes_files and composer.res_model == "sale.order"
            )

    @api.depends("channel", "prints_document")
    def _compute_with_document(self):
        """Who writes an e-mail about an order mostly sends it along (SE3)."""
        for composer in self:
            composer.with_document = composer.prints_document and composer.channel == "email"

    @api.depends(
        "channel",
        "line_id",
        "template_id",
        "address_id",
        "colleague_id",
        "document_ids",
        "res_ids",
        "ignore_window",
        "attachment_ids",
        "body",
    )
    def _compute_preview(self):
        for composer in self:
            composer.preview = composer.refusal = composer.opens_at = False
            composer.reachable_count = 1
            records = composer._records()
            if len(records) > MANY:
                composer.reachable_count = 0
                composer.refusal = composer._too_many(records)
            elif composer.is_one:
                composer._preview_one(records)
            else:
                composer.reachable_count, composer.preview = composer._preview_many(records)

    @api.depends("line_id")
    def _compute_held_because(self):
        """Why the message would be kept for the time being (DE5, AD5)."""
        for composer in self:
            connection = composer.line_id._origin.sudo().connection_id
            composer.held_because = (
                connection.provider != "sandbox" and self.env["kala.fingerprint"]._warning()
            )
            if not composer.held_because and connection.state in ("paused", "error"):
                composer.held_because = self.env._(
                    "“%s” does not send at the moment. The message is kept and leaves when it "
                    "works again.",
                    connection.name,
                )

    def _plan(self, records, number=None, to_user=None):
        return self.env["kala.outbox"]._plan(
            records,
            self.channel,
            line=self.template_id.line_id or self.line_id._origin,
            number=number,
            now=self.ignore_window,
            template=self.template_id._origin,
            to_user=to_user,
        )

    def _preview_one(self, record):
        """Say before sending what the gate would say: no consent, window closed."""
        to_user = self._to_user()
        key = self.address_id._key()
        if not (key or to_user) or not self.usable_line_ids:
            return
        [(_record, plan)] = self._plan(record, key, to_user)
        files = self._files_refusal()
        if plan["state"] == "failed" or files:
            self.refusal = plan.get("failure_reason") or files
        elif plan.get("wait_reason") == "window":
            self.opens_at = plan["send_after"]

    def _files_refusal(self):
        provider = self.line_id._origin.sudo().connection_id._provider()
        files = (self.attachment_ids | self.document_ids)._origin
        if provider is None or not files:
            return ""
        return provider._file_refusal(self.channel, files, self.body or "")

    def _preview_many(self, records):
        """Say how many will get it, and how many not and why (BR2), as the outbox sees it.

        :return: (number of those who will get it, Markup)
        """
        plans = self._plan(records)
        good = [plan for _record, plan in plans if plan["state"] != "failed"]
        people = Counter((plan["contact_kind"], plan["contact_value"]) for plan in good)
        parts = [
            Markup("<p><b>%s</b></p>") % self.env._("Will get it: %s", len(good)),
        ]
        twice = sum(count - 1 for count in people.values())
        if twice:
            parts.append(
                Markup("<p>%s</p>")
                % self.env._(
                    "Some records share a number: %s messages go to somebody who gets one already.",
                    twice,
                )
            )
        kinds = dict(
            self.env["kala.communication"]._fields["failure_kind"]._description_selection(self.env)
        )
        left_out = {}
        for record, plan in plans:
            if plan["state"] == "failed":
                left_out.setdefault(plan["failure_kind"], []).append((record, plan))
        for kind, members in left_out.items():
            names = ", ".join(record.display_name for record, _plan in members[:SHOWN_NAMES])
            if len(members) > SHOWN_NAMES:
                names += " …"
            reason = (
                self.env._("no address for this channel")
                if kind == "address"
                else members[0][1]["failure_reason"] or kinds[kind]
            )
            parts.append(
                Markup("<p class='text-danger mb-0'>%s</p><p class='text-muted'>%s</p>")
                % (
                    self.env._(
                        "Will not get it: %(count)s – %(reason)s",
                        count=len(members),
                        reason=reason,
                    ),
                    names,
                )
            )
        return len(good), Markup("").join(parts)

    def _too_many(self, records):
        return self.env._(
            "%(count)s records are chosen; from here you can write to %(limit)s at most. Choose "
            "fewer, or write to all of them under Communication, Mass Sends.",
            count=len(records),
            limit=MANY,
        )

    # ------------------------------------------------------------------ buttons

    def action_send(self):
        """Queue the messages; pressing twice queues them once.

        :raise UserError: with what is missing
        """
        self.ensure_one()
        records = self._records()
        if not records:
            raise UserError(
                self.env._(
                    "The record does not exist any more. Close this window and choose another."
                )
            )
        if len(records) > MANY:
            raise UserError(self._too_many(records))
        each_his_own = self.template_id and len(records) > 1
        communications = records.kala_send(
            self.channel,
            body=None if each_his_own else self.body,
            subject=None if each_his_own or self.channel != "email" else self.subject,
            template=self.template_id or None,
            attachments=self._files(records) if self.takes_files else None,
            now=self.ignore_window,
            line=self.line_id or None,
            number=self._number(),
            to_user=self._to_user(asked=True) or None,
            send_after=self._send_after(),
            key=f"composer-{self.id}",
            reply_to=self.reply_to_id or None,
            fallback=self.fallback_channel in (self.fallback_channels or ())
            and self.fallback_channel,
        )
        self._rehome_files(communications)
        close = {"type": "ir.actions.act_window_close"}
        if len(records) == 1:
            return close
        failed = communications.filtered(lambda c: c.state == "failed")
        message = self.env._("On their way: %s.", len(communications - failed))
        if failed:
            message += " " + self.env._(
                "Could not be sent: %s; the list of failed messages says why.", len(failed)
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": message,
                "sticky": bool(failed),
                "next": close,
            },
        }

    def _files(self, records):
        """:return: ``ir.attachment`` that go along, the printed order among them (SE3)"""
        files = self.attachment_ids | self.document_ids
        if not (self.with_document and self.prints_document):
            return files
        printed = self.env["ir.attachment"].create(
            [
                {"name": name, "raw": content, "res_model": self._name, "res_id": self.id}
                for name, content in records._kala_documents()
            ]
        )
        self.attachment_ids |= printed
        return files | printed

    def _to_user(self, asked=False):
        """:param bool asked: the message is being sent: a colleague must have been chosen
        :return: ``res.users``: the one of us that it goes to, perhaps empty"""
        row = self.address_id
        if row.kind == "colleague" and asked and not self.colleague_id:
            raise UserError(self.env._("Choose the colleague to write to."))
        return self.colleague_id._origin if row.kind == "colleague" else row.user_id

    def _rehome_files(self, communications):
        """Files belong to the record from now on: who sees it sees them, and they outlive the
        composer."""
        communication = communications.sudo()[:1]
        self.attachment_ids.filtered(lambda file: file.res_model == self._name).sudo().write(
            {
                "res_model": communication.res_model or communication._name,
                "res_id": communication.res_id or communication.id,
            }
        )

    def _number(self):
        """:return: what goes to ``kala_send`` as number"""
        if not self.is_typed:
            return self.address_id._key()
        if not (self.number or "").strip():
            if self.channel == "email":
                raise UserError(
                    self.env._("Type the address to write to, for example dana@example.com.")
                )
            raise UserError(
                self.env._("Type the number to write to, for example +972 50 234 5678.")
            )
        return self.number

    def _send_after(self):
        if self.send_when != "later":
            return None
        if not self.send_after:
            raise UserError(self.env._("Choose the time to send at, or choose “Now”."))
        if self.send_after <= fields.Datetime.now():
            raise UserError(self.env._("That time has passed. Choose a later one, or “Now”."))
        return self.send_after


class KalaComposerAddress(models.TransientModel):
    """An address of the record that is written to, as a row to choose."""

    _name = "kala.composer.address"
    _description = "Address to Write to"
    _order = "id"

    composer_id = fields.Many2one("kala.composer", required=True, ondelete="cascade")
    kind = fields.Char(required=True)
    value = fields.Char()
    connection_id = fields.Many2one("kala.connection")
    user_id = fields.Many2one("res.users", help="The one of us that this row is.")
    name = fields.Char(required=True)

    def _key(self):
        """:return: ContactKey; None for a row that is no address of the record's"""
        if not self or self.kind in NO_ADDRESS:
            return None
        return ContactKey(self.kind, self.value)
