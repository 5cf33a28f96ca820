import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import api, fields, models

from ...tools import http
from .kala_dispatcher import POOL

_logger = logging.getLogger(__name__)

#: Days for which providers are asked about a message; after that a person decides.
ASK_DAYS = 2
#: Seconds that one run may take before it hands its worker back.
RUN_TIME = 60.0


class KalaDispatcher(models.AbstractModel):
    """Asks the providers that can tell what became of unsure messages (DESIGN 3.6)."""

    _inherit = "kala.dispatcher"

    @api.model
    def _cron_resolve_unknown(self):
        """Ask about all of them, some at a time: those that nobody can tell of do not stand
        before the others. Index: ``kala_communication__trouble_idx``."""
        end, last = time.monotonic() + RUN_TIME, 0
        since = fields.Datetime.now() - timedelta(days=ASK_DAYS)
        while time.monotonic() < end:
            unsure = self.env["kala.communication"].search(
                [
                    ("state", "=", "unknown"),
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
        questions = []
        for communication in unsure:
            try:
                question = self._prepare_question(communication)
            except Exception:
                # One that cannot be asked about must not hold its neighbours.
                _logger.exception("message %s cannot be asked about", communication.id)
                continue
            if question:
                questions.append(question)
        if not questions:
            return
        # Nobody waits for a transaction that waits for a provider.
        self._commit()
        with ThreadPoolExecutor(max_workers=len(questions)) as pool:
            reports = list(pool.map(_ask, questions))
        intake = self.env["kala.intake"]
        rows = [
            intake._report_row(*question[:2], report)
            for question, report in zip(questions, reports, strict=True)
            if report is not None
        ]
        if rows:
            self._retrying(lambda: self.env["kala.communication"]._apply_states(rows))

    @api.model
    def _prepare_question(self, communication):
        """:return: (communication id, number of the attempt, SendRequest, reader of the answer),
        None where the provider cannot be asked"""
        provider = communication.connection_id._provider()
        request = None if provider is None else provider._prepare_lookup(communication)
        if request is None:
            return None
        sealed = communication.connection_id._sealed(request)
        return communication.id, communication.attempt_count, sealed, provider._read_lookup


def _ask(question):
    """:return: DeliveryReport, or None where the provider does not tell"""
    communication_id, _number, request, read = question
    try:
        return http.ask(request, read)
    except (http.NothingSent, http.PerhapsSent) as error:
        _logger.info("no answer about message %s: %s", communication_id, error)
    except Exception:
        # One answer that cannot be read must not hold the questions about its neighbours.
        _logger.exception("the answer about message %s cannot be read", communication_id)
    return None
