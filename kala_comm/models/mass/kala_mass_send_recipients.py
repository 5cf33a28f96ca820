import json

from odoo import fields, models

from ...tools import const, placeholders
from ...tools.text import clean_text, one_line
from ..outbound.kala_gate import Outgoing, Wait

#: Columns of one prepared recipient, in the order of ``_insert_rows``.
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
)


class KalaMassSend(models.Model):
    """Who gets a mass send, and what he gets (BR2, BR3)."""

    _inherit = "kala.mass.send"

    def _recipients(self, records):
        """Decide for each record: the row of its message, or the reason why it gets none.

        :return: (list of row dicts, list of (record id, reason, detail))
        """
        line = self._line().sudo()
        # Who writes to a customer may write to his record, here as with one message.
        writable = records._filtered_access("write")
        skips = [(record_id, "rights", "") for record_id in (records - writable).ids]
        records = writable
        points = records._kala_points()
        moment = self.send_after or fields.Datetime.now()
        found = []
        for record in records.sudo():
            key = record._kala_address_first(self.channel, points[record.id], line.connection_id)
            if key:
                found.append((record, key))
            else:
                skips.append((record.id, "no_address", ""))
        texts = self._texts([record for record, _key in found])
        verdicts = self._verdicts(line, found, moment, texts)
        rows = []
        for n, (record, key) in enumerate(found):
            verdict = verdicts.get(n)
            if verdict and not isinstance(verdict, Wait):
                skips.append((record.id, verdict.kind, verdict.reason))
                continue
            rows.append(self._row(record, key, texts[n], verdict, moment))
        return rows, skips

    def _verdicts(self, line, found, moment, texts):
        templates = self.env["kala.template"].sudo()
        return self.env["kala.gate"]._judge(
            [
                Outgoing(
                    company=self.company_id,
                    line=line,
                    channel=self.channel,
                    key=key,
                    partner=record._kala_customer(),
                    moment=moment,
                    free_text=not text["template_values"],
                    template=templates.browse(text["template_id"] or ()),
                    template_values=text["template_values"],
                    marketing=True,
                )
                for (record, key), text in zip(found, texts, strict=True)
            ]
        )

    def _texts(self, records):
        """:return: dicts ``body``, ``template_id``, ``template_values``: the rendered text of
        each record, in its contact's language"""
        if self.template_id.connection_id:
            return self._external_texts(records)
        common = {"template_id": self.template_id.id or None, "template_values": None}
        return [{**text, **common} for text in self._own_texts(records)]

    def _external_texts(self, records):
        """What a provider approved is sent as it is (WA1)."""
        texts = []
        for record in records:
            template = self.template_id.sudo()._for_contact(record)
            vals = template._prepare_external_vals(record)
            texts.append({**vals, "body": clean_text(vals["body"])})
        return texts

    def _own_texts(self, records):
        """:return: list of dicts ``body``, ``subject`` (of e-mails), as each contact gets them"""
        texts, by_lang = {}, {}
        for record in records:
            lang = record._kala_customer().lang or self.env.lang
            by_lang.setdefault(lang, []).append(record.id)
        for lang, ids in by_lang.items():
            body = self.body or self.template_id.with_context(lang=lang).body
            for record in records[0].with_context(lang=lang).browse(ids):
                text = texts[record.id] = {"body": self._rendered(body, record)}
                if self.channel == "email":
                    subject = self._rendered(self._subject_in(lang), record)
                    text["subject"] = one_line(subject, 500)
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

    def _row(self, record, key, text, verdict, moment):
        attach = self.env["kala.communication"]._attach_vals(record)
        waits = bool(verdict) or moment > fields.Datetime.now()
        reason = ("window" if verdict else "person") if waits else None
        return {
            "contact_kind": key.kind,
            "contact_value": key.value,
            "body": text["body"],
            "subject": text.get("subject"),
            "template_id": text["template_id"],
            "template_values": text["template_values"] and json.dumps(text["template_values"]),
            "res_id": record.id,
            "partner_id": attach["partner_id"] or None,
            "lead_id": attach["lead_id"] or None,
            "order_id": attach["order_id"] or None,
            "send_key": self.env["kala.communication"]._generate_send_key(),
            "state": "scheduled" if waits else "queued",
            "wait_reason": reason,
            "send_after": verdict.until if verdict else moment,
            "not_before": moment if verdict else None,
        }

    def _insert_rows(self, rows):
        """Write the messages; an address that has one already gets no second one.

        :return: set of (kind, value, record id) that were written
        Index: ``kala_communication__mass_address_uniq``.
        """
        if not rows:
            return set()
        names = ", ".join(name for name, _type in _COLUMNS)
        arrays = ", ".join(f"%s::{kind}[]" for _name, kind in _COLUMNS)
        line = (self.line_id or self._line()).sudo()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""INSERT INTO kala_communication
                       ({names}, mass_send_id, channel, direction, kind, date,
                        company_id, line_id, connection_id, res_model, user_id, priority,
                        recency_pending, create_uid, create_date, write_uid, write_date)
                SELECT {names}, %s, %s, 'out', 'text', now() AT TIME ZONE 'UTC',
                       %s, %s, %s, %s, %s, %s, FALSE,
                       %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
                  FROM unnest({arrays}) AS n({names})
                    ON CONFLICT (mass_send_id, contact_kind, contact_value)
                       WHERE mass_send_id IS NOT NULL DO NOTHING
             RETURNING contact_kind, contact_value, res_id""",
            [
                self.id,
                self.channel,
                self.company_id.id,
                line.id,
                line.connection_id.id,
                self.model,
                self.user_id.id,
                const.PRIORITY_MASS,
                self.user_id.id,
                self.user_id.id,
                *[[row[name] for row in rows] for name, _kind in _COLUMNS],
            ],
        )
        return set(self.env.cr.fetchall())

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
