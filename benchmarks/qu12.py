"""Odoo's own tests of crm, sale_crm, sms and mail with the addons, against without."""

import os
import re
import subprocess

from .report import Row
from .rig import ROOT, free_port, say

MODULES = ("crm", "sale_crm", "sms", "mail")
QUICK_MODULES = ("sale_crm", "sms")
#: Share by which a test may need more queries than Odoo says.
OVERRUN = 0.02
#: Tests of the web client need minutes each, and count no queries of ours.
LEFT_OUT = ("-js", "-click_all", "-external", "-mobile_js")

_FAILED = re.compile(r"(?:FAIL|ERROR): (?:Subtest )?(\w+\.\w+)")
_QUERIES = re.compile(r"Query count more than expected for user (\w+): (\d+) > (\d+) in (\S+) at")
_RAN = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


def run(bench):
    modules = QUICK_MODULES if bench.quick else MODULES
    ours = tuple(sorted(path.parent.name for path in ROOT.glob("kala_*/__manifest__.py")))
    plain, plain_ran = _outcome(bench, MODULES, modules)
    with_ours, ran = _outcome(bench, (*MODULES, *ours), modules)
    new = {name: found for name, found in with_ours.items() if name not in plain}
    overruns = {name: found for name, found in new.items() if _is_small(found["queries"])}
    failures = sorted(set(new) - set(overruns))
    for name in failures:
        say(f"new failure: {name} {new[name]['queries'] or ''}")
    for name, found in overruns.items():
        say(f"more queries: {name} {found['queries']}")
    return [
        Row(
            "QU12",
            f"Odoo's tests of {', '.join(modules)}: new failures ({len(overruns)} need ≤ 2 % "
            "more queries)",
            "0",
            f"{len(failures)} of {ran}",
            f"{len(plain)} of {plain_ran}",
            passed=not failures and ran >= plain_ran > 0,
            details={"failures": failures, "new": new, "without": plain},
        )
    ]


def _outcome(bench, addons, modules):
    """Run the tests on a database with some addons.

    :return: (dict failed test → ``queries`` it needed too many, how many ran)
    """
    database = bench.database(addons)
    tags = [*(f"/{module}" for module in modules), *LEFT_OUT]
    answer = subprocess.run(
        [
            *bench.command(database, "-u", ",".join(modules), "--stop-after-init"),
            *("--test-tags", ",".join(tags), "--http-port", str(free_port())),
            *("--log-handler", "odoo.tests.result:INFO"),
        ],
        env={**bench.environment(), "ODOO_TEST_MAX_FAILED_TESTS": str(10**6), "LANG": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=os.path.expanduser("~"),
    )
    bench.drop(database)
    counted = _RAN.findall(answer.stdout)
    if not counted:
        raise RuntimeError(f"Odoo's tests did not run:\n{answer.stdout[-4000:]}")
    return _failures(answer.stdout), int(counted[-1][2])


def _failures(log):
    """:return: dict test → ``queries``: list of (user, needed, expected)"""
    failures, last = {}, None
    for line in log.splitlines():
        if failed := _FAILED.search(line):
            last = failures.setdefault(failed[1], {"queries": []})
        elif last is not None and (queries := _QUERIES.search(line)):
            last["queries"].append((queries[1], int(queries[2]), int(queries[3])))
    return failures


def _is_small(queries):
    """:return: whether a test failed for few queries too many, and nothing else"""
    return bool(queries) and all(n <= expected * (1 + OVERRUN) for _user, n, expected in queries)
