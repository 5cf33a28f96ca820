from collections import Counter

from odoo import api, fields, models
from odoo.tools import format_datetime

from ...tools import channels, const

#: Records that are checked while the user waits; more go to the job.
CHECK_AT_ONCE = 2000
#: Messages a second of a line that has no pace of its own, as far as an estimate goes.
USUAL_RATE = 20.0


class KalaMassSend(models.Model):
    """How many will get it, how many have got it, and when it ends (BR2)."""

    _inherit = "kala.mass.send"

    record_count = fields.Integer(
        readonly=True, copy=False, help="Records that were found when it started."
    )
    check_state = fields.Selection(
        [("running", "Counting"), ("done", "Counted")], readonly=True, copy=False
    )
    check_position = fields.Integer(readonly=True, copy=False)
    check_counts = fields.Json(readonly=True, copy=False)
    check_details = fields.Json(
        readonly=True, copy=False, help="Of each reason, the sentences of the single messages."
    )
    check_lines = fields.Json(compute="_compute_check_lines")
    check_summary = fields.Text(compute="_compute_check_lines")
    communication_ids = fields.One2many("kala.communication", "mass_send_id", readonly=True)
    skip_ids = fields.One2many("kala.mass.skip", "mass_send_id", readonly=True)
    total = fields.Integer(compute="_compute_counts")
    waiting = fields.Integer(compute="_compute_counts")
    sent = fields.Integer(compute="_compute_counts")
    failed = fields.Integer(compute="_compute_counts")
    skipped = fields.Integer(compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="Percent.")
    ends_at = fields.Datetime(
        string="Ends about",
        compute="_compute_ends_at",
        help="As the line's pace and send window allow.",
    )

    # ------------------------------------------------------------------ before it is started

    def action_check(self):
        """Count who will get it and who will not, and why (BR2); many by the job."""
        for mass in self:
            mass.check_access("write")
            mass._check_startable()
            mass = mass.sudo()
            mass.write(
                {
                    "check_state": "running",
                    "check_position": 0,
                    "check_counts": {"ok": 0},
                    "check_details": False,
                }
            )
            mass._forget_check()
            done = 0
            while done < CHECK_AT_ONCE and mass.check_state == "running":
                done += mass._check_chunk()
            if mass.check_state == "running":
                self._wake()
        return True

    @api.depends("check_counts", "check_details", "check_state", "ends_at")
    @api.depends_context("lang", "tz")
    def _compute_check_lines(self):
        for mass in self:
            # What was counted before something changed is not true any more.
            is_counted = mass.check_state and mass.check_counts
            lines = mass._check_lines(mass.check_counts) if is_counted else []
            mass.check_lines = lines
            mass.check_summary = "\n".join(line["words"] for line in lines) or False

    def _check_lines(self, counts):
        """What a check tells; a channel's addon may add its cost.

        :param dict counts: of :meth:`_counts_of`
        :return: list of dicts: ``kind`` (``ok else cost not end``), ``words``, ``opens``: the list
            that shows them, as :meth:`action_open_counted` knows it, or False
        """
        return [
            self._check_line("ok", self.env._("%s will get it.", counts.get("ok", 0)), "ok"),
            *self._else_lines(counts),
            *self._skip_lines(counts),
            *self._end_lines(),
        ]

    @api.model
    def _check_line(self, kind, words, opens=False):
        return {"kind": kind, "words": words, "opens": opens}

    def _skip_lines(self, counts):
        """:return: for each reason, how many will not get it"""
        labels = dict(self.env["kala.mass.skip"]._fields["reason"]._description_selection(self.env))
        lines = []
        for reason, count in counts.items():
            if reason in labels and count:
                words = self.env._(
                    "%(count)s will not: %(reason)s.", count=count, reason=labels[reason]
                )
                details = (self.check_details or {}).get(reason, ())
                lines.append(self._check_line("not", " ".join([words, *details]), reason))
        return lines

    def _else_lines(self, counts):
        """:return: the line about those whom the first channel does not reach, if any"""
        if not counts.get("else_by"):
            return []
        labels = dict(self._fields["fallback_channel"]._description_selection(self.env))
        words = self.env._(
            "%(count)s of them by %(channel)s.",
            count=counts["else_by"],
            channel=labels.get(self.fallback_channel, ""),
        )
        return [self._check_line("else", words, "else")]

    def _end_lines(self):
        """:return: the line about when it will end, and why then (BR2), if that is known"""
        line = self._line().sudo()
        if self.state != "draft" or self.check_state != "done" or not (self.ends_at and line):
            return []
        words = [
            self.env._(
                "Started now, it ends about %s.",
                format_datetime(self.env, self.ends_at, dt_format="short"),
            ),
            self.env._("“%(line)s” sends %(rate)g a second.", line=line.name, rate=self._rate()),
        ]
        calendar = self._window()
        if calendar:
            words.append(self.env._("Messages leave in the send window “%s” only.", calendar.name))
        return [self._check_line("end", " ".join(words))]

    # ------------------------------------------------------------------ while it is sent

    @api.depends_context("uid")
    def _compute_counts(self):
        """Counted from the log. Index: ``kala_communication_mass_state_idx``."""
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """SELECT mass_send_id, state, count(*) FROM kala_communication
                WHERE mass_send_id = ANY(%s) GROUP BY mass_send_id, state""",
            [self.ids],
        )
        counts = {}
        for mass_id, state, count in self.env.cr.fetchall():
            counts.setdefault(mass_id, Counter())[state] = count
        skips = dict(
            self.env["kala.mass.skip"]
            .sudo()
            ._read_group([("mass_send_id", "in", self.ids)], ["mass_send_id"], ["__count"])
        )
        for mass in self:
            count = counts.get(mass._origin.id, Counter())
            mass.sent = sum(count[state] for state in const.SENT_STATES)
            mass.failed = count[const.FAILED] + count[const.UNKNOWN]
            mass.waiting = sum(count[state] for state in (*const.UNSENT_STATES, const.SENDING))
            mass.skipped = skips.get(mass._origin, 0)
            # A draft has lists of who would not get it, and no recipients yet.
            mass.total = sum(count.values()) + mass.skipped if mass.state != "draft" else 0
            over = mass.total - mass.waiting
            # While it is being prepared, those who are still to come count too.
            expected = mass.total if mass.is_prepared else max(mass.total, mass.record_count)
            mass.progress = 100.0 * over / expected if expected else 0.0
            if mass.state == "done":
                mass.progress = 100.0

    @api.depends("state", "waiting", "record_count", "check_counts")
    def _compute_ends_at(self):
        for mass in self:
            left = 0
            if mass.state == "draft":
                left = (mass.check_counts or {}).get("ok", 0)
            elif mass.state in ("preparing", "sending"):
                to_come = 0 if mass.is_prepared else mass.record_count - mass.total
                left = mass.waiting + max(to_come, 0)
            mass.ends_at = left and mass._estimate_end(left)

    def _estimate_end(self, count):
        """:param int count: messages that are to leave
        :return: naive UTC, about; False where the send window never opens"""
        start = max(self.send_after or fields.Datetime.now(), fields.Datetime.now())
        windows = self.env["kala.send.window"]
        return windows._end_of_work(self._window(), start, count / self._rate()) or False

    def _rate(self):
        """:return: messages a second that its line sends, about"""
        provider = self._line().sudo().connection_id._provider()
        return (provider is not None and provider._rate_per_second) or USUAL_RATE

    def _window(self):
        """:return: the ``resource.calendar`` in whose hours it leaves, as superuser, or None"""
        if channels.get(self.channel).family != channels.TEXT:
            return None
        return self.env["kala.send.window"]._calendar_of(self._line().sudo())
