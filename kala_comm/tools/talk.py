"""Questions to providers, many at a time, without the ORM (docs/architecture.md, 3.6, 3.14)."""

import dataclasses
from collections.abc import Callable
from concurrent import futures

from odoo.tools import LazyTranslate

from . import http
from .kept import kept
from .messages import SendRequest

_lt = LazyTranslate(__name__)

#: Seconds beyond its time-outs after which an answer that still comes in is not waited for.
GRACE = 5


@dataclasses.dataclass(frozen=True)
class Question:
    """What ``kala.connection._questions`` has prepared while the ORM was at hand.

    :ivar SendRequest request: with the secrets of its connection, and with its time-out
    :ivar read: reader of an HttpAnswer
    :ivar str refusal: a sentence why nobody is asked; "" where the provider is
    """

    request: SendRequest
    read: Callable
    refusal: str = ""


def ask(question):
    """:param Question question:
    :return: Heard"""
    if question.refusal:
        return http.Heard(question.request, fault=question.refusal, has_left=False, is_refused=True)
    return http.hear(question.request, question.read)


def ask_all(questions):
    """Ask all at the same time, each in a thread. An answer that trickles in for ever holds its
    thread, not the job.

    :param questions: list of Question
    :return: list of Heard, in their order
    """
    if not questions:
        return []
    pool = futures.ThreadPoolExecutor(max_workers=len(questions))
    asking = [pool.submit(ask, question) for question in questions]
    seconds = max(http.longest(question.request) for question in questions) + GRACE
    futures.wait(asking, seconds)
    pool.shutdown(wait=False)
    return [
        future.result()
        if future.done()
        else http.Heard(
            question.request,
            fault=kept(
                _lt("There was no complete answer within %s seconds.", round(seconds)),
            ),
        )
        for question, future in zip(questions, asking, strict=True)
    ]
