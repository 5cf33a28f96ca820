from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import channels
from ...tools.period import LONGEST, Period


class Choice(NamedTuple):
    """What a reader of the dashboard has chosen.

    :ivar Period period:
    :ivar channel: code, or False
    :ivar user: id, or False
    :ivar team: id, or False
    :ivar line: id, or False
    """

    period: Period
    channel: str | bool
    user: int | bool
    team: int | bool
    line: int | bool


class KalaDashboard(models.AbstractModel):
    """The filters of the dashboard (LO12)."""

    _inherit = "kala.dashboard"

    @api.model
    def choices(self):
        """What a reader may choose from, in his rights.

        :return: dict ``users``, ``teams``, ``lines``, ``channels``: lists of dicts ``value``,
            ``label``
        """
        self.env["kala.communication"].check_access("read")
        users = self.env["res.users"].search_read(
            [("share", "=", False), ("company_ids", "in", self.env.companies.ids)], ["name"]
        )
        mine = [False, *self.env.companies.ids]
        teams = self.env["crm.team"].search_read([("company_id", "in", mine)], ["name"])
        lines = self.env["kala.line"].with_context(active_test=False)
        lines = lines.search([("company_id", "in", self.env.companies.ids)])
        every = channels.offered(self.env)
        return {
            "users": [_option(row["id"], row["name"]) for row in users],
            "teams": [_option(row["id"], row["name"]) for row in teams],
            "lines": [_option(line.id, line.display_name) for line in lines],
            "channels": [_option(row.code, self.env._(row.label)) for row in every],
        }

    @api.model
    def _choice(self, filters):
        """:param dict filters: ``period``: ``today``, ``week``, ``days``, ``month`` or ``custom``
            with ``first`` and ``last`` (dates); ``channel``, ``user``, ``team``, ``line``
        :return: Choice
        :raise UserError: if a date or an id is none
        """
        if not isinstance(filters, dict):
            raise UserError(self.env._("Choose a period."))
        channel = filters.get("channel") or False
        if channel and channel not in channels.codes():
            raise UserError(self.env._("There is no channel “%s”. Choose another.", channel))
        ids = {name: self._id_of(filters.get(name)) for name in ("user", "team", "line")}
        return Choice(self._period(filters), channel, **ids)

    @api.model
    def _id_of(self, value):
        try:
            return int(value or 0) or False
        except (TypeError, ValueError, OverflowError) as error:
            raise UserError(
                self.env._("“%s” is no filter. Choose from the list.", value)
            ) from error

    @api.model
    def _period(self, filters):
        zone = self._zone()
        name = filters.get("period") or "days"
        if name != "custom":
            today = fields.Date.context_today(self.with_context(tz=zone))
            period = Period.named(str(name), today, zone)
            if not period:
                raise UserError(self.env._("There is no period “%s”. Choose another.", name))
            return period
        first, last = self._date(filters.get("first")), self._date(filters.get("last"))
        if first > last:
            raise UserError(self.env._("The first day is after the last one. Change one of them."))
        if (last - first).days >= LONGEST:
            raise UserError(self.env._("Choose at most %s days.", LONGEST))
        return Period.between(first, last, zone)

    @api.model
    def _zone(self):
        return self.env.user.tz or self.env.company.partner_id.tz or "UTC"

    @api.model
    def _date(self, value):
        """:raise UserError: if it is no date that a calendar has on both sides"""
        try:
            day = fields.Date.to_date(value)
        except (TypeError, ValueError):
            day = None
        if not isinstance(day, date) or not 2000 <= day.year <= 2100:
            raise UserError(self.env._("Choose a first and a last day."))
        return day

    @api.model
    def _chosen_domain(self, choice):
        """:return: Domain of what was chosen but the period, for ``kala.communication`` and
        ``kala.answer`` alike"""
        domain = Domain("company_id", "in", self.env.companies.ids)
        if choice.channel:
            domain &= Domain("channel", "=", choice.channel)
        if choice.user:
            domain &= Domain("user_id", "=", choice.user)
        if choice.team:
            domain &= Domain("user_id.sale_team_id", "=", choice.team)
        if choice.line:
            domain &= Domain("line_id", "=", choice.line)
        return domain


def _option(value, label):
    return {"value": value, "label": label}
