from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from .common import DANA, KalaCommon


class AnswerCommon(KalaCommon):
    """A log written by hand, and the job that counts answer times."""

    def use_calendar(self, calendar, company=None):
        """:param calendar: (zone, dict weekday → (from, to))"""
        company = company or self.company
        zone, days = calendar
        company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": zone,
                "tz": zone,
                "company_id": company.id,
                "attendance_ids": [(5, 0, 0)]
                + [
                    (
                        0,
                        0,
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": "morning",
                        },
                    )
                    for day, (start, end) in days.items()
                ],
            }
        )
        self.zone = ZoneInfo(zone)

    def utc(self, local):
        """:return: naive UTC of a time by the clock of the calendar"""
        moment = datetime.fromisoformat(local).replace(tzinfo=self.zone)
        return moment.astimezone(UTC).replace(tzinfo=None)

    def local(self, moment):
        return moment.replace(tzinfo=UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def write_lines(self, record, lines, **common):
        """:param list lines: dicts of ``answer_cases``
        :return: the communications, in their order"""
        communications = self.env["kala.communication"]
        for line in lines:
            line = dict(line)
            user, way = line.pop("user"), line.pop("line", None)
            communications += self.log(
                record,
                date=self.utc(line.pop("at")),
                user_id=user and getattr(self, user).id,
                line_id=way and getattr(self, f"{way}_line").id,
                **{"contact_value": DANA, "priority": 0, **common, **line},
            )
        return communications

    def note(self, communications):
        self.env["kala.answer.due"]._note(communications.ids)

    def run_job(self):
        self.env.flush_all()
        with self.job() as env:
            env["kala.answer"]._cron_count()
        self.env.invalidate_all()

    def count(self, communications):
        """Count the answer times of what was just logged."""
        self.note(communications)
        self.run_job()

    def answers(self, *domain):
        return self.env["kala.answer"].search([*domain], order="asked_date, id")
