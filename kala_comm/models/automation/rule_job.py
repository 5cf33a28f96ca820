import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const
from .kala_rule import TIMED
from .kala_rule_event import NO_NEWS
from .kala_rule_log import CANCELLED, FAILED, LEFT_OUT, SENT, WAITING

_logger = logging.getLogger(__name__)

#: Rows that are made into messages in one transaction.
CHUNK = 200
#: Seconds that one run of the job takes; then it wakes itself.
RUN = 30
#: Messages of one rule about one record in an hour: more are a loop, with another rule or with
#: somebody's automatic answer.
LOOP = 5


class KalaRule(models.Model):
    """The job that makes messages of what rules have written down."""

    _inherit = "kala.rule"

    @api.model
    def _cron_run(self):
        """Look what is due, cancel what is over, and queue the messages of the rest."""
        job = self.env["kala.job"]
        timed = self.search([("state", "=", "running"), ("trigger", "in", TIMED)])
        for rule in timed:
            job._guarded(rule, lambda r: r._queue_due(), blame=lambda r, error: r._blame(error))
        job._retrying(self.env["kala.rule.log"]._sweep)
        end = time.monotonic() + RUN
        job._retrying(self._stop_those_over_limit)
        while time.monotonic() < end:
            ids = self.env["kala.rule.log"]._next_due()
            if not ids:
                break
            self._work_or_halve(ids)
        job._retrying(self._wake_for_next)
        self._index_dates()
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _work_or_halve(self, ids):
        """A row that cannot be worked on must not hold up the others: its neighbours are found by
        halves, and the one that is left says what is wrong with it."""
        job, rows = self.env["kala.job"], self.env["kala.rule.log"]
        fault = job._do_or_fault(lambda: job._retrying(lambda: rows.browse(ids)._work()))
        if not fault:
            return
        if len(ids) > 1:
            self._work_or_halve(ids[: len(ids) // 2])
            self._work_or_halve(ids[len(ids) // 2 :])
            return
        _logger.warning("a step of a rule, %s, failed", ids, exc_info=fault)
        job._retrying(lambda: rows.browse(ids)._end_broken(fault))

    @api.model
    def _wake_for_next(self):
        """Index: ``kala_rule_log_due_idx``."""
        first = self.env["kala.rule.log"].search(
            [("state", "=", WAITING), ("dry", "=", False)], order="due, id", limit=1
        )
        if first:
            self._wake(at=max(first.due, fields.Datetime.now()))


class KalaRuleLog(models.Model):
    _inherit = "kala.rule.log"

    @api.model
    def _next_due(self):
        """:return: list of ids of the rows that are due. Index: ``kala_rule_log_due_idx``."""
        return self.search(self._due_domain(), order="due, id", limit=CHUNK).ids

    @api.model
    def _due_domain(self):
        return [("state", "=", WAITING), ("dry", "=", False), ("due", "<=", fields.Datetime.now())]

    # ------------------------------------------------------------------ what is over

    @api.model
    def _sweep(self):
        """Cancel steps that wait and whose reason has gone (AU7): the contact answered, the record
        changed its status, the rule does not run."""
        self.flush_model()
        self.env["kala.communication"].flush_model()
        waits = SQL("w.state = 'waiting' AND NOT w.dry AND w.due > w.date")
        answered = SQL("%s AND r.stop_on_answer AND %s", waits, self._answered_sql())
        self._cancel_where(answered, self.env._("The contact answered."))
        for model, names in self.env["base.automation"]._kala_status_fields().items():
            self.env[model].flush_model(names)
            changed = SQL(
                """%s AND r.stop_on_status AND w.res_model = %s AND EXISTS (
                       SELECT 1 FROM %s t WHERE t.id = w.res_id AND %s <> w.status)""",
                waits,
                model,
                SQL.identifier(self.env[model]._table),
                self._status_sql(names),
            )
            self._cancel_where(changed, self.env._("The status changed."))

    @api.model
    def _status_sql(self, names):
        """:return: SQL of what :meth:`kala.rule._status_of` says"""
        parts = [SQL("COALESCE(%s::text, '')", SQL.identifier("t", name)) for name in names]
        return SQL("concat_ws('/', %s)", SQL(", ").join(parts))

    @api.model
    def _answered_sql(self):
        """:return: SQL: whether the contact of a row ``w`` has written or called since its event:
        about its record, or from an address that the rule wrote to

        Indexes: those of ``kala_communication`` on records, ``kala_communication_contact_idx``,
        ``kala_rule_log_record_idx``.
        """
        came = SQL(
            "c.direction = 'in' AND c.date >= w.date AND c.id <> w.source_id"
            " AND COALESCE(c.kind, 'text') NOT IN %s",
            NO_NEWS,
        )
        about = [
            SQL(
                "EXISTS (SELECT 1 FROM kala_communication c WHERE c.%(field)s = w.%(field)s"
                " AND %(came)s)",
                field=SQL.identifier(field),
                came=came,
            )
            for field in const.RECORD_FIELDS.values()
        ]
        written = SQL(
            """EXISTS (SELECT 1 FROM kala_rule_log s
                         JOIN kala_communication m ON m.id = s.communication_id
                          AND m.to_user_id IS NULL
                         JOIN kala_communication c ON c.contact_kind = m.contact_kind
                          AND c.contact_value = m.contact_value
                        WHERE s.rule_id = w.rule_id AND s.res_id = w.res_id
                          AND s.event = w.event AND %s)""",
            came,
        )
        return SQL("(%s)", SQL(" OR ").join([*about, written]))

    @api.model
    def _cancel_where(self, condition, reason):
        self.env.cr.execute(
            SQL(
                """UPDATE kala_rule_log w
                      SET state = %s, reason = %s, done = now() AT TIME ZONE 'UTC'
                     FROM kala_rule r
                    WHERE r.id = w.rule_id AND %s""",
                CANCELLED,
                reason,
                condition,
            )
        )
        if self.env.cr.rowcount:
            self.invalidate_model(flush=False)

    # ------------------------------------------------------------------ work

    def _work(self):
        """Make messages of rows that are due, step by step of each rule."""
        for action, rows in (
            self.exists().filtered(lambda r: r.state == WAITING).grouped("action_id").items()
        ):
            rows._tell(action)

    def _tell(self, action):
        rule = action.rule_id
        if not action:
            gone = self.env._("The step was taken out of the rule.")
            self._end(CANCELLED, dict.fromkeys(self, gone))
            return
        if rule.state != "running":
            self._end(CANCELLED, dict.fromkeys(self, self.env._("The rule was stopped.")))
            return
        lacks = rule._lacks_of_owner() or action._lacks()
        if lacks:
            rule._stop_and_tell(" ".join(lacks))
            return
        cancelled, left_out, about = self._judge(action)
        self._end(CANCELLED, cancelled)
        recipients = action._recipients(about)
        reached = {recipient.row for recipient in recipients}
        left_out.update(
            {row: self.env._("There is nobody to tell.") for row in about if row not in reached}
        )
        self._end(LEFT_OUT, left_out)
        for group in self._rounds(recipients):
            self._queue(action, group)
        if recipients:
            rule.last_run = fields.Datetime.now()

    def _queue(self, action, recipients):
        """Queue one message to each of some recipients, no two of them about one record."""
        company = action.rule_id.company_id
        outbox = (
            self.env["kala.outbox"]
            .with_company(company)
            .with_context(
                kala_priority=const.PRIORITY_AUTOMATION, kala_origin=action.rule_id._cause()
            )
        )
        by_id = {recipient.record.id: recipient for recipient in recipients}
        records = outbox.env[recipients[0].record._name].browse(by_id)
        nobody = self.env["res.users"]
        request = outbox._request(
            action.channel,
            template=action.template_id.with_env(outbox.env),
            number={i: r.key for i, r in by_id.items()},
            to_user={i: (r.user or nobody).with_env(outbox.env) for i, r in by_id.items()},
            key={i: f"rule:{r.row.id}" for i, r in by_id.items()},
            keep_failed=True,
            extra=action._message_vals(),
            subject={i: action._subject_for(r.record) for i, r in by_id.items()},
        )
        messages = outbox._send_records(records, request)
        self._note(recipients, messages.sudo())
        self._tell_chatter(recipients, messages.sudo())

    def _note(self, recipients, messages):
        """Write what became of each recipient into its row: one statement for all."""
        rows = [
            (
                recipient.row.id,
                LEFT_OUT if message.state == const.FAILED else SENT,
                message.failure_reason if message.state == const.FAILED else None,
                recipient.name or message.contact_display,
                message.id,
            )
            for recipient, message in zip(recipients, messages, strict=True)
        ]
        self.flush_model()
        self.env.cr.execute(
            """UPDATE kala_rule_log l
                  SET state = n.state, reason = n.reason, recipient = n.recipient,
                      communication_id = n.message, done = %s
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::int[])
                      AS n(id, state, reason, recipient, message)
                WHERE l.id = n.id""",
            [fields.Datetime.now(), *(list(column) for column in zip(*rows, strict=True))],
        )
        self.browse(row[0] for row in rows).invalidate_recordset(flush=False)
        recipients[0].row.rule_id.sent_count += sum(row[1] == SENT for row in rows)

    @api.model
    def _rounds(self, recipients):
        """A row with several recipients gets a row for each of them; and no two messages of a round
        are about one record.

        :return: list of lists of Recipients
        """
        seen, rounds = {}, []
        for recipient in recipients:
            n = seen[recipient.row] = seen.get(recipient.row, -1) + 1
            if n:
                row = recipient.row.copy({"place": n, "state": WAITING})
                recipient = recipient._replace(row=row)
            for group in rounds:
                if recipient.record.id not in group:
                    group[recipient.record.id] = recipient
                    break
            else:
                rounds.append({recipient.record.id: recipient})
        return [list(group.values()) for group in rounds]

    def _end(self, state, reasons):
        """:param dict reasons: row → what the log says"""
        now = fields.Datetime.now()
        by_reason = {}
        for row, reason in reasons.items():
            by_reason.setdefault(reason, []).append(row.id)
        for reason, ids in by_reason.items():
            self.browse(ids).write({"state": state, "reason": reason, "done": now})

    def _end_broken(self, fault):
        rows = self.exists()
        reason = str(fault)[:300] or type(fault).__name__
        rows._end(FAILED, dict.fromkeys(rows, reason))
        for rule in rows.rule_id:
            rule._blame(fault)

    # ------------------------------------------------------------------ judge

    def _judge(self, action):
        """Part the rows into those that are over, those that are left out, and the rest.

        :return: (dict row → why it is cancelled, dict row → why it is left out, dict row → its
            record)
        """
        model = self.env[action.rule_id.model_id.model].with_context(active_test=False)
        # Browsed together, what is read of one record is read of all at once.
        records = {record.id: record for record in model.browse(set(self.mapped("res_id")))}
        there = set(model.browse(records).exists().ids)
        cancelled, left_out, about = {}, {}, {}
        over = self._over(action)
        loops = self._loops()
        hidden = action.rule_id._hidden_reasons(model.browse(there))
        for row in self:
            record = records[row.res_id]
            if row in over:
                cancelled[row] = over[row]
            elif row.res_id not in there:
                left_out[row] = self.env._("The record was deleted.")
            elif reason := row._record_reason(record) or hidden.get(row.res_id):
                left_out[row] = reason
            elif loops.get(row.res_id, 0) >= LOOP:
                left_out[row] = self.env._(
                    "The rule has written about this record %s times within an hour: it looks "
                    "like a loop.",
                    LOOP,
                )
            else:
                about[row] = record
        return cancelled, left_out, about

    def _record_reason(self, record):
        """:return: why a record is left out, empty where it is not"""
        rule = self.rule_id
        if record._kala_company() not in (self.company_id.browse(), self.company_id):
            return self.env._("The record is of another company.")
        # A lost lead is archived, and that is what the rule may be about.
        is_lost = rule.trigger in ("status_changed", "closed") and record._name == "crm.lead"
        is_lost = is_lost and record.won_status == "lost"
        if "active" in record._fields and not record.active and not is_lost:
            return self.env._("The record is archived.")
        if rule.trigger == "date" and rule._date_event(record) != self.event:
            return self.env._("The date was changed.")
        return ""

    def _over(self, action):
        """:return: dict row → why a step that waited does not leave"""
        rule, over = action.rule_id, {}
        waited = self.filtered(lambda r: r.due > r.date)
        if rule.stop_on_status:
            model = self.env[rule.model_id.model].with_context(active_test=False)
            records = model.browse(waited.mapped("res_id")).exists()
            now = {record.id: rule._status_of(record) for record in records}
            over.update(
                {
                    row: self.env._("The status changed.")
                    for row in waited
                    if now.get(row.res_id, row.status) != (row.status or "")
                }
            )
        if rule.stop_on_answer or action.only_if == "not_answered":
            asked = self if action.only_if == "not_answered" else waited
            over.update(dict.fromkeys(asked._answered(), self.env._("The contact answered.")))
        if action.only_if == "not_read":
            over.update(dict.fromkeys(self._read(), self.env._("The message before was read.")))
        return over

    def _answered(self):
        """:return: those of the rows whose contact has written since"""
        if not self:
            return self
        self.env["kala.communication"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT w.id FROM kala_rule_log w WHERE w.id IN %s AND %s",
                tuple(self.ids),
                self._answered_sql(),
            )
        )
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _read(self):
        """:return: those of the rows whose message before was read.
        Index: ``kala_rule_log_record_idx``."""
        self.env["kala.communication"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            """SELECT w.id FROM kala_rule_log w
                 JOIN LATERAL (
                      SELECT m.state FROM kala_rule_log s
                        JOIN kala_communication m ON m.id = s.communication_id
                       WHERE s.rule_id = w.rule_id AND s.res_id = w.res_id AND s.event = w.event
                         AND s.due <= w.due AND s.id <> w.id
                       ORDER BY s.due DESC, s.id DESC LIMIT 1) before ON before.state = 'read'
                WHERE w.id = ANY(%s)""",
            [self.ids],
        )
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    def _loops(self):
        """:return: dict record id → events for which its rule wrote about it within an hour; the
        steps of one event are no loop. Index: ``kala_rule_log_record_idx``."""
        rule = self.rule_id[:1]
        if not rule:
            return {}
        recent = [
            ("rule_id", "=", rule.id),
            ("res_id", "in", self.mapped("res_id")),
            ("state", "=", SENT),
            ("dry", "=", False),
            ("done", ">", fields.Datetime.now() - timedelta(hours=1)),
        ]
        found = self._read_group(recent, ["res_id"], ["event:count_distinct"])
        return dict(found)
