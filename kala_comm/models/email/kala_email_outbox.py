import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.mail import formataddr, plaintext2html

from ...tools import const, states
from ...tools.outgoing import Wait
from ..connection import registry

_logger = logging.getLogger(__name__)

#: Mails of mass sends that Odoo has in hand at once: the others can still be held, changed,
#: cancelled. As many messages of people and rules are handed over in one run.
IN_HAND = 200
#: Seconds between two runs of the job that nobody wakes, and until it looks again at what it could
#: not hand over.
SLEEP, SOON = 3600, 60
JOB = "kala_comm.ir_cron_email"
#: Marks mails that carry messages of ours: they are in the log already.
CARRIES = "kala_email_carries"


class KalaEmailOutbox(models.AbstractModel):
    """Hands over to Odoo the e-mails that our outbox and mass sends have queued, as mails of
    Odoo's: it sends them, their state is mirrored (docs/architecture.md, 3.12). Until then they are
    held, scheduled, judged and counted like texts."""

    _name = "kala.email.outbox"
    _description = "E-mail Outbox"

    @api.model
    def _wake(self, at=None):
        """Wake the job when this transaction commits.

        :param datetime at: naive UTC; default: at once
        """
        job = self.env.ref(JOB).sudo()
        woken = [("cron_id", "=", job.id), ("call_at", ">", fields.Datetime.now())]
        if not at or not self.env["ir.cron.trigger"].sudo().search_count(
            [*woken, ("call_at", "<=", at)], limit=1
        ):
            job._trigger(at=at)

    @api.model
    def _cron_run(self):
        """Give Odoo its next mails; it wakes this job again when it has sent them."""
        self.env["kala.job"]._retrying(self.env["kala.email.handover"]._sweep)
        if not self.env["kala.fingerprint"]._fits():
            return
        claimed = self._claim()
        if self._hand_over_or_fault(claimed.ids):
            self._hand_over_one_by_one(claimed.ids)
        self.env["ir.cron"]._commit_progress(1, remaining=0)
        stopped = claimed.filtered(lambda c: c.state == const.FAILED)
        self.env["kala.dispatcher"]._announce(stopped.ids)
        self.env["kala.job"]._retrying(lambda: self._wake_next_jobs(stopped))

    @api.model
    def _wake_next_jobs(self, stopped):
        if stopped:
            stopped._mass_may_be_over()
        self._wake_for_next()

    @api.model
    def _wake_for_next(self):
        """Wake this job when the next e-mail is due; e-mails that are due after the next regular
        run are left to that run. An e-mail that is due now and was not handed over waits for its
        turn, or another transaction has locked it: it is tried again a minute later.

        Index: ``kala_communication_due_idx``.
        """
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT greatest(min(later.send_after), %(soon)s)
                 FROM kala_connection k
                CROSS JOIN unnest(%(priorities)s::int[]) AS p(priority)
                 JOIN LATERAL (
                      SELECT c.send_after FROM kala_communication c
                       WHERE c.connection_id = k.id AND c.priority = p.priority
                         AND c.channel = 'email' AND c.send_key IS NOT NULL
                         AND {states.is_in_line("c")}
                         AND c.send_after <= %(soon)s + %(sleep)s * interval '1 second'
                       ORDER BY c.send_after LIMIT 1) later ON TRUE
                WHERE k.state = 'connected' AND k.provider = ANY(%(providers)s)
               HAVING min(later.send_after) IS NOT NULL""",
            {
                "soon": fields.Datetime.now() + timedelta(seconds=SOON),
                "sleep": SLEEP,
                "priorities": list(const.PRIORITIES),
                "providers": self._own_providers(),
            },
        )
        for (at,) in self.env.cr.fetchall():
            self._wake(at=at)

    @api.model
    def _own_providers(self):
        """:return: codes of the providers whose messages this job hands over"""
        providers = registry.providers(self.env).items()
        return [code for code, model in providers if not model._is_dispatched]

    @api.model
    def _hand_over_or_fault(self, ids):
        """Hand over those of them that still wait, and commit.

        :return: the exception where that cannot be, else None
        """
        job = self.env["kala.job"]
        return job._do_or_fault(lambda: job._retrying(lambda: self._hand_over(self._claim(ids))))

    @api.model
    def _hand_over_one_by_one(self, ids):
        """At least one message cannot be made into a mail: it waits for a person, and the others
        leave."""
        stop = self.env["kala.dispatcher"]._stop_broken
        for communication_id in ids:
            fault = self._hand_over_or_fault([communication_id])
            if fault:
                _logger.warning("e-mail %s cannot be made", communication_id, exc_info=fault)
                self.env["kala.job"]._retrying(lambda i=communication_id, f=fault: stop(i, f))

    @api.model
    def _claim(self, ids=None):
        """Lock the next messages, typed ones first, as many as Odoo may get now. How many mass
        e-mails Odoo has in hand holds up mass e-mails only: who types one waits for none of them.

        Indexes: ``kala_communication_due_idx``, ``kala_communication_sending_idx``.

        :param list ids: only these
        """
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""SELECT id FROM (
                      SELECT due.*, row_number() OVER (
                                 PARTITION BY due.priority = %(mass)s
                                     ORDER BY due.priority, due.send_after, due.id) AS place
                        FROM kala_connection k
                        JOIN LATERAL (
                             SELECT c.id, c.priority, c.send_after FROM kala_communication c
                              WHERE c.connection_id = k.id AND c.channel = 'email'
                                AND {states.is_in_line("c")} AND c.send_key IS NOT NULL
                                AND c.send_after <= now() AT TIME ZONE 'UTC'
                                AND (%(ids)s::int[] IS NULL OR c.id = ANY(%(ids)s))
                              ORDER BY c.priority, c.send_after, c.id LIMIT %(in_hand)s
                                FOR UPDATE OF c SKIP LOCKED) due ON TRUE
                       WHERE k.state = 'connected' AND k.provider = ANY(%(providers)s)) n
                WHERE n.place <= %(in_hand)s - CASE WHEN n.priority = %(mass)s THEN (
                      SELECT count(*) FROM kala_communication
                       WHERE {states.is_sending()} AND channel = 'email'
                         AND send_key IS NOT NULL AND priority = %(mass)s) ELSE 0 END
                ORDER BY n.priority, n.send_after, n.id
                LIMIT %(in_hand)s""",
            {
                "ids": ids,
                "in_hand": IN_HAND,
                "providers": self._own_providers(),
                "mass": const.PRIORITY_MASS,
            },
        )
        return self.env["kala.communication"].browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _hand_over(self, communications):
        """Make the mails of claimed messages, all at once."""
        communications = self._past_gate(communications)
        if not communications:
            return
        self._drop_old_mails(communications)
        mails = (
            self.env["mail.mail"]
            .with_context(**{CARRIES: True})
            .create([self._prepare_mail_vals(c) for c in communications])
        )
        self._mark_sending(communications, mails)
        communications._moved()
        self.env["kala.outgoing.email"]._wake(fields.Datetime.now())

    @api.model
    def _past_gate(self, communications):
        """A contact may have opted out since the message was queued (CO2), and a sender may be
        refused by now (EM6)."""
        verdicts = self.env["kala.gate"]._judge(communications._outgoing())
        verdicts.update(self.env["kala.sender"]._stops(communications))
        for n, verdict in verdicts.items():
            communications[n]._hold(verdict)
        waiting = [v.until for v in verdicts.values() if isinstance(v, Wait)]
        if waiting:
            self._wake(at=min(waiting))
        return communications.browse(
            c.id for n, c in enumerate(communications) if n not in verdicts
        )

    @api.model
    def _drop_old_mails(self, communications):
        """Delete the mails of earlier tries, so that nobody sends them by Odoo's own buttons."""
        self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", communications.mail_message_id.ids),
                ("state", "in", ("exception", "cancel")),
            ]
        ).unlink()
        communications.invalidate_recordset(["mail_message_id"])

    @api.model
    def _prepare_mail_vals(self, communication):
        """The message in the chatter carries the mail where there is one, so that replies find
        their thread; else the mail has one of its own, which goes with it."""
        line = communication.line_id
        author = communication.user_id.partner_id
        name = author.name or communication.company_id.name
        kept, sender = communication.mail_message_id, communication.sender_id
        vals = {
            "subject": communication.subject or communication.company_id.name,
            "body_html": self._body_html(communication),
            "email_from": sender._from(communication.sender_name)
            if sender
            else formataddr((name, line.address)),
            "reply_to": line.address,
            "email_to": communication.contact_value,
            "author_id": author.id,
            "attachment_ids": [(6, 0, communication.attachment_ids.ids)],
            "auto_delete": True,
        }
        if kept:
            return dict(vals, mail_message_id=kept.id, is_notification=True)
        return dict(
            vals,
            model=communication.res_model,
            res_id=communication.res_id,
            message_type="email_outgoing",
            is_notification=False,
            record_name=communication.record_name,
        )

    @api.model
    def _body_html(self, communication):
        """:return: str: with the design of its template (EM3), or as it was written; the details
        of the company under it (EM4)"""
        sender, designed = communication.sender_id, self._designed(communication)
        if designed:
            templates = self.env["kala.template"]
            return templates._mail_html(designed, communication.company_id, sender._footer_lines())
        return self._html(communication.body) + (sender._footer() if sender else "")

    @api.model
    def _designed(self, communication):
        """:return: dict: what the design of an e-mail is made of; empty where it has none"""
        values = communication.template_values or {}
        return values if "source" in values else {}

    @api.model
    def _plain_of(self, mail):
        """:return: str: the part without HTML of a mail with a design, else empty: what Odoo would
        make of its tables is hard to read"""
        messages = self.env["kala.outgoing.email"]._of_mails(mail)
        designed = messages.filtered(self._designed)[:1]
        if not designed:
            return ""
        footer = designed.sender_id._footer_lines()
        return "\n".join([designed.body, *(["", "-- ", *footer] if footer else [])])

    @api.model
    def _html(self, text):
        """:return: the text as it was written, each paragraph in its own direction"""
        return plaintext2html(text or "", container_tag="div").replace("<p>", '<p dir="auto">')

    @api.model
    def _mark_sending(self, communications, mails):
        """Odoo has the mails: from now on Odoo tells their state. Index: primary key."""
        self.env.flush_all()
        communications._move(
            "send",
            [
                {"id": communication.id, "message_id": message.id, "uid": message.message_id}
                for communication, message in zip(
                    communications, mails.mail_message_id, strict=True
                )
            ],
            const.SENDING,
            columns={
                "attempt_count": SQL("COALESCE(c.attempt_count, 0) + 1"),
                "mail_message_id": SQL("n.message_id"),
                "provider_uid": SQL("n.uid"),
                "wait_reason": None,
                "claim_token": None,
                "claimed_until": None,
            },
        )
        self.env["kala.attempt"]._begin(communications)

    @api.model
    def _take_back(self, communications):
        """Take back what Odoo has not sent yet: it can be held or cancelled again (BR2)."""
        mails = self.env["mail.mail"].search(
            [
                ("mail_message_id", "in", communications.mail_message_id.ids),
                ("state", "=", "outgoing"),
            ]
        )
        mails.write({"state": "cancel"})
        back = communications.filtered(lambda c: c.mail_message_id in mails.mail_message_id)
        # What follows is the mass send's, which takes them back.
        queued = back._move("return", back, const.QUEUED)
        self.env["kala.attempt"]._end_taken_back(queued)
