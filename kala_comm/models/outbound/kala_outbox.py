from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import channels, const
from ...tools.placeholders import TemplateError
from ...tools.text import clean_text, one_line

#: Characters of the subject of an e-mail.
SUBJECT_LIMIT = 500
#: In the context where one call writes to several records; no client can put it there.
SEVERAL = object()


class Request(NamedTuple):
    """What is asked for: a message to each of some records, see :meth:`kala.outbox._request`.

    :ivar str channel: the one that is used, or ``LAST_CHANNEL``
    :ivar templates: ``kala.template`` of other channels, and of ``fallback``
    :ivar line: ``kala.line``, empty where it is chosen for each recipient
    :ivar subject: of an e-mail; of several records perhaps a dict, see :func:`of_record`
    :ivar connection: the only one whose lines will do, if any
    :ivar number: address that was typed or chosen; of several records perhaps a dict, see
        :func:`of_record`
    :ivar to_user: ``res.users`` of ours that it goes to instead, likewise
    :ivar key: makes a repeat return the first result, likewise
    :ivar str fallback: channel that is used where the first one cannot be (SE5)
    :ivar bool keep_failed: keep what cannot be sent as failed, even if nothing can
    :ivar dict extra: further values of each message
    """

    channel: str
    body: str | None
    subject: object
    template: object
    templates: object
    line: object
    connection: object
    number: object
    to_user: object
    key: object
    reply_to: object
    fallback: str | None
    keep_failed: bool
    extra: dict


def of_record(record, value):
    """:return: what counts for one record: ``value``, or its own where that is a dict of ids"""
    return value.get(record.id) if isinstance(value, dict) else value


