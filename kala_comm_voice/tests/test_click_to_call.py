"""VO2: click to call, against a telephone system that answers well, badly or not at all."""

import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA

from .common import VoiceCommon
from .fake_voicenter import OK, FakeVoicenterCase


@tagged("post_install", "-at_install")
class TestClickToCall(FakeVoicenterCase, VoiceCommon):
    def setUp(self):
        super().setUp()
        self.connect_voicenter(self.salesman)

    def dial(self, number=DANA, user=None):
        return self.env["kala.call"].with_user(user or self.salesman).dial(number)

    def test_rings_the_users_extension(self):
        """The extension rings, then the number is dialled, in whatever spelling it stood; also
        where the user sits at a system that cannot dial as well."""
        for number in (DANA, "050-234-5678", "\u200e+972 50 234 5678"):
            self.assertTrue(self.dial(number))
        self.assertEqual(len(self.fake.asked), 3)
        for path, values in self.fake.asked:
            self.assertEqual(path, "/ForwardDialer/click2call.aspx")
            self.assertEqual(
                values,
                {
                    "phone": "SIPSIP",
                    "target": "972502345678",
                    "code": "secret-code-1",
                    "action": "call",
                    "format": "json",
                },
            )

    def test_star_numbers_are_dialled_as_they_are(self):
        self.assertTrue(self.dial("*2345"))
        self.assertEqual(self.fake.asked[0][1]["target"], "*2345")

    def test_refusals_are_told(self):
        """What the system says no to is told, whatever the HTTP status, and without the code."""
        for status, body in (
            (200, json.dumps({**OK, "ERRORCODE": 3, "ERRORMESSAGE": "Extension is offline"})),
            (200, json.dumps({"ERRORCODE": "2", "ERRORMESSAGE": "code=secret-code-1 is wrong"})),
            (200, "<html>it works</html>"),
            (200, ""),
            (200, "[]"),
            (500, json.dumps(OK)),
            (403, "no"),
        ):
            with self.subTest(status=status, body=body):
                self.fake.status, self.fake.body = status, body
                with self.assertRaisesRegex(UserError, "did not take the call") as caught:
                    self.dial()
                self.assertNotIn("secret-code-1", str(caught.exception))
                self.assertIn("dial by hand", str(caught.exception))

    def test_system_away(self):
        self.voicenter.api_url = "http://127.0.0.1:1"
        with self.assertRaisesRegex(UserError, "cannot be reached") as caught:
            self.dial()
        self.assertNotIn("secret-code-1", str(caught.exception))

    def test_who_cannot_is_left_to_the_device(self):
        """Nobody's extension, no code, a connection that is not connected, another company."""
        self.assertFalse(self.dial(user=self.manager))
        self.assertFalse(self.dial("anonymous"))
        self.voicenter.voicenter_code = False
        self.assertFalse(self.dial())
        self.voicenter.voicenter_code = "secret-code-1"
        self.voicenter.state = "paused"
        self.assertFalse(self.dial())
        self.assertFalse(self.fake.asked)

    def test_ad5_a_copy_rings_nobody(self):
        """AD5: a copy of the database says that it is one, and asks nobody to call."""
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        with self.assertRaisesRegex(UserError, "copy"):
            self.dial()
        self.assertFalse(self.fake.asked)

    def test_portal_users_call_nobody(self):
        portal = self._make_user("portal", "base.group_portal")
        with patch.object(type(self.env["kala.call"]), "_extensions") as asked:
            self.assertFalse(self.dial(user=portal))
        asked.assert_not_called()
