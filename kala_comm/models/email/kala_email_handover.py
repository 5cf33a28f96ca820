import logging
import smtplib
from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import api, fields, models

from ...tools import const, states

_logger = logging.getLogger(__name__)

#: Carries to where Odoo tells what became of a mail how its handing over went.
WATCH = "kala_handover"
#: Seconds after which the other mails of a lost connection are tried again.
AGAIN_AFTER = 60


class Watch:
    """How the handing over of one mail goes.

    :ivar bool is_unsure: the server has got its content, and has not said whether it takes it
    """

    def __init__(self):
        self.is_unsure = False


class KalaEmailHandover(models.Model):
    """Mails of ours whose content a mail server has got (DE3). Odoo sends a mail and writes down
    the result in one transaction. When the server is killed, that transaction is lost, and Odoo
    would send the mail again. So a row of this model is committed just before the mail leaves, in
    a transaction of its own. A mail that has a row and still waits is unsure: no job sends it
    again.

    It is no field of the mail, which is locked meanwhile, nor refers to it, which may not be
    committed yet.
    """

    _name = "kala.email.handover"
    _description = "E-mail Given to a Mail Server"
    _log_access = False

    mail_id = fields.Integer(required=True)
    date = fields.Datetime(required=True)

    _mail_uniq = models.UniqueIndex("(mail_id)", "The mail has been handed over.")

    # ------------------------------------------------------------------ before

    @api.model
    def _carrying(self, mails):
        """:return: those of the mails that carry messages of our log; the others are Odoo's"""
        messages = self.env["kala.outgoing.email"]._of_messages(mails.mail_message_id)
        return mails.filtered(lambda m: m.mail_message_id in messages.mail_message_id)

    @api.model
    def _of_mass_sends(self, mails):
        """:return: those of the mails that carry messages of mass sends"""
        messages = self.env["kala.outgoing.email"]._of_messages(mails.mail_message_id)
        mass = messages.filtered(lambda c: c.priority == const.PRIORITY_MASS).mail_message_id
        return mails.filtered(lambda m: m.mail_message_id in mass)

    @api.model
    def _typed_mails(self, without):
        """Find the mails that people have typed, and that Odoo has not sent yet.

        Indexes: ``kala_communication_sending_idx``, ``mail_mail__mail_message_id_index``.

        :param without: ids of mails that do not count
        """
        self.env["mail.mail"].flush_model(["state", "mail_message_id"])
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT m.id FROM kala_communication c
                 JOIN mail_mail m ON m.mail_message_id = c.mail_message_id
                WHERE {states.is_sending("c")} AND c.channel = 'email' AND c.priority = %s
                  AND m.state = 'outgoing' AND m.id <> ALL(%s)
                ORDER BY m.id""",
            [const.PRIORITY_PERSON, list(without)],
        )
        return self.env["mail.mail"].browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _take(self, mail):
        """Lock a mail, and the messages that it carries, until the transaction ends. Nobody else
        may send the mail meanwhile. A change of the messages must fail before the mail is handed
        over, not after.

        Indexes: primary keys.

        :return: whether it may be handed over: nobody else has it in hand, and it was not handed
            over before without an answer
        """
        mail.flush_recordset()
        self.env.cr.execute(
            "SELECT id FROM mail_mail WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [mail.id]
        )
        if not self.env.cr.fetchall():
            return False
        if not self._lock(self.env["kala.outgoing.email"]._of_mails(mail)):
            # The queue of mails sends it at once, in a transaction that sees the change.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return False
        if mail.state != "outgoing" or not self._is_marked(mail):
            return True
        self._note_unsure(mail)
        return False

    @api.model
    def _lock(self, messages):
        """:return: whether the messages are as this transaction sees them; Odoo does not try again
        what it does after a commit"""
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    """SELECT id FROM kala_communication WHERE id = ANY(%s)
                        ORDER BY id FOR NO KEY UPDATE""",
                    [messages.ids],
                    log_exceptions=False,
                )
        except psycopg2.errors.SerializationFailure:
            return False
        return True

    @api.model
    def _is_marked(self, mail):
        """A new transaction reads it, since other transactions may have committed meanwhile.
        Index: ``kala_email_handover_mail_uniq``."""
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT 1 FROM kala_email_handover WHERE mail_id = %s", [mail.id])
            return bool(cr.fetchall())

    @api.model
    def _mark(self, mail):
        """Write down that a mail server gets a mail now, and commit."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                """INSERT INTO kala_email_handover (mail_id, date)
                   VALUES (%s, now() AT TIME ZONE 'UTC')
                       ON CONFLICT (mail_id) DO UPDATE SET date = EXCLUDED.date""",
                [mail.id],
            )

    @api.model
    def _unmark(self, mails):
        """Forget the handover of these mails: somebody wants to send them, also a second time.
        Index: ``kala_email_handover_mail_uniq``."""
        self.env.cr.execute(
            "DELETE FROM kala_email_handover WHERE mail_id = ANY(%s)", [list(mails.ids)]
        )

    @api.model
    @contextmanager
    def _watching(self, mail, session):
        """Mark a mail just before its content leaves. A mail that is refused earlier has not left.

        :param session: ``smtplib.SMTP``, or None where Odoo opens one by itself
        :return: Watch
        """
        watch = Watch()
        content = getattr(session, "data", None)
        if content is None:
            self._mark(mail)
            yield watch
            return

        def hand_over(message):
            self._mark(mail)
            watch.is_unsure = True
            try:
                answer = content(message)
            except smtplib.SMTPDataError:
                watch.is_unsure = False
                raise
            watch.is_unsure = False
            return answer

        session.data = hand_over
        try:
            yield watch
        finally:
            del session.data

    # ------------------------------------------------------------------ after

    @api.model
    def _note_lost_connection(self, mail, watch):
        """The mail server ended the connection. Odoo writes no result for such a mail. Where the
        content of the mail had not left, the mail waits for its next turn."""
        if watch.is_unsure:
            self._note_unsure(mail)
        else:
            mail.write({"state": "outgoing", "failure_type": False, "failure_reason": False})
        at = fields.Datetime.now() + timedelta(seconds=AGAIN_AFTER)
        self.env["kala.outgoing.email"]._wake(at)

    @api.model
    def _note_unsure(self, mails):
        """Say that nobody knows whether these arrived: a person decides (DE3)."""
        _logger.warning("mails %s were handed over without an answer", mails.ids)
        reason = self._reason()
        mails.write({"state": "exception", "failure_type": "unknown", "failure_reason": reason})
        self.env["mail.notification"].search(
            [
                ("mail_mail_id", "in", mails.ids),
                ("notification_type", "=", "email"),
                ("notification_status", "not in", ("sent", "canceled")),
            ]
        ).write(
            {
                "notification_status": "exception",
                "failure_type": "unknown",
                "failure_reason": reason,
            }
        )
        self.env["kala.outgoing.email"]._set_unsure(mails, reason)

    @api.model
    def _reason(self):
        return self.env._(
            "The mail server got this e-mail, and its answer is not known. Ask the recipient, then"
            " say that it arrived or send it again."
        )

    @api.model
    def _sweep(self):
        """Find the mails that were handed over and still wait: their server was killed. One that is
        being sent is locked. Indexes: ``kala_email_handover_mail_uniq``, primary key of mails.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT m.id FROM kala_email_handover h JOIN mail_mail m ON m.id = h.mail_id
                WHERE m.state = 'outgoing' FOR NO KEY UPDATE OF m SKIP LOCKED"""
        )
        left = self.env["mail.mail"].browse([row[0] for row in self.env.cr.fetchall()])
        if left:
            self._note_unsure(left)
        # Their mails have their answer.
        self.env.cr.execute(
            """DELETE FROM kala_email_handover h
                WHERE h.date < now() AT TIME ZONE 'UTC' - interval '1 hour'
                  AND NOT EXISTS (SELECT 1 FROM mail_mail m
                                   WHERE m.id = h.mail_id AND m.state = 'outgoing')"""
        )
