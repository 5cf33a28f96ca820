"""CO1, CO2, SE1: may we write? What people see, change and prove."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.phone import ContactKey

from .common import CORE_CHANNELS, DANA, NOA, OMER, KalaCommon

LANDLINE = "+97239876543"


@tagged("post_install", "-at_install")
class TestConsentCard(KalaCommon):
    def setUp(self):
        super().setUp()
        self.dana = self.customer(
            "Dana", phone=DANA, kala_phone2=LANDLINE, email="dana@example.com"
        )

    def facts(self, record=None, user=None, company=None):
        record = record or self.dana
        card = self.env["kala.consent.card"].with_user(user or self.colleague)
        if company:
            card = card.with_company(company)
        return card.facts(record._name, record.id)

    def states(self, *args, **kwargs):
        """:return: dict (address, channel) → state"""
        return {
            (address["value"], channel["channel"]): channel["state"]
            for address in self.facts(*args, **kwargs)["addresses"]
            for channel in address["channels"]
            if channel["channel"] in CORE_CHANNELS
        }

    def change(self, answer, record=None, user=None, company=None, **values):
        record = record or self.dana
        changes = self.env["kala.consent.change"].with_user(user or self.colleague)
        if company:
            changes = changes.with_company(company)
        return changes.create(
            {
                "res_model": record._name,
                "res_id": record.id,
                "kind": "phone",
                "value": DANA,
                "channel": "sms",
                "answer": answer,
                "origin": "said so on the phone",
                **values,
            }
        ).action_save()

    def test_co1_present_answers(self):
        """CO1: each address and channel has its present answer; a landline is for calls only."""
        self.assertEqual(
            self.states(),
            {
                (DANA, "sms"): "open",
                (DANA, "whatsapp"): "open",
                ("dana@example.com", "email"): "open",
            },
        )
        self.assertEqual(len(self.facts()["addresses"]), 3, "the landline is shown, too")
        self.company.kala_consent_required = True
        self.assertEqual(set(self.states().values()), {"missing"})
        self.change("yes")
        self.change("no", channel="whatsapp")
        self.assertEqual(self.states()[DANA, "sms"], "yes")
        self.assertEqual(self.states()[DANA, "whatsapp"], "no")

    def test_co2_proof(self):
        """CO2: a change is proved: who, when, how; the newest first."""
        self.change("no")
        self.change("yes", origin="signed the order form", user=self.manager)
        newest, oldest = self.facts()["history"]
        self.assertEqual((newest["allowed"], newest["user"]), (True, "Manager"))
        self.assertEqual(newest["origin"], "signed the order form")
        self.assertEqual((oldest["allowed"], oldest["user"]), (False, "Colleague"))
        self.assertEqual(oldest["origin"], "said so on the phone")
        self.incoming(sender=DANA, text="STOP")
        by_contact = self.facts()["history"][0]
        self.assertEqual((by_contact["allowed"], by_contact["user"]), (False, ""))
        self.assertIn("STOP", by_contact["origin"])

    def test_co2_reason_wanted(self):
        """CO2: no change without a reason."""
        with self.assertRaisesRegex(UserError, "how we know"):
            self.change("no", origin=" ")
        self.assertEqual(self.states()[DANA, "sms"], "open")

    def test_co1_all_channels(self):
        """CO1: one answer for every channel of an address."""
        self.change("no", all_channels=True)
        self.assertEqual(self.states()[DANA, "sms"], "no")
        self.assertEqual(self.states()[DANA, "whatsapp"], "no")
        self.assertEqual(self.states()["dana@example.com", "email"], "open")

    def test_co2_odoos_blacklists(self):
        """CO2: who stands on a blacklist of Odoo's is shown as that; a "yes" takes him off and
        is proved, even if he had agreed before."""
        self.change("yes")
        self.env["phone.blacklist"]._add([DANA])
        self.env["mail.blacklist"]._add("dana@example.com")
        self.assertEqual(set(self.states().values()), {"listed"})
        self.assertFalse(self.dana.kala_can_whatsapp)
        self.change("yes", channel="whatsapp")
        self.assertEqual(self.states()[DANA, "sms"], "listed")
        self.assertEqual(self.states()[DANA, "whatsapp"], "yes", "he wants no SMS, but WhatsApp")
        self.env.invalidate_all()
        self.assertTrue(self.dana.kala_can_whatsapp)
        self.assertFalse(self.dana.kala_can_sms)
        self.change("yes", origin="asked us to write again")
        self.assertEqual(self.states()[DANA, "sms"], "yes")
        self.assertEqual(self.facts()["history"][0]["origin"], "asked us to write again")

    def test_co1_leads(self):
        """CO1: a lead shows its own addresses and its customer's."""
        made = self.lead(phone=NOA)
        self.change("no", made, value=NOA)
        self.assertEqual(self.states(made)[NOA, "sms"], "no")
        of_dana = self.lead(partner_id=self.dana.id, kala_phone2=OMER)
        self.assertIn((OMER, "sms"), self.states(of_dana))
        self.assertIn((DANA, "sms"), self.states(of_dana))

    def test_co1_rights(self):
        """CO1, SC4: who may not write to the record changes nothing; who may not read it sees
        nothing; nobody changes an address that is not the record's."""
        reader = self._make_user("reader", "base.group_user,kala_comm.group_user")
        self.assertFalse(self.facts(user=reader)["may_change"])
        self.assertTrue(self.facts()["may_change"])
        with self.assertRaises(AccessError):
            self.change("no", user=reader)
        foreign = self.lead(phone=NOA, user_id=self.colleague.id)
        with self.assertRaises(AccessError):
            self.facts(foreign, user=self.salesman)
        with self.assertRaises(AccessError):
            self.facts(user=self.clerk)
        with self.assertRaisesRegex(UserError, "not an address"):
            self.change("no", value=NOA)
        with self.assertRaisesRegex(UserError, "not an address"):
            self.change("no", value=LANDLINE)
        self.assertFalse(self.env["kala.consent"].search([("contact_value", "=", NOA)]))

    def test_sc4_proofs_of_other_peoples_leads(self):
        """SC4, LO8: answers and proofs are read on the card of a record that one may read; as lists
        they would tell everybody's addresses, so those are the managers'."""
        foreign = self.lead(phone=NOA, user_id=self.colleague.id)
        self.change("no", foreign, value=NOA)
        for model in ("kala.consent", "kala.contact.permission"):
            self.assertTrue(self.env[model].with_user(self.manager).search([]))
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesman).search([])
        mine = self.lead(phone=OMER, user_id=self.salesman.id)
        self.change("no", mine, user=self.salesman, value=OMER)
        self.assertEqual(self.states(mine, user=self.salesman)[OMER, "sms"], "no")
        [proof] = self.facts(mine, user=self.salesman)["history"]
        self.assertEqual(proof["user"], self.salesman.name)
        self.assertFalse(mine.with_user(self.salesman).kala_can_sms)

    def test_co2_all_proofs(self):
        """CO2: the card shows the newest proofs, and all of them when asked."""
        for n in range(11):
            self.change("no", origin=f"no {n}")
            self.change("yes", origin=f"yes {n}")
        facts = self.facts()
        self.assertEqual((len(facts["history"]), facts["more"]), (20, True))
        card = self.env["kala.consent.card"].with_user(self.salesman)
        facts = card.facts("res.partner", self.dana.id, True)
        self.assertEqual((len(facts["history"]), facts["more"]), (22, False))
        self.assertEqual(facts["history"][-1]["origin"], "no 0")

    def test_co1_two_companies(self):
        """CO1: each company has its own answers and proofs."""
        self.change("no")
        both = self._make_user(
            "both", company_ids=[(6, 0, (self.company | self.other_company).ids)]
        )
        own = {"user": both, "company": self.company}
        other = {"user": both, "company": self.other_company}
        self.assertEqual(self.states(**own)[DANA, "sms"], "no")
        self.change("yes", **other)
        self.assertEqual(self.states(**own)[DANA, "sms"], "no")
        self.assertEqual(len(self.facts(**other)["history"]), 1)
        self.assertEqual(self.facts(**other)["company"], "Other Company")

    def test_se1_buttons(self):
        """SE1: a button shows only on a channel that the contact allows at some address."""
        order = self.order(self.dana)
        made = self.lead(partner_id=self.dana.id)
        for record in (self.dana, order, made):
            self.assertTrue(record.kala_can_sms)
            self.assertTrue(record.kala_can_whatsapp)
        self.change("yes", channel="whatsapp")
        self.change("no")
        self.env.invalidate_all()
        for record in (self.dana, order, made):
            self.assertFalse(record.kala_can_sms)
            self.assertTrue(record.kala_can_whatsapp)
        made.kala_phone2 = NOA
        self.env.invalidate_all()
        self.assertTrue(made.kala_can_sms, "another mobile may be written to")
        self.company.kala_consent_required = True
        self.env.invalidate_all()
        self.assertFalse(made.kala_can_sms)
        self.assertTrue(self.dana.kala_can_whatsapp, "he agreed to it")

    def test_se1_cost(self):
        """SE1: the buttons of a list cost the same for few and for many."""
        counts = []
        for size in (2, 30):
            leads = self.env["crm.lead"]
            for n in range(size):
                leads |= self.lead(phone=f"+97254239{size + n:04}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(leads.mapped("kala_can_sms")))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_co2_gate_agrees(self):
        """CO2: what the card shows is what the gate does."""
        gate = self.env["kala.gate"]
        asked = {(self.company, ContactKey("phone", DANA), "sms")}
        self.assertEqual(gate._allowed(asked), asked)
        self.change("no")
        self.assertFalse(gate._allowed(asked))
        self.assertFalse(gate._allowed(set()))

    def test_se2_channels_of_a_number(self):
        """SE2: a number offers the channels that it can be reached on now: a landline calls only,
        and nothing that the contact objected to."""
        self.env["kala.line"].create(
            {"name": "Phones", "channel": "voice", "connection_id": False, "address": "03-1111111"}
        )
        dana = self.dana.with_user(self.colleague)

        def channels(number):
            return [item["channel"] for item in dana.kala_phone_channels(number)]

        self.assertEqual(channels("050-234-5678"), ["sms", "whatsapp"])
        self.assertEqual(channels(LANDLINE), [])
        self.assertFalse(self.dana.kala_call_number, "no telephone line is connected")
        self.change("yes", channel="whatsapp")
        self.change("no")
        self.assertEqual(channels(DANA), ["whatsapp"])
        self.assertEqual(channels("what?"), [])
        with self.assertRaises(AccessError):
            self.lead(user_id=self.colleague.id).with_user(self.salesman).kala_phone_channels(DANA)

    def test_se2_composer_to_that_number(self):
        """SE2: the composer opens on the number that was pointed at, not on the first one."""
        self.dana.kala_phone2 = NOA
        for number in (DANA, NOA):
            context = {"kala_channel": "sms", "kala_number": number}
            action = self.dana.with_context(**context).action_kala_compose()
            composer = self.env["kala.composer"].browse(action["params"]["composer"])
            self.assertEqual(composer.address_id.value, number)
            self.assertEqual(composer.channel, "sms")

    def test_lo5_by_source(self):
        """LO5: the report groups by source, that of the line."""
        source = self.env["utm.source"].create({"name": "Radio"})
        self.sms_line.source_id = source
        self.log(self.dana, line_id=self.sms_line.id)
        self.log(self.dana, line_id=self.whatsapp_line.id)
        communications = self.env["kala.communication"].with_user(self.manager)
        found = communications._read_group([], ["source_id"], ["__count"])
        self.assertIn((source, 1), [(group.sudo(), count) for group, count in found])
