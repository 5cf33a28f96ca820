"""LO: the log, its chatter lines, the last-communication column, and who sees what."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tests.common import DANA, NOA, UNKNOWN, KalaCommon
from odoo.addons.kala_comm.tools import const
from odoo.addons.kala_comm.tools.messages import InboundFile, IncomingMessage


@tagged("post_install", "-at_install")
class TestLog(KalaCommon):
    # ------------------------------------------------------------------ LO1

    def test_lo1_every_kind_of_line_is_shown(self):
        """LO1: every view shows every kind of line, also what has no connection, line, contact,
        user or record: one line that it cannot show would close the whole record to everybody."""
        made = self.lead("Kitchen", phone=DANA, user_id=self.salesman.id)
        email = {"channel": "email", "contact_kind": "email", "contact_value": "dana@example.com"}
        nobody = {"contact_kind": False, "contact_value": False}
        shapes = [
            {},
            {"direction": "in"},
            {"direction": "in", "connection_id": self.connection.id, "provider_uid": "in-1"},
            {"connection_id": self.connection.id, "line_id": self.sms_line.id, "state": "failed"},
            {"state": "scheduled", "send_after": self.now, "wait_reason": "window"},
            {"kind": "reaction", "reaction": "👍", "reply_to_uid": "in-1"},
            {"direction": "in", "kind": "reaction", "reply_to_uid": "gone"},
            email,
            {**email, "direction": "in"},
            {"channel": "voice", "direction": "in", "call_status": "missed", **nobody},
            {"channel": "voice", "call_status": "answered", "duration": 61},
            {"channel": "heron", "contact_kind": "heron", "contact_value": "777"},
            {"direction": "in", "candidates": [{"model": "crm.lead", "id": 0, "verdict": "old"}]},
            {"direction": "in", "match_rule": "of a newer version", "responsible_rule": "so too"},
        ]
        lines = self.env["kala.communication"].union(*[self.log(made, **v) for v in shapes])
        unattached = self.log(direction="in", **nobody)
        communications = self.env["kala.communication"].with_user(self.manager)
        views = self.env["ir.ui.view"].search(
            [("model", "=", "kala.communication"), ("type", "not in", ("search", "qweb"))]
        )
        self.assertGreater(len(views), 4)
        for view in views:
            kind = view.type
            names = communications.get_view(view.id, kind)["models"]["kala.communication"]
            specification = {name: {} for name in names}
            with self.subTest(view=view.name):
                self.env.invalidate_all()
                shown = communications.browse(lines.ids).web_read(specification)
                self.assertEqual(len(shown), len(shapes))
                communications.browse(unattached.id).web_read(specification)
                lines.with_user(self.salesman).web_read(specification)

    def test_lo1_everything_is_logged(self):
        """LO1: channel, direction, line, contact, record, customer, user, time, text, state."""
        dana = self.customer("Dana Levi", phone=DANA)
        made = self.lead("Kitchen", partner_id=dana.id, user_id=self.salesman.id)
        communication = self.incoming(
            sender="050-234-5678",
            text="When?\nToday?",
            name="Dana",
            line="03-1234567",
            date=self.now,
            id="m-1",
        )
        expected = {
            "channel": "sms",
            "direction": "in",
            "state": "received",
            "line_id": self.sms_line,
            "connection_id": self.connection,
            "provider_uid": "m-1",
            "contact_kind": "phone",
            "contact_value": DANA,
            "contact_name": "Dana",
            "res_model": "crm.lead",
            "res_id": made.id,
            "lead_id": made,
            "partner_id": dana,
            "user_id": self.salesman,
            "date": self.now,
            "body": "When?\nToday?",
            "company_id": self.company,
            "record_name": "Kitchen",
            "summary": "When? Today?",
        }
        for name, value in expected.items():
            with self.subTest(field=name):
                self.assertEqual(communication[name], value)

    def test_lo1_state_in_words(self):
        """LO1: a call says how it went, and an answered one how long it took."""
        made = self.lead(phone=DANA)
        call = {"channel": "voice", "kind": "call"}
        for values, words in (
            ({"direction": "in", "call_status": "missed", **call}, "Missed"),
            (
                {"direction": "in", "call_status": "answered", "duration": 312, **call},
                "Answered 5:12",
            ),
            (
                {"direction": "out", "call_status": "answered", "duration": 42, **call},
                "Answered 0:42",
            ),
            ({"direction": "out", "call_status": "busy", "state": "cancelled", **call}, "Busy"),
            ({"direction": "in"}, "Received"),
            ({"direction": "out", "state": "read"}, "Read"),
        ):
            with self.subTest(values=values):
                self.assertEqual(self.log(made, **values).state_words, words)

    def test_lo1_chatter_line(self):
        """LO1: a line in the record's chatter, by the customer, without e-mailing followers."""
        dana = self.customer("Dana Levi", phone=DANA, email="dana@example.com")
        made = self.lead("Kitchen", partner_id=dana.id, user_id=self.colleague.id)
        made.message_subscribe((dana | self.salesman.partner_id | self.manager.partner_id).ids)
        mails = self.env["mail.mail"].search_count([])
        notifications = self.env["mail.notification"].search_count([])
        incoming = self.incoming(sender=DANA, text="When?")
        outgoing = made.with_user(self.colleague).kala_send("sms", body="Today.\nAt five.")
        self.dispatch()
        self.assertEqual(incoming.mail_message_id.author_id, dana)
        self.assertEqual(incoming.mail_message_id.body, "<p>When?</p>")
        self.assertEqual(outgoing.mail_message_id.author_id, self.colleague.partner_id)
        self.assertIn("Today.<br>At five.", outgoing.mail_message_id.body)
        self.assertLessEqual(incoming.mail_message_id | outgoing.mail_message_id, made.message_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["mail.notification"].search_count([]), notifications)

    def test_lo8_a_portal_user_reads_no_line(self):
        """LO8: a customer who reads his own order in the portal reads no line of ours in its
        chatter: it says, too, what was written to colleagues and to others about him."""
        portal = self._make_user("portal", "base.group_portal")
        portal.partner_id.phone = DANA
        order = self.order(portal.partner_id, user_id=self.salesman.id)
        order.message_subscribe(portal.partner_id.ids)
        self.manager.partner_id.phone = NOA
        order.with_user(self.salesman).kala_send("sms", body="He pays late", to_user=self.manager)
        self.incoming(sender=DANA, text="Where is it?")
        lines = order.message_ids.filtered(lambda m: m.message_type == "kala")
        self.assertIn("He pays late", str(lines.mapped("body")))
        self.assertTrue(order.with_user(portal).has_access("read"))
        messages = self.env["mail.message"].with_user(portal)
        ours = [("model", "=", "sale.order"), ("message_type", "=", "kala")]
        self.assertFalse(messages.search([*ours, ("res_id", "=", order.id)]))
        self.assertFalse(lines.with_user(portal)._filtered_access("read"))
        self.assertEqual(lines.with_user(self.salesman)._filtered_access("read"), lines)

    def test_lo1_automatic_messages_write_no_chatter(self):
        """LO1: mass and automated messages only if the setting says so; the log has them."""
        made = self.lead(phone=DANA)
        for priority in (const.PRIORITY_AUTOMATION, const.PRIORITY_MASS):
            with self.subTest(priority=priority):
                automatic = made.with_context(kala_priority=priority)
                self.assertFalse(automatic.kala_send("sms", body="x").mail_message_id)
        self.company.kala_chatter_automatic = True
        automatic = made.with_context(kala_priority=const.PRIORITY_AUTOMATION)
        self.assertTrue(automatic.kala_send("sms", body="x").mail_message_id)

    def test_lo1_files_are_named(self):
        """LO1: files that came are named before they are fetched; none is lost."""
        item = self.take(
            IncomingMessage(
                channel="whatsapp",
                uid="w1",
                contact_value=DANA,
                body="Look",
                files=(
                    InboundFile(kind="image", provider_id="1", mimetype="image/jpeg"),
                    InboundFile(kind="document", name="plan.pdf", url="https://x.example.com/1"),
                ),
            )
        )
        communication = item.communication_id
        self.assertIn("plan.pdf", communication.files_note)
        self.assertIn("image", communication.files_note)
        self.assertEqual(len(communication.extra["files"]), 2)
        self.assertIn("plan.pdf", communication.mail_message_id.body)

    def test_lo1_times_of_providers(self):
        """LO1: a message is as old as its provider says, unless that cannot be."""
        for date, expected in [
            (self.now - timedelta(days=2), self.now - timedelta(days=2)),
            (self.now + timedelta(hours=3), self.now + timedelta(hours=3)),
            (self.now.replace(year=1970, month=2, day=1), None),
            (self.now.replace(year=2100, month=2, day=1), None),
            (self.now - timedelta(days=61), None),
        ]:
            with self.subTest(date=date):
                communication = self.incoming(sender=UNKNOWN, date=date)
                received = (
                    self.env["kala.inbound.item"]
                    .search([("communication_id", "=", communication.id)])
                    .date
                )
                self.assertEqual(communication.date, expected or received)

    def test_lo1_long_text(self):
        """LO1: a text of 100,000 characters is kept whole; the chatter shows its beginning."""
        text = "word " * 20_000
        communication = self.incoming(sender=UNKNOWN, text=text)
        self.assertEqual(communication.body, text)
        self.assertLess(len(communication.mail_message_id.body), 5_000)
        self.assertLess(len(communication.summary), 130)

    # ------------------------------------------------------------------ SC3

    def test_sc3_html_and_templates_are_data(self):
        """SC3: HTML and template code in names and texts are shown, never run."""
        evil = "<script>alert(1)</script> {{ object.env }} <t t-out='1'/> ${1+1} %(x)s"
        communication = self.incoming(sender=UNKNOWN, text=evil, name="<img src=x onerror=1>")
        body = communication.mail_message_id.body
        self.assertEqual(communication.body, evil)
        self.assertNotIn("<script", body)
        self.assertIn("&lt;script&gt;", body)
        self.assertIn("{{ object.env }}", body)
        self.assertEqual(communication.lead_id.contact_name, "<img src=x onerror=1>")
        answer = communication.lead_id.kala_send("sms", body=evil)
        self.assertNotIn("<script", answer.mail_message_id.body)
        summary = communication.activity_id.summary
        self.assertIn("<script>", summary, "a Char is escaped where it is shown")

    # ------------------------------------------------------------------ LO6

    def _column(self, record):
        record.invalidate_recordset()
        return record.kala_last_communication_date

    def test_lo6_whom_it_reaches(self):
        """LO6: the column follows the contact points: the record's own, its customer's, and
        the orders' through invoice and delivery contact."""
        dana, office = self.customer(phone=DANA), self.customer("Office", phone=NOA)
        mine = self.lead("Mine", partner_id=dana.id)
        same_phone = self.lead("Same phone", phone="050-2345678")
        order = self.order(dana)
        invoiced = self.order(office, partner_invoice_id=dana.id)
        delivered = self.order(office, partner_shipping_id=dana.id)
        stranger = self.lead("Other", phone=UNKNOWN)
        at = self.now - timedelta(hours=1)
        self.incoming(sender=DANA, date=at)
        for record in (dana, mine, same_phone, order, invoiced, delivered):
            with self.subTest(record=record.display_name):
                self.assertEqual(self._column(record), at)
        self.assertFalse(self._column(stranger))

    def test_lo6_other_company(self):
        """LO6: records of another company are not touched."""
        dana = self.customer(phone=DANA)
        theirs = self.order(dana, company_id=self.other_company.id)
        their_lead = self.lead(partner_id=dana.id, company_id=self.other_company.id, team_id=False)
        their_phone = self.lead(phone=DANA, company_id=self.other_company.id, team_id=False)
        self.incoming(sender=DANA)
        self.assertTrue(self._column(dana))
        for record in (theirs, their_lead, their_phone):
            self.assertFalse(self._column(record))

    def test_lo6_what_counts(self):
        """LO6: real communications only: any incoming, outgoing when sent."""
        made = self.lead(phone=DANA)
        message = made.kala_send("sms", body="x")
        with self.job() as env:
            env["kala.recency"]._refresh()
        self.assertFalse(self._column(made), "queued")
        self.dispatch()
        self.assertTrue(self._column(made), "sent")
        other = self.lead(phone=NOA)
        other.kala_send("sms", body="x").action_cancel()
        self.dispatch()
        self.assertFalse(self._column(other), "cancelled")
        self.assertEqual(message.state, "delivered")

    def test_lo6_never_backwards_and_not_for_a_minute(self):
        """LO6: the column only grows, and by more than a minute."""
        made = self.lead(phone=DANA)
        at = self.now - timedelta(hours=1)
        self.incoming(sender=DANA, date=at)
        self.incoming(sender=DANA, date=at - timedelta(hours=5))
        self.assertEqual(self._column(made), at)
        self.incoming(sender=DANA, date=at + timedelta(seconds=60))
        self.assertEqual(self._column(made), at, "a minute is no news")
        self.incoming(sender=DANA, date=at + timedelta(seconds=62))
        self.assertEqual(self._column(made), at + timedelta(seconds=62))

    def test_lo6_quiet(self):
        """LO6: writing the column touches nothing else of the record."""
        made = self.lead(phone=DANA)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = '2020-01-01', write_uid = %s WHERE id = %s",
            [self.salesman.id, made.id],
        )
        self.env.invalidate_all()
        self.incoming(sender=DANA)
        self.assertTrue(self._column(made))
        self.assertEqual(made.write_date.year, 2020)
        self.assertEqual(made.write_uid, self.salesman)

    def test_lo6_crowded_address(self):
        """LO6, docs/architecture.md, 3.7: an address on more than 50 records makes none similar;
        the record it is attached to gets its date all the same."""
        crowd = self.env["crm.lead"].create(
            [
                {"name": f"L{n}", "phone": DANA, "user_id": False}
                for n in range(const.SIMILAR_LIMIT + 1)
            ]
        )
        communication = self.incoming(sender=DANA)
        attached = communication.lead_id
        self.assertIn(attached, crowd)
        self.assertTrue(self._column(attached))
        others = crowd - attached
        others.invalidate_recordset()
        self.assertFalse(any(others.mapped("kala_last_communication_date")))

    def test_lo6_new_point(self):
        """LO6: a record that gets a known phone takes over its last communication."""
        at = self.now - timedelta(hours=1)
        self.incoming(sender=UNKNOWN, date=at)
        late = self.customer(phone=UNKNOWN)
        self.env.flush_all()
        self.assertEqual(self._column(late), at)

    def test_lo6_new_order(self):
        """LO6: a new order shows when its customer, invoice or delivery contact last wrote; the
        communications of another company do not count."""
        dana, office = self.customer(phone=DANA), self.customer("Office", phone=NOA)
        at = self.now - timedelta(hours=1)
        self.incoming(sender=DANA, date=at)
        office_order = self.order(office)
        for order in (
            self.order(dana),
            self.order(office, partner_invoice_id=dana.id),
            self.order(office, partner_shipping_id=dana.id),
        ):
            self.assertEqual(self._column(order), at)
        self.assertFalse(self._column(office_order))
        self.assertFalse(self._column(self.order(dana, company_id=self.other_company.id)))
        office_order.partner_id = dana
        self.assertEqual(self._column(office_order), at)

    def test_lo6_new_lead_of_a_customer(self):
        """LO6: a lead takes over the last communication of its customer, also by a phone that
        only the customer has."""
        dana = self.customer(phone=NOA, kala_phone2=DANA)
        at = self.now - timedelta(hours=1)
        self.incoming(sender=DANA, date=at)
        self.assertEqual(self._column(self.lead(partner_id=dana.id)), at)
        linked = self.lead("Linked later")
        self.assertFalse(self._column(linked))
        linked.partner_id = dana
        self.env.flush_all()
        self.assertEqual(self._column(linked), at)

    def test_lo6_customer_gets_his_phone_later(self):
        """LO6: a customer who becomes known by a phone brings its date to his leads and
        orders."""
        at = self.now - timedelta(hours=1)
        self.incoming(sender=UNKNOWN, date=at)
        dana = self.customer(phone=NOA)
        made, order = self.lead(partner_id=dana.id), self.order(dana)
        self.assertFalse(self._column(made))
        dana.kala_phone2 = UNKNOWN
        self.env.flush_all()
        with self.job() as env:
            env["kala.recency"]._refresh()
        self.assertEqual(self._column(dana), at)
        self.assertEqual(self._column(made), at)
        self.assertEqual(self._column(order), at)

    def test_lo6_order(self):
        """LO6: sorting down puts who was never contacted last, up first."""
        old, new, never = self.lead("o", phone=DANA), self.lead("n", phone=NOA), self.lead("x")
        self.incoming(sender=DANA, date=self.now - timedelta(days=3))
        self.incoming(sender=NOA, date=self.now)
        domain = [("id", "in", (old | new | never).ids)]
        Lead = self.env["crm.lead"]
        self.assertEqual(
            Lead.search(domain, order="kala_last_communication_date DESC"), new | old | never
        )
        self.assertEqual(
            Lead.search(domain, order="kala_last_communication_date"), never | old | new
        )
        groups = Lead.formatted_read_group(
            domain, ["kala_last_communication_date:day"], ["__count"]
        )
        self.assertEqual(len(groups), 3)
        copied = new.copy()
        self.assertTrue(self._column(copied), "the copy has the same phone")

    # ------------------------------------------------------------------ LO8

    def _world(self):
        """:return: dict name → communication on records of different owners"""
        dana = self.customer(phone=DANA)
        records = {
            "own lead": self.lead("a", user_id=self.salesman.id),
            "free lead": self.lead("b"),
            "other lead": self.lead("c", user_id=self.colleague.id),
            "own order": self.order(dana, user_id=self.salesman.id),
            "other order": self.order(dana, user_id=self.colleague.id),
            "customer": dana,
        }
        made = {name: self.log(record) for name, record in records.items()}
        made["unattached"] = self.log()
        made["other company"] = self.log(
            self.order(dana, company_id=self.other_company.id), company_id=self.other_company.id
        )
        return made

    def test_lo8_who_sees_what(self):
        """LO8: who may read the record; unattached ones are the managers'; companies apart."""
        world = self._world()
        own = {"own lead", "free lead", "own order", "customer"}
        all_documents = own | {"other lead", "other order"}
        for user, expected in [
            (self.salesman, own),
            (self.colleague, all_documents),
            (self.manager, all_documents | {"unattached"}),
            (self.stranger, {"other company"}),
        ]:
            with self.subTest(user=user.login):
                self._check_visible(world, user, expected)

    def _check_visible(self, world, user, expected):
        user.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        everything = self.env["kala.communication"].union(*world.values())
        seen_by_user = self.env["kala.communication"].with_user(user)
        domain = [("id", "in", everything.ids)]
        names = {c.id: name for name, c in world.items()}
        found = seen_by_user.search(domain)
        self.assertEqual({names[i] for i in found.ids}, expected, "search")
        self.assertEqual(seen_by_user.search_count(domain), len(expected), "search_count")
        groups = seen_by_user._read_group(domain, ["channel"], ["__count"])
        self.assertEqual(sum(group[1] for group in groups), len(expected), "read_group")
        self.assertEqual(len(found.read(["body"])), len(expected), "read")
        self.assertEqual(len(found.export_data(["body"])["datas"]), len(expected), "export")
        for name, communication in world.items():
            visible = communication.with_user(user)
            visible.invalidate_recordset()
            if name in expected:
                self.assertTrue(visible.has_access("read"), name)
            else:
                with self.assertRaises(AccessError, msg=name):
                    visible.read(["body"])
                with self.assertRaises(AccessError, msg=name):
                    visible.export_data(["body"])
                with self.assertRaises(AccessError, msg=name):
                    visible.action_reattach("res.partner", self.customer("x").id)

    def test_lo8_no_group(self):
        """LO8: who is no communication user sees nothing at all."""
        communication = self.log(self.customer(phone=DANA))
        with self.assertRaises(AccessError):
            communication.with_user(self.clerk).read(["body"])
        with self.assertRaises(AccessError):
            self.env["kala.communication"].with_user(self.clerk).search([])

    def test_lo8_related_models(self):
        """LO8: neither the attempts nor the customer lead around the rule."""
        dana = self.customer(phone=DANA)
        secret = self.log(self.lead("c", partner_id=dana.id, user_id=self.colleague.id))
        attempt = self.env["kala.attempt"].create(
            {
                "communication_id": secret.id,
                "number": 1,
                "date": self.now,
                "state": "failed",
                "failure_reason": "the text of the customer",
            }
        )
        self.env.invalidate_all()
        self.assertFalse(dana.with_user(self.salesman).kala_communication_ids)
        with self.assertRaises(AccessError):
            attempt.with_user(self.salesman).read(["failure_reason"])
        self.assertFalse(self.env["kala.attempt"].with_user(self.salesman).search([]))
        self.assertIn(attempt, self.env["kala.attempt"].with_user(self.colleague).search([]))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_lo8_nobody_writes_the_log(self):
        """LO8: the log is written by the system; not even managers change or delete it."""
        communication = self.log(self.lead(user_id=self.manager.id))
        for user in (self.salesman, self.colleague, self.manager):
            as_user = communication.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    as_user.write({"body": "changed"})
                with self.assertRaises(AccessError):
                    as_user.unlink()
                with self.assertRaises(AccessError):
                    as_user.create({"channel": "sms", "direction": "in"})

    def test_lo8_reattach_needs_the_target(self):
        """MA9, LO8: one re-attaches only to a record that one may read."""
        communication = self.log(self.lead("a", user_id=self.salesman.id), direction="in")
        hidden = self.lead("c", user_id=self.colleague.id)
        with self.assertRaises(AccessError):
            communication.with_user(self.salesman).action_reattach("crm.lead", hidden.id)
        communication.with_user(self.colleague).action_reattach("crm.lead", hidden.id)
        self.assertFalse(communication.with_user(self.salesman).has_access("read"))
