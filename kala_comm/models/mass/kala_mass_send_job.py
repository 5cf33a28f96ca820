from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import const, states
from .kala_mass_send_pause import NEVER

#: Records of one step.
CHUNK = 1000
#: Reasons that say too little without the sentence of the single message, and how many of these a
#: check repeats.
DETAILED, DETAILS = ("window", "other"), 2
#: What is kept of who will get it.
_SEEN = ("contact_kind", "contact_value", "channel", "res_id")
#: Days for which a count is kept that nobody has used.
COUNT_DAYS = 30
#: Seconds until the job looks again at rows that another transaction has locked.
SOON = 60

#: A mass send of which no message waits any more.
_OVER = f"""
    SELECT 1 FROM kala_mass_send m
     WHERE m.state = 'sending' AND m.is_prepared
       AND NOT EXISTS (
           SELECT 1 FROM kala_communication c
            WHERE c.mass_send_id = m.id AND {states.is_on_its_way("c")}
           OFFSET 0)
     LIMIT 1
"""


class KalaMassSend(models.Model):
    """Prepares and counts the recipients of mass sends, step by step (BR2, BR3). After each step
    the records that were read leave the memory, so that it does not grow."""

    _inherit = "kala.mass.send"

    @api.model
    def _wake(self, at=None):
        """Wake the job when this transaction commits.

        :param datetime at: naive UTC; default: at once
        """
        self.env.ref("kala_comm.ir_cron_mass_send").sudo()._trigger(at=at)

    @api.model
    def _wake_soon(self):
        """Wake the job a little later: another transaction has locked its rows, or messages are
        still being sent."""
        self._wake(at=fields.Datetime.now() + timedelta(seconds=SOON))

    @api.model
    def _wake_if_over(self):
        """Wake the job where the last message of a mass send has left: it ends it (BR3).

        Index: ``kala_communication_mass_state_idx``.
        """
        self.flush_model(["state", "is_prepared"])
        self.env["kala.communication"].flush_model(["mass_send_id", "state"])
        self.env.cr.execute(_OVER)
        if self.env.cr.rowcount:
            self._wake()

    @api.model
    def _cron_run(self):
        """Prepare recipients chunk by chunk, count what asks to be counted, end what is over."""
        step = self.env["kala.job"]._guarded
        for mass in self.search([("check_state", "=", "running")]):
            while mass.check_state == "running":
                if step(mass, lambda m: m._check_chunk(), self._stop_check) is None:
                    break
                self.env["ir.cron"]._commit_progress(1)
        for mass in self.search([("state", "=", "preparing")]):
            while step(mass, lambda m: m._prepare_chunk(), self._stop_broken):
                if not self.env["ir.cron"]._commit_progress(1, remaining=1):
                    return
                self.env["kala.job"]._let_incoming_pass()
        for mass in self.search([("state", "=", "sending")]):
            step(mass, lambda m: m._end_if_over())
        self.env["kala.job"]._retrying(self._finish_later)
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _finish_later(self):
        """Finish later what another transaction disturbed."""
        self._move_late_messages()
        if self.search_count(
            ["|", ("check_state", "=", "running"), ("state", "=", "preparing")], limit=1
        ):
            self._wake_soon()

    @api.model
    def _stop_check(self, mass, fault):
        mass.check_state = False
        mass._tell_creator(self.env._("The recipients cannot be counted: %s", fault))

    @api.model
    def _stop_broken(self, mass, fault):
        """Pause a mass send that cannot be prepared, and tell its creator; the others go on."""
        mass.state = "paused"
        mass._take_back_emails()
        mass._move_waiting(const.SCHEDULED, NEVER)
        mass._tell_creator(
            self.env._("It was paused: %s Mend what is wrong, then press Resume.", fault)
        )

    def _tell_creator(self, sentence):
        self.message_post(body=sentence, partner_ids=self.user_id.partner_id.ids)

    @api.model
    def _move_late_messages(self):
        """Messages that were being sent when their mass send was paused or cancelled may have come
        back to the queue since: they wait, or are cancelled, like the others."""
        today = fields.Datetime.now() - timedelta(days=1)
        for state, to_state, send_after in (
            ("paused", const.SCHEDULED, NEVER),
            ("cancelled", const.CANCELLED, None),
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
        # Somebody may have paused or cancelled it meanwhile.
        self.invalidate_recordset()
        if self.state != "preparing" or not self.try_lock_for_update(allow_referencing=True):
            return False
        # The rights of its creator, and its line, may have changed since it was started.
        self._check_startable()
        self._check_approval()
        records = self._next_records(self.position)
        if self._is_at_end(self.position, records):
            self.write({"is_prepared": True, "state": "sending"})
            self._wake_senders()
            return False
        rows, skips = self._recipients(records)
        inserted = self._insert_rows(rows)
        self._attach_files(inserted)
        skips += [
            (row["res_id"], "duplicate", "")
            for row in rows
            if (row["contact_kind"], row["contact_value"], row["res_id"]) not in inserted
        ]
        self._insert_skips(skips)
        self.position = self._position_after(self.position, records)
        self.env.flush_all()
        self._wake_senders()
        self._beat()
        return True

    def _check_chunk(self):
        """Count one chunk without preparing it. :return: how many records were looked at"""
        records = self._next_records(self.check_position)
        if self._is_at_end(self.check_position, records):
            self.check_state = "done"
            self._tell_screens()
            return 0
        rows, skips = self._recipients(records)
        rows, again = self._not_seen(rows)
        skips += [(row["res_id"], "duplicate", "") for row in again]
        counts = Counter(self.check_counts or {})
        counts.update(self._counts_of(rows, skips))
        self._insert_skips(skips)
        position = self._position_after(self.check_position, records)
        self.write(
            {
                "check_counts": dict(counts),
                "check_details": self._details_with(skips),
                "check_position": position,
            }
        )
        self._beat()
        return len(records)

    def _details_with(self, skips):
        """:return: dict reason → sentences that say more of it, those known before first"""
        details = dict(self.check_details or {})
        known_reasons = dict(self.env["kala.mass.skip"]._fields["reason"].selection)
        for _res_id, reason, detail in skips:
            name = reason if reason in known_reasons else "other"
            known = details.get(name, [])
            if name in DETAILED and detail and detail not in known and len(known) < DETAILS:
                details[name] = [*known, detail]
        return details

    def _not_seen(self, rows):
        """Tell addresses that occur for the first time in this check from those that do again.

        :return: (rows, rows)
        Index: ``kala_mass_seen_address_uniq``.
        """
        self.env.cr.execute(
            """INSERT INTO kala_mass_seen
                      (mass_send_id, contact_kind, contact_value, channel, res_id)
               SELECT %s, kind, value, channel, res_id
                 FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])
                      AS n(kind, value, channel, res_id)
                   ON CONFLICT DO NOTHING RETURNING contact_kind, contact_value, res_id""",
            [
                self.id,
                *[[row[name] for row in rows] for name in _SEEN],
            ],
        )
        new, first, again = set(self.env.cr.fetchall()), [], []
        for row in rows:
            key = (row["contact_kind"], row["contact_value"], row["res_id"])
            (first if key in new else again).append(row)
            new.discard(key)
        return first, again

    def _forget_check(self):
        """What was counted is not true any more: the lists of it go, too.

        Indexes: ``kala_mass_seen_address_uniq``, ``kala_mass_skip__mass_send_id_index``.
        """
        for name in ("kala.mass.seen", "kala.mass.skip"):
            rows = self.env[name].sudo()
            rows.flush_model()
            rows.invalidate_model()
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE mass_send_id = ANY(%s)",
                    SQL.identifier(rows._table),
                    self.ids,
                )
            )

    @api.autovacuum
    def _gc_counts(self):
        """The list of who would get a draft has their addresses: it goes when nobody has touched
        the draft for some weeks, and is counted anew before that one is sent."""
        old = fields.Datetime.now() - timedelta(days=COUNT_DAYS)
        counted = [("state", "=", "draft"), ("check_state", "=", "done"), ("write_date", "<", old)]
        for mass in self.search(counted, limit=CHUNK):
            mass.check_state = False
            mass._forget_check()

    def _counts_of(self, rows, skips):
        """Count what a check tells; a channel's addon may add its cost (BR2).

        :return: Counter
        """
        known = dict(self.env["kala.mass.skip"]._fields["reason"].selection)
        counts = Counter(
            reason if reason in known else "other" for _res_id, reason, _detail in skips
        )
        counts["ok"] = len(rows)
        counts["else_by"] = sum(row["channel"] != self.channel for row in rows)
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

    def _is_at_end(self, position, records):
        """:return: whether all records were looked at. A chunk of a list may be empty before that:
        its records may be deleted, or the creator may not read them."""
        return position >= len(self.record_ids) if self.record_ids else not records

    def _position_after(self, position, records):
        """:return: where the next chunk starts: in the list of ids, or after an id"""
        return position + CHUNK if self.record_ids else max(records.ids)
