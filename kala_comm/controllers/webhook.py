import logging
import time

from psycopg2 import errors as pg_errors
from werkzeug.exceptions import HTTPException

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..tools.inbound import InboundRequest
from .dispatcher import refusal

_logger = logging.getLogger(__name__)

#: Bytes. The largest event of a provider that is known has 3 MB (SC1).
MAX_BODY = 4 * 1024 * 1024
METHODS = ("GET", "POST", "OPTIONS")
#: Seconds between two wake-ups of the inbox job by one process (docs/architecture.md, 3.3). Less
#: than the job lingers, so that an event without a wake-up of its own is seen; each costs a
#: connection.
WAKE_EVERY = 0.5
#: Inserts of the same event by several servers at one moment (docs/architecture.md, 3.1).
INSERT_TRIES = 5

_last_wake = {}


class KalaWebhook(http.Controller):
    """The one door for events of providers (docs/architecture.md, 2)."""

    @http.route(
        "/kala/webhook/<string:token>",
        type="kala_webhook",
        # Nobody is logged in: the public user would only be looked up.
        auth="none",
        readonly=False,
        # The others come in, too, to be refused like everything else.
        methods=[*METHODS, "PUT", "PATCH", "DELETE"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY,
    )
    def webhook(self, token, **_params):
        """Store what an authentic provider sends, and answer at once.

        :param str token: the connection's secret, ``kala.connection.webhook_token``
        :return: the provider's own acknowledgement; an empty 404 for any refusal (SC1)
        """
        request.update_env(user=SUPERUSER_ID)
        connection = request.env["kala.connection"]._find_by_token(token)
        if not connection:
            # Before the body is read: what a stranger sends costs nothing.
            return refusal()
        inbound = self._read_request()
        provider = connection._provider()
        if inbound is None or provider is None or inbound.method not in METHODS:
            connection._count_refusal()
            return refusal()
        if inbound.method == "OPTIONS":
            return self._answer_preflight(provider, connection, inbound)
        if inbound.method == "GET" and not inbound.is_event:
            return self._answer_challenge(provider, connection, inbound)
        if not provider._verify(connection, inbound):
            connection._count_refusal()
            return refusal()
        self._store(connection, inbound)
        # From here on nothing takes the event back (docs/architecture.md, 3.1).
        request.env.cr.commit()  # pylint: disable=invalid-commit
        body, content_type = self._acknowledge(provider, connection, inbound)
        headers = provider._answer_headers(connection, inbound)
        return http.Response(body, status=200, content_type=content_type, headers=headers)

    def _read_request(self):
        """:return: InboundRequest, or None where the body is too large or broken off"""
        incoming = request.httprequest
        try:
            body = incoming.get_data(cache=False, parse_form_data=False)
        except HTTPException:
            return None
        if incoming.content_length is None and len(body) >= MAX_BODY:
            # A stream of unknown length is cut there without a word.
            return None
        return InboundRequest(
            method=incoming.method,
            url=incoming.url,
            headers={k.lower(): v for k, v in incoming.headers.items()},
            query=tuple(incoming.args.items(multi=True)),
            body=body,
        )

    def _answer_preflight(self, provider, connection, inbound):
        """A browser asks whether its page may speak with us."""
        headers = provider._answer_headers(connection, inbound)
        if not headers:
            connection._count_refusal()
            return refusal()
        return http.Response(status=204, headers=headers)

    def _answer_challenge(self, provider, connection, inbound):
        answer = provider._answer_challenge(connection, inbound)
        if answer is None:
            connection._count_refusal()
            return refusal()
        return http.Response(answer, status=200, content_type="text/plain")

    def _acknowledge(self, provider, connection, inbound):
        """:return: (body, content type): what the provider wants to know; where that fails, only
        that we have its event"""
        try:
            told = provider._tell_back(connection, inbound)
        except Exception:
            # Nor is the request done again: its body is read only once.
            request.env.cr.rollback()
            _logger.exception("connection %s cannot be told what it asks", connection.id)
            told = None
        return told or provider._acknowledge(connection, inbound)

    def _store(self, connection, inbound):
        """Make the event durable, whatever its twin on another server does meanwhile; the wake-up
        goes with it (docs/architecture.md, 3.1)."""
        cr = request.env.cr
        events = request.env["kala.inbound.event"]
        for attempt in range(INSERT_TRIES):
            try:
                stored = events._insert_event(connection, inbound)
                break
            except pg_errors.SerializationFailure:
                # The twin committed after our snapshot: the next one sees it
                # (docs/architecture.md, 3.1).
                cr.rollback()
                if attempt + 1 == INSERT_TRIES:
                    raise
        if stored:
            self._wake_inbox(cr.dbname)

    def _wake_inbox(self, dbname):
        now = time.monotonic()
        if now - _last_wake.get(dbname, 0.0) < WAKE_EVERY:
            return
        _last_wake[dbname] = now
        # What is rolled back woke nobody.
        request.env.cr.postrollback.add(lambda: _last_wake.pop(dbname, None))
        request.env["kala.inbox"]._wake()
