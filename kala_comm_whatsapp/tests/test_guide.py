"""AD1: a WhatsApp number at Meta is connected on one page."""

import json
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.tour_common import TourCommon
from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.messages import HttpAnswer

REFUSED = {"error": {"code": 190, "message": "Invalid OAuth access token"}}
NUMBERS = {
    "data": [
        {"id": "109876543210", "display_phone_number": "+972 3 234 5678", "verified_name": "Galil"}
    ]
}


@tagged("post_install", "-at_install")
class TestMetaGuide(TourCommon):
    def test_ad1_meta_on_one_page(self):
        asked = []

        def perform(request):
            asked.append(request)
            if "wrong" in request.headers["Authorization"]:
                return HttpAnswer(401, {}, json.dumps(REFUSED))
            is_hook = "subscribed_apps" in request.url
            return HttpAnswer(200, {}, json.dumps({"success": True} if is_hook else NUMBERS))

        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        self.env["kala.fingerprint"]._remember()
        with patch.object(http, "perform", perform):
            self.tour("/odoo/communication-connect", "kala_comm_guide_meta", login="admin")
        connection = self.env["kala.connection"].search([("provider", "=", "meta")], limit=1)
        self.assertEqual(connection.state, "connected")
        self.assertEqual(connection.line_ids.address, "+97232345678")
        self.assertTrue([request for request in asked if "subscribed_apps" in request.url])
