import json
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime
from odoo.tools.safe_eval import safe_eval

from ..tools import const, placeholders
from ..tools.text import clean_text, one_line
from .kala_gate import Outgoing, Wait

CHUNK = 1000
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

#: Columns of one prepared recipient, in the order of ``_insert_rows``.
_COLUMNS = (
    ("contact_kind", "text"),
    ("contact_value", "text"),
    ("body", "text"),
    ("subject", "text"),
    ("res_id", "int"),
    ("partner_id", "int"),
    ("lead_id", "int"),
    ("order_id", "int"),
    ("send_key", "text"),
    ("state", "text"),
    ("wait_reason", "text"),
    ("send_after", "timestamp"),
    ("template_id", "int"),
    ("template_values", "jsonb"),
)


class KalaMassSend(models.Model):
    """One text to many records (BR). Recipients are prepared in chunks by a job, with the
    creator's rights; each becomes a ``kala.communication``, and each address gets it once."""

    _name = "kala.mass.send"
    _description = "Mass Send"
    _inherit = ["mail.thread"]
    _order = "id DESC"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", string="Creator", required=True, default=lambda self: self.env.user
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
        for vals in vals_list:
            self._check_creator(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_creator(vals)
        if not _CONTENT.isdisjoint(vals) and any(mass.state != "draft" for mass in self):
            raise UserError(
                self.env._("A mass send that was started cannot be changed. Make a new one.")
            )
        return super().write(vals)

    def _check_creator(self, vals):
        """It reads with the rights of its creator (BR3): nobody borrows those of somebody else."""
        if not self.env.su and vals.get("user_id") not in (None, self.env.uid):
            raise AccessError(
                self.env._("A mass send has the rights of the user who makes it: that is you.")
            )

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
        return safe_eval(self.domain or "[]")

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
            mass._check_startable()
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
            mass._check_startable()
            mass.write(
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
        self.write({"state": "paused"})
        self._take_back_emails()
        self._move_waiting("scheduled", NEVER)
        return True

    def action_resume(self):
        """Go on where it was paused."""
        if any(mass.state != "paused" for mass in self):
            raise UserError(self.env._("Only a paused mass send can be resumed."))
        now = fields.Datetime.now()
        for mass in self:
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
        self.write({"state": "cancelled"})
        self._take_back_emails()
        self._move_waiting("cancelled", None)
        return True

    def action_retry_failed(self):
        """Send the failed ones again, as new attempts; while it is paused they wait with the
        others."""
        if any(mass.state in ("draft", "cancelled") for mass in self):
            raise UserError(self.env._("Only a mass send that was started can be retried."))
        failed = (
            self.env["kala.communication"]
            .sudo()
            .search([("mass_send_id", "in", self.ids), ("state", "=", "failed")])
        )
        if not failed:
            raise UserError(self.env._("Nothing failed here."))
        failed._requeue(fields.Datetime.now())
        self.filtered(lambda m: m.state == "paused")._move_waiting("scheduled", NEVER)
        self.filtered(lambda m: m.state == "done").write({"state": "sending"})
        return True

    @api.model
    def _action_from_list(self, records):
        """Open a new mass send to the records that are selected in a list, or to all that it has
        found (BR1)."""
        mass = self.create({"model": records._name, **self._prepare_chosen_vals(records)})
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
        """One statement decides the race with the lanes; what is being sent goes its way.

        Index: ``kala_communication__mass_state_idx``.
        """
        self.flush_recordset()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET state = %s, send_after = COALESCE(%s::timestamp, send_after),
                      wait_reason = CASE WHEN %s = 'scheduled' THEN 'person' END,
                      claim_token = NULL, claimed_until = NULL
                WHERE mass_send_id = ANY(%s) AND state IN ('scheduled', 'queued')""",
            [state, send_after, state, self.ids],
        )
        self.env["kala.communication"].invalidate_model(flush=False)

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

    # ------------------------------------------------------------------ the job

    @api.model
    def _wake(self):
        self.env.ref("kala_comm.ir_cron_mass_send").sudo()._trigger()

    @api.model
    def _cron_run(self):
        """Prepare recipients chunk by chunk, count what asks to be counted, end what is over."""
        for mass in self.search([("check_state", "=", "running")]):
            while mass.check_state == "running":
                mass._check_chunk()
                self.env["ir.cron"]._commit_progress(1)
                self.env.invalidate_all(flush=False)
        for mass in self.search([("state", "=", "preparing")]):
            while mass._prepare_chunk():
                if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                    return
                # What was prepared is not needed any more: memory does not grow (BR3).
                self.env.invalidate_all(flush=False)
        for mass in self.search([("state", "=", "sending")]):
            mass._end_if_over()
        self._hold_stragglers()
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _hold_stragglers(self):
        """What was being sent when its mass send was paused or cancelled may have come back to
        the queue since: it waits, or goes, like the others."""
        today = fields.Datetime.now() - timedelta(days=1)
        for state, to_state, send_after in (
            ("paused", "scheduled", NEVER),
            ("cancelled", "cancelled", None),
        ):
            self.search([("state", "=", state), ("write_date", ">", today)])._move_waiting(
                to_state, send_after
            )

    def _end_if_over(self):
        self.invalidate_recordset()
        if self.is_prepared and not self.waiting:
            self.state = "done"

    def _prepare_chunk(self):
        """Prepare the next records; position and rows are one transaction, so that a restart
        goes on exactly here.

        :return: whether there may be more
        """
        # What pauses or cancels it meanwhile decides.
        self.invalidate_recordset()
        if self.state != "preparing" or not self.try_lock_for_update(allow_referencing=True):
            return False
        records = self._next_records(self.position)
        if self._is_past(self.position, records):
            self.write({"is_prepared": True, "state": "sending"})
            self._wake_senders()
            return False
        rows, skips = self._recipients(records)
        inserted = self._insert_rows(rows)
        skips += [
            (row["res_id"], "duplicate", "")
            for row in rows
            if (row["contact_kind"], row["contact_value"], row["res_id"]) not in inserted
        ]
        self._insert_skips(skips)
        self.position = self._position_after(self.position, records)
        self.env.flush_all()
        self._wake_senders()
        return True

    def _check_chunk(self):
        """Count one chunk without preparing it. :return: how many records were looked at"""
        records = self._next_records(self.check_position)
        if self._is_past(self.check_position, records):
            self.check_state = "done"
            self._forget_seen()
            return 0
        rows, skips = self._recipients(records)
        rows, again = self._not_seen(rows)
        skips += [(row["res_id"], "duplicate", "") for row in again]
        counts = Counter(self.check_counts or {})
        counts.update(self._counts_of(rows, skips))
        position = self._position_after(self.check_position, records)
        self.write({"check_counts": dict(counts), "check_position": position})
        return len(records)

    def _not_seen(self, rows):
        """Tell addresses that occur for the first time in this check from those that do again.

        :return: (rows, rows)
        Index: ``kala_mass_seen__address_uniq``.
        """
        self.env.cr.execute(
            """INSERT INTO kala_mass_seen (mass_send_id, contact_kind, contact_value)
               SELECT %s, kind, value FROM unnest(%s::text[], %s::text[]) AS n(kind, value)
                   ON CONFLICT DO NOTHING RETURNING contact_kind, contact_value""",
            [
                self.id,
                [row["contact_kind"] for row in rows],
                [row["contact_value"] for row in rows],
            ],
        )
        new, again = set(self.env.cr.fetchall()), []
        first = []
        for row in rows:
            key = (row["contact_kind"], row["contact_value"])
            (first if key in new else again).append(row)
            new.discard(key)
        return first, again

    def _forget_seen(self):
        """Index: ``kala_mass_seen__address_uniq``."""
        self.env.cr.execute("DELETE FROM kala_mass_seen WHERE mass_send_id = ANY(%s)", [self.ids])

    def _counts_of(self, rows, skips):
        """Count what a check tells; a channel's addon may add its cost (BR2).

        :return: Counter
        """
        counts = Counter(reason for _res_id, reason, _detail in skips)
        counts["ok"] = len(rows)
        return counts

    def _next_records(self, position):
        """:return: the next records, with the creator's rights and only those he may read"""
        self.ensure_one()
        records = self._creators_model()
        if self.record_ids:
            return records.search([("id", "in", self.record_ids[position : position + CHUNK])])
        domain = [("id", ">", position), *self._domain()]
        return records.search(domain, order="id", limit=CHUNK)

    def _creators_model(self):
        """:return: the model of the records, with the creator's rights in the company"""
        return (
            self.env[self.model]
            .with_user(self.user_id)
            .with_company(self.company_id)
            .with_context(allowed_company_ids=self.company_id.ids)
        )

    def _is_past(self, position, records):
        """A chunk of a list may be empty: its records may be gone, or not for the creator."""
        return position >= len(self.record_ids) if self.record_ids else not records

    def _position_after(self, position, records):
        """:return: where the next chunk starts: in the list of ids, or after an id"""
        return position + CHUNK if self.record_ids else max(records.ids)

    # ------------------------------------------------------------------ recipients

    def _recipients(self, records):
        """Decide for each record: the row of its message, or the reason why it gets none.

        :return: (list of row dicts, list of (record id, reason, detail))
        """
        line = self._line().sudo()
        points = records._kala_points()
        moment = self.send_after or fields.Datetime.now()
        found, skips = [], []
        for record in records.sudo():
            key = record._kala_address_first(self.channel, points[record.id], line.connection_id)
            if key:
                found.append((record, key))
            else:
                skips.append((record.id, "no_address", ""))
        texts = self._texts([record for record, _key in found])
        verdicts = self._verdicts(line, found, moment, texts)
        rows = []
        for n, (record, key) in enumerate(found):
            verdict = verdicts.get(n)
            if verdict and not isinstance(verdict, Wait):
                skips.append((record.id, verdict.kind, verdict.reason))
                continue
            rows.append(self._row(record, key, texts[n], verdict, moment))
        return rows, skips

    def _verdicts(self, line, found, moment, texts):
        templates = self.env["kala.template"].sudo()
        return self.env["kala.gate"]._judge(
            [
                Outgoing(
                    company=self.company_id,
                    line=line,
                    channel=self.channel,
                    key=key,
                    partner=record._kala_customer(),
                    moment=moment,
                    free_text=not text["template_values"],
                    template=templates.browse(text["template_id"] or ()),
                    template_values=text["template_values"],
                )
                for (record, key), text in zip(found, texts, strict=True)
            ]
        )

    def _texts(self, records):
        """:return: dicts ``body``, ``template_id``, ``template_values``: the rendered text of
        each record, in its contact's language"""
        if self.template_id.connection_id:
            return self._external_texts(records)
        common = {"template_id": self.template_id.id or None, "template_values": None}
        return [{**text, **common} for text in self._own_texts(records)]

    def _external_texts(self, records):
        """What a provider approved is sent as it is (WA1)."""
        texts = []
        for record in records:
            template = self.template_id.sudo()._for_contact(record)
            vals = template._prepare_external_vals(record)
            texts.append({**vals, "body": clean_text(vals["body"])})
        return texts

    def _own_texts(self, records):
        """:return: list of dicts ``body``, ``subject`` (of e-mails), as each contact gets them"""
        texts = []
        for record in records:
            lang = record._kala_customer().lang or self.env.lang
            body = self.body or self.template_id.with_context(lang=lang).body
            text = {"body": self._rendered(body, record, lang)}
            if self.channel == "email":
                subject = self._rendered(self._subject_in(lang), record, lang)
                text["subject"] = one_line(subject, 500)
            texts.append(text)
        return texts

    def _subject_in(self, lang):
        """:return: the subject that was typed, else the template's in the contact's language"""
        if self.template_id and self.subject == self.template_id.subject:
            return self.template_id.with_context(lang=lang).subject
        return self.subject

    def _rendered(self, source, record, lang):
        used = placeholders.check(source or "", self.env["kala.placeholder"]._names())
        if not used:
            return clean_text(source or "")
        values = self.env["kala.placeholder"].with_context(lang=lang)._values(record, used)
        return clean_text(placeholders.render(source, values))

    def _row(self, record, key, text, verdict, moment):
        attach = self.env["kala.communication"]._attach_vals(record)
        waits = bool(verdict) or moment > fields.Datetime.now()
        reason = ("window" if verdict else "person") if waits else None
        return {
            "contact_kind": key.kind,
            "contact_value": key.value,
            "body": text["body"],
            "subject": text.get("subject"),
            "template_id": text["template_id"],
            "template_values": text["template_values"] and json.dumps(text["template_values"]),
            "res_id": record.id,
            "partner_id": attach["partner_id"] or None,
            "lead_id": attach["lead_id"] or None,
            "order_id": attach["order_id"] or None,
            "send_key": self.env["kala.communication"]._generate_send_key(),
            "state": "scheduled" if waits else "queued",
            "wait_reason": reason,
            "send_after": verdict.until if verdict else moment,
        }

    def _insert_rows(self, rows):
        """Write the messages; an address that has one already gets no second one.

        :return: set of (kind, value, record id) that were written
        Index: ``kala_communication__mass_address_uniq``.
        """
        if not rows:
            return set()
        names = ", ".join(name for name, _type in _COLUMNS)
        arrays = ", ".join(f"%s::{kind}[]" for _name, kind in _COLUMNS)
        line = self.line_id.sudo()
        self.env["kala.communication"].flush_model()
        self.env.cr.execute(
            f"""INSERT INTO kala_communication
                       ({names}, mass_send_id, channel, direction, kind, date,
                        company_id, line_id, connection_id, res_model, user_id, priority,
                        recency_pending, create_uid, create_date, write_uid, write_date)
                SELECT {names}, %s, %s, 'out', 'text', now() AT TIME ZONE 'UTC',
                       %s, %s, %s, %s, %s, %s, FALSE,
                       %s, now() AT TIME ZONE 'UTC', %s, now() AT TIME ZONE 'UTC'
                  FROM unnest({arrays}) AS n({names})
                    ON CONFLICT (mass_send_id, contact_kind, contact_value)
                       WHERE mass_send_id IS NOT NULL DO NOTHING
             RETURNING contact_kind, contact_value, res_id""",
            [
                self.id,
                self.channel,
                self.company_id.id,
                line.id,
                line.connection_id.id,
                self.model,
                self.user_id.id,
                const.PRIORITY_MASS,
                self.user_id.id,
                self.user_id.id,
                *[[row[name] for row in rows] for name, _kind in _COLUMNS],
            ],
        )
        return set(self.env.cr.fetchall())

    def _insert_skips(self, skips):
        known = dict(self.env["kala.mass.skip"]._fields["reason"].selection)
        self.env["kala.mass.skip"].sudo().create(
            [
                {
                    "mass_send_id": self.id,
                    "res_id": res_id,
                    "reason": reason if reason in known else "other",
                    "detail": detail,
                }
                for res_id, reason, detail in skips
            ]
        )


class KalaMassSeen(models.Model):
    """The addresses that a check has counted, for as long as it runs (BR2)."""

    _name = "kala.mass.seen"
    _description = "Counted Recipient"
    _log_access = False

    mass_send_id = fields.Many2one("kala.mass.send", required=True, ondelete="cascade")
    contact_kind = fields.Char(required=True)
    contact_value = fields.Char(required=True)

    _address_uniq = models.UniqueIndex("(mass_send_id, contact_kind, contact_value)")


class KalaMassSkip(models.Model):
    """A record that does not get a mass send, and why (BR2); for the list and its export."""

    _name = "kala.mass.skip"
    _description = "Skipped Recipient"
    _log_access = False
    _rec_name = "record_name"

    mass_send_id = fields.Many2one(
        "kala.mass.send", required=True, index=True, ondelete="cascade", readonly=True
    )
    res_id = fields.Integer(readonly=True)
    record_name = fields.Char(compute="_compute_record_name", string="Record")
    reason = fields.Selection(
        [
            ("no_address", "no address for the channel"),
            ("consent", "no consent, opted out, or on the blacklist"),
            ("duplicate", "the same address as another recipient"),
            ("window", "the send window never opens, or free text is not allowed"),
            ("other", "another reason"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)

    def _compute_record_name(self):
        for mass, skips in self.grouped("mass_send_id").items():
            records = self.env[mass.model].sudo().browse(skips.mapped("res_id")).exists()
            names = {record.id: record.display_name for record in records}
            for skip in skips:
                skip.record_name = names.get(skip.res_id, "")
