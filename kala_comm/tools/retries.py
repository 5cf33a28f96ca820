"""Work that other transactions disturb, and a database that is gone for a moment
(docs/architecture.md, 3.2)."""

import contextlib
import logging
import random
import threading

import psycopg2

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

#: Another transaction was faster: the work is sound and is done again, as Odoo does a request.
RETRIABLE = PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
RETRIES = 8


def is_lost(error):
    """:return: whether a psycopg2 error means that the session is gone: the server shuts down
    (57P…), or does not speak any more; then psycopg2 gives no code, and sometimes not even
    marks the session as closed"""
    silent = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    silent = silent or type(error) is psycopg2.DatabaseError
    return silent and (error.pgcode or "57P")[:3] == "57P"


def pause_seconds(retry):
    """:param int retry: how often the work was done again before
    :return: seconds to wait, so that two who disturb each other do not meet again"""
    return random.uniform(0.01, 0.05) * 2**retry


_thread = threading.local()


class _Lowered(logging.Filter):
    """What is done again is no error: Odoo's line about its query becomes information."""

    def filter(self, record):
        if getattr(_thread, "depth", 0) and any(
            isinstance(value, RETRIABLE) for value in record.args or ()
        ):
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        return True


# Once and for all: a filter that comes and goes takes its neighbour along while another thread
# goes through the list.
logging.getLogger("odoo.sql_db").addFilter(_Lowered())


@contextlib.contextmanager
def lowered():
    """Within this block, a query of this thread that loses a race is not logged as an error."""
    _thread.depth = getattr(_thread, "depth", 0) + 1
    try:
        yield
    finally:
        _thread.depth -= 1
