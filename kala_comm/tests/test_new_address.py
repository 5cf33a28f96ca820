from odoo.tests import tagged

from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, KalaCommon
from odoo.addons.kala_comm.tools.messages import IncomingMessage
from odoo.addons.kala_comm.tools.phone import ContactKey


@tagged("post_install", "-at_install")
class TestNewAddress(KalaCommon):
    """MA8, CO2: who changes his number or id stays who he is."""

    def notice(self, old, kind="phone", **new):
        message = IncomingMessage(
            channel="whatsapp",
            uid=f"notice-{self._next()}",
            contact_kind=kind,
            contact_value=old,
            line_address=self.whatsapp_line.address,
            kind="system",
            body="Has a new phone number",
            **new,
        )
        return self.take(message).communication_id

    def write_by_id(self, uid):
        message = IncomingMessage(
            channel="whatsapp",
            uid=f"by-id-{self._next()}",
            contact_kind="whatsapp",
            contact_value=uid,
            line_address=self.whatsapp_line.address,
            body="It is me",
        )
        return self.take(message).communication_id

    def test_a_customer_with_a_new_number(self):
        """The notice is no news; a text from the new number is the same customer's, and nothing on
        his card was overwritten."""
        dana = self.customer("Dana", phone=DANA)
        notice = self.notice(DANA, new_value=NOA)
        self.assertEqual((notice.partner_id, notice.activity_id.id), (dana, False))
        self.assertEqual(self.incoming(sender=NOA, channel="whatsapp").partner_id, dana)
        self.assertEqual(dana.phone, DANA)
        self.notice(DANA, new_value=NOA)
        self.notice(NOA, new_value=OMER)
        self.assertEqual(self.incoming(sender=OMER).partner_id, dana, "the card has no room for it")

    def test_leads_and_orders(self):
        dana = self.customer("Dana", phone=DANA)
        order = self.order(dana)
        self.notice(DANA, new_value=NOA)
        self.assertEqual(self.incoming(sender=NOA).order_id, order)
        lead = self.lead("Lead", phone=OMER)
        self.notice(OMER, new_value="+972542345679")
        self.assertEqual(self.incoming(sender="+972542345679").lead_id, lead)
        self.assertFalse(lead.partner_id)

    def test_new_ids(self):
        """Also where he is known by an id only, before or after."""
        dana = self.customer("Dana", phone=DANA)
        self.notice(DANA, new_uid="IL.222")
        self.assertEqual(self.write_by_id("IL.222").partner_id, dana)
        self.notice("IL.222", kind="whatsapp", new_uid="IL.333", new_value=NOA)
        self.assertEqual(self.write_by_id("IL.333").partner_id, dana)
        self.assertEqual(self.incoming(sender=NOA).partner_id, dana)

    def test_a_stranger_makes_nothing(self):
        leads = self.env["crm.lead"].search_count([])
        notice = self.notice(DANA, new_value=NOA)
        self.assertFalse(notice.res_id)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_who_wrote_from_it_before_the_notice(self):
        """The notice comes late: the lead that the new number made is not lost."""
        dana = self.customer("Dana", phone=DANA)
        early = self.incoming(sender=NOA).lead_id
        self.notice(DANA, new_value=NOA)
        self.assertTrue(early.exists())
        self.assertIn(self.incoming(sender=NOA)._record(), (early, dana))

    def test_what_he_answered_goes_along(self):
        """CO2: who had opted out under the old number has opted out under the new one."""
        dana = self.customer("Dana", phone=DANA)
        self.incoming(sender=DANA, text="STOP", channel="whatsapp")
        self.notice(DANA, new_value=NOA)
        allowed = self.env["kala.gate"]._allowed(
            {(self.company, key, "whatsapp") for key in dana._kala_own_keys()}
        )
        self.assertFalse(allowed)

    def test_a_lead_learns_the_number_that_he_tells(self):
        """MA8: who is known by an id only, and sends his own number when he is asked for it."""
        lead = self.write_by_id("IL.444").lead_id
        message = IncomingMessage(
            channel="whatsapp",
            uid="card",
            contact_kind="whatsapp",
            contact_value="IL.444",
            line_address=self.whatsapp_line.address,
            kind="contact",
            body="Contact: +972502345678",
            new_value=DANA,
        )
        self.assertEqual(self.take(message).communication_id.lead_id, lead)
        self.assertEqual(lead.kala_contact_keys, f"phone:{DANA}")
        self.assertEqual(self.incoming(sender=DANA).lead_id, lead)

    def test_a_text_in_one_batch_with_the_notice(self):
        """MA10: what he writes from the new number right after the notice is his already."""
        dana = self.customer("Dana", phone=DANA)
        base = {"channel": "whatsapp", "line_address": self.whatsapp_line.address}
        notice = IncomingMessage(
            uid="n", contact_value=DANA, kind="system", body="New", new_value=NOA, **base
        )
        text = IncomingMessage(uid="t", contact_value=NOA, body="It is me", **base)
        communications = self.take(notice, text).communication_id
        self.assertEqual(communications.mapped("partner_id"), dana)
        self.assertFalse(communications.lead_id)

    def test_answers_of_somebody_without_a_record(self):
        """CO2: who opted out has opted out under his new number, also where no record is his."""
        permissions = self.env["kala.contact.permission"]
        permissions._set(self.company, ContactKey("phone", DANA), ["whatsapp"], False, "he said so")
        self.notice(DANA, new_value=NOA)
        asked = (self.company.id, "phone", NOA, "whatsapp")
        self.assertEqual(permissions._answers({asked}), {asked: False})

    def test_an_older_answer_is_no_news(self):
        """CO2: what he said under the new number after that stays, also where the older answer was
        written down by somebody of ours, and has no date of its own."""
        permissions = self.env["kala.contact.permission"]
        self.customer("Dana", phone=DANA)
        permissions._set(self.company, ContactKey("phone", DANA), ["whatsapp"], False, "a note")
        self.env.cr.execute(
            "UPDATE kala_contact_permission SET write_date = write_date - interval '1 day'"
        )
        key = ContactKey("phone", NOA)
        for allowed in (False, True):
            now = permissions._moment()
            permissions._set(self.company, key, ["whatsapp"], allowed, "he", date=now)
        self.notice(DANA, new_value=NOA)
        asked = (self.company.id, "phone", NOA, "whatsapp")
        self.assertIs(permissions._answers({asked})[asked], True)
