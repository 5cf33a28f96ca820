from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import const
from ...tools.literals import literal
from .kala_rule import TIMED
from .kala_rule_log import LEFT_OUT, SENT

DAYS = 7
#: Events that a dry run looks at; more are counted, and not looked at.
LIMIT = 500


class KalaRule(models.Model):
    """Dry run (AU5): what the rule would have sent in the last days, to whom, and who would have
    been left out and why. Nothing is sent; the answer stands in rows of the log marked ``dry``."""

    _inherit = "kala.rule"

    dry_date = fields.Datetime(readonly=True, copy=False)
    dry_user_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="set null")
    dry_found = fields.Integer(
        readonly=True, copy=False, groups=fields.NO_ACCESS, help="Events, looked at or not."
    )
    dry_summary = fields.Char(compute="_compute_dry_summary")

    @api.depends("dry_date", "dry_user_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_dry_summary(self):
        """A count is an answer, too (LO8): each reader is told of the records that he may read. How
        many events there were in all only who asked knows."""
        after = fields.Datetime.now() - timedelta(days=1)
        self.dry_summary = False
        for rule in self.sudo().filtered(lambda rule: (rule.dry_date or after) > after):
            found = rule.dry_found if rule.dry_user_id == self.env.user else None
            rule.with_env(self.env).dry_summary = rule.with_env(self.env)._dry_sentence(found)

    def action_dry_run(self):
        """Tell what the rule would have done in the last 7 days.

        :raise UserError: with what the rule lacks
        """
        self.ensure_one()
        self.check_access("write")
        self._check_complete()
        rule = self.sudo()
        rule._stop_without_owner()
        rule.dry_ids.unlink()
        since = fields.Datetime.now() - timedelta(days=DAYS)
        events, note = rule._past_events(since)
        events = self._readable_events(events)
        rule.env["kala.rule.log"]._insert(rule, events[:LIMIT], dry=True)
        for action, rows in rule.dry_ids.grouped("action_id").items():
            rows._plan(action)
        rule.write(
            {
                "dry_date": fields.Datetime.now(),
                "dry_user_id": self.env.uid,
                "dry_found": len(events),
                "dry_note": note or False,
            }
        )
        return True

    def action_open_dry(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("“%s” in the last 7 days", self.name),
            "res_model": "kala.rule.log",
            "view_mode": "list",
            "domain": [("rule_id", "=", self.id), ("dry", "=", True)],
        }

    def _readable_events(self, events):
        """A count is an answer, too (LO8): a dry run speaks of records that its user may read, and
        asks the conditions as he reads them.

        :param list events: of :meth:`_past_events`
        :return: list of those that are left"""
        records = self.env[self.model_name].with_context(active_test=False)
        asked = Domain("id", "in", list({event[0] for event in events}))
        found = records.search(asked & Domain(self._conditions()))
        readable = set(self.sudo()._drop_unmet(found.sudo()).ids)
        return [event for event in events if event[0] in readable]

    def _dry_sentence(self, found):
        """:param found: how many events there were; None: the reader does not know"""
        rows = self.env["kala.rule.log"].with_user(self.env.uid)
        rows = rows.search([("rule_id", "=", self.id), ("dry", "=", True)])
        sent = rows.filtered(lambda r: r.state == SENT)
        if not rows:
            return self.env._("Nothing of the last 7 days would have started it.")
        said = self.env._(
            "%(records)s records, %(messages)s messages, %(left)s left out",
            records=len(set(rows.mapped("res_id"))),
            messages=len(sent),
            left=len(rows) - len(sent),
        )
        if found and found > LIMIT:
            more = self.env._("the newest %(shown)s of %(all)s", shown=LIMIT, all=found)
            said = f"{said} ({more})"
        return said

    # ------------------------------------------------------------------ what happened

    def _past_events(self, since):
        """:return: (list of rows, of :meth:`kala.rule.log._insert`, the newest first; what Odoo
        cannot tell of the past, perhaps empty)"""
        if self.trigger in TIMED:
            pages = self._due_pages(since, fields.Datetime.now())
            rows = [row for page in pages for row in page]
            return self._newest(rows), ""
        kind = self._listen_kind()
        found = getattr(self, f"_past_{kind}")(since)
        if found is None:
            return [], self.env._(
                "Odoo keeps no history of this: what would have started the rule is not known."
            )
        note = self.env._("The conditions are asked of the records as they are now.")
        return self._newest(found), note

    def _newest(self, rows):
        return sorted(rows, key=lambda row: row[4], reverse=True)

    def _past_records(self, domain):
        """:return: records that fulfil the conditions now, archived ones as well"""
        model = self.env[self.model_id.model].with_context(active_test=False)
        own = self._own_company(model._name)
        return model.search(Domain(self._conditions()) & own & Domain(domain))

    def _past_created(self, since):
        return [
            (r.id, "created", 0, self._status_of(r), r.create_date)
            for r in self._past_records([("create_date", ">=", since)])
        ]

    def _past_status(self, since):
        """By Odoo's history of the field; of lost leads by when they were closed."""
        model = self.model_id.model
        pre, post = self._status_domains()
        tracked = self._tracked_status()
        if not tracked or self.trigger == "closed" and self.env[model]._kala_closed_domain:
            return None
        statuses = self.env[model]._fields[tracked].comodel_name
        statuses = self.env[statuses].with_context(active_test=False).search([("id", "!=", False)])
        before, after = (self._meant(statuses, domain) for domain in (pre, post))
        changes = [
            change
            for change in self._changes(tracked, since)
            if change.old_value_integer in before and change.new_value_integer in after
        ]
        rows = self._rows_of_changes(changes)
        if model == "crm.lead":
            lost = [("won_status", "=", "lost"), ("date_closed", ">=", since), *post]
            rows += [
                (r.id, f"lost:{r.date_closed}", 0, self._status_of(r), r.date_closed)
                for r in self._past_records(lost)
            ]
        return rows

    def _tracked_status(self):
        """:return: str: the field of which Odoo keeps a history, for the status of the records;
        None where there is none"""
        tracked = {"crm.lead": "stage_id", "sale.order": "kala_status_id"}
        return tracked.get(self.model_id.model)

    def _meant(self, statuses, domain):
        """:return: set of the ids of the statuses that a domain of records means"""
        if not domain:
            return set(statuses.ids)
        [(name, operator, value)] = domain
        values = set(value) if isinstance(value, (list, tuple)) else {value}
        if name != "kala_status_type_id":
            return values
        of_type = statuses.filtered(lambda s: s.kala_status_type_id.id in values)
        return set((statuses - of_type if operator == "not in" else of_type).ids)

    def _past_changed(self, since):
        """Odoo keeps a history of some fields only."""
        model = self.env[self.model_id.model]
        names = self.changed_field_ids.mapped("name")
        if not all(getattr(model._fields[name], "tracking", False) for name in names):
            return None
        return self._rows_of_changes(c for name in names for c in self._changes(name, since))

    def _past_assigned(self, since):
        """The history says who became responsible where that is one user."""
        name = self.env[self.model_id.model]._kala_responsible_field
        changes = [c for c in self._changes(name, since) if c.new_value_integer]
        made = self._past_records([("create_date", ">=", since), (name, "!=", False)])
        return [
            *self._rows_of_changes(changes, lambda c: f"assigned:{c.new_value_integer}:{c.id}"),
            *(
                (r.id, self._event_of(r, "created"), 0, self._status_of(r), r.create_date)
                for r in made
            ),
        ]

    def _past_rescheduled(self, since):
        field = self.env[self.model_id.model]._fields[self.date_field_id.name]
        if not getattr(field, "tracking", False):
            return None
        changes = self._changes(field.name, since)
        return self._rows_of_changes(
            c for c in changes if c.old_value_datetime and c.new_value_datetime
        )

    def _past_activity(self, since):
        if self.trigger not in ("activity_created", "activity_done"):
            return None
        domain = [("res_model", "=", self.model_id.model)]
        if self.trigger == "activity_created":
            domain += [("create_date", ">=", since)]
        else:
            domain += [("active", "=", False), ("date_done", ">=", since.date())]
        activities = self.env["mail.activity"].with_context(active_test=False).search(domain)
        moments = {
            a.id: a.create_date
            if self.trigger == "activity_created"
            else fields.Datetime.to_datetime(a.date_done)
            for a in activities
        }
        return [(*row[:4], moments[row[2]]) for row in self._event_rows(activities)]

    def _past_communication(self, since):
        chosen = literal(self._listen_communication()["filter_domain"])
        found = self.env["kala.communication"].search([*chosen, ("date", ">=", since)])
        moments = {c.id: c.date for c in found}
        return [(*row[:4], moments[row[2]]) for row in self._event_rows(found)]

    def _changes(self, name, since):
        """:return: ``mail.tracking.value`` of a field, oldest first"""
        model = self.model_id.model
        return self.env["mail.tracking.value"].search(
            [
                ("field_id", "=", self.env["ir.model.fields"]._get(model, name).id),
                ("mail_message_id.model", "=", model),
                ("create_date", ">=", since),
            ],
            order="id",
        )

    def _rows_of_changes(self, changes, event=lambda change: f"change:{change.id}"):
        changes = list(changes)
        wanted = {change.mail_message_id.res_id for change in changes}
        records = {r.id: r for r in self._past_records([("id", "in", list(wanted))])}
        return [
            (
                change.mail_message_id.res_id,
                event(change),
                0,
                self._status_of(records[change.mail_message_id.res_id]),
                change.create_date,
            )
            for change in changes
            if change.mail_message_id.res_id in records
        ]


class KalaRuleLog(models.Model):
    _inherit = "kala.rule.log"

    def _plan(self, action):
        """Write into dry rows what would have become of them."""
        model = self.env[action.rule_id.model_id.model].with_context(active_test=False)
        records = {record.id: record for record in model.browse(set(self.mapped("res_id")))}
        left_out, about = {}, {}
        hidden = action.rule_id._hidden_reasons(model.browse(records))
        for row in self:
            record = records[row.res_id]
            reason = row._record_reason(record) if action.rule_id.trigger != "date" else ""
            reason = reason or hidden.get(row.res_id)
            if reason:
                left_out[row] = reason
            else:
                about[row] = record
        recipients = action._recipients(about)
        reached = {recipient.row for recipient in recipients}
        nobody = self.env._("There is nobody to tell.")
        self._end(LEFT_OUT, {**left_out, **{r: nobody for r in about if r not in reached}})
        for group in self._rounds(recipients):
            self._plan_group(action, group)

    def _plan_group(self, action, recipients):
        company = action.rule_id.company_id
        outbox = self.env["kala.outbox"].with_company(company)
        outbox = outbox.with_context(kala_priority=const.PRIORITY_AUTOMATION)
        by_id = {recipient.record.id: recipient for recipient in recipients}
        records = outbox.env[recipients[0].record._name].browse(by_id)
        nobody = self.env["res.users"]
        plans = outbox._plan(
            records,
            action.channel,
            number={i: r.key for i, r in by_id.items()},
            template=action.template_id.with_env(outbox.env),
            to_user={i: (r.user or nobody).with_env(outbox.env) for i, r in by_id.items()},
        )
        for recipient, (_record, vals) in zip(recipients, plans, strict=True):
            failed = vals["state"] == const.FAILED
            recipient.row.write(
                {
                    "state": LEFT_OUT if failed else SENT,
                    "reason": vals.get("failure_reason") if failed else False,
                    "recipient": recipient.name or vals["contact_value"],
                }
            )
