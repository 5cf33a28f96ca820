from datetime import timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

from odoo import api, fields, models

from ..tools import const
from ..tools.phone import ContactKey, email_key, format_phone, phone_key
from ..tools.text import one_line
from .kala_contact_point import uid_key_of
from .kala_matcher import Sender
from .kala_responsible import LEAD_RULES, TASK_RULES, Case

#: A message is as old as its provider says, within this much of when it reached us: clocks of
#: providers are wrong at times.
OLDEST = timedelta(days=60)
NEWEST = timedelta(days=1)
#: An echo may overtake the answer to our own send (DESIGN 3.2).
ECHO_WAIT = timedelta(seconds=60)
#: Characters of a text in the chatter; the log has it whole.
CHATTER_LIMIT = 4000


class Entry(NamedTuple):
    """A message on its way into the log."""

    item: object
    message: object
    line: object
    key: object
    date: object

    @property
    def identities(self):
        """Pairs (ContactKey, connection id or 0) under which the sender may be known."""
        found = []
        if self.key:
            own = self.key.kind not in const.FIELD_CONTACT_KINDS
            found.append((self.key, self.item.connection_id.id if own else 0))
        if self.message.contact_uid:
            uid_key = uid_key_of(self.message.channel, self.message.contact_uid)
            found.append((uid_key, self.item.connection_id.id))
        return tuple(found)


