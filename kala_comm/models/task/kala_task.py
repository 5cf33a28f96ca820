from markupsafe import Markup

from odoo import api, fields, models

from ...tools import const
from ...tools.text import one_line


class KalaTask(models.AbstractModel):
    """Tasks of incoming communications (TA): Odoo activities with a type of their own, one open
    task for a record, contact, kind and responsible (TA2)."""

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
        """Create or update the tasks of a batch. The number of queries does not grow with it.

        :param list wanted: of (communication, user); the user may be empty
        """
        by_place = {}
        for communication, user in wanted:
            by_place.setdefault(self._place_of(communication), []).append((communication, user))
        open_tasks = self._open_tasks(by_place)
        to_create = []
        for place, members in by_place.items():
            tasks = open_tasks.get(place, self.env["mail.activity"])
            for user, communications in self._by_responsible(members, tasks).items():
                task = self._task_of(tasks, user)
                if task:
                    self._update(task, user, communications)
                else:
                    to_create.append((place, user, communications))
        self._create(to_create)

    @api.model
    def _place_of(self, communication):
        """:return: tuple of what a task is about (TA2): model and id of the record, contact, kind.
        The responsible is no part of it."""
        return (
            communication.res_model,
            communication.res_id,
            communication.contact_value or "",
            self._kind_of(communication),
        )

    @api.model
    def _kind_of(self, communication):
        """:return: one of ``mail.activity.kala_kind``"""
        family = communication._family()
        if family != "call":
            return family
        return "answered_call" if communication.call_status == "answered" else "missed_call"

    @api.model
    def _open_tasks(self, places):
        """Index: ``mail_activity_kala_open_uniq``.

        :param places: iterable of what :meth:`_place_of` returns
        :return: dict place → open tasks, one for each responsible, the oldest first
        """
        if not places:
            return {}
        models_, ids, contacts, kinds = (list(set(part)) for part in zip(*places, strict=True))
        tasks = self.env["mail.activity"].search(
            [
                ("res_model", "in", models_),
                ("res_id", "in", ids),
                ("kala_contact", "in", contacts),
                ("kala_kind", "in", kinds),
                # A caller who withholds his number has an empty contact. So has a task that a user
                # has planned himself, but that task has no count.
                ("kala_count", ">", 0),
            ],
            order="id",
        )
        return dict(tasks.grouped(lambda task: task._kala_place()))

    @api.model
    def _by_responsible(self, members, tasks):
        """A message without a responsible goes to the user of the other messages of its place, or
        to the user of the open task there.

        :param list members: of (communication, user) of one place
        :param tasks: the open ones of that place
        :return: dict user → communications, in their order
        """
        somebody = next((user for _c, user in reversed(members) if user), tasks[:1].user_id)
        by_user = {}
        for communication, user in members:
            by_user.setdefault(user or somebody, []).append(communication)
        return by_user

    @api.model
    def _task_of(self, tasks, user):
        """:return: the open task of the user; else the open task that has no user"""
        own = tasks.filtered(lambda task: task.user_id == user)
        return (own or tasks.filtered(lambda task: not task.user_id))[:1]

    @api.model
    def _update(self, task, user, communications):
        """Further messages raise the count of the open task. They make no new task (TA2)."""
        last = communications[-1]
        vals = {
            "kala_count": task.kala_count + len(communications),
            "summary": self._summary(last),
            "kala_communication_id": last.id,
        }
        if not task.user_id and user:
            vals["user_id"] = user.id
        task.with_context(mail_activity_quick_update=True).write(vals)
        self._link(task, communications)

    @api.model
    def _create(self, groups):
        """:param list groups: of (place, user, communications)"""
        if not groups:
            return
        models_by_name = {
            name: self.env["ir.model"]._get_id(name) for name in {place[0] for place, *_ in groups}
        }
        for model in models_by_name:
            # Odoo reads the names of activities one by one. This reads all the names at once.
            ids = [place[1] for place, *_rest in groups if place[0] == model]
            self.env[model].browse(ids).mapped("display_name")
        # The time zones of all are read at once.
        self.env["res.users"].union(*(user for _place, user, _c in groups if user)).mapped("tz")
        vals_list = []
        for (model, res_id, contact, kind), user, communications in groups:
            last = communications[-1]
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
                    "kala_kind": kind,
                    "kala_company_id": last.company_id.id,
                    "kala_since": min(c.date for c in communications),
                    "kala_count": len(communications),
                    "kala_communication_id": last.id,
                }
            )
        tasks = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(vals_list)
        )
        for task, (_place, _user, communications) in zip(tasks, groups, strict=True):
            self._link(task, communications)

    @api.model
    def _type_of(self, communication):
        """:return: id of the activity type"""
        # env.ref() asks the database each time whether the type still exists.
        return self.env["ir.model.data"]._xmlid_to_res_id(self._TYPES[communication._family()])

    @api.model
    def _today(self, user, company):
        """:return: today's date where the user of the task is: a job has no time zone"""
        zone = user and user.tz or company.resource_calendar_id.tz or company.partner_id.tz
        return fields.Date.context_today(self.with_context(tz=zone))

    @api.model
    def _link(self, task, communications):
        for communication in communications:
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
        """Mark the open tasks of these contacts as done, if their company wants it (TA3). Tasks on
        other records are closed, too: a contact who has his answer does not wait any more.

        :param communications: answers of our users to the contacts
        """
        answers = {
            (c.company_id, c.contact_value): c
            for c in communications
            if c.res_id and c.contact_value and c.company_id.kala_task_closed_by_reply
        }
        tasks = self._waiting(set(answers))
        for task in tasks:
            task.kala_answer_id = answers[task.kala_company_id, task.kala_contact]
        if tasks:
            tasks.action_feedback(feedback=self.env._("The customer was answered"))

    @api.model
    def _withdraw(self, calls):
        """Take back the tasks of calls that were answered (VO1). Such a call looked missed until
        the last event came, so it got a task."""
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
                }
            )

    @api.model
    def _pass_on(self, call, user):
        """Give the task of a call to another user. If the task is about other calls, too, the call
        leaves it and gets a task of its own (TA2)."""
        if call.activity_id.kala_count == 1:
            call.activity_id.user_id = user
            return
        self._withdraw(call)
        self._create_for([(call, user)])

    @api.model
    def _make_room(self, tasks, user_id):
        """Fold the open tasks of a user into the tasks that he is about to get, if both are about
        the same (TA2).

        :param tasks: ``mail.activity`` that the user is about to get
        :return: the tasks that are left: two of them may be about the same
        """
        ours = tasks.sudo().filtered(lambda task: task.kala_count and task.active)
        folded = self.env["mail.activity"]
        places = {task._kala_place() for task in ours}
        for place, his in self.sudo()._open_tasks(places).items():
            same = ours.filtered(lambda task, place=place: task._kala_place() == place)
            kept = same[:1]
            others = (same - kept) | (his - same).filtered(lambda t: t.user_id.id == user_id)
            self._fold(kept, others)
            folded |= others
        return tasks - folded

    @api.model
    def _fold(self, kept, others):
        """Make one task of several: it takes over their counts and all their messages."""
        if not others:
            return
        if kept.kala_is_put_off and not all(others.mapped("kala_is_put_off")):
            # One of the tasks is not put off: the one that is kept is not, either (TA6).
            self._take_back(kept, "user")
        kept.kala_count += sum(others.mapped("kala_count"))
        kept.kala_since = min(
            (kept | others).filtered("kala_since").mapped("kala_since"), default=False
        )
        self.env["kala.communication"].sudo().search(
            [("activity_id", "in", others.ids)]
        ).activity_id = kept
        others.sudo().unlink()

    @api.model
    def _reopen(self, communications):
        """Open the tasks again that an answer closed, if the answer did not arrive (TA3). If
        another answer is under way, the tasks stay closed.

        Index: ``mail_activity__kala_answer_id_index``.

        :param communications: outgoing messages that failed for good or were cancelled
        """
        if not communications:
            return
        closed = self._closed_by(communications)
        if not closed:
            return
        by_place = {(task._kala_place(), task.user_id): task for task in closed}
        taken = self.sudo()._open_tasks({place for place, _user in by_place})
        answered = self._answered_since(communications)
        for (place, user), task in by_place.items():
            answer = task.kala_answer_id
            # A task without a user stays closed if anybody has an open task there.
            is_taken = place in taken and (not user or user in taken[place].user_id)
            if is_taken or (answer.company_id, answer.contact_value) in answered:
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
        """An answer is sent again on another channel (SE5). The tasks stay closed by the second
        answer. If it cannot be sent, the tasks are open again.

        :param instead: ``kala.communication``; it may be empty
        """
        if instead and instead.state != const.FAILED:
            self._closed_by(communication).kala_answer_id = instead
        else:
            self._reopen(communication)

    @api.model
    def _answered_since(self, communications):
        """Index: ``kala_communication_contact_idx``.

        :return: set of (company, address) of the contacts who get a later answer
        """
        later = (
            self.env["kala.communication"]
            .search(
                [
                    ("contact_value", "in", communications.mapped("contact_value")),
                    ("contact_kind", "in", communications.mapped("contact_kind")),
                    ("company_id", "in", communications.company_id.ids),
                    ("direction", "=", "out"),
                    ("state", "not in", (const.FAILED, const.CANCELLED)),
                    ("id", ">", min(communications.ids)),
                ]
            )
            ._answers()
        )
        return {(c.company_id, c.contact_value) for c in later}

    @api.model
    def _no_answer_note(self, answer):
        if answer.state == const.CANCELLED:
            words = self.env._("The answer was cancelled.")
        else:
            words = self.env._("The answer did not arrive: %s", answer.failure_words or "")
        return Markup("<p>%s</p>") % words

    @api.model
    def _waiting(self, answered):
        """Find the open tasks of contacts, also those that the user may not see.
        Index: ``mail_activity_kala_contact_idx``.

        :param set answered: of (company, address of the contact)
        """
        activities = self.env["mail.activity"].sudo()
        if not answered:
            return activities
        tasks = activities.search(
            [
                ("kala_contact", "in", [value for _c, value in answered]),
                # A task that is put off comes back to its user: an answer does not close it (TA6).
                ("kala_is_put_off", "=", False),
            ]
        )
        return tasks.filtered(lambda task: (task.kala_company_id, task.kala_contact) in answered)

    @api.model
    def _move(self, communication, record):
        """Move the open task of a communication to the record that it was attached to (MA9)."""
        task = communication.activity_id
        if not task.active or (task.res_model, task.res_id) == (
            record._name,
            record.id,
        ):
            return
        place = (record._name, record.id, task.kala_contact, task.kala_kind)
        there = self._open_tasks([place]).get(place, task.browse())
        other = there.filtered(lambda t: t.user_id == task.user_id)
        if other:
            self._fold(other, task)
            return
        task.write(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
            }
        )

    @api.model
    def _merge(self, record, others):
        """Fold the open tasks of merged records into the tasks of the record that stays (MA12)."""
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
        alike = tasks.grouped(lambda t: (t.kala_contact, t.kala_kind, t.user_id))
        for same in alike.values():
            kept = same.filtered(lambda t: t.res_id == record.id)[:1] or same[:1]
            self._fold(kept, same - kept)
            kept.res_id = record.id
        tasks.env.flush_all()
