from datetime import timedelta

import pytz

from odoo import api, fields, models

from ...tools import channels, const
from ...tools.phone import format_phone, phone_key

#: What a user can be told about a record of his, beside incoming communications (NO1).
ASSIGNED = {"crm.lead": "lead", "sale.order": "order"}
#: Key under which a transaction remembers, until it commits, to whom it gave which records.
_NOTED = "kala_comm.assigned"
#: Hour of the user's day from which he is told what is due: at midnight nobody would see it.
FROM_HOUR = 8


class KalaNotifier(models.AbstractModel):
    """Tells users about records of theirs: a new lead, a new order, one that was there before and
    is theirs now, a task that is due (NO1)."""

    _inherit = "kala.notifier"

    # ------------------------------------------------------------------ new lead, new order

    @api.model
    def _note_assigned(self, records):
        """Remember that these records have a new responsible. When this transaction commits, each
        user gets one notification of all his new records; who made himself responsible gets none.

        :param records: leads or orders whose responsible has just been set
        """
        if not records.env.registry.ready:
            return
        callbacks = self.env.cr.precommit
        if not callbacks.data.get(_NOTED):
            callbacks.add(self.env["kala.notifier"].sudo()._tell_assigned)
        noted = callbacks.data.setdefault(_NOTED, {})
        for record in records:
            noted[(record._name, record.id)] = self.env.uid

    @api.model
    def _tell_assigned(self):
        noted = self.env.cr.precommit.data.pop(_NOTED, {})
        for model in ASSIGNED:
            givers = {res_id: uid for (name, res_id), uid in noted.items() if name == model}
            records = self.env[model].browse(givers).exists()
            told = records.filtered(lambda r, givers=givers: r.user_id.id != givers[r.id])
            new = told.filtered(self._is_new)
            self._tell(ASSIGNED[model], [(r.user_id, r) for r in new if not self._is_known(r)])
            self._tell("assigned", [(r.user_id, r) for r in told - new])

    @api.model
    def _is_new(self, record):
        """:return: whether this transaction made the record"""
        return record.create_date >= self.env.cr.now()

    @api.model
    def _is_known(self, record):
        """:return: whether the responsible is notified anyway: of the message that made the lead"""
        channel = record._name == "crm.lead" and record.kala_origin
        if not channel:
            return False
        family = channels.get(channel).family
        company = record._kala_send_company()
        return (
            family != "text" or company.kala_notify_text
        ) and record.user_id._kala_notify_choice(family) != "off"

    @api.model
    def _tell(self, family, news):
        """Tell users about records, each user once.

        :param str family: lead, order, assigned or task: what the user chooses by
        :param list news: of (user, record); records are all of one model
        """
        by_user = {}
        for user, record in news:
            if user and user.active and not user.share:
                by_user.setdefault(user, []).append(record.id)
        for user, ids in by_user.items():
            if user._kala_notify_choice(family) == "off":
                continue
            records = news[0][1].browse(ids).with_user(user).sudo(False)._filtered_access("read")
            if records:
                facts = self._news_facts(user, family, records.sudo())
                self._send(user, facts, records)

    # ------------------------------------------------------------------ what it shows

    @api.model
    def _news_facts(self, user, family, records):
        """:return: payload of the bus message: of one record NO2's facts, of several their
        number; a click opens the record or the list"""
        records = records.with_context(lang=user.lang)
        words = self.with_context(lang=user.lang)._news_words(family, records)
        facts = {
            "id": f"{family}-{records[0].id}",
            "channel": family,
            "channel_name": words,
            "family": family,
            "model": records._name,
            "res_id": records[0].id,
            "record": words,
            "contact": "",
            "contact_name": "",
            "customer": "",
            "subject": "",
            "text": "",
            "call_status": "",
        }
        if len(records) > 1:
            return dict(facts, ids=records.ids)
        return dict(facts, **self._one_facts(user, records, words))

    @api.model
    def _news_words(self, family, records):
        count = len(records)
        words = {
            "lead": self.env._("New lead for you"),
            "order": self.env._("New order for you"),
            "assigned/crm.lead": self.env._("Lead given to you"),
            "assigned/sale.order": self.env._("Order given to you"),
            "task": self.env._("Task due today"),
        }
        many = {
            "lead": self.env._("%s new leads for you", count),
            "order": self.env._("%s new orders for you", count),
            "assigned/crm.lead": self.env._("%s leads given to you", count),
            "assigned/sale.order": self.env._("%s orders given to you", count),
            "task": self.env._("%s tasks due today", count),
        }
        kind = f"{family}/{records._name}" if family == "assigned" else family
        return words[kind] if count == 1 else many[kind]

    @api.model
    def _one_facts(self, user, record, words):
        """:return: what a notification about one record shows (NO2). A task is for whom it was
        given to, its record for those who may read it: for others the notification shows the task
        alone, and opens the task (SC4)."""
        if record._name == "mail.activity":
            # What the database deletes along with another record leaves its tasks behind.
            about = self.env[record.res_model].sudo().browse(record.res_id).exists()
            text = ": ".join(filter(None, [words, record.summary or record.activity_type_id.name]))
            if not about or not about.with_user(user).sudo(False).has_access("read"):
                return {"text": text}
            opens = {"model": record.res_model, "res_id": record.res_id}
            return {
                **opens,
                "record": record.res_name or "",
                "text": text,
                **self._who(user, about),
            }
        return {"record": record.display_name, "text": words, **self._who(user, record)}

    @api.model
    def _who(self, user, record):
        """:return: phone, customer and subject of the latest lead, where the record has them and
        the user may read that lead (SC4)"""
        if record._name not in const.RECORD_MODELS:
            return {}
        customer = record._kala_customer()
        phone = ("phone" in record._fields and record.phone) or customer.phone
        region = record._kala_send_company()._kala_region()
        key = phone_key(phone, region)
        latest = customer and self.env["crm.lead"].search(
            [
                ("partner_id", "=", customer.id),
                ("company_id", "in", [False, record._kala_send_company().id]),
            ],
            order="id DESC",
            limit=1,
        )
        is_readable = latest and latest.with_user(user).sudo(False).has_access("read")
        return {
            "contact": format_phone(key.value, region) if key and key.kind == "phone" else "",
            "contact_name": ("contact_name" in record._fields and record.contact_name) or "",
            "customer": customer.display_name or "",
            "subject": latest.name if latest and is_readable else "",
        }

    # ------------------------------------------------------------------ task due

    @api.model
    def _cron_tasks_due(self):
        """Tell each user in the morning, in his time zone, which of his tasks are due that day.
        Nobody is told of a task that was made on the same day, nor of one that was due before. Who
        has quiet hours is told after them."""
        due = self._due_tasks()
        self._tell("task", [(task.user_id, task) for task in due])
        self._mark_told(due)

    @api.model
    def _due_tasks(self):
        """Index: ``mail_activity__date_deadline_index``."""
        today = fields.Date.today()
        tasks = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("date_deadline", ">=", today - timedelta(days=1)),
                    ("date_deadline", "<=", today + timedelta(days=1)),
                    ("user_id", "!=", False),
                    ("res_id", "!=", False),
                ],
                order="id",
            )
        )
        return tasks.filtered(
            lambda t: t.kala_told_deadline != t.date_deadline and self._is_due_now(t)
        )

    @api.model
    def _is_due_now(self, task):
        zone = task.user_id._kala_zone()
        now = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        made = pytz.utc.localize(task.create_date).astimezone(zone).date()
        is_morning = task.date_deadline == now.date() > made and now.hour >= FROM_HOUR
        return is_morning and not task.user_id._kala_is_quiet("task")

    @api.model
    def _mark_told(self, tasks):
        """By SQL: no open screen has to be told of it. Index: primary key."""
        if not tasks:
            return
        self.env.cr.execute(
            "UPDATE mail_activity SET kala_told_deadline = date_deadline WHERE id = ANY(%s)",
            [tasks.ids],
        )
        tasks.invalidate_recordset(["kala_told_deadline"], flush=False)
