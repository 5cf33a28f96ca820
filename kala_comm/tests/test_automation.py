from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, NOA, OMER, KalaCommon
from .query_counts import QueryCountCommon

ACTIONS = "odoo.addons.kala_comm.models.automation.ir_actions_server"


class AutomationCase(KalaCommon):
    def automate(self, model, action=None, template=None, **values):
        """:param dict action: values of the action "Send a message"
        :param values: of the rule
        :return: the rule"""
        model_id = self.env["ir.model"]._get(model).id
        fields_of = values.pop("trigger_fields", ())
        if fields_of:
            values["trigger_field_ids"] = [
                (6, 0, [self.env["ir.model.fields"]._get(model, name).id for name in fields_of])
            ]
        template = template or self.env.ref("kala_comm.template_new_lead")
        return self.env["base.automation"].create(
            {
                "name": "Rule",
                "model_id": model_id,
                "trigger": "on_create_or_write",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Send",
                            "model_id": model_id,
                            "state": "kala_message",
                            "kala_template_id": template.id,
                            **(action or {}),
                        },
                    )
                ],
                **values,
            }
        )

    def sent(self, record):
        field = record._kala_communication_field()
        return self.env["kala.communication"].search(
            [(field, "=", record.id), ("direction", "=", "out")]
        )


