"""AD6: installing on a living database: filled in the background, matching works meanwhile."""

from odoo.tests import tagged

from odoo.addons.kala_comm.hooks import pre_init_hook
from odoo.addons.kala_comm.models.record import kala_backfill
from odoo.addons.kala_comm.tests.common import DANA, NOA, OMER, UNKNOWN, KalaCommon


@tagged("post_install", "-at_install")
class TestBackfill(KalaCommon):
    def _make_unfilled(self):
        """Make the database look as right after an installation on many records."""
        self.dana = self.customer(phone=DANA, email="Dana@Example.com")
        self.made = self.lead(phone=NOA, email_from="noa@example.com")
        self.ordered = self.order(self.dana)
        self.env.flush_all()
        for table, column in (
            ("res_partner", "kala_contact_keys"),
            ("crm_lead", "kala_contact_keys"),
            ("sale_order", "kala_status_id"),
        ):
            self.env.cr.execute(f"UPDATE {table} SET {column} = NULL")
        self.env.cr.execute("DELETE FROM kala_contact_point WHERE connection_id IS NULL")
        self.env["ir.config_parameter"].sudo().set_param(kala_backfill.DONE, False)
        self.env.invalidate_all()

    def _points(self, record):
        points = self.env["kala.contact.point"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        return {(p.kind, p.value) for p in points}

    def test_ad6_columns_by_sql(self):
        """AD6: the stored columns are there before the ORM would compute them."""
        pre_init_hook(self.env)
        for table, name in (
            ("res_partner", "kala_contact_keys"),
            ("crm_lead", "kala_contact_keys"),
            ("sale_order", "kala_status_id"),
            ("crm_lead", "kala_last_communication_date"),
        ):
            self.env.cr.execute(
                """SELECT 1 FROM information_schema.columns
                    WHERE table_name = %s AND column_name = %s""",
                [table, name],
            )
            self.assertTrue(self.env.cr.fetchone(), f"{table}.{name}")

    def test_ad6_matching_before_it_is_filled(self):
        """AD6, docs/architecture.md, 3.11: until it is done, Odoo's own columns are looked up
        too."""
        self._make_unfilled()
        self.assertEqual(self.incoming(sender="050-234-5678").order_id, self.ordered)
        self.assertEqual(self.incoming(sender=NOA).lead_id, self.made)
        self.assertEqual(self.incoming(sender=OMER).match_rule, "new")

    def test_ad6_filled_in_chunks(self):
        """AD6: the job fills chunk after chunk, and remembers where it was."""
        self._make_unfilled()
        archived = self.customer(phone=UNKNOWN)
        archived.active = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET kala_contact_keys = NULL WHERE id = %s", [archived.id]
        )
        self.env.cr.execute("DELETE FROM kala_contact_point WHERE res_id = %s", [archived.id])
        self.env.invalidate_all()
        self.patch(kala_backfill, "CHUNK", 2)
        self.assertFalse(self._points(self.dana))
        with self.job() as env:
            env["kala.backfill"]._cron_run()
        self.env.invalidate_all()
        self.assertTrue(self.env["kala.backfill"]._is_done())
        self.assertEqual(self._points(self.dana), {("phone", DANA), ("email", "dana@example.com")})
        self.assertEqual(self._points(self.made), {("phone", NOA), ("email", "noa@example.com")})
        self.assertEqual(self._points(archived), {("phone", UNKNOWN)})
        quotation = self.env.ref("kala_comm.order_status_quotation")
        self.assertEqual(self.ordered.kala_status_id, quotation)
        left = self.env["ir.config_parameter"].search(
            [("key", "like", "kala_comm.backfill_from_%")]
        )
        self.assertFalse(left)

    def test_ad6_filling_is_quiet(self):
        """AD6: filling changes nothing else of a record."""
        self._make_unfilled()
        self.env.cr.execute(
            "UPDATE crm_lead SET write_date = '2020-01-01' WHERE id = %s", [self.made.id]
        )
        self.env.invalidate_all()
        with self.job() as env:
            env["kala.backfill"]._cron_run()
        self.env.invalidate_all()
        self.assertTrue(self._points(self.made))
        self.assertEqual(self.made.write_date.year, 2020)

    def test_ad6_order_status_before_it_is_filled(self):
        """AD6: an order without a status yet is matched by its state's."""
        self._make_unfilled()
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE id = %s", [self.ordered.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.incoming(sender=DANA).res_model, "res.partner")
