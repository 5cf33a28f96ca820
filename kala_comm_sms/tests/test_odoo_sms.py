from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, KalaCommon
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult
from odoo.addons.sms.tools.sms_api import SmsApi

from ..models.kala_odoo_sms import SmsApiKala


@tagged("post_install", "-at_install")
class TestOdooSms(KalaCommon):
    """SM2: where the company has an SMS line, Odoo's own SMS go through it."""

    def _sent_with(self, message):
        """:return: the communications that carry the SMS of a message"""
        uuids = message.notification_ids.sms_tracker_ids.mapped("sms_uuid")
        return self.env["kala.communication"].search([("sms_uuid", "in", uuids)])

    def _notice(self, message):
        message.notification_ids.invalidate_recordset()
        notice = message.notification_ids
        return notice.notification_status, notice.failure_type, notice.failure_reason

    def test_button_on_a_lead(self):
        """The message is queued on the lead, nothing is sent in the user's transaction, and
        the chatter says what became of it."""
        lead = self.lead("Roof", phone=DANA)
        message = lead.with_user(self.colleague)._message_sms("Your roof is ready.")
        communication = self._sent_with(message)
        self.assertEqual(communication.state, "queued")
        self.assertEqual(communication.lead_id, lead)
        self.assertEqual(communication.line_id, self.sms_line)
        self.assertEqual(communication.contact_value, DANA)
        self.assertEqual(communication.body, "Your roof is ready.")
        self.assertEqual(communication.user_id, self.colleague)
        self.assertEqual(self._notice(message), ("process", False, False))
        self.dispatch()
        self.assertEqual(communication.state, "delivered")
        self.assertEqual(self._notice(message), ("sent", False, False))

    def test_chatter_has_one_line(self):
        lead = self.lead("Roof", phone=DANA)
        before = lead.message_ids
        message = lead.with_user(self.colleague)._message_sms("Hello")
        self.assertEqual(lead.message_ids - before, message)
        self.assertEqual(self._sent_with(message).mail_message_id, message)

    def test_customer_of_another_document(self):
        """A message on a document that is none of ours belongs to its customer."""
        partner = self.customer(phone=DANA)
        user = self._make_user("helper")
        message = user.partner_id._message_sms("Hi", partner_ids=partner.ids)
        self.assertEqual(self._sent_with(message).mapped("res_model"), ["res.partner"])

    def test_failure_reaches_the_chatter(self):
        """DE2: status and kind as Odoo calls them, and the provider's reason."""
        for kind, status, expected in [
            ("address", "exception", "sms_number_format"),
            ("rejected", "bounce", "sms_rejected"),
            ("sender", "bounce", "sms_rejected"),
            ("consent", "bounce", "sms_not_allowed"),
        ]:
            result = SendResult.refused(kind, "The reason.")
            with self.subTest(kind), self.provider_answers(result):
                message = self.lead(phone=DANA)._message_sms("Hello")
                self.dispatch()
                self.assertEqual(self._sent_with(message).state, "failed")
                self.assertEqual(self._notice(message), (status, expected, "The reason."))

    def test_resend_mends_the_chatter(self):
        """DE4: a resend that arrives turns the failure into a delivery."""
        with self.provider_answers(SendResult.refused("address", "No such number.")):
            message = self.lead(phone=DANA)._message_sms("Hello")
            self.dispatch()
        self._sent_with(message).action_resend()
        self.assertEqual(self._notice(message)[0], "process")
        self.dispatch()
        self.assertEqual(self._notice(message), ("sent", False, False))

    def test_what_follows_a_move_reaches_the_chatter(self):
        """SM2, DE1: what is reported later, Odoo's own SMS says, too."""
        with self.provider_answers(SendResult.sent("uid-1")):
            message = self.lead(phone=DANA)._message_sms("Hello")
            self.dispatch()
        self.assertEqual(self._notice(message)[0], "pending")
        self.take(
            DeliveryReport(
                uid="uid-1", state="failed", failure_kind="rejected", failure_reason="The reason."
            )
        )
        self.assertEqual(self._notice(message), ("bounce", "sms_rejected", "The reason."))

    def test_opted_out(self):
        """CO1: the gate is in the send itself, not in the button."""
        self.env["phone.blacklist"]._add([DANA])
        message = self.lead(phone=DANA)._message_sms("Hello")
        status, failure_type, reason = self._notice(message)
        self.assertEqual((status, failure_type), ("bounce", "sms_not_allowed"))
        self.assertIn(DANA, reason)
        communication = self._sent_with(message)
        self.assertEqual((communication.state, communication.failure_kind), ("failed", "consent"))

    def test_outside_the_window(self):
        """WI1: it waits for the opening."""
        day = {
            "name": "Later this week",
            "dayofweek": str((self.now + timedelta(days=3)).weekday()),
            "hour_from": 9,
            "hour_to": 17,
        }
        self.company.kala_send_window_id = self.env["resource.calendar"].create(
            {"name": "One day", "attendance_ids": [Command.clear(), Command.create(day)]}
        )
        message = self.lead(phone=DANA)._message_sms("Hello")
        communication = self._sent_with(message)
        self.assertEqual((communication.state, communication.wait_reason), ("scheduled", "window"))
        self.assertEqual(self._notice(message)[0], "process")

    def test_number_that_is_none(self):
        """Odoo's own word for it, and a sentence; nothing is logged."""
        results = SmsApiKala(self.env)._send_sms_batch(
            [{"content": "Hi", "numbers": [{"uuid": "u1", "number": "*2700"}]}]
        )
        self.assertEqual(results[0]["state"], "wrong_number_format")
        self.assertIn("*2700", results[0]["failure_reason"])
        results = SmsApiKala(self.env)._send_sms_batch(
            [{"content": "Hi", "numbers": [{"uuid": "u2", "number": False}]}]
        )
        self.assertEqual(results[0]["state"], "wrong_number_format")
        found = self.env["kala.communication"].search([("sms_uuid", "in", ["u1", "u2"])])
        self.assertFalse(found)

    def test_plain_number(self):
        """A number without a record: the managers' (LO8)."""
        sms = self.env["sms.sms"].create({"number": DANA, "body": "Hello"})
        sms.send()
        communication = self.env["kala.communication"].search([("sms_uuid", "=", sms.uuid)])
        self.assertFalse(communication.res_model)
        self.assertEqual(sms.state, "process")
        self.dispatch()
        sms.invalidate_recordset()
        self.assertEqual(sms.state, "sent")

    def _template(self):
        return self.env["sms.template"].create(
            {
                "name": "Ready",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "body": "Ready: {{ object.name }}",
            }
        )

    def _texts(self, lead):
        """:return: (text, state, line) of each SMS on a lead"""
        found = lead.kala_communication_ids.sorted("id")
        return [(c.body, c.state, c.line_id) for c in found]

    def test_sm2_server_action(self):
        """SM2: the server action "Send SMS" in each of its ways, in one transaction with what
        caused it."""
        for method in ("comment", "note", "sms"):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Text",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "state": "sms",
                    "sms_template_id": self._template().id,
                    "sms_method": method,
                }
            )
            lead = self.lead(f"By {method}", phone=DANA)
            action.with_context(active_model="crm.lead", active_ids=lead.ids).run()
            with self.job() as env:
                env["sms.sms"]._process_queue()
            lead.invalidate_recordset()
            with self.subTest(method):
                text = f"Ready: By {method}"
                self.assertEqual(self._texts(lead), [(text, "queued", self.sms_line)])

    def test_sm2_automation(self):
        """SM2: a rule of Odoo's own, with Odoo's own action: it goes through window and gate."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Text",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "state": "sms",
                "sms_template_id": self._template().id,
                "sms_method": "comment",
                "usage": "base_automation",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "A new lead",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "trigger": "on_create",
                "action_server_ids": [Command.set(action.ids)],
            }
        )
        lead = self.lead("Roof", phone=DANA)
        self.assertEqual(self._texts(lead), [("Ready: Roof", "queued", self.sms_line)])

    def test_sm2_template_in_the_composer(self):
        """SM2: the composer with a template, as the button on a lead opens it."""
        lead = self.lead("Roof", phone=DANA)
        composer = (
            self.env["sms.composer"]
            .with_context(active_model="crm.lead", active_id=lead.id)
            .create(
                {
                    "composition_mode": "comment",
                    "number_field_name": "phone",
                    "template_id": self._template().id,
                }
            )
        )
        composer._action_send_sms()
        self.assertEqual(self._texts(lead), [("Ready: Roof", "queued", self.sms_line)])

    def test_mass_mode(self):
        """BR3: a mass send gives way to typed answers, and each message stays with its lead."""
        leads = self.lead("One", phone=DANA) | self.lead("Two", phone=NOA)
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "crm.lead",
                "res_ids": str(leads.ids),
                "body": "Sale!",
                "mass_force_send": True,
                "mass_keep_log": False,
            }
        )
        composer._action_send_sms()
        communications = leads.kala_communication_ids
        self.assertEqual(communications.mapped("lead_id"), leads)
        self.assertEqual(set(communications.mapped("priority")), {1})
        self.dispatch()
        self.assertEqual(set(communications.mapped("state")), {"delivered"})

    def test_mass_mode_over_two_companies(self):
        """Each record is written to in the name of its own company."""
        _connection, other_line, _whatsapp = self._make_sandbox(self.other_company, "02-5123456")
        ours = self.lead("Ours", phone=DANA, company_id=self.company.id, team_id=False)
        theirs = self.lead("Theirs", phone=NOA, company_id=self.other_company.id, team_id=False)
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "crm.lead",
                "res_ids": str((ours | theirs).ids),
                "body": "Sale!",
                "mass_force_send": True,
            }
        )
        composer._action_send_sms()
        self.assertEqual(ours.kala_communication_ids.line_id, self.sms_line)
        self.assertEqual(theirs.kala_communication_ids.line_id, other_line)

    def test_queue_of_two_companies(self):
        """Odoo's job takes both companies' messages at once; each leaves from its own line."""
        _connection, other_line, _whatsapp = self._make_sandbox(self.other_company, "02-5123456")
        messages = self.env["mail.message"]
        for company, phone in ((self.company, DANA), (self.other_company, NOA)):
            lead = self.lead(company.name, phone=phone, company_id=company.id, team_id=False)
            messages |= lead._message_sms("Hello", put_in_queue=True)
        with self.job() as env:
            env["sms.sms"]._process_queue()
        communications = self._sent_with(messages).sorted("id")
        self.assertEqual(communications.line_id, self.sms_line | other_line)
        self.assertEqual(communications.mapped("company_id"), self.company | self.other_company)

    def test_without_a_line_odoo_sends_as_ever(self):
        self.connection.action_draft()
        sms = self.env["sms.sms"].create({"number": DANA, "body": "Hello"})
        self.assertEqual([type(api) for api, _sms in sms._split_by_api()], [SmsApi])
        self.assertEqual(self.company._get_sms_api_class(), SmsApi)

    def test_paused_line_keeps_the_messages(self):
        """DE5: they wait, and do not leave by another service."""
        self.connection.action_pause()
        message = self.lead(phone=DANA)._message_sms("Hello")
        self.dispatch()
        self.assertEqual(self._sent_with(message).state, "queued")
        self.assertEqual(self._notice(message)[0], "process")

    def test_queries_do_not_grow_with_the_batch(self):
        """A batch of forty asks hardly more than a batch of four."""
        counts = {}
        for size in (4, 40):
            leads = self.env["crm.lead"].create(
                [{"name": f"{n}", "phone": f"+97250234{n:04}"} for n in range(size)]
            )
            rows = self.env["sms.sms"].create(
                [
                    {
                        "number": lead.phone,
                        "body": "Hi",
                        "kala_res_model": "crm.lead",
                        "kala_res_id": lead.id,
                    }
                    for lead in leads
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows.send()
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
        self.assertLess(counts[40], counts[4] + 20, counts)
