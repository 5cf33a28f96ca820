from odoo import api, models
from odoo.exceptions import MissingError, UserError
from odoo.fields import Datetime

from ...tools import const

#: Lines of one page, and the most that somebody may ask for.
PAGE, LONGEST_PAGE = 30, 100


class KalaConversation(models.AbstractModel):
    """What the conversation pane of a lead, an order or a customer shows (LO2, LO3, LO4). The
    reader's rights decide about each record; the lines of a record that he may read are his to
    read (LO8)."""

    _name = "kala.conversation"
    _description = "Conversation"

    @api.model
    @api.readonly
    def load(
        self,
        model,
        res_id,
        before=None,
        after=None,
        around=None,
        limit=PAGE,
        only=False,
        company=False,
        channel=None,
        side=None,
    ):
        """Read one page of a conversation: the newest lines, or those before a line, after one,
        or on both sides of one.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param list before: the place of the oldest line that is there already
        :param list after: the place of the newest line that is there already
        :param str around: the key of the line that shall be in the middle of the page
        :param int limit: lines of the page
        :param bool only: of this record only, without the similar ones
        :param bool company: records of the customer's whole company are similar, too (LO2)
        :param str channel: only lines of this channel
        :param str side: only lines of this direction, ``in`` or ``out``
        :return: dict: ``records`` (this one first; dicts ``model``, ``id``, ``name``, ``status``),
            ``lines`` (the oldest first, see :meth:`_lines`), ``more`` (there are older ones; not
            told with ``after``), ``more_after`` (there are newer ones; not told with ``before``),
            ``tasks`` (of the newest page: what waits for somebody); of this record alone (LO9):
            ``read_until`` (UTC, or False: the user has read nothing, and nobody has answered),
            ``unread`` (lines that came since, at most 100), ``read_on_open`` (the user wants that
            opening marks as read)
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        limit = max(1, min(int(limit), LONGEST_PAGE))
        records = self._records(record, only, company)
        places = [(row["model"], row["id"]) for row in records]
        found = self._page(
            places,
            limit,
            older=self._place(before) or self._place_of(around, places),
            newer=self._place(after) or self._place_of(around, places, after=True),
            filters={"channel": channel, "side": side},
        )
        is_newest = not (before or after or around)
        return {
            "records": records,
            **found,
            "tasks": self._tasks(places) if is_newest else [],
            **self._reading(record),
        }

    @api.model
    def _reading(self, record):
        own = (record._name, record.id)
        until, unread = self.env["kala.reading"]._state([own])[own]
        return {
            "read_until": Datetime.to_string(until) or False,
            "unread": unread,
            "read_on_open": self.env.user._kala_reads_on_open(),
        }

    @api.model
    def _page(self, places, limit, older, newer, filters):
        """:param tuple older: lines before this place; None: the newest, or none with ``newer``
        :param tuple newer: lines after this place; None: none of them
        :return: dict ``lines``, ``more`` (older ones), ``more_after``"""
        size = limit // 2 + 1 if older and newer else limit
        before, after = [], []
        if older or not newer:
            before = self._lines(places, older, size + 1, **filters)
        if newer:
            after = self._lines(places, newer, size + 1, newer=True, **filters)
        return {
            "lines": [*before[:size][::-1], *after[:size]],
            "more": len(before) > size,
            "more_after": len(after) > size,
        }

    @api.model
    @api.readonly
    def changed(self, model, res_id, ids, only=False, company=False):
        """Read some lines again, of which the bus told that they changed (LO4).

        :param list ids: of communications
        :return: dict: ``lines`` (those of the ids that stand in this conversation, the oldest
            first), ``gone`` (ids that stand here no longer), ``tasks``, and what :meth:`load` tells
            of reading
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        places = [(row["model"], row["id"]) for row in self._records(record, only, company)]
        asked = [int(i) for i in ids][:LONGEST_PAGE]
        lines = self._lines(places, None, LONGEST_PAGE, None, None, asked) if asked else []
        return {
            "lines": lines[::-1],
            "gone": sorted(set(asked) - {line["id"] for line in lines}),
            "tasks": self._tasks(places),
            **self._reading(record),
        }

    @api.model
    def _record(self, model, res_id):
        """:return: the record, which the user may read"""
        if model not in const.RECORD_MODELS:
            raise UserError(
                self.env._(
                    "Only leads, orders and customers have a conversation. Open one of them."
                )
            )
        if not self.env.user._is_internal():
            raise UserError(self.env._("Only users of the company read conversations."))
        record = self.env[model].browse(int(res_id)).exists()
        if not record:
            raise MissingError(
                self.env._("This record does not exist any more. Go back to the list.")
            )
        record.check_access("read")
        return record

    @api.model
    def _place(self, given):
        """:return: (naive UTC, source, id) of a line, of what the client was given as its place"""
        if not given:
            return None
        try:
            moment, source, line_id = given
            return Datetime.to_datetime(moment), str(source), int(line_id)
        except (TypeError, ValueError):
            raise self._no_line() from None

    @api.model
    def _no_line(self):
        return UserError(
            self.env._("This message is not in the conversation any more. Open it again.")
        )
