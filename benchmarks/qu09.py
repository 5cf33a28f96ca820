"""The server killed while it sends 1,000 messages, 20 times; PostgreSQL restarted meanwhile."""

from . import system
from .report import Row

ROUNDS = 20


def run(bench):
    rounds = bench.scale(ROUNDS)
    tests = ("tests/test_killed_server.py", "tests/test_restarted_database.py")
    counts, output = system.run(*tests, KALA_QU9_ROUNDS=str(rounds))
    told = [line[line.index("QU9") :] for line in output.splitlines() if "QU9 " in line]
    share, passed = system.verdict(counts)
    return [
        Row(
            "QU9",
            f"killed while sending 1,000, {rounds} rounds with echo and {rounds} without",
            "0 lost, 0 twice",
            share,
            "",
            passed=passed,
            details={"rounds": told, "output": "" if passed else output[-4000:]},
        )
    ]
