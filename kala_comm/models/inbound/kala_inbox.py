import itertools
import json
import logging
import time

import psycopg2
from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.messages import Unusable
from ...tools.retries import RETRIABLE
from .kala_inbound_item import ERROR_LIMIT, MAX_ATTEMPTS

_logger = logging.getLogger(__name__)

BATCH = 200
#: Parts of one event that become items in one step: as many as are handled in one, so that what
#: comes in meanwhile waits for one step, not for thousands of parts.
PARTS = BATCH
#: Parts of one event that are dead letters of their own.
UNUSABLE_PARTS = 100
#: Seconds: an empty inbox is looked at this often, for this long, before the job ends.
POLL = 0.05
LINGER = 1.0
#: Seconds one run may take before it hands its worker back.
RUN_TIME = 20.0
#: Seconds between two looks at the last-communication columns, while messages keep coming: they
#: may be late (LO6), the next message may not.
REFRESH_EVERY = 1.0


class KalaInbox(models.AbstractModel):
    """The inbox job: events → items → communications. A cron runs on one worker at a time, so
    that two first messages of one sender cannot make two leads (MA10,
    docs/architecture.md, 3.4)."""

    _name = "kala.inbox"
    _inherit = "kala.job"
    _description = "Inbox"

    @api.model
    def _wake(self):
        self.env.ref("kala_comm.ir_cron_inbox")._trigger()

    @api.model
    def _cron_run(self, linger=LINGER):
        """Work until the inbox is empty, and stay a moment for what comes next.

        :param float linger: seconds to poll an empty inbox
        """
        self._run_plainly()
        end = time.monotonic() + RUN_TIME
        quiet_until = time.monotonic() + linger
        refresh_at = time.monotonic() + REFRESH_EVERY
        while True:
            if time.monotonic() >= refresh_at:
                self.env["kala.recency"]._refresh()
                refresh_at = time.monotonic() + REFRESH_EVERY
            if self._run_once():
                quiet_until = time.monotonic() + linger
            elif time.monotonic() >= quiet_until:
                break
            else:
                time.sleep(POLL)
            if time.monotonic() >= end:
                self._retrying(self._wake)
                break
        self._retrying(self.env["kala.intake"]._end_untold_calls)
        self.env["kala.recency"]._refresh()
        self._commit()

    @api.model
    def _run_once(self):
        """:return: whether there was anything to do"""
        worked = self._parse_events()
        worked = self._handle_items() or worked
        self._commit()
        return worked

    # ------------------------------------------------------------------ events → items

    @api.model
    def _parse_events(self):
        """Split waiting events into items. Index: ``kala_inbound_event_pending_idx``."""
        return self._work_off(
            """SELECT id, attempts FROM kala_inbound_event WHERE state = 'pending'
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED""",
            "kala.inbound.event",
            self._parse_set,
            self._bury_event,
        )

    @api.model
    def _parse_set(self, events):
        rows = []
        for event in events:
            if event.attempts > MAX_ATTEMPTS:
                raise UserError(self.env._("Taken %s times without a result.", event.attempts - 1))
            provider = event.connection_id._provider()
            if provider is None:
                raise UserError(
                    self.env._(
                        "The provider %s is not installed. Install its addon, then press Replay.",
                        event.connection_id.provider,
                    )
                )
            parsed = self._few_unusable(
                event, provider._parse(event.connection_id, event._inbound())
            )
            end = event.position + PARTS
            for part in parsed[event.position : end]:
                rows.append(self.env["kala.inbound.item"]._prepare_item_vals(event, part))
            if len(parsed) > end:
                # The rest is split when these are handled: others come in between.
                event.write({"position": end, "attempts": 0})
            else:
                event.write({"state": "done", "error": False})
        self._insert_items(rows)

    @api.model
    def _few_unusable(self, event, parsed):
        """Thousands of dead letters of one event tell no more than some: one stands for the rest,
        and replays the event as each of them does.

        :return: list of parts
        """
        unusable = [part for part in parsed if isinstance(part, Unusable)]
        rest = {id(part) for part in unusable[UNUSABLE_PARTS:]}
        if not rest:
            return parsed
        reason = self.env._("%s more parts of this event cannot be understood.", len(rest))
        one = Unusable(key=f"rest:{event.external_id}", reason=reason)
        return [part for part in parsed if id(part) not in rest] + [one]

    @api.model
    def _insert_items(self, rows):
        """Insert items; those that another batch brought before are left out.

        Index: ``kala_inbound_item_key_uniq``.
        """
        if not rows:
            return
        columns = ("event_id", "connection_id", "company_id", "kind", "key", "content")
        self.env.cr.execute(
            """INSERT INTO kala_inbound_item
                      (event_id, connection_id, company_id, kind, key, content, state, attempts)
               SELECT event_id, connection_id, company_id, kind, key, content::jsonb,
                      'pending', 0
                 FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
                      WITH ORDINALITY
                        AS i(event_id, connection_id, company_id, kind, key, content, place)
                ORDER BY place
                   ON CONFLICT (connection_id, key) DO NOTHING""",
            [
                [json.dumps(row[name]) if name == "content" else row[name] for row in rows]
                for name in columns
            ],
        )

    @api.model
    def _bury_event(self, event_id, error):
        event = self.env["kala.inbound.event"].browse(event_id)
        event.write({"state": "dead", "error": error[:ERROR_LIMIT]})
        unusable = Unusable(key=f"event:{event.external_id}", reason=error[:ERROR_LIMIT])
        self._insert_items([self.env["kala.inbound.item"]._prepare_item_vals(event, unusable)])
        event.item_ids.filtered(lambda i: i.kind == "unusable")._bury(error)

    # ------------------------------------------------------------------ items → log

    @api.model
    def _handle_items(self):
        """Handle waiting items in sets. Index: ``kala_inbound_item_pending_idx``."""
        return self._work_off(
            """SELECT id, attempts FROM kala_inbound_item
                WHERE state = 'pending' AND (due IS NULL OR due <= now() AT TIME ZONE 'UTC')
                ORDER BY due NULLS FIRST, id LIMIT %s FOR UPDATE SKIP LOCKED""",
            "kala.inbound.item",
            self._handle_set,
            self._bury_item,
        )

    @api.model
    def _handle_set(self, items):
        worn = items.filtered(lambda item: item.attempts > MAX_ATTEMPTS)
        worn._bury(self.env._("Taken %s times without a result.", MAX_ATTEMPTS))
        items -= worn
        for company, of_company in items.grouped("company_id").items():
            handler = self.env["kala.intake"].with_company(company)
            # What the job writes is read by the company's people.
            handler = handler.with_context(lang=company.partner_id.lang or self.env.lang)
            by_kind = of_company.grouped("kind")
            for kind, take in handler._handlers().items():
                if kind in by_kind:
                    take(company, by_kind[kind].sorted("id"))

    @api.model
    def _bury_item(self, item_id, error):
        self.env["kala.inbound.item"].browse(item_id)._bury(error)

    # ------------------------------------------------------------------ sets

    @api.model
    def _work_off(self, waiting, model, handle, bury):
        """Claim some rows, commit, and handle them in sets.

        :param str waiting: statement that locks the next rows and returns their ids and
            attempts, with a limit
        :return: whether there were any
        """
        ids = self._retrying(lambda: self._claim(waiting, self.env[model]._table))
        if ids:
            self._in_sets(model, ids, handle, bury)
        return bool(ids)

    @api.model
    def _claim(self, waiting, table):
        """Count the attempt. Who takes a row down with the server must not take its neighbours:
        what was taken before without a result is taken alone.

        :return: list of ids, in order of arrival
        """
        self.env.cr.execute(waiting, [BATCH], log_exceptions=False)
        rows = self.env.cr.fetchall()
        fresh = itertools.takewhile(lambda row: not row[1], rows)
        ids = sorted(row_id for row_id, _attempts in list(fresh) or rows[:1])
        self.env.cr.execute(f"UPDATE {table} SET attempts = attempts + 1 WHERE id = ANY(%s)", [ids])
        return ids

    @api.model
    def _in_sets(self, model, ids, handle, bury):
        """Handle rows as one set and commit; on an error halve the set until the bad row is
        alone, and bury that one (docs/architecture.md, 3.2)."""
        sets, looked_at = [ids], set()
        while sets:
            part = sets.pop(0)
            try:
                self._attempt(model, part, handle)
            except psycopg2.InterfaceError:
                # The database is gone: no row is to blame, the next run goes on.
                raise
            except RETRIABLE:
                self._rollback()
                self._forgive(model, part)
            except Exception as error:
                self._rollback()
                if len(part) > 1:
                    middle = len(part) // 2
                    sets[:0] = [part[:middle], part[middle:]]
                    continue
                if isinstance(error, UniqueViolation) and part[0] not in looked_at:
                    # Somebody else made it meanwhile, a task or a line: now it is found.
                    looked_at.add(part[0])
                    sets.insert(0, part)
                    continue
                _logger.warning("%s %s is a dead letter", model, part[0], exc_info=True)
                bury(part[0], self._reason_of(error))
                self._commit()

    @api.model
    def _reason_of(self, error):
        """:return: a sentence for managers; what is written for people is one already (AD3)"""
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "This could not be read or handled (%s). The server's log says more. When its cause is "
            "mended, press Replay.",
            f"{type(error).__name__}: {error}",
        )

    @api.model
    def _forgive(self, model, ids):
        """Others were in the way all the time: that never condemns a row."""
        self._retrying(lambda: self._forget_attempt(model, ids))

    @api.model
    def _forget_attempt(self, model, ids):
        self.env.cr.execute(
            f"UPDATE {self.env[model]._table} SET attempts = attempts - 1 WHERE id = ANY(%s)",
            [ids],
        )
        self._wake()

    @api.model
    def _attempt(self, model, ids, handle):
        """Run one set in one transaction."""
        self._retrying(lambda: handle(self.env[model].browse(ids)))
