"""AD1: the guided page of a connection, for every provider that is installed."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.connection import registry
from odoo.addons.kala_comm.tools import http
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest

from .common import DANA, KalaCommon
from .tour_common import SCREENS, TourCommon

SECRET = "s3cr3t-t0ken"


class GuideCase(KalaCommon):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        self.env["kala.fingerprint"]._remember()
        self.connections = self.env["kala.connection"]

    def begin(self, code):
        return self.connections.browse(self.connections.guide_begin(code))

    def provider(self, **hooks):
        """Let the sandbox be a provider with a login."""
        model = type(self.env["kala.provider.sandbox"])
        for name, hook in hooks.items():
            patcher = patch.object(model, name, hook)
            patcher.start()
            self.addCleanup(patcher.stop)


@tagged("post_install", "-at_install")
class TestGuide(GuideCase):
    def test_ad1_every_provider_has_its_page(self):
        """What its login needs is asked for, and no secret comes to the browser; what calls us
        has our address before anything is saved."""
        for code, provider in registry.providers(self.env).items():
            with self.subTest(provider=code):
                connection = self.begin(code)
                steps = provider._guide()
                named = [name for step in steps for name in step.fields]
                self.assertLessEqual(set(provider._required_fields), set(named))
                self.assertEqual(len(named), len(set(named)), "asked for once")
                for name in named:
                    self.assertIn(
                        connection._fields[name].type, ("char", "text", "boolean", "selection")
                    )
                    if name in provider._secret_fields:
                        connection[name] = SECRET
                facts = connection.guide_facts()
                self.assertNotIn(SECRET, str(facts))
                self.assertTrue(all(step["text"] for step in facts["steps"]))
                for step in facts["steps"]:
                    for copied in step["copies"]:
                        self.assertEqual(copied["value"], connection[copied["name"]])

    def test_ad1_who_is_called_shows_its_address(self):
        """Each provider that sends us events without being told by its API shows the address."""
        for code, provider in registry.providers(self.env).items():
            told = registry.does(provider, "_prepare_webhook")
            if told or code in ("odoo_iap", "smtp", "sandbox"):
                continue
            with self.subTest(provider=code):
                shown = {name for step in provider._guide() for name in step.shows}
                self.assertIn("webhook_url", shown)

    def test_ad1_left_half_way(self):
        """What was begun is found again, with what was filled in; another company begins anew."""
        connection = self.begin("sandbox")
        self.assertEqual(self.begin("sandbox"), connection)
        [choice] = [c for c in self.connections.guide_choices() if c["code"] == "sandbox"]
        self.assertEqual(choice["connection"], connection.id)
        self.env.user.company_ids += self.other_company
        other = self.connections.with_company(self.other_company)
        self.assertNotEqual(other.guide_begin("sandbox"), connection.id)

    def test_ad1_the_address_answers_before_connecting(self):
        """Meta asks it as soon as it is entered there."""
        connection = self.begin("sandbox")
        token = connection.webhook_token
        self.assertEqual(self.connections._find_by_token(token), connection)

    def test_ad1_numbers(self):
        connection = self.begin("sandbox")
        for values, sentence in (
            ({"channel": "sms", "address": "  "}, "Enter the number"),
            ({"channel": "heron-of-none", "address": DANA}, "Enter the number"),
            ({"channel": "whatsapp", "address": "shop"}, "not a phone number"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, sentence):
                connection.guide_add_line(values)
        facts = connection.guide_add_line({"channel": "whatsapp", "address": "050-234-5678"})
        self.assertEqual(connection.line_ids.address, DANA)
        self.assertEqual(len(facts["lines"]), 1)
        with self.assertRaisesRegex(UserError, "already"):
            connection.guide_add_line({"channel": "whatsapp", "address": DANA})

    def test_ad1_what_may_be_filled_in(self):
        connection = self.begin("sandbox")
        for name in ("webhook_token", "company_id", "state", "provider"):
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "no(t|) a? ?field"):
                connection.guide_save({name: "x"})

    def test_ad1_wrong_token_and_provider_down(self):
        """The page says it and stays; nothing is connected."""
        connection = self.begin("sandbox")
        asked = SendRequest(url="https://provider.example.com/me")
        self.provider(_prepare_health=lambda _model, _connection: asked)
        for answer, sentence in (
            (HttpAnswer(401, {}, "Invalid token"), "did not accept the login.*Invalid token"),
            (http.NothingSent("refused"), "did not accept the login"),
        ):

            def perform(_request, answer=answer):
                if isinstance(answer, Exception):
                    raise answer
                return answer

            with self.subTest(answer=answer), patch.object(http, "perform", perform):
                facts = connection.guide_connect()
                self.assertRegex(facts["faults"][0], f"(?s){sentence}")
                self.assertEqual(facts["state"], "draft")
        self.assertEqual(self.begin("sandbox"), connection, "one goes on with it")

    def test_ad5_a_copy_whose_login_is_refused_is_not_confirmed(self):
        """Whoever connects in a copy means it; where that failed, nothing of it stays."""
        fingerprint = self.env["kala.fingerprint"]
        self.env["ir.config_parameter"].set_param("database.uuid", "of-the-copy")
        self.assertFalse(fingerprint._fits())
        connection = self.begin("smtp")
        asked = SendRequest(url="https://provider.example.com/me")
        self.patch(type(self.env["kala.provider.smtp"]), "_prepare_health", lambda *_args: asked)
        with patch.object(http, "perform", lambda _request: HttpAnswer(401, {}, "No")):
            self.assertTrue(connection.guide_connect()["faults"])
        self.assertFalse(fingerprint._fits(), "the copy still writes to nobody")

    def test_ad1_an_address_that_nobody_can_call(self):
        """It is said before connecting; where the provider is asked for its news, that is said."""
        self.env["ir.config_parameter"].set_param("web.base.url", "http://localhost:8069")
        self.provider(_guide=lambda model: [GuideStep("Enter this.", shows=("webhook_url",))])
        connection = self.begin("sandbox")
        self.assertIn("nothing comes in", connection.guide_facts()["warning"])
        connection.polls_news = True
        self.assertIn("every few minutes", connection.guide_facts()["warning"])
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
        self.assertFalse(connection.guide_facts()["warning"])

    def test_ad1_blanks_replace_no_secret(self):
        connection = self.begin("sandbox")
        provider = type(self.env["kala.provider.sandbox"])
        self.patch(provider, "_secret_fields", ("api_url",))
        self.provider(_guide=lambda _model: [GuideStep("Enter this.", fields=("api_url",))])
        connection.guide_save({"api_url": SECRET})
        for empty in ("", "  "):
            connection.guide_save({"api_url": empty})
            self.assertEqual(connection.api_url, SECRET)

    def test_ad1_an_own_address_is_kept_with_the_test_alone(self):
        """What no test can go to is not written into the preferences."""
        connection = self.begin("sandbox")
        connection.guide_add_line({"channel": "sms", "address": "03-2345678"})
        connection.guide_connect()
        self.env.user.partner_id.phone = "+972541234567"
        self.assertTrue(connection.guide_test("nonsense")["faults"])
        self.assertEqual(self.env.user.partner_id.phone, "+972541234567")

    def test_ad1_a_test_each_way(self):
        connection = self.begin("sandbox")
        connection.guide_add_line({"channel": "sms", "address": "03-2345678"})
        facts = connection.guide_connect()
        self.assertEqual((facts["state"], facts["faults"]), ("connected", []))
        self.env.user.partner_id.phone = False
        facts = connection.guide_test("")
        self.assertIn("your own phone", facts["faults"][0])
        facts = connection.guide_test("054-234-5678")
        self.assertEqual(facts["faults"], [])
        self.dispatch()
        self.push(connection, sender=DANA)
        self.run_inbox()
        test = connection.guide_facts()["test"]
        self.assertTrue(test["came"] and test["left"])

    def test_sc2_administrators_alone(self):
        """The page has the webhook address."""
        connection = self.begin("sandbox")
        self.manager.group_ids += self.env.ref("kala_comm.group_manager")
        for user in (self.manager, self.salesman, self.clerk):
            own = connection.with_user(user)
            for call in (
                own.guide_facts,
                own.guide_connect,
                own.action_open_guide,
                own.guide_choices,
                lambda own=own: own.guide_save({}),
                lambda own=own: own.guide_test(""),
                lambda own=own: own.guide_add_line({"address": DANA}),
                lambda own=own: own.guide_begin("sandbox"),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    call()


@tagged("post_install", "-at_install")
class TestGuideTour(TourCommon):
    def test_ad1_one_page_on_every_screen(self):
        """AD1: from the choice of a provider to a test each way, on a laptop and a telephone, in
        English and in Hebrew."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang), self.env.cr.savepoint() as savepoint:
                self.tour(
                    *("/odoo/communication-connect", "kala_comm_guide", size, lang), login="admin"
                )
                made = self.env["kala.connection"].search([("name", "=", "Sandbox")])
                self.assertEqual(made.state, "connected")
                self.assertEqual(made.line_ids.address, "+97237654321")
                savepoint.rollback()
