"""WA5: how a page is doing, from what Meta answers."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.health_cases import ProviderHealth
from odoo.addons.kala_comm.tools import http

PAGE = {"id": "200000000001", "name": "Galil"}
APP = {"data": [{"id": "300000000001", "name": "Our app", "subscribed_fields": ["messages"]}]}
REVOKED = {"error": {"code": 190, "message": "Error validating access token"}}


@tagged("post_install", "-at_install")
class TestMessengerHealth(ProviderHealth):
    def test_wa5_what_meta_answers(self):
        page = self.env["kala.connection"].create(
            {
                "name": "Galil",
                "provider": "messenger",
                "messenger_page_token": "EAApage",
                "messenger_app_secret": "secret",
            }
        )
        self.check_table(
            page,
            [
                (
                    "in order",
                    {"subscribed_apps": (200, APP), "/me": (200, PAGE)},
                    *("connected", "quiet", ""),
                ),
                (
                    "token revoked",
                    {"/me": (400, REVOKED)},
                    *("error", "quiet", "Error validating access token"),
                ),
                (
                    "the page was taken off the app",
                    {"subscribed_apps": (200, {"data": []}), "/me": (200, PAGE)},
                    *("connected", "no", "not send the news of this account here any more"),
                ),
                (
                    "who hears it is not told",
                    {"subscribed_apps": (403, REVOKED), "/me": (200, PAGE)},
                    *("connected", "quiet", ""),
                ),
                (
                    "provider down",
                    {"/me": http.NothingSent("refused")},
                    *("error", "quiet", ""),
                ),
            ],
        )
