"""WA5: how a Viber bot is doing, from what Viber answers."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.health_cases import ProviderHealth
from odoo.addons.kala_comm.tools import http


def account(**values):
    return {"status": 0, "status_message": "ok", "id": "pa:1", "name": "Galil", **values}


@tagged("post_install", "-at_install")
class TestViberHealth(ProviderHealth):
    def test_wa5_what_viber_answers(self):
        bot = self.env["kala.connection"].create(
            {"name": "Bot", "provider": "viber", "viber_auth_token": "44dafb7e-made-up"}
        )
        refused = {"status": 2, "status_message": "invalidAuthToken"}
        self.check_table(
            bot,
            [
                (
                    "in order",
                    {"get_account_info": (200, account(webhook="OUR_ADDRESS"))},
                    *("connected", "quiet", ""),
                ),
                (
                    "token revoked; Viber says it with HTTP 200",
                    {"get_account_info": (200, refused)},
                    *("error", "quiet", "invalidAuthToken"),
                ),
                (
                    "webhook taken away by another system",
                    {"get_account_info": (200, account(webhook="https://other.example.com"))},
                    *("connected", "no", "another address"),
                ),
                (
                    "no webhook any more",
                    {"get_account_info": (200, account(webhook=""))},
                    *("connected", "no", "no webhook address"),
                ),
                (
                    "where it goes is not told",
                    {"get_account_info": (200, account())},
                    *("connected", "quiet", ""),
                ),
                (
                    "provider down",
                    {"get_account_info": http.NothingSent("refused")},
                    *("error", "quiet", ""),
                ),
            ],
        )