class KalaIntake(models.AbstractModel):
    """Turns items of the inbox into communications, with their lead, task, chatter line and
    notification; a whole set at a time (DESIGN 2, 3.2)."""

    _name = "kala.intake"
    _description = "Intake of Communications"

    # ------------------------------------------------------------------ messages

    @api.model
    def _take_messages(self, company, items):
        """Log the messages of a set. Several of one sender go one after the other, so that the
        second one finds the lead that the first one made."""
        entries = self._fresh_entries(items)
        echoes = [entry for entry in entries if entry.message.echo]
        self._take_echoes(company, echoes)
        for entries_of_round in self._rounds([e for e in entries if not e.message.echo]):
            self._take_round(company, entries_of_round)

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
                Entry(
                    item,
                    message,
                    line,
                    self._key_of(message, line),
                    self._date_of(item, message),
                )
            )
        return sorted(entries, key=lambda entry: (entry.date, entry.item.id))

    @api.model
    def _known_uids(self, items):
        """Index: ``kala_communication__provider_uid_uniq``."""
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
    def _key_of(self, message, line):
        """:return: ContactKey of the other party, or None for a withheld number (MA6)"""
        value = (message.contact_value or "").strip()
        if message.contact_kind == "phone":
            return phone_key(value, (line.company_id or self.env.company)._kala_region())
        if message.contact_kind == "email":
            return email_key(value)
        return ContactKey(message.contact_kind, value[:254]) if value else None

    @api.model
    def _date_of(self, item, message):
        received = item.event_id.date
        date = message.date or received
        return date if received - OLDEST <= date <= received + NEWEST else received

    @api.model
    def _rounds(self, entries):
        """:return: lists of entries in which every sender stands once, in order of time"""
        rounds, turn = [], {}
        for entry in entries:
            # One person may come by number in one message and by id in another, on two lines.
            sender = entry.identities or [entry.item.id]
            place = max(turn.get(identity, 0) for identity in sender)
            turn.update(dict.fromkeys(sender, place + 1))
            if place == len(rounds):
                rounds.append([])
            rounds[place].append(entry)
        return rounds

    @api.model
    def _take_round(self, company, entries):
        matches = self.env["kala.matcher"]._match(
            company, [self._sender_of(entry) for entry in entries]
        )
        entries, matches = self._log_unattached(company, entries, matches)
        records, new = self._records_of(company, entries, matches)
        users = self._responsibles(company, entries, records, new)
        communications = self._log(company, entries, matches, records, users)
        self._apply_changes(self._changes_among(entries, communications))
        self._remember_identities(entries, records)
        self._learn_phones(entries, records)
        self._make_tasks(company, communications, users, new)
        self.env["kala.notifier"]._notify(
            company,
            [
                (communication, users.get(n, (None, ""))[0])
                for n, communication in enumerate(communications)
                if self._is_news(communication.kind)
            ],
        )
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
        return Sender(
            keys=entry.identities,
            date=entry.date,
            connection_id=entry.item.connection_id.id,
            reply_to=message.reply_to or message.target_uid,
            family=const.CHANNEL_FAMILY[message.channel],
            ours=message.echo,
            is_news=self._is_news(message.kind),
        )

    @api.model
    def _is_news(self, kind):
        """A reaction or an edit is logged, but it is no work, nobody is woken for it, and it
        makes no lead."""
        return kind not in ("reaction", "edit", "revoke", "system")

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
    def _make_leads(self, company, wanted):
        """:param list wanted: of (Entry, customer id or False)
        :return: (``crm.lead``, list of (user, rule) of their responsible users), in the same
            order"""
        leads = self.env["crm.lead"]
        if not wanted:
            return leads, []
        # Browsed together: what is read of one is read of all at once.
        partners = self.env["res.partner"]
        customers = {p.id: p for p in partners.browse({i for _entry, i in wanted if i})}
        wanted = [(entry, customers.get(i, partners)) for entry, i in wanted]
        users = self.env["kala.responsible"]._choose(
            company,
            [
                self._case(n, entry, self.env["crm.lead"], customer)
                for n, (entry, customer) in enumerate(wanted)
            ],
            LEAD_RULES,
        )
        chosen = [users.get(n, (self.env["res.users"], False)) for n in range(len(wanted))]
        vals_list = [
            self._prepare_lead_vals(company, entry, customer, user)
            for (entry, customer), (user, _rule) in zip(wanted, chosen, strict=True)
        ]
        self._add_pipeline(vals_list)
        leads = (
            leads.with_context(
                default_user_id=False,
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
                mail_auto_subscribe_no_notify=True,
                tracking_disable=True,
            )
            .create(vals_list)
            .with_context(clean=True)
        )
        return leads, chosen

    @api.model
    def _prepare_lead_vals(self, company, entry, customer, user):
        """Values of a new lead (MA11). The customer's own phone and e-mail are never touched
        (MA3): a lead with a customer gets neither."""
        line, message = entry.line, entry.message
        vals = {
            "name": self._lead_title(company, entry, customer),
            "company_id": company.id,
            "partner_id": customer.id,
            "user_id": user.id,
            "source_id": line.source_id.id,
            "medium_id": line.medium_id.id,
            "campaign_id": line.campaign_id.id,
            "kala_origin": message.channel,
        }
        if line.team_id:
            vals["team_id"] = line.team_id.id
        if not customer:
            vals["contact_name"] = one_line(message.contact_name, 80) or False
            if entry.key and entry.key.kind == "phone":
                vals["phone"] = format_phone(entry.key.value)
            elif entry.key and entry.key.kind == "raw":
                vals["phone"] = entry.key.value
            elif entry.key and entry.key.kind == "email":
                vals["email_from"] = entry.key.value
        return vals

    @api.model
    def _add_pipeline(self, vals_list):
        """Add the team and stage that Odoo would find for each lead: it searches them once per
        lead, we once per responsible and team."""
        leads = self.env["crm.lead"]
        defaults = leads.default_get(["type", "team_id", "stage_id"])
        uses = "use_leads" if defaults["type"] == "lead" else "use_opportunities"
        teams, stages = {False: False}, {}
        for vals in vals_list:
            user_id = vals["user_id"]
            if user_id not in teams:
                teams[user_id] = (
                    self.env["crm.team"]
                    ._get_default_team_id(user_id=user_id, domain=[(uses, "=", True)])
                    .id
                )
            team_id = vals.setdefault("team_id", defaults.get("team_id") or teams[user_id])
            if team_id not in stages:
                stages[team_id] = leads._stage_find(team_id, [("fold", "=", False)]).id
            vals["stage_id"] = defaults.get("stage_id") or stages[team_id]

    @api.model
    def _lead_title(self, company, entry, customer):
        """A readable title from sender and text."""
        message = entry.message
        name = one_line(message.contact_name, 40)
        if not name and customer:
            name = one_line(customer.display_name, 40)
        if not name and entry.key:
            name = entry.key.value
            if entry.key.kind == "phone":
                name = format_phone(name, company._kala_region())
        text = one_line(message.subject or message.body, 60)
        if not text:
            channels = dict(
                self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
            )
            text = channels[message.channel]
        return f"{name or self.env._('Withheld number')}: {text}"

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
    def _case(self, n, entry, record, customer):
        return Case(
            n=n,
            family=const.CHANNEL_FAMILY[entry.message.channel],
            line=entry.line,
            key=entry.key,
            record=record,
            partner=customer,
            extension=entry.message.extra.get("extension") or "",
            date=entry.date,
            connection=entry.item.connection_id,
        )

    @api.model
    def _responsibles(self, company, entries, records, new):
        """Who is responsible for each: of a new lead its own, else by RE3.

        :param dict new: of :meth:`_records_of`
        :return: dict place → (user, rule)
        """
        users = {n: chosen for n, chosen in new.items() if chosen[0]}
        cases = [
            self._case(n, entry, records[n], records[n]._kala_customer())
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
    def _make_tasks(self, company, communications, users, new):
        tasks = self.env["kala.task"]
        nobody = self.env["res.users"]
        tasks._create_for(
            [
                (communication, users.get(n, (nobody, ""))[0])
                for n, communication in enumerate(communications)
                if self._is_news(communication.kind)
                and tasks._wanted(company, communication, n in new)
            ]
        )

    # ------------------------------------------------------------------ log

    @api.model
    def _log(self, company, entries, matches, records, users):
        """Write the log lines, and a line in each record's chatter (LO1)."""
        lines = self.env["kala.chatter"]._write(
            [
                (record, self._chatter_body(entry), self._author_of(record, entry))
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
        communications = self.env["kala.communication"].create(vals_list)
        self._finish(entries, communications)
        return communications

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
    def _prepare_communication_vals(self, company, entry):
        message = entry.message
        extra = dict(message.extra)
        if message.files:
            extra["files"] = [
                dict(
                    zip(
                        ("kind", "name", "mimetype", "provider_id", "url", "size"),
                        (f.kind, f.name, f.mimetype, f.provider_id, f.url, f.size),
                        strict=True,
                    )
                )
                for f in message.files
            ]
        return {
            "channel": message.channel,
            "kind": message.kind,
            "date": entry.date,
            "company_id": company.id,
            "line_id": entry.line.id,
            "connection_id": entry.item.connection_id.id,
            "provider_uid": message.uid or False,
            "contact_kind": entry.key.kind if entry.key else False,
            "contact_value": entry.key.value if entry.key else False,
            "contact_uid": message.contact_uid or False,
            "contact_name": one_line(message.contact_name, 120) or False,
            "subject": one_line(message.subject, 500) or False,
            "body": message.body or False,
            "reply_to_uid": message.reply_to or message.target_uid or False,
            "files_note": self._files_note(message.files) or False,
            "extra": extra or False,
        }

    @api.model
    def _files_note(self, files):
        """Say which files came, so that none is lost before it is fetched."""
        return ", ".join(f"📎 {f.name or f.kind}" for f in files)

    @api.model
    def _chatter_body(self, entry):
        message = entry.message
        text = message.body or ""
        if len(text) > CHATTER_LIMIT:
            text = text[:CHATTER_LIMIT] + "…"
        note = self._files_note(message.files)
        parts = [part for part in (message.subject, text, note) if part]
        return Markup("<br/>").join(
            Markup("<br/>").join(escape(line) for line in part.splitlines()) for part in parts
        )

    @api.model
    def _author_of(self, record, entry):
        """:return: (partner id or False, name) of the writer of a chatter line"""
        customer = record._kala_customer()
        name = one_line(entry.message.contact_name, 80) or (entry.key.value if entry.key else "")
        return customer.id, name or self.env._("Withheld number")

    @api.model
    def _log_unattached(self, company, entries, matches):
        """Log the reactions, edits and the like of people of whom no record is known; they are
        the managers' to see (LO8).

        :return: (list of Entry, list of Match) of the others
        """
        homed, homeless = [], []
        for entry, match in zip(entries, matches, strict=True):
            is_homeless = not match.model and not self._is_news(entry.message.kind)
            (homeless if is_homeless else homed).append((entry, match))
        communications = self.env["kala.communication"].create(
            [
                dict(
                    self._prepare_communication_vals(company, entry),
                    direction="in",
                    state="received",
                    match_rule=match.rule,
                    candidates=match.candidates,
                )
                for entry, match in homeless
            ]
        )
        if homeless:
            told = [entry for entry, _match in homeless]
            self._finish(told, communications)
            self._apply_changes(self._changes_among(told, communications))
        return [entry for entry, _match in homed], [match for _entry, match in homed]

    # ------------------------------------------------------------------ echoes

    @api.model
    def _take_echoes(self, company, entries):
        """Log what was typed on the phone (WA2) as outgoing; what we sent is no news."""
        ours = self._own_echoes(entries)
        waiting = [e for e in entries if e.item.id not in ours and self._may_be_ours(e)]
        for entry in waiting:
            entry.item.write({"due": entry.item.event_id.date + ECHO_WAIT, "attempts": 0})
        typed = [e for e in entries if e.item.id not in ours and e not in waiting]
        if not typed:
            return
        matches = self.env["kala.matcher"]._match(
            company, [self._sender_of(entry) for entry in typed]
        )
        vals_list = []
        for entry, match in zip(typed, matches, strict=True):
            vals = self._prepare_communication_vals(company, entry)
            if match.model:
                record = self.env[match.model].browse(match.res_id)
                vals.update(self.env["kala.communication"]._attach_vals(record))
            elif match.partner_id:
                record = self.env["res.partner"].browse(match.partner_id)
                vals.update(self.env["kala.communication"]._attach_vals(record))
            vals.update(direction="out", state="sent", origin="phone", match_rule=match.rule)
            vals_list.append(vals)
        communications = self.env["kala.communication"].create(vals_list)
        self._finish(typed, communications)
        self.env["kala.task"]._close(communications)
        self.env["kala.live"]._changed(communications)

    @api.model
    def _own_echoes(self, entries):
        """:return: set of items that repeat a message of ours; they are done"""
        ours = set()
        for entry in entries:
            if not entry.message.echo_key:
                continue
            found = (
                self.env["kala.communication"]
                ._find_by_echo_keys([entry.message.echo_key])
                .get(entry.message.echo_key)
            )
            if found:
                self.env["kala.communication"]._apply_states(
                    [{"id": found, "state": "sent", "provider_uid": entry.message.uid}]
                )
                entry.item.write({"state": "done", "result": "report", "communication_id": found})
                ours.add(entry.item.id)
        return ours

    @api.model
    def _may_be_ours(self, entry):
        return fields.Datetime.now() < entry.item.event_id.date + ECHO_WAIT

    # ------------------------------------------------------------------ the rest

    @api.model
    def _take_unusables(self, company, items):
        """What was not understood is a dead letter with its reason (AD3)."""
        for item in items:
            item._bury(item.content.get("reason"))
