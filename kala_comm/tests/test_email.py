import sys
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools import email_form

from .common import KalaCommon
from .email_form_cases import BAD_PATTERNS, FORMS, GOOD_PATTERNS, WHOLE_FORMS

HEAD = """From: {sender}
To: {to}
Subject: {subject}
Message-Id: <{uid}@example.com>
Date: Sun, 22 Nov 2026 10:00:00 +0000
Content-Type: text/html; charset=utf-8
{headers}
{body}
"""


class EmailCommon(KalaCommon):
    """A mailbox of ours, and what arrives in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connection = cls.env["kala.connection"].create({"name": "Mail", "provider": "smtp"})
        connection.action_connect()
        cls.mailbox = cls.env["kala.line"].create(
            {
                "name": "Sales",
                "channel": "email",
                "connection_id": connection.id,
                "address": "Sales@our.example.com",
            }
        )
        cls.dana = cls.env["res.partner"].create({"name": "Dana", "email": "dana@example.com"})

    def raw(
        self,
        sender="dana@example.com",
        uid="m1",
        subject="Question",
        body="Hello",
        headers="",
        to="sales@our.example.com",
    ):
        """:return: text of a whole e-mail"""
        return HEAD.format(
            sender=sender, to=to, subject=subject, uid=uid, body=body, headers=headers
        )

    def receive(self, **values):
        """:param values: of :meth:`raw`
        :return: the communications of this e-mail"""
        self.env["mail.thread"].message_process("crm.lead", self.raw(**values))
        self.env.flush_all()
        return self.logged(values.get("uid", "m1"))

    def logged(self, uid):
        return self.env["kala.communication"].search(
            [("provider_uid", "=", f"<{uid}@example.com>")]
        )

    def _parser(self, field=None, **values):
        field = {"target": "phone", "method": "label", "expression": "Phone", **(field or {})}
        return self.env["kala.email.parser"].create(
            {"name": "Form", "sender": "@forms.example.com", "field_ids": [(0, 0, field)], **values}
        )


@tagged("post_install", "-at_install")
class TestEmail(EmailCommon):
    """MX: e-mail to a mailbox of ours goes through the same matching."""

    def test_known_address_goes_to_its_order(self):
        """MX1, MA1: a known address without a thread goes to its order, in capitals too."""
        order = self.order(self.dana)
        mail = self.receive(sender="DANA <Dana@EXAMPLE.com>")
        self.assertEqual(mail.order_id, order)
        self.assertEqual(mail.match_rule, "order")
        self.assertEqual(mail.line_id, self.mailbox)
        self.assertEqual(mail.mail_message_id.res_id, order.id)
        self.assertFalse(self.env["crm.lead"].search([("email_from", "ilike", "dana@")]))

    def test_unknown_address_makes_a_lead(self):
        """MX3, MA11: a new lead takes responsible, team and source from the mailbox."""
        self.mailbox.user_id = self.manager
        self.mailbox.source_id = self.env["utm.source"].create({"name": "Site"})
        mail = self.receive(sender="Noa <noa@example.com>")
        self.assertEqual(mail.lead_id.user_id, self.manager)
        self.assertEqual(mail.lead_id.source_id.name, "Site")
        self.assertEqual(mail.lead_id.kala_origin, "email")
        self.assertEqual(mail.match_rule, "new")

    def test_reply_stays_in_its_thread(self):
        """MX1: a true reply is not matched anew."""
        lead = self.receive(sender="noa@example.com").lead_id
        self.customer("Noa", email="noa@example.com")
        reply = self.receive(
            sender="noa@example.com", uid="m2", headers="In-Reply-To: <m1@example.com>\n"
        )
        self.assertEqual(reply.lead_id, lead)
        self.assertEqual(reply.match_rule, "thread")

    def test_other_mailboxes_behave_as_odoo_does(self):
        """MX1: what comes to an address that is no line makes a lead, as ever."""
        self.order(self.dana)
        mail = self.receive(to="other@our.example.com")
        self.assertEqual(mail.res_model, "crm.lead")

    def test_automatic_answers_make_no_lead(self):
        """An out-of-office answer of a stranger makes no lead; managers find it in the log."""
        leads = self.env["crm.lead"].search_count([])
        mail = self.receive(sender="ooo@example.com", headers="Auto-Submitted: auto-replied\n")
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
        self.assertEqual(mail.kind, "automatic")
        self.assertFalse(mail.res_model)

    def test_task_by_setting(self):
        """TA1: an incoming e-mail makes a task only where the company wants it."""
        self.order(self.dana, user_id=self.manager.id)
        self.assertFalse(self.receive().activity_id)
        self.company.kala_task_on_email = True
        self.assertEqual(self.receive(uid="m2").activity_id.user_id, self.manager)

    def test_forms(self):
        """MX2: fields by label, pattern and table cell."""
        for method, wanted, text, found in FORMS:
            with self.subTest(method=method.__name__, wanted=wanted, text=text):
                self.assertEqual(method(text, wanted), found)

    def test_forms_are_read_in_one_walk(self):
        """MX2: twice as many tables, in each other or one after the other, take twice the steps:
        nobody holds up the mail with a form."""

        def steps(html):
            taken = [0]

            def count(_frame, event, _argument):
                taken[0] += event in ("call", "c_call")

            sys.setprofile(count)
            try:
                email_form.by_cell(html, "City")
            finally:
                sys.setprofile(None)
            return taken[0]

        for kind, shape in {
            "in each other": lambda n: "<table><tr><td>x</td><td>" * n + "</td></tr></table>" * n,
            "one after the other": lambda n: "<table><tr><td>x</td><td>y</td></tr></table>" * n,
        }.items():
            with self.subTest(kind=kind):
                self.assertLess(steps(shape(40)), 2.2 * steps(shape(20)))

    def test_large_forms(self):
        """MX2: of a form without end as many cells are read as can be of use, and of a cell as much
        as a value has."""
        rows = "<tr><td>x</td><td>y</td></tr>" * email_form.CELL_LIMIT
        [table] = email_form.read_tables(f"<table>{rows}</table>")
        self.assertEqual(sum(map(len, table)), email_form.CELL_LIMIT)
        html = f"<table><tr><td>Name</td><td>{'x' * 100_000}</td></tr></table>"
        self.assertEqual(email_form.by_cell(html, "Name"), "x" * email_form.VALUE_LIMIT)

    def test_the_fields_of_a_form_have_a_time(self):
        """MX2: where it is over, the rest is not looked for, and the lead is made."""
        self._parser()
        self.patch(email_form, "READ_TIME", -1)
        with self.assertLogs("odoo.addons.kala_comm.models.email.form_parser", "WARNING"):
            mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 050-234-5678</p>")
        self.assertTrue(mail.lead_id)
        self.assertFalse(mail.lead_id.phone)

    def test_form_of_nested_tables(self):
        """MX2: in the mail and in the tester alike."""
        parser = self._parser(field={"method": "cell"})
        form = "<table><tr><td>Phone</td><td>050-234-5678</td></tr></table>"
        raw = {
            "sender": "web@forms.example.com",
            "uid": "nested",
            "body": "<table><tr><td>x</td><td>" * 20 + form + "</td></tr></table>" * 20,
        }
        parser.test_email = self.raw(**raw)
        self.assertIn("050-234-5678", parser.test_result)
        self.assertEqual(self.receive(**raw).lead_id.phone, "050-234-5678")

    def test_bad_patterns_are_refused(self):
        """MX2: a pattern that is broken, or would take for ever, is refused when saved."""
        for pattern in BAD_PATTERNS:
            with self.subTest(pattern=pattern), self.assertRaises(ValidationError):
                self._parser(field={"method": "pattern", "expression": pattern})

    def test_good_patterns_are_taken(self):
        """MX2: what people write is not refused for fear."""
        for pattern in GOOD_PATTERNS:
            with self.subTest(pattern=pattern):
                self._parser(field={"method": "pattern", "expression": pattern})

    def test_a_pattern_is_bounded_in_time(self):
        """MX2: one that passed the trial and meets a text on which it takes for ever finds nothing;
        the lead is made."""
        parser = self._parser(field={"method": "pattern", "expression": "(x)"})
        # As if it had slipped through.
        self.env.cr.execute(
            "UPDATE kala_email_parser_field SET expression = %s WHERE id = %s",
            ["(?:z|z)*(y)", parser.field_ids.id],
        )
        parser.field_ids.invalidate_recordset()
        with self.assertLogs("odoo.addons.kala_comm.models.email.form_parser", "WARNING"):
            mail = self.receive(sender="web@forms.example.com", body="z" * 5000 + " y")
        self.assertTrue(mail.lead_id)
        self.assertFalse(mail.lead_id.phone)

    def test_a_pattern_that_cannot_be_tried_loses_no_lead(self):
        """MX2: where a pattern cannot be tried at all, the lead is made without its field."""
        self._parser(field={"method": "pattern", "expression": r"Phone: (\S+)"})
        for number, fault in enumerate((MemoryError(), RuntimeError("internal error"))):
            with (
                self.subTest(fault=fault),
                patch.object(email_form, "search", side_effect=fault),
                self.assertLogs("odoo.addons.kala_comm.models.email.form_parser", "WARNING"),
            ):
                mail = self.receive(
                    sender="web@forms.example.com", body="Phone: 050-234-5678", uid=f"f{number}"
                )
                self.assertTrue(mail.lead_id)
                self.assertFalse(mail.lead_id.phone)

    def test_whole_forms(self):
        """MX2: the fields of a rule know each other's labels: heads of tables, empty fields and
        free text are told apart by them."""
        cells = {"contact_name": "Name", "phone": "Phone", "city": "City"}
        fields = [
            {"target": target, "method": "cell", "expression": label}
            for target, label in cells.items()
        ]
        fields.append({"target": "description", "method": "label", "expression": "Notes"})
        parser = self._parser(field_ids=[(0, 0, field) for field in fields])
        for html, wanted in WHOLE_FORMS:
            with self.subTest(html=html):
                found = parser._read({"body": html})
                self.assertEqual(tuple(found.get(field["target"]) for field in fields), wanted)

    def test_form_makes_a_lead(self):
        """MX2: a form e-mail becomes a lead with its fields, always a new one by default."""
        lead = self.lead(phone="050-234-5678")
        self._parser()
        mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 050-234-5678</p>")
        self.assertNotEqual(mail.lead_id, lead)
        self.assertEqual(mail.lead_id.phone, "050-234-5678")

    def test_form_matches_by_the_phone_inside(self):
        """MX2: by setting of the rule the phone in the content finds the record."""
        lead = self.lead(phone="050-234-5678")
        self._parser(match_by="phone")
        mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 0502345678</p>")
        self.assertEqual(mail.lead_id, lead)

    def test_tester(self):
        """MX2: the tester shows what would come out of a raw e-mail."""
        parser = self._parser()
        parser.test_email = self.raw(
            sender="web@forms.example.com",
            subject="s",
            uid="t",
            body="<p>Phone: 050-234-5678</p>",
        )
        self.assertIn("050-234-5678", parser.test_result)

    def test_tester_tells_everything(self):
        """MX2: title, fields, a pattern that cannot be used, the customer or the record; in Hebrew
        and in any encoding."""
        parser = self._parser(
            field_ids=[
                (0, 0, {"target": "contact_name", "method": "label", "expression": "שם"}),
                (0, 0, {"target": "email_from", "method": "label", "expression": "Mail"}),
                (0, 0, {"target": "phone", "method": "label", "expression": "Phone"}),
            ]
        )
        raw = self.raw(
            sender="web@forms.example.com",
            subject="פנייה מהאתר",
            uid="t",
            headers="Content-Transfer-Encoding: 8bit\n",
            body='<p>שם: דנה לוי<br>Mail: <a href="mailto:x">dana@example.com</a></p>',
        )
        for text in (raw, "\n" + raw, raw.replace("utf-8", "windows-1255")):
            parser.test_email = text
            self.assertEqual(
                parser.test_result.splitlines(),
                [
                    "Title: פנייה מהאתר",
                    "Contact name: דנה לוי",
                    "E-mail: dana@example.com",
                    "Phone: not found",
                    "It makes a new lead of the customer Dana.",
                ],
            )
        lead = self.lead("Kitchen", email_from="noa@example.com")
        parser.match_by = "email"
        parser.test_email = raw.replace("dana@example.com", "noa@example.com")
        self.assertEqual(parser.test_result.splitlines()[-1], f"It goes to: {lead.name}")
        parser.test_email = raw.replace("@forms", "@other")
        self.assertIn("not known by its sender", parser.test_result)

    def test_tester_while_one_types(self):
        """MX2: what is not saved yet, and what cannot be saved, is tried as well."""
        form = Form(self.env["kala.email.parser"])
        form.name = "Typing"
        form.sender = "@forms.example.com"
        form.test_email = self.raw(
            sender="web@forms.example.com",
            subject="s",
            uid="t",
            body="<p>Phone: 050-234-5678</p>",
        )
        with form.field_ids.new() as field:
            field.target = "phone"
            field.expression = "Phone"
        self.assertIn("Phone: 050-234-5678", form.test_result)
        for pattern, reason in (("(", "cannot be used"), ("Phone", "exactly one group")):
            with form.field_ids.edit(0) as field:
                field.method = "pattern"
                field.expression = pattern
            self.assertIn(reason, form.test_result)
        for nonsense in ("x", "\x00", "From: \ud800", "Subject: =?x?B?", "a" * 100_000):
            form.test_email = nonsense
            self.assertIn("not known", form.test_result)

    # ------------------------------------------------------------------ whose a form is

    CONTACT = (
        "<p>Name: Dana Levi<br>Phone: 052-345-6789<br>"
        'Mail: <a href="mailto:Dana@Example.com">Dana@Example.com</a></p>'
    )

    def _contact_form(self, **values):
        return self._parser(
            field_ids=[
                (0, 0, {"target": target, "method": "label", "expression": label})
                for target, label in (
                    ("contact_name", "Name"),
                    ("phone", "Phone"),
                    ("email_from", "Mail"),
                )
            ],
            **values,
        )

    def test_form_of_a_stranger(self):
        """MX2: phone and e-mail of the lead are those of the content, and one answers to them; the
        machine that wrote is no contact of it."""
        self._contact_form()
        body = self.CONTACT.replace("Dana@Example.com", "noa@example.com")
        mail = self.receive(sender="web@forms.example.com", body=body)
        lead = mail.lead_id
        self.assertEqual((lead.email_from, lead.phone), ("noa@example.com", "052-345-6789"))
        self.assertEqual(lead.contact_name, "Dana Levi")
        self.assertEqual((mail.contact_kind, mail.contact_value), ("email", "noa@example.com"))
        self.assertEqual(mail.contact_name, "Dana Levi")
        points = self.env["kala.contact.point"].search([("res_id", "=", lead.id)])
        self.assertNotIn("web@forms.example.com", points.mapped("value"))

    def test_form_without_an_address(self):
        """MX2: the machine's address is not the lead's."""
        self._parser()
        mail = self.receive(sender="web@forms.example.com", body="<p>Phone: 052-345-6789</p>")
        self.assertFalse(mail.lead_id.email_from)
        self.assertEqual((mail.contact_kind, mail.contact_value), ("phone", "+972523456789"))

    def test_form_of_a_customer(self):
        """MA3, MX2: the new lead belongs to the customer whom the content names; his own phone and
        e-mail stay, and what he told beyond them is kept."""
        self.dana.phone = "050-234-5678"
        self._contact_form()
        mail = self.receive(sender="web@forms.example.com", body=self.CONTACT)
        lead = mail.lead_id
        self.assertEqual((mail.match_rule, lead.partner_id), ("always_new", self.dana))
        self.assertEqual(self.dana.email, "dana@example.com")
        self.assertEqual(self.dana.phone, "050-234-5678")
        self.assertEqual(lead.kala_phone2, "052-345-6789")
        self.assertEqual(lead.email_from, "dana@example.com")

    def test_form_sent_by_a_known_address(self):
        """MX2: a site that sends from the address of one of our contacts makes leads of those who
        wrote, not of that contact; also from an employee's address."""
        for n, sender in enumerate(("dana@example.com", self.salesman.email)):
            with self.subTest(sender=sender):
                self._contact_form(sender=sender)
                body = self.CONTACT.replace("Dana@Example.com", "noa@example.com")
                mail = self.receive(sender=sender, uid=f"k{n}", body=body)
                self.assertFalse(mail.lead_id.partner_id)
                self.assertEqual(mail.lead_id.phone, "052-345-6789")
                self.assertEqual(self.dana.email, "dana@example.com")

    def test_form_matches_by_what_its_rule_says(self):
        """MX2: by the phone, the e-mail or the sender; if the content has none of it: a new lead,
        and not the record of some earlier form."""
        by_phone = self.lead("By phone", phone="052-345-6789")
        by_email = self.lead("By e-mail", email_from="noa@example.com")
        by_sender = self.lead("By sender", email_from="web@forms.example.com")
        body = self.CONTACT.replace("Dana@Example.com", "noa@example.com")
        rule = self._contact_form()
        for n, (match_by, text, wanted) in enumerate(
            (
                ("phone", body, by_phone),
                ("email", body, by_email),
                ("sender", body, by_sender),
                ("never", body, None),
                ("phone", "<p>Phone: none</p>", None),
                ("email", "<p>Mail: none</p>", None),
            )
        ):
            with self.subTest(match_by=match_by, body=text):
                rule.match_by = match_by
                mail = self.receive(sender="web@forms.example.com", uid=f"r{n}", body=text)
                if wanted:
                    self.assertEqual(mail.lead_id, wanted)
                else:
                    self.assertNotIn(mail.lead_id, by_phone | by_email | by_sender)

    def test_new_lead_of_a_customer_keeps_his_address(self):
        """MA3, MA4: by setting a known customer's e-mail makes a lead; his card stays."""
        self.company.kala_new_lead_on_partner_email = True
        self.dana.email = "Dana Levi <dana@example.com>"
        mail = self.receive(sender="D. L. <DANA@example.com>")
        self.assertEqual(mail.lead_id.partner_id, self.dana)
        self.assertEqual(self.dana.email, "Dana Levi <dana@example.com>")

    # ------------------------------------------------------------------ which mailbox

    def test_named_mailboxes(self):
        """MX1: whatever header names our mailbox, with or without a tag, alone or among others."""
        order = self.order(self.dana)
        other = self.env["kala.line"].create(
            {
                "name": "Support",
                "channel": "email",
                "connection_id": self.mailbox.connection_id.id,
                "address": "support@our.example.com",
            }
        )
        named = [
            ("sales@our.example.com", "", self.mailbox),
            ("SALES@Our.Example.com", "", self.mailbox),
            ('"Sales, the" <sales@our.example.com>', "", self.mailbox),
            ("sales+spring@our.example.com", "", self.mailbox),
            ("a@example.com, sales@our.example.com, b@example.com", "", self.mailbox),
            ("a@example.com", "Cc: sales@our.example.com\n", self.mailbox),
            ("undisclosed-recipients:;", "Delivered-To: sales@our.example.com\n", self.mailbox),
            ("a@example.com", "X-Original-To: sales@our.example.com\n", self.mailbox),
            ("a@example.com", "Resent-To: sales@our.example.com\n", self.mailbox),
            ("support@our.example.com", "Cc: sales@our.example.com\n", other),
            ("sales@our.example.com, support@our.example.com", "", self.mailbox),
            ("support@our.example.com, sales@our.example.com", "", other),
        ]
        for n, (to, headers, line) in enumerate(named):
            with self.subTest(to=to, headers=headers):
                mail = self.receive(uid=f"b{n}", to=to, headers=headers)
                self.assertEqual((mail.line_id, mail.order_id), (line, order))

    def test_reply_keeps_its_mailbox(self):
        """LO1, RE3: of a reply in its thread, too, one sees to which mailbox it came, and what
        comes there is its user's; whoever fetches it for the record of another company."""
        self.company.kala_task_on_email = True
        self.mailbox.user_id = self.manager
        headers = "In-Reply-To: <m1@example.com>\n"
        lead = self.receive(sender="noa@example.com").lead_id
        lead.activity_ids.unlink()
        reply = self.receive(sender="noa@example.com", uid="m2", headers=headers)
        self.assertEqual((reply.lead_id, reply.match_rule), (lead, "thread"))
        self.assertEqual((reply.line_id, reply.activity_id.user_id), (self.mailbox, self.manager))
        lead.write({"user_id": False, "team_id": False, "company_id": self.other_company.id})
        elsewhere = self.receive(sender="noa@example.com", uid="m3", headers=headers)
        self.assertEqual(elsewhere.company_id, self.other_company)
        self.assertFalse(elsewhere.line_id)

    def test_mailbox_of_another_company(self):
        """MX1, LO8: what comes to a company's mailbox is logged as its own, whoever fetches it,
        also on a customer whom companies share."""
        self.other_company.kala_task_on_email = True
        connection = self.env["kala.connection"].create(
            {"name": "Mail", "provider": "smtp", "company_id": self.other_company.id}
        )
        connection.action_connect()
        line = self.env["kala.line"].create(
            {
                "name": "Theirs",
                "channel": "email",
                "connection_id": connection.id,
                "company_id": self.other_company.id,
                "address": "sales@their.example.com",
                "user_id": self.stranger.id,
            }
        )
        mail = self.receive(to="sales@their.example.com")
        self.assertEqual((mail.line_id, mail.partner_id), (line, self.dana))
        self.assertEqual(mail.company_id, self.other_company)
        self.assertEqual(mail.activity_id.user_id, self.stranger)

    def test_two_mailboxes_in_one_message(self):
        """MX1: one e-mail to two of our mailboxes is one message on the order, or one new lead."""
        domains = self.env["mail.alias.domain"]
        domain = domains.search([], limit=1) or domains.create({"name": "our.example.com"})
        names = ("kala-one", "kala-two")
        for name in names:
            self.env["mail.alias"].create(
                {
                    "alias_name": name,
                    "alias_domain_id": domain.id,
                    "alias_model_id": self.env["ir.model"]._get_id("crm.lead"),
                }
            )
            address = f"{name}@{domain.name}"
            self.mailbox.copy({"name": name, "address": address, "is_default": False})
        to = ", ".join(f"{name}@{domain.name}" for name in names)
        order = self.order(self.dana)
        before = len(order.message_ids)
        self.receive(uid="both", to=to)
        self.assertEqual(len(order.message_ids), before + 1)
        leads = self.env["crm.lead"].search_count([])
        self.receive(uid="new", sender="new@example.com", to=to)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads + 1)

    def _alias(self, name, model="crm.lead", **defaults):
        domains = self.env["mail.alias.domain"]
        domain = domains.search([], limit=1) or domains.create({"name": "our.example.com"})
        return self.env["mail.alias"].create(
            {
                "alias_name": name,
                "alias_domain_id": domain.id,
                "alias_model_id": self.env["ir.model"]._get_id(model),
                "alias_defaults": repr(defaults),
            }
        )

    def test_mailboxes_of_others_in_one_message(self):
        """MX1: what names a mailbox of ours and those of others, too, comes to each of them:
        there as Odoo makes it."""
        ours, theirs = self._alias("kala-ours"), self._alias("kala-theirs", referred="Theirs")
        self.mailbox.address = ours.alias_full_name
        groups = [self._alias(f"kala-group-{n}", "discuss.channel") for n in range(2)]
        to = ", ".join(alias.alias_full_name for alias in (theirs, ours, *groups))
        order = self.order(self.dana)
        channels = self.env["discuss.channel"].search_count([])
        mail = self.receive(uid="all", to=to).filtered("line_id")
        self.assertEqual((mail.order_id, mail.line_id), (order, self.mailbox))
        lead = self.env["crm.lead"].search([("referred", "=", "Theirs")])
        self.assertEqual(len(lead), 1, "the other team has its own lead")
        self.assertEqual(len(lead.kala_communication_ids), 1)
        self.assertFalse(lead.kala_communication_ids.line_id)
        self.assertEqual(self.env["discuss.channel"].search_count([]), channels + 2)

    def test_mailbox_without_an_alias_beside_others(self):
        """MX1: what names an alias of others and a mailbox of ours comes to both; a mailbox that
        is the alias of something else is that one's."""
        group = self._alias("kala-jobs", "discuss.channel")
        order = self.order(self.dana)
        to = f"{group.alias_full_name}, sales@our.example.com"
        channels = self.env["discuss.channel"].search_count([])
        self.assertEqual(self.receive(uid="b1", to=to).order_id, order)
        self.assertEqual(self.env["discuss.channel"].search_count([]), channels + 1)
        self.mailbox.address = group.alias_full_name
        self.assertFalse(self.receive(uid="b2", to=group.alias_full_name))
        self.assertEqual(self.env["discuss.channel"].search_count([]), channels + 2)

    def test_end_of_an_address(self):
        """MX2: a rule knows its e-mails by the end of the sender's address, with or without @."""
        for told, sender, known in (
            ("@forms.example.com", "a@forms.example.com", True),
            ("Forms.example.com ", "a@forms.example.com", True),
            ("a@forms.example.com", "a@forms.example.com", True),
            ("forms.example.com", "a@otherforms.example.com", False),
            ("a@forms.example.com", "aa@forms.example.com", False),
            ("forms.example.com", None, False),
        ):
            with self.subTest(told=told, sender=sender):
                parser = self.env["kala.email.parser"].new({"sender": told})
                self.assertEqual(parser._knows(sender, ""), known)

    def test_mailbox_behind_an_alias(self):
        """MX1: a mailbox that forwards to the alias of leads is the mailbox of ours."""
        alias = self._alias("kala-behind")
        order = self.order(self.dana)
        self.assertEqual(
            self.receive(to=f"sales@our.example.com, {alias.alias_full_name}").order_id, order
        )

    def test_answer_in_the_thread_of_a_shared_customer(self):
        """MX1, LO8: it is for the company that wrote to him, whoever fetches the mail."""
        message = self.dana.with_company(self.other_company).message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(message.record_company_id, self.other_company)
        answer = self.receive(
            to="catchall@our.example.com", headers=f"In-Reply-To: {message.message_id}\n"
        )
        self.assertEqual((answer.partner_id, answer.match_rule), (self.dana, "thread"))
        self.assertEqual(answer.company_id, self.other_company)

    def test_blind_copy(self):
        """MX1: nothing names our mailbox but the one that is fetched; where others of our domain
        are named, it came to them."""
        order = self.order(self.dana)
        server = self.env["fetchmail.server"].create(
            {"name": "In", "server_type": "imap", "user": "sales@our.example.com"}
        )
        for uid, to, found in (
            ("c1", "a@example.com", order),
            ("c2", "other@our.example.com", self.env["sale.order"]),
        ):
            raw = self.raw(to=to, uid=uid)
            self.env.flush_all()
            with self.job() as env:
                fetching = {"default_fetchmail_server_id": server.id}
                env["mail.thread"].with_context(**fetching).message_process("crm.lead", raw)
            mail = self.logged(uid)
            self.assertEqual(mail.order_id, found)

    def test_mail_server_that_says_nothing(self):
        """MX1: a mailbox that is a line needs no model on the incoming mail server."""
        raw = self.raw(sender="noa@example.com", uid="n1")
        self.env["mail.thread"].message_process(False, raw)
        mail = self.logged("n1")
        self.assertEqual(mail.match_rule, "new")
        with self.assertRaises(ValueError), mute_logger("odoo.addons.mail.models.mail_thread"):
            other = raw.replace("sales@", "other@").replace("n1", "n2")
            self.env["mail.thread"].message_process(False, other)

    def test_employees(self):
        """MX1: what a colleague passes on makes a lead, as ever, and does not vanish in his own
        contact; his out-of-office answer makes none."""
        for uid, headers, made in (("e1", "", 1), ("e2", "Auto-Submitted: auto-replied\n", 0)):
            leads = self.env["crm.lead"].search_count([])
            self.receive(
                sender=self.colleague.email, uid=uid, subject="Fwd: request", headers=headers
            )
            self.assertEqual(self.env["crm.lead"].search_count([]), leads + made)
        partner = self.colleague.partner_id
        self.assertFalse(partner.message_ids.filtered(lambda m: m.message_type == "email"))

    def test_wrong_clock(self):
        """MA1, LO6: what claims to be from the future or from long ago counts from now."""
        self.order(self.dana)
        now = fields.Datetime.now()
        for n, year in enumerate((2038, 1999)):
            raw = self.raw(uid=f"y{n}").replace("Nov 2026", f"Nov {year}")
            self.env["mail.thread"].message_process("crm.lead", raw)
            mail = self.logged(f"y{n}")
            self.assertLess(abs((mail.date - now).total_seconds()), 600)

    def test_emails_keep_a_record_fresh(self):
        """MA1, LO6: an e-mail that was sent counts for the 90 days and is the last communication;
        one that waits is neither."""
        order = self.order(self.dana)
        self.age(order, days=100)
        self.assertEqual(self.receive(uid="f1").res_model, "res.partner")
        order.with_user(self.colleague).message_post(
            body="Still interested?",
            partner_ids=self.dana.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self.receive(uid="f2").res_model, "res.partner")
        sent = order.kala_communication_ids.filtered(lambda c: c.direction == "out")
        mail = self.env["mail.mail"].search([("mail_message_id", "=", sent.mail_message_id.id)])
        mail._postprocess_sent_message(self.dana, [])
        self.assertEqual(self.receive(uid="f3").order_id, order)
        with self.job() as env:
            env["kala.recency"]._refresh()
        self.env.invalidate_all()
        self.assertTrue(order.kala_last_communication_date)

    def test_outgoing_copies_and_colleagues(self):
        """docs/architecture.md, 3.12: one communication for each outside address, those of the
        copies too; what goes to colleagues and to our own mailboxes is none."""
        order = self.order(self.dana)
        mail = self.env["mail.mail"].create(
            {
                "model": "sale.order",
                "res_id": order.id,
                "subject": "Offer",
                "body_html": "<p>Offer</p>",
                "email_to": f"dana@example.com, {self.colleague.email}",
                "email_cc": "Boss <boss@example.com>, sales@our.example.com",
            }
        )
        sent = self.env["kala.communication"].search(
            [("direction", "=", "out"), ("channel", "=", "email")]
        )
        self.assertEqual(
            set(sent.mapped("contact_value")), {"dana@example.com", "boss@example.com"}
        )
        mail._postprocess_sent_message([], ["dana@example.com"])
        sent.invalidate_recordset()
        self.assertEqual(set(sent.mapped("state")), {"sent"})

    def test_outgoing_is_logged_with_its_state(self):
        """LO1: an e-mail to a customer is one communication, whose state follows Odoo's."""
        order = self.order(self.dana)
        order.with_user(self.colleague).message_post(
            body="Our answer",
            partner_ids=self.dana.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        mail = self.env["kala.communication"].search(
            [("channel", "=", "email"), ("direction", "=", "out")]
        )
        self.assertEqual(mail.order_id, order)
        self.assertEqual(mail.user_id, self.colleague)
        self.assertEqual(mail.body, "Our answer")
        outgoing = self.env["mail.mail"].search([("mail_message_id", "=", mail.mail_message_id.id)])
        outgoing._postprocess_sent_message(self.dana, [])
        mail.invalidate_recordset()
        self.assertEqual(mail.state, "sent")
