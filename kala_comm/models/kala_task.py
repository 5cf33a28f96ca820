from markupsafe import Markup

from odoo import api, fields, models

from ..tools import const
from ..tools.text import one_line


class KalaTask(models.AbstractModel):
    """Tasks of incoming communications (TA): Odoo activities with a type of their own, one open
    task for a record and contact (TA2)."""

    _name = "kala.task"
    _description = "Communication Tasks"

    #: Task type by channel family.
    _TYPES = {
        "text": "kala_comm.mail_activity_type_text",
        "call": "kala_comm.mail_activity_type_call",
        "email": "kala_comm.mail_activity_type_email",
    }

    @api.model
    def _wanted(self, company, communication, is_new_lead):
        """:return: whether the settings want a task for this communication (TA1)"""
        if is_new_lead and not company.kala_task_on_new_lead:
            return False
        family = communication._family()
        if family == "text":
            return company.kala_task_on_text
        if family == "email":
            return company.kala_task_on_email
        if communication.call_status == "answered":
            return company.kala_task_on_answered_call
        return company.kala_task_on_missed_call and communication.call_status in const.UNANSWERED

    @api.model
    def _create_for(self, wanted):
        """Create or update the tasks of a batch, in a number of queries that does not grow.

        :param list wanted: of (communication, user), user perhaps empty
        """
        groups = {}
        for communication, user in wanted:
            key = (
                communication.res_model,
                communication.res_id,
                communication.contact_value or "",
            )
            groups.setdefault(key, []).append((communication, user))
        open_tasks = self._open_tasks(list(groups))
        to_create = []
        for key, members in groups.items():
            task = open_tasks.get(key)
            if task:
                self._update(task, members)
            else:
                to_create.append((key, members))
        self._create(to_create)

    @api.model
    def _open_tasks(self, keys):
        """Index: ``mail_activity__kala_open_uniq``."""
        tasks = self.env["mail.activity"].search(
            [
                ("res_model", "in", list({key[0] for key in keys})),
                ("res_id", "in", list({key[1] for key in keys})),
                ("kala_contact", "in", list({key[2] for key in keys})),
                # A withheld number is an empty contact, and so has what a user planned.
                ("kala_count", ">", 0),
            ]
        )
        return {(t.res_model, t.res_id, t.kala_contact): t for t in tasks}

    @api.model
    def _update(self, task, members):
        """Further messages raise the count of the open task; they make no new one (TA2)."""
        last = members[-1][0]
        vals = {
            "kala_count": task.kala_count + len(members),
            "summary": self._summary(last),
            "kala_communication_id": last.id,
            # Who looks for missed calls finds the contact that called last (TA4).
            "activity_type_id": self._type_of(last),
        }
        if not task.user_id and members[-1][1]:
            vals["user_id"] = members[-1][1].id
        task.with_context(mail_activity_quick_update=True).write(vals)
        self._link(task, members)

    @api.model
    def _create(self, groups):
        if not groups:
            return
        models_by_name = {
            name: self.env["ir.model"]._get_id(name) for name in {key[0] for key, _m in groups}
        }
        for model in models_by_name:
            # Activities are named one by one; this reads all the names at once.
            ids = [key[1] for key, _members in groups if key[0] == model]
            self.env[model].browse(ids).mapped("display_name")
        # The time zones of all are read at once.
        self.env["res.users"].union(*(m[-1][1] for _key, m in groups if m[-1][1])).mapped("tz")
        vals_list = []
        for (model, res_id, contact), members in groups:
            last, user = members[-1]
            vals_list.append(
                {
                    "activity_type_id": self._type_of(last),
                    "res_model_id": models_by_name[model],
                    "res_id": res_id,
                    "user_id": user.id if user else False,
                    "summary": self._summary(last),
                    "date_deadline": self._today(user, last.company_id),
                    "automated": True,
                    "kala_contact": contact,
                    "kala_count": len(members),
                    "kala_communication_id": last.id,
                }
            )
        tasks = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(vals_list)
        )
        for task, (_key, members) in zip(tasks, groups, strict=True):
            self._link(task, members)

    @api.model
    def _type_of(self, communication):
        """:return: id of the activity type"""
        # env.ref() asks the database each time whether the type still exists.
        return self.env["ir.model.data"]._xmlid_to_res_id(self._TYPES[communication._family()])

    @api.model
    def _today(self, user, company):
        """:return: the date it is now where the task will be done: a job has no time zone"""
        zone = user and user.tz or company.resource_calendar_id.tz or company.partner_id.tz
        return fields.Date.context_today(self.with_context(tz=zone))

    @api.model
    def _link(self, task, members):
        for communication, _user in members:
            communication.activity_id = task

    @api.model
    def _summary(self, communication):
        return one_line(
            f"{communication.contact_name or communication.contact_display}: "
            f"{communication.summary}",
            100,
        )

    @api.model
    def _close(self, communications):
        """Mark the open tasks of these contacts as done, if their company wants it (TA3): also
        those on other records, since who was answered waits no more, wherever he was answered
        from.

        :param communications: those in which somebody of ours answers the contact
        """
        answers = {
            (c.company_id, c.contact_value): c
            for c in communications
            if c.res_id and c.contact_value and c.company_id.kala_task_closed_by_reply
        }
        tasks = self._waiting(set(answers))
        for task in tasks:
            company = task.kala_communication_id.company_id
            task.kala_answer_id = answers[company, task.kala_contact]
        if tasks:
            tasks.action_feedback(feedback=self.env._("Answered"))

    @api.model
    def _withdraw(self, calls):
        """Take back the tasks of calls that looked missed until the event came that somebody had
        answered (VO1): they were no work."""
        for call in calls.filtered(lambda c: c.activity_id.active):
            task = call.activity_id
            call.activity_id = False
            rest = self.env["kala.communication"].search(
                [("activity_id", "=", task.id)], order="date DESC, id DESC"
            )
            if not rest:
                task.unlink()
                continue
            task.with_context(mail_activity_quick_update=True).write(
                {
                    "kala_count": max(task.kala_count - 1, 1),
                    "summary": self._summary(rest[0]),
                    "kala_communication_id": rest[0].id,
                    "activity_type_id": self._type_of(rest[0]),
                }
            )

    @api.model
    def _reopen(self, communications):
        """An answer that did not leave or arrive was none: the contact waits again (TA3), unless
        another one is under way. Index: ``mail_activity__kala_answer_id_index``.

        :param communications: messages of ours that failed for good or were cancelled
        """
        if not communications:
            return
        closed = self._closed_by(communications)
        if not closed:
            return
        by_place = {(t.res_model, t.res_id, t.kala_contact): t for t in closed}
        taken = self.sudo()._open_tasks(list(by_place))
        answered = self._answered_since(communications)
        for place, task in by_place.items():
            answer = task.kala_answer_id
            if place in taken or (answer.company_id, answer.contact_value) in answered:
                continue
            task.with_context(mail_activity_quick_update=True).write(
                {
                    "active": True,
                    "date_done": False,
                    "feedback": False,
                    "kala_answer_id": False,
                    "note": (task.note or "") + self._no_answer_note(answer),
                }
            )

    @api.model
    def _closed_by(self, communications):
        """:return: the tasks that these answers closed"""
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        return activities.search(
            [("kala_answer_id", "in", communications.ids), ("active", "=", False)], order="id"
        )

    @api.model
    def _answered_instead(self, communication, instead):
        """The answer is sent on another channel (SE5): from now on that one counts; where it
        cannot be, the contact waits again.

        :param instead: ``kala.communication``, perhaps empty
        """
        if instead and instead.state != "failed":
            self._closed_by(communication).kala_answer_id = instead
        else:
            self._reopen(communication)

    @api.model
    def _answered_since(self, communications):
        """Index: ``kala_communication__contact_idx``.

        :return: set of (company, address) of contacts to whom a later answer is under way
        """
        later = (
            self.env["kala.communication"]
            .search(
                [
                    ("contact_value", "in", communications.mapped("contact_value")),
                    ("contact_kind", "in", communications.mapped("contact_kind")),
                    ("company_id", "in", communications.company_id.ids),
                    ("direction", "=", "out"),
                    ("state", "not in", ("failed", "cancelled")),
                    ("id", ">", min(communications.ids)),
                ]
            )
            ._answers()
        )
        return {(c.company_id, c.contact_value) for c in later}

    @api.model
    def _no_answer_note(self, answer):
        if answer.state == "cancelled":
            words = self.env._("The answer was cancelled.")
        else:
            words = self.env._("The answer did not arrive: %s", answer.failure_reason or "")
        return Markup("<p>%s</p>") % words

    @api.model
    def _waiting(self, answered):
        """Find the open tasks of some contacts, whoever may see them.
        Index: ``mail_activity__kala_contact_idx``.

        :param set answered: of (company, address of the contact)
        """
        activities = self.env["mail.activity"].sudo()
        if not answered:
            return activities
        tasks = activities.search([("kala_contact", "in", [value for _c, value in answered])])
        return tasks.filtered(
            lambda task: (task.kala_communication_id.company_id, task.kala_contact) in answered
        )

    @api.model
    def _move(self, communication, record):
        """Take the open task of a re-attached communication along (MA9)."""
        task = communication.activity_id
        if not task.active or (task.res_model, task.res_id) == (
            record._name,
            record.id,
        ):
            return
        place = (record._name, record.id, task.kala_contact)
        other = self._open_tasks([place]).get(place)
        if other:
            other.kala_count += task.kala_count
            self.env["kala.communication"].sudo().search(
                [("activity_id", "=", task.id)]
            ).activity_id = other
            task.unlink()
            return
        task.write(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
            }
        )

    @api.model
    def _merge(self, record, others):
        """Fold the open tasks of merged records into those of the one that stays (MA12)."""
        tasks = (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "in", (record | others).ids),
                    ("kala_count", ">", 0),
                ],
                order="id",
            )
        )
        for same in tasks.grouped("kala_contact").values():
            kept = same.filtered(lambda t: t.res_id == record.id)[:1] or same[:1]
            rest = same - kept
            if rest:
                kept.kala_count += sum(rest.mapped("kala_count"))
                self.env["kala.communication"].sudo().search(
                    [("activity_id", "in", rest.ids)]
                ).activity_id = kept
                rest.unlink()
            kept.res_id = record.id
        tasks.env.flush_all()
