import dataclasses

from markupsafe import Markup, escape

from odoo import api, models

from ...tools.text import one_line

#: Characters of a text in the chatter; the log has it whole.
CHATTER_LIMIT = 4000


class KalaIntake(models.AbstractModel):
    """Lines of the log and of the chatter (LO1)."""

    _inherit = "kala.intake"

    @api.model
    def _log(self, company, entries, matches, records, users):
        """Write the log lines, and a line in each record's chatter (LO1)."""
        lines = self.env["kala.chatter"]._write(
            [
                (record, self._chatter_body(entry), self._author_of(record, entry), company)
                for entry, record in zip(entries, records, strict=True)
            ]
        )
        vals_list = []
        for n, (entry, match, record) in enumerate(zip(entries, matches, records, strict=True)):
            user, rule = users.get(n, (None, False))
            vals = self._prepare_communication_vals(company, entry)
            vals.update(self.env["kala.communication"]._attach_vals(record))
            vals.update(
                direction="in",
                state="received",
                match_rule=match.rule,
                candidates=match.candidates,
                user_id=user.id if user else False,
                responsible_rule=rule,
                mail_message_id=lines[n].id,
            )
            vals_list.append(vals)
        self._name_ads(company, entries, vals_list)
        communications = self.env["kala.communication"].create(vals_list)
        self._finish(entries, communications)
        return communications

    @api.model
    def _name_ads(self, company, entries, vals_list):
        ads = self.env["kala.ad"]._find_or_create(company, entries)
        for entry, vals in zip(entries, vals_list, strict=True):
            if entry.ad_id:
                vals["ad_id"] = ads[entry.ad_id].id

    @api.model
    def _log_unattached(self, company, entries, matches):
        """Log the reactions, edits and the like of people of whom no record is known; they are
        the managers' to see (LO8).

        :return: (list of Entry, list of Match) of the others
        """
        log, attached, unattached = self.env["kala.communication"], [], []
        for entry, match in zip(entries, matches, strict=True):
            has_no_record = not match.model and not log._is_news(entry.message.kind)
            (unattached if has_no_record else attached).append((entry, match))
        communications = self.env["kala.communication"].create(
            [
                dict(
                    self._prepare_communication_vals(company, entry),
                    direction="in",
                    state="received",
                    match_rule=match.rule,
                    candidates=match.candidates,
                )
                for entry, match in unattached
            ]
        )
        if unattached:
            told = [entry for entry, _match in unattached]
            self._finish(told, communications)
            self._apply_changes(self._changes_among(told, communications))
        return [entry for entry, _match in attached], [match for _entry, match in attached]

    @api.model
    def _finish(self, entries, communications):
        self._finish_items(
            [(entry.item, c) for entry, c in zip(entries, communications, strict=True)]
        )

    @api.model
    def _finish_items(self, pairs):
        """Mark items as done. Index: primary key.

        :param list pairs: of (item, its communication)
        """
        self.env["kala.inbound.item"].flush_model()
        self.env.cr.execute(
            """UPDATE kala_inbound_item i
                  SET state = 'done', result = 'logged', error = NULL, communication_id = n.c
                 FROM unnest(%s::int[], %s::int[]) AS n(id, c) WHERE i.id = n.id""",
            [[item.id for item, _c in pairs], [c.id for _item, c in pairs]],
        )
        self.env["kala.inbound.item"].invalidate_model(flush=False)

    @api.model
    def _prepare_arrival_vals(self, company, arrival):
        """:return: what the log says of a message and of a call alike"""
        return {
            "channel": arrival.channel,
            "date": arrival.date,
            "company_id": company.id,
            "line_id": arrival.line.id,
            "connection_id": arrival.connection.id,
            "contact_kind": arrival.key.kind if arrival.key else False,
            "contact_value": arrival.key.value if arrival.key else False,
            "contact_uid": arrival.contact_uid or False,
            "contact_name": one_line(arrival.contact_name, 120) or False,
        }

    @api.model
    def _prepare_communication_vals(self, company, entry):
        message = entry.message
        extra = dict(message.extra)
        if message.files:
            extra["files"] = [dataclasses.asdict(file) for file in message.files]
        return {
            **self._prepare_arrival_vals(company, entry),
            "kind": message.kind,
            "provider_uid": message.uid or False,
            "subject": one_line(message.subject, 500) or False,
            "body": message.body or False,
            "details": message.details or False,
            "reply_to_uid": message.reply_to or message.target_uid or False,
            "album": message.album or False,
            "files_note": self._files_note_of(message) or False,
            "extra": extra or False,
        }

    @api.model
    def _files_note_of(self, message):
        files = [dataclasses.asdict(file) for file in message.files]
        return self.env["kala.communication"]._files_note(files)

    @api.model
    def _chatter_body(self, entry):
        message = entry.message
        text = message.body or ""
        if len(text) > CHATTER_LIMIT:
            text = text[:CHATTER_LIMIT] + "…"
        note = self._files_note_of(message)
        parts = [part for part in (message.subject, text, message.details, note) if part]
        return Markup("<br/>").join(
            Markup("<br/>").join(escape(line) for line in part.splitlines()) for part in parts
        )

    @api.model
    def _author_of(self, record, entry):
        """:return: (partner id or False, name) of the writer of a chatter line"""
        customer = record._kala_customer()
        name = one_line(entry.contact_name, 80) or (entry.key.value if entry.key else "")
        return customer.id, name or self.env._("Withheld number")
