from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Datetime

#: Tasks that come back in one transaction.
BATCH = 200
#: What waits until the contact writes comes back after so long at the latest: he may never write.
LONGEST = timedelta(days=365)


class MailActivity(models.Model):
    """A task that is put off (TA6): until a time, or until the contact writes again.

    Meanwhile its deadline is the day on which it comes back. So each part of Odoo that shows or
    counts what is due leaves it out, the activity menu and the clock on kanban cards among them,
    and none of them has to know of it. An archived activity would be history to Odoo, and the
    contact's next message would make a second task.
    """

    _inherit = "mail.activity"

    kala_since = fields.Datetime(
        string="Waits since", readonly=True, copy=False, help="Date of its first message."
    )
    kala_is_put_off = fields.Boolean(string="Is put off", readonly=True, copy=False)
    kala_put_off_until = fields.Datetime(
        string="Put off until",
        readonly=True,
        copy=False,
        help="When it comes back by itself. Empty: when the contact writes again.",
    )
    kala_put_off_deadline = fields.Date(
        readonly=True, copy=False, help="Its due date before it was put off."
    )
    kala_put_off_before = fields.Datetime(
        readonly=True,
        copy=False,
        help="The time it was put off until, when the contact wrote before. It is offered again.",
    )
    kala_back_date = fields.Datetime(readonly=True, copy=False, help="When it came back last.")

    _kala_mine_idx = models.Index(
        "(user_id, res_model, COALESCE(kala_since, create_date), id) "
        "WHERE active IS TRUE AND kala_count > 0 AND kala_is_put_off IS NOT TRUE"
    )
    _kala_put_off_idx = models.Index(
        "(user_id, res_model, kala_put_off_until, id) "
        "WHERE active IS TRUE AND kala_is_put_off IS TRUE"
    )
    _kala_back_idx = models.Index(
        "(kala_put_off_until) WHERE active IS TRUE AND kala_is_put_off IS TRUE"
    )

    def kala_put_off(self, until=None):
        """Put these tasks off (TA6).

        :param until: naive UTC, or its string; None = until the contact writes again
        :raise AccessError: if the user may not write one of them
        :raise UserError: if the time is past, or more than a year away
        """
        until = self.env["kala.task"]._put_off_time(until)
        self.check_access("write")
        tasks = self.sudo().filtered("active")
        self.env["kala.task"]._put_off(tasks, until)
        # Defined where conversations are listed: conversation/waiting_news.py.
        self.env["kala.communication"]._show_tasks(tasks)
        return True

    def kala_take_back(self):
        """Let these wait for somebody again, as they did before they were put off (TA6).

        :raise AccessError: if the user may not write one of them
        """
        self.check_access("write")
        tasks = self.sudo().filtered("kala_is_put_off")
        self.env["kala.task"]._take_back(tasks, "user")
        self.env["kala.communication"]._show_tasks(tasks)
        return True


