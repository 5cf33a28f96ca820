"""LO12: when contacts asked, and when a person of ours answered."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.log import kala_answer_count
from odoo.addons.kala_comm.models.log.kala_answer_count import _TURNS
from odoo.addons.kala_comm.tools.messages import SendResult

from . import answer_cases as cases
from .answer_cases import CALLS, CASES, JERUSALEM, WARSAW, H, call, came, wrote
from .answer_common import AnswerCommon
from .common import DANA, NOA, OMER, UNKNOWN

_FILL = "odoo.addons.kala_comm.models.log.kala_log_fill"


@tagged("post_install", "-at_install")
class TestAnswerTime(AnswerCommon):
    def setUp(self):
        super().setUp()
        self.use_calendar(JERUSALEM)
        self.record = self.lead("Kitchen", user_id=self.salesman.id)

    def turns(self, *domain):
        """:return: list of (asked, seconds, seconds of work, whether it is the first, user)"""
        found = []
        for row in self.answers(("is_turn", "=", True), *domain):
            times = (row.seconds, row.work_seconds) if row.answer_date else (None, None)
            name = row.user_id.login.removeprefix("kala_") if row.user_id else None
            found.append(cases.Turn(self.local(row.asked_date), *times, row.is_first, name))
        return found

    def test_lo12_table(self):
        """LO12: a table of logs written by hand, with what is counted of each."""
        for name, (calendar, lines, expected) in CASES.items():
            with self.subTest(name):
                self.use_calendar(calendar)
                self.env["resource.calendar.leaves"].create(
                    {
                        "name": "Holiday",
                        "calendar_id": self.company.resource_calendar_id.id,
                        "company_id": self.company.id,
                        "date_from": self.utc("2026-11-18 00:00"),
                        "date_to": self.utc("2026-11-18 23:59"),
                    }
                )
                record = self.lead(name)
                self.count(self.write_lines(record, lines))
                self.assertEqual(self.turns(("res_id", "=", record.id)), expected)

    def test_lo12_calls_back(self):
        """LO12: each missed call, and how soon we called the contact."""
        for name, (lines, expected) in CALLS.items():
            with self.subTest(name):
                record = self.lead(name)
                self.count(self.write_lines(record, lines))
                found = self.answers(("res_id", "=", record.id), ("is_missed", "=", True))
                self.assertEqual(
                    [
                        (self.local(row.asked_date), row.back_date and row.back_seconds or None)
                        for row in found
                    ],
                    expected,
                )

    def test_lo12_without_a_record(self):
        """LO12, LO8: a contact whom no record is known of is a place of his own, and the
        managers'."""
        asked = self.write_lines(None, [came("2026-11-09 10:00"), wrote("2026-11-09 10:01")])
        self.write_lines(None, [came("2026-11-09 10:00")], contact_value=NOA)
        self.count(asked)
        found = self.turns(("communication_id", "in", asked.ids))
        self.assertEqual(found, [cases.Turn("2026-11-09 10:00", 60, 60)])
        self.assertTrue(self.env["kala.answer"].with_user(self.manager).search_count([]))
        self.assertFalse(self.env["kala.answer"].with_user(self.salesman).search_count([]))

    def test_lo12_two_companies(self):
        """LO12: companies are separate, and each has its own working hours."""
        customer = self.customer()
        ours = self.write_lines(customer, [came("2026-11-12 17:30"), wrote("2026-11-15 09:30")])
        self.use_calendar(WARSAW, self.other_company)
        theirs = self.write_lines(
            customer,
            [came("2026-11-13 15:00"), wrote("2026-11-16 09:00")],
            company_id=self.other_company.id,
        )
        self.count(ours + theirs)
        works = {row.company_id: row.work_seconds for row in self.answers()}
        self.assertEqual(works, {self.company: H, self.other_company: 2 * H})
        for user, mine in ((self.colleague, self.company), (self.stranger, self.other_company)):
            rows = self.env["kala.answer"].with_user(user).search([])
            self.assertEqual(rows.company_id, mine)

    def test_lo12_a_task_put_off(self):
        """LO12, TA6: who puts a task off does not stop the clock."""
        self.record.phone = DANA
        message = self.incoming(sender=DANA)
        task = message.activity_id
        task.with_user(self.salesman).kala_put_off()
        self.assertTrue(task.kala_is_put_off)
        answer = self.record.with_user(self.salesman).kala_send("sms", body="Yes", number=DANA)
        self.dispatch()
        self.run_job()
        row = self.answers(("communication_id", "=", message.id))
        self.assertEqual(row.answer_id, answer.sudo())
        self.assertEqual(row.user_id, self.salesman)
        self.assertEqual(row.seconds, (answer.date - message.date).total_seconds())

    def test_lo12_by_itself(self):
        """LO12, DE1: what comes in and what leaves is noted by the jobs that log it; an answer
        that the provider gives back later was none."""
        self.record.phone = DANA
        message = self.incoming(sender=DANA)
        self.run_job()
        row = self.answers(("communication_id", "=", message.id))
        self.assertFalse(row.answer_date)
        answer = self.record.with_user(self.salesman).kala_send("sms", body="Yes", number=DANA)
        with self.provider_answers(SendResult(state="sent", provider_uid="out-1")):
            self.dispatch()
        self.run_job()
        self.assertEqual(row.answer_id, answer.sudo())
        self.env["kala.communication"]._apply_states([{"id": answer.id, "state": "failed"}])
        self.assertNotIn(answer.sudo().state, ("sent", "delivered", "read"))
        self.run_job()
        self.assertFalse(row.answer_date or row.answer_id or row.seconds)

    def test_lo12_twice_is_once(self):
        """LO12: a place that is noted twice, or counted again, is written once."""
        lines = self.write_lines(self.record, [came("2026-11-09 10:00"), wrote("2026-11-09 10:01")])
        self.note(lines)
        self.count(lines)
        rows = self.answers()
        self.env.cr.execute("SELECT xmin::text FROM kala_answer WHERE id = ANY(%s)", [rows.ids])
        before = self.env.cr.fetchall()
        self.count(lines)
        self.assertEqual(self.answers(), rows)
        self.env.cr.execute("SELECT xmin::text FROM kala_answer WHERE id = ANY(%s)", [rows.ids])
        self.assertEqual(self.env.cr.fetchall(), before, "nothing was written again")
        self.assertFalse(self.env["kala.answer.due"].search_count([]))

    def test_lo12_reattached(self):
        """LO12, MA9: a message that is attached to another record is counted there; the row goes
        with it at once, since its readers are others."""
        lines = self.write_lines(
            self.record,
            [came("2026-11-09 10:00"), came("2026-11-09 10:10"), wrote("2026-11-09 10:20")],
        )
        self.count(lines)
        other = self.lead("Roof", user_id=self.colleague.id)
        lines[0].with_user(self.manager).action_reattach("crm.lead", other.id)
        self.assertFalse(self.env["kala.answer"].with_user(self.salesman).search([]))
        self.run_job()
        self.assertEqual(self.turns(("res_id", "=", other.id)), [cases.Turn("2026-11-09 10:00")])
        self.assertEqual(
            self.turns(("res_id", "=", self.record.id)),
            [cases.Turn("2026-11-09 10:10", 600, 600)],
        )

    def test_lo12_merged(self):
        """LO12, MA12: records that are merged have one log, in which the answer may be the other
        one's."""
        other = self.lead("Kitchen too")
        asked = self.write_lines(self.record, [came("2026-11-09 10:00")])
        answered = self.write_lines(other, [came("2026-11-09 10:05"), wrote("2026-11-09 10:20")])
        self.count(asked + answered)
        merged = (self.record + other).merge_opportunity()
        self.env["kala.recency"].sudo()._refresh_chunk(0)
        self.run_job()
        self.assertEqual(
            self.turns(("res_id", "=", merged.id)), [cases.Turn("2026-11-09 10:00", 1200, 1200)]
        )
        self.assertEqual(len(self.answers()), 1)

    def test_lo12_deleted(self):
        """LO12, MA12: the log of a deleted record stays, and so do its times, for managers."""
        lines = self.write_lines(self.record, [came("2026-11-09 10:00"), wrote("2026-11-09 10:01")])
        self.count(lines)
        self.record.unlink()
        self.assertFalse(self.env["kala.answer"].with_user(self.salesman).search([]))
        self.run_job()
        row = self.env["kala.answer"].with_user(self.manager).search([])
        self.assertEqual((row.res_id, row.seconds), (0, 60))
        lines.unlink()
        self.assertFalse(self.answers())

    def talk(self, record, phone, *ages):
        """Somebody asks, and is answered an hour later.

        :param ages: days since he asked
        :return: the lines of the log"""
        lines = self.env["kala.communication"]
        vals = {"contact_value": phone, "priority": 0}
        for age in ages:
            asked = fields.Datetime.now() - timedelta(days=age)
            answered = asked + timedelta(hours=1)
            lines += self.log(record, direction="in", date=asked, **vals)
            lines += self.log(record, date=answered, user_id=self.salesman.id, **vals)
        return lines

    def firsts(self, lines):
        """:return: list of whether each answer is the first, in the order of the questions"""
        rows = self.answers(("communication_id", "in", lines.exists().ids))
        return rows.mapped("is_first")

    def test_lo12_ad6_lines_deleted_by_age(self):
        """LO12, AD6: what the log has lost by its age makes no later answer look like the first:
        neither one that is counted anew, nor one of a record that comes then."""
        old, young = self.lead("Old"), self.lead("Young")
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '100 days' WHERE id = %s",
            [old.id],
        )
        of_old, of_none = self.talk(old, DANA, 40, 20), self.talk(None, NOA, 40, 20)
        self.count(of_old + of_none)
        self.assertEqual((self.firsts(of_old), self.firsts(of_none)), ([True, False],) * 2)
        self.company.kala_log_days = 30
        self.env["kala.communication"]._gc_log()
        of_young, again = self.talk(young, OMER, 10, 5), self.talk(old, DANA, 5)
        self.count(of_old.exists() + of_none.exists() + of_young + again)
        self.assertEqual((self.firsts(of_old), self.firsts(of_none)), ([False], [False]))
        self.assertEqual((self.firsts(of_young), self.firsts(again)), ([True, False], [False]))
        self.company.kala_log_days = 4
        self.env["kala.communication"]._gc_log()
        later, stranger = self.talk(old, DANA, 3), self.talk(None, UNKNOWN, 3)
        self.count(later + stranger)
        self.assertEqual(self.firsts(later), [False], "it was answered before")
        self.assertEqual(self.firsts(stranger), [True])

    def test_lo12_own_rights(self):
        """LO8, LO12: who may not read the record neither finds nor reads its answer times."""
        self.count(self.write_lines(self.record, [came("2026-11-09 10:00")]))
        row = self.answers()
        self.assertEqual(row.with_user(self.salesman).search([]), row)
        other = self._make_user("other", "sales_team.group_sale_salesman")
        self.assertFalse(row.with_user(other).search([]))
        for user in (other, self.stranger, self.clerk):
            with self.subTest(user.login), self.assertRaises(AccessError):
                row.with_user(user).read(["seconds"])

    def test_lo12_lo8_by_no_way(self):
        """LO8, LO12: neither a search for words of the message, nor a group, nor a name, nor the
        list of a relation tells a salesman of a row that is not his."""
        rival = self._make_user("rival", "sales_team.group_sale_salesman")
        theirs = self.lead("Roof", user_id=rival.id)
        self.count(
            self.write_lines(self.record, [came("2026-11-09 10:00", body="Kitchen")])
            + self.write_lines(
                theirs,
                [came("2026-11-09 10:00", body="Roof"), wrote("2026-11-09 10:20", body="Roof")],
                contact_value=NOA,
            )
        )
        row = self.answers(("res_id", "=", theirs.id))
        self.salesman.group_ids += self.env.ref("base.group_allow_export")
        self.env.flush_all()
        self.env.invalidate_all()
        answers = self.env["kala.answer"].with_user(self.salesman)
        for name in ("communication_id.body", "answer_id.body"):
            self.assertFalse(answers.search([(name, "ilike", "Roof")]))
            self.assertNotIn(row, answers.search([(name, "not ilike", "Kitchen")]))
        for group in ("communication_id", "communication_id.contact_value", "user_id", "channel"):
            found = answers.formatted_read_group([], [group], ["__count"])
            self.assertEqual([one["__count"] for one in found], [1], group)
        self.assertEqual([one_id for one_id, _name in answers.name_search("")], self.mine.ids)
        hidden = row.with_user(self.salesman)
        self.assertNotIn("Roof", hidden.display_name)
        for ask in (
            lambda: hidden.record_name,
            lambda: hidden.web_read({"record_name": {}}),
            lambda: hidden.export_data(["communication_id", "seconds"]),
            hidden.action_open_record,
        ):
            with self.assertRaises(AccessError):
                ask()

    @property
    def mine(self):
        return self.answers(("res_id", "=", self.record.id))

    def test_lo12_a_living_database(self):
        """LO12, AD6: a log that was there before is counted in chunks, and goes on where a job
        ended; what was counted meanwhile is not counted again."""
        lines = self.env["kala.communication"]
        for n in range(4):
            lines += self.write_lines(
                self.lead(f"Lead {n}"), [came("2026-11-09 10:00"), wrote("2026-11-09 10:01")]
            )
        self.count(lines[:2])
        self.env.flush_all()
        answers = self.env["kala.answer"]
        with patch(f"{_FILL}.AT_ONCE", 0):
            answers._start_fill()
        self.assertFalse(answers._is_filled())
        with patch(f"{_FILL}.CHUNK", 3):
            self.assertEqual(answers._fill_chunk(), 3)
            self.assertEqual(answers._filled_from(), lines[5].date)
            self.run_job()
        self.assertTrue(answers._is_filled())
        self.assertEqual([row.seconds for row in self.answers()], [60] * 4)

    def test_lo12_limited_cost(self):
        """LO12: the cost of counting does not grow with the number of lines."""
        counts = []
        for size in (2, 40):
            lines = self.env["kala.communication"]
            for n in range(size):
                lines += self.write_lines(
                    self.lead(f"Lead {n}"), [came("2026-11-09 10:00"), wrote("2026-11-09 10:01")]
                )
            self.note(lines)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["kala.answer"]._count_chunk()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_lo12_a_long_conversation(self):
        """LO12: what a place costs grows with its lines, not with each pair of them."""
        turns = [
            line(f"2026-11-09 {10 + n // 60}:{n % 60:02}")
            for n in range(80)
            for line in (came, wrote)
        ]
        self.count(self.write_lines(self.record, turns))
        self.assertEqual([row.is_first for row in self.answers()], [True, *[False] * 79])
        places = [("crm.lead", self.record.id, self.company.id, None, None)]
        with patch.object(kala_answer_count, "_TURNS", f"EXPLAIN ANALYZE {_TURNS}"):
            plan = self.explained(places)
        self.assertIn("kala_communication", plan)
        self.assertNotIn("Rows Removed by Join Filter", plan)

    def explained(self, places):
        """:return: str: how PostgreSQL reads the log of some places"""
        answers = type(self.env["kala.answer"])
        with (
            patch.object(answers, "_write_rows") as written,
            patch.object(answers, "_with_seconds", lambda answers, rows: rows),
        ):
            self.env["kala.answer"]._count(places)
        return "\n".join(row[0] for row in written.call_args.args[0])

    def test_lo12_a_missed_call_waits_for_any_answer(self):
        """LO12: a missed call is a question; a text answers it, and does not call back."""
        lines = [call("2026-11-09 10:00", "in", "missed"), wrote("2026-11-09 10:05")]
        self.count(self.write_lines(self.record, lines))
        row = self.answers()
        self.assertEqual((row.is_missed, row.seconds, row.back_date), (True, 300, False))
