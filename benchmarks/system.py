"""Rows that are system tests: run as they are, their outcome counted."""

import os
import re
import subprocess
import sys

from .rig import ROOT

_OUTCOME = re.compile(r"(\d+) (passed|failed|errors?)")


def run(*arguments, **environment):
    """Run some system tests.

    :return: (dict outcome → count, what they printed)
    """
    outside = {name: value for name, value in os.environ.items() if name != "ODOO_RC"}
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:odoo", "-q", "-s", *arguments],
        cwd=ROOT,
        env={**outside, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    last = answer.stdout.strip().rpartition("\n")[2]
    return {kind: int(count) for count, kind in _OUTCOME.findall(last)}, answer.stdout


def verdict(counts):
    """:return: (share that passed, as text; whether all did)"""
    total = sum(counts.values())
    return f"{counts.get('passed', 0)} of {total}", total == counts.get("passed", 0) > 0
