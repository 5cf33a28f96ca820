from odoo.tests import Form, tagged

from .common import DANA, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestExplain(KalaCommon):
    """The page that explains asks the inbox's own rules and writes nothing (MA2, RE6)."""

    def explain(self, **values):
        """:return: text of the explanation, its white space made plain"""
        page = Form(self.env["kala.explain"].with_user(self.manager))
        for name, value in values.items():
            setattr(page, name, value)
        return " ".join(str(page.result).split())

    def test_a_known_number(self):
        """MA1, RE3: the lead, and why it is whose."""
        lead = self.lead("Kitchen", phone=DANA, user_id=self.colleague.id)
        found = self.explain(contact="050-234 5678", channel="sms")
        self.assertIn("Kitchen", found)
        self.assertIn("responsible of the record", found)
        self.assertIn("Colleague", found)
        lead.action_set_lost()
        self.assertIn("A new lead", self.explain(contact="050-234 5678", channel="sms"))

    def test_an_extension_without_a_line(self):
        """RE3: the extension's user, on whatever telephone system it is."""
        self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": "101", "user_id": self.colleague.id}
        )
        found = self.explain(contact=UNKNOWN, channel="voice", extension="101")
        self.assertIn("user of the extension that was called", found)
        self.assertIn("Colleague", found)
        self.assertIn("Nobody was found", self.explain(contact=UNKNOWN, channel="voice"))

    def test_nothing_is_written(self):
        """The question leaves no lead and no line in the log."""
        models = ("crm.lead", "res.partner", "kala.communication", "mail.activity")
        before = [self.env[model].search_count([]) for model in models]
        self.explain(contact=UNKNOWN, channel="whatsapp")
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_a_withheld_number(self):
        """MA6: nobody can be found by it, and the page says so."""
        self.assertIn("withheld", self.explain(contact="anonymous", channel="voice"))
