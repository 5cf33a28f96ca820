import urllib.parse
from datetime import timedelta

from odoo import api, fields, models

from ...tools import backoff, channels, const
from ...tools.outgoing import Wait

#: Fields that the gate looks at before a message leaves. The limit of its writer is no matter then:
#: it counts when the message is queued.
JUDGED = (
    "company_id line_id channel contact_kind contact_value partner_id ignore_window template_id "
    "template_values is_service res_model res_id is_other_address to_user_id mass_send_id"
).split()
#: SQL of the rank of a state (DE1); the parameter is ``list(STATE_RANK)``.
_RANK = "array_position(%(ranks)s, {}::text)"


class KalaCommunication(models.Model):
    """The outbox side of the log: what waits, what was tried, what became of it (DE).

    States move by short ``UPDATE`` statements that only go forward; the ORM never writes a
    state after creation (DESIGN 3.6).
    """

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
        "(connection_id, priority, send_after, id) "
        "WHERE direction = 'out' AND state IN ('scheduled', 'queued')"
    )
    # Only the oldest unsent message of a line and recipient may be claimed (DESIGN 3.5).
    _recipient_idx = models.Index(
        "(line_id, contact_value, priority, id) "
        "WHERE direction = 'out' AND state IN ('scheduled', 'queued', 'sending')"
    )
    # Each address gets a mass send once (BR3).
    _mass_address_uniq = models.UniqueIndex(
        "(mass_send_id, contact_kind, contact_value) WHERE mass_send_id IS NOT NULL",
        "The address is among the recipients already.",
    )
    _origin_idx = models.Index("(origin, create_date) WHERE origin IS NOT NULL")
    _mass_state_idx = models.Index("(mass_send_id, state) WHERE mass_send_id IS NOT NULL")
    _sending_idx = models.Index("(claimed_until) WHERE state = 'sending'")
    _trouble_idx = models.Index(
        "(company_id, state, date DESC) WHERE state IN ('failed', 'unknown')"
    )

    # ------------------------------------------------------------------ keys

    def _echo_key(self):
        """:return: our id of the present attempt, unique at the provider"""
        self.ensure_one()
        return f"{self.send_key}.{self.attempt_count}"

    # ------------------------------------------------------------------ states

    @api.model
    def _apply_states(self, rows):
        """Move states by what providers reported: forward only (DE1).

        A report of a failure that passes (limit, temporary) puts the message back in the queue,
        as long as tries are left (DE2). The failure of an older attempt is that attempt's only
        (DESIGN 3.13).

        :param list rows: of dicts ``id, attempt, state, provider_uid, failure_kind,
            failure_reason, code, tries``; without ``attempt`` (its number) it is said of the
            message as it is now
        :return: the communications that changed
        """
        rank = {state: n for n, state in enumerate(const.STATE_RANK)}
        news, counting = self.env["kala.attempt"]._move(
            [row for row in rows if row["state"] in const.REPORTED_STATES]
        )
        best = {}
        for row in counting:
            held = best.get(row["id"])
            if held is None or rank[row["state"]] > rank[held["state"]]:
                best[row["id"]] = row
        changed = self.browse(self._move_states(list(best.values())))
        failed = changed.filtered(lambda c: c.state == "failed")
        failed._retry_after_report({i: row.get("tries") or 0 for i, row in best.items()})
        final = failed.filtered(lambda c: c.state == "failed")
        final.failed_date = fields.Datetime.now()
        self.env["kala.task"]._reopen(final._given_up())
        final._note_optouts()
        self._note_late_optouts([row for row in news if row not in counting])
        if final.filtered("fallback_pending"):
            self.env["kala.dispatcher"]._wake()
        self.env["kala.live"]._changed(changed)
        return changed

    @api.model
    def _move_states(self, rows):
        """:return: ids of the rows that changed. Indexes: primary key,
        ``kala_communication__provider_uid_uniq``: an id that a provider uses again stays with
        the attempts only."""
        if not rows:
            return []
        self.flush_model()
        rank = _RANK.format
        self.env.cr.execute(
            f"""UPDATE kala_communication c
                   SET state = n.state,
                       provider_uid = COALESCE(
                           NULLIF(c.provider_uid, ''),
                           CASE WHEN n.number IN (0, c.attempt_count) AND NOT EXISTS (
                                    SELECT 1 FROM kala_communication o
                                     WHERE o.connection_id = c.connection_id
                                       AND o.direction = 'out' AND o.provider_uid = n.uid)
                                THEN NULLIF(n.uid, '') END),
                       failure_kind = CASE WHEN n.state = 'failed'
                                           THEN NULLIF(n.kind, '') END,
                       failure_reason = CASE WHEN n.state = 'failed'
                                             THEN NULLIF(n.reason, '') END,
                       wait_reason = NULL, claim_token = NULL, claimed_until = NULL,
                       recency_pending = c.recency_pending
                           OR c.state NOT IN ('sent', 'delivered', 'read')
                  FROM unnest(%(ids)s::int[], %(numbers)s::int[], %(states)s::text[],
                              %(uids)s::text[], %(kinds)s::text[], %(reasons)s::text[])
                         AS n(id, number, state, uid, kind, reason)
                 WHERE c.id = n.id AND c.direction = 'out'
                   AND {rank("c.state")} < {rank("n.state")}
             RETURNING c.id""",
            {
                "ranks": list(const.STATE_RANK),
                "ids": [row["id"] for row in rows],
                "states": [row["state"] for row in rows],
                "numbers": [row.get("attempt") or 0 for row in rows],
                "uids": [row.get("provider_uid") or "" for row in rows],
                "kinds": [row.get("failure_kind") or "" for row in rows],
                "reasons": [(row.get("failure_reason") or "")[:500] for row in rows],
            },
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.browse(ids).invalidate_recordset(flush=False)
        return ids

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
                    and a.state != "cancelled"
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
        for communication in again:
            pause = backoff.pause_seconds(communication._tries())
            communication._requeue(
                fields.Datetime.now() + timedelta(seconds=pause), wait_reason="retry"
            )
        again.mass_send_id._hold_if_paused()

    def _note_optouts(self):
        """The provider says that the contact does not want to be written to: we heard it, too
        (CO2)."""
        for communication in self.filtered(lambda c: c.failure_kind == "consent"):
            communication._note_optout(communication.failure_reason)

    @api.model
    def _note_late_optouts(self, rows):
        """That an older attempt was refused since the contact opted out is said of the contact."""
        for row in rows:
            if row["state"] == "failed" and row.get("failure_kind") == "consent":
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

    def _requeue(self, send_after, wait_reason=False, states=None, by_person=False):
        """Put messages back in the queue; the provider's id of the last try stays with its
        attempt. Index: primary key.

        :param bool by_person: a person says so: the message has all its tries again (DE2)
        :param states: only those that are still in one of these; default: all
        :return: the messages that are in the queue now
        """
        self.flush_recordset()
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET state = 'queued', send_after = %(send_after)s,
                      wait_reason = %(wait_reason)s, provider_uid = NULL,
                      claim_token = NULL, claimed_until = NULL,
                      tries_before = CASE WHEN %(by_person)s THEN COALESCE(attempt_count, 0)
                                          ELSE tries_before END
                WHERE id = ANY(%(ids)s)
                  AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
            RETURNING id""",
            {
                "send_after": send_after,
                "wait_reason": wait_reason or None,
                "ids": self.ids,
                "states": list(states) if states else None,
                "by_person": by_person,
            },
        )
        requeued = self.browse([row[0] for row in self.env.cr.fetchall()])
        self.invalidate_recordset(flush=False)
        if requeued:
            # Defined where mass sends are known: mass/requeued.py.
            requeued._mass_goes_on()
            self.env["kala.dispatcher"]._wake(at=send_after)
        return requeued

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

    def _file_url(self, file):
        """:param file: one of :meth:`_files`
        :return: address from which a provider may fetch it for some weeks; whoever has it can"""
        token = file._get_raw_access_token()
        name = urllib.parse.quote(file.name or "file", safe="")
        return f"{self.get_base_url()}/web/content/{file.id}/{name}?access_token={token}"

    def _hold(self, verdict):
        """Keep a message that may not leave now. Index: primary key.

        :param verdict: Wait until the window opens, or Stop with kind and reason
        """
        waits = isinstance(verdict, Wait)
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET state = %s, wait_reason = %s, send_after = COALESCE(%s, send_after),
                      failure_kind = %s, failure_reason = %s,
                      claim_token = NULL, claimed_until = NULL
                WHERE id = %s AND state IN ('scheduled', 'queued')""",
            [
                "scheduled" if waits else "failed",
                "window" if waits else None,
                verdict.until if waits else None,
                None if waits else verdict.kind,
                None if waits else verdict.reason,
                self.id,
            ],
        )
        self.invalidate_recordset(flush=False)
        if waits:
            self.env["kala.dispatcher"]._wake(at=verdict.until)
        else:
            self.env["kala.task"]._reopen(self)

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
