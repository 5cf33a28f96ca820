import base64
import json
import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.inbound import InboundRequest
from ...tools.masking import mask_address, mask_pairs

#: Headers that a parser may need; the rest (cookies, proxies) is not kept.
KEPT_HEADERS = ("content-type", "user-agent", "host")
#: Old events that are deleted in one transaction.
GC_BATCH = 10_000


class KalaInboundEvent(models.Model):
    """One request of a provider, stored as it came before it was answered
    (docs/architecture.md, 3.1)."""

    _name = "kala.inbound.event"
    _description = "Incoming Event"
    _inherit = ["kala.guarded", "kala.hidden.name"]
    _order = "id DESC"
    _rec_name = "external_id"
    _log_access = False

    connection_id = fields.Many2one("kala.connection", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    external_id = fields.Char(required=True)
    date = fields.Datetime(required=True)
    method = fields.Char(required=True)
    url = fields.Char()
    query = fields.Json(groups="base.group_system")
    headers = fields.Json(groups="base.group_system")
    payload = fields.Binary(attachment=False, groups="base.group_system")
    payload_text = fields.Text(compute="_compute_payload_text", groups="base.group_system")
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("dead", "Dead letter")],
        required=True,
    )
    attempts = fields.Integer()
    position = fields.Integer(
        readonly=True, help="Parts that are items already, where it has too many for one step."
    )
    error = fields.Char()
    replay_date = fields.Datetime(help="What is replayed waits from then on (AD6).")
    item_ids = fields.One2many("kala.inbound.item", "event_id")

    _external_uniq = models.UniqueIndex(
        "(connection_id, external_id)", "This event was received before."
    )
    _pending_idx = models.Index("(id) WHERE state = 'pending'")
    _date_idx = models.Index("(date)")

    @api.depends("payload", "query")
    def _compute_payload_text(self):
        for event in self.with_context(bin_size=False):
            body = base64.b64decode(event.payload or b"").decode("utf-8", "replace")
            query = "&".join(f"{k}={v}" for k, v in event.query or ())
            event.payload_text = (body or query)[:100_000].replace("\x00", "\ufffd")

    @api.model
    def _insert_event(self, connection, inbound):
        """Store a request; the same one again is stored once.

        :return: whether it is new
        :raise psycopg2.errors.SerializationFailure: the same event was committed after our
            snapshot; roll back and call again

        Index: ``kala_inbound_event_external_uniq``.
        """
        headers = {k: v for k, v in inbound.headers.items() if k in KEPT_HEADERS}
        # Some gateways bring their password along in the address, and are called with it there.
        secrets = connection._spellings() if "?" in inbound.url or inbound.method == "POLL" else ()
        query = mask_pairs(inbound.query, secrets)
        external_id = self._external_id(connection, inbound)
        if external_id is None:
            return False
        self.env.cr.execute(
            """INSERT INTO kala_inbound_event
                      (connection_id, company_id, external_id, date, method, url, query,
                       headers, payload, state, attempts)
               VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC', %s, %s, %s, %s, %s, 'pending', 0)
                   ON CONFLICT (connection_id, external_id) DO NOTHING
            RETURNING id""",
            [
                connection.id,
                connection.company_id.id,
                external_id,
                inbound.method,
                mask_address(inbound.url.replace(connection.webhook_token, "…"), secrets)[:500],
                json.dumps(query).replace("\\u0000", "\\ufffd"),
                json.dumps(headers).replace("\\u0000", "\\ufffd"),
                # Odoo keeps a Binary column as base64.
                psycopg2.Binary(base64.b64encode(inbound.body)),
            ],
            # A twin that was faster is no error: the door comes again.
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _external_id(self, connection, inbound):
        """:return: what makes two requests the same event; None for a repeat

        Index: ``kala_inbound_event_external_uniq``.
        """
        seconds = connection._provider()._repeat_seconds
        if not seconds:
            return inbound.digest
        now = int(time.time())
        self.env.cr.execute(
            """SELECT 1 FROM kala_inbound_event
                WHERE connection_id = %s AND external_id = ANY(%s)
                  AND date > now() AT TIME ZONE 'UTC' - %s * interval '1 second'""",
            [
                connection.id,
                [f"{inbound.digest}:{now // seconds - n}" for n in (0, 1)],
                seconds,
            ],
        )
        return None if self.env.cr.fetchone() else f"{inbound.digest}:{now // seconds}"

    def _inbound(self):
        """:return: InboundRequest, as it came"""
        self.ensure_one()
        event = self.with_context(bin_size=False)
        return InboundRequest(
            method=event.method,
            url=event.url or "",
            headers=event.headers or {},
            query=tuple(tuple(pair) for pair in event.query or ()),
            body=base64.b64decode(event.payload or b""),
        )

    def action_replay(self):
        """Read a dead event again (AD3); what was understood before is not made twice.

        :raise UserError: if an event is not dead
        """
        self.check_access("read")
        if any(event.state != "dead" for event in self):
            raise UserError(self.env._("Only dead letters can be replayed."))
        self.sudo()._read_again()
        return True

    def _read_again(self):
        self.write(
            {
                "state": "pending",
                "attempts": 0,
                "position": 0,
                "error": False,
                "replay_date": fields.Datetime.now(),
            }
        )
        self.env["kala.inbox"]._wake()

    @api.autovacuum
    def _gc_events(self):
        """Raw events are kept some days [30], dead ones until somebody decides (AD6).

        Index: ``kala_inbound_event_date_idx``.
        """
        done, more = 0, False
        for company in self.env["res.company"].sudo().search([("kala_event_days", ">=", 0)]):
            self.env.cr.execute(
                """DELETE FROM kala_inbound_event WHERE id IN (
                   SELECT e.id FROM kala_inbound_event e
                    WHERE e.date < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                      AND e.company_id = %s AND e.state = 'done'
                      AND NOT EXISTS (SELECT 1 FROM kala_inbound_item i
                                       WHERE i.event_id = e.id
                                         AND i.state NOT IN ('done', 'dismissed'))
                    ORDER BY e.date LIMIT %s)""",
                [company.kala_event_days, company.id, GC_BATCH],
            )
            done += self.env.cr.rowcount
            more = more or self.env.cr.rowcount == GC_BATCH
        return done, more
