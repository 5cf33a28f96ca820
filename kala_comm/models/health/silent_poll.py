from datetime import timedelta

from odoo import fields, models

#: Minutes after which a provider that is asked every few minutes counts as not asked any more.
UNASKED = 30


class KalaConnection(models.Model):
    """A provider that is asked for its news, and that nobody asks any more (WA5)."""

    _inherit = "kala.connection"

    def _silent_poll_steps(self):
        """:return: list of sentences: what to do where nobody asks for the news"""
        asks = self.state == "connected" and self.can_poll and self.polls_news
        until = self.polled_until
        limit = fields.Datetime.now() - timedelta(minutes=UNASKED)
        if not asks or not until or until >= limit:
            return []
        job = self.env.ref("kala_comm.ir_cron_poll").sudo()
        return [
            self.env._(
                "The provider was last asked for its news at %(moment)s. See that the job "
                "“%(job)s” is active and runs (Settings, Technical, Scheduled Actions).",
                moment=fields.Datetime.context_timestamp(self, until).strftime("%d.%m. %H:%M"),
                job=job.cron_name,
            )
        ]
