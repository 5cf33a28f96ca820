"""BR1–BR3 for e-mail: a mass send that Odoo sends, each address at most once."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools import const

from .common import DANA
from .mass_common import MassCommon


@tagged("post_install", "-at_install")
class TestMassEmail(MassCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail_connection, cls.mailbox = cls._make_mailbox()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": "Dana Levi", "email": "dana@example.com"},
                {"name": "Noa", "email": "Noa <noa@example.com>"},
                {"name": "Omer", "email": "omer@example.com"},
                {"name": "Twin of Dana", "email": "DANA@example.com"},
                {"name": "Nobody"},
            ]
        )

    def mass(self, **values):
        vals = {
            "name": "Sale",
            "channel": "email",
            "record_ids": self.people.ids,
            "subject": "News for {{ first_name }}",
            "body": "Hi {{ first_name }},\n\nsee https://example.com/?a=1&b=2",
            **values,
        }
        vals = {name: value for name, value in vals.items() if value is not None}
        return self.env["kala.mass.send"].create(vals)

    def hand_over(self):
        """:return: the mails that Odoo got"""
        last = self.env["mail.mail"].search([], order="id DESC", limit=1).id or 0
        self.run_email_job()
        return self.env["mail.mail"].search([("id", ">", last)])

    def deliver(self, mails, refused=()):
        """Odoo's server takes the mails, but for those to some addresses."""
        for mail in mails:
            address = mail.email_to
            if address in refused:
                mail.state = "exception"
                mail._postprocess_sent_message([], [], "550 no such user", "unknown")
            else:
                mail.state = "sent"
                mail._postprocess_sent_message([], [address])
        self.env.invalidate_all()

    def test_au6_stopped_at_the_last_moment(self):
        """CO2, AU6: an e-mail that the gate stops when it is its turn is a failure like others."""
        mass = self.start(self.mass())
        self.env["mail.blacklist"]._add("noa@example.com")
        self.hand_over()
        stopped = mass.communication_ids.filtered(lambda c: c.state == "failed")
        self.assertEqual(stopped.mapped("contact_value"), ["noa@example.com"])
        self.assertTrue(stopped.failed_date)

    def test_br1_mails_of_odoo(self):
        """BR1, BR2, BR3: each address once, from our mailbox, with its own subject and text;
        counted like texts, with reasons."""
        mass = self.start(self.mass())
        self.assertEqual((mass.total, mass.waiting, mass.skipped), (5, 3, 2))
        reasons = {skip.record_name: skip.reason for skip in mass.skip_ids}
        self.assertEqual(reasons, {"Twin of Dana": "duplicate", "Nobody": "no_address"})
        mails = self.hand_over()
        self.assertEqual(len(mails), 3)
        mail = mails.filtered(lambda m: m.email_to == "dana@example.com")
        self.assertEqual(mail.subject, "News for Dana")
        self.assertIn("sales@our.example.com", mail.email_from)
        self.assertEqual(mail.reply_to, "sales@our.example.com")
        self.assertIn("Hi Dana,", mail.body_html)
        self.assertIn('href="https://example.com/?a=1&amp;b=2"', mail.body_html)
        self.assertEqual(self.hand_over(), self.env["mail.mail"], "nobody twice")
        self.deliver(mails)
        self.assertEqual((mass.sent, mass.waiting, mass.failed), (3, 0, 0))
        self.assertEqual(
            mass.communication_ids.attempt_ids.mapped("state"), ["sent", "sent", "sent"]
        )

    def test_lo1_logged_once(self):
        """LO1: one entry for each address; no line in the chatter stays."""
        mass = self.start(self.mass())
        self.deliver(self.hand_over())
        logged = self.env["kala.communication"].search(
            [("channel", "=", "email"), ("direction", "=", "out")]
        )
        self.assertEqual(logged, mass.communication_ids)
        lines = self.people[0].message_ids.filtered(lambda m: m.message_type == "email_outgoing")
        self.assertFalse(lines)

    def test_co1_consent(self):
        """CO1, CO2: the blacklist and who opted out, before and after preparing."""
        self.env["mail.blacklist"]._add("noa@example.com")
        mass = self.mass()
        mass.action_check()
        self.assertEqual(mass.check_counts["consent"], 1)
        self.start(mass)
        self.env["mail.blacklist"]._add("omer@example.com")
        mails = self.hand_over()
        self.assertEqual(mails.mapped("email_to"), ["dana@example.com"])
        late = mass.communication_ids.filtered(lambda c: c.contact_value == "omer@example.com")
        self.assertEqual((late.state, late.failure_kind), ("failed", "consent"))

    def test_br2_pause_resume_cancel(self):
        """BR2: also what Odoo has in its queue is held, goes on once, and can be cancelled."""
        mass = self.start(self.mass())
        mails = self.hand_over()
        mass.action_pause()
        self.assertEqual(set(mails.mapped("state")), {"cancel"})
        self.assertEqual(set(mass.communication_ids.mapped("state")), {"scheduled"})
        self.assertFalse(self.hand_over())
        mass.action_resume()
        again = self.hand_over()
        self.assertEqual(len(again), 3)
        self.assertFalse(mails.exists(), "nobody sends the old ones")
        self.deliver(again[:1])
        mass.action_cancel()
        states = mass.communication_ids.mapped("state")
        self.assertEqual(sorted(states), ["cancelled", "cancelled", "sent"])
        self.assertEqual(set(again.exists().mapped("state")), {"cancel"})

    def test_br2_retry_failed(self):
        """BR2, DE4: what the server refused is sent again, as a new attempt; the rest is not."""
        mass = self.start(self.mass())
        self.deliver(self.hand_over(), refused=["noa@example.com"])
        self.assertEqual((mass.sent, mass.failed), (2, 1))
        mass.action_retry_failed()
        again = self.hand_over()
        self.assertEqual(again.mapped("email_to"), ["noa@example.com"])
        self.deliver(again)
        noa = mass.communication_ids.filtered(lambda c: c.contact_value == "noa@example.com")
        self.assertEqual(noa.attempt_ids.sorted("number").mapped("state"), ["failed", "sent"])

    def test_br3_not_all_at_once(self):
        """BR3: Odoo has some in hand; the rest can be held, and a typed one passes."""
        with patch("odoo.addons.kala_comm.models.email.kala_email_outbox.IN_HAND", 2):
            mass = self.start(self.mass())
            first = self.hand_over()
            self.assertEqual((len(first), len(self.hand_over())), (2, 0))
            self.deliver(first)
            self.assertEqual(len(self.hand_over()), 1)
        self.assertEqual(mass.waiting, 1)

    def test_br3_typed_waits_for_none(self):
        """BR3, SE3: as many mass e-mails as may be are in Odoo's hand, and more of them wait: who
        types one then, and whom a rule writes to, gets it at once; of the others none leaves."""
        with patch("odoo.addons.kala_comm.models.email.kala_email_outbox.IN_HAND", 2):
            mass = self.start(self.mass())
            self.assertEqual(len(self.hand_over()), 2)
            typed = self.people[0].kala_send("email", subject="Hi", body="Typed").sudo()
            automatic = self.people[1].with_context(kala_priority=const.PRIORITY_AUTOMATION)
            ruled = automatic.sudo().kala_send("email", subject="Hi", body="Ruled").sudo()
            self.assertEqual(
                self.hand_over().mail_message_id, (typed | ruled).mail_message_id, "both, no other"
            )
        self.assertEqual((typed.state, ruled.state), ("sending", "sending"))
        self.assertEqual(sorted(mass.communication_ids.mapped("state")).count("sending"), 2)

    def test_br3_queries(self):
        """BR3: handing over costs no more queries for forty than for four, per mail."""
        counts = []
        for size in (4, 40):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "email": f"p{size}.{n}@example.com"} for n in range(size)]
            )
            self.start(self.mass(record_ids=people.ids))
            self._let_due_be_due()
            before = self.env.cr.sql_log_count
            got = self.hand_over()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(got), size)
        self.assertLess(counts[1], counts[0] + 10, counts)

    def test_mx1_answer_finds_its_record(self):
        """MX1, MA7: who answers a mass e-mail comes back to the record that it was about."""
        old, new = (self.lead(name, partner_id=self.people[0].id) for name in ("Old", "New"))
        mass = self.start(self.mass(model="crm.lead", record_ids=old.ids))
        mails = self.hand_over()
        uid = mails.message_id
        self.deliver(mails)
        raw = (
            "From: dana@example.com\nTo: sales@our.example.com\nSubject: Re: News\n"
            f"Message-Id: <answer@example.com>\nIn-Reply-To: {uid}\nReferences: {uid}\n\nYes\n"
        )
        self.env["mail.thread"].message_process("crm.lead", raw)
        answer = self.env["kala.communication"].search(
            [("channel", "=", "email"), ("direction", "=", "in")]
        )
        self.assertEqual((answer.lead_id, answer.match_rule), (old, "reply"))
        self.assertTrue(mass and new)

    def test_br2_says_what_is_missing(self):
        """BR2: no subject, no mailbox: a sentence."""
        with self.assertRaisesRegex(UserError, "subject"):
            self.mass(subject=False).action_start()
        self.mail_connection.state = "draft"
        with self.assertRaisesRegex(UserError, "No line for this channel"):
            self.mass().action_start()

    def test_te1_subject_of_the_template(self):
        """TE1, TE4: the template's subject is proposed, in the contact's language."""
        self.env["res.lang"]._activate_lang("he_IL")
        template = self.env["kala.template"].create(
            {"name": "T", "channel": "email", "subject": "Hi {{ first_name }}", "body": "x"}
        )
        template.with_context(lang="he_IL").subject = "שלום {{ first_name }}"
        self.people[0].lang = "he_IL"
        mass = self.mass(subject=None, body=None, template_id=template.id)
        self.assertEqual(mass.subject, "Hi {{ first_name }}")
        self.start(mass)
        subjects = {c.contact_value: c.subject for c in mass.communication_ids}
        self.assertEqual(subjects["dana@example.com"], "שלום Dana")
        self.assertEqual(subjects["omer@example.com"], "Hi Omer")

    def test_de1_taken_back_in_odoo(self):
        """DE1, TA3: a mail that somebody cancels or deletes in Odoo does not leave: its message is
        cancelled, counts no more, and is no answer."""
        task = self.incoming(sender=DANA).activity_id
        typed = self.people[0].kala_send("email", subject="Hi", body="Hello").sudo()
        task.action_feedback(feedback="Answered")
        task.kala_answer_id = typed
        mass = self.start(self.mass())
        mails = self.hand_over().grouped("email_to")
        dana = mails["dana@example.com"].grouped(lambda m: m.mail_message_id)
        dana[typed.mail_message_id].cancel()
        mails["noa@example.com"].unlink()
        self.env.invalidate_all()
        states = {c.contact_value: c.state for c in mass.communication_ids}
        self.assertEqual(
            states,
            {
                "dana@example.com": "sending",
                "noa@example.com": "cancelled",
                "omer@example.com": "sending",
            },
        )
        self.assertEqual(typed.state, "cancelled")
        self.assertTrue(task.active)
        self.deliver(mails["omer@example.com"])
        dana[typed.mail_message_id].mark_outgoing()
        self.deliver(dana[typed.mail_message_id])
        self.assertEqual((mass.sent, mass.waiting, typed.state), (1, 1, "sent"))

    def test_de1_taken_back_with_its_record(self):
        """DE1, BR2, MA12: Odoo's mails go with the record; the log stays, and the mass send
        ends."""
        mass = self.start(self.mass())
        self.hand_over()
        omer = mass.communication_ids.filtered(lambda c: c.contact_value == "omer@example.com")
        self.people[2].unlink()
        self.env.invalidate_all()
        self.assertEqual((omer.state, mass.waiting), ("cancelled", 2))

    def test_qu12_deleting_asks_once(self):
        """QU12, DE1: whose deletion takes no mail of ours along asks for none: a mail whose state
        is known, and records of other models."""
        asked = []
        model = self.env.registry["mail.mail"]
        search = model.search

        def _search(mails, domain, *args, **kwargs):
            asked.append(domain)
            return search(mails, domain, *args, **kwargs)

        mail = self.env["mail.mail"].create({"email_to": "x@example.com", "state": "sent"})
        message, team = mail.mail_message_id, self.env["crm.team"].create({"name": "Galil"})
        self.patch(model, "search", _search)
        team.unlink()
        mail.unlink()
        self.assertFalse(message.exists())
        self.assertEqual(asked, [])

    def test_de4_taken_back_before_it_left(self):
        """DE4, BR2: a try that was taken back says so, and is none of the tries that are left."""
        mass = self.start(self.mass())
        mails = self.hand_over()
        mails.filtered(lambda m: m.email_to == "noa@example.com").cancel()
        mass.action_pause()
        self.env.invalidate_all()
        attempts = mass.communication_ids.attempt_ids
        self.assertEqual(attempts.mapped("state"), ["cancelled"] * 3)
        self.assertEqual([c._tries() for c in mass.communication_ids], [0, 0, 0])
        mass.action_resume()
        self.deliver(self.hand_over())
        sent = mass.communication_ids.filtered(lambda c: c.state == "sent")
        self.assertEqual(sent[0].attempt_ids.mapped("state"), ["sent", "cancelled"])

    def test_br3_sent_by_odoos_button_meanwhile(self):
        """BR3: what somebody sends by Odoo's own button while the mass send is paused is not sent
        again when it goes on."""
        mass = self.start(self.mass())
        mails = self.hand_over()
        mass.action_pause()
        mail = mails.filtered(lambda m: m.email_to == "omer@example.com")
        mail.mark_outgoing()
        omer = mass.communication_ids.filtered(lambda c: c.contact_value == "omer@example.com")
        self.assertEqual(omer.state, "sending")
        mass.action_resume()
        self.assertEqual(
            sorted(self.hand_over().mapped("email_to")), ["dana@example.com", "noa@example.com"]
        )

    def test_br3_one_bad_mail_holds_no_other(self):
        """BR3: a mail that cannot be made waits for a person, with the reason; the others leave."""
        mass = self.start(self.mass())
        second = self.env["kala.line"].create(
            {
                "name": "No mailbox yet",
                "channel": "email",
                "connection_id": self.mail_connection.id,
                "address": False,
            }
        )
        bad = mass.communication_ids.filtered(lambda c: c.contact_value == "noa@example.com")
        bad.line_id = second
        with mute_logger("odoo.addons.kala_comm.models.email.kala_email_outbox"):
            mails = self.hand_over()
        self.assertEqual(sorted(mails.mapped("email_to")), ["dana@example.com", "omer@example.com"])
        self.assertEqual((bad.state, bad.failure_kind), ("failed", "rejected"))
        self.assertTrue(bad.failure_reason and bad.failed_date)
        self.assertEqual(self.hand_over(), self.env["mail.mail"], "nobody twice")
