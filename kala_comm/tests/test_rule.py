"""AU2–AU4: notification rules: what starts them, once, never for the past, disturbing nobody."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import DANA, NOA, OMER
from .query_counts import QueryCountCommon
from .rule_common import RuleCommon

EVENTS = "odoo.addons.kala_comm.models.automation.kala_rule_event"
JOB = "odoo.addons.kala_comm.models.automation.rule_job"


@tagged("post_install", "-at_install")
class TestRule(RuleCommon):
    def test_au3_start_trigger_log_stop(self):
        """AU3: a rule does nothing until it is started; then the save writes it down, the job
        queues the message, the log says so; stopped, it does nothing again."""
        rule = self.rule(start=False)
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule), [])
        rule.action_start()
        self.assertEqual(rule.state, "running")
        lead = self.lead(phone=DANA, contact_name="Dana Levi")
        self.assertEqual(self.rows(rule).mapped("state"), ["waiting"])
        self.assertFalse(self.messages(rule), "the save only writes it down")
        self.assertEqual(self.outcomes(rule), ["sent"])
        message, row = self.messages(rule), self.rows(rule)
        self.assertEqual(
            (message.body, message.lead_id, message.state), ("Hello Dana", lead, "queued")
        )
        self.assertEqual((row.communication_id, row.res_id), (message, lead.id))
        self.assertEqual((rule.sent_count, bool(rule.last_run)), (1, True))
        rule.action_stop()
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule), ["sent"])

    def test_au3_an_automation_rule_under_it(self):
        """AU3: one of Odoo's automation rules works for it: kept in step, archived on stop, gone
        with it."""
        rule = self.rule(name="Greeting")
        under = self.env["base.automation"].search([("kala_rule_id", "=", rule.id)])
        self.assertEqual((under.trigger, under.active), ("on_create", True))
        self.assertIn("Greeting", under.name)
        rule.write({"name": "Hello", "trigger": "assigned"})
        self.assertEqual(under.trigger, "on_create_or_write")
        self.assertIn("Hello", under.name)
        rule.action_stop()
        self.assertFalse(under.active)
        with self.assertRaisesRegex(UserError, "Stop it"):
            rule.action_start()
            rule.unlink()
        rule.action_stop()
        rule.unlink()
        self.assertFalse(under.exists())

    def test_au1_status_from_x_to_y(self):
        """AU1: X → Y fires, Z → Y does not; X and Y each a type, a status or any."""
        types, stages = self.types, self.stages
        #: from type, from status, to type, to status, start, end → fires
        table = [
            ("new", None, "waiting", None, "new", "waiting", 1),
            ("new", None, "waiting", None, "closed", "waiting", 0),
            ("new", None, "waiting", None, "new", "closed", 0),
            (None, "new", None, "waiting", "new", "waiting", 1),
            (None, "closed", None, "waiting", "new", "waiting", 0),
            (None, None, "closed", None, "waiting", "closed", 1),
            ("closed", None, None, None, "closed", "new", 1),
            (None, None, None, None, "new", "waiting", 1),
        ]
        for n, (t1, s1, t2, s2, start, end, fires) in enumerate(table):
            with self.subTest(row=n):
                rule = self.rule(
                    trigger="status_changed",
                    from_status_type_id=t1 and types[t1].id,
                    from_status=s1 and f"crm.stage,{stages[s1].id}",
                    to_status_type_id=t2 and types[t2].id,
                    to_status=s2 and f"crm.stage,{stages[s2].id}",
                )
                self.lead(phone=NOA, stage_id=stages[end].id)
                lead = self.lead(phone=DANA, stage_id=stages[start].id)
                lead.stage_id = stages[end]
                lead.name = "Something else"
                self.env.flush_all()
                self.assertEqual(len(self.rows(rule)), fires)
                rule.action_stop()

    def test_au1_orders_and_lost_leads(self):
        """AU1: an order's status that follows its Odoo state, during creation once at most; a lead
        that is lost is closed, though it is archived."""
        opened = self.rule("sale.order", "status_changed", to_status_type_id=self.types["open"].id)
        closed = self.rule("crm.lead", "closed")
        order = self.order(self.customer(phone=DANA))
        self.env.flush_all()
        self.assertFalse(self.rows(opened))
        order.action_confirm()
        self.env.flush_all()
        self.assertEqual(self.outcomes(opened), ["sent"])
        lead = self.lead(phone=NOA)
        lead.action_set_lost()
        self.assertEqual(self.outcomes(closed), ["sent"])

    def test_au4_twice_in_one_transaction(self):
        """AU4: an import that changes the status there, back and there again fires once for each
        status; nothing fires twice for one event."""
        rule = self.rule(trigger="status_changed")
        lead = self.lead(phone=DANA, stage_id=self.stages["new"].id)
        for code in ("waiting", "new", "waiting", "new"):
            lead.stage_id = self.stages[code]
            self.env.flush_all()
        self.assertEqual(len(self.rows(rule)), 2)
        [automation] = self.env["base.automation"].search([("kala_rule_id", "=", rule.id)])
        created = self.rule()
        lead = self.lead(phone=NOA)
        under = self.env["base.automation"].search([("kala_rule_id", "=", created.id)])
        under._process(lead)
        under._process(lead)
        self.assertEqual(self.outcomes(created), ["sent"])
        self.assertTrue(automation.active)

    def test_au4_unique_in_the_database(self):
        """AU4: the same rule, record and event is refused by the database itself."""
        rule = self.rule()
        lead = self.lead(phone=DANA)
        events = [(lead.id, "created", 0, "", self.now)]
        self.env["kala.rule.log"]._insert(rule, events * 3)
        self.assertEqual(len(self.rows(rule)), 1)

    def test_au4_archived_records_and_other_companies(self):
        """AU4: they do not fire, and the log says why."""
        rule = self.rule()
        theirs = self.lead(phone=DANA, company_id=self.other_company.id)
        archived = self.lead(phone=NOA)
        archived.active = False
        deleted = self.lead(phone=OMER)
        deleted.unlink()
        self.assertEqual(self.outcomes(rule), ["left_out", "left_out"])
        reasons = {row.res_id: row.reason for row in self.rows(rule)}
        self.assertIn("another company", reasons[theirs.id])
        self.assertIn("archived", reasons[archived.id])
        self.assertFalse(self.messages(rule))

    def test_au4_the_ceiling(self):
        """AU4: what would be more than the limit stops the rule before anything leaves; the
        managers hear of it; it can be started again, for what comes."""
        rule = self.rule(hourly_limit=2)
        for n in range(3):
            self.lead(phone=f"+97250234567{n}")
        self.assertEqual(set(self.outcomes(rule)), {"cancelled"})
        self.assertEqual(rule.state, "stopped")
        self.assertIn("more than 2 messages within an hour", rule.stop_reason)
        self.assertTrue(self.env["mail.message"].search([("subject", "ilike", "was stopped")]))
        rule.action_start()
        self.assertFalse(rule.stop_reason)
        self.lead(phone=DANA)
        self.lead(phone=NOA)
        self.run_rules()
        self.assertEqual(len(self.messages(rule)), 2)
        self.lead(phone=OMER)
        self.run_rules()
        self.assertEqual((rule.state, len(self.messages(rule))), ("stopped", 2))

    def test_au4_stopped_while_messages_wait(self):
        """AU4: a rule that is stopped takes back what has not left, rows and messages, by a number
        of statements that does not grow."""
        rule = self.rule(steps=[{}, {"wait": 1}])
        for n in range(5):
            self.lead(phone=f"+97250234567{n}")
        self.run_rules()
        self.assertEqual(self.messages(rule).mapped("state"), ["queued"] * 5)
        rule.action_stop()
        self.env.invalidate_all()
        self.assertEqual(self.messages(rule).mapped("state"), ["cancelled"] * 5)
        self.assertEqual(sorted(self.rows(rule).mapped("state")), ["cancelled"] * 5 + ["sent"] * 5)

    def test_au4_two_rules_that_start_each_other(self):
        """AU4: what a rule sends and what fails of it starts no rule; somebody's automatic answers
        stop after a few messages."""
        failed = self.rule(trigger="communication", communication_kind="failed")
        self.rule(trigger="created")
        lead = self.lead()
        self.run_rules()
        self.assertEqual(
            self.env["kala.communication"].search([("lead_id", "=", lead.id)]).mapped("state"),
            ["failed"],
        )
        self.run_rules()
        self.assertFalse(self.rows(failed))
        chatty = self.rule(trigger="communication", communication_kind="text")
        self.lead(phone=DANA)
        for n in range(8):
            self.incoming(sender=DANA, text=f"Automatic answer {n}")
            self.run_rules()
        self.assertEqual(len(self.messages(chatty)), 5)
        self.assertIn("loop", self.rows(chatty)[-1].reason)

    def test_au4_a_failing_rule_disturbs_nobody(self):
        """AU4: the save is saved, other rules fire, and the fault is seen on the rule."""
        bad, good = self.rule(name="Bad"), self.rule(name="Good")
        write_down = type(self.env["kala.rule"])._write_down

        def broken(rule, *args):
            if rule.sudo().name == "Bad":
                raise ValueError("cannot be written down")
            return write_down(rule, *args)

        with (
            patch.object(type(self.env["kala.rule"]), "_write_down", broken),
            self.assertLogs(EVENTS, "WARNING"),
        ):
            lead = self.lead(phone=DANA)
        self.assertTrue(lead.exists())
        self.assertEqual(self.outcomes(good), ["sent"])
        self.assertEqual((self.outcomes(bad), bad.error), ([], "cannot be written down"))

    def test_au4_one_bad_row_holds_nobody(self):
        """AU4: of many rows one cannot be worked on: it says why, the others leave."""
        rule = self.rule()
        leads = [self.lead(n, phone=p) for n, p in (("A", DANA), ("Bad", NOA), ("C", OMER))]
        prepare = type(self.env["kala.outbox"])._prepare_text_vals

        def broken(outbox, record, *args, **kwargs):
            if record.name == "Bad":
                raise ValueError("cannot be rendered")
            return prepare(outbox, record, *args, **kwargs)

        with (
            patch.object(type(self.env["kala.outbox"]), "_prepare_text_vals", broken),
            self.assertLogs(JOB, "WARNING"),
        ):
            self.run_rules()
        by_lead = {row.res_id: row.state for row in self.rows(rule)}
        self.assertEqual([by_lead[lead.id] for lead in leads], ["sent", "failed", "sent"])
        self.assertEqual((rule.state, rule.error), ("running", "cannot be rendered"))

    def test_em3_what_is_missing(self):
        """AU3, EM3: a rule that lacks something says what, and cannot be started."""
        other = self.template("whatsapp", "x")
        mail = self.template("email", "x")
        of_order = self.template("sms", "Order {{ order_number }}")
        #: model, trigger, step, values → what it says
        table = [
            ("crm.lead", "created", {"template_id": False}, {}, "Choose the template"),
            ("crm.lead", "created", {"template_id": other.id}, {}, "another channel"),
            ("crm.lead", "created", {"template_id": of_order.id}, {}, "order_number"),
            (
                "crm.lead",
                "created",
                {"template_id": mail.id, "channel": "email"},
                {},
                "no subject.*No line.*verified sender",
            ),
            ("crm.lead", "created", {"audience": "performer"}, {}, "performer"),
            ("crm.lead", "created", {"audience": "typed", "typed": "x, " + DANA}, {}, "“x”"),
            ("crm.lead", "created", {"audience": "typed"}, {}, "Type an address"),
            ("crm.lead", "created", {"audience": "fields", "field_path": "no.such"}, {}, "field"),
            ("res.partner", "created", {"audience": "team_leader"}, {}, "no team"),
            ("res.partner", "status_changed", {}, {}, "no status"),
            ("crm.lead", "date", {}, {}, "Choose the date"),
            ("crm.lead", "created", {}, {"domain": "[('no_such', '=', 1)]"}, "conditions"),
            ("crm.lead", "created", {}, {"domain": "import os"}, "conditions"),
        ]
        for n, (model, trigger, step, values, says) in enumerate(table):
            with self.subTest(row=n):
                rule = self.rule(model, trigger, [step], start=False, **values)
                self.assertRegex(rule.missing.replace("\n", " "), says)
                with self.assertRaisesRegex(UserError, "cannot run yet"):
                    rule.action_start()
                self.assertEqual(rule.state, "draft")
        empty = self.rule(steps=[], start=False)
        self.assertIn("Add a step", empty.missing)

    def test_em3_something_is_missing_later(self):
        """AU3: a rule whose template is changed under it stops, and says why; one that runs cannot
        be made incomplete."""
        rule = self.rule()
        with self.assertRaisesRegex(UserError, "cannot run yet"), self.env.cr.savepoint():
            rule.write({"trigger": "date"})
        self.lead(phone=DANA)
        self.sms.channel = "whatsapp"
        self.assertEqual(self.outcomes(rule), ["cancelled"])
        self.assertIn("another channel", rule.stop_reason)

    def test_au3_whose_rules_they_are(self):
        """SC4: managers make, start and stop rules; users read them; other companies see nothing;
        nobody writes what buttons and jobs write."""
        rule = self.rule()
        for user in (self.salesman, self.stranger):
            for method in ("action_start", "action_stop", "action_dry_run"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(rule.with_user(user), method)()
        for name in ("state", "sent_count", "started"):
            with self.assertRaises(AccessError):
                rule.write({name: False})

    def test_au2_ready_made(self):
        """AU2: the ready-made rules are off, lack nothing, and can be started and dry run."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "kala_comm"), ("model", "=", "kala.rule")]
        )
        rules = self.env["kala.rule"].browse(data.mapped("res_id"))
        self.assertEqual(len(rules), 9)
        for rule in rules:
            with self.subTest(rule=rule.name):
                self.assertEqual((rule.state, rule.missing), ("draft", False))
                rule.action_dry_run()
                rule.action_start()
        lead, order = self.lead(phone=DANA), self.order(self.customer(phone=NOA))
        self.env.flush_all()
        order.action_quotation_sent()
        self.env.flush_all()
        order.action_confirm()
        self.env.flush_all()
        self.log(lead, direction="in", channel="voice", call_status="missed", state="received")
        self.run_rules()
        fired = {row.rule_id for row in self.env["kala.rule.log"].search([("state", "=", "sent")])}
        names = {rule.name for rule in fired}
        self.assertLessEqual(
            {"Thank you on a new lead", "Quotation sent", "Order confirmed", "Missed call"}, names
        )

    def test_au3_conditions(self):
        """AU3: only records that fulfil the conditions."""
        rule = self.rule(domain="[('expected_revenue', '>=', 500)]")
        self.lead(phone=DANA, expected_revenue=499)
        big = self.lead(phone=NOA, expected_revenue=500)
        self.run_rules()
        self.assertEqual(self.rows(rule).mapped("res_id"), big.ids)

    def test_co1_the_gate_is_asked(self):
        """CO1, AU4: who opted out gets nothing, and the log says so."""
        rule = self.rule()
        key = self.log(contact_value=DANA)._key()
        self.env["kala.contact.permission"]._set(self.company, key, ["sms"], False, "x")
        self.lead(phone=DANA)
        self.assertEqual(self.outcomes(rule), ["left_out"])
        self.assertIn("opted out", self.rows(rule).reason)


