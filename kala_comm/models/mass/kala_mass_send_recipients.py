import json

from odoo import fields, models

from ...tools import const, placeholders
from ...tools.mail_layout import plain
from ...tools.text import clean_text, one_line
from ..outbound.kala_outbox import SUBJECT_LIMIT

#: Columns that differ from message to message → their type.
_COLUMNS = (
    ("contact_kind", "text"),
    ("contact_value", "text"),
    ("body", "text"),
    ("subject", "text"),
    ("res_id", "int"),
    ("partner_id", "int"),
    ("lead_id", "int"),
    ("order_id", "int"),
    ("send_key", "text"),
    ("state", "text"),
    ("wait_reason", "text"),
    ("send_after", "timestamp"),
    ("not_before", "timestamp"),
    ("template_id", "int"),
    ("template_values", "jsonb"),
    ("fallback_channel", "text"),
    ("fallback_template_id", "int"),
    ("fallback_pending", "bool"),
)
#: Columns that are the same in all messages of a mass send on one channel.
_COMMON_COLUMNS = (
    "mass_send_id",
    "channel",
    "direction",
    "company_id",
    "line_id",
    "connection_id",
    "res_model",
    "user_id",
    "priority",
    "ignore_window",
)


class KalaMassSend(models.Model):
    """Who gets a mass send, and what he gets (BR2, BR3)."""

    _inherit = "kala.mass.send"

    def _recipients(self, records):
        """Decide for each record: its message, or the reason why it gets none.

        :return: (list of values of ``kala.communication``, list of (record id, reason, detail))
        """
        # Who writes to a customer may write to his record, here as with one message.
        writable = records._filtered_access("write")
        skips = [(record_id, "rights", "") for record_id in (records - writable).ids]
        first, *others = self._ways()
        messages, refused = self._recipients_on(writable, first)
        for way in others:
            again = writable.browse(record_id for record_id, _reason, _detail in refused)
            instead, _still = self._recipients_on(again, way)
            reached = {vals["res_id"] for vals in instead}
            messages = [self._else_by(way, vals) for vals in messages] + instead
            # What kept them from the first channel is what one can mend.
            refused = [skip for skip in refused if skip[0] not in reached]
        return messages, skips + refused

    def _recipients_on(self, records, way):
        """
        :return: as :meth:`_recipients`, of one channel
        """
        points = records._kala_points()
        found, skips = [], []
        for record in records.sudo():
            key = record._kala_address_first(way.channel, points[record.id], way.line.connection_id)
            if key:
                found.append((record, key))
            else:
                skips.append((record.id, "no_address", ""))
        messages = self._prepare_messages(way, found)
        self.env["kala.outbox"]._pass_gate(messages)
        refused = [vals for vals in messages if vals["state"] == const.FAILED]
        skips += [(v["res_id"], v["failure_kind"], v["failure_reason"]) for v in refused]
        return [vals for vals in messages if vals["state"] != const.FAILED], skips

    def _prepare_messages(self, way, found):
        """Prepare a message to each address, as the outbox does it for one.

        :param Way way: by which channel, and what it says there
        :param list found: of (record, ContactKey)
        :return: list of values of ``kala.communication``
        """
        outbox = self.env["kala.outbox"]
        common = {
            **outbox._prepare_line_vals(way.channel, way.line, self.company_id),
            "mass_send_id": self.id,
            "user_id": self.user_id.id,
            "priority": const.PRIORITY_MASS,
            "send_after": self.send_after or fields.Datetime.now(),
            "ignore_window": False,
        }
        common.update(outbox._prepare_state_vals(common))
        texts = self._texts(way, [record for record, _key in found])
        return [
            {**common, **outbox._prepare_contact_vals(record, key), **text}
            for (record, key), text in zip(found, texts, strict=True)
        ]

    def _texts(self, way, records):
        """:return: dicts ``body``, ``template_id``, ``template_values``: the rendered text of
        each record, in its contact's language"""
        if way.template.connection_id:
            return self._external_texts(way, records)
        if way.template._is_designed() and way.channel == "email":
            return self._designed_texts(way, records)
        common = {"template_id": way.template.id or None, "template_values": None}
        return [{**text, **common} for text in self._own_texts(way, records)]

    def _external_texts(self, way, records):
        """What a provider approved is sent as it is (WA1)."""
        texts = []
        for record in records:
            template = way.template.sudo()._for_contact(record)
            vals = template._prepare_external_vals(record)
            texts.append({**vals, "body": clean_text(vals["body"])})
        return texts

    def _designed_texts(self, way, records):
        """An e-mail with a design keeps it (EM3); the text may have been edited, marks included."""
        template, texts = way.template, []
        source = None if not way.body or way.body == template.body else way.body
        for record in records:
            values = template._prepare_mail_vals(record, source)
            lang = values["lang"]
            subject = self._rendered(self._subject_in(lang), record.with_context(lang=lang))
            values["title"] = one_line(subject, SUBJECT_LIMIT)
            texts.append(
                {
                    "body": plain(values["source"]),
                    "subject": values["title"],
                    "template_id": template.id,
                    "template_values": values,
                }
            )
        return texts

    def _own_texts(self, way, records):
        """:return: list of dicts ``body``, ``subject`` (of e-mails), as each contact gets them"""
        texts, by_lang = {}, {}
        for record in records:
            lang = record._kala_customer().lang or self.env.lang
            by_lang.setdefault(lang, []).append(record.id)
        for lang, ids in by_lang.items():
            body = way.body or way.template.with_context(lang=lang).body
            for record in records[0].with_context(lang=lang).browse(ids):
                told = self._rendered(body, record)
                # Where an e-mail with a design falls back to a text, its marks say nothing.
                told = plain(told) if self.template_id._is_designed() else told
                text = texts[record.id] = {"body": told}
                if way.channel == "email":
                    subject = self._rendered(self._subject_in(lang), record)
                    text["subject"] = one_line(subject, SUBJECT_LIMIT)
        return [texts[record.id] for record in records]

    def _subject_in(self, lang):
        """:return: the subject that was typed, else the template's in the contact's language"""
        if self.template_id and self.subject == self.template_id.subject:
            return self.template_id.with_context(lang=lang).subject
        return self.subject

    def _rendered(self, source, record):
        """:param record: in the language of its contact"""
        used = placeholders.check(source or "", self.env["kala.placeholder"]._names())
        if not used:
            return clean_text(source or "")
        values = record.env["kala.placeholder"]._values(record, used)
        return clean_text(placeholders.render(source, values))

    def _insert_rows(self, rows):
        """Write the messages; an address that has one already gets no second one.

        :param list rows: of values of ``kala.communication``, of :meth:`_recipients`
        :return: dict (kind, value, record id) → id of the message, of those that were written
        """
        written, by_channel = {}, {}
        for row in rows:
            by_channel.setdefault(row["channel"], []).append(row)
        for of_channel in by_channel.values():
            written |= self._insert_rows_on(of_channel)
        return written

    def _insert_rows_on(self, rows):
        """Index: ``kala_communication_mass_address_uniq``.

        :param list rows: of one channel
        """
        names = ", ".join(name for name, _type in _COLUMNS)
        arrays = ", ".join(f"%s::{kind}[]" for _name, kind in _COLUMNS)
        same = ", ".join("%s" for _name in _COMMON_COLUMNS)
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""INSERT INTO kala_communication
                       ({names}, {", ".join(_COMMON_COLUMNS)}, kind, date, recency_pending,
                        create_uid, create_date, write_uid, write_date)
                SELECT {names}, {same}, 'text', now() AT TIME ZONE 'UTC', FALSE,
                       %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
                  FROM unnest({arrays}) AS n({names})
                    ON CONFLICT (mass_send_id, contact_kind, contact_value)
                       WHERE mass_send_id IS NOT NULL AND fallback_of_id IS NULL DO NOTHING
             RETURNING contact_kind, contact_value, res_id, id""",
            [
                *[rows[0][name] for name in _COMMON_COLUMNS],
                self.user_id.id,
                self.user_id.id,
                *[[_to_column(row.get(name)) for row in rows] for name, _kind in _COLUMNS],
            ],
        )
        return {tuple(row[:3]): row[3] for row in self.env.cr.fetchall()}

    def _insert_skips(self, skips):
        known = dict(self.env["kala.mass.skip"]._fields["reason"].selection)
        self.env["kala.mass.skip"].sudo().create(
            [
                {
                    "mass_send_id": self.id,
                    "res_id": res_id,
                    "reason": reason if reason in known else "other",
                    "detail": detail,
                }
                for res_id, reason, detail in skips
            ]
        )


def _to_column(value):
    """:return: a value of the ORM as the database takes it"""
    if isinstance(value, dict):
        return json.dumps(value)
    return None if value is False else value
