"""DE2, DE3 for e-mail: what a mail server got without an answer is not sent again by itself, and
what failed says why."""

import smtplib
from email import message_from_bytes
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import KalaCommon

SAYS = {
    "mail_smtp": ("connection", "mail server cannot be reached"),
    "mail_email_invalid": ("address", "address cannot be right"),
    "mail_email_missing": ("address", "no e-mail address"),
    "mail_from_invalid": ("sender", "sender's address cannot be right"),
    "mail_from_missing": ("sender", "no sender's address"),
    "mail_spam": ("rejected", "for spam"),
    "mail_bl": ("consent", "blacklist"),
    "mail_optout": ("consent", "opted out"),
    "mail_dup": ("rejected", "already"),
    "unknown": ("rejected", "did not take"),
}

REPORT = """From: MAILER-DAEMON@example.com
To: bounce@our.example.com
Subject: About your message
Message-Id: <{uid}.notice@example.com>
MIME-Version: 1.0
Content-Type: multipart/report; boundary=abc

--abc
Content-Type: {kind}

Reporting-MTA: dns; example.com

Final-Recipient: rfc822; dana@example.com
{field}

--abc
Content-Type: message/rfc822

Message-Id: <{uid}>
Subject: Hello

Hello
--abc--
"""


class Session:
    """A connection to a mail server, as far as Odoo uses it.

    :ivar list got: contents that it has got
    :ivar take: function that is called with each content
    """

    def __init__(self, answer=None, sender_answer=None, take=None):
        self.answer, self.sender_answer, self.take = answer, sender_answer, take
        self.got = []

    def send_message(self, message, *_addresses):
        if self.sender_answer:
            raise self.sender_answer
        self.data(message.as_bytes())

    def data(self, content):
        if isinstance(self.answer, smtplib.SMTPDataError):
            raise self.answer
        self.got.append(content)
        if self.take:
            self.take(content)
        if self.answer:
            raise self.answer
        return 250, b"OK"

    def quit(self):
        """It ends; nothing is kept open here."""


