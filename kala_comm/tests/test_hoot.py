from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests import test_js

#: Seconds for all of them; the machine may be busy with other things.
PATIENCE = 500


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    """The unit tests of our components (``static/tests/**/*.test.js``), in Odoo's own runner."""

    @no_retry
    def test_components(self):
        said = []

        def ends_the_run(message):
            said.append(message)
            return test_js.unit_test_error_checker(message)

        suite = test_js.HOOTCommon._generate_hash(None, "@kala_comm")
        try:
            self.browser_js(
                f"/web/tests?headless&loglevel=2&preset=desktop&timeout=30000&id={suite}",
                code="",
                login="admin",
                timeout=PATIENCE,
                success_signal="[HOOT] Test suite succeeded",
                error_checker=ends_the_run,
            )
        except AssertionError as error:
            self.fail("\n".join((str(error), *said)))
