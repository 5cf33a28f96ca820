from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import const

#: Rows of one page, and the most that somebody may ask for.
PAGE, LONGEST_PAGE = 40, 100
#: Rows that one button works on at most.
MOST = 1000


class KalaWaiting(models.Model):
    """The conversations of the inbox (LO9): one narrow row for each record and company with
    communications that are attached to it, so that sorting a million lines of the log is never
    asked for. Who may read the record reads its row (LO8); what the row shows beyond this is read
    from the log, for one page at a time.

    What waits for whom is not copied here. It stands in the tasks (TA2), which have several users
    for one record; the tabs Mine, Without responsible, Missed calls and For later read their
    indexes.
    So these tabs and the counts of TA4 speak of the same tasks.

    The rows are written from the log, never step by step: see ``kala_waiting_refresh.py``.
    """

    _name = "kala.waiting"
    _inherit = ["kala.hidden.name", "kala.log.fill"]
    _description = "Conversation in the Inbox"
    _log_access = False

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(required=True, readonly=True, model_field="res_model")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    # No foreign key: the log deletes millions of old lines without asking this table.
    last_id = fields.Integer(readonly=True, help="Id of the last communication.")
    last_date = fields.Datetime(required=True, readonly=True)
    waiting_since = fields.Datetime(
        readonly=True, help="The first message that nobody has answered; empty = none waits."
    )
    done_date = fields.Datetime(
        readonly=True, help="When somebody said that what came until then needs no answer."
    )

    _place_uniq = models.UniqueIndex(
        "(res_model, res_id, company_id)", "A record has one conversation in a company."
    )
    _newest_idx = models.Index("(res_model, company_id, last_date DESC, id DESC)")

    # ------------------------------------------------------------------ what the client asks

    @api.model
    @api.readonly
    def load(self, tab="mine", after=None, limit=PAGE, order="waiting", search="", count=True):
        """Read one page of a tab of the inbox (LO9).

        **Live**: subscribe to the bus channel ``kala_comm/inbox``. Messages of type
        ``kala_comm/inbox`` say that something changed: ``{"keys": [...]}`` to the users whose work
        it is (keys of rows that they have or may get), ``{"company_id": n}`` without keys to all of
        the company. Ask :meth:`rows` for the rows on screen (it tells which of them changed, which
        are gone, and the counts), and :meth:`load` again where ``keys`` has one that is not on
        screen or a count grew. Events are left out while others were sent less than a second ago,
        so ask once more some seconds after the last one. Nothing is asked while nothing happens.

        :param str tab: ``mine``, ``unassigned``, ``missed``, ``failed``, ``scheduled``,
            ``put_off`` or ``all``
        :param list after: the ``place`` of the last row that is there; default: from the start
        :param int limit: rows
        :param str order: ``waiting``: who waits longest first (put off and scheduled: what comes
            first); ``newest``: the other way round. ``all`` has the newest first either way
        :param str search: words of the record's or the customer's name, of a number, or of the
            newest lines with these words
        :param bool count: tell the counts of the tabs, too. They cost more than the rows: a screen
            asks for the rows without them, and for :meth:`counts` beside that
        :return: dict: ``rows`` (see :meth:`rows`), ``more`` (there are further ones), ``counts``
            (see :meth:`counts`; only with ``count``), ``read_on_open`` (opening marks as read),
            ``late_minutes`` (who waits as long as this waits too long; 0: nobody does)
        :raise AccessError: if the user may not read communications
        :raise UserError: if there is no such tab or order
        """
        self._check_reader()
        limit = max(1, min(int(limit), LONGEST_PAGE))
        found = self._places(tab, after, limit + 1, order, search)
        return {
            "rows": self._rows(found[:limit], tab),
            "more": len(found) > limit,
            **({"counts": self._counts()} if count else {}),
            "read_on_open": self.env.user._kala_reads_on_open(),
            "late_minutes": self.env.company.sudo().kala_inbox_late_minutes,
        }

    @api.model
    @api.readonly
    def counts(self):
        """Count the conversations of each tab (TA4).

        :return: dict tab → number, at most 1000
        :raise AccessError: if the user may not read communications
        """
        self._check_reader()
        return self._counts()

    @api.model
    @api.readonly
    def rows(self, keys, tab):
        """Read some rows again (LO9).

        :param list keys: of rows, such as ``crm.lead,46``
        :param str tab: as of :meth:`load`
        :return: dict: ``rows``, a list of dicts ``key``, ``model``, ``id``, ``place``, ``name``,
            ``customer``, ``customer_id``, ``avatar``, ``channel``, ``text``, ``side``,
            ``call_status``, ``state``, ``date``, ``waiting_since``, ``unread``, ``user_id``,
            ``user``, ``tasks`` (ids), ``put_off_until`` (UTC, ``contact`` or False),
            ``put_off_again`` (UTC: the time to offer again, or False), ``status``, ``has_draft``;
            ``gone`` (keys that are in this tab no more), ``counts``
        """
        self._check_reader()
        asked = self._places_of(keys)
        found = self._places(tab, None, len(asked), "waiting", "", asked) if asked else []
        rows = self._rows(found, tab)
        left = {row["key"] for row in rows}
        return {
            "rows": rows,
            "gone": [key for key in dict.fromkeys(map(str, keys)) if key not in left],
            "counts": self._counts(),
        }

    # ------------------------------------------------------------------ keys

    @api.model
    def _check_reader(self):
        """:raise AccessError: if the user may not read communications"""
        self.env["kala.communication"].check_access("read")

    @api.model
    def _places_of(self, keys):
        """:return: list of (model, id) of keys; what is no key is none of ours"""
        places = []
        for key in list(dict.fromkeys(map(str, keys)))[:MOST]:
            model, _comma, res_id = key.partition(",")
            if model in const.RECORD_MODELS and res_id.isdecimal() and len(res_id) < 10:
                places.append((model, int(res_id)))
        return places

    @api.model
    def _key_of(self, model, res_id):
        return f"{model},{res_id}"

    @api.model
    def _records_of(self, keys):
        """:return: dict model → records of keys that are there and that the user may read"""
        ids = {}
        for model, res_id in self._places_of(keys):
            ids.setdefault(model, []).append(res_id)
        return {
            model: self.env[model]
            .with_context(active_test=False)
            .search([("id", "in", of_model)], order="id")
            .with_context(active_test=True)
            for model, of_model in ids.items()
            if self.env[model].has_access("read")
        }

    @api.model
    def _check_most(self, keys):
        if len(keys) > MOST:
            raise UserError(
                self.env._("These are more than %s conversations. Choose fewer of them.", MOST)
            )
