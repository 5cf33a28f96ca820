from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.bus.websocket import _websocket_instances
from odoo.addons.kala_comm.tools.messages import SendResult

from .common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestTours(KalaCommon, HttpCase):
    """What people click, in a real browser. Nothing is committed here, so neither the scheduler
    nor PostgreSQL's NOTIFY can do their part: jobs run when they are woken, and the websockets
    look when something was said. ``tests/`` does the same with a real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Once for all tours; else the first page of each builds them while others wait.
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def setUp(self):
        super().setUp()
        self.env["crm.lead"].search([]).unlink()
        self.dana = self.customer("Dana Levi", phone=DANA, user_id=self.manager.id)
        self.kitchen = self.lead("Kitchen", partner_id=self.dana.id, user_id=self.manager.id)

    def tour(self, path, name):
        self._run_jobs_when_woken()
        self._dispatch_bus()
        self.start_tour(path, name, login=self.manager.login, timeout=400)
        self.env.invalidate_all()

    def _run_jobs_when_woken(self):
        test = self

        def wake_inbox(inbox):
            inbox.with_user(SUPERUSER_ID).with_context(clean=True)._cron_run(linger=0)

        def wake_dispatcher(dispatcher, at=None):
            if at is None or at <= fields.Datetime.now():
                test._make_due(dispatcher.env)
                dispatcher.with_user(SUPERUSER_ID)._cron_run(2)

        self.patch(type(self.env["kala.inbox"]), "_wake", wake_inbox)
        self.patch(type(self.env["kala.dispatcher"]), "_wake", wake_dispatcher)

    def _make_due(self, env):
        """``now()`` stands still in a test: what is due by the clock is due by the database."""
        env.flush_all()
        env.cr.execute(
            """UPDATE kala_communication SET send_after = now() AT TIME ZONE 'UTC'
                WHERE state IN ('scheduled', 'queued')
                  AND send_after <= clock_timestamp() AT TIME ZONE 'UTC'"""
        )
        env.invalidate_all()

    def _dispatch_bus(self):
        """Let the websockets look for what was said once the request has ended."""
        bus = type(self.env["bus.bus"])
        create = bus.create

        def create_and_dispatch(records, vals_list):
            result = create(records, vals_list)
            for websocket in list(_websocket_instances):
                websocket.trigger_notification_dispatching()
            return result

        self.patch(bus, "create", create_and_dispatch)

    def test_no2_simulate_notification_record(self):
        """AD2, NO1, NO2: simulate → notification → a click opens the record."""
        action = self.env.ref("kala_comm.kala_simulate_action")
        self.tour(f"/odoo/action-{action.id}", "kala_comm_simulate")
        communication = self.env["kala.communication"].search([("lead_id", "=", self.kitchen.id)])
        self.assertEqual(communication.body, "When do you come? <b>Dana</b>")

    def test_lo4_answer_and_delivered(self):
        """LO4, DE1, TA3: answer from the lead, see "Delivered"; the task is closed."""
        self.incoming(sender=DANA, channel="whatsapp", text="Can you come on Monday?")
        self.kitchen.invalidate_recordset()
        self.assertTrue(self.kitchen.activity_ids)
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_answer")
        answer = self.env["kala.communication"].search(
            [("lead_id", "=", self.kitchen.id), ("direction", "=", "out")]
        )
        self.assertEqual((answer.state, answer.user_id), ("delivered", self.manager))
        self.assertEqual((answer.channel, answer.body), ("whatsapp", "Yes, at nine."))
        self.assertFalse(self.kitchen.activity_ids, "answered is done")

    def test_ma9_reattach(self):
        """MA9: in two clicks to another record; the next message follows."""
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, self.kitchen)
        bathroom = self.lead("Bathroom", partner_id=self.dana.id)
        self.age(bathroom, days=1)
        self.tour(f"/odoo/kala.communication/{communication.id}", "kala_comm_reattach")
        self.assertEqual(communication.lead_id, bathroom)
        self.assertEqual(self.incoming(sender=DANA).lead_id, bathroom)

    def test_de4_resend(self):
        """DE4: a failed message is sent again, as a new attempt."""
        refused = SendResult.refused("address", "There is no such number.")
        with self.provider_answers(refused):
            sent = self.kitchen.kala_send("sms", body="Offer for you", number=DANA)
            communication = self.env["kala.communication"].browse(sent.ids)
            self.dispatch()
        self.assertEqual(communication.state, "failed")
        self.tour(f"/odoo/crm/{self.kitchen.id}", "kala_comm_resend")
        self.assertEqual(communication.state, "delivered")
        self.assertEqual(communication.attempt_ids.sorted("number").mapped("state")[0], "failed")

    def test_st4_badge_no3_test_page(self):
        """ST4: the badge beside the leads menu. NO3: the page to test one's notifications."""
        self.lead("Another")
        with patch.dict("odoo.addons.kala_comm.models.kala_badge._last_pulse", clear=True):
            self.tour("/odoo/test-my-notifications", "kala_comm_badge_and_test_page")