@tagged("post_install", "-at_install")
class TestEmailHandover(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_mailbox()
        cls.dana = cls.customer(cls, "Dana", email="dana@example.com")

    def written(self):
        """:return: (communication, mail) of an e-mail that a person wrote"""
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            message = self.dana.with_user(self.colleague).message_post(
                body="Hello",
                partner_ids=self.dana.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        sent = self.env["kala.communication"].search([("mail_message_id", "=", message.id)])
        self.assertEqual((len(mail), len(sent), mail.state), (1, 1, "outgoing"))
        return sent, mail

    def send(self, mail, session):
        """Hand a mail over as Odoo's queue does.

        :return: the exception that ends the run, else None
        """
        self.env.flush_all()
        servers = type(self.env["ir.mail_server"])
        with (
            self.job() as env,
            patch.object(servers, "_disable_send", lambda _self: False),
            patch.object(
                servers,
                "_prepare_email_message__",
                lambda _self, message, _session: (message["From"], [message["To"]], message),
            ),
            mute_logger(
                "odoo.addons.mail.models.mail_mail",
                "odoo.addons.kala_comm.models.email.kala_email_handover",
            ),
        ):
            fault = None
            try:
                env["mail.mail"].browse(mail.ids)._send(smtp_session=session)
            except smtplib.SMTPException as error:
                fault = error
        self.env.invalidate_all()
        return fault

    def test_accepted(self):
        """DE1: what the server takes is sent, once."""
        sent, mail = self.written()
        session = Session()
        self.assertFalse(self.send(mail, session))
        self.assertEqual(sent.state, "sent")
        self.assertEqual(len(session.got), 1)
        self.assertNotIn("data", vars(session))

    def kill(self, mail):
        """Odoo's server is killed while the mail server has the mail, and has not answered. All
        that is left is the mark of the handing over, in a transaction of its own: the cursor of a
        test has none. With a real server: ``tests/test_email_killed.py``."""
        with self.job() as env:
            env["kala.email.handover"]._mark(mail)

    def type(self, subject):
        """Somebody types an e-mail, and Odoo gets it."""
        self.dana.kala_send("email", subject=subject, body="x")
        self.run_email_job()

    def test_br3_typed_passes_a_batch(self):
        """BR3, SE3: while Odoo sends a batch of mass e-mails somebody types one: it leaves next, by
        a connection of its own, not after the batch; what was typed before leaves first."""
        people = self.dana + self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(3)]
        )
        vals = {"name": "Sale", "channel": "email", "subject": "Sale", "body": "Sale"}
        mass = self.env["kala.mass.send"].create({**vals, "record_ids": people.ids})
        mass.action_start()
        self.run_mass_job()
        last = self.env["mail.mail"].search([], limit=1)
        self.run_email_job()
        self.type("Before")
        batch = self.env["mail.mail"].search([("id", ">", last.id or 0)], order="id")
        left = []

        def take(content):
            left.append(message_from_bytes(content)["Subject"])
            if len(left) == 2:
                self.type("Meanwhile")

        servers = type(self.env["ir.mail_server"])
        with patch.object(servers, "_connect__", lambda *_args, **_options: Session(take=take)):
            self.send(batch, Session(take=take))
        self.assertEqual(left, ["Before", "Sale", "Meanwhile", "Sale", "Sale", "Sale"])
        self.assertEqual(mass.sent, 4)

    def test_no_answer(self):
        """DE3: the server got it and hung up, or never answered: nobody knows, and nobody sends it
        again by himself; a person says what is true."""
        for fault in (smtplib.SMTPServerDisconnected("gone"), TimeoutError("timed out")):
            with self.subTest(fault=fault):
                sent, mail = self.written()
                self.send(mail, Session(answer=fault))
                self.assertEqual(sent.state, "unknown")
                self.assertIn("answer is not known", sent.failure_reason)
                self.assertEqual(mail.state, "exception")
                sent.with_user(self.colleague).action_arrived()
                self.assertEqual((sent.state, mail.state), ("sent", "sent"))

    def test_killed(self):
        """DE3: what a killed server had handed over is unsure at the next look, by whichever job
        comes first, and leaves when a person sends it again."""
        for looks in ("queue", "job"):
            with self.subTest(looks=looks):
                sent, mail = self.written()
                self.kill(mail)
                if looks == "queue":
                    session = Session()
                    self.send(mail, session)
                    self.assertFalse(session.got)
                else:
                    logger = "odoo.addons.kala_comm.models.email.kala_email_handover"
                    with self.job() as env, mute_logger(logger):
                        env["kala.email.outbox"]._cron_run()
                    self.env.invalidate_all()
                self.assertEqual((sent.state, mail.state), ("unknown", "exception"))
                self.assertIn("send it again", sent.failure_reason)
                sent.with_user(self.colleague).action_resend()
                self.assertEqual((sent.state, mail.state), ("queued", "outgoing"))
                session = Session()
                self.send(mail, session)
                self.assertEqual((sent.state, len(session.got)), ("sent", 1))

    def test_odoos_own_button(self):
        """DE3: Odoo's Retry is a person's decision, too."""
        sent, mail = self.written()
        self.kill(mail)
        self.send(mail, Session())
        mail.action_retry()
        session = Session()
        self.send(mail, session)
        self.assertEqual((sent.state, len(session.got)), ("sent", 1))

    def test_hung_up_before(self):
        """DE2: a connection that is lost before the content went out is no doubt: it waits."""
        sent, mail = self.written()
        fault = smtplib.SMTPServerDisconnected("idle for too long")
        self.assertTrue(self.send(mail, Session(sender_answer=fault)))
        self.assertEqual((sent.state, mail.state), ("queued", "outgoing"))
        self.send(mail, Session())
        self.assertEqual(sent.state, "sent")

    def test_refused_content(self):
        """DE1: what the server refuses has failed, and no doubt."""
        sent, mail = self.written()
        self.send(mail, Session(answer=smtplib.SMTPDataError(554, b"too big")))
        self.assertEqual((sent.state, sent.failure_kind), ("failed", "rejected"))
        self.assertIn("too big", sent.failure_reason)

    def test_others_behave_as_odoo_does(self):
        """DE3: mails that carry none of our messages are Odoo's."""
        mail = self.env["mail.mail"].create(
            {"subject": "s", "body_html": "b", "email_to": "x@example.com", "email_from": "a@b.c"}
        )
        self.kill(mail)
        session = Session()
        self.send(mail, session)
        self.assertEqual((mail.state, len(session.got)), ("sent", 1))

    def test_sentences(self):
        """DE2: whatever kind of failure Odoo names, the log says what happened and what to do."""
        for failure_type, (kind, words) in SAYS.items():
            with self.subTest(failure_type=failure_type):
                sent, mail = self.written()
                mail.state = "exception"
                mail._postprocess_sent_message([], [], failure_type=failure_type)
                self.env.invalidate_all()
                self.assertEqual((sent.state, sent.failure_kind), ("failed", kind))
                self.assertIn(words, sent.failure_reason)
                self.assertNotIn("mail_", sent.failure_reason)
        types = dict(self.env["mail.mail"]._fields["failure_type"].selection)
        self.assertFalse(set(types) - set(SAYS))

    def test_what_was_said_is_kept(self):
        """DE2: the server's own words stand beside the sentence."""
        sent, mail = self.written()
        mail.write({"state": "exception", "failure_reason": "Connection refused"})
        mail._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertIn("Connection refused", sent.failure_reason)

    def test_only_its_own(self):
        """docs/architecture.md, 3.12: of a message in two mails, what happens to one says nothing
        of the other."""
        noa = self.customer("Noa", email="noa@example.com")
        _sent, mail = self.written()
        other = mail.copy(
            {"mail_message_id": mail.mail_message_id.id, "recipient_ids": [(6, 0, noa.ids)]}
        )
        by_address = {
            c.contact_value: c
            for c in self.env["kala.communication"].search(
                [("mail_message_id", "=", mail.mail_message_id.id)]
            )
        }
        other._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.env.invalidate_all()
        self.assertEqual(by_address["noa@example.com"].state, "failed")
        self.assertEqual(by_address["dana@example.com"].state, "queued")

    def test_notices_that_are_no_bounce(self):
        """DE1: what says that it was read, arrived or comes late does not say that it failed."""
        for kind, field, failed in (
            ("message/delivery-status", "Action: failed", True),
            ("message/delivery-status", "Action: delayed", False),
            ("message/delivery-status", "Action: delivered", False),
            ("message/disposition-notification", "Disposition: manual-action; displayed", False),
        ):
            with self.subTest(field=field):
                sent, mail = self.written()
                uid = mail.message_id.strip("<>")
                notice = REPORT.format(kind=kind, field=field, uid=uid)
                self.env["mail.thread"].message_process(None, notice.encode())
                self.env.invalidate_all()
                self.assertEqual(sent.state == "failed", failed)

    def test_arrived_is_for_unsure_ones(self):
        """DE3: what waits cannot be said to have arrived."""
        sent, _mail = self.written()
        with self.assertRaises(UserError):
            sent.with_user(self.colleague).action_arrived()
