from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, states

#: Minutes after which waiting work is an alarm (AD6).
OLD = 15
#: Hours between two alarms about the same thing.
AGAIN = 24
PARAMETER = "kala_comm.alarm_%s"


class KalaWatch(models.AbstractModel):
    """Raises an alarm when work waits too long or a job was stopped (AD6)."""

    _name = "kala.watch"
    _description = "Queue Watch"

    @api.model
    def _cron_run(self):
        for name, sentence in self._alarms().items():
            self._raise_alarm(name, sentence)

    @api.model
    def _alarms(self):
        """:return: dict name of the alarm → sentence for managers"""
        alarms = {}
        stopped = self._stopped_jobs()
        if stopped:
            alarms["jobs"] = self.env._(
                "These jobs are stopped: %s. Activate them under Settings, Technical, Scheduled "
                "Actions.",
                ", ".join(stopped.mapped("cron_name")),
            )
        if self._oldest_waiting_in():
            alarms["inbox"] = self.env._(
                "Incoming messages have waited for more than %s minutes. Check that the server "
                "runs with scheduled jobs (--max-cron-threads 4).",
                OLD,
            )
        copy = self.env["kala.fingerprint"]._warning()
        if copy:
            # A copied database sends nothing: its jobs are not the reason (AD5).
            alarms["copy"] = copy
        elif self._oldest_waiting_out():
            alarms["outbox"] = self.env._(
                "Outgoing messages that are due have waited for more than %s minutes. Check that "
                "the server runs with scheduled jobs (--max-cron-threads 4).",
                OLD,
            )
        return alarms

    @api.model
    def _stopped_jobs(self):
        """:return: jobs of ours that nobody runs; Odoo stops one that fails for a week"""
        names = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=like", "kala\\_comm%")]
        )
        stopped = [("id", "in", names.mapped("res_id")), ("active", "=", False)]
        return self.env["ir.cron"].search(stopped)

    @api.model
    def _oldest_waiting_in(self):
        """Indexes: ``kala_inbound_event_pending_idx``, ``kala_inbound_item_pending_idx``."""
        limit = fields.Datetime.now() - timedelta(minutes=OLD)
        long_ago = [("date", "<", limit), *self._unset_or_before("replay_date", limit)]
        events = self.env["kala.inbound.event"].search_count(
            [("state", "=", "pending"), *long_ago], limit=1
        )
        return events or self.env["kala.inbound.item"].search_count(
            [
                ("state", "=", "pending"),
                ("event_id", "any", long_ago),
                *self._unset_or_before("due", limit),
            ],
            limit=1,
        )

    @api.model
    def _unset_or_before(self, name, limit):
        return ["|", (name, "=", False), (name, "<", limit)]

    @api.model
    def _oldest_waiting_out(self):
        """Index: ``kala_communication_due_idx``."""
        self.env["kala.communication"].flush_model()
        self.env["kala.connection"].flush_model(["state"])
        self.env.cr.execute(
            f"""SELECT 1 FROM kala_connection k
                 JOIN LATERAL (
                      SELECT 1 FROM kala_communication c
                       WHERE c.connection_id = k.id AND {states.is_in_line("c")}
                         AND c.priority < %s AND c.send_after < %s
                       LIMIT 1) c ON TRUE
                WHERE k.state = 'connected' LIMIT 1""",
            [const.PRIORITY_MASS, fields.Datetime.now() - timedelta(minutes=OLD)],
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _raise_alarm(self, name, sentence):
        parameters = self.env["ir.config_parameter"].sudo()
        last = parameters.get_param(PARAMETER % name)
        now = fields.Datetime.now()
        if last and fields.Datetime.to_datetime(last) > now - timedelta(hours=AGAIN):
            return
        parameters.set_param(PARAMETER % name, fields.Datetime.to_string(now))
        main = self.env["res.company"].browse(self.env["res.company"]._kala_main_company_id())
        self.env["kala.notifier"]._tell_managers(
            main, self.env._("Communication needs attention"), sentence
        )
