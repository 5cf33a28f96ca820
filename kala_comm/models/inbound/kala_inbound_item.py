import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.messages import ITEM_CLASSES, ITEM_KINDS, DeliveryReport, IncomingMessage

#: An item that was taken this often without a result has killed its worker: it is dead.
MAX_ATTEMPTS = 3
ERROR_LIMIT = 500
#: Dead letters that expire in one transaction.
GC_BATCH = 10_000


class KalaInboundItem(models.Model):
    """One message, report or call out of an event, with a state of its own: one bad item is a
    dead letter, its neighbours are not (docs/architecture.md, 3.2)."""

    _name = "kala.inbound.item"
    _description = "Incoming Item"
    _inherit = ["kala.guarded", "kala.hidden.name", "kala.given"]
    _internal_fields = (*("content", "due", "event_id", "key"),)
    _order = "id DESC"
    _log_access = False

    event_id = fields.Many2one("kala.inbound.event", required=True, index=True, ondelete="cascade")
    connection_id = fields.Many2one("kala.connection", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    kind = fields.Selection(
        [
            ("message", "Message"),
            ("report", "Delivery report"),
            ("call", "Call"),
            ("template", "News about a template"),
            ("consent", "Opted out or in"),
            ("unusable", "Not understood"),
        ],
        required=True,
    )
    key = fields.Char(required=True)
    content = fields.Json(groups="base.group_system")
    content_text = fields.Text(compute="_compute_content_text", groups="base.group_system")
    payload_text = fields.Text(related="event_id.payload_text", groups="base.group_system")
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("done", "Done"),
            ("dead", "Dead letter"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="pending",
    )
    result = fields.Char(help="What became of it.")
    error = fields.Char()
    error_words = fields.Char(compute="_compute_error_words", string="Reason")
    attempts = fields.Integer()
    due = fields.Datetime(help="Not before this moment.")
    date = fields.Datetime(related="event_id.date", string="Received")
    communication_id = fields.Many2one(
        "kala.communication", ondelete="set null", index="btree_not_null"
    )

    _key_uniq = models.UniqueIndex("(connection_id, key)", "This item was received before.")
    _pending_idx = models.Index("(due, id) WHERE state = 'pending'")
    _dead_idx = models.Index("(connection_id) WHERE state = 'dead'")

    @api.depends("kind", "connection_id")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def _set_full_names(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for item in self:
            item.display_name = f"{kinds.get(item.kind)} ({item.connection_id.display_name})"

    @api.depends("content")
    def _compute_content_text(self):
        for item in self:
            item.content_text = json.dumps(
                item.content, indent=2, ensure_ascii=False, sort_keys=True
            )

    @api.model
    def _prepare_item_vals(self, event, parsed):
        """:return: values of the item for one parsed part of an event"""
        return {
            "event_id": event.id,
            "connection_id": event.connection_id.id,
            "company_id": event.company_id.id,
            "kind": ITEM_KINDS[type(parsed)],
            "key": self._key_of(event, parsed)[:500],
            "content": parsed.to_json(),
        }

    @api.model
    def _key_of(self, event, parsed):
        """What makes two items the same, whatever batch they came in
        (docs/architecture.md, 3.2)."""
        kind = ITEM_KINDS[type(parsed)]
        if isinstance(parsed, IncomingMessage):
            direction = "out" if parsed.echo else "in"
            uid = parsed.uid or f"{event.external_id}/{hash_of(parsed)}"
            return f"{kind}:{direction}:{uid}"
        if isinstance(parsed, DeliveryReport):
            # Gateways use their small ids again: our own key tells two messages apart.
            return f"{kind}:{parsed.state}:{parsed.code}:{parsed.key}:{parsed.uid}"
        if kind == "call":
            return f"{kind}:{parsed.uid}:{parsed.event}:{hash_of(parsed)}"
        if kind == "consent" and not parsed.date:
            # Without a moment the same words may be said again another day.
            return f"{kind}:{parsed.key}:{event.external_id}"
        return f"{kind}:{parsed.key}"

    def _parsed(self):
        self.ensure_one()
        return ITEM_CLASSES[self.kind].from_json(self.content)

    def _put_off(self, moment):
        """Look at them again at a moment (naive UTC); that is no failed attempt. The job is told:
        by itself it looks every five minutes only."""
        self.write({"due": moment, "attempts": 0})
        self.env.ref("kala_comm.ir_cron_inbox").sudo()._trigger(at=moment)

    @api.depends("error", "connection_id")
    @api.depends_context("lang")
    def _compute_error_words(self):
        for item in self:
            item.error_words = item.connection_id.sudo()._failure_words(item.error)

    def _bury(self, reason):
        """Make it a dead letter that managers see and can replay (AD3)."""
        self.write({"state": "dead", "error": (reason or "")[:ERROR_LIMIT]})

    def _check_replay_right(self):
        """Managers replay; what an item says and became of it, they do not write (AD3)."""
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("kala_comm.group_manager")):
            raise AccessError(
                self.env._("Only communication managers replay what came in. Ask one of them.")
            )

    def action_open_dismiss(self):
        """Ask for a reason, then dismiss what is chosen."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dismiss dead letters"),
            "res_model": "kala.dismiss",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_item_ids": self.ids},
        }

    def _dismiss(self, reason):
        """Somebody has looked at these dead letters, and nothing is to be done (AD3).

        :param str reason: people read it
        :raise UserError: if an item is not dead
        """
        self._check_replay_right()
        if any(item.state != "dead" for item in self):
            raise UserError(self.env._("Only dead letters can be dismissed."))
        result = self.env._(
            "Dismissed by %(user)s: %(reason)s", user=self.env.user.name, reason=reason
        )
        self.sudo().write({"state": "dismissed", "result": result[:ERROR_LIMIT]})
        # A whole event that could not be read is settled with its item.
        self.sudo().event_id.filtered(lambda event: event.state == "dead").state = "done"

    @api.autovacuum
    def _gc_dead(self):
        """Dead letters that nobody looked at expire [90 days] (AD6): they become dismissed, and
        go with their event. Indexes: ``kala_inbound_item_dead_idx``, primary keys."""
        done = 0
        self.flush_model()
        self.env["kala.inbound.event"].flush_model()
        for company in self.env["res.company"].sudo().search([("kala_dead_letter_days", ">", 0)]):
            self.env.cr.execute(
                """WITH old AS (
                   UPDATE kala_inbound_item SET state = 'dismissed', result = %s
                    WHERE id IN (
                          SELECT i.id FROM kala_inbound_item i
                            JOIN kala_inbound_event e ON e.id = i.event_id
                           WHERE i.state = 'dead' AND i.company_id = %s
                             AND greatest(e.date, e.replay_date)
                                 < now() AT TIME ZONE 'UTC' - %s * interval '1 day'
                           LIMIT %s)
                RETURNING event_id), settled AS (
                   UPDATE kala_inbound_event SET state = 'done'
                    WHERE state = 'dead' AND id IN (SELECT event_id FROM old))
                   SELECT count(*) FROM old""",
                [
                    self.env._("Expired: nobody replayed or dismissed it."),
                    company.id,
                    company.kala_dead_letter_days,
                    GC_BATCH,
                ],
            )
            done = max(done, self.env.cr.fetchone()[0])
        self.env["kala.inbound.item"].invalidate_model(flush=False)
        self.env["kala.inbound.event"].invalidate_model(flush=False)
        return done, done == GC_BATCH

    def action_replay(self):
        """Handle a dead letter again; the inbox does it within seconds (AD3).

        :raise UserError: if an item is not dead
        """
        self._check_replay_right()
        if any(item.state != "dead" for item in self):
            raise UserError(self.env._("Only dead letters can be replayed."))
        unusable = self.sudo().filtered(lambda item: item.kind == "unusable")
        understood = self.sudo() - unusable
        understood.write({"state": "pending", "attempts": 0, "error": False, "due": False})
        understood.event_id.replay_date = fields.Datetime.now()
        # What was not understood is read again from its event: perhaps a newer addon can.
        events = unusable.event_id
        unusable.unlink()
        events._read_again()
        self.env["kala.inbox"].sudo()._wake()
        return True


def hash_of(parsed):
    """:return: digest of everything an item says, for items without an id of their own"""
    text = json.dumps(parsed.to_json(), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