@tagged("post_install", "-at_install")
class TestAutomation(AutomationCase):
    """AU1, AU4, AU6: the action "Send a message" in Odoo's automation rules."""

    def rule(self, xmlid):
        rule = self.env.ref(f"kala_comm.rule_{xmlid}")
        rule.active = True
        return rule

    def test_delivered_rules_are_off(self):
        """AU1: the ready-made rules do nothing until somebody starts them."""
        lead = self.lead(phone=DANA)
        self.assertFalse(self.sent(lead))

    def test_order_confirmed(self):
        """AU1: a change of state sends by template, once, and names its rule (LO7)."""
        rule = self.rule("order_confirmed")
        order = self.order(self.customer(phone=DANA))
        order.write({"state": "sale"})
        sent = self.sent(order)
        self.assertEqual(len(sent), 1)
        self.assertIn(order.name, sent.body)
        self.assertEqual(sent.origin, f"base.automation,{rule.id}")
        order.write({"note": "x"})
        self.assertEqual(self.sent(order), sent)

    def test_status_type(self):
        """AU1: X and Y may be status types."""
        lost = self.env.ref("kala_comm.status_type_won")
        model = self.env["ir.model"]._get("crm.lead")
        self.env["base.automation"].create(
            {
                "name": "Won",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [(6, 0, self.env.ref("crm.field_crm_lead__stage_id").ids)],
                "filter_domain": f"[('kala_status_type_id', '=', {lost.id})]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Send",
                            "model_id": model.id,
                            "state": "kala_message",
                            "kala_template_id": self.env.ref("kala_comm.template_new_lead").id,
                        },
                    )
                ],
            }
        )
        lead = self.lead(phone=DANA)
        self.assertFalse(self.sent(lead))
        lead.stage_id = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self.assertEqual(len(self.sent(lead)), 1)

    def test_never_fails_the_save(self):
        """AU1: a lead without a phone is saved; the message that cannot be sent is kept."""
        self.rule("new_lead")
        lead = self.lead()
        self.assertTrue(lead.exists())
        self.assertEqual(self.sent(lead).mapped("failure_kind"), ["address"])

    def test_ceiling_stops_the_rule(self):
        """AU4: a rule that would send more than its ceiling stops and says so."""
        rule = self.rule("new_lead")
        self.env.ref("kala_comm.action_new_lead").kala_hourly_limit = 1
        first, second = self.lead(phone=DANA), self.lead(phone=NOA)
        self.assertEqual(len(self.sent(first)), 1)
        self.assertFalse(self.sent(second))
        self.assertFalse(rule.active)
        told = self.env["mail.message"].search([("subject", "ilike", rule.name)])
        self.assertTrue(told)

    def test_never_for_the_past(self):
        """AU4: a new time rule does not write to everybody who ever matched."""
        model = self.env["ir.model"]._get("crm.lead")
        rule = self.env["base.automation"].create(
            {
                "name": "Reminder",
                "model_id": model.id,
                "trigger": "on_time",
                "trg_date_id": self.env.ref("crm.field_crm_lead__date_deadline").id,
            }
        )
        self.assertFalse(rule.last_run)
        self.env["ir.actions.server"].create(
            {
                "name": "Send",
                "model_id": model.id,
                "base_automation_id": rule.id,
                "state": "kala_message",
                "kala_template_id": self.env.ref("kala_comm.template_new_lead").id,
            }
        )
        self.assertLess(abs((rule.last_run - fields.Datetime.now()).total_seconds()), 60)

    def test_failure_starts_a_rule(self):
        """AU6: a failed message starts a rule; a rule that breaks takes no result back."""
        model = self.env["ir.model"]._get("kala.communication")
        self.env["base.automation"].create(
            {
                "name": "Failed",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [
                    (6, 0, self.env.ref("kala_comm.field_kala_communication__failed_date").ids)
                ],
                "filter_domain": "[('state', '=', 'failed')]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Mark",
                            "model_id": model.id,
                            "state": "code",
                            "code": "raise UserError('broken')",
                        },
                    )
                ],
            }
        )
        dana = self.customer(phone=DANA)
        sent = dana.kala_send("sms", body="x")
        with (
            self.provider_answers(SendResult.refused("rejected", "no")),
            self.assertLogs(
                "odoo.addons.kala_comm.models.outbound.kala_dispatcher_results", "ERROR"
            ),
        ):
            self.dispatch()
        self.assertEqual(sent.state, "failed")

    def test_delivered_rules(self):
        """AU1: each ready-made rule writes once it is started."""
        for xmlid in ("new_lead", "quotation_sent", "missed_call"):
            self.rule(xmlid)
        dana = self.customer("Dana Levi", phone=DANA)
        lead = self.lead(phone=NOA)
        self.assertIn("thank you for writing", self.sent(lead).body)
        order = self.order(dana)
        self.assertFalse(self.sent(order))
        order.action_quotation_sent()
        self.assertIn(order.name, self.sent(order).body)
        self.log(
            dana,
            channel="voice",
            direction="in",
            call_status="missed",
            contact_value=DANA,
            state="received",
        )
        missed = self.sent(dana).filtered(lambda c: c.res_model == "res.partner")
        self.assertIn("missed your call", missed.body)

    # ------------------------------------------------------------------ AU1

    def _stage(self, code):
        return self.env["crm.stage"].create(
            {"name": code, "kala_status_type_id": self.types[code].id}
        )

    def test_au1_lead_status_from_x_to_y(self):
        """AU1: X and Y each a status, a status type or any."""
        new, waiting, closed = map(self._stage, ("new", "waiting", "closed"))
        other_new = self._stage("new")

        def of_type(code):
            return f"[('kala_status_type_id', '=', {self.types[code].id})]"

        def of_stage(stage):
            return f"[('stage_id', '=', {stage.id})]"

        #: X, Y, from, to → whether it fires
        cases = [
            (of_type("new"), of_type("waiting"), new, waiting, True),
            (of_type("new"), of_type("waiting"), other_new, waiting, True),
            (of_type("new"), of_type("waiting"), closed, waiting, False),
            (of_type("new"), of_type("waiting"), new, closed, False),
            (of_stage(new), of_stage(waiting), new, waiting, True),
            (of_stage(new), of_stage(waiting), other_new, waiting, False),
            (of_stage(new), of_type("closed"), new, closed, True),
            (of_type("waiting"), of_stage(closed), waiting, closed, True),
            (False, of_type("closed"), waiting, closed, True),
            (False, of_type("closed"), closed, new, False),
            (of_type("closed"), False, closed, new, True),
            (False, False, new, other_new, True),
        ]
        for n, (before, after, start, end, fires) in enumerate(cases):
            with self.subTest(row=n), self.env.cr.savepoint() as savepoint:
                lead = self.lead(phone=DANA, stage_id=start.id)
                self.automate(
                    "crm.lead",
                    trigger_fields=["stage_id"],
                    filter_pre_domain=before,
                    filter_domain=after,
                )
                lead.stage_id = end
                lead.name = "Something else changes"
                self.assertEqual(len(self.sent(lead)), int(fires))
                savepoint.rollback()

    def test_au1_from_x_to_y_without_domains(self):
        """AU1: a rule says from which status to which, each a status, a status type or any;
        what is created in Y did not change to it."""
        new, waiting, closed = map(self._stage, ("new", "waiting", "closed"))
        types = self.types
        #: X, Y, from, to → whether it fires
        cases = [
            (types["new"], types["waiting"], new, waiting, True),
            (types["new"], types["waiting"], closed, waiting, False),
            (new, types["closed"], new, closed, True),
            (types["waiting"], closed, waiting, closed, True),
            (types["waiting"], closed, waiting, new, False),
            (None, types["closed"], waiting, closed, True),
            (types["closed"], None, closed, new, True),
            (None, None, new, waiting, True),
        ]
        for n, (before, after, start, end, fires) in enumerate(cases):
            with self.subTest(row=n), self.env.cr.savepoint() as savepoint:
                self.automate(
                    "crm.lead",
                    kala_on_status=True,
                    kala_status_from=before and f"{before._name},{before.id}",
                    kala_status_to=after and f"{after._name},{after.id}",
                )
                self.assertFalse(self.sent(self.lead(phone=NOA, stage_id=end.id)), "created")
                lead = self.lead(phone=DANA, stage_id=start.id)
                lead.stage_id = end
                self.assertEqual(len(self.sent(lead)), int(fires))
                savepoint.rollback()

    def test_au1_orders_and_lost_leads_without_domains(self):
        """AU1, ST2, ST3: an order that follows its Odoo state; a lead that is lost."""
        self.automate(
            "sale.order",
            template=self.env.ref("kala_comm.template_order_confirmed"),
            kala_on_status=True,
            kala_status_from=f"kala.status.type,{self.types['new'].id}",
            kala_status_to=f"kala.status.type,{self.types['open'].id}",
        )
        self.automate(
            "crm.lead",
            kala_on_status=True,
            kala_status_to=f"kala.status.type,{self.types['lost'].id}",
        )
        order = self.order(self.customer(phone=DANA))
        self.env.flush_all()
        self.assertFalse(self.sent(order))
        order.action_confirm()
        self.env.flush_all()
        self.assertEqual(len(self.sent(order)), 1)
        lead = self.lead(phone=NOA)
        lead.action_set_lost()
        self.assertEqual(len(self.sent(lead)), 1)

    def test_au1_status_that_is_none(self):
        """AU1: an order's status is none of a lead; customers have none."""
        status = self.env["kala.order.status"].search([], limit=1)
        with self.assertRaisesRegex(ValidationError, "no status of these records"):
            self.automate(
                "crm.lead",
                kala_on_status=True,
                kala_status_to=f"kala.order.status,{status.id}",
            )
        with self.assertRaisesRegex(ValidationError, "Leads and orders"):
            self.automate("res.partner", kala_on_status=True)

    def test_au1_lost_lead(self):
        """AU1, ST2: a lost lead is in the type of its lost reason."""
        irrelevant = self.types["irrelevant"]
        reason = self.env["crm.lost.reason"].create(
            {"name": "Spam", "kala_status_type_id": irrelevant.id}
        )
        self.automate(
            "crm.lead",
            trigger_fields=["active", "lost_reason_id", "stage_id"],
            filter_domain=f"[('kala_status_type_id', '=', {irrelevant.id})]",
        )
        lost, kept = self.lead(phone=DANA), self.lead(phone=NOA)
        lost.action_set_lost(lost_reason_id=reason.id)
        kept.action_set_lost()
        self.assertEqual((len(self.sent(lost)), len(self.sent(kept))), (1, 0))

    def test_au1_order_status_from_x_to_y(self):
        """AU1: order statuses, those that follow the Odoo state and those that a user chooses."""
        template = self.env.ref("kala_comm.template_order_confirmed")
        self.automate(
            "sale.order",
            template=template,
            trigger_fields=["kala_status_id"],
            filter_pre_domain=f"[('kala_status_type_id', '=', {self.types['new'].id})]",
            filter_domain=f"[('kala_status_type_id', '=', {self.types['open'].id})]",
        )
        packed = self.env["kala.order.status"].create(
            {
                "name": "Packed",
                "state": "sale",
                "sequence": 99,
                "kala_status_type_id": self.types["closed"].id,
            }
        )
        self.automate(
            "sale.order",
            template=template,
            trigger_fields=["kala_status_id"],
            filter_domain=f"[('kala_status_id', '=', {packed.id})]",
        )
        order = self.order(self.customer(phone=DANA))
        order.action_confirm()
        self.assertEqual(len(self.sent(order)), 1)
        order.kala_status_id = packed
        self.assertEqual(len(self.sent(order)), 2)

    def test_au1_recipients(self):
        """SE3, AU1: the customer, the responsible, another user, a fixed number."""
        self.salesman.partner_id.phone = OMER
        self.colleague.partner_id.phone = NOA
        for recipient, values, number in (
            ("customer", {}, DANA),
            ("responsible", {}, OMER),
            ("user", {"kala_user_id": self.colleague.id}, NOA),
            ("address", {"kala_number": "+972 52 999 9999"}, "+972529999999"),
        ):
            with self.subTest(recipient=recipient), self.env.cr.savepoint() as savepoint:
                self.automate(
                    "crm.lead", {"kala_recipient": recipient, **values}, trigger="on_create"
                )
                lead = self.lead(phone=DANA, user_id=self.salesman.id)
                self.assertEqual(self.sent(lead).mapped("contact_value"), [number])
                savepoint.rollback()
        model = self.env["ir.model"]._get("crm.lead")
        action = self.env["ir.actions.server"].create(
            {
                "name": "x",
                "model_id": model.id,
                "state": "kala_message",
                "kala_template_id": self.env.ref("kala_comm.template_new_lead").id,
                "kala_recipient": "address",
                "kala_number": "052",
            }
        )
        self.assertIn("Type the number", action.warning)

    def test_au1_email(self):
        """AU1: an e-mail by template, with its subject; one without is refused."""
        self._make_mailbox()
        template = self.env["kala.template"].create(
            {
                "name": "T",
                "channel": "email",
                "subject": "Order {{ order_number }}",
                "body": "Hello {{ first_name }}",
            }
        )
        rule = self.automate(
            "sale.order",
            {"kala_channel": "email"},
            template=template,
            trigger_fields=["state"],
            filter_domain="[('state', '=', 'sale')]",
        )
        order = self.order(self.customer("Dana Levi", email="dana@example.com"))
        order.action_confirm()
        sent = self.sent(order).filtered(lambda c: c.template_id == template)
        self.assertEqual((sent.subject, sent.body), (f"Order {order.name}", "Hello Dana"))
        self.assertEqual((sent.state, sent.contact_value), ("queued", "dana@example.com"))
        template.subject = False
        self.assertIn("no subject", rule.action_server_ids.warning)

    def test_au1_a_broken_action_does_not_stop_the_save(self):
        """AU1: somebody changed the template under a rule: the rule stops and says so, what the
        user saves is saved."""
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hello"}
        )
        rule = self.automate("crm.lead", trigger="on_create", template=template)
        template.channel = "whatsapp"
        lead = self.lead(phone=DANA)
        self.assertTrue(lead.exists())
        self.assertFalse(self.sent(lead))
        self.assertFalse(rule.active)
        told = self.env["mail.message"].search([("subject", "ilike", "was stopped")], limit=1)
        self.assertIn("another channel", told.body)

    def test_au1_one_bad_record_holds_nobody(self):
        """AU1: of several records one cannot be rendered: the others get their message."""
        rule = self.automate("crm.lead", trigger="on_create")
        prepare = type(self.env["kala.outbox"])._prepare_text_vals

        def fail_for_bad(outbox, record, *args, **kwargs):
            if record.name == "Bad":
                raise ValueError("cannot be rendered")
            return prepare(outbox, record, *args, **kwargs)

        with (
            patch.object(type(self.env["kala.outbox"]), "_prepare_text_vals", fail_for_bad),
            self.assertLogs(ACTIONS, "WARNING"),
        ):
            leads = self.env["crm.lead"].create(
                [{"name": n, "phone": DANA, "user_id": False} for n in ("Good", "Bad", "Fine")]
            )
        self.assertEqual([len(self.sent(lead)) for lead in leads], [1, 0, 1])
        self.assertTrue(rule.active)

    def test_au1_defaults_of_the_users_screen_say_nothing(self):
        """AU1: what the web client puts into the context of a save is not about our message."""
        self.automate("crm.lead", trigger="on_create")
        lead = (
            self.env["crm.lead"]
            .with_context(default_kind="reaction", default_is_service=True)
            .create({"name": "L", "phone": DANA, "user_id": False})
        )
        sent = self.sent(lead)
        self.assertEqual((sent.kind, sent.is_service, sent.state), ("text", False, "queued"))

    # ------------------------------------------------------------------ AU4

    def test_au4_once_for_rule_record_and_event(self):
        """AU4: of a rule about a date, that date: whatever runs again; another date is another
        event."""
        rule = self.automate(
            "crm.lead",
            trigger="on_time",
            trg_date_id=self.env.ref("crm.field_crm_lead__date_deadline").id,
            trg_date_range=1,
            trg_date_range_type="hour",
        )
        lead = self.lead(phone=DANA, date_deadline=fields.Date.today())
        rule._process(lead)
        rule._process(lead)
        self.assertEqual(len(self.sent(lead)), 1)
        lead.date_deadline = fields.Date.today() + timedelta(days=1)
        rule._process(lead)
        self.assertEqual(len(self.sent(lead)), 2)

    def test_au4_action_becomes_one_that_sends(self):
        """AU4: no firing for the past, either, where an old rule's action is changed."""
        rule = self.automate(
            "crm.lead",
            {"state": "code", "code": "pass"},
            trigger="on_time",
            trg_date_id=self.env.ref("crm.field_crm_lead__date_deadline").id,
        )
        rule.last_run = False
        rule.action_server_ids.state = "kala_message"
        self.assertTrue(rule.last_run)

    def test_au4_past_records_of_a_new_time_rule(self):
        """AU4: Odoo's job finds nobody of the past; who becomes due is written to."""
        past = self.lead(phone=DANA, date_deadline=fields.Date.today() - timedelta(days=30))
        rule = self.automate(
            "crm.lead",
            trigger="on_time",
            trg_date_id=self.env.ref("crm.field_crm_lead__date_deadline").id,
            trg_date_range=0,
        )
        due = rule._search_time_based_automation_records(until=fields.Datetime.now())
        self.assertNotIn(past, due)
        rule.last_run = fields.Datetime.now() - timedelta(days=40)
        due = rule._search_time_based_automation_records(until=fields.Datetime.now())
        self.assertIn(past, due)

    # ------------------------------------------------------------------ AU6

    def test_au6_words(self):
        """AU6: a text with given words sets stage, responsible and tags, and makes a task."""
        model = self.env["ir.model"]._get("kala.communication")
        stage, tag = self._stage("waiting"), self.env["crm.tag"].create({"name": "Price"})
        self.env["base.automation"].create(
            {
                "name": "Words",
                "model_id": model.id,
                "trigger": "on_create",
                "filter_domain": "[('direction', '=', 'in'), ('body', 'ilike', 'price')]",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Set",
                            "model_id": model.id,
                            "state": "code",
                            "code": f"""
lead = record.lead_id
lead.write({{
    "stage_id": {stage.id},
    "user_id": {self.colleague.id},
    "tag_ids": [(4, {tag.id})],
}})
lead.activity_schedule("mail.mail_activity_data_todo", summary="Quote", user_id=lead.user_id.id)
""",
                        },
                    )
                ],
            }
        )
        lead = self.lead(phone=DANA)
        self.incoming(sender=DANA, text="Hello")
        self.assertFalse(lead.tag_ids)
        self.incoming(sender=DANA, text="What PRICE is it?")
        self.assertEqual((lead.stage_id, lead.user_id), (stage, self.colleague))
        self.assertEqual(lead.tag_ids, tag)
        self.assertIn("Quote", lead.activity_ids.mapped("summary"))


