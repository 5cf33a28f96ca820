import logging
import time
from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, talk
from .kala_dispatcher import POOL

_logger = logging.getLogger(__name__)

#: Days for which providers are asked about a message; after that a person decides.
ASK_DAYS = 2
#: Seconds that one run may take before it hands its worker back.
RUN_TIME = 60.0


class KalaDispatcher(models.AbstractModel):
    """Asks the providers that can tell what became of unsure messages
    (docs/architecture.md, 3.6)."""

    _inherit = "kala.dispatcher"

    @api.model
    def _cron_resolve_unknown(self):
        """Ask about all of them, some at a time: those that nobody can tell of do not stand
        before the others. Index: ``kala_communication_trouble_idx``."""
        end, last = time.monotonic() + RUN_TIME, 0
        since = fields.Datetime.now() - timedelta(days=ASK_DAYS)
        while time.monotonic() < end:
            unsure = self.env["kala.communication"].search(
                [
                    ("state", "=", const.UNKNOWN),
                    ("connection_id.state", "=", "connected"),
                    ("attempt_ids.date", ">", since),
                    ("id", ">", last),
                ],
                order="id",
                limit=POOL,
            )
            if not unsure:
                return
            last = unsure.ids[-1]
            self._resolve(unsure)

    @api.model
    def _resolve(self, unsure):
        asked = []
        for communication in unsure:
            try:
                question = self._prepare_question(communication)
            except Exception:
                # One that cannot be asked about must not hold its neighbours.
                _logger.exception("message %s cannot be asked about", communication.id)
                continue
            if question:
                asked.append((communication, question))
        if not asked:
            return
        questions = self.env["kala.connection"]._questions([question for _c, question in asked])
        tries = [(communication.id, communication.attempt_count) for communication, _q in asked]
        # Nobody waits for a transaction that waits for a provider.
        self._commit()
        self._keep_told(tries, talk.ask_all(questions))

    @api.model
    def _keep_told(self, tries, heard):
        """:param list tries: (communication id, number of the attempt) that were asked about
        :param list heard: of Heard, in the same order"""
        attempts = self.env["kala.attempt"]
        rows, traces = [], []
        for (communication_id, number), answer in zip(tries, heard, strict=True):
            traces.append((communication_id, number, answer.trace))
            if answer.fault:
                _logger.info("no answer about message %s: %s", communication_id, answer.fault)
            elif answer.told is not None:
                rows.append(attempts._report_row(communication_id, number, answer.told))
        self._retrying(lambda: attempts._add_traces(traces))
        if rows:
            self._retrying(lambda: self.env["kala.communication"]._apply_states(rows))

    @api.model
    def _prepare_question(self, communication):
        """:return: (``kala.connection``, SendRequest, reader of the answer); None where the
        provider cannot be asked"""
        provider = communication.connection_id._provider()
        request = None if provider is None else provider._prepare_lookup(communication)
        if request is None:
            return None
        return communication.connection_id, request, provider._read_lookup
