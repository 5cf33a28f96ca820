"""Waiting for what other processes do: always with a deadline, never a fixed sleep."""

import time

#: Seconds between two looks.
STEP = 0.1
#: How much slower a machine may be that runs other tests beside.
BUSY = 2


def until(condition, within=45, what="it to happen"):
    """Look again and again until something is true.

    :param condition: callable; its first truthy answer is returned
    :param float within: seconds, on a machine that does nothing else; a busy one gets more
    :param what: what is waited for, for the message: text, or a callable that looks again
    :raise AssertionError: when the time is over
    """
    end = time.monotonic() + BUSY * within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"waited {BUSY * within} s for {what}; last answer: {answer!r}")
        time.sleep(STEP)
