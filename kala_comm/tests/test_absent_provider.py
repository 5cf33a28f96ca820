"""docs/architecture.md, 1: the addon of a provider is uninstalled while its connection is in
use."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, KalaCommon


@tagged("post_install", "-at_install")
class TestAbsentProvider(KalaCommon):
    def rename(self, code):
        """The files of an addon are gone, or are back."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_connection SET provider = %s WHERE id = %s", [code, self.connection.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def look(self):
        with self.job() as env:
            env["kala.connection"]._cron_check_broken()
        self.env.invalidate_all()

    def test_it_stops_and_says_so(self):
        """DE5: the connection stops with a sentence, managers are told once, what waits says why,
        and there are no buttons."""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello")
        self.assertFalse(message.held_words)
        self.assertIn("sms", self.env["kala.line"]._connected_channels()[self.company.id])
        self.rename("gone")
        self.assertIn("not installed", message.held_words, "at once")
        with patch.object(type(self.env["kala.notifier"]), "_tell_managers") as told:
            self.look()
            self.look()
        self.assertEqual(told.call_count, 1)
        self.assertEqual(self.connection.state, "error")
        self.assertIn("“gone” is not installed", self.connection.state_reason)
        self.assertIn("“gone” is not installed", message.held_words)
        self.dispatch()
        self.assertEqual(message.state, "queued")
        channels = self.env["kala.line"]._connected_channels()
        self.assertNotIn("sms", channels.get(self.company.id, ()))

    def test_it_goes_on_when_it_is_back(self):
        """DE5: with the addon the connection goes on by itself, and its messages leave."""
        message = self.lead(phone=DANA).kala_send("sms", body="Hello")
        self.rename("gone")
        self.look()
        self.rename("sandbox")
        self.look()
        self.assertEqual((self.connection.state, message.held_words), ("connected", False))
        self.dispatch()
        self.assertEqual(message.state, "delivered")

    def test_it_is_back_without_its_login(self):
        """DE5: what the addon kept went with it: the connection says what to fill in."""
        self.rename("gone")
        self.look()
        self.rename("sandbox")
        sandbox = type(self.env["kala.provider.sandbox"])
        with patch.object(sandbox, "_required_fields", ("api_url",)):
            self.look()
        self.assertEqual(self.connection.state, "error")
        self.assertIn("Fill in", self.connection.state_reason)

    def test_who_paused_it_is_believed(self):
        """DE5: what a person paused stays paused, in his words."""
        self.connection.action_pause()
        reason = self.connection.state_reason
        self.rename("gone")
        self.look()
        self.assertEqual((self.connection.state, self.connection.state_reason), ("paused", reason))

    def test_uninstalling_stops_it(self):
        """docs/architecture.md, 1: not minutes later, but with the addon."""
        sandbox = type(self.env["kala.provider.sandbox"])
        module = self.env["ir.module.module"].create({"name": "kala_made_up"})
        with patch.object(sandbox, "_original_module", "kala_made_up"):
            module.module_uninstall()
        self.assertEqual(self.connection.state, "error")
        self.assertIn("not installed", self.connection.state_reason)
