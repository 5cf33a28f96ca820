"""ST: status types, and what leads and orders take from them."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.kala_comm.hooks import _set_stage_types
from odoo.addons.kala_comm.tests.world import WorldCase
from odoo.addons.kala_comm.tools import const


@tagged("post_install", "-at_install")
class TestStatus(WorldCase):
    # ------------------------------------------------------------------ ST1

    def test_st1_delivered(self):
        """ST1: eight types are delivered; five are excluded from matching (MA2)."""
        self.assertLessEqual(set(const.STATUS_TYPES), set(self.types))
        excluded = self.company.kala_excluded_status_type_ids.mapped("code")
        self.assertEqual(set(excluded), set(const.EXCLUDED_STATUS_TYPES))
        fresh = self.env["res.company"].create({"name": "Fresh"})
        self.assertEqual(
            set(fresh.kala_excluded_status_type_ids.mapped("code")),
            set(const.EXCLUDED_STATUS_TYPES),
        )

    def test_st1_own_types(self):
        """ST1: admins add types of their own, rename delivered ones, and delete only theirs."""
        own = self.env["kala.status.type"].create({"name": "On site", "code": "on_site"})
        self.types["new"].name = "Fresh"
        self.assertEqual(self.env["kala.status.type"]._id_of("on_site"), own.id)
        own.code = "at_site"
        self.assertFalse(self.env["kala.status.type"]._id_of("on_site"))
        own.unlink()
        for code in const.STATUS_TYPES:
            with self.subTest(code=code):
                with self.assertRaises(UserError):
                    self.types[code].unlink()
                with self.assertRaises(UserError):
                    self.types[code].code = "other"
        self.types["duplicate"].active = False

    # ------------------------------------------------------------------ ST2

    def test_st2_type_of_a_lead(self):
        """ST2: a lead has its stage's type; a lost one its reason's, else lost."""
        made = self.lead()
        made.stage_id = self._stage("waiting")
        self.assertEqual(made.kala_status_type_id, self.types["waiting"])
        made.stage_id = self._stage(None)
        self.assertEqual(made.kala_status_type_id, self.types["open"])
        reason = self.env["crm.lost.reason"].create({"name": "Twice"})
        made.action_set_lost(lost_reason_id=reason.id)
        self.assertEqual(made.kala_status_type_id, self.types["lost"])
        reason.kala_status_type_id = self.types["duplicate"]
        self.assertEqual(made.kala_status_type_id, self.types["duplicate"])
        made.action_unarchive()
        self.assertEqual(made.kala_status_type_id, self.types["open"])

    def test_st2_search(self):
        """ST2: the filter finds exactly what the field shows."""
        leads = self.env["crm.lead"]
        for code in (None, "new", "open", "waiting", "won", "duplicate"):
            made = self.lead(code or "untyped")
            made.stage_id = self._stage(code)
            leads |= made
        for code in (None, "lost", "duplicate", "open"):
            made = self.lead(f"lost {code}")
            made.stage_id = self._stage("waiting")
            reason = self.env["crm.lost.reason"].create({"name": f"{code}"})
            reason.kala_status_type_id = self.types[code] if code else False
            made.action_set_lost(lost_reason_id=reason.id)
            leads |= made
        Lead = self.env["crm.lead"].with_context(active_test=False)
        base = [("id", "in", leads.ids)]
        for code, status_type in self.types.items():
            with self.subTest(code=code):
                expected = leads.filtered(lambda r, t=status_type: r.kala_status_type_id == t)
                for domain, wanted in (
                    ([("kala_status_type_id", "=", status_type.id)], expected),
                    ([("kala_status_type_id", "in", status_type.ids)], expected),
                    ([("kala_status_type_id.code", "=", code)], expected),
                    ([("kala_status_type_id", "!=", status_type.id)], leads - expected),
                    ([("kala_status_type_id", "not in", status_type.ids)], leads - expected),
                ):
                    self.assertEqual(Lead.search(base + domain, order="id"), wanted, domain)
        self.assertFalse(Lead.search([*base, ("kala_status_type_id", "=", False)]))

    def test_st2_stages_at_installation(self):
        """MA2: at installation won stages are won, the first is new, the others in progress;
        what somebody has chosen stays."""
        stages = self.env["crm.stage"].search([], order="sequence, id")
        chosen = stages.filtered(lambda s: not s.is_won)[-1]
        stages.kala_status_type_id = False
        chosen.kala_status_type_id = self.types["waiting"]
        _set_stage_types(self.env)
        for n, stage in enumerate(stages):
            code = "won" if stage.is_won else "new" if n == 0 else "open"
            if stage == chosen:
                code = "waiting"
            self.assertEqual(stage.kala_status_type_id.code, code, stage.name)

    # ------------------------------------------------------------------ ST3

    def _status(self, name):
        return self.env.ref(f"kala_comm.order_status_{name}")

    def test_st3_order_follows_its_state(self):
        """ST3: an order follows its Odoo state into the first status of that state."""
        made = self.order(self.customer())
        product = self.env["product.product"].create({"name": "Chair"})
        made.order_line = [(0, 0, {"product_id": product.id, "price_unit": 10})]
        steps = [
            (lambda: None, "quotation", "new"),
            (lambda: made.action_quotation_sent(), "sent", "waiting"),
            (lambda: made.action_confirm(), "confirmed", "open"),
            (lambda: made.action_lock(), "completed", "won"),
            (lambda: made.action_unlock(), "confirmed", "open"),
            (lambda: made._action_cancel(), "cancelled", "lost"),
            (lambda: made.action_draft(), "quotation", "new"),
        ]
        for step, status, code in steps:
            with self.subTest(status=status):
                step()
                self.assertEqual(made.kala_status_id, self._status(status))
                self.assertEqual(made.kala_status_type_id.code, code)

    def test_st3_users_move_within_the_state(self):
        """ST3: users move an order within its state, and not out of it."""
        second = self.env["kala.order.status"].create(
            {
                "name": "Measured",
                "state": "draft",
                "sequence": 15,
                "kala_status_type_id": self.types["open"].id,
            }
        )
        made = self.order(self.customer(), user_id=self.salesman.id)
        as_salesman = made.with_user(self.salesman)
        as_salesman.kala_status_id = second
        made.note = "touched"
        self.assertEqual(made.kala_status_id, second, "other changes leave the status alone")
        with self.assertRaises(ValidationError):
            as_salesman.kala_status_id = self._status("confirmed")
            made.flush_recordset()

    def test_st3_statuses_of_a_company(self):
        """ST3: a company's own first status counts for its orders only."""
        own = self.env["kala.order.status"].create(
            {
                "name": "Request",
                "state": "draft",
                "sequence": 1,
                "kala_status_type_id": self.types["new"].id,
                "company_id": self.other_company.id,
            }
        )
        dana = self.customer()
        self.assertEqual(self.order(dana).kala_status_id, self._status("quotation"))
        there = self.order(dana, company_id=self.other_company.id)
        self.assertEqual(there.kala_status_id, own)

    def test_st3_an_order_that_changes_its_company(self):
        """ST3: an order that moves to another company leaves the statuses of the first."""
        own = self.env["kala.order.status"].create(
            {
                "name": "Being measured",
                "sequence": 1,
                "state": "draft",
                "kala_status_type_id": self.types["open"].id,
                "company_id": self.company.id,
            }
        )
        order = self.order(self.customer())
        self.assertEqual(order.kala_status_id, own)
        order.company_id = self.other_company
        self.assertEqual(order.kala_status_id.company_id, self.env["res.company"])
        self.assertEqual(order.kala_status_id.state, "draft")

    def test_st3_every_state_keeps_a_status(self):
        """ST3: the last status of a state cannot go, nor one with orders change its state."""
        with self.assertRaises(ValidationError):
            self._status("cancelled").active = False
        self.order(self.customer())
        with self.assertRaises(ValidationError):
            self._status("quotation").state = "sale"
        self._status("quotation").name = "Offer"

    def test_st3_filters_and_groups(self):
        """ST3: orders are filtered and grouped by status; kanban shows all columns."""
        made = self.order(self.customer())
        found = self.env["sale.order"].search([("kala_status_type_id.code", "=", "new")])
        self.assertIn(made, found)
        groups = self.env["sale.order"].formatted_read_group(
            [("id", "=", made.id)], ["kala_status_id"], ["__count"]
        )
        counts = {group["kala_status_id"][0]: group["__count"] for group in groups}
        self.assertEqual(counts[self._status("quotation").id], 1)

    def test_st3_copy_starts_anew(self):
        """ST3: a copied order starts in its first status."""
        made = self.order(self.customer())
        made._action_cancel()
        self.assertEqual(made.copy().kala_status_id, self._status("quotation"))
