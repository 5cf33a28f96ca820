"""TA3: a task that waits too long goes to the team leader, once."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import DANA, NOA, KalaCommon

#: A Sunday to Thursday office, 9 to 17, in Israel: 8 working hours a day.
DAYS = ("6", "0", "1", "2", "3")
#: Tuesday noon in Jerusalem.
NOON = datetime(2026, 11, 24, 10)


@tagged("post_install", "-at_install")
class TestTaskEscalation(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._make_user("leader")
        cls.team = cls.env["crm.team"].create({"name": "Sales IL", "user_id": cls.leader.id})
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "Asia/Jerusalem",
                "attendance_ids": [
                    Command.create({"name": day, "dayofweek": day, "hour_from": 9, "hour_to": 17})
                    for day in DAYS
                ],
            }
        )
        cls.company.write({"kala_task_escalation": True, "kala_task_escalation_hours": 8})

    def task(self, sender=DANA, age=timedelta(days=7), record=None, **values):
        """:return: an open task as old as that at ``NOON``"""
        values = {"user_id": self.colleague.id, "team_id": self.team.id, **values}
        record = record or self.lead(phone=sender, **values)
        task = self.incoming(sender=sender).activity_id
        self.assertEqual((task.res_model, task.res_id), (record._name, record.id))
        self.since(task, NOON - age)
        return task

    def since(self, task, moment):
        task.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_activity SET create_date = %s WHERE id = %s", [moment, task.id]
        )
        task.invalidate_recordset()

    def escalate(self, moment=NOON):
        self.env.flush_all()
        with freeze_time(moment), self.job() as env:
            env["kala.task"]._cron_escalate()
        self.env.invalidate_all()

    def test_ta3_to_the_team_leader_once(self):
        """TA3: late tasks go to the team leader, who is told once; the note keeps who had it."""
        late, young = self.task(), self.task(NOA, age=timedelta(hours=1))
        self.escalate()
        self.assertEqual((late.user_id, young.user_id), (self.leader, self.colleague))
        self.assertEqual(late.kala_escalated_date, NOON)
        self.assertIn("8 working hours with Colleague", late.note)
        told = self.env["mail.message"].search(
            [("notified_partner_ids", "in", self.leader.partner_id.ids)]
        )
        self.assertEqual(len(told), 1)
        self.assertIn("Lead", told.body)
        late.user_id = self.salesman
        self.escalate(NOON + timedelta(days=7))
        self.assertEqual(late.user_id, self.salesman, "once")
        self.assertEqual(young.user_id, self.leader, "late a week later")

    def test_ta3_working_hours(self):
        """TA3: nights, weekends and public holidays do not count; exactly N hours are enough."""
        tuesday = NOON.replace(hour=7)  # 9:00 in Jerusalem
        cases = [
            # since, now, late
            (tuesday, tuesday + timedelta(hours=8), True),
            (tuesday, tuesday + timedelta(hours=8, minutes=-1), False),
            # Thursday 16:00 to Sunday 15:59 and 16:00: one hour, the weekend, seven hours
            (datetime(2026, 11, 26, 14), datetime(2026, 11, 29, 13, 59), False),
            (datetime(2026, 11, 26, 14), datetime(2026, 11, 29, 14), True),
            # a holiday on Wednesday
            (tuesday + timedelta(hours=4), datetime(2026, 11, 26, 10, 59), False),
            (tuesday + timedelta(hours=4), datetime(2026, 11, 26, 11), True),
        ]
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": datetime(2026, 11, 24, 22),
                "date_to": datetime(2026, 11, 25, 22),
            }
        )
        task = self.task()
        for since, now, late in cases:
            with self.subTest(since=since, now=now):
                task.write({"user_id": self.colleague.id, "kala_escalated_date": False})
                self.since(task, since)
                self.escalate(now)
                self.assertEqual(task.user_id, self.leader if late else self.colleague)

    def test_ta3_whose_leader(self):
        """TA3: the record's team, else the team of who has it, else the company's default; who
        has it already or may not read the record is passed over (RE6)."""
        other = self._make_user("boss")
        boss = self._make_user("boss2")
        archived = self._make_user("gone")
        archived.active = False
        teams = self.env["crm.team"]
        own = teams.create({"name": "Own", "user_id": other.id})
        own.member_ids = self.salesman
        dana = self.customer(phone=DANA, user_id=self.salesman.id)
        task = self.task(record=dana)
        self.company.kala_default_responsible_text_id = boss
        cases = [
            ("team of who has it", {}, self.salesman, other),
            ("he is the leader himself", {}, other, boss),
            ("archived leader", {"user_id": archived.id}, self.salesman, boss),
            ("no leader", {"user_id": False}, self.salesman, boss),
            ("a leader who may not read", {"user_id": self.stranger.id}, self.salesman, boss),
            ("nobody had it", {"user_id": other.id}, self.env["res.users"], boss),
        ]
        for name, team, holder, wanted in cases:
            with self.subTest(name):
                own.write(team)
                task.write({"user_id": holder.id, "kala_escalated_date": False, "note": False})
                self.escalate()
                self.assertEqual(task.user_id, wanted)
        self.assertIn("Nobody had it", task.note)

    def test_ta3_nobody_above(self):
        """TA3: where nobody could take it, it stays, and is not looked at for ever."""
        task = self.task(team_id=False)
        self.colleague.crm_team_member_ids.unlink()
        self.escalate()
        self.assertEqual(task.user_id, self.colleague)
        self.assertTrue(task.kala_escalated_date)

    def test_ta3_what_does_not_escalate(self):
        """TA3: off by default, done tasks, other activities, and other companies' tasks."""
        self.assertFalse(self.other_company.kala_task_escalation)
        self.company.kala_task_escalation = False
        late, done = self.task(), self.task(NOA)
        done.action_done()
        other = self.lead(user_id=self.colleague.id, team_id=self.team.id).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.colleague.id
        )
        self.since(other, NOON - timedelta(days=7))
        self.escalate()
        self.other_company.kala_task_escalation = True
        self.escalate()
        self.assertEqual((late | done | other).user_id, self.colleague)
        self.company.kala_task_escalation = True
        self.escalate()
        self.assertEqual(late.user_id, self.leader)
        self.assertEqual((done | other).user_id, self.colleague)

    def test_ta3_bad_settings(self):
        """TA3: what could never work is refused with a sentence."""
        with self.assertRaisesRegex(ValidationError, "more than 0"):
            self.company.kala_task_escalation_hours = 0
        with self.assertRaisesRegex(ValidationError, "Office.*never escalate"):
            self.company.resource_calendar_id.attendance_ids.unlink()
            self.company.kala_task_escalation_hours = 4
        self.company.kala_task_escalation = False
        self.company.kala_task_escalation_hours = -1

    def test_ta3_settings_page(self):
        """TA3: the settings page writes the company's settings."""
        settings = self.env["res.config.settings"].create({"kala_task_escalation_hours": 3})
        settings.execute()
        self.assertEqual(self.company.kala_task_escalation_hours, 3)

    def test_ta3_query_count(self):
        """TA3: more late tasks cost no more queries than a few, but for the records' own."""
        counts = []
        for size in (10, 100):
            messages = [{"sender": f"+97254235{size + n:04}"} for n in range(size)]
            for message in messages:
                self.lead(phone=message["sender"], user_id=self.colleague.id, team_id=self.team.id)
            tasks = self.incoming(*messages).activity_id
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE mail_activity SET create_date = %s WHERE id = ANY(%s)",
                [NOON - timedelta(days=7), tasks.ids],
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(NOON):
                late = self.env["kala.task"]._late_tasks(self.company)
                self.assertEqual(len(late), size)
                self.env["kala.task"]._escalate(self.company, late)
                self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(tasks.user_id, self.leader)
        self.assertLessEqual(counts[1], 2 * counts[0], counts)
