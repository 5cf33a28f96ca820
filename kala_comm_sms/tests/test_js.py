from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js as web_js


@tagged("post_install", "-at_install")
class TestJs(HttpCase):
    """SM3: the browser counts as the server does."""

    @no_retry
    def test_unit(self):
        suite = web_js.HOOTCommon._generate_hash(self, "@kala_comm_sms")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=web_js.unit_test_error_checker,
        )