@tagged("post_install", "-at_install")
class TestAutomationCost(AutomationCase, QueryCountCommon):
    def test_au1_queues_in_sets(self):
        """AU1: the message costs 100 records not ten times the queries of 10, beside the same
        rule whose action does nothing."""
        stage = self.env["crm.stage"].create({"name": "Next"})
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "sms", "body": "Hello {{ first_name }}, {{ stage }}"}
        )
        rule = self.automate(
            "crm.lead",
            {"kala_hourly_limit": 0},
            template=template,
            trigger_fields=["stage_id"],
            filter_domain=f"[('stage_id', '=', {stage.id})]",
        )
        extra = []
        for size in (3, 10, 100):
            costs = []
            for active in (False, True):
                rule.action_server_ids.write(
                    {"state": "kala_message"} if active else {"state": "code", "code": "pass"}
                )
                leads = self.env["crm.lead"].create(
                    [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
                )
                self.env.flush_all()
                costs.append(self._count(lambda leads=leads: leads.write({"stage_id": stage.id})))
                self.assertEqual(len(leads.kala_communication_ids), len(leads) if active else 0)
            extra.append(costs[1] - costs[0])
        _warm, few, many = extra
        self.assertLessEqual(many, 2 * few + 10, f"{few} queries for 10, {many} for 100")
