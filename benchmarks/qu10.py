"""What a provider may do to one message: each ends in its documented state."""

from . import system
from .report import Row


def run(bench):
    counts, output = system.run("tests/test_faults.py", "tests/test_provider_down.py")
    share, passed = system.verdict(counts)
    return [
        Row(
            "QU10",
            "429, 5xx, garbage, time-outs, resets, a dead provider: the documented state",
            "all",
            share,
            "",
            passed=passed,
            details={"output": "" if passed else output[-4000:]},
        )
    ]
