from datetime import UTC, date, datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.literals import ids_of
from ...tools.phone import ContactKey

#: Arguments that are one record or its id → model.
_RECORD = {"template": "kala.template", "line": "kala.line", "reply_to": "kala.communication"}
#: Arguments that are records or their ids → model.
_RECORDS = {"templates": "kala.template", "attachments": "ir.attachment"}
#: Arguments that are texts.
_TEXTS = ("body", "subject", "key", "fallback")


class KalaOutbox(models.AbstractModel):
    """What other programs hand over to ``kala_send``: by RPC anything may come. What cannot be is
    refused with a sentence that names the argument, before anything is done."""

    _inherit = "kala.outbox"

    @api.model
    def _read_arguments(self, channel, given):
        """:param channel: as it came
        :param dict given: the other arguments of ``kala_send``, as they came
        :return: dict of the same, ids as records and times as naive UTC
        :raise UserError: with what is wrong, and what to write instead
        """
        read = dict(given, now=bool(given.get("now")))
        if type(given.get("key")) is int:
            given = dict(given, key=str(given["key"]))
            read["key"] = given["key"]
        self._check_text("channel", channel)
        for name in _TEXTS:
            self._check_text(name, given.get(name))
        for name, model in _RECORD.items():
            read[name] = self._read_records(name, model, given.get(name), single=True)
        for name, model in _RECORDS.items():
            read[name] = self._read_records(name, model, given.get(name))
        if given.get("attachments") is None:
            # Those of the template go along; an empty list is none at all (TE5).
            read["attachments"] = None
        if not isinstance(given.get("number"), ContactKey):
            self._check_text("number", given.get("number"))
        read["send_after"] = self._moment(given.get("send_after"))
        self._check_template_channel(channel, read["template"], given.get("fallback"))
        return read

    @api.model
    def _check_text(self, name, value):
        if value is not None and value is not False and not isinstance(value, str):
            raise UserError(
                self.env._(
                    "%(name)s must be a text, and “%(value)s” is none.", **_shown(name, value)
                )
            )

    @api.model
    def _read_records(self, name, model, value, single=False):
        """:param value: record or records, an id or a list of ids
        :return: the records, which the user may read; empty for nothing"""
        if isinstance(value, models.BaseModel) and value._name == model:
            return value
        if value is None or value is False or value == []:
            return self.env[model]
        ids = ids_of(value) if isinstance(value, int | list | tuple) else None
        if not ids or single and len(ids) > 1:
            raise UserError(
                self.env._(
                    "%(name)s must be the id of a record, or a list of ids where several may be "
                    "given; “%(value)s” is none.",
                    **_shown(name, value),
                )
            )
        records = self.env[model].browse(ids)
        if len(records.exists()) < len(records):
            raise UserError(
                self.env._(
                    "%(name)s: there is no such record as “%(value)s”. Perhaps it was deleted.",
                    **_shown(name, value),
                )
            )
        records.check_access("read")
        return records

    @api.model
    def _moment(self, send_after):
        """:param send_after: datetime or its text, ISO 8601; without an offset it is UTC; None: now
        :return: naive UTC, in whole seconds
        :raise UserError: if it is none"""
        if not send_after and send_after in (None, False, ""):
            return fields.Datetime.now()
        try:
            return _naive_utc(send_after).replace(microsecond=0)
        except (ValueError, TypeError, OverflowError) as error:
            raise UserError(
                self.env._(
                    "“%s” is not a time. Write it as 2026-11-25 10:30:00, which is UTC, or with "
                    "its offset as 2026-11-25T12:30:00+02:00.",
                    send_after,
                )
            ) from error

    @api.model
    def _check_template_channel(self, channel, template, fallback):
        """A template is of one channel (TE4). Where another channel may step in, its text does
        (SE5)."""
        if not template or channel == "last" or template.channel in (channel, fallback or channel):
            return
        labels = dict(template._fields["channel"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "The template “%(name)s” is of another channel (%(channel)s). Choose a template "
                "of the channel that you send on.",
                name=template.name,
                channel=labels[template.channel],
            )
        )


def _naive_utc(moment):
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.strip())
    elif isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    elif not isinstance(moment, datetime):
        raise TypeError(moment)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _shown(name, value):
    """:return: what a sentence says of a value that may be anything"""
    return {"name": name, "value": str(value)[:50]}
