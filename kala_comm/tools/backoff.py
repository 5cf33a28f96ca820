"""Growing, jittered pauses between tries (DE2)."""

import random

FIRST_PAUSE = 30
LONGEST_PAUSE = 3600


def pause_seconds(attempt, retry_after=0.0, rng=random):
    """How long to wait before the next try.

    :param int attempt: how many tries there were (1 after the first)
    :param float retry_after: seconds the provider asked for; never undercut
    :return: seconds
    """
    base = min(FIRST_PAUSE * 4 ** max(attempt - 1, 0), LONGEST_PAUSE)
    return max(base * rng.uniform(0.75, 1.25), retry_after or 0.0)
