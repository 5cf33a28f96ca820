"""What readers of providers' answers share: an answer refuses, says that it was done, or is none
that anybody documents."""

import dataclasses
from collections.abc import Callable

from .messages import SendResult


@dataclasses.dataclass(frozen=True)
class Answers:
    """How the API of one provider answers.

    :ivar read_refusal: of the decoded body → SendResult of an answer that refuses, else None
    :ivar is_good: of (HttpAnswer, dict of the body) → whether it says that it was done
    """

    read_refusal: Callable
    is_good: Callable

    def send(self, answer, read_uid):
        """:param HttpAnswer answer: to a message
        :param read_uid: of the body → the provider's id of the message, "" where it has none
        :return: SendResult, or None"""
        body = answer.json()
        refused = self.read_refusal(body)
        if refused or not self._is_done(answer, body):
            return refused
        uid = read_uid(body)
        return SendResult.sent(uid) if uid else None

    def done(self, answer, also=None):
        """:param HttpAnswer answer: to what is no message
        :param also: of the body → whether it was done, where an answer may be good without it
        :return: why the provider did not do what we asked; "" where it did"""
        body = answer.json()
        refused = self.read_refusal(body)
        if refused:
            return refused.failure_reason
        done = self._is_done(answer, body) and (also is None or also(body))
        return "" if done else f"HTTP {answer.status}"

    def health(self, answer, read_lines):
        """:param HttpAnswer answer: to the question whether our login works
        :param read_lines: of the body → list of lines, as ``kala.provider._read_health`` tells
            them; None where it is no answer to that question
        :return: dict of ``kala.provider._read_health``"""
        reason = self.done(answer)
        lines = None if reason else read_lines(answer.json())
        if lines is None:
            return {"ok": False, "reason": reason or f"HTTP {answer.status}"}
        return {"ok": True, "lines": lines}

    def _is_done(self, answer, body):
        return isinstance(body, dict) and self.is_good(answer, body)