@tagged("post_install", "-at_install")
class TestRuleDates(RuleCommon):
    """AU2, AU4, AU7: N minutes, hours, days before or after a date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = "Asia/Jerusalem"

    def dated(self, **values):
        """A rule about the validity of an order's promised date (a datetime)."""
        return self.rule("sale.order", "date", date_field="commitment_date", **values)

    def due(self, rule):
        self.outcomes(rule)
        return self.rows(rule).mapped("res_id")

    def test_au4_never_for_the_past(self):
        """AU4: what was due before the start is not written to; nor a reminder whose time has gone
        by when the date is entered."""
        dana = self.customer(phone=DANA)
        now = fields.Datetime.now()
        self.order(dana, commitment_date=now + timedelta(minutes=30))
        rule = self.dated(delay=1, delay_unit="hours")
        self.order(dana, commitment_date=now + timedelta(minutes=20))
        self.assertFalse(self.due(rule))

    def test_au2_before_and_after(self):
        """AU2: each unit, before and after; an empty date has no moment."""
        dana = self.customer(phone=DANA)
        for unit, span in (
            ("minutes", timedelta(minutes=30)),
            ("hours", timedelta(hours=30)),
            ("days", timedelta(days=30)),
        ):
            for mode, sign in (("before", 1), ("after", -1)):
                with self.subTest(unit=unit, mode=mode):
                    rule = self.dated(delay=30, delay_unit=unit, delay_mode=mode)
                    at = fields.Datetime.now() + sign * span + timedelta(minutes=5)
                    due = self.order(dana, commitment_date=at)
                    self.order(dana, commitment_date=at + timedelta(hours=3))
                    self.order(dana, commitment_date=False)
                    self.assertFalse(self.due(rule), "not yet")
                    self.later(minutes=10)
                    self.env.cr.execute(
                        "UPDATE sale_order SET commitment_date = commitment_date"
                        " - interval '10 minutes' WHERE id = %s",
                        [due.id],
                    )
                    self.env.invalidate_all()
                    self.assertEqual(self.due(rule), due.ids)
                    self.assertEqual(self.due(rule), due.ids, "once")
                    rule.action_stop()

    def test_au7_rescheduled_and_removed(self):
        """AU7: a date that moves moves its reminder, also after it was reminded of; one that is
        removed has none."""
        dana = self.customer(phone=DANA)
        rule = self.dated(delay=1, delay_unit="hours")
        moved = self.order(dana, commitment_date=fields.Datetime.now() + timedelta(minutes=59))
        rule.sudo().started = rule.sudo().checked = fields.Datetime.now() - timedelta(minutes=5)
        self.assertEqual(self.due(rule), moved.ids)
        removed = self.order(dana, commitment_date=fields.Datetime.now() + timedelta(hours=2))
        moved.commitment_date = fields.Datetime.now() + timedelta(hours=2)
        removed.commitment_date = False
        self.assertEqual(len(self.due(rule)), 1)
        moved.commitment_date = fields.Datetime.now() + timedelta(minutes=58)
        self.assertEqual(self.due(rule), [moved.id, moved.id])

    def test_au7_changed_between_the_look_and_the_message(self):
        """AU7: the date that stands there when the message would leave is what counts."""
        dana = self.customer(phone=DANA)
        rule = self.dated(delay=1, delay_unit="hours")
        order = self.order(dana, commitment_date=fields.Datetime.now() + timedelta(minutes=59))
        rule.sudo().started = rule.sudo().checked = fields.Datetime.now() - timedelta(minutes=5)
        rule.sudo()._queue_due()
        order.commitment_date = fields.Datetime.now() + timedelta(days=3)
        self.assertEqual(self.outcomes(rule), ["left_out"])
        self.assertIn("date was changed", self.rows(rule).reason)

    def test_au2_clocks_and_zones(self):
        """AU2: a day before ten o'clock is ten o'clock, also where the clocks change between; hours
        are hours; a date without a time counts at the hour of the company's clock."""
        dt = fields.Datetime.to_datetime
        rule = self.dated(delay=1, delay_unit="days", start=False).sudo()
        #: unit, mode, n, zone, date (UTC) → moment (UTC). Israel: +2, from 26 March 2027 +3.
        table = [
            ("days", "before", 1, "Asia/Jerusalem", "2027-03-26 07:00", "2027-03-25 08:00"),
            ("hours", "before", 24, "Asia/Jerusalem", "2027-03-26 07:00", "2027-03-25 07:00"),
            ("days", "after", 1, "Asia/Jerusalem", "2027-03-25 08:00", "2027-03-26 07:00"),
            ("days", "before", 1, "Europe/Warsaw", "2027-03-28 08:00", "2027-03-27 09:00"),
            ("days", "after", 7, "America/New_York", "2026-10-28 14:00", "2026-11-04 15:00"),
            ("minutes", "before", 30, "Asia/Kolkata", "2027-01-01 00:10", "2026-12-31 23:40"),
            ("days", "before", 1, "UTC", "2027-03-01 10:00", "2027-02-28 10:00"),
        ]
        for unit, mode, n, zone, date, moment in table:
            with self.subTest(unit=unit, zone=zone, date=date):
                self.company.resource_calendar_id.tz = zone
                rule.write({"delay": n, "delay_unit": unit, "delay_mode": mode})
                found = rule._due_moment(dt(date + ":00"), self.env["sale.order"], self.now)
                self.assertEqual(found, dt(moment + ":00"))
        self.company.resource_calendar_id.tz = "Asia/Jerusalem"
        rule.write({"delay": 3, "delay_unit": "days", "delay_mode": "before", "hour": 9.5})
        found = rule._due_moment(
            fields.Date.to_date("2027-03-26"), self.env["sale.order"], self.now
        )
        self.assertEqual(found, dt("2027-03-23 07:30:00"))

    def test_au2_every_year(self):
        """AU2: day and month count; 29 February is on the 28th in other years."""
        rule = self.dated(start=False, yearly=True).sudo()
        date = fields.Date.to_date
        for born, near, day in (
            ("1980-05-03", "2026-05-01", "2026-05-03"),
            ("1980-12-31", "2027-01-01", "2026-12-31"),
            ("2000-02-29", "2027-03-01", "2027-02-28"),
            ("2000-02-29", "2028-03-01", "2028-02-29"),
        ):
            self.assertEqual(rule._this_year(date(born), date(near)), date(day))

    def test_qu16_a_time_rule_reads_what_is_due(self):
        """QU16: the job asks for the dates that may be due, by the index that is there or that the
        rule makes; nothing else is read."""
        rule = self.dated(delay=1, delay_unit="hours")
        searched = []
        search = type(self.env["sale.order"]).search

        def seen(model, domain, *args, **kwargs):
            found = search(model, domain, *args, **kwargs)
            searched.append(len(found))
            return found

        dana = self.customer(phone=DANA)
        self.env["sale.order"].create(
            [
                {"partner_id": dana.id, "commitment_date": self.now + timedelta(days=n)}
                for n in range(1, 40)
            ]
        )
        with patch.object(type(self.env["sale.order"]), "search", seen):
            rule.sudo()._queue_due()
        self.assertEqual(searched, [0])

    def test_qu16_the_index_of_the_date(self):
        """QU16: the job makes the index that a date lacks, once; then what is due is found by it,
        and the day of every year, too."""
        rule = self.dated(delay=1, delay_unit="hours")
        birthday = self.rule("res.partner", "date", date_field="kala_birthday", yearly=True)
        rules = self.env["kala.rule"]
        places = [("sale_order", "commitment_date", False), ("res_partner", "kala_birthday", True)]
        self.env.cr.execute(f"DROP INDEX IF EXISTS {rules._index_name(*places[0])}")
        self.env.cr.execute(f"DROP INDEX IF EXISTS {rules._index_name(*places[1])}")
        self.assertEqual([rules._is_indexed(*place) for place in places], [False, False])
        self.run_rules()
        self.assertEqual([rules._is_indexed(*place) for place in places], [True, True])
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.assertIn(rules._index_name(*places[0]), self.plan(rule.sudo()))
        # An index that is younger than changes of its rows is of no use to their transaction.
        self.env.cr.execute("SELECT pg_get_indexdef(%s::regclass)", [rules._index_name(*places[1])])
        [definition] = self.env.cr.fetchone()
        asked = self.plan(birthday.sudo())
        for part in ("month", "day"):
            expression = f"date_part('{part}'::text, (kala_birthday)::timestamp without time zone)"
            self.assertIn(expression, definition)
            self.assertIn(expression, asked)

    def plan(self, rule):
        """:return: how PostgreSQL finds the candidates of a rule"""
        model = self.env[rule.model_id.model].sudo()
        name = rule.date_field_id.name
        window = rule._window(model._fields[name], name, self.now, self.now)
        self.env.cr.execute(SQL("EXPLAIN %s", model._search(window).select()))
        return "\n".join(row[0] for row in self.env.cr.fetchall())

    def test_au2_birthday(self):
        """AU2: on the day, at the hour, each year once; the ready-made rule is off."""
        ready = self.env.ref("kala_comm.kala_rule_birthday")
        self.assertEqual((ready.state, ready.missing), ("draft", False))
        rule = self.rule(
            "res.partner", "date", date_field="kala_birthday", yearly=True, delay=0, hour=0
        )
        now = fields.Datetime.now()
        today = fields.Datetime.context_timestamp(rule.with_context(tz="Asia/Jerusalem"), now)
        dana = self.customer(phone=DANA, kala_birthday=today.date().replace(year=1980, day=28))
        self.customer(phone=NOA, kala_birthday=today.date().replace(year=1980, day=1))
        moment = rule.sudo()._due_moment(dana.kala_birthday, dana, now)
        rule.sudo().write(
            {
                "started": moment - timedelta(minutes=1),
                "checked": moment - timedelta(minutes=1),
            }
        )
        found = [
            row[0]
            for page in rule.sudo()._due_pages(
                moment - timedelta(minutes=1), moment + timedelta(minutes=1)
            )
            for row in page
        ]
        self.assertEqual(found, dana.ids)


