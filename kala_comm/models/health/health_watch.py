from odoo import api, fields, models
from odoo.tools import plaintext2html

from .kala_health import ILL

#: Checks in a row that must fail before the connection counts as broken: one failed check may be
#: the network's fault.
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
            self.env["kala.live"]._tell_lines(record._health_connection().company_id.ids)
            if state:
                record._tell_ill()
            else:
                record._health_connection()._message_log(
                    body=self.env._("“%s” is in order again.", record.name)
                )

    def _is_ill(self):
        """:return: whether the managers must be told: who paused a connection knows it, and of an
        error the managers are told when it happens"""
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
        readonly=True, copy=False, help="Checks in a row at which the login did not work."
    )

    @api.model
    def _cron_watch_health(self):
        """Ask the providers whether our logins still work, read the log, and tell the managers
        what is broken. A connection that cannot be asked does not hold up the others."""
        guarded = self.env["kala.job"]._guarded
        asked = self.search([("state", "=", "connected")])
        codes = self.env["kala.dispatcher"]._sending_providers()
        for connection in asked.filtered(lambda c: c.provider in codes):
            guarded(connection, lambda c: c._check_login())
            self.env["ir.cron"]._commit_progress(1)
        for connection in self.search([("state", "!=", "draft")]):
            guarded(connection, lambda c: c._tell_all_health())
            self.env["ir.cron"]._commit_progress(1)

    def _tell_all_health(self):
        """Tell of the connection; of its lines only where the connection itself is in order."""
        self._tell_health()
        if self.health not in ILL:
            self.line_ids._tell_health()

    def _check_login(self):
        """Ask whether the login works, and whether the provider sends its news to us."""
        health = self._ask_health()
        if health["ok"]:
            self._apply_health(health)
            if self.health_misses:
                self.health_misses = 0
            return
        self._count_failed_check(health.get("reason"))

    def _count_failed_check(self, reason):
        """Count a check at which the login did not work."""
        self.health_misses += 1
        if self.health_misses >= MISSES:
            self.health_misses = 0
            self.flush_recordset()
            self._break("connection", reason)
            self._tell_broken()
