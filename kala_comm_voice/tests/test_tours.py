"""NO2, TA3: calls as people see them."""

from odoo.tests import tagged

from odoo.addons.kala_comm.controllers import webhook
from odoo.addons.kala_comm.tests.tour_common import TourCommon

from .common import VoiceCommon
from .fake_voicenter import FakeVoicenterCase


@tagged("post_install", "-at_install")
class TestVoiceTours(FakeVoicenterCase, VoiceCommon, TourCommon):
    """A telephone system that tells Odoo about calls by its webhook, in a real browser."""

    def setUp(self):
        super().setUp()
        self.patch(webhook, "WAKE_EVERY", 0)
        self.pbx.webhook_token = "telephone-of-the-tours"
        self.env["mail.activity"].search([]).unlink()

    def test_no2_ringing_card_record(self):
        """NO1, NO2, VO2: a call rings → its card → a click opens the record, which follows the
        call."""
        self.log(self.kitchen)
        self.age(self.kitchen, days=2)
        self.lead("Bathroom", partner_id=self.dana.id, user_id=self.manager.id)
        self.age(self.env["crm.lead"].search([("name", "=", "Bathroom")]), days=1)
        self.tour("/odoo/test-my-notifications", "kala_comm_voice_ringing")
        self.assertEqual(self.calls().lead_id, self.kitchen)
        self.assertEqual(self.calls().call_status, "missed")

    def test_vo2_click_to_call(self):
        """VO2: a click on the phone of a record rings one's own telephone; what the telephone
        system refuses is told."""
        self.connect_voicenter(self.manager)
        self.tour(f"/odoo/crm.lead/{self.kitchen.id}", "kala_comm_voice_click_to_call")
        self.assertEqual([values["target"] for _path, values in self.fake.asked], ["972502345678"])
        self.fake.body = '{"ERRORCODE": 3, "ERRORMESSAGE": "Extension is offline"}'
        self.tour(f"/odoo/crm.lead/{self.kitchen.id}", "kala_comm_voice_click_refused")

    def test_ta3_missed_task_called_back(self):
        """TA1, TA3, TA4: missed call → task → calling back, once it is answered → done."""
        self.tour("/odoo/test-my-notifications", "kala_comm_voice_call_back")
        task = self.calls().activity_id
        self.assertEqual((len(task), task.active), (1, False))
        self.assertEqual(
            set(self.calls().mapped("call_status")), {"missed", "answered"}, "all were logged"
        )
