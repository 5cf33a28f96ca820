import logging
from datetime import timedelta

from odoo import api, fields, models

from ...tools import talk
from ...tools.inbound import InboundRequest
from ...tools.messages import PollBatch
from ..connection import registry

_logger = logging.getLogger(__name__)

#: The method of providers that can be asked for their news.
POLLS = "_prepare_polls"
#: Batches of one question that are fetched in a row.
BATCHES = 50
#: How far back the first question goes, and how far each one reaches into the last one: what
#: is told twice is known by its key.
FIRST = timedelta(days=1)
OVERLAP = timedelta(minutes=30)
#: Providers answer for a week at most.
LONGEST = timedelta(days=6)


class KalaConnection(models.Model):
    """Asking a provider for its news (SM1), where it does not call us, or may stop to do so."""

    _inherit = "kala.connection"

    can_poll = fields.Boolean(compute="_compute_can_poll")
    polls_news = fields.Boolean(
        string="Ask for news",
        compute="_compute_polls_news",
        store=True,
        readonly=False,
        groups="base.group_system",
        help="Ask the provider every few minutes for reports and incoming messages. Needed where "
        "it does not call the webhook address.",
    )
    polled_until = fields.Datetime(string="Asked until", readonly=True, copy=False)
    polled_to = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="What the provider has told last, for providers that want to hear what we have.",
    )

    @api.depends("provider")
    def _compute_can_poll(self):
        for connection in self:
            provider = connection._provider()
            connection.can_poll = bool(provider is not None and registry.does(provider, POLLS))

    @api.depends("provider")
    def _compute_polls_news(self):
        for connection in self:
            provider = connection._provider()
            connection.polls_news = bool(provider is not None and provider._polls_by_itself)


class KalaPoll(models.AbstractModel):
    """Fetches news that a provider keeps until somebody asks. Some forget what they have told: an
    answer is stored as it came, and committed, before anything else is asked
    (docs/architecture.md, 3.1)."""

    _name = "kala.poll"
    _inherit = "kala.job"
    _description = "Fetching of News"

    @api.model
    def _cron_run(self):
        """Ask each provider that is to be asked, whatever is wrong with another one; a copy of the
        database asks nobody, since it would take what is meant for the original (AD5)."""
        codes = self.env["kala.dispatcher"]._sending_providers()
        waits = False
        for connection in self.env["kala.connection"].search(
            [("state", "=", "connected"), ("polls_news", "=", True)]
        ):
            if connection.can_poll and connection.provider in codes:
                waits |= bool(self._guarded(connection, self._poll))
        if waits:
            self.env.ref("kala_comm.ir_cron_poll")._trigger()

    @api.model
    def _poll(self, connection):
        """Ask everything, whatever becomes of one question. Where one was not answered, the next
        time is asked for the same time once more.

        :return: whether the provider waits for news itself, and is asked again at once
        """
        until = fields.Datetime.now()
        since = connection.polled_until
        since = max(since - OVERLAP, until - LONGEST) if since else until - FIRST
        provider = connection._provider()
        count = len(provider._prepare_polls(connection, since, until))
        last = [self._fetch(connection, n, since, until) for n in range(count)]
        failed = [batch for batch in last if batch.failure_kind or batch.has_more]
        for batch in failed:
            _logger.info("connection %s did not tell all: %s", connection.id, batch.reason)
        refused = [batch for batch in failed if batch.failure_kind == "connection"]
        if refused:
            connection._count_failed_check(refused[0].reason)
        if not failed:
            connection.polled_until = until
        self._commit()
        return not failed and any(batch.waits for batch in last)

    @api.model
    def _fetch(self, connection, place, since, until):
        """Fetch batch after batch, until the provider has no more.

        :param int place: which of the provider's questions
        :return: the last PollBatch
        """
        provider = connection._provider()
        for _n in range(BATCHES):
            request = provider._prepare_polls(connection, since, until)[place]
            [question] = connection._questions([(connection, request, provider._read_poll)])
            # Nobody waits for a transaction that waits for a provider.
            self._commit()
            heard = talk.ask(question)
            if heard.fault:
                return PollBatch(failure_kind="temporary", reason=heard.fault)
            batch = heard.told
            if batch.has_news:
                self._do_until_kept("_keep", connection.id, request.url, heard.text, batch.cursor)
            if not batch.has_more:
                break
        return batch

    @api.model
    def _keep(self, connection_id, url, text, cursor):
        """Store an answer as an event; the inbox does the rest. What we say that we have is kept
        with it."""
        connection = self.env["kala.connection"].browse(connection_id)
        inbound = InboundRequest(
            method="POLL",
            url=url,
            headers={"content-type": "application/json"},
            query=(),
            body=text.encode(),
        )

        def keep():
            if self.env["kala.inbound.event"]._insert_event(connection, inbound):
                self.env["kala.inbox"]._wake()
            if cursor:
                connection.polled_to = cursor

        self._retrying(keep)
