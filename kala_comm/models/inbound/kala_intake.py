from datetime import timedelta

from odoo import api, models

from ...tools.phone import ContactKey, email_key, format_phone
from .kala_responsible import TASK_RULES
from .values import Case, Entry, Sender

#: A message is as old as its provider says, within this much of when it reached us: clocks of
#: providers are wrong at times.
OLDEST = timedelta(days=60)
NEWEST = timedelta(days=1)


class KalaIntake(models.AbstractModel):
    """Turns items of the inbox into communications, with their lead, task, chatter line and
    notification; a whole set at a time (docs/architecture.md, 2, 3.2)."""

    _name = "kala.intake"
    _description = "Intake of Communications"

    @api.model
    def _handlers(self):
        """:return: dict kind of an item → the method that takes a set of them (company, items); a
        set is handled in this order. The room ``call`` defines that of calls, the room
        ``template`` that of templates."""
        return {
            # Reports come first: an echo that carries our own id is a report.
            "report": self._take_reports,
            "message": self._take_messages,
            "consent": self._take_consents,
            "call": self._take_calls,
            "template": self._take_templates,
            "unusable": self._take_unusables,
        }

    # ------------------------------------------------------------------ messages

    @api.model
    def _take_messages(self, company, items):
        """Log the messages of a set. Several of one sender go one after the other, so that the
        second one finds the lead that the first one made."""
        entries, followers = self._split_albums(self._fresh_entries(items))
        entries = self._set_groups_aside(company, entries)
        self._accept_invitations(company, entries)
        echoes = [entry for entry in entries if entry.message.echo]
        self._take_echoes(company, echoes)
        messages = [entry for entry in entries if not entry.message.echo]
        # What somebody writes from a new number waits for the notice of that number.
        for entries_of_round in self._rounds(messages, self._new_addresses):
            self._take_round(company, entries_of_round)
        self._join_albums(followers)

    @api.model
    def _accept_invitations(self, company, entries):
        """Who followed a link of ours is the contact of its record (MA8)."""
        for entry in entries:
            if entry.message.invitation and entry.key:
                self.env["kala.invitation"]._accept(
                    company, entry.connection, entry.message.invitation, entry.key
                )

    @api.model
    def _fresh_entries(self, items):
        """:return: list of Entry of items that are not in the log yet, oldest first"""
        known = self._known_uids(items)
        lines = {}
        entries = []
        for item in items:
            message = item._parsed()
            direction = "out" if message.echo else "in"
            found = message.uid and known.get((item.connection_id.id, direction, message.uid))
            if found:
                item.write(
                    {
                        "state": "done",
                        "result": "known",
                        "communication_id": found,
                        "error": False,
                    }
                )
                continue
            line = self._line_of(item.connection_id, message, lines)
            entries.append(
                Entry.of(
                    item,
                    message,
                    line,
                    self._key_of(item.connection_id, message, line),
                    self._date_of(item, message),
                )
            )
        return sorted(entries, key=lambda entry: (entry.date, entry.item.id))

    @api.model
    def _known_uids(self, items):
        """Index: ``kala_communication_provider_uid_uniq``."""
        uids = [item.content.get("uid") or "" for item in items]
        self.env.cr.execute(
            """SELECT connection_id, direction, provider_uid, id FROM kala_communication
                WHERE connection_id = ANY(%s) AND provider_uid <> ''
                  AND direction IN ('in', 'out') AND provider_uid = ANY(%s)""",
            [items.connection_id.ids, uids],
        )
        return {(c, d, uid): i for c, d, uid, i in self.env.cr.fetchall()}

    @api.model
    def _line_of(self, connection, message, cache):
        asked = (
            connection.id,
            message.channel,
            message.line_external_id,
            message.line_address,
        )
        if asked not in cache:
            cache[asked] = self.env["kala.line"]._find_or_create(
                connection,
                message.channel,
                external_id=message.line_external_id,
                address=message.line_address,
            )
        return cache[asked]

    @api.model
    def _key_of(self, connection, message, line):
        """:return: ContactKey of the other party, or None for a withheld number (MA6)"""
        value = (message.contact_value or "").strip()
        if message.contact_kind == "phone":
            return connection._phone_key(value, line._kala_region())
        if message.contact_kind == "email":
            return email_key(value)
        return ContactKey(message.contact_kind, value[:254]) if value else None

    @api.model
    def _date_of(self, item, message):
        received = item.event_id.date
        date = message.date or received
        return date if received - OLDEST <= date <= received + NEWEST else received

    @api.model
    def _rounds(self, arrivals, others=lambda arrival: ()):
        """:param list arrivals: of Arrival, in order of time
        :param others: says of an arrival which other addresses are the sender's
        :return: lists of them in which every sender stands once, in the same order"""
        rounds, turn = [], {}
        for arrival in arrivals:
            # One person may come by number in one message and by id in another, on two lines.
            sender = [*arrival.identities, *others(arrival)] or [arrival]
            place = max(turn.get(identity, 0) for identity in sender)
            turn.update(dict.fromkeys(sender, place + 1))
            if place == len(rounds):
                rounds.append([])
            rounds[place].append(arrival)
        return rounds

    @api.model
    def _take_round(self, company, entries):
        entries = self.env["kala.names"]._named(entries)
        matches = self.env["kala.matcher"]._match(
            company, [self._sender_of(entry) for entry in entries]
        )
        self._take_answers_along(company, entries)
        entries, matches = self._log_unattached(company, entries, matches)
        records, new = self._records_of(company, entries, matches)
        users = self._responsibles(company, entries, records, new)
        communications = self._log(company, entries, matches, records, users)
        self._take_answers(company, entries, communications)
        self._apply_changes(self._changes_among(entries, communications))
        self._remember_identities(entries, records)
        self._learn_phones(entries, records)
        self._learn_addresses(entries, records)
        self.env["kala.task"]._wake(communications)
        self._make_tasks(company, entries, communications, users, new)
        self.env["kala.notifier"]._notify(
            company,
            [
                (communication, users.get(n, (None, ""))[0])
                for n, communication in enumerate(communications)
                if communication._is_news(communication.kind)
            ],
        )
        self.env["kala.names"]._wanted_of(entries)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _changes_among(self, entries, communications):
        """:return: list of (Entry, communication) of those that change an earlier message"""
        return [
            (entry, communication)
            for entry, communication in zip(entries, communications, strict=True)
            if communication.kind in ("edit", "revoke")
        ]

    @api.model
    def _sender_of(self, entry):
        message = entry.message
        return Sender.of(
            entry,
            reply_to=message.reply_to or message.target_uid,
            ours=message.echo,
            is_news=self.env["kala.communication"]._is_news(message.kind),
        )

    # ------------------------------------------------------------------ records

    @api.model
    def _records_of(self, company, entries, matches):
        """Find the records, and make the leads of those that have none (MA3).

        :return: (list of records, dict place of a new lead → (user, rule) of its responsible)
        """
        places = [n for n, match in enumerate(matches) if not match.model]
        leads, chosen = self._make_leads(
            company, [(entries[n], matches[n].partner_id) for n in places]
        )
        made = dict(zip(places, leads, strict=True))
        new = dict(zip(places, chosen, strict=True))
        found = self._prefetching(matches)
        records = [
            made[n] if n in new else found[match.model, match.res_id]
            for n, match in enumerate(matches)
        ]
        return records, new

    @api.model
    def _prefetching(self, matches):
        """Browse the matched records so that what is read of one is read of all at once.

        :return: dict (model, id) → record
        """
        ids = {}
        for match in matches:
            if match.model:
                ids.setdefault(match.model, []).append(match.res_id)
        return {
            (model, record.id): record
            for model, of_model in ids.items()
            for record in self.env[model].browse(dict.fromkeys(of_model))
        }

    @api.model
    def _remember_identities(self, entries, records):
        """Keep the ids of people without a phone number with their record (MA8)."""
        rows = [
            (record._name, record.id, key, connection_id)
            for entry, record in zip(entries, records, strict=True)
            for key, connection_id in entry.identities
            if connection_id and record._name != "sale.order"
        ] + [
            ("res.partner", record._kala_customer().id, key, connection_id)
            for entry, record in zip(entries, records, strict=True)
            for key, connection_id in entry.identities
            if connection_id and record._kala_customer() and record._name != "res.partner"
        ]
        points = self.env["kala.contact.point"]
        for model in {row[0] for row in rows}:
            own = [row for row in rows if row[0] == model]
            points._insert(
                model,
                [row[1] for row in own],
                [row[2].kind for row in own],
                [row[2].value for row in own],
                [row[3] for row in own],
            )

    @api.model
    def _learn_phones(self, entries, records):
        """Who was known by an id only tells his number by writing from it: the lead learns it,
        so that a later message with the number alone finds it."""
        for entry, record in zip(entries, records, strict=True):
            tells = entry.key and entry.key.kind == "phone" and entry.message.contact_uid
            if tells and record._name == "crm.lead" and not (record.phone or record.partner_id):
                record.phone = format_phone(entry.key.value)

    # ------------------------------------------------------------------ responsible, tasks

    @api.model
    def _responsibles(self, company, entries, records, new):
        """Who is responsible for each: of a new lead its own, else by RE3.

        :param dict new: of :meth:`_records_of`
        :return: dict place → (user, rule)
        """
        users = {n: chosen for n, chosen in new.items() if chosen[0]}
        cases = [
            Case.of(entry, records[n], records[n]._kala_customer(), n)
            for n, entry in enumerate(entries)
            if n not in new
        ]
        by_family = {}
        for case in cases:
            by_family.setdefault(case.family, []).append(case)
        for family, of_family in by_family.items():
            users.update(
                self.env["kala.responsible"]._choose(company, of_family, TASK_RULES[family])
            )
        return users

    @api.model
    def _make_tasks(self, company, entries, communications, users, new):
        tasks = self.env["kala.task"]
        nobody = self.env["res.users"]
        tasks._create_for(
            [
                (communication, users.get(n, (nobody, ""))[0])
                for n, (entry, communication) in enumerate(
                    zip(entries, communications, strict=True)
                )
                if communication._is_news(communication.kind)
                and self._asks_for_answer(entry)
                and tasks._wanted(company, communication, n in new)
            ]
        )

    # ------------------------------------------------------------------ the rest

    @api.model
    def _take_unusables(self, company, items):
        """What was not understood is a dead letter with its reason (AD3)."""
        for item in items:
            item._bury(item.content.get("reason"))
