"""WA5: how a Telegram bot is doing, from what Telegram answers."""

from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.health_cases import ProviderHealth
from odoo.addons.kala_comm.tools import http

ME = {"ok": True, "result": {"id": 7100000001, "first_name": "Galil", "username": "galil_bot"}}
REVOKED = {"ok": False, "error_code": 401, "description": "Unauthorized"}


def hook(url):
    return {"ok": True, "result": {"url": url, "pending_update_count": 3}}


@tagged("post_install", "-at_install")
class TestTelegramHealth(ProviderHealth):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bot = cls.env["kala.connection"].create(
            {"name": "Bot", "provider": "telegram", "telegram_bot_token": "7100000001:AAH-made-up"}
        )

    def test_wa5_called_by_telegram(self):
        self.check_table(
            self.bot,
            [
                (
                    "in order",
                    {"getMe": (200, ME), "getWebhookInfo": (200, hook("OUR_ADDRESS"))},
                    *("connected", "quiet", ""),
                ),
                (
                    "token revoked",
                    {"getMe": (401, REVOKED)},
                    *("error", "quiet", "Unauthorized"),
                ),
                (
                    "webhook taken away by another system",
                    {
                        "getMe": (200, ME),
                        "getWebhookInfo": (200, hook("https://other.example.com/bot")),
                    },
                    *("connected", "no", "another address"),
                ),
                (
                    "no webhook any more",
                    {"getMe": (200, ME), "getWebhookInfo": (200, hook(""))},
                    *("connected", "no", "no webhook address"),
                ),
                (
                    "where it goes is not told",
                    {"getMe": (200, ME), "getWebhookInfo": (500, "garbage")},
                    *("connected", "quiet", ""),
                ),
                (
                    "provider down",
                    {"getMe": http.NothingSent("refused")},
                    *("error", "quiet", ""),
                ),
            ],
        )

    def test_wa5_a_fault_stays_until_the_provider_says_otherwise(self):
        """One question that fails mends nothing: nobody is told that the bot is in order again."""
        taken = {"getMe": (200, ME), "getWebhookInfo": (200, hook("https://other.example.com"))}
        self.bot._set_state("connected")
        self.look(self.bot, taken)
        for silent in ((500, "garbage"), http.NothingSent("refused")):
            with self.subTest(silent=silent):
                found = self.look(self.bot, {**taken, "getWebhookInfo": silent})
                self.assertEqual(found[:2], ("connected", "no"))
        found = self.look(self.bot, {**taken, "getWebhookInfo": (200, hook("OUR_ADDRESS"))})
        self.assertEqual(found[:2], ("connected", "quiet"))

    def test_wa5_asked_for_its_news(self):
        """Where nobody can call us, no address is as it should be; another one is a fault."""
        self.env["ir.config_parameter"].set_param("web.base.url", "http://localhost:8069")
        self.env["kala.fingerprint"]._remember()
        self.check_table(
            self.bot,
            [
                (
                    "in order",
                    {"getMe": (200, ME), "getWebhookInfo": (200, hook(""))},
                    *("connected", "quiet", ""),
                ),
                (
                    "another system took the news",
                    {
                        "getMe": (200, ME),
                        "getWebhookInfo": (200, hook("https://other.example.com/bot")),
                    },
                    *("connected", "no", "another address"),
                ),
            ],
        )

    def test_wa5_nobody_asks_any_more(self):
        """The job was stopped: it is said, with where to look."""
        self.bot._set_state("connected")
        self.bot.polled_until = self.now - timedelta(minutes=10)
        self.assertEqual(self.bot.receives, "quiet")
        self.bot.polled_until = self.now - timedelta(hours=2)
        self.bot.invalidate_recordset()
        self.assertEqual((self.bot.health, self.bot.receives), ("out_only", "no"))
        self.assertIn("Scheduled Actions", self.bot.health_plan[0]["text"])
