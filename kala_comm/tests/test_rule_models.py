"""AU3: rules on any model whose records have an e-mail, a phone or a customer."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DANA, NOA
from .rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestRuleModels(RuleCommon):
    def invoice(self, partner, **values):
        values = {"move_type": "out_invoice", "partner_id": partner.id, **values}
        return self.env["account.move"].create(values)

    def test_au3_which_models(self):
        """AU3: leads, orders, customers, and whatever has an address or a customer; nothing of
        Odoo's own, and nothing of ours."""
        told = self.env["kala.rule"]._told_models()
        self.assertEqual(told[:3], ("crm.lead", "sale.order", "res.partner"))
        self.assertLess({"account.move", "res.bank", "calendar.event"}, set(told))
        inner = {"res.users", "res.company", "mail.message", "kala.communication", "ir.attachment"}
        self.assertFalse((inner - {"res.users"}) & set(told))
        for model in ("crm.stage", "kala.communication", "kala.composer"):
            with self.subTest(model=model), self.assertRaisesRegex(ValidationError, "e-mail"):
                self.rule(model, start=False)

    def test_au3_on_an_invoice(self):
        """AU3: the message stands on the customer, the log says which record it was about, and the
        placeholders are the record's."""
        self.sms.body = "{{ first_name }}, {{ record_name }}, {{ responsible_name }}"
        dana = self.customer(name="Dana Levi", phone=DANA)
        rule = self.rule("account.move")
        invoice = self.invoice(dana, invoice_user_id=self.salesman.id)
        self.assertEqual(self.outcomes(rule), ["sent"])
        message, row = self.messages(rule), self.rows(rule)
        self.assertEqual((message.res_model, message.res_id), ("res.partner", dana.id))
        self.assertEqual(message.partner_id, dana)
        self.assertIn("Dana, ", message.body)
        self.assertIn(invoice.display_name, message.body)
        self.assertEqual((row.res_model, row.res_id), ("account.move", invoice.id))
        self.assertEqual(row.record_name, invoice.display_name)
        self.assertEqual(row.partner_id, dana)

    def test_au3_a_line_in_the_chatter(self):
        """AU3, LO7: the rule's record and the customer who was written to say so, with a link to
        the rule, and no follower gets an e-mail; a colleague's message stands on the record
        alone."""
        dana, mails = self.customer(phone=DANA), self.env["mail.mail"].search_count([])
        self.manager.partner_id.phone = NOA
        self.sms.body = "Hello"
        step = {"audience": "responsible"}
        rule = self.rule("account.move", steps=({}, step), name="Thank <you>")
        invoice = self.invoice(dana, invoice_user_id=self.manager.id)
        invoice.message_subscribe((dana + self.salesman.partner_id).ids)
        self.run_rules()

        def lines(record):
            own = self.env.ref("kala_comm.mail_message_subtype_communication")
            return record.message_ids.filtered(lambda m: m.subtype_id == own).sorted("id")

        [line] = lines(dana)
        self.assertIn(f'data-oe-id="{rule.id}"', line.body)
        self.assertIn("Thank &lt;you&gt;", line.body)
        self.assertNotIn(invoice.display_name, line.body)
        self.assertEqual(line.record_company_id, self.company)
        self.assertEqual(len(lines(invoice)), self.rows(rule).mapped("state").count("sent"))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertFalse(line.notification_ids)

    def test_lo8_what_colleagues_are_told(self):
        """LO8: what is written to a colleague or to a typed address about an invoice does not stand
        on its customer, whom all read: managers see it, as what stands on no record."""
        dana = self.customer(phone=DANA)
        self.manager.partner_id.phone = NOA
        self.sms.body = "{{ record_name }} pays late"
        steps = ({}, {"audience": "responsible"}, {"audience": "typed", "typed": NOA})
        rule = self.rule("account.move", steps=steps)
        invoice = self.invoice(dana, invoice_user_id=self.manager.id)
        self.assertFalse(invoice.with_user(self.salesman).has_access("read"))
        self.run_rules()
        messages = self.messages(rule)
        to_dana = messages.filtered(lambda m: m.contact_value == DANA)
        self.assertEqual((len(to_dana), len(messages)), (1, 3))
        self.assertEqual(messages.with_user(self.salesman)._filtered_access("read"), to_dana)
        self.assertEqual(messages.with_user(self.manager)._filtered_access("read"), messages)
        self.assertEqual(self.rows(rule).communication_id, messages)
        self.dispatch()
        self.assertLessEqual(set(messages.mapped("state")), {"sent", "delivered"})

    def test_au3_who_has_no_customer(self):
        """AU3: a record with a phone and an e-mail of its own is written to; nobody but managers
        sees what was written, since it stands on no record."""
        rule = self.rule("res.bank")
        bank = self.env["res.bank"].create({"name": "Bank", "phone": NOA, "email": "b@example.com"})
        silent = self.env["res.bank"].create({"name": "Silent"})
        self.assertEqual(self.outcomes(rule), ["sent", "left_out"])
        message = self.messages(rule).filtered("contact_value")
        self.assertEqual((message.contact_value, message.res_model), (NOA, False))
        self.assertEqual(message.body, "Hello ")
        self.assertIn(silent.name, self.rows(rule)[1].reason)
        self.assertEqual(self.rows(rule)[0].res_id, bank.id)
        self.assertTrue(message.with_user(self.manager).has_access("read"))
        self.assertFalse(message.with_user(self.salesman).has_access("read"))

    def test_au3_who_sees_its_log(self):
        """LO8: the row is seen by who may read its record, not by who may read its customer."""
        dana = self.customer(phone=DANA)
        rule = self.rule("account.move", steps=({}, {"wait": 2}))
        # Who sells reads his own invoices.
        invoice = self.invoice(dana, invoice_user_id=self.manager.id)
        self.run_rules()
        rows = self.rows(rule)
        self.assertFalse(invoice.with_user(self.salesman).has_access("read"))
        self.assertTrue(dana.with_user(self.salesman).has_access("read"))
        self.assertFalse(rows.with_user(self.salesman).search([("id", "in", rows.ids)]))
        self.assertFalse(rows[0].with_user(self.salesman).has_access("read"))
        self.assertEqual(rows.sudo().search([("id", "in", rows.ids)]), rows.sorted("due", True))
        for user, count in ((self.salesman, 0), (self.clerk, 0), (self.env.user, 1)):
            with self.subTest(user=user.login):
                self.assertEqual(dana.with_user(user).kala_waiting_steps, count)

    def test_au7_an_answer_of_its_customer(self):
        """AU7: the customer answers, and what waits for his invoice is cancelled."""
        rule = self.rule("account.move", steps=({}, {"wait": 2}))
        self.invoice(self.customer(phone=DANA))
        self.run_rules()
        self.answer()
        self.assertEqual(self.outcomes(rule), ["sent", "cancelled"])

    def test_au3_by_a_date(self):
        """AU3: a relative time, by a date of the record."""
        rule = self.rule(
            "account.move",
            "date",
            date_field="invoice_date_due",
            delay=0,
            delay_mode="after",
            hour=0,
        )
        today = fields.Date.today()
        due = self.invoice(self.customer(phone=DANA), invoice_date_due=today)
        self.invoice(self.customer(phone=NOA), invoice_date_due=today + timedelta(days=9))
        rule.sudo().write({"started": self.now - timedelta(days=2)})
        rule.sudo().write({"checked": self.now - timedelta(days=2)})
        self.assertEqual(self.outcomes(rule), ["sent"])
        self.assertEqual(self.rows(rule).res_id, due.id)

    def test_au3_on_update(self):
        """AU3: a field that was chosen is changed: not another one, and not while the record is
        created; twice in one transaction is once."""
        lead = self.lead(phone=DANA)
        names = self.env["ir.model.fields"]._get("crm.lead", "expected_revenue")
        rule = self.rule(trigger="changed", changed_field_ids=[(6, 0, names.ids)])
        self.lead(phone=NOA, expected_revenue=5)
        lead.name = "Other"
        self.env.flush_all()
        self.assertFalse(self.rows(rule))
        lead.expected_revenue = 700
        self.env.flush_all()
        lead.expected_revenue = 800
        self.assertEqual(self.outcomes(rule), ["sent"])
        self.assertEqual(self.rows(rule).res_id, lead.id)

    def test_au3_audiences(self):
        """AU2: fields of linked records, typed addresses and the creator of any record."""
        dana = self.customer(phone=DANA)
        self.manager.partner_id.phone = "+972502345679"
        rule = self.rule(
            "account.move",
            steps=(
                {"audience": "fields", "field_path": "partner_id.phone"},
                {"audience": "typed", "typed": NOA},
                {"audience": "creator"},
                {"audience": "followers"},
            ),
        )
        move = self.env["account.move"].with_user(self.manager).sudo()
        invoice = move.create({"move_type": "out_invoice", "partner_id": dana.id})
        invoice.message_unsubscribe(invoice.message_partner_ids.ids)
        self.run_rules()
        told = self.messages(rule).mapped("contact_value")
        self.assertEqual(sorted(told), sorted([DANA, NOA, "+972502345679"]))

    def test_em3_what_does_not_fit(self):
        """EM3: events, audiences and placeholders that records of a model do not have are said
        before the rule is started."""
        of_order = self.template("sms", "Order {{ order_number }}")
        self.manager.group_ids += self.env.ref("account.group_account_invoice")
        #: model, trigger, step, values → what it says
        table = [
            ("account.move", "created", {"template_id": of_order.id}, {}, "order_number"),
            ("account.move", "communication", {}, {}, "leads, orders and customers"),
            ("account.move", "status_changed", {}, {}, "no status"),
            ("account.move", "closed", {}, {}, "no status"),
            ("account.move", "changed", {}, {}, "fields that count"),
            ("res.bank", "activity_created", {}, {}, "no activities"),
            ("res.bank", "assigned", {}, {}, "no responsible"),
            ("res.bank", "created", {"audience": "responsible"}, {}, "no responsible"),
            ("res.bank", "created", {"audience": "followers"}, {}, "no followers"),
            ("res.bank", "created", {"audience": "team_leader"}, {}, "no team"),
        ]
        for n, (model, trigger, step, values, says) in enumerate(table):
            with self.subTest(row=n):
                rule = self.rule(model, trigger, [step], start=False, **values)
                self.assertRegex(rule.missing, says)
                with self.assertRaisesRegex(UserError, "cannot run yet"):
                    rule.action_start()

    def test_sc4_a_manager_who_may_not_read_them(self):
        """SC4: a rule is no way to records that its maker may not read: neither by its conditions,
        nor by its dry run."""
        payments = self.env["account.payment"].with_user(self.manager)
        self.assertFalse(payments.has_access("read"))
        rule = self.rule("account.payment", start=False, domain="[('amount', '>', 1000)]")
        self.assertIn("may not read", rule.missing)
        for method in (rule.action_start, rule.action_dry_run):
            with self.assertRaisesRegex(UserError, "may not read"):
                method()

    def test_au3_queries_do_not_grow(self):
        """AU3: the save and the job work in sets, also of these records."""
        rule = self.rule("account.move", hourly_limit=0)

        def queries(count):
            customers = [self.customer(phone=f"+97250234{n:04}") for n in range(count)]
            moves = self.env["account.move"].concat(*(self.invoice(c) for c in customers))
            self.env.flush_all()
            self.run_rules()
            self.env["kala.rule.log"].search([("rule_id", "=", rule.id)]).unlink()
            moment = fields.Datetime.now()
            events = [(move.id, "again", 0, "", moment) for move in moves]
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.env["kala.rule.log"]._insert(rule.sudo(), events)
            self.env["kala.rule.log"].search([("rule_id", "=", rule.id)])._work()
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        queries(2)
        few, many = queries(3), queries(30)
        self.assertLessEqual(many, few + 2)
