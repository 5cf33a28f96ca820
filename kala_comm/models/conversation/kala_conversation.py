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
    def load(self, model, res_id, before=None, limit=PAGE, only=False, channel=None, side=None):
        """Read one page of a conversation: the newest lines, or those before a line.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :param list before: the place of the oldest line that is there already; default: none is
        :param int limit: lines of the page
        :param bool only: of this record only, without the similar ones
        :param str channel: only lines of this channel
        :param str side: only lines of this direction, ``in`` or ``out``
        :return: dict: ``records`` (this one first; dicts ``model``, ``id``, ``name``, ``status``),
            ``lines`` (the oldest first, see :meth:`_lines`), ``more`` (there are older ones),
            ``tasks`` (of the first page: what waits for somebody); of this record alone (LO9):
            ``read_until`` (UTC, or False: the user has read nothing, and nobody has answered),
            ``unread`` (lines that came since, at most 100), ``read_on_open`` (the user wants that
            opening marks as read)
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        limit = max(1, min(int(limit), LONGEST_PAGE))
        records = self._records(record, only)
        places = [(row["model"], row["id"]) for row in records]
        lines = self._lines(places, self._place(before), limit + 1, channel, side)
        return {
            "records": records,
            "lines": lines[:limit][::-1],
            "more": len(lines) > limit,
            "tasks": [] if before else self._tasks(places),
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
    @api.readonly
    def changed(self, model, res_id, ids, only=False):
        """Read some lines again, of which the bus told that they changed (LO4).

        :param list ids: of communications
        :return: dict: ``lines`` (those of the ids that stand in this conversation, the oldest
            first) and ``tasks``
        :raise AccessError: if the user may not read the record
        """
        record = self._record(model, res_id)
        places = [(row["model"], row["id"]) for row in self._records(record, only)]
        asked = [int(i) for i in ids][:LONGEST_PAGE]
        lines = self._lines(places, None, LONGEST_PAGE, None, None, asked)
        return {"lines": lines[::-1], "tasks": self._tasks(places)}

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
    def _place(self, before):
        """:return: (naive UTC, source, id) of a line, of what the client was given as its place"""
        if not before:
            return None
        moment, source, line_id = before
        return Datetime.to_datetime(moment), str(source), int(line_id)
