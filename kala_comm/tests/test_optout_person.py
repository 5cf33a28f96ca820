from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    IncomingMessage,
    SendResult,
)
from odoo.addons.kala_comm.tools.outgoing import Outgoing

from .common import DANA, NOA, KalaCommon

ID = "IL.13491208655302741918"


class OptoutCommon(KalaCommon):
    """People who are known by a number, by an id, or by both."""

    def say(self, text, value=DANA, uid="", channel="whatsapp", **values):
        """A contact writes; without a number he is known by his id only.

        :return: the communication"""
        number = not value.startswith("IL.")
        line = self.sms_line if channel == "sms" else self.whatsapp_line
        message = IncomingMessage(
            channel=channel,
            uid=f"wamid-{self._next()}",
            contact_kind="phone" if number else "whatsapp",
            contact_value=value,
            contact_uid=uid,
            line_address=line.address,
            body=text,
            **values,
        )
        return self.take(message).communication_id

    def choose(self, allowed, value=DANA, purpose="marketing", **values):
        """A contact chooses in his app, without a message.

        :return: the item"""
        number = not value.startswith("IL.")
        change = ConsentChange(
            key=f"choice-{self._next()}",
            channel="whatsapp",
            allowed=allowed,
            purpose=purpose,
            contact_kind="phone" if number else "whatsapp",
            contact_value=value,
            reason="User requested to stop marketing messages",
            **values,
        )
        return self.take(change)

    def may(self, value=DANA, channel="whatsapp", purpose="all"):
        """:return: the present answer: True, False, or None"""
        kind = "whatsapp" if value.startswith("IL.") else "phone"
        place = (self.company.id, kind, value, channel)
        return self.env["kala.contact.permission"]._answers({place}, purpose).get(place)

    def proofs(self, value=DANA):
        return self.env["kala.consent"].search([("contact_value", "=", value)], order="id")

    def confirmations(self):
        return self.env["kala.communication"].search([("origin", "=", "optout")])


