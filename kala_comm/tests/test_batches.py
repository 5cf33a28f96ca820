"""docs/architecture.md, 3.7, 3.8: what is imported, linked and changed by thousands costs each
record the same, even where the database knows nothing of the tables yet."""

from unittest.mock import patch

from odoo import fields
from odoo.sql_db import Cursor
from odoo.tests import tagged

from odoo.addons.kala_comm.models.inbound.values import Sender
from odoo.addons.kala_comm.tools.phone import ContactKey

from .effort import EffortCommon

#: Records of a batch: enough that its square stands out.
COUNT = 400
#: Rows that a statement may touch for each record of the batch.
EACH = 30


@tagged("post_install", "-at_install")
class TestBatches(EffortCommon):
    def _forget(self):
        """What the database knows of the tables is from now on, as before a first import."""
        self.env.flush_all()
        self.env.cr.execute("ANALYZE kala_contact_point, crm_lead, res_partner, kala_communication")

    def _check(self, efforts, each=EACH):
        self.assertTrue(efforts)
        for statement, rows in efforts.items():
            self.assertLess(rows, each * COUNT, f"{rows} rows for {COUNT} records: {statement}")

    def _customers(self):
        return self.env["res.partner"].create(
            [
                {"name": f"Customer {n}", "phone": self._phone(2, n), "email": f"c{n}@example.com"}
                for n in range(COUNT)
            ]
        )

    def _leads(self):
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {n}",
                    "type": "lead",
                    "contact_name": "Dana",
                    "phone": self._phone(4, n),
                    "email_from": f"l{n}@example.com",
                }
                for n in range(COUNT)
            ]
        )

    @staticmethod
    def _phone(digit, n):
        return f"+97252{digit}{n:06}"

    def _link(self, leads, customers):
        for lead, customer in zip(leads, customers, strict=True):
            lead.partner_id = customer
        self.env.flush_all()

    def test_import_and_link(self):
        """MA6, MA8: customers and leads by hundreds, linked to each other in one transaction."""
        self._forget()
        with self._effort() as efforts:
            customers = self._customers()
            self.env.flush_all()
            leads = self._leads()
            self.env.flush_all()
            self._link(leads, customers)
        self._check(efforts)
        keys = self.env["kala.contact.point"].search(
            [("res_model", "=", "res.partner"), ("res_id", "in", customers.ids)]
        )
        self.assertGreaterEqual(len(keys), 2 * COUNT)

    def test_customers_made_of_leads(self):
        """MA6: Odoo's assignment of leads makes a customer of each."""
        leads = self._leads()
        self._forget()
        with self._effort() as efforts:
            leads._handle_partner_assignment(create_missing=True)
        self._check(efforts)
        self.assertEqual(len(leads.partner_id), COUNT)

    def test_everybody_changes(self):
        """MA6, LO6: one write to all of them; of each number only the new one is left."""
        customers = self._customers()
        self.env.flush_all()
        self._forget()
        with self._effort() as efforts:
            customers.write({"phone": "+972 50 234 5678"})
        self._check(efforts)
        points = self.env["kala.contact.point"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "in", customers.ids),
                ("kind", "=", "phone"),
            ]
        )
        self.assertEqual(set(points.mapped("value")), {"+972502345678"})
        self.assertEqual(len(points), COUNT)

    def test_ids_of_a_connection(self):
        """MA8: every lead of the batch is known by an id, and a customer loses each of them."""
        customers, strangers, leads = self._customers(), self._customers(), self._leads()
        self.env.flush_all()
        points = self.env["kala.contact.point"]
        values = [str(1000 + n) for n in range(COUNT)]
        for records in (leads, strangers):
            points._insert(
                records._name,
                records.ids,
                ["heron"] * COUNT,
                values,
                [self.connection.id] * COUNT,
            )
        self._forget()
        with self._effort() as efforts:
            self._link(leads, customers)
        self._check(efforts)
        ids = points.search([("kind", "=", "heron"), ("res_model", "=", "res.partner")])
        self.assertEqual(set(ids.mapped("res_id")), set(customers.ids))

    def test_who_wrote_last(self):
        """NO2: the newest lead of each contact is found, however many leads there are."""
        self._forget()
        leads = self._leads()
        messages = self.env["kala.communication"].union(
            *(self.log(lead, contact_value=lead.phone) for lead in leads[:50])
        )
        with self._effort() as efforts:
            found = self.env["kala.notifier"]._latest_leads(messages)
        # So small a table is read as a whole for each; it is not joined with itself.
        self._check(efforts, each=500)
        self.assertEqual(list(found.values()), list(leads[:50]))

    def test_senders_while_the_table_seems_empty(self):
        """QU4: the points of each sender are found by its address, also where the database was told
        of the table when no row was left in it."""
        leads, customers = self._leads(), self._customers()
        self.env.flush_all()
        self.env.cr.execute("CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE kala_contact_point")
        self.env.cr.execute("DELETE FROM kala_contact_point")
        self._forget()
        self.env.cr.execute("INSERT INTO kala_contact_point TABLE kept")
        senders = [
            Sender(keys=((ContactKey("phone", record.phone), 0),), date=fields.Datetime.now())
            for record in (*leads[: COUNT // 2], *customers[: COUNT // 2])
        ]
        with self._effort("WITH sender AS") as efforts:
            matches = self.env["kala.matcher"]._match(self.company, senders)
        # The statement has a dozen parts, and each looks at every candidate again.
        self._check(efforts, each=2 * EACH)
        found = [match.candidates[0]["id"] for match in matches]
        self.assertEqual(found, [*leads[: COUNT // 2].ids, *customers[: COUNT // 2].ids])

    def test_blacklisted_in_another_spelling(self):
        """CO1, MA6: a number that may be written in two ways is looked for on Odoo's blacklist
        without reading the whole blacklist."""
        self.env["phone.blacklist"].flush_model()
        self.env.cr.execute(
            """INSERT INTO phone_blacklist (number, active)
               SELECT '+97253' || lpad(n::text, 7, '0'), TRUE FROM generate_series(1, 20000) AS n
                UNION ALL
               SELECT '+5215512345678', TRUE"""
        )
        self.env.cr.execute("ANALYZE phone_blacklist")
        key, other = (ContactKey("phone", number) for number in ("+525512345678", "+525512345679"))
        with self._effort("phone_blacklist") as efforts:
            listed = self.env["kala.contact.permission"]._blacklisted([key, other])
        self.assertEqual(listed, {key})
        self.assertEqual(len(efforts), 2)
        self._check(efforts, each=1)

    def test_nothing_to_share(self):
        """MA8: of leads without ids of a connection nothing is given or taken."""
        customers, leads = self._customers(), self._leads()
        self.env.flush_all()
        execute, issued = Cursor.execute, []

        def noted(cr, query, params=None, log_exceptions=True):
            issued.append(" ".join(str(query).split()))
            return execute(cr, query, params, log_exceptions)

        with patch.object(Cursor, "execute", noted):
            self._link(leads, customers)
        for start in ("DELETE FROM kala_contact_point", "INSERT INTO kala_contact_point"):
            self.assertFalse([text for text in issued if text.startswith(start)])
