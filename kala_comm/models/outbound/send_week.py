from datetime import timedelta

import pytz
from babel.dates import get_day_names

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import babel_locale_parse, format_date, format_datetime, get_lang

from ...tools import week as weeks

#: Holidays that are listed beside a week.
HOLIDAYS = 5
#: What a calendar consists of.
PARTS = ("resource.calendar.attendance", "resource.calendar.leaves")
#: Where who sends names the calendar that he sends in.
OWN = (("res.company", "kala_send_window_id"), ("kala.line", "calendar_id"))


class KalaSendWindow(models.AbstractModel):
    """A send window as people see it: seven days with their hours (WI1). It stays Odoo's working
    calendar (WI2); one that others go by as well is left to them, and sending gets its own."""

    _inherit = "kala.send.window"

    # ------------------------------------------------------------------ read

    @api.model
    def _week(self, calendar, owner):
        """
        :param calendar: ``resource.calendar``; empty: texts leave at any time
        :param owner: the company or line that sends in it
        :return: dict of what the widget shows; False without a calendar
        """
        if not calendar:
            return False
        calendar = calendar.sudo()
        hours = calendar._kala_hours()
        return {
            "id": calendar.id,
            "name": calendar.name,
            "tz": calendar.tz,
            "days": self._days(hours),
            "words": weeks.words(hours, self._day_order(), self._day_names("abbreviated")),
            "holidays": self._holidays(calendar, self._company_of(owner)),
            "shared": self._shared_sentence(calendar, owner),
            "is_plain": calendar._kala_is_plain(),
            **self._now_words(calendar),
        }

    @api.model
    def _days(self, hours):
        names = self._day_names("wide")
        return [{"day": day, "name": names[day], "ranges": hours[day]} for day in self._day_order()]

    @api.model
    def _now_words(self, calendar):
        now = fields.Datetime.now()
        opening = self._next_opening(calendar, now)
        if opening == now:
            return {"is_open": True, "now": self.env._("now open")}
        if opening is None:
            return {"is_open": False, "now": self.env._("never opens within a year")}
        far = opening - now > timedelta(days=6)
        moment = format_datetime(
            self.env, opening, tz=calendar.tz, dt_format="d MMM H:mm" if far else "EEE H:mm"
        )
        return {"is_open": False, "now": self.env._("opens %s", moment)}

    @api.model
    def _holidays(self, calendar, company):
        """:return: list of sentences: the next days on which the window is closed"""
        leaves = self.env["resource.calendar.leaves"].sudo()
        found = leaves.search(
            [
                ("resource_id", "=", False),
                ("calendar_id", "in", (calendar.id, False)),
                ("company_id", "in", (company.id, False)),
                ("date_to", ">=", fields.Datetime.now()),
            ],
            order="date_from",
            limit=HOLIDAYS,
        )
        return [self._holiday_words(leave, calendar.tz) for leave in found]

    @api.model
    def _holiday_words(self, leave, tz):
        zone = pytz.timezone(tz or "UTC")
        first, last = (
            pytz.utc.localize(moment).astimezone(zone).date()
            for moment in (leave.date_from, leave.date_to)
        )
        days = format_date(self.env, first)
        if last > first:
            days = f"{days} – {format_date(self.env, last)}"
        return f"{days}: {leave.name}" if leave.name else days

    @api.model
    def _company_of(self, owner):
        return owner if owner._name == "res.company" else owner.company_id

    @api.model
    def _shared_sentence(self, calendar, owner):
        """:return: who else goes by these hours; "" where nobody does"""
        others = self._others(calendar, owner)
        if not others:
            return ""
        return self.env._(
            "Others go by the hours of “%(calendar)s”, too: %(others)s. When you change them here, "
            "only these texts get other hours.",
            calendar=calendar.name,
            others=", ".join(others),
        )

    @api.model
    def _others(self, calendar, owner):
        """:return: list of words: who else would be changed with these hours"""
        words = {
            ("res.company", "resource_calendar_id"): self.env._("the working hours of a company"),
            ("resource.resource", "calendar_id"): self.env._("the working hours of employees"),
            ("res.company", "kala_send_window_id"): self.env._("the send window of a company"),
            ("kala.line", "calendar_id"): self.env._("the send window of other lines"),
        }
        return [
            words.get(place) or self.env["ir.model"]._get(place[0]).display_name
            for place in self._places_of_calendars()
            if self._goes_by(calendar, place, owner)
        ]

    @api.model
    def _places_of_calendars(self):
        """:return: list of (model, field) that name a calendar, of whichever addon"""
        named = self.env["ir.model.fields"].sudo()
        named = named.search(
            [
                ("relation", "=", "resource.calendar"),
                ("ttype", "=", "many2one"),
                ("store", "=", True),
                ("model", "not in", PARTS),
            ],
            order="id",
        )
        models_of = self.env.registry
        return [
            (field.model, field.name)
            for field in named
            if field.model in models_of
            and models_of[field.model]._auto
            and not models_of[field.model]._transient
        ]

    @api.model
    def _goes_by(self, calendar, place, owner):
        """:return: whether anybody but the owner goes by it, also who is archived: he comes back"""
        model, name = place
        domain = [(name, "=", calendar.id)]
        if place in OWN and model == owner._name:
            domain.append(("id", "not in", owner._origin.ids))
        holders = self.env[model].sudo().with_context(active_test=False)
        return bool(holders.search_count(domain, limit=1))

    # ------------------------------------------------------------------ written

    @api.model
    def _write_week(self, holder, name, owner, given):
        """Give a company or a line the hours of a week.

        :param holder: record whose field names the calendar: the owner, or the settings
        :param str name: of that field
        :param owner: the company or line that sends in it
        :param dict given: of the widget: ``days``
        :raise UserError: with what is wrong with the hours
        """
        days, kept = (given or {}).get("days"), holder[name].sudo()
        if kept and days == self._days(kept._kala_hours()):
            # The settings send it along with all others; also weeks that differ, which overlap.
            return
        hours = self._read_week(days)
        if kept and weeks.is_same(kept._kala_hours(), hours):
            return
        if kept and not kept._kala_is_plain():
            raise UserError(
                self.env._(
                    "The weeks of “%s” differ from each other. Change it under Working Schedules, "
                    "or choose another one.",
                    kept.name,
                )
            )
        if not any(hours.values()):
            raise UserError(
                self.env._(
                    "Every day is closed: texts would never leave. Give hours to one day at least, "
                    "or let texts leave at any time."
                )
            )
        self._check_may_write(holder)
        rows = self._attendances(hours)
        if kept and not self._others(kept, owner):
            kept.write({"attendance_ids": [Command.clear(), *rows]})
            return
        made = self._make_calendar(self._company_of(owner), kept, rows)
        holder[name] = made.with_env(holder.env)

    @api.model
    def _check_may_write(self, holder):
        """Administrators write calendars; managers of the communication those of their lines."""
        if self.env.su or self.env["resource.calendar"].has_access("write"):
            return
        if not self.env.user.has_group("kala_comm.group_manager"):
            raise AccessError(
                self.env._("Only communication managers change send windows. Ask one of them.")
            )
        holder.check_access("write")

    @api.model
    def _make_calendar(self, company, like, rows):
        """:return: a calendar for sending alone, with the holidays of the one that it is like"""
        values = {
            "name": self.env._("Send window of %s", company.name),
            "company_id": company.id,
            "tz": like.tz or self._zone_of_company(company),
            "two_weeks_calendar": False,
            "attendance_ids": rows,
        }
        if like:
            values["global_leave_ids"] = [
                Command.create(leave._copy_leave_vals())
                for leave in like.leave_ids
                if not leave.resource_id and leave.date_to >= fields.Datetime.now()
            ]
        return self.env["resource.calendar"].sudo().create(values)

    @api.model
    def _zone_of_company(self, company):
        """:return: the zone of who sets it up, else that of the country, else of the company"""
        of_country = pytz.country_timezones.get(company.country_id.code or "", [])
        only = of_country[0] if len(of_country) == 1 else None
        return only or self.env.user.tz or company.resource_calendar_id.tz or "UTC"

    @api.model
    def _attendances(self, hours):
        names = self._day_names("wide")
        return [
            Command.create(
                {
                    "name": names[day],
                    "dayofweek": day,
                    "hour_from": start,
                    "hour_to": end,
                    "day_period": self._period(start, end),
                }
            )
            for day, ranges in hours.items()
            for start, end in ranges
        ]

    @staticmethod
    def _period(start, end):
        if end <= 13:
            return "morning"
        return "afternoon" if start >= 12 else "full_day"

    @api.model
    def _read_week(self, days):
        try:
            return weeks.read(days)
        except weeks.BadWeek as error:
            day, fault = error.args
            name = self._day_names("wide").get(day, day)
            raise UserError(
                {
                    "overlap": self.env._(
                        "The hours of %s overlap. Let one end before the next one begins.", name
                    ),
                    "order": self.env._(
                        "On %s, hours must end after they begin, at midnight at the latest.", name
                    ),
                }.get(fault)
                or self.env._("These are no hours of a week. Reload the page and try again.")
            ) from error

    # ------------------------------------------------------------------ words

    @api.model
    def _day_order(self):
        return weeks.in_order(self._first_day())

    @api.model
    def _first_day(self):
        """:return: the day that the reader's week begins with, 0 is Monday"""
        return int(get_lang(self.env).week_start) - 1

    @api.model
    def _day_names(self, width):
        """:param str width: ``wide`` or ``abbreviated``"""
        names = get_day_names(width, locale=babel_locale_parse(get_lang(self.env).code))
        return {str(day): name for day, name in names.items()}


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _kala_is_plain(self):
        """:return: whether its weeks are all alike, by the hours"""
        return not (self.two_weeks_calendar or self.flexible_hours or self.duration_based)

    def _kala_hours(self):
        """:return: dict day → list of [from, to], in hours; ranges that touch are one"""
        hours = {day: [] for day in weeks.DAYS}
        for row in self.attendance_ids.sorted("hour_from"):
            if not row._is_work_period():
                continue
            ranges = hours[row.dayofweek]
            if ranges and ranges[-1][1] == row.hour_from:
                ranges[-1][1] = row.hour_to
            else:
                ranges.append([row.hour_from, row.hour_to])
        return hours


class KalaLine(models.Model):
    _inherit = "kala.line"

    send_week = fields.Json(
        string="Hours",
        compute="_compute_send_week",
        inverse="_inverse_send_week",
        help="Days and hours in which texts leave from this line.",
    )

    @api.depends("calendar_id", "company_id")
    def _compute_send_week(self):
        window = self.env["kala.send.window"]
        for line in self:
            line.send_week = window._week(line.calendar_id, line)

    def _inverse_send_week(self):
        window = self.env["kala.send.window"]
        for line in self.filtered("send_week"):
            window._write_week(line, "calendar_id", line, line.send_week)
