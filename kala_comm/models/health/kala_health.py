from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...tools import const, states
from ..connection import registry

#: Hours of the log that tell how a connection is doing.
HOURS = 24
#: Minutes after which a message that left, and of which no report came, counts as unheard.
SILENCE = 15
#: So many messages must be lost, or so many people must be unheard, before a line counts as
#: broken: one phone may be off.
ENOUGH = 3
#: Failures that are no fault of the message or of its recipient.
OUR_FAULTS = ("connection", "credit", "sender", "temporary")

HEALTH = [
    ("off", "Not connected"),
    ("both", "In order"),
    ("in_only", "Does not send"),
    ("out_only", "Sends, but does not receive"),
    ("neither", "Neither sends nor receives"),
]
ILL = ("in_only", "out_only", "neither")
ANSWERS = [("yes", "Yes"), ("no", "No"), ("quiet", "Nothing lately")]

#: What the log of the last hours says. ``told``: our newest message of which a report came;
#: ``lost``: tries that failed after the last message that left; ``unheard``: people to whom a
#: message left more than ``SILENCE`` minutes ago, and after the last news of any kind. Index:
#: ``kala_communication_connection_idx``, and ``kala_inbound_event_date_idx``.
_FACTS = f"""
    WITH seen AS (
        SELECT c.{{column}} AS id, c.direction, c.state, c.failure_kind, c.contact_value,
               CASE WHEN {states.is_failed("c")} THEN COALESCE(c.failed_date, c.date)
                    ELSE c.date END AS moment
          FROM kala_communication c
         WHERE c.connection_id = ANY(%(connections)s) AND c.direction IN ('in', 'out')
           AND c.date > %(since)s),
    times AS (
        SELECT n.id,
               max(moment) FILTER (WHERE direction = 'in') AS received,
               max(moment) FILTER (WHERE {states.is_any(const.DELIVERED, const.READ)}) AS told,
               max(moment) FILTER (WHERE {states.is_sent()}) AS sent
          FROM unnest(%(ids)s::int[]) AS n(id) LEFT JOIN seen ON seen.id = n.id
         GROUP BY n.id),
    known AS (
        SELECT t.*, greatest(t.received, t.told, e.date) AS heard
          FROM times t
          LEFT JOIN LATERAL (
               SELECT date FROM kala_inbound_event
                WHERE %(by_connection)s AND connection_id = t.id AND date > %(since)s
                ORDER BY date DESC LIMIT 1) e ON TRUE)
    SELECT k.id, k.heard, k.sent,
           count(*) FILTER (
               WHERE s.moment > COALESCE(k.sent, '-infinity')
                 AND ({states.is_any(const.UNKNOWN, alias="s")}
                      OR {states.is_failed("s")} AND s.failure_kind = ANY(%(faults)s))) AS lost,
           count(DISTINCT s.contact_value) FILTER (
               WHERE {states.is_any(const.SENT, alias="s")} AND s.moment < %(quiet)s
                 AND s.moment > COALESCE(k.heard, '-infinity')) AS unheard
      FROM known k LEFT JOIN seen s ON s.id = k.id
     GROUP BY k.id, k.heard, k.sent
"""