class KalaOutbox(models.AbstractModel):
    """Queues messages (docs/architecture.md, 2, out): for each record a line and an address, or the
    reason why it cannot be written to. Nothing is sent here."""

    _name = "kala.outbox"
    _description = "Outbox"

    @api.model
    def _request(
        self,
        channel,
        body=None,
        subject=None,
        template=None,
        templates=None,
        line=None,
        number=None,
        to_user=None,
        key=None,
        reply_to=None,
        fallback=None,
        attachments=None,
        send_after=None,
        now=False,
        keep_failed=False,
        extra=None,
    ):
        """Make the Request of what :meth:`kala.communication.mixin.kala_send` is given. Records may
        be their ids; ``number``, ``to_user`` and ``key`` may be dicts record id → value."""
        template = self._browse("kala.template", template)
        return Request(
            channel=channel,
            body=body,
            subject=subject,
            template=template,
            templates=self._browse("kala.template", templates),
            line=template.line_id or self._browse("kala.line", line),
            connection=template.connection_id,
            number=number,
            to_user=to_user if isinstance(to_user, dict) else self._browse("res.users", to_user),
            key=key,
            reply_to=self._browse("kala.communication", reply_to),
            fallback=fallback or None,
            keep_failed=keep_failed,
            extra={
                "send_after": self._moment(send_after),
                "ignore_window": now,
                **self._given_files(attachments),
                **(extra or {}),
            },
        )

    @api.model
    def _send_records(self, records, request):
        """Queue a message to each record; see :meth:`kala.communication.mixin.kala_send`.

        :param Request request: what is asked for
        :return: the communications, in the order of the records
        """
        # Ids that came over RPC may name a record twice: it is written to once.
        records = records.browse(dict.fromkeys(records.ids))
        self._check_text_of(records, request)
        done = self._requested_before(records, request.key)
        open_records = records.filtered(lambda r: r.id not in done)
        of_all = self.with_context(kala_several=SEVERAL) if len(records) > 1 else self
        prepare = of_all._prepare_with_fallback if request.fallback else of_all._prepare_messages
        vals_list = prepare(open_records, request)
        if not request.keep_failed:
            self._raise_if_none(vals_list, done)
        made = dict(zip(open_records.ids, self._queue(vals_list).ids, strict=True))
        answer = {**done, **made}
        return self.env["kala.communication"].browse(answer[record.id] for record in records)

    @api.model
    def _prepare_messages(self, records, request):
        """Prepare what a request makes of each record on its channel, and pass the gate.

        :return: list of values, in the order of the records
        """
        points = records._kala_points()
        lines = self._choose_lines(records, request, points)
        files = self._template_files(request)
        vals_list = [
            self._prepare_vals(
                record,
                request,
                points[record.id],
                lines[record.id],
                common={
                    **self._prepare_text_vals(
                        *(record, request.channel, request.body, request.template),
                        of_record(record, request.subject),
                    ),
                    "request_key": self._request_key(record, request.key),
                    **files,
                    **request.extra,
                },
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
        if template._is_designed() and channel == "email":
            return self._prepare_designed_vals(record, template, body, subject)
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
    def _prepare_designed_vals(self, record, template, body, subject):
        """:return: values of an e-mail with a design (EM3)
        :raise UserError: if the template cannot be rendered any more"""
        try:
            vals = template._prepare_designed_vals(record, body, subject)
        except TemplateError as error:
            raise UserError(template._explain(error)) from error
        return {**vals, "subject": one_line(vals["subject"], SUBJECT_LIMIT) or False}

    @api.model
    def _plan(
        self, records, channel, line=None, number=None, now=False, template=None, to_user=None
    ):
        """Say what sending to these records would do, without doing it.

        :param template: ``kala.template`` whose rules apply (WA6); its text does not matter
        :return: list of (record, values of the message): its ``state`` is ``failed`` where the
            record cannot be written to, with kind and reason, and ``scheduled`` where it waits
        """
        template = self._browse("kala.template", template)
        request = self._request(
            channel, template=template, line=line, number=number, to_user=to_user, now=now
        )
        points = records._kala_points()
        lines = self._choose_lines(records, request, points)
        common = {"send_after": fields.Datetime.now(), "ignore_window": now}
        plans = [
            self._prepare_vals(
                record,
                request,
                points[record.id],
                lines[record.id],
                common={**common, **self._plan_template_vals(record, template)},
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
    def _check_text_of(self, records, request):
        """Check what can be known before anything is looked up."""
        text = request.body or request.template.body or request.templates[:1].body
        given = {**self._template_files(request), **request.extra}
        files = given["attachment_ids"][0][2]
        self._check_request(records, request.fallback or request.channel, text, files)
        subject = request.subject or request.template.subject
        # Of several records each has its own, or the template's.
        if not isinstance(subject, dict):
            self._check_subject(request.channel, subject)

    @api.model
    def _check_request(self, records, channel, body, attachments):
        self._check_last_channel(channel)
        if not (self.env.su or self.env.user.has_group("kala_comm.group_user")):
            raise AccessError(
                self.env._("Only communication users may write to customers. Ask an administrator.")
            )
        if channel not in channels.codes(*channels.WRITTEN):
            raise UserError(self.env._("“%s” is not a channel for texts.", channel))
        if not (body or "").strip() and not attachments:
            raise UserError(self.env._("Write a text before sending."))
        if not records:
            raise UserError(self.env._("Choose at least one record to write to."))
        self._check_crowd(records)

    @api.model
    def _check_subject(self, channel, subject):
        if channel == "email" and not (subject or "").strip():
            raise UserError(self.env._("Write a subject before sending."))

    @api.model
    def _request_key(self, record, key):
        key = of_record(record, key)
        return f"{record._name}:{record.id}:{key}" if key else False

    @api.model
    def _requested_before(self, records, key):
        """:return: dict record id → communication id of an earlier request with the same key

        Index: ``kala_communication_request_key_uniq``.
        """
        if not key:
            return {}
        wanted = {self._request_key(record, key): record.id for record in records}
        found = self.env["kala.communication"].sudo().search([("request_key", "in", list(wanted))])
        return {wanted[c.request_key]: c.id for c in found}

    @api.model
    def _raise_if_none(self, vals_list, done):
        """If nobody can be written to, say why instead of making failed messages only."""
        if done or not vals_list or any(v["state"] != const.FAILED for v in vals_list):
            return
        reasons = dict.fromkeys(vals["failure_reason"] for vals in vals_list)
        raise UserError("\n".join(list(reasons)[:5]))
