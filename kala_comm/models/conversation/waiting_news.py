from odoo import api, models

from ...tools import const


class KalaCommunication(models.Model):
    """How news of the log reaches the inbox (LO9): the rooms below call these."""

    _inherit = "kala.communication"

    def _waiting_places(self):
        """:return: set of (model, id, company id) of the conversations that these belong to"""
        return {(c.res_model, c.res_id, c.company_id.id) for c in self if c.res_id}

    def _show_waiting(self, before=()):
        """Something that a person wrote, or that came in, changes its conversations at once, in the
        caller's transaction: he looks at the list.

        :param before: places that these belonged to
        """
        typed = self.filtered(lambda c: c.priority == const.PRIORITY_PERSON)
        places = typed._waiting_places() | set(before)
        if places:
            waiting = self.env["kala.waiting"].sudo()
            waiting._refresh(places)
            waiting._tell(places)

    def _list_waiting(self):
        """The same for what a job has logged: its own step, after the batch
        (docs/architecture.md, 3.8)."""
        places = self.sudo()._waiting_places()
        waiting = self.env["kala.waiting"].sudo()
        waiting._refresh(places)
        waiting._tell(places)

    @api.model
    def _leave_records(self, model, ids, into=None):
        """Records are deleted, or merged into one: so are their conversations."""
        waiting = self.env["kala.waiting"].sudo()
        waiting._drop(model, ids)
        self.env["kala.reading"].sudo()._follow(model, ids, into.id if into else None)
        self.env["kala.draft"].sudo()._follow(model, ids, into.id if into else None)
        self.env["kala.first.view"].sudo()._follow(model, ids, into.id if into else None)
        if into:
            waiting._refresh(waiting._companies_of(model, into.id))

    @api.model
    def _show_tasks(self, tasks):
        """Tasks were put off or came back: lists and open conversations show it."""
        places = {(t.res_model, t.res_id, t.kala_company_id.id) for t in tasks if t.res_id}
        self.env["kala.waiting"].sudo()._tell(places)
        for model, res_id, company_id in places:
            # No communication changed: an open conversation reads its tasks again.
            self.env["kala.live"]._tasks_changed(model, res_id, company_id)

    @api.model
    def _note_tasks(self, tasks, is_active):
        """Tasks were done, opened again or given to somebody, by whatever button. Who is done with
        the last task of a record says that nobody waits on it (LO9), unless it was an answer that
        closed it: the log knows that better, and takes it back where the answer fails (TA3).

        :param is_active: what ``active`` was set to; None = it was not
        """
        waiting = self.env["kala.waiting"].sudo()
        if is_active is False:
            waiting._note_done(tasks.filtered(lambda t: not t.kala_answer_id))
        elif is_active:
            waiting._undo_done(tasks)
        waiting._tell({(t.res_model, t.res_id, t.kala_company_id.id) for t in tasks})

    @api.model
    def _show_places(self, places, users=None):
        """A button changed the tasks of some records.

        :param list places: of (model, id)
        :param users: who hears of it, too
        """
        company_id = self.env.company.id
        self.env["kala.waiting"].sudo()._tell({(*p, company_id) for p in places}, users)
