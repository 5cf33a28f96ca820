from datetime import datetime

from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import html2plaintext

from .common import DANA, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestExplain(KalaCommon):
    """The page that explains asks the inbox's own rules and writes nothing (MA2, RE6)."""

    def explain(self, **values):
        """:return: text of the explanation as one reads it, its white space made plain"""
        page = Form(self.env["kala.explain"].with_user(self.manager))
        for name, value in values.items():
            setattr(page, name, value)
        return " ".join(html2plaintext(page.result, include_references=False).split())

    def test_a_known_number(self):
        """MA1, RE3: the lead, and why it is whose."""
        lead = self.lead("Kitchen", phone=DANA, user_id=self.colleague.id)
        found = self.explain(contact="050-234 5678", channel="sms")
        self.assertIn("Kitchen", found)
        self.assertIn("responsible of the record", found)
        self.assertIn("Colleague", found)
        lead.action_set_lost()
        self.assertIn("A new lead", self.explain(contact="050-234 5678", channel="sms"))

    def links(self, **values):
        """:return: dict name → address of the links of the explanation"""
        page = Form(self.env["kala.explain"].with_user(self.manager))
        for name, value in values.items():
            setattr(page, name, value)
        links = html.fromstring(page.result).iter("a")
        return {"".join(link.itertext()).strip(): link.get("href") for link in links}

    def test_every_record_is_a_link(self):
        """RE6: candidates, the record, its customer and the users who were asked are links."""
        lead = self.lead("Kitchen", phone=DANA, user_id=self.colleague.id)
        links = self.links(contact=DANA, channel="sms")
        self.assertEqual(
            links,
            {
                "Kitchen": f"/odoo/crm.lead/{lead.id}",
                self.colleague.name: f"/odoo/res.users/{self.colleague.id}",
            },
        )
        lead.unlink()
        dana = self.customer("Dana Levi", phone=DANA)
        self.company.kala_new_lead_on_partner_text = True
        links = self.links(contact=DANA, channel="sms")
        self.assertEqual(links["Dana Levi"], f"/odoo/res.partner/{dana.id}")

    def test_times_are_the_readers(self):
        """A time is in the zone of who reads it; who has none reads his company's."""
        self.company.resource_calendar_id.tz = "Asia/Tokyo"
        lead = self.lead("Kitchen", phone=DANA)
        self.log(lead, direction="in", date=datetime(2026, 11, 20, 22, 30))
        for zone, wanted in (("Asia/Jerusalem", "12:30"), (False, "7:30"), ("UTC", "10:30")):
            with self.subTest(zone=zone):
                self.manager.tz = zone
                self.assertIn(wanted, self.explain(contact=DANA, channel="sms"))

    def test_an_extension_without_a_line(self):
        """RE3: the extension's user, on whatever telephone system it is."""
        self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": "101", "user_id": self.colleague.id}
        )
        found = self.explain(contact=UNKNOWN, channel="voice", extension="101")
        self.assertIn("user of the extension that was called", found)
        self.assertIn("Colleague", found)
        self.assertIn("Nobody was found", self.explain(contact=UNKNOWN, channel="voice"))

    def test_several_similar_leads(self):
        """RE2, RE6: each user whom a rule names is asked, the best first, and why one is passed
        over is said."""
        gone = self._make_user("gone")
        self.company.kala_responsible_from_customer = True
        old = {"phone": DANA, "stage_id": self.env.ref("crm.stage_lead4").id}
        self.lead("Old", user_id=self.colleague.id, **old)
        self.lead("Older", user_id=self.manager.id, **old)
        self.sms_line.user_id = gone
        gone.active = False
        found = self.explain(contact=DANA, channel="sms", line_id=self.sms_line)
        self.assertIn("responsible of the line: Gone – passed over: archived", found)
        self.assertIn("responsible of the most recent similar lead: Manager", found)
        self.assertNotIn("Colleague", found, "he was not asked")

    def test_what_is_off(self):
        """RE2, RE3: a rule that is off in the settings says so."""
        self.company.kala_responsible_last_outgoing = False
        found = self.explain(contact=UNKNOWN, channel="sms")
        self.assertIn("who last wrote to or called this contact: not asked, it is off", found)
        self.assertIn("responsible of the customer: not asked, it is off", found)
        self.company.kala_responsible_last_outgoing = True
        found = self.explain(contact=UNKNOWN, channel="sms")
        self.assertIn("who last wrote to or called this contact: nobody", found)

    def test_every_obstacle(self):
        """RE6: archived, portal, of another company, may not read."""
        portal = new_test_user(self.env, "kala_portal_user", groups="base.group_portal")
        gone = self._make_user("gone")
        gone.active = False
        self.lead("Kitchen", phone=DANA, user_id=self.colleague.id)
        extension = self.env["kala.extension"].create(
            {"connection_id": self.connection.id, "number": "7", "user_id": self.colleague.id}
        )
        for user, words in (
            (gone, "archived"),
            (portal, "no employee"),
            (self.stranger, "of another company"),
            (self.salesman, "may not read the record"),
        ):
            with self.subTest(user=user.login):
                # Whom nobody can choose any more, but who was chosen once.
                self.env.cr.execute(
                    "UPDATE kala_extension SET user_id = %s WHERE id = %s", [user.id, extension.id]
                )
                extension.invalidate_recordset()
                found = self.explain(contact=DANA, channel="voice", extension="7")
                self.assertIn(f"{user.name} – passed over: {words}", found)
                self.assertIn("responsible of the record: Colleague", found)

    def test_a_new_lead_of_a_customer(self):
        """MA3, MA4: whose new lead it would be."""
        self.company.kala_new_lead_on_partner_text = True
        self.customer("Dana Levi", phone=DANA)
        found = self.explain(contact=DANA, channel="sms")
        self.assertIn("A new lead of Dana Levi", found)
        self.assertIn("by setting", found)

    def test_a_record_one_may_not_read(self):
        """LO8: it is said that there is one, not which."""
        page = self.env["kala.explain"].with_user(self.salesman).sudo(False)
        self.lead("Secret", phone=DANA, user_id=self.colleague.id)
        found = str(page.sudo().new({"contact": DANA, "channel": "sms"}).result)
        self.assertIn("Secret", found)
        asked = page.new({"contact": DANA, "channel": "sms", "company_id": self.company.id})
        words = asked._explain()
        self.assertEqual(words["match"]["name"], "a record you may not read")
        self.assertFalse(words["match"]["link"] or words["candidates"][0]["link"])
        self.assertNotIn("Secret", str(words))

    def test_nobody_and_no_task(self):
        """RE4: a missed call that is nobody's makes no task, by setting."""
        values = {"contact": UNKNOWN, "channel": "voice", "is_missed": True}
        self.assertIn("Without responsible", self.explain(**values))
        self.company.kala_no_task_without_responsible = True
        self.assertIn("no task is made", self.explain(**values))
        self.assertIn("Without responsible", self.explain(contact=UNKNOWN, channel="sms"))

    def test_it_says_what_happens(self):
        """MA, RE: what the page says is what the inbox does, for texts of all kinds of contacts."""
        dana = self.customer("Dana Levi", phone=DANA, user_id=self.manager.id)
        self.company.kala_responsible_from_customer = True
        worlds = {
            "a customer": lambda: None,
            "a lead": lambda: self.lead("Kitchen", partner_id=dana.id, user_id=self.colleague.id),
            "an order": lambda: self.order(dana, user_id=self.colleague.id),
            "always a new lead": lambda: self.company.write({"kala_text_always_new_lead": True}),
        }
        for name, make in worlds.items():
            with self.subTest(name):
                make()
                found = self.explain(contact=DANA, channel="sms", line_id=self.sms_line)
                communication = self.incoming(sender=DANA)
                self.assertIn(communication.match_words, found)
                self.assertIn(
                    f"{communication.responsible_words}: {communication.user_id.name}", found
                )

    def test_nothing_is_written(self):
        """The question leaves no lead and no line in the log."""
        models = ("crm.lead", "res.partner", "kala.communication", "mail.activity")
        before = [self.env[model].search_count([]) for model in models]
        self.explain(contact=UNKNOWN, channel="whatsapp")
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_no_company(self):
        """MA1: who empties the company while he looks sees his own one's."""
        self.lead("Kitchen", phone=DANA)
        self.manager.company_ids |= self.other_company
        self.manager.group_ids |= self.env.ref("base.group_multi_company")
        found = self.explain(
            contact="050-234 5678", channel="sms", company_id=self.env["res.company"]
        )
        self.assertIn("Kitchen", found)

    def test_a_withheld_number(self):
        """MA6: nobody can be found by it, and the page says so."""
        self.assertIn("withheld", self.explain(contact="anonymous", channel="voice"))

    def test_sc4_another_company(self):
        """SC4: a manager asks about companies and lines of his own only."""
        _connection, line, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        pages = self.env["kala.explain"].with_user(self.manager)
        company = {"company_id": self.other_company.id}
        for values in (
            {"contact": DANA, **company},
            {"contact": "dana@example.com", **company},
            {"contact": DANA, "line_id": line.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                page = pages.create({"channel": "sms", **values})
                self.env.invalidate_all()
                self.assertFalse(page.result)
