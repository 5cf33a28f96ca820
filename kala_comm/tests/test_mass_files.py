"""BR1 with files: each message of a mass send has its own, on channels that take files."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .mass_common import MassCommon


@tagged("post_install", "-at_install")
class TestMassFiles(MassCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.people[:3]
        cls.people.company_id = cls.company
        cls.file = cls.env["ir.attachment"].create(
            {"name": "plan.pdf", "raw": b"plan", "res_model": "kala.mass.send", "res_id": 0}
        )

    def mass(self, **values):
        files = [Command.set(self.file.ids)]
        return super().mass(**{"body": "Hi", "attachment_ids": files, **values})

    def test_br1_each_has_its_copy(self):
        """BR1, WA4: a file goes along with each message; it belongs to the record, as if it had
        been sent to that one alone, and stays when the mass send is deleted."""
        mass = self.mass()
        self.assertEqual(self.file.res_id, mass.id)
        mass.action_start()
        self.run_mass_job()
        messages = mass.communication_ids
        self.assertEqual([len(message.attachment_ids) for message in messages], [1, 1, 1])
        files = messages.attachment_ids
        self.assertEqual(len(files), 3)
        self.assertEqual(set(files.mapped("raw")), {b"plan"})
        self.assertEqual(set(files.mapped("store_fname")), {self.file.store_fname})
        self.assertEqual(set(files.mapped("name")), {"plan.pdf"})
        for message in messages:
            file = message.attachment_ids
            self.assertEqual((file.res_model, file.res_id), ("res.partner", message.res_id))
        self.dispatch()
        self.assertEqual((mass.sent, mass.failed), (3, 0))
        mass.action_cancel()
        mass.unlink()
        self.assertFalse(self.file.exists())
        self.assertEqual(set(files.exists().mapped("raw")), {b"plan"})

    def test_lo8_a_customer_of_several_companies(self):
        """BR1, LO8: what one company sends to a customer whom others may read is its own."""
        self.people.company_id = False
        mass = self.mass()
        mass.action_start()
        self.run_mass_job()
        for message in mass.communication_ids:
            file = message.attachment_ids
            self.assertEqual((file.res_model, file.res_id), (message._name, message.id))
            self.assertTrue(file.with_user(self.manager).raw)
            self.env.invalidate_all()
            self.assertTrue(self.people.with_user(self.stranger).has_access("read"))
            with self.assertRaises(AccessError):
                self.assertTrue(file.with_user(self.stranger).raw)

    def test_br1_emails(self):
        """BR1, MX1: the mails of Odoo carry it."""
        self._make_mailbox()
        self.people[0].email = "dana@example.com"
        mass = self.mass(channel="email", subject="Plan", record_ids=self.people[:1].ids)
        mass.action_start()
        self.run_mass_job()
        self.run_email_job()
        mail = self.env["mail.mail"].search([], order="id DESC", limit=1)
        self.assertEqual(mail.email_to, "dana@example.com")
        self.assertEqual(mail.attachment_ids.mapped("raw"), [b"plan"])

    def test_br1_files_alone(self):
        """BR1: files need no text."""
        mass = self.mass(body=False)
        mass.action_check()
        self.assertEqual(mass.check_counts["ok"], 3)
        with self.assertRaisesRegex(UserError, "Write a text"):
            self.mass(body=False, attachment_ids=False).action_check()

    def test_br2_says_what_is_refused(self):
        """BR2: too many files for the channel: a sentence, before anything is prepared."""
        more = self.env["ir.attachment"].create([{"name": f"{n}", "raw": b"x"} for n in range(11)])
        mass = self.mass(attachment_ids=[Command.set(more.ids)])
        self.assertTrue(mass.takes_files)
        for button in ("action_check", "action_start"):
            with self.assertRaisesRegex(UserError, "10 files"):
                getattr(mass, button)()

    def test_br2_another_file_is_counted_and_approved_anew(self):
        """BR2: who has counted or approved it has seen other files."""
        mass = self.mass()
        mass.action_check()
        mass.sudo().approver_id = self.env.ref("base.user_admin")
        mass.attachment_ids = False
        self.assertFalse(mass.check_state or mass.approver_id)
        mass.attachment_ids = self.file
        mass.action_start()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            mass.attachment_ids = False

    def test_sc4_hidden_file(self):
        """SC4: nobody sends a file that he may not read, neither one that somebody else chose."""
        hidden = self.env["ir.attachment"].create(
            {"name": "h", "raw": b"h", "res_model": "ir.cron", "res_id": 1}
        )
        masses = self.env["kala.mass.send"].with_user(self.manager)
        vals = {"name": "Sale", "record_ids": self.people.ids, "body": "Hi"}
        with self.assertRaises(AccessError):
            masses.create({**vals, "attachment_ids": [Command.set(hidden.ids)]})
        mass = masses.create(vals)
        with self.assertRaises(AccessError):
            mass.attachment_ids = [Command.link(hidden.id)]
        mass.sudo().attachment_ids = [Command.link(hidden.id)]
        with self.assertRaises(AccessError):
            mass.action_start()

    def test_br3_queries(self):
        """BR3: files cost no more queries for forty recipients than for four."""
        counts = []
        for size in (4, 40):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "phone": f"+97252{size:03}{n:04}"} for n in range(size)]
            )
            mass = self.mass(record_ids=people.ids)
            mass.action_start()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.run_mass_job()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(mass.communication_ids.attachment_ids), size)
        self.assertLess(counts[1], counts[0] + 5, counts)
