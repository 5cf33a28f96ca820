"""How a run of the tests ends, for the addons' tests and the system tests alike."""

import os
import sys

import pytest

_status = pytest.StashKey[int]()


def pytest_addoption(parser):
    parser.addoption(
        "--http",
        choices=("only", "without"),
        help="of the addons' tests: those alone that a browser or a request takes part in, or the "
        "others, so that the two can run side by side",
    )


def pytest_collection_modifyitems(config, items):
    wanted = config.getoption("http")
    if not wanted:
        return
    from odoo.tests import HttpCase

    def is_wanted(item):
        has_http = issubclass(getattr(item, "cls", None) or object, HttpCase)
        return has_http == (wanted == "only")

    config.hook.pytest_deselected(items=[item for item in items if not is_wanted(item)])
    items[:] = filter(is_wanted, items)


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[_status] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """End with pytest's own status, at once. Odoo's threads outlive the last test; where one of
    them prints while the interpreter takes itself apart, Python aborts, and tests that all passed
    look failed."""
    if _status in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_status])
