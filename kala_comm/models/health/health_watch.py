from odoo import api, fields, models
from odoo.tools import plaintext2html

from .kala_health import ILL

#: Looks in a row at which the login did not work before the connection counts as broken: one
#: failed look is the network's.
MISSES = 2


class KalaHealth(models.AbstractModel):
    """A broken line is noticed by us, not by a customer (WA5)."""

    _inherit = "kala.health"

    def _tell_health(self):
        """Tell the managers once of each state that needs them, and when it is over."""
        for record in self:
            told, state = record.health_told, record.health if record._is_ill() else False
            if state == (told or False):
                continue
            record.health_told = state
            if state:
                record._tell_ill()
            else:
                record._health_connection()._message_log(
                    body=self.env._("“%s” is in order again.", record.name)
                )

    def _is_ill(self):
        """:return: whether the managers do not know yet: who paused a connection knows, and of
        an error they are told at once"""
        if self.health not in ILL:
            return False
        return self.health == "out_only" or self._health_connection().state == "connected"

    def _tell_ill(self):
        words = dict(self._fields["health"]._description_selection(self.env))
        self.env["kala.notifier"]._tell_managers(
            self._health_connection(),
            self.env._("%(name)s: %(state)s", name=self.name, state=words[self.health]),
            plaintext2html(
                self.env._(
                    "What to do:\n%(steps)s\nThe page Communication, Health shows how it goes on.",
                    steps=self.health_steps,
                )
            ),
        )


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    health_misses = fields.Integer(
        readonly=True, copy=False, help="Looks in a row at which the login did not work."
    )

    @api.model
    def _cron_watch_health(self):
        """Ask the providers whether we are still welcome, look at the log, and tell the managers
        of what is broken. One that cannot even be asked holds no other."""
        guarded = self.env["kala.job"]._guarded
        asked = self.search([("state", "=", "connected")])
        codes = self.env["kala.dispatcher"]._sending_providers()
        for connection in asked.filtered(lambda c: c.provider in codes):
            guarded(connection, lambda c: c._probe())
            self.env["ir.cron"]._commit_progress(1)
        for connection in self.search([("state", "!=", "draft")]):
            guarded(connection, lambda c: c._tell_all_health())
            self.env["ir.cron"]._commit_progress(1)

    def _tell_all_health(self):
        """Of a connection that is ill the lines are ill anyhow."""
        self._tell_health()
        if self.health not in ILL:
            self.line_ids._tell_health()

    def _probe(self):
        """Ask whether the login works, and whether news would come here."""
        health = self._ask_health()
        if health["ok"]:
            self._apply_health(health)
            if self.health_misses:
                self.health_misses = 0
            return
        self._miss(health.get("reason"))

    def _miss(self, reason):
        """Count a look at which the login did not work."""
        self.health_misses += 1
        if self.health_misses >= MISSES:
            self.health_misses = 0
            self.flush_recordset()
            self._break("connection", reason)
            self._tell_broken()
