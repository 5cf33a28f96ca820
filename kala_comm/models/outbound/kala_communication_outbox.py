import urllib.parse
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import backoff, channels, const, states
from ...tools.outgoing import Wait

#: Fields that the gate looks at before a message leaves. The limit of its writer is no matter then:
#: it counts when the message is queued.
JUDGED = (
    "company_id line_id channel contact_kind contact_value partner_id ignore_window template_id "
    "template_values is_service res_model res_id is_other_address to_user_id mass_send_id"
).split()


class KalaCommunication(models.Model):
    """The outbox side of the log: what waits, what was tried, and whether it is tried again (DE).
    How its state moves: ``log/kala_communication_state.py``."""

    _inherit = "kala.communication"

    send_key = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Our own id, which the provider repeats in its reports.",
    )
    request_key = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="Makes a repeated request return the first result.",
    )
    priority = fields.Integer(readonly=True, help="0 a person, 1 an automation, 2 a mass send.")
    origin = fields.Char(readonly=True, help="Who or what caused it, if no user did.")
    wait_reason = fields.Selection(const.WAIT_REASONS, readonly=True)
    send_after = fields.Datetime(readonly=True)
    not_before = fields.Datetime(
        readonly=True,
        copy=False,
        help="The time that was asked for, of what waits for a send window.",
    )
    ignore_window = fields.Boolean(readonly=True)
    mass_send_id = fields.Many2one("kala.mass.send", readonly=True, ondelete="set null")
    template_id = fields.Many2one("kala.template", readonly=True, ondelete="set null")
    template_values = fields.Json(
        readonly=True,
        help="Of a template that the provider keeps: its name and what its variables say.",
    )
    is_service = fields.Boolean(
        readonly=True, help="The confirmation of an opt-out: it passes the consent gate."
    )
    is_other_address = fields.Boolean(
        readonly=True,
        help="The address is not on the card: the customer's consent counts for it (SE3).",
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="To one of us",
        readonly=True,
        ondelete="set null",
        help="The message is about the record, and goes to this user.",
    )
    claim_token = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    claimed_until = fields.Datetime(readonly=True, copy=False, groups=fields.NO_ACCESS)
    attempt_ids = fields.One2many("kala.attempt", "communication_id", readonly=True)
    attempt_count = fields.Integer(readonly=True)
    tries_before = fields.Integer(
        readonly=True,
        copy=False,
        help="Attempts made before a person sent it again: they do not use up its tries.",
    )
    failure_kind = fields.Selection(const.FAILURE_KINDS, readonly=True)
    failure_reason = fields.Char(readonly=True)
    failed_date = fields.Datetime(
        readonly=True, help="When it failed; automation rules about failures look here."
    )

    _send_key_uniq = models.UniqueIndex("(send_key) WHERE send_key IS NOT NULL")
    _request_key_uniq = models.UniqueIndex(
        "(company_id, request_key) WHERE request_key IS NOT NULL",
        "This message was requested before.",
    )
    # By connection, so that what a paused one keeps is not looked at (DE5).
    _due_idx = models.Index(
        f"(connection_id, priority, send_after, id) WHERE {states.is_in_line()}"
    )
    # Only the oldest unsent message of a line and recipient may be claimed
    # (docs/architecture.md, 3.5).
    _recipient_idx = models.Index(
        "(line_id, contact_value, priority, id) "
        f"WHERE direction = 'out' AND {states.is_on_its_way()}"
    )
    # What is sent to a recipient at this moment holds the next message of the same line.
    _under_way_idx = models.Index(
        f"(line_id, contact_value) WHERE direction = 'out' AND {states.is_sending()}"
    )
    # Each address gets a mass send once (BR3).
    _mass_address_uniq = models.UniqueIndex(
        "(mass_send_id, contact_kind, contact_value)"
        " WHERE mass_send_id IS NOT NULL AND fallback_of_id IS NULL",
        "The address is among the recipients already.",
    )
    _origin_idx = models.Index("(origin, create_date) WHERE origin IS NOT NULL")
    _mass_state_idx = models.Index("(mass_send_id, state) WHERE mass_send_id IS NOT NULL")
    _sending_idx = models.Index(f"(claimed_until) WHERE {states.is_sending()}")
    _trouble_idx = models.Index(
        f"(company_id, state, date DESC) WHERE {states.is_any(const.FAILED, const.UNKNOWN)}"
    )
    # What the inbox shows of a record beside what was said (LO9).
    _open_end_idx = models.Index(
        f"(res_model, res_id, date DESC) WHERE res_id IS NOT NULL AND {states.is_open_end()}"
    )
    _planned_idx = models.Index(f"(company_id, send_after, id) WHERE {states.is_planned()}")

    # ------------------------------------------------------------------ keys

    def _echo_key(self):
        """:return: our id of the present attempt, unique at the provider"""
        self.ensure_one()
        return f"{self.send_key}.{self.attempt_count}"

    # ------------------------------------------------------------------ tries

    def _tries(self):
        """:return: how often it was tried since a person last said so; where the connection turned
        out to be of no use (DE5), or it was taken back before it left, that was no try of the
        message's.

        Index: ``kala_attempt__communication_id_index``.
        """
        self.ensure_one()
        return len(
            self.attempt_ids.filtered(
                lambda a: (
                    a.number > self.tries_before
                    and a.failure_kind not in const.PAUSE_KINDS
                    and a.state != const.CANCELLED
                )
            )
        )

    def _has_tries_left(self, tries=0):
        """:param int tries: tries that the failure is worth; 0 = as many as any other"""
        limit = self.company_id.kala_max_attempts
        return self._tries() < (min(limit, tries) if tries else limit)

    def _was_taken_before(self):
        """:return: whether the provider took an earlier attempt and never said that it failed: the
        message may arrive still, and nothing leaves again by itself (DE3)"""
        return any(
            a.number < self.attempt_count and a.state in const.SENT_STATES for a in self.attempt_ids
        )

    def _retry_after_report(self, tries):
        """The provider took the message and then reported a problem that passes (DE2).

        :param dict tries: id → tries that the failure is worth, 0 = as many as any other
        """
        again = self.filtered(
            lambda c: (
                c.failure_kind in const.RETRY_KINDS
                and c.mass_send_id.state != "cancelled"
                and not c._was_taken_before()
                and c._has_tries_left(tries[c.id])
            )
        )
        now = fields.Datetime.now()
        rows = [
            {"id": c.id, "send_after": now + timedelta(seconds=backoff.pause_seconds(c._tries()))}
            for c in again
        ]
        again._put_back(rows, SQL("n.send_after"), wait_reason="retry")
        again._leave_at(min((row["send_after"] for row in rows), default=None))

    def _note_optouts(self):
        """The provider says that the contact does not want to be written to: we heard it, too
        (CO2)."""
        for communication in self.filtered(lambda c: c.failure_kind == "consent"):
            communication._note_optout(communication.failure_reason)

    @api.model
    def _note_late_optouts(self, rows):
        """That an older attempt was refused since the contact opted out is said of the contact."""
        for row in rows:
            if row["state"] == const.FAILED and row.get("failure_kind") == "consent":
                self.browse(row["id"])._note_optout(row.get("failure_reason"))

    def _note_optout(self, reason):
        for communication in self:
            self.env["kala.contact.permission"]._set(
                communication.company_id,
                communication._key(),
                [communication.channel],
                False,
                self.env._(
                    "%(provider)s said: %(reason)s",
                    provider=communication.connection_id.provider_label,
                    reason=reason or self.env._("nothing"),
                ),
                # Who refuses an advertisement may still want to know where his order is.
                purpose="marketing" if communication.template_id._is_advertising() else "all",
            )

    # ------------------------------------------------------------------ again

    def _requeue(self, send_after, wait_reason=False, states=None, by_person=False):
        """Put messages back in the queue, and see to it that somebody sends them.

        :param datetime send_after: naive UTC
        :param str wait_reason: why it does not leave at once
        :param states: only those that are still in one of these; default: all that may be sent
            again
        :param bool by_person: a person says so: the message has all its tries again (DE2)
        :return: the messages that are in the queue now
        """
        requeued = self._put_back(self, send_after, wait_reason, states, by_person)
        requeued._leave_at(send_after)
        return requeued

    @api.model
    def _put_back(self, rows, send_after, wait_reason=False, states=None, by_person=False):
        """Put messages back in the queue. The provider's id of the last try stays with its
        attempt.

        :param rows: as of :meth:`_move`
        :param send_after: naive UTC, or SQL of it
        :return: the messages that are in the queue now
        """
        return self._move(
            "again",
            rows,
            const.QUEUED,
            which=SQL("c.state IN %s", tuple(states)) if states else None,
            columns={
                "send_after": send_after,
                "wait_reason": wait_reason or None,
                "provider_uid": None,
                "claim_token": None,
                "claimed_until": None,
                **({"tries_before": SQL("COALESCE(c.attempt_count, 0)")} if by_person else {}),
            },
        )

    def _leave_at(self, moment):
        """Wake who sends these: a lane, or, of e-mails, Odoo.

        :param datetime moment: naive UTC
        """
        if self:
            self.env["kala.dispatcher"]._wake(at=moment)
            self._hand_back_emails(moment)

    # ------------------------------------------------------------------ what leaves

    def _outgoing(self, moment=None):
        """Read the messages as the gate needs them just before they leave.

        :param datetime moment: when they would leave, naive UTC; default: now
        :return: list of Outgoing, one for each
        """
        moment = moment or fields.Datetime.now()
        return self.env["kala.gate"]._outgoing(
            [{**vals, "send_after": moment} for vals in self.read(JUDGED, load=None)]
        )

    def _files(self):
        """:return: ``ir.attachment``: what leaves with the message: its own files, else the
        one that its template brings along"""
        self.ensure_one()
        return self.attachment_ids or self.template_id.header_attachment_id

    def _homes_of_files(self):
        """:return: list of (id, model, id) of the record that files of each message belong to: who
        sees it sees them; the message itself where other companies may read that record (LO8)"""
        is_one = self.env["res.company"].sudo().search_count([], limit=2) < 2
        companies = {}
        for model, messages in self.filtered("res_id").grouped("res_model").items():
            records = self.env[model].browse(messages.mapped("res_id")).exists()
            companies |= {(model, record.id): bool(record.company_id) for record in records}
        homes = []
        for message in self:
            place = (message.res_model, message.res_id)
            is_own = place in companies and (is_one or companies[place])
            homes.append((message.id, *(place if is_own else (message._name, message.id))))
        return homes

    def _file_url(self, file):
        """:param file: one of :meth:`_files`
        :return: address from which a provider may fetch it for some weeks; whoever has it can"""
        token = file._get_raw_access_token()
        name = urllib.parse.quote(file.name or "file", safe="")
        return f"{self.get_base_url()}/web/content/{file.id}/{name}?access_token={token}"

    def _hold(self, verdict):
        """Keep a message that may not leave now. What follows from a stop is told with the results
        (``kala.dispatcher._announce``): a fault in it must not take back the stop.

        :param verdict: Wait until the window opens, or Stop with kind and reason
        """
        columns = dict.fromkeys(
            ("claim_token", "claimed_until", "wait_reason", "failure_kind", "failure_reason")
        )
        if isinstance(verdict, Wait):
            columns.update(wait_reason="window", send_after=verdict.until)
            self._move("wait", self, const.SCHEDULED, columns=columns)
            self.env["kala.dispatcher"]._wake(at=verdict.until)
        else:
            columns.update(failure_kind=verdict.kind, failure_reason=verdict.reason)
            self._move("stop", self, const.FAILED, columns=columns)

    def _answers(self):
        """:return: those in which a person of ours writes to the contact: no rule, no mass send;
        a thumb is seen on its message and is no answer, nor is what goes to a colleague"""
        return self.filtered(
            lambda c: (
                c.priority == const.PRIORITY_PERSON and c.kind != "reaction" and not c.to_user_id
            )
        )

    def _family(self):
        self.ensure_one()
        return channels.get(self.channel).family
