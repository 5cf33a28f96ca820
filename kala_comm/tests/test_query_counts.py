from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import DeliveryReport, IncomingMessage

from .query_counts import QueryCountCommon


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

    def test_texts_told_to_everybody(self):
        """NO1: "notify all" asks who may read in sets, for users with own documents too."""
        self.sms_line.notify_all = True

        self._check(lambda size: self._texts(self._known_numbers(size)))

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