@tagged("post_install", "-at_install")
class TestOptoutOfThePerson(OptoutCommon):
    """CO2, docs/architecture.md, 3.17: an opt-out is the person's on that channel, under all his
    addresses."""

    def assert_out(self, *values):
        for value in values:
            self.assertIs(self.may(value), False, value)

    def assert_in(self, *values):
        for value in values:
            self.assertIs(self.may(value), True, value)

    def test_co2_both_in_the_message(self):
        self.say("STOP", uid=ID)
        self.assert_out(DANA, ID)
        self.assertFalse(self.proofs(DANA)[0].allowed)
        self.assertFalse(self.proofs(ID)[0].allowed)
        self.assertIsNone(self.may(channel="sms"), "on that channel only")
        self.assertFalse(self.proofs().filtered(lambda p: p.channel == "sms"))

    def test_co2_number_then_id(self):
        """He opts out by his number; the id that comes later is out, too."""
        self.say("STOP")
        self.say("Where is my order?", uid=ID)
        self.assert_out(DANA, ID)

    def test_co2_id_then_number(self):
        self.say("STOP", value=ID)
        self.say("Where is my order?", uid=ID)
        self.assert_out(DANA, ID)

    def test_co2_known_before(self):
        """Both were known; then he opts out, and in again, by one of them only."""
        self.say("Hello", uid=ID)
        for stop, start in ((ID, DANA), (DANA, ID), (ID, ID)):
            self.say("STOP", value=stop)
            self.assert_out(DANA, ID)
            self.say("START", value=start)
            self.assert_in(DANA, ID)

    def test_co2_by_the_record(self):
        """The id becomes the customer's: his number is out, so the id is."""
        self.say("STOP")
        dana = self.customer(phone=DANA)
        message = self.say("It is me, Dana", value=ID)
        self.assertIsNone(self.may(ID))
        message.action_reattach("res.partner", dana.id)
        self.assert_out(ID)
        with self.assertRaises(UserError):
            dana.kala_send("whatsapp", body="Hello")

    def test_co2_lead_of_the_id_gets_a_number(self):
        lead = self.say("STOP", value=ID).lead_id
        self.assert_out(ID)
        lead.phone = DANA
        self.assert_out(DANA)
        with self.assertRaises(UserError):
            lead.kala_send("whatsapp", body="Hello")

    def test_co2_lead_of_the_id_gets_a_customer(self):
        lead = self.say("STOP", value=ID).lead_id
        lead.partner_id = self.customer(phone=DANA)
        self.assert_out(DANA)

    def test_co2_several_people_of_one_record(self):
        """A company has two numbers: nobody says whose the id is."""
        firm = self.customer("ACME", phone=DANA, kala_phone2=NOA)
        self.say("STOP", value=ID).action_reattach("res.partner", firm.id)
        self.assert_out(ID)
        self.assertIsNone(self.may(DANA))
        self.assertIsNone(self.may(NOA))

    def test_co2_id_learnt_by_sending(self):
        """The provider told the id of the number that we wrote to; then he writes by it alone."""
        dana = self.customer(phone=DANA)
        with self.provider_answers(SendResult.sent("wamid-out", contact_uid=ID)):
            dana.kala_send("whatsapp", body="Your order is ready")
            self.dispatch()
        self.say("STOP", value=ID)
        self.assert_out(DANA, ID)

    def test_co1_by_hand(self):
        """What is written down on the card is the person's, too."""
        self.say("Hello", uid=ID)
        dana = self.customer(phone=DANA)
        self.env["kala.consent.change"].create(
            {
                "res_model": dana._name,
                "res_id": dana.id,
                "kind": "phone",
                "value": DANA,
                "channel": "whatsapp",
                "answer": "no",
                "origin": "said so on the phone",
            }
        ).action_save()
        self.assert_out(DANA, ID)

    def test_co2_older_answer_comes_late(self):
        """Providers are late and out of order: what was said last counts."""
        earlier, later = self.now - timedelta(hours=2), self.now - timedelta(hours=1)
        self.say("START", date=later)
        self.say("STOP", date=earlier)
        self.assert_in(DANA)
        self.assertEqual(self.proofs().mapped("date"), [later])
        self.assertFalse(self.confirmations())

    def test_co2_written_down_before_he_said_no(self):
        """His own word counts even where it comes a little late."""
        key = self.customer(phone=DANA)._kala_own_keys()[0]
        self.env["kala.contact.permission"]._set(
            self.company, key, ["whatsapp"], True, "signed the order form"
        )
        self.say("STOP", date=self.now - timedelta(minutes=5))
        self.assert_out(DANA)

    def test_qu_queries_do_not_grow(self):
        asked = {(self.company.id, "phone", f"+9725012345{n:02}", "whatsapp") for n in range(50)}
        permissions = self.env["kala.contact.permission"]
        few = set(list(asked)[:2])
        permissions._answers(few)
        with self.assertQueryCount(2):
            permissions._answers(asked)


