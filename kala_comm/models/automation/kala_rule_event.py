import logging

from odoo import Command, api, fields, models
from odoo.fields import Domain

from ...tools import const
from ...tools.retries import RETRIABLE

_logger = logging.getLogger(__name__)

JOB = "kala_comm.ir_cron_rules"
#: Event → fields of the activity of which one changes.
ACTIVITY_FIELDS = {
    "activity_reassigned": ("user_id",),
    "activity_changed": ("date_deadline", "summary", "note"),
    "activity_done": ("active",),
}
#: Events that are a change: what is just being created has not changed.
CHANGES = ("changed", "rescheduled", *ACTIVITY_FIELDS)
#: Kinds of communications that nobody has to answer.
NO_NEWS = (*const.NO_NEWS, "automatic")
#: In the data of a transaction: the job is woken once, however many records are saved.
WOKEN = "kala_rule_woken"


class KalaRule(models.Model):
    """What starts a rule. Under each running rule is an automation rule of Odoo, kept in step with
    it; when that fires, the event is written down, and nothing else is done in the save (AU3)."""

    _inherit = "kala.rule"

    # ------------------------------------------------------------------ listen

    def _listen(self):
        """Make the automation rule under this one what this one says now."""
        self.ensure_one()
        vals = {
            "name": self.env._("Rule: %s", self.name),
            "active": True,
            **getattr(self, f"_listen_{self._listen_kind()}")(),
        }
        model = vals.pop("model")
        vals["model_id"] = self.env["ir.model"]._get_id(model)
        automations = self.env["base.automation"].with_context(active_test=False)
        automation = automations.search([("kala_rule_id", "=", self.id)], limit=1)
        if not automation:
            automation = automations.create(
                {name: vals[name] for name in ("name", "model_id", "trigger")}
                | {"kala_rule_id": self.id, "active": False}
            )
        # All at once: from one of them Odoo computes others.
        automation.write(vals)

    def _listen_kind(self):
        if self.trigger in ("status_changed", "closed"):
            return "status"
        if self.trigger.startswith("activity_"):
            return "activity"
        return self.trigger

    def _watch(self, model, *names, trigger="on_create_or_write", pre=None, post=None):
        """:return: values of the automation rule: a field of some changes, from what to what"""
        return {
            "model": model,
            "trigger": trigger,
            "kala_on_status": False,
            "trigger_field_ids": [
                Command.set([self.env["ir.model.fields"]._get(model, name).id for name in names])
            ],
            "filter_pre_domain": repr(list(Domain(pre))) if pre else False,
            "filter_domain": repr(list(Domain(post))) if post else False,
        }

    def _listen_created(self):
        return self._watch(self.model_id.model, trigger="on_create", post=self._conditions())

    def _listen_status(self):
        model = self.model_id.model
        pre, post = self._status_domains()
        names = self._status_fields(model)
        if self.trigger == "closed":
            names = self.env[model]._kala_closed_fields or names
        post = Domain(post) & Domain(self._conditions())
        watched = self._watch(model, *names, pre=pre, post=post)
        return {**watched, "kala_on_status": True}

    def _status_domains(self):
        """:return: (domain before, domain after); empty lists for any"""
        closed = self.env[self.model_id.model]._kala_closed_domain
        if self.trigger == "closed" and closed:
            return list(~Domain(closed)), closed
        if self.trigger == "closed":
            closing = [("code", "in", const.EXCLUDED_STATUS_TYPES)]
            ids = self.env["kala.status.type"].search(closing).ids
            return (
                [("kala_status_type_id", "not in", ids)],
                [("kala_status_type_id", "in", ids)],
            )
        status = self.env["base.automation"]._kala_status_condition
        return (
            status(self.from_status or self.from_status_type_id),
            status(self.to_status or self.to_status_type_id),
        )

    @api.model
    def _status_fields(self, model):
        """:return: tuple of the fields of which one changes when the status of a record does"""
        return self.env["base.automation"]._kala_status_fields().get(model, ())

    def _listen_changed(self):
        names = self.changed_field_ids.mapped("name")
        return self._watch(self.model_id.model, *names, post=self._conditions())

    def _listen_assigned(self):
        name = self.env[self.model_id.model]._kala_responsible_field
        chosen = Domain(name, "!=", False) & Domain(self._conditions())
        return self._watch(self.model_id.model, name, post=chosen)

    def _listen_rescheduled(self):
        name = self.date_field_id.name
        chosen = Domain(name, "!=", False) & Domain(self._conditions())
        return self._watch(self.model_id.model, name, post=chosen)

    def _listen_date(self):
        watched = self._watch(self.model_id.model, trigger="on_time", post=self._conditions())
        return {**watched, "trg_date_id": self.date_field_id.id}

    def _listen_activity(self):
        of_model = Domain("res_model", "=", self.model_id.model)
        if self.trigger == "activity_overdue":
            date = self.env["ir.model.fields"]._get("mail.activity", "date_deadline")
            watched = self._watch("mail.activity", trigger="on_time", post=of_model)
            return {**watched, "trg_date_id": date.id}
        if self.trigger == "activity_created":
            return self._watch("mail.activity", trigger="on_create", post=of_model)
        active = Domain("active", "=", self.trigger != "activity_done")
        return self._watch("mail.activity", *ACTIVITY_FIELDS[self.trigger], post=of_model & active)

    def _listen_communication(self):
        of_model = Domain("res_model", "=", self.model_id.model)
        kind = self.communication_kind
        for_words = Domain.OR(
            Domain("body", "ilike", word.strip())
            for word in (self.words or "").split(",")
            if word.strip()
        )
        chosen = of_model & for_words if (self.words or "").strip(", ") else of_model
        if kind == "failed":
            # What a rule sent starts none: two of them would start each other for ever.
            ours = Domain("origin", "=like", "kala.rule,%")
            failed = Domain("state", "=", const.FAILED) & Domain("direction", "=", "out")
            return self._watch("kala.communication", "failed_date", post=chosen & failed & ~ours)
        came = chosen & Domain("direction", "=", "in") & Domain("kind", "not in", NO_NEWS)
        if kind == "missed_call":
            missed = Domain("call_status", "=", "missed")
            return self._watch("kala.communication", "call_status", pre=~missed, post=came & missed)
        if kind == "email":
            came &= Domain("channel", "=", "email")
        elif kind == "text":
            came &= Domain("channel", "not in", ("email", "voice"))
        return self._watch("kala.communication", trigger="on_create", post=came)

    # ------------------------------------------------------------------ fire

    def _fire(self, automation, records):
        """Write down what happened to some records. It runs while a user saves something: a fault
        of ours is seen on the rule, and does not disturb him; losing a race is no fault.

        :param automation: ``base.automation`` as it fires, with what was before in its context
        :param records: of its model
        """
        if self.state != "running":
            return
        # A fault in what the user saves is raised here, and is not written down as ours.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                self._write_down(automation, records)
        except RETRIABLE:
            raise
        except Exception as error:
            _logger.warning("rule %s did not fire", self.id, exc_info=True)
            self._blame(error)

    def _write_down(self, automation, records):
        records = records.filtered(automation._check_trigger_fields)
        if self.trigger in CHANGES:
            old = automation.env.context.get("old_values") or {}
            records = records.filtered(lambda r: self._has_changed(r, old.get(r.id)))
        elif self.trigger == "assigned":
            # Who is taken off is not told, and neither is who stays.
            old = automation.env.context.get("old_values") or {}
            records = records.filtered(lambda r: self._new_users_of(r, old.get(r.id)))
        records = records.sudo()
        if records._name == self.sudo().model_id.model:
            records = self.sudo()._drop_unmet(records)
        rows = self._event_rows(records, automation.env.context.get("old_values"))
        if rows:
            self.env["kala.rule.log"].sudo()._insert(self.sudo(), rows)
            self._wake_once()

    def _has_changed(self, record, old):
        """:param dict old: values before; None: it is being created
        :return: whether it had a value before; a first date is no rescheduling"""
        if old is None:
            return False
        if self.trigger == "rescheduled":
            return bool(old.get(self.sudo().date_field_id.name))
        return self.trigger != "activity_reassigned" or bool(old.get("user_id"))

    def _event_rows(self, records, old=None):
        """:param dict old: record id → values before, where it is known
        :return: list of rows, of :meth:`kala.rule.log._insert`"""
        self = self.sudo()
        now, moment = fields.Datetime.now(), self.env.cr.now().isoformat()
        model = self.model_id.model
        if records._name == model:
            old = old or {}
            return [
                (r.id, self._event_of(r, moment, old.get(r.id)), 0, self._status_of(r), now)
                for r in records
            ]
        # Activities and communications tell of a record.
        about = (
            self.env[model].with_context(active_test=False).browse(set(records.mapped("res_id")))
        )
        about = self._drop_unmet(about.exists().filtered_domain(self._conditions()))
        statuses = {record.id: self._status_of(record) for record in about}
        return [
            (r.res_id, self._event_of(r, moment), r.id, statuses[r.res_id], now)
            for r in records
            if r.res_id in statuses
        ]

    def _event_of(self, record, moment, old=None):
        """:param dict old: values before, where they are known
        :return: str: the same for the same event, whatever runs twice (AU4)"""
        if self.trigger == "created":
            return "created"
        if self.trigger in ("activity_created", "activity_done", "communication"):
            return f"{self.trigger}:{record.id}"
        said = {
            "status_changed": lambda: self._status_of(record),
            "closed": lambda: self._status_of(record),
            "changed": lambda: "",
            "assigned": lambda: self._new_users_of(record, old),
            "rescheduled": lambda: record[self.date_field_id.name],
        }.get(self.trigger, lambda: record.id)()
        return f"{self.trigger}:{said}:{moment}"

    @api.model
    def _new_users_of(self, record, old):
        """:return: str: ids of the users who became responsible: who was before is not told again
        that he is"""
        name = record._kala_responsible_field
        before = (old or {}).get(name) or self.env["res.users"]
        return ".".join(map(str, (record[name] - before).ids))

    @api.model
    def _status_of(self, record):
        """:return: str: the status of a record, as :meth:`_status_sql` has it"""
        return "/".join(
            self._as_sql_text(record[name]) for name in self._status_fields(record._name)
        )

    @api.model
    def _as_sql_text(self, value):
        if isinstance(value, bool):
            return str(value).lower()
        return str(value.id or "")

    @api.model
    def _wake(self, at=None):
        """Wake the job when this transaction commits.

        :param datetime at: naive UTC; default: at once
        """
        self.env.ref(JOB).sudo()._trigger(at=at)

    @api.model
    def _wake_once(self):
        data = self.env.cr.precommit.data
        if not data.get(WOKEN):
            data[WOKEN] = True
            self._wake()
