from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

#: Hours of the log that tell how a connection is doing.
HOURS = 24
#: Minutes after which a message that nobody told us anything about is silence.
SILENCE = 15
#: Messages that must be unheard of before it is a state: one phone may be off.
ENOUGH = 3


class KalaConnection(models.Model):
    """How a connection is doing (WA5): does it send, does it receive, and what to do when it
    does not. Read from the log, never counted per message (DESIGN 3.10)."""

    _inherit = "kala.connection"

    health = fields.Selection(
        [
            ("off", "Not connected"),
            ("both", "Sends and receives"),
            ("in_only", "Receives, but does not send"),
            ("out_only", "Sends, but does not receive"),
            ("neither", "Neither sends nor receives"),
        ],
        compute="_compute_health",
    )
    health_steps = fields.Text(compute="_compute_health", string="What to do")

    def _compute_health(self):
        facts = self._health_facts()
        for connection in self:
            connection.health = connection._health(facts.get(connection._origin.id, {}))
            connection.health_steps = "\n".join(
                f"{n}. {step}" for n, step in enumerate(connection._health_steps(), 1)
            )

    def _health_facts(self):
        """Index: ``kala_communication__connection_idx``.

        :return: dict connection id → dict ``heard`` (something came from the provider),
            ``sent`` (accepted long enough ago), ``told`` (of these, reported on), ``failed``
        """
        self.env["kala.communication"].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            """SELECT connection_id,
                      count(*) FILTER (WHERE direction = 'in') AS heard,
                      count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read')
                                         AND date < %(quiet)s) AS sent,
                      count(*) FILTER (WHERE state IN ('delivered', 'read')) AS told,
                      count(*) FILTER (WHERE state = 'unknown' OR state = 'failed'
                                         AND failure_kind IN ('connection', 'credit', 'sender'))
                            AS failed
                 FROM kala_communication
                WHERE connection_id = ANY(%(ids)s) AND direction IN ('in', 'out')
                  AND date > %(since)s
                GROUP BY connection_id""",
            {
                "ids": [i for i in self._origin._ids if i],
                "since": now - timedelta(hours=HOURS),
                "quiet": now - timedelta(minutes=SILENCE),
            },
        )
        return {row["connection_id"]: row for row in self.env.cr.dictfetchall()}

    def _health(self, facts):
        if self.state == "draft":
            return "off"
        sent, heard = facts.get("sent", 0), facts.get("heard", 0) + facts.get("told", 0)
        provider = self._provider()
        can_send = self.state != "error" and not (facts.get("failed", 0) >= ENOUGH and not sent)
        speaks = provider is not None and provider._tells_news
        tried = sent + facts.get("failed", 0)
        can_receive = bool(heard) or not speaks or tried < ENOUGH
        if can_send:
            return "both" if can_receive else "out_only"
        return "in_only" if heard or not speaks else "neither"

    def _health_steps(self):
        """:return: list of sentences: what mends the present state, in order"""
        test = self.env._("Press “Send a test message” and answer it from your phone.")
        receiving = [
            self.env._(
                "Copy the webhook address below into the provider's settings, and check that it "
                "is the present one."
            ),
            self.env._("Check at the provider that messages and their reports are subscribed to."),
            self.env._(
                "Look at the refused requests on this page: when they grow, the secret here is "
                "not the provider's."
            ),
        ]
        sending = [
            self.env._("Check the login and what is left on the account at the provider."),
            self.env._("Press “Resume”: the provider is asked whether the login works."),
        ]
        again = self.env._("Press “Resend the failed” when the test arrived.")
        return {
            "out_only": [*receiving, test],
            "in_only": [*sending, test, again],
            "neither": [
                self.env._(
                    "See whether the phone or the account is online at all: nothing comes or goes."
                ),
                *sending,
                *receiving,
                test,
                again,
            ],
        }.get(self.health, [])

    def action_test_message(self):
        """Write to the user's own phone over this connection (WA5).

        :raise UserError: if he has none, or the message may not leave
        """
        self.ensure_one()
        line = self.line_ids[:1]
        me = self.env.user.partner_id
        if not line or not me.phone:
            raise UserError(
                self.env._(
                    "A test goes to your own phone: write it into your preferences, and give the "
                    "connection a line."
                )
            )
        me.kala_send(line.channel, body=self.env._("Test of “%s”", self.name), line=line)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("On its way to %s. Answer it, then look here.", me.phone),
            },
        }
