from odoo import api, models
from odoo.exceptions import AccessError, UserError


class KalaWaiting(models.Model):
    """What the buttons of the inbox do with the selected conversations (LO9, TA5, TA6). Records
    that the user may not read are left out: for him they are gone. Each button returns what
    :meth:`rows` returns for the tab ``tab``."""

    _inherit = "kala.waiting"

    @api.model
    def done(self, keys, tab="mine"):
        """What came needs no answer (TA): close the user's own tasks and nobody's, and mark as
        read. A colleague's task stays his work; while there is one, the contact goes on waiting.

        :param list keys: such as ``crm.lead,46``
        :raise AccessError: if the user may not close one of the tasks
        :raise UserError: if these are more than 1000
        """
        records = self._chosen(keys)
        tasks = self._tasks_of(records)
        own = tasks.filtered(lambda t: t.user_id.id in (self.env.uid, False))
        closing = own.with_user(self.env.uid)
        closing.check_access("write")
        if closing:
            closing.action_feedback()
        others = {(task.res_model, task.res_id) for task in tasks - own}
        places = self._list(records)
        self._set_done([place for place in places if place not in others], self.env.companies.ids)
        return self._after_button(keys, places, tab, marked=True)

    @api.model
    def assign(self, keys, user_id, tab="mine"):
        """Make a user responsible for these records, where the caller may write them, and give him
        their open tasks (TA5).

        :param int user_id: False = nobody
        :raise AccessError: if the caller may neither write a record nor its tasks
        :raise UserError: if the user is archived, no employee or may not read the record
        """
        records = self._chosen(keys)
        user = self.env["res.users"].sudo().browse(int(user_id or 0)).exists()
        tasks = self._tasks_of(records).with_user(self.env.uid)
        writable = {
            model: of.sudo(False)._filtered_access("write") for model, of in records.items()
        }
        writable_tasks = tasks._filtered_access("write")
        told = {(t.res_model, t.res_id) for t in writable_tasks.sudo()}
        told |= set(self._list(writable))
        if any(place not in told for place in self._list(records)):
            raise AccessError(
                self.env._(
                    "You may not change one of these records, so you cannot give it to somebody. "
                    "Choose others."
                )
            )
        for model, of_model in records.items():
            self._check_may_take(user, model, of_model)
        for of_model in writable.values():
            other = of_model.filtered(lambda record: record.user_id.id != user.id)
            other.write({"user_id": user.id})
        writable_tasks.filtered(lambda t: t.user_id.id != user.id).write({"user_id": user.id})
        return self._after_button(keys, self._list(records), tab, users=user)

    @api.model
    def put_off(self, keys, until=None, tab="mine"):
        """Put these conversations off (TA6): the user's own tasks and nobody's, which become his.
        Where he has none, a task is made, so that the conversation comes back all the same.

        :param until: naive UTC or its string; None or ``contact`` = until the contact writes again
        :raise AccessError: if the user may not write one of the tasks
        :raise UserError: if the time is past, or more than a year away
        """
        until = self.env["kala.task"]._put_off_time(until)
        records = self._chosen(keys)
        tasks = self._tasks_of(records).filtered(lambda t: t.user_id.id in (self.env.uid, False))
        tasks.with_user(self.env.uid).check_access("write")
        nobodys = tasks.filtered(lambda t: not t.user_id)
        if nobodys:
            nobodys.with_user(self.env.uid).write({"user_id": self.env.uid})
            tasks = tasks.exists()
        have = {(task.res_model, task.res_id) for task in tasks}
        for model, of_model in records.items():
            missing = of_model.filtered(lambda r, model=model: (model, r.id) not in have)
            tasks |= self._remind(missing.sudo())
        self.env["kala.task"].sudo()._put_off(tasks, until)
        return self._after_button(keys, self._list(records), tab)

    @api.model
    def take_back(self, keys, tab="put_off"):
        """Let these wait for the user again (TA6).

        :raise AccessError: if he may not write one of the tasks
        """
        records = self._chosen(keys)
        tasks = self._tasks_of(records).filtered(
            lambda t: t.kala_is_put_off and t.user_id.id == self.env.uid
        )
        tasks.with_user(self.env.uid).kala_take_back()
        return self._after_button(keys, self._list(records), tab)

    @api.model
    def mark_read(self, keys, tab="mine"):
        """The user has read what came (LO9). It is a mark of his own."""
        records = self._chosen(keys)
        self.env["kala.reading"].sudo()._mark(self._list(records), True)
        return self.rows(keys, tab)

    @api.model
    def mark_unread(self, keys, tab="mine"):
        """The user wants to see these as unread, until he marks them or somebody answers."""
        records = self._chosen(keys)
        self.env["kala.reading"].sudo()._mark(self._list(records), False)
        return self.rows(keys, tab)

    # ------------------------------------------------------------------ helpers

    @api.model
    def _chosen(self, keys):
        """:return: dict model → records that the user may read"""
        self._check_reader()
        self._check_most(keys)
        return self._records_of(keys)

    @api.model
    def _list(self, records):
        """:return: list of (model, id)"""
        return [(model, i) for model, of_model in records.items() for i in of_model.ids]

    @api.model
    def _tasks_of(self, records):
        """Index: ``mail_activity__res_id_index``.

        :return: open tasks of ours on some records, and what is put off on them, of the selected
            companies; as superuser
        """
        tasks = self.env["mail.activity"].sudo()
        for model, of_model in records.items():
            tasks |= tasks.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", of_model.ids),
                    ("kala_company_id", "in", [*self.env.companies.ids, False]),
                    "|",
                    ("kala_count", ">", 0),
                    ("kala_is_put_off", "=", True),
                ],
                order="id",
            )
        return tasks

    @api.model
    def _remind(self, records):
        """:return: new tasks of the user's on records of one model"""
        lines = self.env["kala.communication"].sudo()
        rows = self.sudo().search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("company_id", "in", self.env.companies.ids),
            ],
            order="last_date, id",
        )
        last = {row.res_id: row.last_id for row in rows}
        known = {line.id: line for line in lines.browse(last.values()).exists()}
        lasts = {record.id: known.get(last.get(record.id), lines) for record in records}
        return self.env["kala.task"].sudo()._remind(self.env.user, self.env.company, records, lasts)

    @api.model
    def _check_may_take(self, user, model, records):
        """:raise UserError: if the user cannot be responsible for these"""
        if not user:
            return
        if not user.active or user.share:
            raise UserError(self.env._("This user is no employee any more. Choose somebody else."))
        companies = user.company_ids.ids
        readable = self.env[model].with_user(user).with_context(allowed_company_ids=companies)
        of_company = records.sudo().filtered(
            lambda r: not r.company_id or r.company_id.id in companies
        )
        if of_company != records or not readable.has_access("read"):
            raise UserError(
                self.env._("This user may not see one of these records. Choose somebody else.")
            )

    @api.model
    def _after_button(self, keys, places, tab, marked=False, users=None):
        if marked:
            self.env["kala.reading"].sudo()._mark(places, True)
        self.env.flush_all()
        self.env["kala.communication"].sudo()._show_places(places, users)
        return self.rows(keys, tab)
