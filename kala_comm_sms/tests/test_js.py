import json

from odoo.tests import HttpCase, tagged

from .test_segments import CASES

MODULE = "odoo.loader.modules.get('@kala_comm_sms/segments')"
CODE = """
    const wrong = %(cases)s.filter(([name, text, expected]) => {
        const {encoding, units, count} = %(module)s.countSegments(text);
        return JSON.stringify([encoding, units, count]) !== JSON.stringify(expected);
    });
    if (wrong.length) {
        console.error("counted otherwise: " + wrong.map(([name]) => name).join(", "));
    } else {
        console.log("test successful");
    }
"""


@tagged("post_install", "-at_install")
class TestJs(HttpCase):
    """SM3: the browser counts as the server does."""

    def test_segments(self):
        cases = json.dumps([[name, text, list(expected)] for name, text, expected in CASES])
        code = CODE % {"cases": cases, "module": MODULE}
        self.browser_js("/odoo", code, ready=f"Boolean({MODULE})", login="admin")