class KalaTask(models.AbstractModel):
    """How tasks are put off, and come back (TA6)."""

    _inherit = "kala.task"

    @api.model
    def _put_off_time(self, until):
        """:return: naive UTC; None = until the contact writes again
        :raise UserError: if it is no time, past, or too far away"""
        if not until or until == "contact":
            return None
        try:
            until = Datetime.to_datetime(until).replace(microsecond=0)
        except (TypeError, ValueError, AttributeError) as error:
            raise UserError(
                self.env._("“%s” is no date and time. Choose a time.", until)
            ) from error
        now = Datetime.now()
        if until <= now:
            raise UserError(self.env._("This time is past. Choose a later time."))
        if until > now + LONGEST:
            raise UserError(self.env._("Choose a time within one year."))
        return until

    @api.model
    def _put_off(self, tasks, until):
        """:param tasks: open activities
        :param until: naive UTC; None = until the contact writes again"""
        back = until or Datetime.now() + LONGEST
        for (user, company, was), same in tasks.grouped(
            lambda t: (
                t.user_id,
                t.kala_company_id,
                t.kala_put_off_deadline if t.kala_is_put_off else t.date_deadline,
            )
        ).items():
            same.with_context(mail_activity_quick_update=True).write(
                {
                    "kala_is_put_off": True,
                    "kala_put_off_until": until,
                    "kala_put_off_before": False,
                    "kala_put_off_deadline": was,
                    "date_deadline": self._day_of(back, user, company),
                }
            )
        if tasks and until:
            # The time itself starts the job: nobody looks every minute.
            self.env.ref("kala_comm.ir_cron_put_off").sudo()._trigger(until)

    @api.model
    def _day_of(self, moment, user, company):
        """:return: the date that it is at a moment where the task will be done"""
        zone = user.tz or company.resource_calendar_id.tz or company.partner_id.tz
        return fields.Date.to_date(
            Datetime.context_timestamp(self.with_context(tz=zone), moment).date()
        )

    @api.model
    def _take_back(self, tasks, why):
        """:param tasks: activities that are put off
        :param str why: ``time``: it has come; ``contact``: he wrote; ``user``: he wants it"""
        now = Datetime.now()
        for (user, company, was, until), same in tasks.grouped(
            lambda t: (
                t.user_id,
                t.kala_company_id,
                t.kala_put_off_deadline,
                t.kala_put_off_until,
            )
        ).items():
            today = self._day_of(now, user, company)
            same.with_context(mail_activity_quick_update=True).write(
                {
                    "kala_is_put_off": False,
                    "kala_put_off_until": False,
                    "kala_put_off_deadline": False,
                    "kala_put_off_before": until if why == "contact" else False,
                    "kala_back_date": now,
                    "date_deadline": was or today if why == "user" else today,
                }
            )

    @api.model
    def _wake(self, communications):
        """The contact wrote or called: what was put off on his record, or waits for him on another
        one, is back at once (TA6).

        Indexes: ``mail_activity__res_id_index``, ``mail_activity_kala_contact_idx``.

        :param communications: that just came in
        """
        came = communications.filtered(lambda c: c.direction == "in" and c._is_news(c.kind))
        places, contacts = set(), set()
        for c in came:
            places.add((c.res_model, c.res_id, c.company_id))
            contacts.add((c.contact_value, c.company_id))
        ids = [res_id for _model, res_id, _company in places if res_id]
        values = [value for value, _company in contacts if value]
        if not ids and not values:
            return
        found = self.env["mail.activity"].sudo()
        found = found.search(
            [
                ("kala_is_put_off", "=", True),
                "|",
                ("res_id", "in", ids),
                ("kala_contact", "in", values),
            ]
        )
        models_ = {(model, res_id) for model, res_id, _company in places}
        self._take_back(
            found.filtered(
                lambda t: (
                    (t.res_model, t.res_id, t.kala_company_id) in places
                    or (t.kala_contact, t.kala_company_id) in contacts
                    or (not t.kala_company_id and (t.res_model, t.res_id) in models_)
                )
            ),
            "contact",
        )

    @api.model
    def _remind(self, user, company, records, lasts):
        """Make a task of the user's on records on which he has none, so that they can be put off
        (TA6).

        :param records: of one model
        :param dict lasts: record id → its last communication, perhaps empty
        :return: ``mail.activity``
        """
        if not records:
            return self.env["mail.activity"]
        model_id = self.env["ir.model"]._get_id(records._name)
        today = self._day_of(Datetime.now(), user, company)
        vals_list = []
        for record in records:
            last = lasts[record.id]
            vals_list.append(
                {
                    "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(
                        self._TYPES["text"]
                    ),
                    "res_model_id": model_id,
                    "res_id": record.id,
                    "user_id": user.id,
                    "summary": last and self._summary(last) or record.display_name,
                    "date_deadline": today,
                    "automated": True,
                    "kala_contact": last.contact_value,
                    "kala_kind": "text",
                    "kala_company_id": (last.company_id or company).id,
                    "kala_count": 1,
                    "kala_since": Datetime.now(),
                    "kala_communication_id": last.id,
                }
            )
        return (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(vals_list)
        )

    @api.model
    def _cron_take_back(self):
        """Let what was put off until now wait for somebody again, a batch at a time.

        Index: ``mail_activity_kala_back_idx``.
        """
        while tasks := self._due_back():
            self._take_back(tasks, "time")
            self.env["kala.communication"]._show_tasks(tasks)
            if not self.env["ir.cron"]._commit_progress(len(tasks)):
                return

    @api.model
    def _due_back(self):
        return self.env["mail.activity"].search(
            [
                ("kala_is_put_off", "=", True),
                ("kala_put_off_until", "<=", Datetime.now()),
            ],
            order="kala_put_off_until, id",
            limit=BATCH,
        )
