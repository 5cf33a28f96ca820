"""AD1: each screen that needs it links to the page for people that explains it."""

from odoo.tests import HttpCase, tagged

from odoo.addons.kala_comm.models.connection import registry
from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tests.tour_common import TourCommon
from odoo.addons.kala_comm.tools import help_pages


@tagged("post_install", "-at_install")
class TestHelp(KalaCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman.password = cls.salesman.login

    def ask(self, page):
        return self.url_open(f"/kala/help/{page}", allow_redirects=False)

    def test_ad1_a_link_leads_to_the_page(self):
        self.authenticate(self.salesman.login, self.salesman.login)
        for page in ("manager", "channels/sms"):
            answer = self.ask(page)
            self.assertEqual(answer.status_code, 302)
            self.assertEqual(answer.headers["Location"], help_pages.DEFAULT.replace("{page}", page))

    def test_ad4_a_page_is_read_in_the_users_language(self):
        """Where it stands in that language; a company's own pages are its own affair."""
        self.env["res.lang"]._activate_lang("he_IL")
        self.salesman.lang = "he_IL"
        self.authenticate(self.salesman.login, self.salesman.login)
        for page, place in (("salesperson", "he/salesperson"), ("channels/sms", "channels/sms")):
            where = help_pages.DEFAULT.replace("{page}", place)
            self.assertEqual(self.ask(page).headers["Location"], where)
        self.env["ir.config_parameter"].set_param(help_pages.PARAMETER, "https://w.example/{page}")
        address = self.ask("salesperson").headers["Location"]
        self.assertEqual(address, "https://w.example/salesperson")

    def test_ad1_a_company_has_pages_of_its_own(self):
        """The system parameter may name one page for everything, too."""
        self.authenticate(self.salesman.login, self.salesman.login)
        for base, address in (
            ("https://wiki.example.com/odoo/{page}", "https://wiki.example.com/odoo/channels/sms"),
            ("https://wiki.example.com/odoo", "https://wiki.example.com/odoo"),
        ):
            self.env["ir.config_parameter"].set_param(help_pages.PARAMETER, base)
            self.assertEqual(self.ask("channels/sms").headers["Location"], address)

    def test_sc1_only_names_of_pages_are_taken(self):
        """Whoever makes such a link cannot send a user elsewhere."""
        self.authenticate(self.salesman.login, self.salesman.login)
        for page in ("a/b/c", "x.evil", "%2F%2Fevil.example", "channels/..", "a%0Ab", "A", "a-b"):
            with self.subTest(page=page):
                # Odoo itself sends doubled slashes to the single one, on this server.
                answer = self.url_open(f"/kala/help/{page}", allow_redirects=True)
                self.assertEqual(answer.status_code, 404)

    def test_sc1_who_is_not_logged_in_logs_in_first(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.ask("manager").headers["Location"])

    def test_ad1_each_provider_names_its_page(self):
        connections = self.env["kala.connection"]
        for code, provider in registry.providers(self.env).items():
            connection = connections.new({"provider": code})
            self.assertEqual(connection.help_page, provider._help_page)
            self.assertTrue(help_pages.address("", connection.help_page), code)
        self.assertFalse(connections.new({"provider": "gone"}).help_page)


@tagged("post_install", "-at_install")
class TestHelpLinks(TourCommon):
    def test_ad1_screens_link_to_their_page(self):
        admin = self.env.ref("base.user_admin").login
        draft = self.env["kala.connection"].create({"name": "New shop", "provider": "sandbox"})
        settings = self.env.ref("kala_comm.res_config_settings_action")
        form = f"/odoo/communication-connections/{draft.id}"
        self.tour(form, "kala_comm_help_connection", login=admin)
        self.tour(f"/odoo/action-{settings.id}", "kala_comm_help_settings", login=admin)
        self.tour("/odoo/communication-inbox", "kala_comm_help_inbox")
