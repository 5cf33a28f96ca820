from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...tools import const
from ...tools.trace import AGAIN

#: Old traces that are cleared in one transaction.
GC_BATCH = 10_000


class KalaAttempt(models.Model):
    """One try to send a message; old tries stay visible (DE4)."""

    _name = "kala.attempt"
    _description = "Attempt to Send"
    _inherit = ["kala.hidden.name", "kala.given", "kala.of.record"]
    _order = "communication_id, number DESC"
    _log_access = False

    communication_id = fields.Many2one(
        "kala.communication", required=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(required=True)
    date = fields.Datetime(required=True)
    state = fields.Selection(
        [
            (const.SENDING, "Sending"),
            (const.SENT, "Accepted"),
            (const.DELIVERED, "Delivered"),
            (const.READ, "Read"),
            ("retry", "To try again"),
            (const.FAILED, "Refused"),
            (const.UNKNOWN, "Unknown"),
            (const.CANCELLED, "Taken back"),
        ],
        required=True,
    )
    failure_kind = fields.Selection(const.FAILURE_KINDS)
    failure_reason = fields.Char()
    code = fields.Char(string="Provider's code")
    provider_uid = fields.Char(string="Provider's id")
    http_status = fields.Integer()
    trace = fields.Text(
        groups="kala_comm.group_manager",
        help="What was asked of the provider and what it answered, without secrets.",
    )

    _uid_idx = models.Index("(provider_uid) WHERE provider_uid <> ''")
    _trace_idx = models.Index("(date) WHERE trace IS NOT NULL")

    @api.model
    def _add_traces(self, rows):
        """Keep what a provider answered when it was asked what became of messages: the last answer,
        beside what it said when they were sent. Index: ``kala_attempt__communication_id_index``.

        :param list rows: of (communication id, number of the attempt, trace)
        """
        self.env.cr.execute(
            """UPDATE kala_attempt a
                  SET trace = split_part(COALESCE(a.trace, ''), %s, 1) || %s || n.trace
                 FROM unnest(%s::int[], %s::int[], %s::text[]) AS n(id, number, trace)
                WHERE a.communication_id = n.id AND a.number = n.number""",
            [AGAIN, AGAIN, *(list(column) for column in zip(*rows, strict=True))],
        )
        self.invalidate_model(["trace"], flush=False)

    @api.autovacuum
    def _gc_traces(self):
        """A trace is kept for as many days as raw events are [30] (AD6): the log is for ever, and
        says what is of use later. Index: ``kala_attempt_trace_idx``."""
        done, more = 0, False
        for company in self.env["res.company"].sudo().search([("kala_event_days", ">=", 0)]):
            self.env.cr.execute(
                """UPDATE kala_attempt SET trace = NULL WHERE id IN (
                   SELECT a.id FROM kala_attempt a
                     JOIN kala_communication c ON c.id = a.communication_id
                    WHERE a.trace IS NOT NULL AND c.company_id = %s
                      AND a.date < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                    LIMIT %s)""",
                [company.id, company.kala_event_days, GC_BATCH],
            )
            done += self.env.cr.rowcount
            more = more or self.env.cr.rowcount == GC_BATCH
        self.invalidate_model(["trace"], flush=False)
        return done, more

    # ------------------------------------------------------------------ access

    @api.model
    def _readable_domain(self):
        """Who sees a communication sees its attempts (LO8)."""
        return Domain("communication_id", "any", [])

    def _hidden_by_record(self):
        communications = self.sudo().communication_id.sudo(False)._filtered_access("read")
        return self.filtered(
            lambda attempt: attempt.sudo().communication_id not in communications.sudo()
        )

    def _make_hidden_error(self, operation):
        return AccessError(
            self.env._("You may not see the attempts of a message that you may not see.")
        )
