"""docs/architecture.md, 3.5: a job that is woken when there is something to do sleeps meanwhile,
and nothing waits for its regular run."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import KalaCommon

#: Jobs that have nothing to do unless somebody wakes them.
SLEEPERS = ("mass_send", "email", "lane_2", "lane_3", "lane_4")


@tagged("post_install", "-at_install")
class TestJobSleep(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail_connection, cls.mailbox = cls._make_mailbox()

    def wakes(self, name):
        """:return: the moments for which a job is woken, the first first"""
        job = self.env.ref(f"kala_comm.ir_cron_{name}")
        self.env.flush_all()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        return sorted(triggers.mapped("call_at"))

    def forget(self, name):
        job = self.env.ref(f"kala_comm.ir_cron_{name}")
        self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]).unlink()

    def started(self, channel="sms", **values):
        """:return: a mass send whose recipients are prepared"""
        people = self.customer(phone="+972502345678", email="dana@example.com")
        mass = self.env["kala.mass.send"].create(
            {
                "name": "Sale",
                "channel": channel,
                "record_ids": people.ids,
                "subject": "News",
                "body": "Hi",
                **values,
            }
        )
        mass.action_start()
        self.run_mass_job()
        self.forget("mass_send")
        return mass

    def test_idle_jobs_sleep(self):
        """Of an idle database no job of ours runs every few minutes but those that look around."""
        for name in SLEEPERS:
            job = self.env.ref(f"kala_comm.ir_cron_{name}")
            with self.subTest(job=name):
                self.assertEqual((job.interval_number, job.interval_type), (1, "hours"))

    def test_br3_the_last_message_ends_it(self):
        """BR3: the job that ends a mass send is woken by the lane that sent its last message."""
        mass = self.started()
        self._let_due_be_due()
        with self.job() as env:
            env["kala.dispatcher"]._cron_run(2)
        self.assertTrue(self.wakes("mass_send"))
        self.run_mass_job()
        self.assertEqual(mass.state, "done")

    def test_br3_a_cancelled_message_ends_it(self):
        """BR3, WI4: the last message is cancelled by hand."""
        mass = self.started()
        mass.communication_ids.action_cancel()
        self.assertTrue(self.wakes("mass_send"))

    def test_br3_the_last_mail_ends_it(self):
        """BR3: the same where Odoo sent the last e-mail."""
        mass = self.started(channel="email")
        self.run_email_job()
        self.forget("mass_send")
        mail = self.env["mail.mail"].search([], order="id DESC", limit=1)
        mail.state = "sent"
        mail._postprocess_sent_message([], [mail.email_to])
        self.env.invalidate_all()
        self.assertFalse(mass.waiting)
        self.assertTrue(self.wakes("mass_send"))

    def test_br2_what_was_under_way_is_looked_after(self):
        """BR2: what is being sent when somebody pauses may come back to the queue."""
        mass = self.started()
        mass.action_pause()
        self.assertTrue(self.wakes("mass_send"))

    def test_wi1_an_email_of_later(self):
        """WI1: an e-mail that is due within the hour leaves when it is due; one that is due later
        is the regular run's."""
        for minutes, woken in ((20, True), (600, False)):
            with self.subTest(minutes=minutes):
                at = fields.Datetime.now() + timedelta(minutes=minutes)
                mail = self.customer(email="noa@example.com").kala_send(
                    "email", subject="News", body="Hi", send_after=at
                )
                self.forget("email")
                self.run_email_job()
                self.assertEqual(self.wakes("email"), [mail.send_after] if woken else [])
                mail.action_cancel()

    def test_de5_a_connection_works_again(self):
        """DE5: e-mails that waited for their connection leave when it is connected again."""
        self.mail_connection.action_pause()
        self.forget("email")
        self.mail_connection.action_connect()
        self.assertTrue(self.wakes("email"))