@tagged("post_install", "-at_install")
class TestOptoutTold(OptoutCommon):
    """CO2: an opt-out is confirmed once, and not by us where the provider has done it."""

    def test_co2_not_twice_a_day(self):
        for word in ("STOP", "START", "STOP"):
            self.say(word)
        self.assertEqual(len(self.confirmations()), 1)
        self.confirmations().date -= timedelta(days=1, minutes=1)
        self.say("START")
        self.say("STOP")
        self.assertEqual(len(self.confirmations()), 2)

    def test_co2_not_twice_by_number_and_id(self):
        self.say("STOP", uid=ID)
        self.say("START", value=ID)
        self.say("STOP", value=ID)
        self.assertEqual(len(self.confirmations()), 1)

    def test_co2_the_provider_told(self):
        """Its words count, whatever the text is, and nothing is left to answer."""
        message = self.say("NO", allowed=False, told=True)
        self.assertIs(self.may(), False)
        self.assertIn("NO", self.proofs().origin)
        self.assertFalse(self.confirmations())
        self.assertFalse(message.activity_id)
        self.say("YES", allowed=True, told=True)
        self.assertIs(self.may(), True)

    def test_co2_the_provider_did_not_tell(self):
        self.say("NO", allowed=False)
        self.assertEqual(len(self.confirmations()), 1)

    def test_co2_the_provider_told_in_silence(self):
        """It refuses our confirmation, since it has sent its own: nothing failed."""
        with self.provider_answers(SendResult.refused("consent", "Opted out", 21610)):
            self.say("STOP", channel="sms")
            self.dispatch()
        self.assertEqual(self.confirmations().state, "cancelled")
        self.assertIs(self.may(channel="sms"), False)

    def test_co2_picked_from_our_buttons(self):
        """ "Stop promotions" opts out and is no work; "Cancel" answers the question above it."""
        message = self.say("Stop promotions", choice="Stop promotions")
        self.assertIs(self.may(), False)
        self.assertFalse(message.activity_id)
        message = self.say("Cancel", value=NOA, choice="visit-cancel")
        self.assertIsNone(self.may(NOA))
        self.assertTrue(message.activity_id)
        self.say("Nie, dziękuję", value=NOA, choice="UNSUBSCRIBE")
        self.assertIs(self.may(NOA), False)

    def test_co2_typed_word_keeps_its_task(self):
        """ "cancel": perhaps the visit, too. Somebody has to look."""
        self.assertTrue(self.say("cancel").activity_id)


@tagged("post_install", "-at_install")
class TestOptoutOfAdvertising(OptoutCommon):
    """CO2: who wants no advertising gets none, and still gets answers."""

    def setUp(self):
        super().setUp()
        self.dana = self.customer(phone=DANA)

    def verdict(self, **values):
        """:return: what the gate says to a message on WhatsApp"""
        message = Outgoing(
            company=self.company,
            line=self.whatsapp_line,
            channel="whatsapp",
            key=self.dana._kala_own_keys()[0],
            partner=self.dana,
            moment=self.now,
            **values,
        )
        return self.env["kala.gate"]._judge([message]).get(0)

    def template(self, category):
        return self.env["kala.template"].create(
            {"name": "Sale", "channel": "whatsapp", "body": "Sale!", "category": category}
        )

    def test_co2_stop_and_resume(self):
        item = self.choose(False)
        self.assertEqual((item.state, item.result), ("done", "changed"))
        self.assertIs(self.may(purpose="marketing"), False)
        proof = self.proofs()
        self.assertEqual((proof.purpose, proof.allowed), ("marketing", False))
        self.assertIn("Sandbox said: User requested", proof.origin)
        self.assertFalse(self.confirmations())
        self.choose(True)
        self.assertIs(self.may(purpose="marketing"), True)
        self.assertEqual(self.proofs().mapped("allowed"), [False, True])

    def test_co2_what_is_refused(self):
        self.choose(False)
        self.assertIn("no advertising", self.verdict(marketing=True).reason)
        self.assertIn("no advertising", self.verdict(template=self.template("MARKETING")).reason)
        self.assertIsNone(self.verdict(template=self.template("UTILITY")))
        self.assertIsNone(self.verdict())
        self.assertEqual(
            self.dana.kala_send("whatsapp", body="Your order is ready").state, "queued"
        )
        self.choose(True)
        self.assertIsNone(self.verdict(marketing=True))

    def test_co2_mass_send(self):
        self.choose(False)
        mass = self.env["kala.mass.send"].create(
            {
                "name": "Sale",
                "channel": "whatsapp",
                "model": "res.partner",
                "record_ids": self.dana.ids,
                "body": "Sale!",
            }
        )
        rows, [(record_id, kind, _reason)] = mass._recipients(self.dana)
        self.assertEqual((rows, record_id, kind), ([], self.dana.id, "consent"))

    def test_co2_provider_refuses_an_advertisement(self):
        """Its refusal says no more than what was refused."""
        template = self.template("MARKETING")
        message = self.dana.kala_send("whatsapp", body="Sale!", template=template)
        with self.provider_answers(SendResult.refused("consent", "Stopped marketing", 131050)):
            self.dispatch()
        self.assertEqual(message.state, "failed")
        self.assertIs(self.may(purpose="marketing"), False)
        self.assertIsNone(self.may())

    def test_wa6_a_notice_opens_no_window(self):
        """Free text is granted for what a person wrote, not for a notice."""
        self.patch(type(self.env["kala.provider.sandbox"]), "_free_text_hours", 24)
        self.say("Opened the chat.", kind="system")
        with self.assertRaises(UserError):
            self.dana.kala_send("whatsapp", body="Hello")
        self.say("Hello")
        self.assertEqual(self.dana.kala_send("whatsapp", body="Hello").state, "queued")

    def test_co2_by_the_id(self):
        self.say("Hello", uid=ID)
        self.choose(False, value=ID)
        self.assertIs(self.may(DANA, purpose="marketing"), False)

    def test_co2_agreeing_to_all_agrees_to_advertising(self):
        self.choose(False)
        self.say("START")
        self.assertIs(self.may(purpose="marketing"), True)

    def test_co2_resume_after_stop(self):
        """Who asks for advertising wants to be written to."""
        self.say("Stop promotions", choice="x")
        self.choose(True)
        self.assertIs(self.may(), True)
        self.assertIsNone(self.verdict(marketing=True))

    def test_co2_older_choice_comes_late(self):
        self.choose(True, date=self.now - timedelta(hours=1))
        self.assertEqual(self.choose(False, date=self.now - timedelta(hours=2)).result, "known")
        self.assertIs(self.may(purpose="marketing"), True)

    def test_co2_nobody_named(self):
        item = self.choose(False, value="")
        self.assertEqual(item.state, "dead")
        self.assertTrue(item.error)

    def test_co1_card_says_so(self):
        self.choose(False)
        facts = self.env["kala.consent.card"].facts("res.partner", self.dana.id)
        [whatsapp] = [c for c in facts["addresses"][0]["channels"] if c["channel"] == "whatsapp"]
        self.assertEqual((whatsapp["state"], whatsapp["advertising"]), ("open", False))


