"""How a run of the tests ends, for the addons' tests and the system tests alike."""

import os
import sys

import pytest

_status = pytest.StashKey[int]()


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
