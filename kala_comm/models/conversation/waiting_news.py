from odoo import api, models
from odoo.tools import SQL

from ...tools import const

#: What users keep of a record: it goes with the record into which that is merged.
FOLLOWING = ("kala.reading", "kala.draft", "kala.first.view")


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
    def _leave_records(self, model, ids, into=None, moved=0):
        """Records are deleted, or merged into one: so are their conversations.

        :param into: the record that stays
        :param int moved: how many communications it has got
        """
        waiting = self.env["kala.waiting"].sudo()
        if self._has_rows_of(model, ids):
            waiting._drop(model, ids)
            for name in FOLLOWING:
                self.env[name].sudo()._follow(model, ids, into.id if into else None)
        if into and moved:
            waiting._refresh(waiting._companies_of(model, into.id))

    @api.model
    def _has_rows_of(self, model, ids):
        """Most records that are merged or deleted have no conversation: one question instead of
        two statements for each table.

        Indexes: ``kala_waiting_place_uniq``, ``kala_reading_place_uniq``,
        ``kala_draft_place_uniq``, ``kala_first_view_place_uniq``.
        """
        names = ("kala.waiting", *FOLLOWING)
        for name in names:
            self.env[name].flush_model()
        there = SQL(" OR ").join(
            SQL(
                "EXISTS (SELECT FROM %s WHERE res_model = %s AND res_id = ANY(%s))",
                SQL.identifier(self.env[name]._table),
                model,
                list(ids),
            )
            for name in names
        )
        return self.env.execute_query(SQL("SELECT %s", there))[0][0]

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
