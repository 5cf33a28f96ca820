from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: What a long transaction saved meanwhile is looked for once more (AU4 keeps it to once).
LOOK_BACK = timedelta(minutes=15)
#: Days are counted by the clock of the company: zones and the hour of a date move the moment by
#: less than this.
SLACK = timedelta(hours=38)
#: Records that are read at once.
PAGE = 1000


class KalaRule(models.Model):
    """Rules about dates: which of them are due. The date that stands in the record now is what
    counts: one that was moved moves its reminder, one that was removed has none (AU7)."""

    _inherit = "kala.rule"

    def _queue_due(self):
        """Write down what has become due since the last look, never anything of before the rule
        was started. What is read grows with what is due, by the index of the date."""
        self.ensure_one()
        self._stop_without_owner()
        if self.state != "running":
            return
        now = fields.Datetime.now()
        since = max(self.started, self.checked - LOOK_BACK)
        for page in self._due_pages(since, now):
            self.env["kala.rule.log"]._insert(self, page)
        self.checked = now

    def _due_pages(self, since, until):
        """:param datetime since: naive UTC; what is due then is not meant
        :param datetime until: naive UTC; what is due then is meant
        :return: iterator of lists of rows, of :meth:`kala.rule.log._insert`"""
        for records, name in self._candidates(since, until):
            due = {r: self._due_moment(r[name], r, until) for r in records}
            found = records.filtered(lambda r, due=due: since < due[r] <= until)
            if found:
                yield self._due_rows(found, name, due)

    def _due_rows(self, records, name, due):
        if records._name != "mail.activity":
            met = self._drop_unmet(records)
            return [(r.id, self._date_event(r), 0, self._status_of(r), due[r]) for r in met]
        model = self.env[self.model_id.model]
        about = model.browse(set(records.mapped("res_id"))).exists()
        about = self._drop_unmet(about.filtered_domain(self._conditions()))
        about = {r.id: r for r in about}
        return [
            (r.res_id, f"overdue:{r.id}:{r[name]}", r.id, self._status_of(about[r.res_id]), due[r])
            for r in records
            if r.res_id in about
        ]

    def _date_event(self, record):
        """:return: str: the date that stands in the record now; of every year, with the year"""
        value = record[self.date_field_id.name]
        if self.yearly and value:
            return f"date:{self._this_year(value, fields.Date.today())}"
        return f"date:{value}"

    # ------------------------------------------------------------------ find

    def _candidates(self, since, until):
        """Find the records whose moment may lie in some time, page by page, each page after the
        last date and id of the one before.

        :return: iterator of (records, name of their date)
        """
        if self.trigger == "activity_overdue":
            model, name = "mail.activity", "date_deadline"
            domain = Domain("res_model", "=", self.model_id.model)
        else:
            model, name = self.model_id.model, self.date_field_id.name
            domain = Domain(self._conditions()) & self._own_company(model)
        model = self.env[model].sudo()
        domain &= self._window(model._fields[name], name, since, until)
        after = Domain.TRUE
        while True:
            page = model.search(domain & after, order=f"{name}, id", limit=PAGE)
            if page:
                yield page, name
            if len(page) < PAGE:
                return
            last = page[-1]
            after = Domain(name, ">", last[name]) | (
                Domain(name, "=", last[name]) & Domain("id", ">", last.id)
            )

    def _own_company(self, model):
        name = self.env[model]._mail_get_company_field()
        field = self.env[model]._fields.get(name)
        if not field or not field._description_searchable:
            return Domain.TRUE
        return Domain(name, "in", [False, self.company_id.id])

    def _window(self, field, name, since, until):
        """:return: domain of the dates whose moments may lie between two, naive UTC"""
        if self.yearly and self.trigger == "date":
            days, day = set(), self._earliest(since - SLACK).date()
            while day <= self._latest(until + SLACK).date():
                days.add((day.month, day.day))
                day += timedelta(days=1)
            return Domain.OR(
                Domain(f"{name}.month_number", "=", month) & Domain(f"{name}.day_of_month", "=", d)
                for month, d in sorted(days)
            )
        slack = timedelta() if self._is_exact(field) else SLACK
        first, last = self._earliest(since - slack), self._latest(until + slack)
        if field.type == "date":
            first, last = first.date(), last.date()
        return Domain(name, ">=", first) & Domain(name, "<=", last)

    def _is_exact(self, field):
        return field.type == "datetime" and self._shift()[1] in ("minutes", "hours")

    def _shift(self):
        """:return: (how many, of which unit) from the date to the moment; negative: before it"""
        if self.trigger == "activity_overdue":
            return 1, "days"
        return -self.delay if self.delay_mode == "before" else self.delay, self.delay_unit

    def _earliest(self, moment):
        """:return: datetime: no date before it has its moment after ``moment``"""
        count, unit = self._shift()
        if unit != "working_days":
            return moment - timedelta(**{unit: count})
        return datetime.combine(self._moved(moment, min(-count, 0), unit), time.min)

    def _latest(self, moment):
        """:return: datetime: no date after it has its moment at ``moment`` or before"""
        count, unit = self._shift()
        if unit != "working_days":
            return moment - timedelta(**{unit: count})
        return datetime.combine(self._moved(moment, max(-count, 0), unit), time.max)

    # ------------------------------------------------------------------ when

    def _due_moment(self, value, record, near):
        """:param value: date or naive UTC
        :param datetime near: naive UTC, of every year: which one
        :return: naive UTC. Days are counted on the company's calendar: a day before an appointment
            at ten is at ten, also where the clocks change between."""
        zone = self._zone()
        if not isinstance(value, datetime):
            if self.yearly and self.trigger == "date":
                value = self._this_year(value, self._latest(near).date())
            hours = min(max(self.hour, 0), 23.99)
            at = time(int(hours), int(round(hours % 1 * 60)) % 60)
            local = datetime.combine(value, at)
        else:
            local = self._to_local(value, zone)
        count, unit = self._shift()
        if unit in ("days", "working_days"):
            return self._to_utc(self._moved(local, count, unit), zone)
        return self._to_utc(local, zone) + timedelta(**{unit: count})

    @api.model
    def _this_year(self, value, near):
        """:return: date: the anniversary that is nearest to a day; of 29 February in other years
        the 28th"""
        found = []
        for year in (near.year - 1, near.year, near.year + 1):
            try:
                found.append(value.replace(year=year))
            except ValueError:
                found.append(value.replace(year=year, day=28))
        return min(found, key=lambda day: abs(day - near))
