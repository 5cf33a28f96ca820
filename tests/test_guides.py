"""The guides for programmers are followed as they stand: their addon is installed, and works."""

import contextlib
import os
import re
import shlex

import pytest

from .support.client import Odoo
from .support.database import ROOT, tool
from .support.kits import KITS
from .support.kits.base import new_phone
from .support.server import server_of
from .support.waiting import until

#: A block of code whose first line is the name of a file.
FILE = re.compile(r"^```python\n# (\w+/[\w/]+\.py)\n(.*?)^```$", re.M | re.S)
#: Seconds for the rule's job.
PATIENCE = 60


@pytest.fixture
def make_guided(template, tmp_path):
    """:return: function: page of the guide → a server with the addon that the page writes"""
    with contextlib.ExitStack() as made:

        def make(page):
            folder = tmp_path / "guide"
            files = FILE.findall((ROOT / "docs" / page).read_text("utf-8"))
            for name, code in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(code, "utf-8")
            addon = files[0][0].split("/")[0]
            tools = _tools_with(folder, tmp_path / "tools")
            name = f"kala_systest_guide_{os.getpid()}"
            return made.enter_context(server_of(tools, name, [addon], template))

        yield make


def _tools_with(addons, tools):
    """:return: folder with a program that starts Odoo with one more folder of addons"""
    tools.mkdir()
    listed = tool("with-env", "sh", "-c", 'sed -n "s/^addons_path = //p" "$ODOO_RC"').stdout
    paths = f"{listed.splitlines()[-1]},{addons}"
    start = shlex.join([str(ROOT / "tools/odoo"), f"--addons-path={paths}"])
    (tools / "odoo").write_text(f'#!/bin/sh\nexec {start} "$@"\n')
    (tools / "odoo").chmod(0o755)
    return tools


def test_a_trigger_of_your_own(make_guided):
    """AU2, ``docs/add-a-rule-trigger.md``: a rule that starts by it sends; no past is asked."""
    odoo = Odoo(make_guided("add-a-rule-trigger.md"))
    KITS["sandbox"](odoo).connect()
    template = odoo.create("kala.template", name="Again", body="Nice to see you again")
    rule = odoo.create(
        "kala.rule",
        name="Welcome back",
        model_id=odoo.search("ir.model", ("model", "=", "res.partner"))[0],
        trigger="restored",
        action_ids=[(0, 0, {"audience": "customer", "channel": "sms", "template_id": template})],
    )
    odoo.call("kala.rule", "action_dry_run", [rule])
    assert odoo.read("kala.rule", rule, "dry_note")["dry_note"].startswith("Odoo keeps no history")
    odoo.call("kala.rule", "action_start", [rule])
    guest = odoo.create("res.partner", name="Dana", phone=new_phone())
    odoo.write("res.partner", guest, active=False)
    assert not odoo.search("kala.communication", ("partner_id", "=", guest))
    odoo.write("res.partner", guest, active=True)
    sent = until(
        lambda: odoo.search("kala.communication", ("partner_id", "=", guest)),
        PATIENCE,
        "the message of the rule",
    )
    row = odoo.read("kala.communication", sent[0], "body", "channel")
    assert (row["body"], row["channel"]) == ("Nice to see you again", "sms")
