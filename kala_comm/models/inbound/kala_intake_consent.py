from datetime import timedelta

from odoo import api, fields, models

from ...tools import channels, const
from ...tools.stopwords import answer_of
from ..record.kala_contact_point import uid_key_of

#: Who opts out, in, and out again is told once.
QUIET = timedelta(days=1)


class KalaIntake(models.AbstractModel):
    """What contacts answer to "may we write?" (CO2): by a stop word, by a button, or by what
    their provider offers them and tells us."""

    _inherit = "kala.intake"

    # ------------------------------------------------------------------ in a message

    @api.model
    def _take_answers(self, company, entries, communications):
        """Record what the messages of a round answer to "may we write?".

        :param communications: those of the entries, in their order
        """
        for entry, communication in zip(entries, communications, strict=True):
            answer = self._answer_in(entry.message)
            if answer is not None:
                self._take_answer(company, entry, communication, answer)

    @api.model
    def _answer_in(self, message):
        """:return: False for an opt-out, True for an opt-in, None for any other message"""
        if message.allowed is not None:
            return message.allowed
        if message.kind != "text" or not channels.get(message.channel).stop_words:
            return None
        if not message.choice:
            return answer_of(message.body)
        said = (answer_of(text, is_typed=False) for text in (message.body, message.choice))
        return next((answer for answer in said if answer is not None), None)

    @api.model
    def _asks_for_answer(self, entry):
        """What the provider counts as an opt-out, or what was picked from a list of ours, asks for
        no answer; a word that was typed may mean more ("cancel" what?)."""
        message = entry.message
        decided = message.allowed is not None or message.choice
        return not (decided and self._answer_in(message) is not None)

    @api.model
    def _take_answer(self, company, entry, communication, allowed):
        """Record the answer for the channel, and confirm an opt-out once."""
        identities = [key for key, _connection in entry.identities]
        if not identities:
            return
        changed = self.env["kala.contact.permission"]._set(
            company,
            identities[0],
            [communication.channel],
            allowed,
            self._words_of(communication),
            others=identities[1:],
            date=entry.date,
        )
        if changed and not allowed and not entry.message.told:
            self._confirm_optout(company, communication)

    @api.model
    def _words_of(self, communication):
        wrote = (communication.body or communication.files_note or "").strip()[:40]
        return self.env._("The contact wrote “%s”.", wrote)

    # ------------------------------------------------------------------ without a message

    @api.model
    def _take_consents(self, company, items):
        """Record what a provider tells of a contact's choice (CO2)."""
        told = [(item, item._parsed()) for item in items]
        told.sort(key=lambda pair: (self._date_of(*pair), pair[0].id))
        for item, change in told:
            line = self._line_of(item.connection_id, change, {})
            named = change.contact_value
            keys = [self._key_of(item.connection_id, change, line)] if named else []
            if change.contact_uid:
                keys.append(uid_key_of(change.channel, change.contact_uid))
            if not any(keys):
                item._bury(self.env._("The provider does not say who opted out or in."))
                continue
            self._take_change(company, item, change, line, [key for key in keys if key])

    @api.model
    def _take_change(self, company, item, change, line, keys):
        """:param ConsentChange change:
        :param list keys: the ContactKeys of the contact, at least one"""
        changed = self.env["kala.contact.permission"]._set(
            company,
            keys[0],
            [change.channel],
            change.allowed,
            self.env._(
                "%(provider)s said: %(reason)s",
                provider=item.connection_id.provider_label,
                reason=change.reason or self.env._("nothing"),
            ),
            purpose=change.purpose,
            others=keys[1:],
            date=self._date_of(item, change),
        )
        item.write({"state": "done", "result": "changed" if changed else "known", "error": False})

    # ------------------------------------------------------------------ confirmation

    @api.model
    def _confirm_optout(self, company, communication):
        lang = communication.partner_id.lang or company.partner_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        line = communication.line_id
        if not line or line.connection_id.state == "draft" or self._was_told(communication):
            return
        self.env["kala.outbox"]._queue(
            [
                {
                    "channel": communication.channel,
                    "direction": "out",
                    "state": const.QUEUED,
                    "company_id": company.id,
                    "line_id": line.id,
                    "connection_id": line.connection_id.id,
                    "contact_kind": communication.contact_kind,
                    "contact_value": communication.contact_value,
                    "body": env._(
                        "You will get no more messages from %s here. Write START to get them "
                        "again.",
                        company.name,
                    ),
                    "is_service": True,
                    "ignore_window": True,
                    "priority": const.PRIORITY_AUTOMATION,
                    "origin": "optout",
                    "send_after": fields.Datetime.now(),
                    "send_key": self.env["kala.communication"]._generate_send_key(),
                    **self.env["kala.communication"]._attach_vals(communication._record()),
                }
            ]
        )

    @api.model
    def _was_told(self, communication):
        """:return: whether the contact got a confirmation within a day, under any of his addresses.
        Index: ``kala_communication_contact_idx``."""
        keys = self.env["kala.contact.permission"]._keys_of_person(
            communication._key(), [communication.channel], ()
        )[communication.channel]
        return bool(
            self.env["kala.communication"].search_count(
                [
                    ("contact_kind", "in", [key.kind for key in keys]),
                    ("contact_value", "in", [key.value for key in keys]),
                    ("date", ">=", fields.Datetime.now() - QUIET),
                    ("company_id", "=", communication.company_id.id),
                    ("channel", "=", communication.channel),
                    ("origin", "=", "optout"),
                ],
                limit=1,
            )
        )
