"""MA: where an incoming communication goes. The table says it rule by rule; the stories below it
follow messages from the door to the record."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.inbound import kala_matcher
from odoo.addons.kala_comm.models.inbound.values import Sender
from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, UNKNOWN
from odoo.addons.kala_comm.tests.matching_cases import CASES, SECOND
from odoo.addons.kala_comm.tests.world import WorldCase
from odoo.addons.kala_comm.tools.messages import IncomingMessage
from odoo.addons.kala_comm.tools.phone import ContactKey, phone_key


@tagged("post_install", "-at_install")
class TestMatchingTable(WorldCase):
    def _play(self, world_spec, options):
        """:return: (world, communication)"""
        spec = {name: (kind, dict(opts)) for name, (kind, opts) in world_spec.items()}
        for _kind, opts in spec.values():
            if "country_code" in opts:
                code = opts.pop("country_code")
                opts["country_id"] = self.env["res.country"].search([("code", "=", code)]).id
        world = self.build(spec)
        self.company.write(options.get("S", {}))
        if "excluded" in options:
            self.company.kala_excluded_status_type_ids = self.env["kala.status.type"].union(
                *[self.types[code] for code in options["excluded"]]
            )
        if "moved" in options:
            # As imports and merges leave it: Odoo's own forms refuse it.
            self.env.cr.execute(
                "UPDATE res_partner SET company_id = %s WHERE id = %s",
                [self.other_company.id, world[options["moved"]].id],
            )
            self.env.invalidate_all()
        date = self.now - timedelta(days=options.get("sent_ago", 0))
        message = {"sender": DANA, "date": date, **options.get("M", {})}
        return world, self.incoming(**message)

    def _check(self, title, spec, options, expected, rule):
        before = self.env["crm.lead"].with_context(active_test=False).search([])
        world, communication = self._play(spec, options)
        record = communication._record()
        if expected == "new":
            self.assertEqual(record._name, "crm.lead", title)
            self.assertNotIn(record, before, title)
            self.assertNotIn(record, [r for r in world.values() if r._name == "crm.lead"], title)
        else:
            self.assertEqual(record, world[expected], title)
        self.assertEqual(communication.match_rule, rule, title)


def _make_test(case):
    def test(self):
        self._check(*case)

    test.__doc__ = case[0]
    return test


for _n, _case in enumerate(CASES):
    _name = "".join(c if c.isalnum() else "_" for c in _case[0].lower())[:70]
    setattr(TestMatchingTable, f"test_{_n:02}_{_name}", _make_test(_case))


@tagged("post_install", "-at_install")
class TestMatching(WorldCase):
    def match(self, **values):
        """Ask the matcher itself: for families that have no line in the core."""
        company = values.pop("company", self.company)
        sender = Sender(keys=((ContactKey("phone", DANA), 0),), date=self.now, **values)
        self.env.flush_all()
        return self.env["kala.matcher"]._match(company, [sender])[0]

    # ------------------------------------------------------------------ MA2

    def test_ma2_two_companies_with_one_customer(self):
        """MA2: each company's line finds its own company's order, never the other's."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        dana = self.customer(phone=DANA)
        own, other = self.order(dana), self.order(dana, company_id=self.other_company.id)
        first = self.incoming(sender=DANA)
        second = self.incoming(sender=DANA, connection=connection)
        self.assertEqual(first.order_id, own)
        self.assertEqual(second.order_id, other)
        self.assertEqual(second.company_id, self.other_company)
        seen = {c["id"] for c in first.candidates if c["model"] == "sale.order"}
        self.assertNotIn(other.id, seen, "candidates of another company are not shown (MA9)")

    def test_ma2_other_companys_customer_gets_a_lead_of_ours(self):
        """MA2: the new lead is not linked to a customer of another company."""
        self.customer(phone=DANA, company_id=self.other_company.id)
        communication = self.incoming(sender=DANA)
        self.assertFalse(communication.lead_id.partner_id)
        self.assertEqual(communication.lead_id.company_id, self.company)

    # ------------------------------------------------------------------ MA3

    def test_ma3_new_lead_is_linked_to_the_customer(self):
        """MA3: nothing is recent, so there is a new lead, linked to whom the phone belongs."""
        dana = self.customer(phone="050-234-5678", email="Dana@Example.com")
        self.age(dana, 200)
        communication = self.incoming(sender="00972502345678", name="Dana from WhatsApp")
        self.assertEqual(communication.match_rule, "new")
        self.assertEqual(communication.lead_id.partner_id, dana)
        self.assertEqual(communication.partner_id, dana)
        self.assertEqual(dana.phone, "050-234-5678", "the customer's phone is never overwritten")
        self.assertEqual(dana.email, "Dana@Example.com")
        self.assertEqual(dana.name, "Dana")

    def test_ma3_additional_phone_does_not_become_the_phone(self):
        """MA3: who writes from the additional phone keeps the first one."""
        self.company.kala_new_lead_on_partner_text = True
        dana = self.customer(phone="052-234-5678", kala_phone2="050-234-5678")
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id.partner_id, dana)
        self.assertEqual((dana.phone, dana.kala_phone2), ("052-234-5678", "050-234-5678"))

    def test_ma3_unknown_sender(self):
        """MA3: a stranger's lead has his number and name, and no customer."""
        communication = self.incoming(sender="0542345678", name="Yael", text="Do you deliver?")
        made = communication.lead_id
        self.assertFalse(made.partner_id)
        self.assertEqual(made.phone_sanitized, UNKNOWN)
        self.assertEqual(made.contact_name, "Yael")
        self.assertEqual(made.kala_origin, "sms")

    def test_ma3_of_several_customers_the_chosen_one_is_linked(self):
        """MA3: of several customers with the phone, the one MA1 would choose."""
        self.company.kala_new_lead_on_partner_text = True
        first = self.customer("First", phone=DANA)
        self.log(first, direction="in")
        self.customer("Second", phone=DANA)
        self.assertEqual(self.incoming(sender=DANA).lead_id.partner_id, first)

    # ------------------------------------------------------------------ MA4, MA5

    def test_ma4_ma5_by_family(self):
        """MA4, MA5: each family of channels has its own options."""
        dana = self.customer(phone=DANA)
        table = [
            ({}, {"family": "call"}, "customer"),
            ({"kala_new_lead_on_partner_call": True}, {"family": "call"}, "new_for_customer"),
            ({"kala_new_lead_on_partner_call": True}, {"family": "text"}, "customer"),
            ({"kala_new_lead_on_partner_email": True}, {"family": "email"}, "new_for_customer"),
            ({"kala_new_lead_on_partner_email": True}, {"family": "call"}, "customer"),
            ({"kala_new_lead_on_partner_text": True}, {"family": "text"}, "new_for_customer"),
            ({"kala_call_always_new_lead": True}, {"family": "call"}, "always_new"),
            ({"kala_call_always_new_lead": True}, {"family": "text"}, "customer"),
            ({"kala_call_always_new_lead": True}, {"family": "email"}, "customer"),
            ({"kala_missed_call_always_new_lead": True}, {"family": "call"}, "customer"),
            (
                {"kala_missed_call_always_new_lead": True},
                {"family": "call", "missed": True},
                "always_new",
            ),
            ({"kala_text_always_new_lead": True}, {"family": "text"}, "always_new"),
            ({"kala_text_always_new_lead": True}, {"family": "call"}, "customer"),
            ({"kala_text_always_new_lead": True}, {"family": "email"}, "customer"),
        ]
        names = {name for settings, _s, _r in table for name in settings}
        for settings, sender, rule in table:
            with self.subTest(settings=settings, sender=sender):
                self.company.write({**dict.fromkeys(names, False), **settings})
                match = self.match(**sender)
                self.assertEqual(match.rule, rule)
                self.assertEqual(match.partner_id, dana.id)
                self.assertEqual(match.model, "res.partner" if rule == "customer" else "")

    def test_ma5_new_lead_each_time(self):
        """MA5: three texts of one batch make three leads when texts always make one."""
        self.company.kala_text_always_new_lead = True
        communications = self.incoming(*[{"sender": UNKNOWN, "text": f"{n}"} for n in range(3)])
        self.assertEqual(len(communications.lead_id), 3)

    # ------------------------------------------------------------------ MA6: e-mail

    def test_ma6_email_in_capitals(self):
        """MA6: an e-mail address counts in any spelling, the customer's included."""
        dana = self.customer(email="Dana.Levi@Example.COM")
        made = self.lead(partner_id=dana.id)
        item = self.take(
            IncomingMessage(
                channel="email",
                uid="<1@example.com>",
                contact_kind="email",
                contact_value='"DANA" <DANA.LEVI@EXAMPLE.COM>',
                body="Hello",
            )
        )
        self.assertEqual(item.communication_id.lead_id, made)

    def test_ma6_two_addresses_in_one_field(self):
        """MA6: Odoo lets people write two addresses into one field."""
        made = self.lead(email_from="first@example.com, Second@example.com")
        self.env["kala.contact.point"]._flush_owners()
        points = self.env["kala.contact.point"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", made.id)]
        )
        self.assertEqual(set(points.mapped("value")), {"first@example.com", "second@example.com"})

    def test_ma6_points_follow_the_fields(self):
        """MA6: a changed phone stops matching, whoever changed it and how."""
        dana = self.customer(phone=DANA)
        made = self.lead(partner_id=dana.id)
        dana.phone = NOA
        self.assertEqual(self.incoming(sender=NOA).lead_id, made)
        self.assertNotEqual(self.incoming(sender=DANA).lead_id, made)

    def test_ma6_points_of_an_import(self):
        """MA6: records that come by import match like typed ones."""
        result = self.env["res.partner"].load(
            ["name", "phone", "kala_phone2"], [["Imported", "050-234-5678", "*2700"]]
        )
        dana = self.env["res.partner"].browse(result["ids"])
        self.assertEqual(self.incoming(sender=DANA).partner_id, dana)
        self.assertEqual(self.incoming(sender="*2700").partner_id, dana)

    def test_ma6_country_of_the_line(self):
        """MA6, docs/architecture.md, 3.7: who writes or calls in the local spelling is of the
        line's country, else of its company's."""
        polish = self.env["kala.line"].create(
            {
                "name": "Warszawa",
                "channel": "sms",
                "connection_id": self.connection.id,
                "address": "+48225551234",
            }
        )
        message = self.incoming(sender="512 345 678", line=polish.address)
        self.assertEqual((message.line_id, message.contact_value), (polish, "+48512345678"))
        self.assertEqual(self.incoming(sender="050-234-5678").contact_value, DANA)
        polish.address = "*2345"
        self.assertEqual(polish._kala_region(), "IL")

    def test_ma6_country_of_the_company_changes_nothing_by_the_reader(self):
        """MA6: a local number is read in the record's country, not in the current user's."""
        american = self.env["res.company"].create(
            {"name": "US Company", "country_id": self.env.ref("base.us").id}
        )
        made = (
            self.env["crm.lead"]
            .with_company(american)
            .create({"name": "L", "phone": "050-234-5678", "company_id": self.company.id})
        )
        self.assertEqual(self.incoming(sender=DANA).lead_id, made)

    # ------------------------------------------------------------------ MA7

    def _quoted(self, record, uid="m-1", **values):
        return self.log(record, connection_id=self.connection.id, provider_uid=uid, **values)

    def test_ma7_quoted_reply(self):
        """MA7: a quoted reply goes to the record of the message that is quoted."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        self._quoted(first, date=self._ago(200))
        communication = self.incoming(sender=DANA, reply_to="m-1")
        self.assertEqual(communication.lead_id, first)
        self.assertEqual(communication.match_rule, "reply")
        self.assertEqual(self.incoming(sender=DANA, reply_to="m-9").match_rule, "lead")
        self.assertTrue(second)

    def test_ma7_excluded_record(self):
        """MA7: … unless MA2 excludes that record."""
        won = self.lead(phone=DANA)
        won.stage_id = self._stage("won")
        other = self.lead(phone=DANA)
        self._quoted(won)
        self.assertEqual(self.incoming(sender=DANA, reply_to="m-1").lead_id, other)

    def test_ma7_from_another_number(self):
        """MA7: the reply counts whatever number it came from."""
        first = self.lead(phone=DANA)
        self._quoted(first)
        communication = self.incoming(sender=UNKNOWN, reply_to="m-1")
        self.assertEqual((communication.lead_id, communication.match_rule), (first, "reply"))

    def test_ma7_before_always_new(self):
        """MA7: a quoted reply is no new matter, even where texts always make a lead."""
        self.company.kala_text_always_new_lead = True
        first = self.lead(phone=DANA)
        self._quoted(first)
        self.assertEqual(self.incoming(sender=DANA, reply_to="m-1").lead_id, first)

    def test_ma7_other_company(self):
        """MA7: a message id of another connection is no message of ours."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        first = self.lead(phone=DANA)
        self._quoted(first)
        communication = self.incoming(sender=DANA, reply_to="m-1", connection=connection)
        self.assertNotEqual(communication.match_rule, "reply")

    def test_ma7_deleted_record(self):
        """MA7: the record of the quoted message is gone: matching goes on without it."""
        first = self.lead(phone=DANA)
        self._quoted(first)
        first.unlink()
        self.assertEqual(self.incoming(sender=DANA, reply_to="m-1").match_rule, "new")

    # ------------------------------------------------------------------ MA8

    def test_ma8_ids_without_phone(self):
        """MA8: a Telegram user is known by his id on that connection."""
        first = self.incoming(sender="777", kind="heron", channel="heron", name="Dana")
        again = self.incoming(sender="777", kind="heron", channel="heron")
        self.assertEqual(first.lead_id, again.lead_id)
        self.assertFalse(first.lead_id.phone)
        connection, _sms, _whatsapp = self._make_sandbox(self.company, "03-7654321")
        elsewhere = self.incoming(
            sender="777", kind="heron", channel="heron", connection=connection
        )
        self.assertNotEqual(first.lead_id, elsewhere.lead_id, "ids live on one connection")

    def test_ma8_shared_with_the_customer(self):
        """MA8: once the record is linked to a customer, the id is the customer's."""
        first = self.incoming(sender="777", kind="heron", channel="heron", name="Dana")
        dana = self.customer(phone=DANA)
        first.lead_id.partner_id = dana
        first.lead_id.stage_id = self._stage("won")
        again = self.incoming(sender="777", kind="heron", channel="heron")
        self.assertEqual(again.res_model, "res.partner")
        self.assertEqual(again.partner_id, dana)

    def test_ma8_order_of_the_customer(self):
        """MA8: the customer's id reaches the customer's order."""
        dana = self.customer(phone=DANA)
        made = self.incoming(sender="777", kind="heron", channel="heron").lead_id
        made.partner_id = dana
        made.stage_id = self._stage("won")
        order_ = self.order(dana)
        again = self.incoming(sender="777", kind="heron", channel="heron")
        self.assertEqual(again.order_id, order_)

    def test_ma8_the_customer_has_the_earlier_messages(self):
        """MA8, LO1, LO6: what came before a lead or an order was linked to its customer is the
        customer's too."""
        first = self.incoming(sender="777", kind="heron", channel="heron", name="Dana")
        dana, noa = self.customer("Dana"), self.customer("Noa")
        first.lead_id.partner_id = dana
        self.env.flush_all()
        self.assertEqual(first.partner_id, dana)
        self.assertEqual(dana.kala_communication_ids, first)
        self.run_inbox()
        dana.invalidate_recordset()
        self.assertEqual(dana.kala_last_communication_date, first.date)
        sold = self.order(dana)
        message = self.log(sold)
        sold.partner_id = noa
        self.assertEqual(message.partner_id, noa)
        self.assertEqual(first.partner_id, dana)

    def test_ma8_linked_to_the_wrong_customer(self):
        """MA8: the id goes along when a lead was linked to the wrong customer, unless he is known
        by it himself."""
        first = self.incoming(sender="777", kind="heron", channel="heron", name="Dana")
        noa, dana = self.customer("Noa"), self.customer("Dana")
        won = self._stage("won")
        for known_himself in (False, True):
            with self.subTest(known_himself=known_himself):
                first.lead_id.write({"partner_id": noa.id, "stage_id": won.id})
                self.env.flush_all()
                if known_himself:
                    other = self.lead(partner_id=noa.id, stage_id=won.id)
                    self.incoming(sender="777", kind="heron", channel="heron").action_reattach(
                        "crm.lead", other.id
                    )
                    self.env["kala.contact.point"]._insert(
                        "crm.lead", other.ids, ["heron"], ["777"], [self.connection.id]
                    )
                first.lead_id.partner_id = dana
                self.env.flush_all()
                owners = self.env["kala.contact.point"].search(
                    [("value", "=", "777"), ("res_model", "=", "res.partner")]
                )
                wanted = {dana.id, noa.id} if known_himself else {dana.id}
                self.assertEqual(set(owners.mapped("res_id")), wanted)

    def test_ma8_a_lead_learns_the_number(self):
        """MA8: who was known by his id alone is known by his number once he tells it."""
        base = {"channel": "whatsapp", "line_address": "03-1234567"}
        first = self.take(
            IncomingMessage(
                uid="l1", contact_kind="whatsapp", contact_value="IL.5", body="a", **base
            )
        ).communication_id
        self.assertFalse(first.lead_id.phone)
        self.take(
            IncomingMessage(uid="l2", contact_value=NOA, contact_uid="IL.5", body="b", **base)
        )
        third = self.take(IncomingMessage(uid="l3", contact_value=NOA, body="c", **base))
        self.assertEqual(third.communication_id.lead_id, first.lead_id)

    def test_ma8_phone_and_id(self):
        """MA8: who came with a phone and an id is known by the id alone afterwards."""
        made = self.lead(phone=DANA)
        base = {"channel": "whatsapp", "line_address": "03-1234567"}
        first = self.take(
            IncomingMessage(uid="w1", contact_value=DANA, contact_uid="IL.1", body="a", **base)
        )
        second = self.take(
            IncomingMessage(
                uid="w2", contact_kind="whatsapp", contact_value="IL.1", body="b", **base
            )
        )
        self.assertEqual(first.communication_id.lead_id, made)
        self.assertEqual(second.communication_id.lead_id, made)

    # ------------------------------------------------------------------ what is no news

    def _aside(self, target="", sender=DANA, kind="reaction"):
        item = self.take(
            IncomingMessage(
                channel="sms",
                uid=f"aside-{self._next()}",
                contact_value=sender,
                body="👍",
                kind=kind,
                target_uid=target,
            )
        )
        return item.communication_id

    def test_ma3_reactions_make_no_lead(self):
        """MA3: a reaction, an edit or a deletion goes to the record of its message even if that
        is closed; else to the customer; else nowhere. It never makes a lead."""
        dana = self.customer(phone=DANA)
        won = self.lead(partner_id=dana.id)
        self.log(won, provider_uid="ours", connection_id=self.connection.id)
        theirs = self.log(
            won, direction="in", provider_uid="theirs", connection_id=self.connection.id
        )
        self.assertTrue(theirs)
        won.stage_id = self._stage("won")
        self.company.write(
            {"kala_text_always_new_lead": True, "kala_new_lead_on_partner_text": True}
        )
        leads = self.env["crm.lead"].search_count([])
        for kind in ("reaction", "edit", "revoke", "system"):
            with self.subTest(kind=kind):
                self.assertEqual(self._aside("ours", kind=kind).lead_id, won)
                self.assertEqual(self._aside("theirs", kind=kind).lead_id, won)
                to_customer = self._aside(kind=kind)
                self.assertEqual(to_customer._record(), dana)
                nowhere = self._aside(kind=kind, sender=UNKNOWN)
                self.assertEqual(len(nowhere), 1)
                self.assertFalse(nowhere.res_id)
                self.assertFalse(nowhere.with_user(self.salesman).has_access("read"))
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)

    def test_ma3_reaction_beats_an_open_lead(self):
        """MA7: the record of the message comes before another one that is open."""
        dana = self.customer(phone=DANA)
        won, still_open = self.lead(partner_id=dana.id), self.lead(partner_id=dana.id)
        self.log(won, provider_uid="ours", connection_id=self.connection.id)
        won.stage_id = self._stage("won")
        self.assertEqual(self._aside("ours").lead_id, won)
        self.assertEqual(self._aside().lead_id, still_open)

    def test_ma3_unattached_among_others(self):
        """MA3: a reaction that belongs nowhere does not disturb the messages beside it."""
        made = self.lead(phone=DANA)
        base = {"channel": "sms", "body": "x"}
        items = self.take(
            IncomingMessage(uid="a1", contact_value=NOA, kind="reaction", **base),
            IncomingMessage(uid="a2", contact_value=DANA, **base),
            IncomingMessage(uid="a3", contact_value=UNKNOWN, **base),
        )
        aside, known, new = items.communication_id
        self.assertEqual(set(items.mapped("state")), {"done"})
        self.assertFalse(aside.res_id)
        self.assertEqual(known.lead_id, made)
        self.assertIn(UNKNOWN, new.lead_id.phone.replace(" ", "").replace("-", ""))

    def test_ma3_customer_of_the_former_lead(self):
        """MA3: a number that only a won or lost lead of a customer has is that customer's: the
        new lead is linked to him, an archived one to nobody."""
        dana = self.customer("Dana", phone=NOA)
        won = self.lead(partner_id=dana.id)
        won.kala_phone2 = DANA
        won.stage_id = self._stage("won")
        fresh = self.incoming(sender=DANA)
        self.assertEqual(fresh.match_rule, "new")
        self.assertEqual(fresh.lead_id.partner_id, dana)
        fresh.lead_id.unlink()
        self.env.cr.execute("UPDATE res_partner SET active = FALSE WHERE id = %s", [dana.id])
        self.env.invalidate_all()
        self.assertFalse(self.incoming(sender=DANA).lead_id.partner_id)

    # ------------------------------------------------------------------ MA9

    def test_ma9_pins_of_two_companies(self):
        """MA9: each company has a pin of its own, on the same shared record too; the end of one
        is not the end of the other."""
        connection, _sms, _whatsapp = self._make_sandbox(self.other_company, "03-7654321")
        shared = self.customer("Shared")
        self.customer("Owner of the number", phone=DANA)

        def come(**values):
            return self.incoming(sender=DANA, **values)

        come().action_reattach("res.partner", shared.id)
        theirs = come(connection=connection)
        theirs.action_reattach("res.partner", shared.id)
        for values in ({}, {"connection": connection}):
            later = come(**values)
            self.assertEqual((later._record(), later.match_rule), (shared, "pinned"))
        elsewhere = self.customer("Elsewhere")
        theirs.action_reattach("res.partner", elsewhere.id)
        self.assertEqual(come()._record(), shared)
        self.assertEqual(come(connection=connection)._record(), elsewhere)

    def test_ma9_orders_of_invoice_and_delivery_contacts(self):
        """MA9, MA6: the list to re-attach to has the orders that are invoiced or delivered to
        the contact."""
        dana, office = self.customer(phone=DANA), self.customer("Office", phone=NOA)
        communication = self.incoming(sender=DANA)
        invoiced = self.order(office, partner_invoice_id=dana.id)
        delivered = self.order(office, partner_shipping_id=dana.id)
        wizard = self.env["kala.reattach"].create({"communication_ids": communication.ids})
        listed = [candidate.record_ref for candidate in wizard.candidate_ids]
        self.assertIn(invoiced, listed)
        self.assertIn(delivered, listed)

    def test_ma9_candidates_are_visible(self):
        """MA9: the choice and the others are kept with the communication, with the reason."""
        dana = self.customer(phone=DANA)
        won = self.lead(partner_id=dana.id)
        won.stage_id = self._stage("won")
        old = self.lead(partner_id=dana.id)
        self.age(old, 100)
        open_lead = self.lead(partner_id=dana.id)
        communication = self.incoming(sender=DANA, date=self.now)
        found = {(c["model"], c["id"]): c["verdict"] for c in communication.candidates}
        self.assertEqual(
            found,
            {
                ("crm.lead", open_lead.id): "ok",
                ("crm.lead", old.id): "old",
                ("crm.lead", won.id): "status",
                ("res.partner", dana.id): "ok",
            },
        )

    def test_ma9_reattach(self):
        """MA9: the user chooses another record; task and chatter go along, and later messages
        of the contact follow."""
        dana = self.customer(phone=DANA)
        first = self.lead("First", partner_id=dana.id)
        second = self.lead("Second", partner_id=dana.id, user_id=self.salesman.id)
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, second)
        task, line = communication.activity_id, communication.mail_message_id
        communication.with_user(self.colleague).action_reattach("crm.lead", first.id)
        self.assertEqual(communication.lead_id, first)
        self.assertEqual((communication.res_model, communication.res_id), ("crm.lead", first.id))
        self.assertEqual(communication.match_rule, "user")
        self.assertEqual((task.res_model, task.res_id), ("crm.lead", first.id))
        self.assertEqual((line.model, line.res_id), ("crm.lead", first.id))
        self.assertIn(line, first.message_ids)
        self.assertNotIn(line, second.message_ids)
        later = self.incoming(sender=DANA)
        self.assertEqual((later.lead_id, later.match_rule), (first, "pinned"))
        self.assertEqual(later.activity_id, task)
        self.assertEqual(task.kala_count, 2)

    def test_ma9_pin_to_an_unrelated_record(self):
        """MA9: also a record that never had this number."""
        made = self.incoming(sender=UNKNOWN)
        other = self.order(self.customer(phone=DANA))
        made.action_reattach("sale.order", other.id)
        self.assertEqual(self.incoming(sender=UNKNOWN).order_id, other)

    def test_ma1_address_of_a_crowd(self):
        """MA1, MA9: of an address that very many records share, the newest, those it wrote to
        last and pinned ones are looked at."""
        crowd = self.env["crm.lead"].create(
            [{"name": f"L{n}", "phone": UNKNOWN, "user_id": False} for n in range(9)]
        )
        self.age(crowd, days=20)
        with patch.object(kala_matcher, "CROWD", 3):
            self.assertEqual(self.incoming(sender=UNKNOWN, text="a").lead_id, crowd[8])
            self.log(crowd[1], contact_value=UNKNOWN, direction="in", date=self.now)
            told = self.log(crowd[0], contact_value=UNKNOWN, direction="in", date=self.now - SECOND)
            self.age(crowd[8], days=40)
            self.log(crowd[1], contact_value=UNKNOWN, date=self.now + SECOND)
            self.assertEqual(self.incoming(sender=UNKNOWN, text="b").lead_id, crowd[1])
            told.action_reattach("crm.lead", crowd[2].id)
            self.assertEqual(self.incoming(sender=UNKNOWN, text="c").lead_id, crowd[2])

    def test_ma9_pin_of_a_number_and_an_id(self):
        """MA9, MA8: who is known by a number and an id follows by either of them."""
        first, second = self.lead("First", phone=NOA), self.lead("Second", phone=DANA)
        base = {"channel": "whatsapp", "line_address": "03-1234567"}
        came = self.take(
            IncomingMessage(uid="p1", contact_value=DANA, contact_uid="IL.7", body="a", **base)
        ).communication_id
        self.assertEqual(came.lead_id, second)
        came.action_reattach("crm.lead", first.id)
        by_id = self.take(
            IncomingMessage(
                uid="p2", contact_kind="whatsapp", contact_value="IL.7", body="b", **base
            )
        ).communication_id
        by_number = self.take(IncomingMessage(uid="p3", contact_value=DANA, body="c", **base))
        self.assertEqual((by_id | by_number.communication_id).lead_id, first)

    def test_ma9_only_what_can_be_chosen_is_offered(self):
        """MA9, MA2: of a shared customer the orders and leads of the message's company."""
        self.colleague.company_ids |= self.other_company
        dana = self.customer(phone=DANA)
        communication = self.incoming(sender=DANA)
        own = self.order(dana)
        theirs = self.order(dana, company_id=self.other_company.id)
        wizard = (
            self.env["kala.reattach"]
            .with_user(self.colleague)
            .with_context(allowed_company_ids=(self.company | self.other_company).ids)
            .create({"communication_ids": communication.ids})
        )
        listed = [candidate.record_ref for candidate in wizard.candidate_ids]
        self.assertIn(own, listed)
        self.assertNotIn(theirs, listed)
        with self.assertRaisesRegex(UserError, "same company"):
            communication.action_reattach("sale.order", theirs.id)

    def test_ma9_an_old_message(self):
        """MA9, MA1: the contact of a message that is older than N days follows from the day on
        which it was attached by hand, for N days."""
        first, second = self.lead("First"), self.lead("Second", phone=DANA)
        self.age(first, days=400)
        old = self.log(second, direction="in", date=self.now - timedelta(days=300))
        old.action_reattach("crm.lead", first.id)
        later = self.incoming(sender=DANA)
        self.assertEqual((later.lead_id, later.match_rule), (first, "pinned"))
        later.unlink()
        self.env.cr.execute(
            "UPDATE kala_contact_point SET pinned_date = pinned_date - interval '91 days'"
        )
        self.assertEqual(self.incoming(sender=DANA).lead_id, second)

    def test_ma9_pin_moves(self):
        """MA9: the last choice counts."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        communication = self.incoming(sender=DANA)
        communication.action_reattach("crm.lead", first.id)
        communication.action_reattach("crm.lead", second.id)
        communication.action_reattach("crm.lead", first.id)
        self.assertEqual(self.incoming(sender=DANA).lead_id, first)

    def test_ma9_pin_outlives_a_changed_phone(self):
        """MA9: the pin is the user's word, the phone field is another matter."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        self.incoming(sender=DANA).action_reattach("crm.lead", first.id)
        first.phone = NOA
        self.assertEqual(self.incoming(sender=DANA).lead_id, first)
        self.assertTrue(second)

    def test_ma9_pinned_record_is_closed(self):
        """MA9, MA2: a pin does not bring back what is closed."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        self.incoming(sender=DANA).action_reattach("crm.lead", first.id)
        first.stage_id = self._stage("won")
        self.assertEqual(self.incoming(sender=DANA).lead_id, second)

    def test_ma9_onto_an_open_task(self):
        """MA9, TA2: two open tasks of one contact become one."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        one = self.incoming(sender=DANA)
        first_task = one.activity_id
        one.action_reattach("crm.lead", first.id)
        self.env.cr.execute("UPDATE kala_contact_point SET pinned = FALSE")
        self.log(second, direction="in")
        two = self.incoming(sender=DANA)
        self.assertNotEqual(two.activity_id, first_task)
        two.action_reattach("crm.lead", first.id)
        self.assertEqual(two.activity_id, first_task)
        self.assertEqual(first_task.kala_count, 2)
        self.assertEqual(len(first.activity_ids), 1)

    # ------------------------------------------------------------------ MA10

    def test_ma10_one_batch(self):
        """MA10: messages of an unknown sender in one batch make one lead, in any spelling, on
        any of our lines."""
        spellings = ["0542345678", "+972542345678", "972542345678", "054-234-5678"]
        communications = self.incoming(
            *[{"sender": s, "text": s} for s in spellings],
            {"sender": "972542345678", "channel": "whatsapp", "line": "03-1234567"},
            {"sender": "972542345678", "channel": "whatsapp", "line": "03-9999999"},
        )
        self.assertEqual(len(communications), 6)
        self.assertEqual(len(communications.lead_id), 1)

    def test_ma10_phone_and_id_in_one_batch(self):
        """MA10: one sender who is named once by phone and id and once by the id alone."""
        base = {"channel": "whatsapp", "line_address": "03-1234567", "body": "x"}
        items = self.take(
            IncomingMessage(uid="w1", contact_value=UNKNOWN, contact_uid="IL.9", **base),
            IncomingMessage(uid="w2", contact_kind="whatsapp", contact_value="IL.9", **base),
            IncomingMessage(uid="w3", contact_value=UNKNOWN, **base),
        )
        self.assertEqual(len(items.communication_id.lead_id), 1)

    def test_ma10_withheld_senders_are_different_people(self):
        """MA10, MA6: two who hide their numbers are not the same."""
        communications = self.incoming({"sender": "anonymous"}, {"sender": "anonymous"})
        self.assertEqual(len(communications.lead_id), 2)

    def test_ma10_order_of_time(self):
        """MA10: the oldest message of a batch makes the lead, whatever the order it came in."""
        communications = self.incoming(
            {"sender": UNKNOWN, "text": "second", "date": self.now},
            {"sender": UNKNOWN, "text": "first", "date": self.now - timedelta(minutes=5)},
        )
        self.assertEqual(len(communications.lead_id), 1)
        self.assertIn("first", communications.lead_id.name)

    # ------------------------------------------------------------------ MA11

    def test_ma11_values_of_the_line(self):
        """MA11, RE1: a new lead takes everything its line says."""
        source = self.env["utm.source"].create({"name": "Poster"})
        medium = self.env["utm.medium"].create({"name": "Street"})
        campaign = self.env["utm.campaign"].create({"name": "Summer"})
        team = self.env["crm.team"].create({"name": "North", "user_id": self.manager.id})
        self.whatsapp_line.write(
            {
                "user_id": self.salesman.id,
                "team_id": team.id,
                "source_id": source.id,
                "medium_id": medium.id,
                "campaign_id": campaign.id,
            }
        )
        made = self.incoming(
            sender=UNKNOWN, channel="whatsapp", line="03-1234567", name="Yael", text="A\nquestion"
        ).lead_id
        self.assertEqual(made.user_id, self.salesman)
        self.assertEqual(made.team_id, team)
        self.assertEqual(made.source_id, source)
        self.assertEqual(made.medium_id, medium)
        self.assertEqual(made.campaign_id, campaign)
        self.assertEqual(made.kala_origin, "whatsapp")
        self.assertEqual(made.name, "Yael: A question")
        self.assertEqual(made.company_id, self.company)

    def test_ma11_title(self):
        """MA11: a readable title from sender and text."""
        for values, title in [
            ({"name": "Yael", "text": "Hi"}, "Yael: Hi"),
            ({"text": "Hi"}, "054-234-5678: Hi"),
            ({"text": ""}, "054-234-5678: SMS"),
            ({"name": "  Yael \n Levi ", "text": "Hi\n\nthere"}, "Yael Levi: Hi there"),
            ({"sender": "*2700", "text": "Hi"}, "*2700: Hi"),
            ({"sender": "anonymous", "text": "Hi"}, "Withheld number: Hi"),
            ({"name": "\u200fיעל\u200f", "text": "שלום"}, "יעל: שלום"),
            ({"name": "<b>Y</b>", "text": "{{ 7*7 }}"}, "<b>Y</b>: {{ 7*7 }}"),
        ]:
            with self.subTest(values=values):
                self.company.kala_text_always_new_lead = True
                made = self.incoming(**{"sender": UNKNOWN, **values}).lead_id
                self.assertEqual(made.name, title)
        made = self.incoming(sender=UNKNOWN, name="N" * 500, text="word " * 20000).lead_id
        self.assertLessEqual(len(made.name), 110)

    def test_ma11_title_of_a_known_customer(self):
        """MA11: without a name of his own the sender is who we know him to be."""
        self.company.kala_new_lead_on_partner_text = True
        self.customer("Dana Levi", phone=DANA)
        self.assertEqual(self.incoming(sender=DANA, text="Hi").lead_id.name, "Dana Levi: Hi")

    # ------------------------------------------------------------------ MA12

    def test_ma12_merge_leads(self):
        """MA12: merging leads moves communications, tasks and pins to the lead that stays."""
        first = self.lead("First", phone=DANA, type="opportunity")
        second = self.lead("Second", phone=NOA, type="opportunity")
        one, two = self.incoming({"sender": DANA}, {"sender": NOA})
        third = self.lead("Third", phone=OMER)
        three = self.incoming(sender=OMER)
        three.action_reattach("crm.lead", second.id)
        kept = (first | second).merge_opportunity(auto_unlink=True)
        gone = (first | second) - kept
        self.assertFalse(gone.exists())
        self.assertEqual((one | two | three).lead_id, kept)
        self.assertEqual((one | two | three).mapped("res_id"), [kept.id] * 3)
        self.assertEqual(set(kept.activity_ids.mapped("kala_contact")), {DANA, NOA, OMER})
        self.assertEqual(self.incoming(sender=OMER).lead_id, kept, "the pin went along")
        self.assertTrue(third)

    def test_ma12_merge_leads_with_one_contact(self):
        """MA12, TA2: both had an open task of the same contact: one stays, with the sum."""
        first, second = self.lead(phone=DANA), self.lead(phone=DANA)
        one = self.incoming({"sender": DANA})
        one.action_reattach("crm.lead", first.id)
        self.env.cr.execute("UPDATE kala_contact_point SET pinned = FALSE")
        self.log(second, direction="in")
        two = self.incoming({"sender": DANA})
        self.assertNotEqual(one.activity_id, two.activity_id)
        kept = (first | second).merge_opportunity(auto_unlink=True)
        self.assertEqual(len(kept.activity_ids), 1)
        self.assertEqual(kept.activity_ids.kala_count, 2)
        self.assertEqual((one | two).activity_id, kept.activity_ids)

    def _merge_partners(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)

    def test_ma12_merge_customers(self):
        """MA12: merging customers moves communications, tasks, ids and pins."""
        source, target = self.customer("Source", phone=DANA), self.customer("Target", phone=NOA)
        communication = self.incoming(sender=DANA)
        pinned = self.incoming(sender=UNKNOWN)
        pinned.action_reattach("res.partner", source.id)
        task = communication.activity_id
        self._merge_partners(source, target)
        self.assertFalse(source.exists())
        self.assertEqual(communication.partner_id, target)
        attached = (communication.res_model, communication.res_id)
        self.assertEqual(attached, ("res.partner", target.id))
        self.assertEqual((task.res_model, task.res_id), ("res.partner", target.id))
        self.assertEqual(self.incoming(sender=UNKNOWN).partner_id, target)

    def test_ma12_merged_addresses_are_kept(self):
        """MA12, MA6: whoever writes from an address of a merged record writes to the one that
        stays, also after its own fields have changed; two numbers have room on its card."""
        mails = ("one@example.com", "two@example.com", "three@example.com")
        numbers = (DANA, NOA, OMER)
        for make, merge in (
            (
                lambda **vals: self.lead(type="opportunity", email_from=vals.pop("email"), **vals),
                lambda first, rest: (first | rest).merge_opportunity(auto_unlink=True),
            ),
            (
                lambda **vals: self.customer(**vals),
                lambda first, rest: [self._merge_partners(one, first) for one in rest] and first,
            ),
        ):
            records = [
                make(phone=number, email=mail) for number, mail in zip(numbers, mails, strict=True)
            ]
            first = records[0]
            with self.subTest(model=first._name):
                kept = merge(first, first.union(*records[1:]) - first)
                self.assertTrue(kept.kala_phone2)
                for number in numbers:
                    self.assertEqual(self.incoming(sender=number)._record(), kept, number)
                on_card = {phone_key(kept.phone).value, phone_key(kept.kala_phone2).value}
                [rest] = set(numbers) - on_card
                kept.write({"phone": UNKNOWN, "kala_phone2": False})
                keys = {key.value for key, _connection in kept._kala_points()[kept.id]}
                self.assertEqual(keys, {rest, UNKNOWN, *mails})
                self.assertEqual(self.incoming(sender=rest)._record(), kept)
                kept.unlink()
                points = self.env["kala.contact.point"].search([("value", "in", numbers)])
                self.assertFalse(points.filtered("kept"))

    def test_ma12_merge_customers_of_leads(self):
        """MA12: communications of a merged customer's lead name the customer that stays."""
        source, target = self.customer("Source", phone=DANA), self.customer("Target", phone=NOA)
        made = self.lead(partner_id=source.id)
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, made)
        self._merge_partners(source, target)
        self.assertEqual(communication.partner_id, target)
        self.assertEqual(communication.lead_id, made)

    def test_ma12_delete_keeps_the_log(self):
        """MA12: deleting a record keeps its log; only managers see it then."""
        dana = self.customer(phone=DANA)
        for make in (
            lambda: self.lead(partner_id=dana.id),
            lambda: self.order(dana),
            lambda: dana,
        ):
            record = make()
            communication = self.incoming(sender=DANA)
            self.assertEqual(communication._record(), record)
            with self.subTest(model=record._name):
                record.unlink()
                self.assertTrue(communication.exists())
                self.assertFalse(communication.res_id)
                self.assertTrue(communication.with_user(self.manager).has_access("read"))
                self.assertFalse(communication.with_user(self.colleague).has_access("read"))
                self.assertFalse(
                    self.env["kala.communication"]
                    .with_user(self.colleague)
                    .search_count([("id", "=", communication.id)])
                )
        self.assertEqual(self.incoming(sender=DANA).match_rule, "new")

    # ------------------------------------------------------------------ a large address

    def test_one_address_on_many_records(self):
        """An address on more records than can be similar still matches."""
        made = self.env["crm.lead"].create(
            [{"name": f"Lead {n}", "phone": DANA, "user_id": False} for n in range(60)]
        )
        communication = self.incoming(sender=DANA)
        self.assertEqual(communication.lead_id, made[-1])
        self.assertLessEqual(len(communication.candidates), 11)
