from datetime import timedelta

from odoo import api, fields, models

from ...tools import channels, const
from ...tools.outgoing import Outgoing, Stop, Wait
from ...tools.phone import ContactKey


class KalaGate(models.AbstractModel):
    """May this message leave, and when? Asked when it is queued and once more just before it is
    sent, since a contact may have opted out and a window may have closed meanwhile."""

    _name = "kala.gate"
    _description = "Gate"

    @api.model
    def _checks(self):
        """Names of the checks, in their order; each gets all messages that still may leave and
        answers with a dict place → Stop or Wait."""
        return [
            "_check_countries",
            "_check_user_limit",
            "_check_consent",
            "_check_template",
            "_check_free_text",
            "_check_window",
        ]

    @api.model
    def _judge(self, messages):
        """:param list messages: of Outgoing
        :return: dict place → Stop or Wait; a message that may leave now is not in it
        """
        verdicts = {}
        for check in self._checks():
            open_ones = {n: m for n, m in enumerate(messages) if n not in verdicts}
            if not open_ones:
                break
            verdicts.update(getattr(self, check)(open_ones))
        return verdicts

    @api.model
    def _outgoing(self, vals_list):
        """Read messages as the checks need them.

        :param list vals_list: of dicts of values of ``kala.communication``; records are ids. A
            value that is not given is empty.
        :return: list of Outgoing, in the same order
        """
        companies = self._by_id("res.company", vals_list, "company_id")
        lines = self._by_id("kala.line", vals_list, "line_id")
        partners = self._by_id("res.partner", vals_list, "partner_id")
        templates = self._by_id("kala.template", vals_list, "template_id")
        return [
            Outgoing(
                company=companies[vals["company_id"]],
                line=lines[vals.get("line_id")],
                channel=vals["channel"],
                key=ContactKey(vals["contact_kind"], vals["contact_value"]),
                partner=partners[vals.get("partner_id")],
                moment=vals.get("send_after"),
                ignore_window=vals.get("ignore_window", False),
                template=templates[vals.get("template_id")],
                template_values=vals.get("template_values"),
                service=vals.get("is_service", False),
                record=vals.get("res_model")
                and self.env[vals["res_model"]].sudo().browse(vals["res_id"]),
                other_address=vals.get("is_other_address", False),
                staff=bool(vals.get("to_user_id")),
                writer=self._counts_for_its_writer(vals)
                and self.env["res.users"].browse(vals["user_id"] or ()),
                marketing=bool(vals.get("mass_send_id")),
            )
            for vals in vals_list
        ]

    @api.model
    def _counts_for_its_writer(self, vals):
        """:return: whether a user wrote it, to one record or to several, and not in a mass send,
        which is looked at as a whole; as ``kala_communication_typed_idx`` has it"""
        by_user = (const.PRIORITY_PERSON, const.PRIORITY_MASS)
        return vals.get("priority") in by_user and not vals.get("mass_send_id")

    @api.model
    def _by_id(self, model, vals_list, name):
        """:return: dict of the ids that stand in a value → record; what is read of one record is
        read for all of them"""
        ids = {vals.get(name) for vals in vals_list}
        records = self.env[model].sudo()
        found = {record.id: record for record in records.browse(filter(None, ids))}
        return {i: found.get(i, records) for i in ids}

    # ------------------------------------------------------------------ consent

    @api.model
    def _check_consent(self, messages):
        """CO1: no message without consent where the company requires it, and none to who opted
        out; Odoo's blacklists are honoured."""
        wanted = {n: m for n, m in messages.items() if m.key and not m.service}
        cards = self._cards({n: m for n, m in wanted.items() if m.other_address})
        asked = [(m, m.key) for m in wanted.values()]
        asked += [(wanted[n], key) for n, keys in cards.items() for key in keys]
        answers = self.env["kala.contact.permission"]._answers(
            {(m.company.id, key.kind, key.value, m.channel) for m, key in asked}
        )
        adverts = self.env["kala.contact.permission"]._answers(
            {(m.company.id, *key, m.channel) for m, key in asked if m.is_advertising}, "marketing"
        )
        listed = self.env["kala.contact.permission"]._blacklisted([key for _message, key in asked])

        def judge(message, key):
            place = (message.company.id, *key, message.channel)
            answer = answers.get(place)
            if answer is not False and adverts.get(place) is False:
                reason = self.env._("%s wants no advertising on this channel.", key.value)
                return False, reason
            return answer, self._consent_reason(message, key, answer, key in listed)

        verdicts = {}
        for n, message in wanted.items():
            answer, reason = judge(message, message.key)
            if answer is None and message.key not in listed and cards.get(n):
                # Never asked itself: it takes the consent of the customer (SE3).
                reasons = [judge(message, key)[1] for key in cards[n]]
                reason = "" if "" in reasons else reasons[0]
            if reason:
                verdicts[n] = Stop("consent", reason)
        return verdicts

    @api.model
    def _cards(self, messages):
        """:param dict messages: place → Outgoing to an address that is none of its record's
        :return: dict place → list of the record's own ContactKeys for that channel"""
        records = {}
        for n, message in messages.items():
            if message.record:
                records.setdefault(message.record._name, {})[n] = message.record
        cards = {}
        for model, by_place in records.items():
            points = self.env[model].browse({r.id for r in by_place.values()})._kala_points()
            for n, record in by_place.items():
                cards[n] = record._kala_usable(messages[n].channel, points[record.id])
        return cards

    @api.model
    def _allowed(self, wanted):
        """Which addresses may be written to (CO1), for buttons, in two queries for all. Nobody
        is asked for consent to calls.

        :param wanted: of (company, ContactKey, channel)
        :return: set of those of them that may
        """
        wanted = list(wanted)
        places = [
            n
            for n, (_company, key, channel) in enumerate(wanted)
            if key and channels.get(channel).family != channels.CALL
        ]
        messages = self._outgoing(
            [
                {
                    "company_id": company.id,
                    "channel": channel,
                    "contact_kind": key.kind,
                    "contact_value": key.value,
                }
                for company, key, channel in (wanted[n] for n in places)
            ]
        )
        messages = dict(zip(places, messages, strict=True))
        refused = self._check_consent(messages) if messages else {}
        return {asked for n, asked in enumerate(wanted) if n not in refused}

    @api.model
    def _consent_reason(self, message, key, answer, listed):
        if answer is False:
            return self.env._("%s opted out of this channel.", key.value)
        # Odoo's lists name no channel: who agreed to one channel and is on the list because of
        # another one gets messages of the first.
        feeds = self.env["kala.contact.permission"]._feeds(key, message.channel)
        if listed and (feeds or not answer):
            return self.env._("%s is on the blacklist.", key.value)
        if message.company.kala_consent_required and not answer and not message.staff:
            return self.env._(
                "%s has not agreed to messages on this channel. Record the consent on the card, "
                "then send again.",
                key.value,
            )
        return ""

    # ------------------------------------------------------------------ templates

    @api.model
    def _check_template(self, messages):
        """WA1: a template that its provider would refuse does not leave."""
        verdicts = {}
        for n, message in messages.items():
            if message.template and message.template_values:
                reason = message.template._refusal(message.line, message.template_values)
                if reason:
                    verdicts[n] = Stop("rejected", reason)
        return verdicts

    # ------------------------------------------------------------------ 24 hours

    @api.model
    def _check_free_text(self, messages):
        """WA6: outside the provider's customer service window free text is refused before the
        provider does it."""
        free = {n: m for n, m in messages.items() if m.free_text}
        places = {(m.line, m.channel, m.is_typed) for m in free.values()}
        hours_of = {place: self._free_hours_of(*place) for place in places}
        bound = {n: m for n, m in free.items() if hours_of[m.line, m.channel, m.is_typed]}
        last = self.env["kala.communication"]._last_incoming_dates(
            {(m.line.id, m.key.kind, m.key.value) for m in bound.values() if m.key}
        )
        verdicts = {}
        for n, message in bound.items():
            hours = hours_of[message.line, message.channel, message.is_typed]
            wrote = message.key and last.get((message.line.id, *message.key))
            if not wrote or wrote + timedelta(hours=hours) < message.moment:
                verdicts[n] = Stop("window", self._free_text_reason(message, hours))
        return verdicts

    @api.model
    def _free_hours_of(self, line, channel, is_typed):
        """:param bool is_typed: by a person"""
        connection = line.connection_id
        provider = connection._provider()
        if provider is None:
            return 0
        if is_typed:
            return provider._person_hours_of(connection, channel)
        return provider._free_text_hours_of(channel)

    @api.model
    def _free_until(self, line, channel, key):
        """:param key: ContactKey of the recipient, or None
        :return: (moment until which free text may be sent from a line, False where there is no
            limit or the contact never wrote; whether it may be sent now)"""
        hours = self._free_hours_of(line, channel, True)
        if not hours:
            return False, True
        asked = (line.id, *key) if key else None
        wrote = self.env["kala.communication"]._last_incoming_dates({asked} - {None}).get(asked)
        until = wrote and wrote + timedelta(hours=hours)
        return until or False, bool(until and until >= fields.Datetime.now())

    @api.model
    def _free_text_reason(self, message, hours):
        connection = message.line.connection_id
        provider = connection._provider()
        if provider is not None and not provider._template_channel:
            return self.env._(
                "The contact has not written in the last %(hours)s hours: %(provider)s takes no "
                "message until he writes again. Write to him on another channel.",
                hours=hours,
                provider=connection.provider_label,
            )
        return self.env._(
            "The customer has not written in the last %(hours)s hours: %(provider)s takes "
            "approved templates only. Choose a template, or wait for a message.",
            hours=hours,
            provider=connection.provider_label,
        )

    # ------------------------------------------------------------------ window

    @api.model
    def _check_window(self, messages):
        """WI1: texts leave in the hours of the window only; the others wait for the opening."""
        windows = self.env["kala.send.window"]
        calendars = {
            line: windows._calendar_of(line) for line in {m.line for m in messages.values()}
        }
        openings, verdicts = {}, {}
        for n, message in messages.items():
            calendar = calendars[message.line]
            if (
                not calendar
                or message.ignore_window
                or channels.get(message.channel).family != channels.TEXT
            ):
                continue
            asked = (
                calendar,
                message.moment,
                windows._zone_of(message.line, message.partner, message.key),
            )
            if asked not in openings:
                openings[asked] = windows._next_opening(*asked)
            opening = openings[asked]
            if opening is None:
                verdicts[n] = Stop(
                    "window",
                    self.env._(
                        "The send window “%s” never opens. Add working hours to it.", calendar.name
                    ),
                )
            elif opening > message.moment:
                verdicts[n] = Wait(opening)
        return verdicts