class KalaHealth(models.AbstractModel):
    """How a connection, or one line of it, is doing (WA5): does it send, does it receive, and
    what to do when it does not. Read from the log, never counted per message
    (docs/architecture.md, 3.10)."""

    _name = "kala.health"
    _description = "Health"

    health = fields.Selection(HEALTH, compute="_compute_health")
    sends = fields.Selection(ANSWERS, compute="_compute_health", string="Can send")
    receives = fields.Selection(ANSWERS, compute="_compute_health", string="Can receive")
    health_steps = fields.Text(compute="_compute_health", string="What to do")
    health_plan = fields.Json(
        compute="_compute_health", help="The same steps, each with the button that follows it."
    )
    health_told = fields.Char(
        readonly=True, copy=False, help="The state that the managers were told of."
    )
    test_words = fields.Char(compute="_compute_test_words", string="Last test")

    # ------------------------------------------------------------------ each model defines these

    def _health_connection(self):
        """:return: ``kala.connection``, sudo"""
        raise NotImplementedError()

    def _health_lines(self):
        """:return: ``kala.line``: the lines that it is about; a test goes over the first one"""
        raise NotImplementedError()

    # ------------------------------------------------------------------ judged

    def _compute_health(self):
        facts = self._health_facts()
        for record in self:
            known = facts.get(record._origin.id, {})
            record.sends = record._judge_sending(known)
            record.receives = record._judge_receiving(known)
            record.health = record._judge_health()
            steps = record._health_steps() if record.health in ILL else []
            record.health_steps = "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))
            record.health_plan = record._health_plan(steps)

    def _health_facts(self):
        """:return: dict id → dict ``heard``, ``sent`` (when, in the last hours), ``lost``,
        ``unheard`` (how many)"""
        by_connection = self._name == "kala.connection"
        self.env["kala.communication"].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            _FACTS.format(column="connection_id" if by_connection else "line_id"),
            {
                "ids": [i for i in self._origin._ids if i],
                "connections": [i for i in self._health_connection()._origin._ids if i],
                "by_connection": by_connection,
                "faults": list(OUR_FAULTS),
                "since": now - timedelta(hours=HOURS),
                "quiet": now - timedelta(minutes=SILENCE),
            },
        )
        return {row["id"]: row for row in self.env.cr.dictfetchall()}

    def _judge_sending(self, facts):
        """:return: one of :data:`ANSWERS`; False for telephone systems, which send no texts"""
        connection = self._health_connection()
        provider = connection._provider()
        if provider is not None and not registry.sends(provider):
            return False
        is_open = connection.state == "connected" and provider is not None
        if not is_open or facts.get("lost", 0) >= ENOUGH:
            return "no"
        return "yes" if facts.get("sent") else "quiet"

    def _judge_receiving(self, facts):
        connection = self._health_connection()
        provider = connection._provider()
        heard = facts.get("heard")
        if connection.hook_fault or connection._is_refusing(heard):
            return "no"
        if connection._silent_poll_steps():
            return "no"
        speaks = provider is not None and provider._tells_news
        if speaks and facts.get("unheard", 0) >= ENOUGH:
            return "no"
        return "yes" if heard else "quiet"

    def _judge_health(self):
        connection = self._health_connection()
        if not connection or connection.state == "draft":
            return "off"
        if self.sends != "no":
            return "out_only" if self.receives == "no" else "both"
        provider = connection._provider()
        is_silent = provider is not None and provider._tells_news and self.receives != "yes"
        return "neither" if self.receives == "no" or is_silent else "in_only"

    # ------------------------------------------------------------------ mended

    def _health_plan(self, steps):
        """A test message is offered after each step; at the end what failed is sent again (WA5).

        :param list steps: of :meth:`_health_steps`
        :return: list of dicts ``text``, ``button``: ``test``, ``resend`` or nothing
        """
        last = len(steps) - 1
        may_test = bool(self.sends and self._health_lines())
        return [
            {"text": step, "button": "resend" if n == last else may_test and "test"}
            for n, step in enumerate(steps)
        ]

    def _health_steps(self):
        """:return: list of sentences: what mends the present state, in order"""
        connection = self._health_connection()
        provider = connection._provider()
        hints = provider._mend_hints() if provider is not None else {}
        receiving = [
            *([connection._failure_words(connection.hook_fault)] if connection.hook_fault else []),
            *connection._silent_poll_steps(),
            *hints.get("receive", ()),
            self.env._(
                "Copy the webhook address of the connection into the provider's settings, and "
                "check that it is the present one."
            ),
            self.env._("Check at the provider that messages and their reports are subscribed to."),
            self.env._(
                "Look at the refused requests of the connection: when they grow, the secret here "
                "is not the provider's."
            ),
        ]
        sending = [
            *hints.get("send", ()),
            self.env._("Check the login and what is left on the account at the provider."),
            self.env._("Press “Resume”: the provider is asked whether the login works."),
        ]
        test = self.env._("Press “Send a test message” and answer it from your phone.")
        if provider is not None and provider._free_text_hours_of(self._health_lines()[:1].channel):
            test = self.env._(
                "Write to the number from your own phone: it must appear here. Then press “Send "
                "a test message”."
            )
        again = self.env._("Press “Resend all failed” when the test arrived.")
        online = self.env._(
            "See whether the phone or the account is online at all: nothing comes or goes."
        )
        steps = {
            "out_only": [*receiving, test, again],
            "in_only": [*sending, test, again],
            "neither": [online, *sending, *receiving, test, again],
        }[self.health]
        # What mends both ways is said once.
        return list(dict.fromkeys(steps))

    def action_test_message(self):
        """Write to the user's own phone or mailbox over this connection or line (WA5).

        :raise UserError: if he has none, or the message may not leave
        """
        self.ensure_one()
        self.check_access("read")
        line = self._test_line()
        me = self.env.user.partner_id
        is_email = line.channel == "email"
        address = me.email if is_email else me.phone
        if not line or not address:
            raise UserError(
                self.env._(
                    "A test goes to your own phone, or from a mailbox to your own e-mail address: "
                    "write it into your preferences, and give the connection a line for messages."
                )
            )
        body = self.env._("Test of “%s”", self.name)
        # His own address: he need not have the right to change contacts. He caused it himself,
        # whatever his client's context says.
        me = me.with_context(kala_priority=const.PRIORITY_PERSON, kala_origin=False)
        [message] = me.sudo().kala_send(
            line.channel, body=body, subject=body if is_email else None, line=line, now=True
        )
        line.sudo().test_id = message.id
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("On its way to %s. Answer it, then look here.", address),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _test_line(self):
        """:return: the first line that sends; empty where none does"""
        return self._health_lines().filtered(lambda line: line.sudo()._can_send())[:1]

    def _compute_test_words(self):
        """What became of the last test, and whether an answer came."""
        states = dict(
            self.env["kala.communication"]._fields["state"]._description_selection(self.env)
        )
        for record in self:
            test = record.sudo()._health_lines().test_id.sorted("id")[-1:]
            record.test_words = record._test_sentence(test, states[test.state]) if test else False

    def _test_sentence(self, test, state):
        answer = self.env["kala.communication"].search_count(
            [
                ("line_id", "=", test.line_id.id),
                ("contact_kind", "=", test.contact_kind),
                ("contact_value", "=", test.contact_value),
                ("direction", "=", "in"),
                ("date", ">=", test.create_date),
            ],
            limit=1,
        )
        values = {
            "number": test.contact_display,
            "moment": fields.Datetime.context_timestamp(self, test.create_date).strftime("%H:%M"),
            "state": f"{state} ({test.failure_words})" if test.failure_words else state,
        }
        if answer:
            return self.env._("To %(number)s at %(moment)s: %(state)s. The answer came.", **values)
        return self.env._("To %(number)s at %(moment)s: %(state)s. No answer yet.", **values)
