"""Sum up runs of pytest: summary.py NAME STATUS CLOSING_LINE [NAME …]

The last line printed is the sum; the exit status is 0 when nothing failed. A run
that failed without naming failed tests (style, a crash) counts as one failure.
"""

import re
import sys

COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")


def counts(status, line):
    """How many passed, failed and were skipped in one run, from pytest's last line."""
    found = {word: int(number) for number, word in COUNT.findall(line)}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    if status and not failed:
        failed = 1
    return found.get("passed", 0), failed, found.get("skipped", 0)


def main(arguments):
    """Print each run's line and the sum."""
    total = [0, 0, 0]
    runs = zip(arguments[::3], arguments[1::3], arguments[2::3], strict=True)
    for name, status, line in runs:
        one = counts(int(status), line)
        total = [before + more for before, more in zip(total, one, strict=True)]
        outcome = line.strip("= ") or ("failed" if int(status) else "passed")
        # Passed tests and a status that says otherwise: something beside the tests went wrong.
        unsaid = int(status) and line and not re.search("failed|error", line)
        beside = f" (but it ended with status {status})" if unsaid else ""
        print(f"{name}: {outcome}{beside}")
    passed, failed, skipped = total
    tail = f", {skipped} skipped" if skipped else ""
    print(f"{passed} passed, {failed} failed{tail}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
