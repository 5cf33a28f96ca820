from datetime import timedelta

from odoo import api, fields, models

from ...tools import const

#: Minutes between two checks of a connection that failed again: each pause is twice as long as the
#: last one, up to the longest.
FIRST_LOOK = 5
LONGEST_LOOK = 60
#: Seconds after which a connection that has just failed is checked for the first time.
SOON = 60


class KalaConnection(models.Model):
    """The balance at the provider (SM4), and connections that do not work at the moment: they stop,
    the managers are told once, and they go on by themselves when they work again (DE5)."""

    _inherit = "kala.connection"

    balance = fields.Float(
        readonly=True, copy=False, help="What the provider has left for us, in its own unit."
    )
    balance_date = fields.Datetime(readonly=True, copy=False)
    balance_low = fields.Float(
        string="Warn below", help="Tell the communication managers when less is left; 0 = never."
    )
    balance_told = fields.Boolean(readonly=True, copy=False)
    is_told = fields.Boolean(
        readonly=True, copy=False, help="The managers know that it does not work."
    )
    trouble_kind = fields.Selection(const.FAILURE_KINDS, readonly=True, copy=False)
    trouble_date = fields.Datetime(readonly=True, copy=False)
    trouble_looks = fields.Integer(readonly=True, copy=False)
    # ------------------------------------------------------------------ balance

    @api.model
    def _cron_read_balances(self):
        """Read what is left on each connection, and warn where it is little (SM4)."""
        for connection in self.search([("state", "=", "connected")]):
            self.env["kala.job"]._guarded(
                connection, lambda asked: asked._keep_balance(asked._ask_balance())
            )
            self.env["ir.cron"]._commit_progress(1)

    def _ask_balance(self):
        """:return: float, or None where the provider does not tell"""
        self.ensure_one()
        provider = self._provider()
        request = None if provider is None else provider._prepare_balance(self.sudo())
        if request is None:
            return None
        # Where the provider does not answer, the next run asks again.
        return self._ask(request, provider._read_balance).told

    def _keep_balance(self, balance):
        self.ensure_one()
        if balance is None:
            return
        is_low = bool(self.balance_low) and balance < self.balance_low
        if is_low and not self.balance_told:
            self._tell_low(balance)
        self.sudo().write(
            {"balance": balance, "balance_date": fields.Datetime.now(), "balance_told": is_low}
        )

    def _tell_low(self, balance):
        self.env["kala.notifier"]._tell_managers(
            self,
            self.env._("%s is running low", self.name),
            self.env._(
                "%(balance)s is left. When nothing is left, messages are kept until the account "
                "is topped up.",
                balance=f"{balance:g}",
            ),
        )

    # ------------------------------------------------------------------ trouble

    def _break(self, kind, reason):
        """The provider does not serve us at the moment: messages are kept, and we look again by
        ourselves (DE5). By SQL, since it is part of writing down results, which nothing may take
        back; :meth:`_tell_broken` follows. Index: primary key.

        :param str kind: ``credit`` or ``connection``
        """
        self.ensure_one()
        # No message has left since the last trouble: it is the same one, and the managers know it.
        is_same = self.trouble_kind == kind and not self._has_sent_since(self.trouble_date)
        self.env.cr.execute(
            """UPDATE kala_connection
                  SET state = 'error', state_reason = %s, is_told = %s, trouble_kind = %s,
                      trouble_date = %s, trouble_looks = %s
                WHERE id = %s AND state = 'connected'""",
            [
                (reason or "")[:500],
                is_same,
                kind,
                fields.Datetime.now(),
                self.trouble_looks + 1 if is_same else 0,
                self.id,
            ],
        )
        self.invalidate_recordset(flush=False)

    def _tell_broken(self):
        """Tell the managers once that a connection does not send (DE5)."""
        self.filtered(lambda c: c.state == "error")._state_changed()
        for connection in self.filtered(lambda c: c.state == "error" and not c.is_told):
            connection.is_told = True
            self.env.ref("kala_comm.ir_cron_check_broken")._trigger(
                at=fields.Datetime.now() + timedelta(seconds=SOON)
            )
            self.env["kala.notifier"]._tell_managers(
                connection,
                self.env._("%s does not send", connection.name),
                self.env._(
                    "Messages are kept and leave as soon as it works again. What the provider "
                    "said: %s",
                    connection.state_words or self.env._("nothing"),
                ),
            )

    def _has_sent_since(self, moment):
        """Index: ``kala_communication_connection_idx``."""
        return bool(
            self.env["kala.communication"]
            .sudo()
            .search_count(
                [
                    ("connection_id", "=", self.id),
                    ("direction", "=", "out"),
                    ("date", ">", moment),
                    ("state", "in", const.SENT_STATES),
                ],
                limit=1,
            )
        )

    @api.model
    def _cron_check_broken(self):
        """Look whether connections in error work again; their messages then leave (DE5). An addon
        may be gone without having been uninstalled, where its files were taken away."""
        self._hold_absent()
        self.env["ir.cron"]._commit_progress(0)
        for connection in self.search([("state", "=", "error")]):
            self.env["kala.job"]._guarded(connection, lambda broken: broken._look_again())
            self.env["ir.cron"]._commit_progress(1)

    def _look_again(self):
        if self._is_look_due() and self._works_again():
            self._open()

    def _is_look_due(self):
        """Some providers cannot say whether they work; only sending shows it. It is tried again
        after longer and longer pauses."""
        if not self.trouble_looks:
            return True
        minutes = min(FIRST_LOOK * 2 ** min(self.trouble_looks, 10), LONGEST_LOOK)
        return self.trouble_date + timedelta(minutes=minutes) <= fields.Datetime.now()

    def _works_again(self):
        # The provider's addon was removed and installed again: the fields of its login are empty.
        missing = self._missing_sentence()
        if missing:
            if self.state_reason != missing:
                self.state_reason = missing
            return False
        health = self._ask_health()
        if not health["ok"]:
            return False
        self._apply_health(health)
        if self.trouble_kind != "credit":
            return True
        balance = self._ask_balance()
        self._keep_balance(balance)
        return balance is None or balance > 0
