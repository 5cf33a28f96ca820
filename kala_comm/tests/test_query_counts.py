from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import DeliveryReport, IncomingMessage

from .query_counts import QueryCountCommon

EMAIL = """From: {address}
To: sales@our.example.com
Subject: Question
Message-Id: <{uid}@example.com>
Date: Sun, 22 Nov 2026 10:00:00 +0000
Content-Type: text/plain; charset=utf-8

Hello
"""


@tagged("post_install", "-at_install")
class TestQueryCounts(QueryCountCommon):
    def _texts(self, numbers):
        return [
            IncomingMessage(
                channel="sms",
                uid=f"q{self._next()}",
                contact_value=number,
                line_address=self.sms_line.address,
                body="Hello",
            )
            for number in numbers
        ]

    def _emails(self, addresses):
        return [
            IncomingMessage(
                channel="email",
                uid=f"<q{self._next()}@example.com>",
                contact_kind="email",
                contact_value=address,
                subject="Question",
                body="Hello",
            )
            for address in addresses
        ]

    def _addresses(self, size):
        return [f"q{self._next()}@example.com" for _n in range(size)]

    # ------------------------------------------------------------------ texts

    def test_texts_of_strangers(self):
        """MA3, TA1, NO1, LO1: leads, tasks, chatter lines, notifications."""
        self._check(lambda size: self._texts(self._numbers(size)), self._all_with_tasks)

    def test_texts_of_known_contacts(self):
        """MA1, RE3, TA1."""

        self._check(lambda size: self._texts(self._known_numbers(size)), self._all_with_tasks)

    def test_texts_by_long_look_back(self):
        """RE3: the responsible of the lead through which they were written to months ago."""

        def prepare(size):
            numbers = self._numbers(size)
            self.env["res.partner"].create([{"name": n, "phone": n} for n in numbers])
            leads = self._known(numbers)
            for lead in leads:
                self.log(lead, contact_value=lead.phone, date=self.now - timedelta(days=100))
            leads.action_set_lost()
            return self._texts(numbers)

        self._check(
            prepare,
            lambda texts: self.assertEqual(
                set(texts.mapped("responsible_rule")), {"long_lookback"}
            ),
        )

    def test_texts_of_customers_who_get_a_new_lead(self):
        """MA4, RE2: a new lead of a known customer, of his responsible."""
        self.company.kala_new_lead_on_partner_text = True

        def prepare(size):
            numbers = self._numbers(size)
            self.env["res.partner"].create(
                [{"name": n, "phone": n, "user_id": self.colleague.id} for n in numbers]
            )
            return self._texts(numbers)

        self._check(prepare, lambda texts: self.assertEqual(texts.lead_id.user_id, self.colleague))

    def test_texts_that_are_answered_by_who_wrote_last(self):
        """RE3: the last outgoing, to another address of the same contact."""

        def prepare(size):
            numbers, others = self._numbers(size), self._numbers(size)
            self.env["res.partner"].create(
                [
                    {"name": n, "phone": n, "kala_phone2": o}
                    for n, o in zip(numbers, others, strict=True)
                ]
            )
            for other in others:
                self.log(contact_value=other, user_id=self.manager.id)
            return self._texts(numbers)

        self._check(prepare, lambda texts: self.assertEqual(texts.user_id, self.manager))

    def test_texts_told_to_the_responsible_alone(self):
        """NO1: without "notify all"."""
        self.connection.notify_all = False
        self._check(lambda size: self._texts(self._known_numbers(size)), self._all_with_tasks)

    # ------------------------------------------------------------------ e-mails

    def test_emails_of_strangers(self):
        """MX1, MA3, TA1, NO1: e-mails that a provider brings to the inbox."""
        self._check(lambda size: self._emails(self._addresses(size)), self._all_with_tasks)

    def test_emails_of_known_contacts(self):
        """MX1, MA1, RE3, TA1."""

        def prepare(size):
            addresses = self._addresses(size)
            self.env["crm.lead"].create(
                [{"name": a, "email_from": a, "user_id": self.colleague.id} for a in addresses]
            )
            return self._emails(addresses)

        self._check(prepare, self._all_with_tasks)

    def test_emails_of_a_mailbox(self):
        """MX1: Odoo's gateway brings e-mails one by one; each costs the same, however many came
        before it, from strangers and from known contacts."""
        mail = self.env["kala.connection"].create({"name": "Mail", "provider": "smtp"})
        mail.action_connect()
        self.env["kala.line"].create(
            {
                "name": "Sales",
                "channel": "email",
                "connection_id": mail.id,
                "address": "sales@our.example.com",
                "notify_all": True,
            }
        )
        for kind in ("strangers", "known"):
            with self.subTest(kind):
                costs = [self._cost_of_mailbox(kind, size) / size for size in (2, 10, 40)]
                _warm, few, many = costs
                self.assertLessEqual(many, 1.1 * few, f"{few} queries each of 10, {many} of 40")

    def _cost_of_mailbox(self, kind, size):
        addresses = self._addresses(size)
        if kind == "known":
            self.env["crm.lead"].create(
                [{"name": a, "email_from": a, "user_id": self.colleague.id} for a in addresses]
            )
        raw = [EMAIL.format(address=address, uid=f"g{self._next()}") for address in addresses]
        process = self.env["mail.thread"].with_user(SUPERUSER_ID).message_process
        cost = self._count(lambda: [process("crm.lead", message) for message in raw])
        logged = self.env["kala.communication"].search([("contact_value", "in", addresses)])
        self.assertEqual(len(logged), size)
        self.assertEqual(len(logged.activity_id), size)
        return cost

    # ------------------------------------------------------------------ reports

    def test_reports(self):
        """DE1: delivery reports."""

        def prepare(size):
            leads = self._known(self._numbers(size))
            return [
                DeliveryReport(uid=message.provider_uid, state="delivered")
                for message in (
                    self.log(
                        lead,
                        contact_value=lead.phone,
                        connection_id=self.connection.id,
                        provider_uid=f"out{self._next()}",
                    )
                    for lead in leads
                )
            ]

        self._check(prepare)

    # ------------------------------------------------------------------ echoes

    def _echoes(self, numbers, keys):
        return [
            IncomingMessage(
                channel="whatsapp",
                uid=f"e{self._next()}",
                contact_value=number,
                line_address=self.whatsapp_line.address,
                body="Hello",
                echo=True,
                echo_key=key,
            )
            for number, key in zip(numbers, keys, strict=True)
        ]

    def test_echoes_of_our_messages(self):
        """docs/architecture.md, 3.2: echoes that carry our own id are reports."""

        def prepare(size):
            leads = self._known(self._numbers(size))
            messages = leads.kala_send("whatsapp", body="Hello")
            return self._echoes(leads.mapped("phone"), [m._echo_key() for m in messages])

        self._check(prepare, lambda sent: self.assertEqual(set(sent.mapped("state")), {"sent"}))

    def test_echoes_typed_on_the_phone(self):
        """WA2, LO1: logged as outgoing, with a line in the chatter."""
        self.patch(self.registry["kala.intake"], "_may_be_ours", lambda intake, entry: False)

        def prepare(size):
            return self._echoes(self._known_numbers(size), [""] * size)

        self._check(prepare, lambda typed: self.assertEqual(len(typed.mail_message_id), len(typed)))

    # ------------------------------------------------------------------ out

    def test_100_messages_out(self):
        """QU6: kala_send to 100 records costs at most twice the queries of 10."""
        counts = []
        for size in (3, 10, 100):
            leads = self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
            )
            counts.append(self._count(lambda leads=leads: leads.kala_send("sms", body="Hello")))
        _warm, few, many = counts
        self.assertLessEqual(many, 2 * few, f"{few} queries for 10, {many} for 100")

    def test_100_sent(self):
        """QU3: a chunk is sent in a number of queries that does not grow with it."""
        counts = []
        for size in (3, 8, 16):
            leads = self.env["crm.lead"].create(
                [{"name": s, "phone": s, "user_id": False} for s in self._numbers(size)]
            )
            messages = leads.kala_send("sms", body="Hello")
            counts.append(self._count(self.dispatch))
            self.assertEqual(set(messages.mapped("state")), {"delivered"})
        _warm, few, many = counts
        self.assertLessEqual(many, 1.25 * few, f"{few} queries for 8, {many} for 16")