@tagged("post_install", "-at_install")
class TestRuleCost(RuleCommon, QueryCountCommon):
    def test_qu16_a_save_of_many(self):
        """QU16: the rule costs a save of 200 leads no more queries than one of 20."""
        rule = self.rule(trigger="status_changed", hourly_limit=0, steps=[{}, {"wait": 1}])
        extra = []
        for size in (3, 20, 200):
            costs = []
            for running in (False, True):
                rule.action_start() if running else rule.action_stop()
                leads = self.env["crm.lead"].create(
                    [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
                )
                self.env.flush_all()
                stage = self.stages["waiting"].id
                costs.append(self._count(lambda ls=leads, s=stage: ls.write({"stage_id": s})))
            extra.append(costs[1] - costs[0])
        _warm, few, many = extra
        self.assertLessEqual(many, few + 3, f"{few} queries for 20, {many} for 200")
        self.assertEqual(len(self.rows(rule).filtered(lambda r: r.state == "waiting")), 400)

    def test_qu16_the_job_works_in_sets(self):
        """QU16: the job's queries do not grow with the rows of a step."""
        costs = []
        for size in (5, 20, 80):
            rule = self.rule(hourly_limit=0)
            self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
            )
            self.env.flush_all()
            rows = self.env["kala.rule.log"].search([("state", "=", "waiting")]).sudo()
            costs.append(self._count(lambda r=rows: (r._work(), r.env.flush_all())))
            self.assertEqual(len(self.messages(rule)), size)
            rule.action_stop()
        _warm, few, many = costs
        self.assertLessEqual(many, few + 4, f"{few} queries for 20, {many} for 80")
