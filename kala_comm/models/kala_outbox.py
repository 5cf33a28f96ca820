from datetime import timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from ..tools import const
from ..tools.phone import ContactKey
from ..tools.placeholders import TemplateError
from ..tools.text import clean_text, one_line
from .kala_gate import Outgoing, Wait

#: Characters of the subject of an e-mail.
SUBJECT_LIMIT = 500


class Request(NamedTuple):
    """What is asked for, on one channel.

    :ivar line: ``kala.line``, empty where it is chosen for each recipient
    :ivar connection: the only one whose lines will do, if any
    :ivar number: address that was typed or chosen; of several records perhaps a dict, see
        :func:`of_record`
    :ivar to_user: ``res.users`` of ours that it goes to instead, likewise
    :ivar dict extra: further values of each message
    """

    body: str | None
    subject: str | None
    template: object
    line: object
    connection: object
    number: object
    to_user: object
    key: object
    reply_to: object
    extra: dict


def of_record(record, value):
    """:return: what counts for one record: ``value``, or its own where that is a dict of ids"""
    return value.get(record.id) if isinstance(value, dict) else value


class KalaOutbox(models.AbstractModel):
    """Queues messages (DESIGN 2, out): for each record a line and an address, or the reason why
    it cannot be written to. Nothing is sent here."""

    _name = "kala.outbox"
    _description = "Outbox"

    @api.model
    def _send_records(
        self,
        records,
        channel,
        body=None,
        template=None,
        line=None,
        number=None,
        attachments=None,
        send_after=None,
        now=False,
        key=None,
        reply_to=None,
        fallback=None,
        templates=None,
        subject=None,
        to_user=None,
        keep_failed=False,
        extra=None,
    ):
        """See :meth:`kala.communication.mixin.kala_send`. ``number``, ``to_user`` and ``key`` may
        be dicts record id → value.

        :param bool keep_failed: keep what cannot be sent as failed, even if nothing can
        :param dict extra: further values of each message
        """
        template = self._browse("kala.template", template)
        templates = self._browse("kala.template", templates)
        text = body or template.body or templates[:1].body
        self._check_request(records, fallback or channel, text, attachments)
        self._check_subject(channel, subject or template.subject)
        done = self._requested_before(records, key)
        request = Request(
            body=body,
            subject=subject,
            template=template,
            line=template.line_id or self._browse("kala.line", line),
            connection=template.connection_id,
            number=number,
            to_user=to_user if isinstance(to_user, dict) else self._browse("res.users", to_user),
            key=key,
            reply_to=self._browse("kala.communication", reply_to),
            extra={
                "send_after": self._moment(send_after),
                "ignore_window": now,
                "attachment_ids": [(6, 0, self._attachment_ids(attachments))],
                **(extra or {}),
            },
        )
        open_records = records.filtered(lambda r: r.id not in done)
        if fallback:
            vals_list = self._prepare_with_fallback(
                open_records, channel, fallback, request, templates
            )
        else:
            vals_list = self._prepare_messages(open_records, channel, request)
        if not keep_failed:
            self._raise_if_none(vals_list, done)
        communications = self._queue(vals_list)
        return communications | self.env["kala.communication"].browse(done.values())

    @api.model
    def _prepare_messages(self, records, channel, request):
        """Prepare what a request makes of each record on a channel, and pass the gate.

        :return: list of values, in the order of the records
        """
        points = records._kala_points()
        lines = self._choose_lines(
            records,
            channel,
            points,
            request.line,
            request.number,
            request.connection,
            request.to_user,
        )
        vals_list = [
            self._prepare_vals(
                record,
                channel,
                points[record.id],
                line=lines[record.id],
                number=of_record(record, request.number),
                common={
                    **self._prepare_text_vals(
                        record, channel, request.body, request.template, request.subject
                    ),
                    "request_key": self._request_key(record, request.key),
                    **request.extra,
                },
                to_user=of_record(record, request.to_user),
                template=request.template,
            )
            for record in records
        ]
        for vals in vals_list:
            vals["reply_to_uid"] = self._quoted_uid(request.reply_to, vals)
        self._pass_gate(vals_list)
        return vals_list

    @api.model
    def _browse(self, model, value):
        """:return: the record of an id or record; empty for nothing"""
        if isinstance(value, models.BaseModel):
            return value
        return self.env[model].browse(value or ())

    @api.model
    def _prepare_text_vals(self, record, channel, body, template, subject=None):
        """A text or subject that was edited wins over its template (SE3); not over one that a
        provider approved, which is sent as it is (WA1). On another channel that one is a text
        (SE5).

        :raise UserError: if the template cannot be rendered any more
        """
        template = template._for_contact(record)
        if template.connection_id and template.channel == channel:
            return template._prepare_external_vals(record)
        template_id = not template.connection_id and template.id
        if template and not (body and (subject or channel != "email")):
            try:
                rendered_subject, rendered_body = template._render(record)
            except TemplateError as error:
                raise UserError(template._explain(error)) from error
            subject, body = subject or rendered_subject, body or rendered_body
        return {
            "body": clean_text(body or ""),
            "subject": one_line(subject, SUBJECT_LIMIT) or False,
            "template_id": template_id,
        }

    @api.model
    def _plan(
        self, records, channel, line=None, number=None, now=False, template=None, to_user=None
    ):
        """Say what sending to these records would do, without doing it.

        :param template: ``kala.template`` whose rules apply (WA6); its text does not matter
        :return: list of (record, values of the message): its ``state`` is ``failed`` where the
            record cannot be written to, with kind and reason, and ``scheduled`` where it waits
        """
        points = records._kala_points()
        template = self._browse("kala.template", template)
        lines = self._choose_lines(
            records, channel, points, line, number, template.connection_id, to_user
        )
        common = {"send_after": fields.Datetime.now(), "ignore_window": now}
        plans = [
            self._prepare_vals(
                record,
                channel,
                points[record.id],
                line=lines[record.id],
                number=number,
                common={**common, **self._plan_template_vals(record, template)},
                to_user=to_user,
                template=template,
            )
            for record in records
        ]
        self._pass_gate(plans)
        return list(zip(records, plans, strict=True))

    @api.model
    def _plan_template_vals(self, record, template):
        """:return: what the gate needs to know of a template that a provider keeps"""
        template = template._for_contact(record)
        return template._prepare_external_vals(record) if template.connection_id else {}

    # ------------------------------------------------------------------ checks

    @api.model
    def _check_request(self, records, channel, body, attachments):
        if not (self.env.su or self.env.user.has_group("kala_comm.group_user")):
            raise AccessError(
                self.env._("Only communication users may write to customers. Ask an administrator.")
            )
        if channel not in const.WRITTEN_CHANNELS:
            raise UserError(self.env._("“%s” is not a channel for texts.", channel))
        if not (body or "").strip() and not attachments:
            raise UserError(self.env._("Write a text before sending."))
        if not records:
            raise UserError(self.env._("Choose at least one record to write to."))

    @api.model
    def _check_subject(self, channel, subject):
        if channel == "email" and not (subject or "").strip():
            raise UserError(self.env._("Write a subject before sending."))

    @api.model
    def _moment(self, send_after):
        """:param send_after: naive UTC; over RPC a text; None: now
        :raise UserError: if it is none"""
        try:
            return fields.Datetime.to_datetime(send_after) or fields.Datetime.now()
        except (ValueError, TypeError) as error:
            raise UserError(
                self.env._("“%s” is not a time. Write it as 2026-11-25 10:30:00, UTC.", send_after)
            ) from error

    @api.model
    def _attachment_ids(self, attachments):
        if not attachments:
            return []
        if not isinstance(attachments, models.BaseModel):
            attachments = self.env["ir.attachment"].browse(attachments)
        attachments.check_access("read")
        return attachments.ids

    @api.model
    def _request_key(self, record, key):
        key = of_record(record, key)
        return f"{record._name}:{record.id}:{key}" if key else False

    @api.model
    def _requested_before(self, records, key):
        """:return: dict record id → communication id of an earlier request with the same key

        Index: ``kala_communication__request_key_uniq``.
        """
        if not key:
            return {}
        wanted = {self._request_key(record, key): record.id for record in records}
        found = self.env["kala.communication"].sudo().search([("request_key", "in", list(wanted))])
        return {wanted[c.request_key]: c.id for c in found}

    @api.model
    def _raise_if_none(self, vals_list, done):
        """If nobody can be written to, say why instead of making failed messages only."""
        if done or not vals_list or any(v["state"] != "failed" for v in vals_list):
            return
        reasons = dict.fromkeys(vals["failure_reason"] for vals in vals_list)
        raise UserError("\n".join(list(reasons)[:5]))

    # ------------------------------------------------------------------ one message

    @api.model
    def _choose_lines(self, records, channel, points, line, number, connection=None, to_user=None):
        """:param connection: the only one whose lines will do, if any
        :return: dict record id → line to send from, perhaps empty; see :meth:`_send_records`"""
        if line:
            return dict.fromkeys(records.ids, line)
        wanted = []
        for record in records:
            company = record._kala_send_company()
            key, _other = self._recipient(
                record, channel, points[record.id], of_record(record, number), company
            )
            # One of us has no line that he wrote to.
            wanted.append((company, None if of_record(record, to_user) else key))
        chosen = self.env["kala.line"]._choose_all(
            channel,
            self.env.user,
            wanted,
            connection,
            by_hand=self._cause_vals()["priority"] == const.PRIORITY_PERSON,
        )
        return dict(zip(records.ids, chosen, strict=True))

    @api.model
    def _recipient(self, record, channel, points, number, company, connection=None, to_user=None):
        """Find the address that a message goes to (SE3).

        :return: (ContactKey or None, whether it is none of the record's own)
        """
        if to_user:
            partner = to_user.partner_id.sudo()
            own = partner._kala_points()[partner.id]
            return partner._kala_address_first(channel, own, connection), False
        if not number:
            return record._kala_address(channel, points, connection), False
        key = record._kala_check_number(number, company, channel)
        return key, bool(points) and key not in {own for own, _connection in points}

    @api.model
    def _prepare_vals(
        self, record, channel, points, line, number, common, to_user=None, template=None
    ):
        """Prepare the message to one record; where it cannot be sent it is made as failed, with
        the kind and the reason."""
        company = record._kala_send_company()
        line = line.sudo()
        key, is_other = self._recipient(
            record, channel, points, number, company, line.connection_id, to_user
        )
        vals = dict(
            common,
            channel=channel,
            direction="out",
            company_id=company.id,
            line_id=line.id,
            connection_id=line.connection_id.id,
            contact_kind=key.kind if key else False,
            contact_value=key.value if key else False,
            is_other_address=is_other,
            to_user_id=to_user.id if to_user else False,
            user_id=self.env.user.id if not self.env.user._is_superuser() else False,
            **self._cause_vals(),
            send_key=self.env["kala.communication"]._generate_send_key(),
            **self.env["kala.communication"]._attach_vals(record.sudo()),
        )
        refusal = (
            self._check_line(channel, line, company)
            or self._check_template(template, company)
            or self._check_key(to_user.partner_id if to_user else record, key)
        )
        vals.update(refusal or self._prepare_state_vals(vals))
        return vals

    @api.model
    def _cause_vals(self):
        """Who or what causes a message: a person, unless a job of ours says otherwise; what a
        client puts into the context does not count."""
        context = self.env.context if self.env.su else {}
        return {
            "priority": context.get("kala_priority", const.PRIORITY_PERSON),
            "origin": context.get("kala_origin") or False,
        }

    @api.model
    def _prepare_state_vals(self, vals):
        if vals["send_after"] > fields.Datetime.now() + timedelta(seconds=1):
            return {"state": "scheduled", "wait_reason": "person"}
        return {"state": "queued"}

    @api.model
    def _pass_gate(self, vals_list):
        """Ask the gate for all at once: who may not be written to fails with the reason, what
        must wait is scheduled."""
        waiting = [vals for vals in vals_list if vals["state"] != "failed"]
        lines = self.env["kala.line"].sudo()
        templates = self.env["kala.template"].sudo()
        verdicts = self.env["kala.gate"]._judge(
            [
                Outgoing(
                    company=self.env["res.company"].browse(vals["company_id"]),
                    line=lines.browse(vals["line_id"]),
                    channel=vals["channel"],
                    key=ContactKey(vals["contact_kind"], vals["contact_value"]),
                    partner=self.env["res.partner"].sudo().browse(vals["partner_id"] or ()),
                    moment=vals["send_after"],
                    ignore_window=vals["ignore_window"],
                    free_text=not vals.get("template_values"),
                    template=templates.browse(vals.get("template_id") or ()),
                    template_values=vals.get("template_values"),
                    service=vals.get("is_service", False),
                    record=vals["res_model"]
                    and self.env[vals["res_model"]].sudo().browse(vals["res_id"]),
                    other_address=vals.get("is_other_address", False),
                    staff=bool(vals.get("to_user_id")),
                )
                for vals in waiting
            ]
        )
        for n, verdict in verdicts.items():
            if isinstance(verdict, Wait):
                waiting[n].update(state="scheduled", wait_reason="window", send_after=verdict.until)
            else:
                waiting[n].update(self._failed(verdict.kind, verdict.reason))

    @api.model
    def _check_line(self, channel, line, company):
        if not line:
            return self._failed(
                "connection",
                self.env._(
                    "No line for this channel is connected. Ask an administrator to connect one "
                    "under Communication, Configuration, Connections."
                ),
            )
        if line.channel != channel or line.company_id != company:
            return self._failed(
                "sender",
                self.env._(
                    "The line “%s” belongs to another channel or company. Choose another line.",
                    line.display_name,
                ),
            )
        if line.connection_id.state == "draft":
            return self._failed(
                "connection",
                self.env._(
                    "The connection “%s” is not connected yet. Connect it first.",
                    line.connection_id.name,
                ),
            )
        if not line._may_send(self.env.user):
            return self._failed(
                "sender",
                self.env._(
                    "You may not send from “%s”. Choose another line, or ask an administrator.",
                    line.display_name,
                ),
            )
        return None

    @api.model
    def _check_template(self, template, company):
        """TE4: a template of one company is not another one's."""
        if not template or template.sudo().company_id in (template.company_id.browse(), company):
            return None
        return self._failed(
            "rejected",
            self.env._(
                "The template “%s” belongs to another company. Choose another template.",
                template.sudo().name,
            ),
        )

    @api.model
    def _check_key(self, record, key):
        if key:
            return None
        return self._failed(
            "address",
            self.env._(
                "%(record)s has no address for this channel. Add a mobile phone number or an "
                "e-mail address to the card, or type one.",
                record=record.sudo().display_name,
            ),
        )

    @api.model
    def _failed(self, kind, reason):
        return {"state": "failed", "failure_kind": kind, "failure_reason": reason}

    # ------------------------------------------------------------------ queue

    @api.model
    def _queue(self, vals_list):
        """Create the messages, their chatter lines, close the answered tasks, and wake the
        dispatcher when this transaction commits."""
        # Default values of the form that it was asked from are meant for other models: Odoo's own
        # action names the template of an SMS like that.
        self = self.with_context(clean_context(self.env.context))
        # None of them is a real communication yet: what leaves tells so itself (LO6).
        communications = (
            self.env["kala.communication"]
            .sudo()
            .create([{**vals, "recency_pending": False} for vals in vals_list])
        )
        live = communications.filtered(lambda c: c.state != "failed")
        self._write_chatter(live)
        self.env["kala.task"].sudo()._close(live._answers())
        self.env["kala.live"]._changed(communications)
        self._wake_senders(live)
        return communications.sudo(False)

    @api.model
    def _wake_senders(self, communications):
        """Lanes send texts, now and at the first later moment; e-mails are Odoo's."""
        emails = communications.filtered(lambda c: c.channel == "email")
        for sender, members in (
            (self.env["kala.dispatcher"], communications - emails),
            (self.env["kala.email.outbox"], emails),
        ):
            later = [c.send_after for c in members if c.state == "scheduled"]
            if members:
                sender._wake()
            if later:
                sender._wake(at=min(later))

    @api.model
    def _write_chatter(self, communications):
        """A line for what a person writes; automatic and mass messages only by setting (LO1);
        none for what Odoo has written there already."""
        wanted = communications.filtered(
            lambda c: (
                not c.mail_message_id
                and c.kind != "reaction"
                and (c.priority == const.PRIORITY_PERSON or c.company_id.kala_chatter_automatic)
            )
        )
        author = self.env.user.partner_id
        channels = dict(communications._fields["channel"]._description_selection(self.env))
        messages = self.env["kala.chatter"]._write(
            [
                (
                    c._record(),
                    self._chatter_body(c, channels),
                    (author.id, author.email_formatted),
                )
                for c in wanted
            ]
        )
        for communication, message in zip(wanted, messages, strict=True):
            communication.mail_message_id = message

    @api.model
    def _chatter_body(self, communication, channels):
        head = f"{channels[communication.channel]} → {communication.contact_display}"
        body = Markup("<br/>").join(
            escape(line) for line in (communication.body or "").splitlines()
        )
        return Markup("<b>%s</b><br/>%s") % (head, body)
