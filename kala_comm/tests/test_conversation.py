"""LO2, LO3, LO4, LO8: the conversation of a record with those that are similar to it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DANA, NOA, OMER, KalaCommon


@tagged("post_install", "-at_install")
class TestConversation(KalaCommon):
    def load(self, record, user=None, **arguments):
        conversations = self.env["kala.conversation"].with_user(user or self.colleague)
        return conversations.load(record._name, record.id, **arguments)

    def texts(self, page):
        return [line["body"] for line in page["lines"] if line["type"] == "text"]

    def names(self, page):
        return [record["name"] for record in page["records"]]

    # ------------------------------------------------------------------ LO2

    def test_one_timeline_of_similar_records(self):
        """Same phone, same additional phone, same e-mail, same customer; oldest up."""
        dana = self.customer("Dana", phone=DANA, email="dana@example.com")
        order = self.order(dana)
        old = self.lead("Old", phone=DANA)
        second = self.lead("Second phone", kala_phone2=DANA)
        mail = self.lead("By mail", email_from="dana@example.com")
        linked = self.lead("Linked", partner_id=dana.id)
        stranger = self.lead("Somebody else", phone=OMER)
        for n, record in enumerate((old, second, mail, linked, order, dana, stranger)):
            self.log(record, body=f"text {n}")
        for record in (dana, order, linked):
            with self.subTest(record=record._name):
                page = self.load(record)
                self.assertEqual(self.texts(page), [f"text {n}" for n in range(6)])
                self.assertEqual(page["records"][0]["id"], record.id)
                self.assertEqual(
                    set(self.names(page)),
                    {"Old", "Second phone", "By mail", "Linked", order.name, "Dana"},
                )
        self.assertEqual(self.texts(self.load(stranger)), ["text 6"])

    def test_an_address_of_very_many_makes_none_similar(self):
        leads = [self.lead(f"Lead {n}", phone=DANA) for n in range(51)]
        self.log(leads[0], body="mine")
        self.log(leads[1], body="another's")
        self.assertEqual(self.texts(self.load(leads[0])), ["mine"])

    def test_status_types(self):
        """Each similar record says what its status means (LO3)."""
        lead = self.lead("Lead", phone=DANA)
        lost = self.lead("Lost", phone=DANA)
        lost.action_set_lost()
        status = {record["name"]: record["status"] for record in self.load(lead)["records"]}
        self.assertEqual(status["Lost"], lost.kala_status_type_id.name)
        self.assertEqual(status["Lead"], lead.kala_status_type_id.name)
        self.assertNotEqual(status["Lead"], status["Lost"])

    def test_notes_and_changes(self):
        """Notes and changes of the stage are lines; the e-mails of followers are not."""
        lead = self.lead("Lead", phone=DANA).with_context(tracking_disable=False)
        lead.message_post(
            body="He prefers oak", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        lead.message_post(
            body="A mail to the customer", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.flush_all()
        self.env.cr.precommit.run()
        stage = self.env["crm.stage"].search([("id", "!=", lead.stage_id.id)], limit=1)
        lead.stage_id = stage
        self.env.flush_all()
        self.env.cr.precommit.run()
        lines = self.load(lead)["lines"]
        notes = [line["html"] for line in lines if line["type"] == "note"]
        self.assertEqual(len(notes), 1)
        self.assertIn("oak", notes[0])
        changes = [change for line in lines for change in line.get("changes", ())]
        self.assertIn(stage.name, [change["new"] for change in changes])

    # ------------------------------------------------------------------ LO3

    def test_filters(self):
        dana = self.customer("Dana", phone=DANA)
        lead = self.lead("Lead", partner_id=dana.id)
        self.log(lead, body="sms in", direction="in")
        self.log(lead, body="sms out")
        self.log(lead, body="whatsapp in", channel="whatsapp", direction="in")
        self.log(dana, body="of the customer", direction="in")
        for arguments, expected in (
            ({"only": True}, ["sms in", "sms out", "whatsapp in"]),
            ({"channel": "whatsapp"}, ["whatsapp in"]),
            ({"side": "out"}, ["sms out"]),
            ({"channel": "sms", "side": "in"}, ["sms in", "of the customer"]),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.texts(self.load(lead, **arguments)), expected)

    # ------------------------------------------------------------------ LO4

    def test_pages(self):
        """Each line once, also where many came in the same second; notes among them."""
        lead = self.lead("Lead", phone=DANA)
        for n in range(25):
            self.log(lead, body=f"text {n}", date=self.now)
        lead.message_post(body="note", message_type="comment", subtype_xmlid="mail.mt_note")
        seen, before = [], None
        for _page in range(10):
            page = self.load(lead, before=before, limit=4)
            seen = [line["key"] for line in page["lines"]] + seen
            if not page["more"]:
                break
            before = page["lines"][0]["place"]
        self.assertEqual(len(seen), 26)
        self.assertEqual(len(set(seen)), 26)

    def test_lines_that_changed(self):
        """The bus tells ids; lines of other conversations are not told."""
        lead = self.lead("Lead", phone=DANA)
        other = self.lead("Other", phone=OMER)
        mine, theirs = self.log(lead, body="mine"), self.log(other, body="theirs")
        conversations = self.env["kala.conversation"].with_user(self.colleague)
        news = conversations.changed("crm.lead", lead.id, [mine.id, theirs.id])
        self.assertEqual([line["body"] for line in news["lines"]], ["mine"])

    def test_pages_in_both_directions(self):
        """A conversation that was opened around an old line goes on upward and downward; each
        line once."""
        lead = self.lead("Lead", phone=DANA)
        lines = [self.log(lead, body=f"text {n}", date=self.now) for n in range(20)]
        page = self.load(lead, around=f"c{lines[9].id}", limit=6)
        self.assertIn("text 9", self.texts(page))
        self.assertTrue(page["more"] and page["more_after"])
        seen = self.texts(page)
        before, after = page["lines"][0]["place"], page["lines"][-1]["place"]
        for _page in range(10):
            older = self.load(lead, before=before, limit=4)
            seen = self.texts(older) + seen
            before = older["lines"][0]["place"] if older["lines"] else before
            newer = self.load(lead, after=after, limit=4)
            seen += self.texts(newer)
            after = newer["lines"][-1]["place"] if newer["lines"] else after
            if not (older["more"] or newer["more_after"]):
                break
        self.assertEqual(seen, [f"text {n}" for n in range(20)])

    def test_around_a_line_of_another_conversation(self):
        lead = self.lead("Lead", phone=DANA)
        alien = self.log(self.lead("Other", phone=OMER), body="theirs")
        for key in (f"c{alien.id}", "c0", "c", "nonsense", "c1 OR 1=1"):
            with self.subTest(key), self.assertRaises(UserError):
                self.load(lead, around=key)
        for place in ("x", ["yesterday", "c", 1], [1, 2]):
            with self.subTest(place), self.assertRaises(UserError):
                self.load(lead, before=place)

    def test_search(self):
        """LO2: a word in texts and subjects of these records, in any language, the newest first;
        what a pattern means elsewhere is a character here."""
        dana = self.customer("Dana", phone=DANA)
        lead = self.lead("Lead", partner_id=dana.id)
        oak = self.log(lead, body="A table of OAK", direction="in")
        offer = self.log(dana, channel="email", subject="About the oak", body="Dear")
        hebrew = self.log(lead, body="שולחן מעץ אלון, 100%", direction="in")
        self.log(self.lead("Other", phone=OMER), body="oak")
        conversations = self.env["kala.conversation"].with_user(self.colleague)

        def found(text, **arguments):
            return conversations.search_text("crm.lead", lead.id, text, **arguments)["keys"]

        self.assertEqual(found("oak"), [f"c{offer.id}", f"c{oak.id}"])
        self.assertEqual(found("oak", only=True), [f"c{oak.id}"])
        self.assertEqual(found("oak", channel="email"), [f"c{offer.id}"])
        self.assertEqual(found("אלון"), [f"c{hebrew.id}"])
        self.assertEqual(found("100%"), [f"c{hebrew.id}"])
        for text in ("1%0", "_ak", "o", "", None, "a\x00"):
            self.assertEqual(found(text), [], text)

    def test_whole_company(self):
        """LO2: the customer's colleagues are similar only by the second switch."""
        cafe = self.customer("Café", is_company=True)
        tamar = self.customer("Tamar", phone=DANA, parent_id=cafe.id)
        noa = self.customer("Noa", phone=OMER, parent_id=cafe.id)
        lead = self.lead("Lead", partner_id=tamar.id)
        self.log(noa, body="of the colleague")
        self.assertFalse(self.texts(self.load(lead)))
        page = self.load(lead, company=True)
        self.assertEqual(self.texts(page), ["of the colleague"])
        self.assertEqual(set(self.names(page)), {"Lead", "Café", "Café, Tamar", "Café, Noa"})
        self.assertFalse(self.texts(self.load(lead, company=True, only=True)))

    def test_the_others_that_competed(self):
        """MA9: the choice and the other candidates are told, of those that the reader may read;
        what a person chose is no longer unsure."""
        mine = self.lead("Mine", phone=DANA, user_id=self.salesman.id)
        rival = self.lead("Rival", phone=DANA, user_id=self.salesman.id)
        secret = self.lead("Secret", phone=DANA, user_id=self.colleague.id)
        candidates = [
            {"model": "crm.lead", "id": lead.id, "verdict": "ok"} for lead in mine | rival | secret
        ]
        message = self.log(mine, body="text", direction="in", candidates=candidates)
        [line] = self.load(mine, self.salesman)["lines"]
        self.assertEqual(line["others"], [["crm.lead", rival.id]])
        message.match_rule = "user"
        [line] = self.load(mine, self.salesman)["lines"]
        self.assertFalse(line["others"])

    def test_an_email_is_folded_and_opens_in_place(self):
        lead = self.lead("Lead", phone=DANA)
        text = "Dear Sivan, " + "a long word " * 100
        mail = self.log(lead, channel="email", subject="Offer", body=text)
        [line] = self.load(lead)["lines"]
        self.assertTrue(line["is_folded"])
        self.assertLess(len(line["body"]), 400)
        self.assertEqual(mail.with_user(self.colleague).whole_text(), mail.body)

    def test_a_number_that_wrote_is_saved_on_the_card(self):
        """LO4: where there is room for it; and only where it is not there already."""
        lead = self.lead("Lead", phone=DANA)
        known = self.log(lead, direction="in", contact_value=DANA)
        new = self.log(lead, direction="in", contact_value=OMER)
        one_more = self.log(lead, direction="in", contact_value=NOA)
        asked = self.env["kala.communication"].with_user(self.colleague)
        self.assertFalse(asked.browse(known.id).conversation_menu()["may_save"])
        self.assertTrue(asked.browse(new.id).conversation_menu()["may_save"])
        self.assertIn("Lead", asked.browse(new.id).action_save_on_card())
        self.assertEqual(lead.kala_phone2, OMER)
        self.assertFalse(asked.browse(new.id).conversation_menu()["may_save"])
        for message in (new, one_more):
            with self.assertRaises(UserError):
                asked.browse(message.id).action_save_on_card()

    def test_a_wrong_address_is_mended_where_it_failed(self):
        """DE4: the card gets the right number in the place of the wrong one, and the message
        leaves to it; what is no number is refused, and the card stays as it was."""
        lead = self.lead("Lead", phone=DANA)
        line = {"line_id": self.sms_line.id, "connection_id": self.connection.id}
        failed = self.log(lead, body="Hello", state="failed", failure_kind="address", **line)
        credit = self.log(lead, body="Hello", state="failed", failure_kind="credit", **line)
        asked = self.env["kala.communication"].with_user(self.colleague)
        for message, address in ((failed, "12"), (failed, DANA), (credit, OMER)):
            with self.subTest(address), self.assertRaises(UserError):
                asked.browse(message.id).action_mend_address(address)
        self.assertEqual(lead.phone, DANA)
        [sent_id] = asked.browse(failed.id).action_mend_address(OMER)
        sent = self.env["kala.communication"].browse(sent_id)
        self.assertEqual((sent.contact_value, sent.body, sent.lead_id), (OMER, "Hello", lead))
        self.assertEqual(lead.phone, OMER)

    def test_a_record_that_was_merged_tells_where_its_messages_are(self):
        """Bad input: who has it open finds the way on; of what he may not read he is told
        nothing."""
        kept = self.lead("Kept", phone=DANA, user_id=self.colleague.id)
        gone = self.lead("Gone", phone=DANA, user_id=self.colleague.id)
        message = self.log(gone, body="text")
        (kept | gone).merge_opportunity(auto_unlink=True)
        kept = (kept | gone).exists()
        asked = message.with_user(self.colleague)
        self.assertEqual(asked.where_now()["id"], kept.id)
        kept.user_id = self.manager
        with self.assertRaises(AccessError):
            message.with_user(self.salesman).where_now()
        kept.unlink()
        self.assertFalse(message.with_user(self.manager).where_now())

    def test_what_stands_here_no_longer_is_told(self):
        """LO4: a message that was attached elsewhere goes from the screen."""
        lead, other = self.lead("Lead", phone=DANA), self.lead("Other", phone=OMER)
        message = self.log(lead, body="text")
        conversations = self.env["kala.conversation"].with_user(self.colleague)
        self.assertFalse(conversations.changed("crm.lead", lead.id, message.ids)["gone"])
        message.write(message._attach_vals(other))
        told = conversations.changed("crm.lead", lead.id, message.ids)
        self.assertEqual((told["lines"], told["gone"]), ([], message.ids))

    def test_tasks_stand_above_the_answer(self):
        self.customer("Dana", phone=DANA, user_id=self.colleague.id)
        message = self.incoming(sender=DANA, text="Hello")
        [task] = self.load(message._record())["tasks"]
        self.assertEqual(task["id"], message.activity_id.id)
        self.assertTrue(task["is_mine"])

    # ------------------------------------------------------------------ LO8

    def test_only_what_the_reader_may_read(self):
        """A salesman with own documents reads neither the similar lead of a colleague nor its
        texts, its tasks or its quotes; a stranger, a clerk and a portal user read nothing."""
        mine = self.lead("Mine", phone=DANA, user_id=self.salesman.id)
        theirs = self.lead("Theirs", phone=DANA, user_id=self.colleague.id)
        quoted = self.log(theirs, body="a secret", provider_uid="uid-1")
        self.log(mine, body="mine", reply_to_uid="uid-1", connection_id=quoted.connection_id.id)
        theirs.activity_schedule("mail.mail_activity_data_todo", user_id=self.colleague.id)
        page = self.load(mine, self.salesman)
        self.assertEqual(self.names(page), ["Mine"])
        self.assertNotIn("secret", str(page))
        self.assertFalse(page["tasks"])
        self.assertIn("secret", str(self.load(mine, self.colleague)))
        news = self.env["kala.conversation"].with_user(self.salesman)
        self.assertFalse(news.changed("crm.lead", mine.id, [quoted.id])["lines"])
        self.assertFalse(news.search_text("crm.lead", mine.id, "secret")["keys"])
        with self.assertRaises(UserError):
            self.load(mine, self.salesman, around=f"c{quoted.id}")
        with self.assertRaises(AccessError):
            quoted.with_user(self.salesman).whole_text()
        with self.assertRaises(AccessError):
            self.load(theirs, self.salesman)
        for user in (self.stranger, self.clerk):
            with self.assertRaises(AccessError):
                self.load(mine, user)
            with self.assertRaises(AccessError):
                news.with_user(user).search_text("crm.lead", mine.id, "mine")

    def test_companies_do_not_read_each_other_of_a_shared_customer(self):
        dana = self.customer("Dana", phone=DANA, company_id=False)
        self.log(dana, body="to us")
        self.assertEqual(self.texts(self.load(dana)), ["to us"])
        self.assertFalse(self.texts(self.load(dana, self.stranger)))

    def test_a_record_that_is_none(self):
        for model, res_id in (("res.users", 2), ("crm.lead", 10**8)):
            with self.subTest(model), self.assertRaises(UserError):
                self.env["kala.conversation"].load(model, res_id)

    # ------------------------------------------------------------------ cost

    def test_the_first_page_costs_the_same_however_many_records(self):
        """At most eight queries."""

        def cost(count):
            phone = f"+9725023{45000 + self._next()}"
            leads = [self.lead(f"Lead {n}", phone=phone) for n in range(count)]
            for lead in leads:
                self.log(lead, body="text", contact_value=phone)
            self.env.flush_all()
            self.load(leads[0])
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.load(leads[0])
            self.assertEqual(len(page["records"]), count)
            return self.env.cr.sql_log_count - before

        few, many = cost(1), cost(40)
        self.assertEqual(few, many)
        self.assertLessEqual(many, 8)