@tagged("post_install", "-at_install")
class TestLiftedBlacklist(OptoutCommon):
    """CO2: who is taken off Odoo's blacklist may be written to, with the proof."""

    def out(self, company=None):
        key = self.customer(phone=DANA)._kala_own_keys()[0]
        self.env["kala.contact.permission"]._set(
            company or self.company, key, ["sms"], False, "said so"
        )
        return self.env["phone.blacklist"].search([("number", "=", DANA)])

    def test_co2_phone(self):
        for lift in (
            lambda listed: listed.remove(DANA),
            lambda listed: listed.action_archive(),
            lambda listed: listed.unlink(),
            lambda listed: listed.write({"active": False}),
        ):
            listed = self.out()
            self.assertTrue(listed)
            lift(listed)
            self.assertIs(self.may(channel="sms"), True)
            self.assertTrue(self.proofs()[-1].allowed)
            self.assertIn("blacklist", self.proofs()[-1].origin)
            self.customer(phone=DANA).kala_send("sms", body="Hello")

    def test_co2_other_channels_stay(self):
        self.say("STOP")
        self.out().action_archive()
        self.assertIs(self.may(), False)

    def test_co2_email(self):
        eve = self.customer(email="eve@example.com")
        key = eve._kala_own_keys()[0]
        permissions = self.env["kala.contact.permission"]
        permissions._set(self.company, key, ["email"], False, "said so")
        listed = self.env["mail.blacklist"].search([("email", "=", "eve@example.com")])
        listed.action_archive()
        place = (self.company.id, *key, "email")
        self.assertIs(permissions._answers({place})[place], True)

    def test_co2_agreeing_in_one_company_is_none_in_another(self):
        self.out(self.other_company)
        self.out()
        key = self.customer(phone=DANA)._kala_own_keys()[0]
        self.env["kala.contact.permission"]._set(self.company, key, ["sms"], True, "agreed")
        place = (self.other_company.id, *key, "sms")
        answers = self.env["kala.contact.permission"]._answers({place})
        self.assertIs(answers[place], False)
