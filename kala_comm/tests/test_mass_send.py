from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DANA, NOA, OMER, KalaCommon


@tagged("post_install", "-at_install")
class TestMassSend(KalaCommon):
    """BR1–BR3: many recipients, each at most once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": "Dana Levi", "phone": DANA},
                {"name": "Noa", "phone": NOA},
                {"name": "Omer", "phone": OMER},
                {"name": "Twin of Dana", "phone": "050-234-5678"},
                {"name": "Nobody"},
                {"name": "Landline", "phone": "03-1234567"},
            ]
        )

    def mass(self, **values):
        return self.env["kala.mass.send"].create(
            {"name": "Sale", "record_ids": self.people.ids, "body": "Hi {{ first_name }}", **values}
        )

    def prepare(self, mass):
        with self.job() as env:
            while mass.with_env(env)._prepare_chunk():
                pass
        mass.invalidate_recordset()

    def start(self, mass):
        mass.action_start()
        self.prepare(mass)
        return mass

    def end(self, mass):
        with self.job() as env:
            mass.with_env(env)._end_if_over()
        mass.invalidate_recordset()

    def test_who_gets_it_and_who_not(self):
        """BR2: no address, no mobile and equal numbers are skipped, with the reason."""
        mass = self.start(self.mass())
        self.assertEqual((mass.total, mass.waiting, mass.skipped), (6, 3, 3))
        reasons = {skip.record_name: skip.reason for skip in mass.skip_ids}
        self.assertEqual(
            reasons,
            {"Twin of Dana": "duplicate", "Nobody": "no_address", "Landline": "no_address"},
        )

    def test_counts_before(self):
        """BR2: before starting one sees how many will get it and why not."""
        self.env["phone.blacklist"]._add([NOA])
        mass = self.mass()
        mass.action_check()
        while mass.check_state == "running":
            mass._check_chunk()
        self.assertEqual(mass.check_counts["no_address"], 2)
        self.assertEqual(mass.check_counts["consent"], 1)
        self.assertIn("opted out", mass.check_summary)
        self.assertFalse(mass.communication_ids)

    def test_sent_and_done(self):
        """BR2, BR3: everybody gets his own text once; then it is done."""
        mass = self.start(self.mass())
        self.dispatch()
        self.end(mass)
        self.assertEqual((mass.state, mass.sent, mass.progress), ("done", 3, 100.0))
        self.assertEqual(
            sorted(mass.communication_ids.mapped("body")), ["Hi Dana", "Hi Noa", "Hi Omer"]
        )

    def test_prepared_twice_is_sent_once(self):
        """BR3: a restart in the middle prepares nobody twice."""
        mass = self.start(self.mass())
        mass.write({"state": "preparing", "position": 0, "is_prepared": False})
        self.prepare(mass)
        self.assertEqual(len(mass.communication_ids), 3)

    def test_pause_resume_cancel(self):
        """BR2: what has not left can be held, goes on, and can be cancelled."""
        mass = self.start(self.mass())
        mass.action_pause()
        self.dispatch()
        self.assertEqual((mass.state, mass.sent), ("paused", 0))
        mass.action_resume()
        self.dispatch()
        mass.invalidate_recordset()
        self.assertEqual(mass.sent, 3)
        other = self.start(self.mass())
        other.action_cancel()
        self.assertEqual(set(other.communication_ids.mapped("state")), {"cancelled"})

    def test_typed_answer_passes(self):
        """BR3: a typed answer leaves before the mass send."""
        mass = self.start(self.mass())
        typed = self.people[1].kala_send("sms", body="typed")
        self._let_due_be_due()
        with self.job() as env:
            dispatcher = env["kala.dispatcher"]
            claim = dispatcher._claim()
            first = dispatcher._claimed_rows(claim, claim.ids)[0]
            self.assertEqual(first[0], typed.id)
        self.assertTrue(mass)

    def test_retry_failed(self):
        """BR2: the failed ones are sent again, as new attempts."""
        mass = self.start(self.mass())
        failed = mass.communication_ids[:1]
        self.dispatch()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_communication SET state = 'failed' WHERE id = %s", [failed.id]
        )
        failed.invalidate_recordset()
        mass.action_retry_failed()
        self.dispatch()
        self.assertEqual((failed.state, failed.attempt_count), ("delivered", 2))

    def test_rights_of_the_creator(self):
        """BR3: only records that the creator may read are written to."""
        own = self.lead(phone=DANA, user_id=self.salesman.id)
        foreign = self.lead(phone=NOA, user_id=self.manager.id)
        mass = self.mass(model="crm.lead", record_ids=(own | foreign).ids, user_id=self.salesman.id)
        self.start(mass)
        self.assertEqual(mass.communication_ids.lead_id, own)

    def test_by_filter(self):
        """BR1: all found, not only the selected."""
        mass = self.start(self.mass(record_ids=False, domain="[('name', 'in', ['Noa', 'Omer'])]"))
        names = mass.communication_ids.partner_id.mapped("name")
        self.assertEqual(set(names), {"Noa", "Omer"})

    def test_bad_input(self):
        """A broken filter and a broken text are refused when saved; nothing to send says so."""
        with self.assertRaises(ValidationError):
            self.mass(domain="[('no_such_field', '=', 1)]")
        with self.assertRaises(ValidationError):
            self.mass(body="{{ nobody }}")
        self.sms_line.user_ids = self.manager
        with self.assertRaisesRegex(UserError, "may not send"):
            self.mass(user_id=self.salesman.id, line_id=self.sms_line.id).action_start()
        with self.assertRaisesRegex(UserError, "Write a text"):
            self.mass(body=False).action_start()
