from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime

from ...tools import const
from ...tools.literals import ids_of, literal

#: Records that are checked while the user waits; more go to the job.
CHECK_AT_ONCE = 2000
#: Where the messages of a paused mass send wait.
NEVER = "9999-01-01"
#: Messages a second of a line that has no pace of its own, as far as an estimate goes.
USUAL_RATE = 20.0
#: What a mass send is; it does not change any more once it has started.
_CONTENT = frozenset(
    "model domain record_ids channel line_id template_id subject body send_after company_id "
    "user_id".split()
)
#: Who it is, and what it uses: nobody borrows what is another one's.
_OF_ITS_USER = ("user_id", "template_id", "line_id")

#: What decides who gets what. Who starts it becomes its user, which alone changes nothing of it.
_DECIDING = _CONTENT - {"user_id"}


class KalaMassSend(models.Model):
    """One text to many records (BR). Recipients are prepared in chunks by a job, with the
    creator's rights; each becomes a ``kala.communication``, and each address gets it once.

    Here: what it is and its buttons. The job: ``kala_mass_send_job.py``; who gets what:
    ``kala_mass_send_recipients.py``.
    """

    _name = "kala.mass.send"
    _description = "Mass Send"
    _inherit = ["kala.guarded", "mail.thread", "kala.hidden.name"]
    _order = "id DESC"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Creator",
        required=True,
        copy=False,
        default=lambda self: self.env.user,
        tracking=True,
    )
    model = fields.Selection(
        [("res.partner", "Customers"), ("crm.lead", "Leads"), ("sale.order", "Orders")],
        required=True,
        default="res.partner",
    )
    domain = fields.Char(default="[]", help="Who gets it, when no records were selected.")
    record_ids = fields.Json(help="Ids of the selected records.")
    channel = fields.Selection(
        selection=[(c, label) for c, label in const.CHANNELS if c in const.WRITTEN_CHANNELS],
        required=True,
        default="sms",
    )
    line_id = fields.Many2one("kala.line", check_company=True)
    template_id = fields.Many2one("kala.template", ondelete="restrict", check_company=True)
    subject = fields.Char(
        compute="_compute_subject",
        store=True,
        readonly=False,
        help="Of an e-mail. Placeholders work here too.",
    )
    body = fields.Text()
    send_after = fields.Datetime(string="Send from")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("preparing", "Preparing"),
            ("sending", "Sending"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    selected_count = fields.Integer(compute="_compute_selected_count")
    record_count = fields.Integer(
        readonly=True, copy=False, help="Records that were found when it started."
    )
    position = fields.Integer(readonly=True, copy=False)
    is_prepared = fields.Boolean(readonly=True, copy=False)
    check_state = fields.Selection(
        [("running", "Counting"), ("done", "Counted")], readonly=True, copy=False
    )
    check_position = fields.Integer(readonly=True, copy=False)
    check_counts = fields.Json(readonly=True, copy=False)
    check_summary = fields.Text(compute="_compute_check_summary")
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

    # ------------------------------------------------------------------ ORM

    @api.model_create_multi
    def create(self, vals_list):
        masses = super().create([self._read_record_ids(vals) for vals in vals_list])
        # A context gives values, too.
        for mass in masses:
            self._check_creator({name: mass[name].id for name in _OF_ITS_USER})
        return masses

    def write(self, vals):
        vals = self._read_record_ids(vals)
        self._check_creator(vals)
        if not _CONTENT.isdisjoint(vals) and any(mass.state != "draft" for mass in self):
            raise UserError(
                self.env._("A mass send that was started cannot be changed. Make a new one.")
            )
        if not _CONTENT.isdisjoint(vals):
            vals = self._take_over_vals(vals)
        result = super().write(vals)
        if not _DECIDING.isdisjoint(vals):
            # Counted anew before it is sent (BR2).
            self.sudo().check_state = False
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_way(self):
        """Its messages would wait for ever, or leave with nobody to stop them (BR2)."""
        for mass in self:
            if mass.state in ("preparing", "sending", "paused"):
                raise UserError(
                    self.env._("“%s” is under way. Cancel it first, then delete it.", mass.name)
                )

    def unlink(self):
        """What still waits would leave with nobody to stop it (BR2)."""
        self.check_access("unlink")
        self._take_back_emails()
        self._move_waiting("cancelled", None)
        return super().unlink()

    def _read_record_ids(self, vals):
        """Take the ids as a list, or as its text over RPC. An empty list is nobody: without this
        it would be kept as no list at all, and the filter would count, which finds everybody.

        :raise UserError: if they are no ids
        """
        if vals.get("record_ids") in (None, False):
            return vals
        ids = ids_of(vals["record_ids"])
        if ids is None:
            raise UserError(
                self.env._(
                    "“%s” is no list of records. Write their ids as [7, 8].", vals["record_ids"]
                )
            )
        if not ids:
            raise UserError(self.env._("No record is chosen. Choose at least one to write to."))
        return dict(vals, record_ids=ids)

    def _check_creator(self, vals):
        """It reads with the rights of its creator (BR3): nobody borrows those of somebody else."""
        if not self.env.su and vals.get("user_id") not in (None, self.env.uid):
            raise AccessError(
                self.env._("A mass send has the rights of the user who makes it: that is you.")
            )
        # Its subject follows from the template by itself, whoever may read that.
        for name in _OF_ITS_USER[1:]:
            given = self.env[self._fields[name].comodel_name].browse(vals.get(name) or ())
            given.check_access("read")

    def _take_over_vals(self, vals):
        """Whoever changes or starts what somebody else has drafted is who sends it from then on:
        his rights count, not those that he does not have himself (BR3)."""
        return vals if self.env.su else {**vals, "user_id": self.env.uid}

    # ------------------------------------------------------------------ computed

    @api.depends("template_id")
    def _compute_subject(self):
        """The template's, to be edited (TE1)."""
        for mass in self:
            mass.subject = mass.template_id.subject or mass.subject

    @api.depends_context("uid")
    def _compute_counts(self):
        """Counted from the log. Index: ``kala_communication__mass_state_idx``."""
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
            mass.failed = count["failed"] + count["unknown"]
            mass.waiting = count["scheduled"] + count["queued"] + count["sending"]
            mass.skipped = skips.get(mass._origin, 0)
            mass.total = sum(count.values()) + mass.skipped
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
        line = self._line().sudo()
        provider = line.connection_id._provider()
        rate = (provider is not None and provider._rate_per_second) or USUAL_RATE
        windows = self.env["kala.send.window"]
        calendar = windows._calendar_of(line) if self.channel in const.TEXT_CHANNELS else None
        start = max(self.send_after or fields.Datetime.now(), fields.Datetime.now())
        return windows._end_of_work(calendar, start, count / rate) or False

    @api.depends("record_ids")
    def _compute_selected_count(self):
        for mass in self:
            mass.selected_count = len(mass.record_ids or ())

    @api.depends("check_counts", "check_state", "ends_at")
    @api.depends_context("lang", "tz")
    def _compute_check_summary(self):
        for mass in self:
            counts = mass.check_counts
            mass.check_summary = counts and "\n".join(mass._check_lines(counts))

    def _check_lines(self, counts):
        """:param dict counts: of :meth:`_counts_of`
        :return: list of sentences"""
        labels = dict(self.env["kala.mass.skip"]._fields["reason"]._description_selection(self.env))
        return [
            self.env._("%s will get it.", counts.get("ok", 0)),
            *(
                self.env._("%(count)s will not: %(reason)s.", count=count, reason=labels[reason])
                for reason, count in counts.items()
                if reason in labels and count
            ),
            *self._end_lines(),
        ]

    def _end_lines(self):
        """:return: the sentence about when it will end (BR2), if that is known"""
        if self.state != "draft" or self.check_state != "done" or not self.ends_at:
            return []
        moment = format_datetime(self.env, self.ends_at, dt_format="short")
        return [self.env._("Started now, it ends about %s.", moment)]

    # ------------------------------------------------------------------ checks

    @api.constrains("body", "subject")
    def _check_body(self):
        names = self.env["kala.placeholder"]._names()
        for mass in self:
            self.env["kala.template"]._check_text(mass.body, names)
            self.env["kala.template"]._check_text(mass.subject, names)

    @api.constrains("domain", "model")
    def _check_domain(self):
        for mass in self:
            try:
                self.env[mass.model].search(mass._domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._("The filter of the recipients cannot be read: %s", error)
                ) from error

    def _domain(self):
        """:return: the filter: data, of which nothing is ever run as code (SC3)
        :raise ValueError: if it is none"""
        domain = literal(self.domain or "[]")
        if not isinstance(domain, list | tuple):
            raise ValueError(self.domain)
        return list(domain)

    def _check_startable(self):
        self.ensure_one()
        if not (self.body or self.template_id):
            raise UserError(self.env._("Write a text or choose a template before starting."))
        if self.channel == "email" and not (self.subject or "").strip():
            raise UserError(self.env._("Write a subject before starting."))
        line = self._line().sudo()
        if not line or line.connection_id.state == "draft":
            raise UserError(
                self.env._("No line for this channel is connected. Connect one, then start again.")
            )
        if line.channel != self.channel or not line._may_send(self.user_id):
            raise UserError(
                self.env._(
                    "“%s” is of another channel, or you may not send from it. Choose another line.",
                    line.display_name,
                )
            )

    def _line(self):
        """:return: the line it goes out on: the template's, its own, the channel's default"""
        lines = self.env["kala.line"]
        line = self.template_id.line_id or self.line_id
        if line:
            return line
        return lines._choose_all(
            self.channel, self.user_id, [(self.company_id, None)], self.template_id.connection_id
        )[0]

    # ------------------------------------------------------------------ buttons

    def action_check(self):
        """Count who will get it and who will not, and why (BR2); many by the job."""
        for mass in self:
            mass.check_access("write")
            mass._check_startable()
            mass = mass.sudo()
            mass.write({"check_state": "running", "check_position": 0, "check_counts": {"ok": 0}})
            mass._forget_seen()
            done = 0
            while done < CHECK_AT_ONCE and mass.check_state == "running":
                done += mass._check_chunk()
            if mass.check_state == "running":
                self._wake()
        return True

    def action_start(self):
        """Prepare the recipients in the background and send."""
        for mass in self:
            if mass.state != "draft":
                raise UserError(self.env._("“%s” was started already.", mass.name))
            mass.write(mass._take_over_vals({}))
            mass._check_startable()
            mass.sudo().write(
                {
                    "state": "preparing",
                    "line_id": mass._line().id,
                    "record_count": len(mass.record_ids or ()) or mass._count_found(),
                }
            )
        self._wake()
        return True

    def _count_found(self):
        """:return: how many records the filter finds for the creator"""
        return self._creators_model().search_count(self._domain())

    def action_pause(self):
        """Hold what has not left."""
        wrong = self.filtered(lambda m: m.state not in ("preparing", "sending"))
        if wrong:
            raise UserError(self.env._("Only a mass send that is under way can be paused."))
        self.check_access("write")
        self.sudo().write({"state": "paused"})
        self._take_back_emails()
        self._move_waiting("scheduled", NEVER)
        self._wake_soon()
        return True

    def action_resume(self):
        """Go on where it was paused."""
        if any(mass.state != "paused" for mass in self):
            raise UserError(self.env._("Only a paused mass send can be resumed."))
        self.check_access("write")
        now = fields.Datetime.now()
        for mass in self.sudo():
            mass.state = "sending" if mass.is_prepared else "preparing"
            # Its own time may still be to come.
            later = bool(mass.send_after and mass.send_after > now)
            mass._move_waiting(
                "scheduled" if later else "queued",
                fields.Datetime.to_string(mass.send_after if later else now),
            )
        self._wake()
        self._wake_senders()
        return True

    def action_cancel(self):
        """Cancel what has not left."""
        if any(mass.state in ("done", "cancelled") for mass in self):
            raise UserError(self.env._("This mass send is over already."))
        self.check_access("write")
        self.sudo().write({"state": "cancelled"})
        self._take_back_emails()
        self._move_waiting("cancelled", None)
        self._wake_soon()
        return True

    def action_retry_failed(self):
        """Send the failed ones again, as new attempts; while it is paused they wait with the
        others."""
        if any(mass.state in ("draft", "cancelled") for mass in self):
            raise UserError(self.env._("Only a mass send that was started can be retried."))
        self.check_access("write")
        failed = (
            self.env["kala.communication"]
            .sudo()
            .search([("mass_send_id", "in", self.ids), ("state", "=", "failed")])
        )
        if not failed:
            raise UserError(self.env._("Nothing failed here."))
        failed._requeue(fields.Datetime.now(), by_person=True)
        self._hold_if_paused()
        return True

    @api.model
    def _action_from_list(self, records):
        """Open a new mass send to the records that are selected in a list, or to all that it has
        found (BR1), on the channel of the context key ``kala_channel``."""
        vals = {"model": records._name, **self._prepare_chosen_vals(records)}
        channel = self.env.context.get("kala_channel")
        if channel:
            vals["channel"] = channel
        mass = self.create(vals)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": mass.id,
            "views": [(False, "form")],
        }

    @api.model
    def _prepare_chosen_vals(self, records):
        """Where all records of a long list are chosen, Odoo hands over some of them only, and the
        list's filter."""
        domain = self.env.context.get("active_domain")
        limit = self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", "20000")
        if domain and len(records) >= int(limit):
            found = self.env[records._name].search_count(domain)
            name = self.env._("Message to %s records", found)
            return {"name": name, "domain": repr(domain)}
        return {
            "name": self.env._("Message to %s records", len(records)),
            "record_ids": records.ids,
        }

    def action_open_communications(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "kala_comm.kala_communication_action"
        )
        action["domain"] = [("mass_send_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_open_skipped(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who does not get it"),
            "res_model": "kala.mass.skip",
            "views": [(False, "list")],
            "domain": [("mass_send_id", "=", self.id)],
        }

    def _move_waiting(self, state, send_after):
        """One statement decides the race with the lanes; what is being sent goes its way, and
        what is there already is not written again.

        Index: ``kala_communication__mass_state_idx``.
        """
        self.flush_recordset()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET state = %s, send_after = COALESCE(%s::timestamp, send_after),
                      wait_reason = CASE WHEN %s = 'scheduled' THEN 'person' END,
                      claim_token = NULL, claimed_until = NULL
                WHERE mass_send_id = ANY(%s) AND state IN ('scheduled', 'queued')
                  AND (state <> %s OR send_after <> COALESCE(%s::timestamp, send_after))""",
            [state, send_after, state, self.ids, state, send_after],
        )
        self.env["kala.communication"].invalidate_model(flush=False)

    def _hold_if_paused(self):
        """What comes back to the queue of a paused one waits with the others (BR2)."""
        self.filtered(lambda m: m.state == "paused")._move_waiting("scheduled", NEVER)

    @api.model
    def _go_on_with(self, communications):
        """One of which a message waits again is not over. Index: primary keys."""
        over = [("state", "=", "done"), ("communication_ids", "in", communications.ids)]
        self.search(over).write({"state": "sending"})

    def _take_back_emails(self):
        """Of a mass send nothing is on its way but what is being sent: Odoo gives back the rest."""
        emails = self.filtered(lambda m: m.channel == "email")
        in_hand = self.env["kala.communication"].sudo()
        if emails:
            in_hand = in_hand.search(
                [("mass_send_id", "in", emails.ids), ("state", "=", "sending")]
            )
        self.env["kala.email.outbox"].sudo()._take_back(in_hand)

    def _wake_senders(self):
        """Lanes send texts; e-mails are Odoo's."""
        if any(mass.channel == "email" for mass in self):
            self.env["kala.email.outbox"]._wake()
        if any(mass.channel != "email" for mass in self):
            self.env["kala.dispatcher"]._wake()
