"""One version of each check of style, wherever it is started from."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOOKS_OF = {"ruff": "ruff-pre-commit", "pylint-odoo": "pylint-odoo", "whool": "whool"}
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text()


def test_hooks_of_python_are_those_of_make_lint():
    wanted = dict(re.findall(r"(?m)^([\w-]+)==(\S+)$", _text("test-requirements.txt")))
    for package, repository in HOOKS_OF.items():
        assert re.search(rf"/{repository}\n +rev: v(\S+)\n", HOOKS)[1] == wanted[package]


def test_hooks_of_node_are_those_of_make_lint():
    wanted = json.loads(_text("package.json"))["devDependencies"]
    found = dict(re.findall(r'"(@?[\w/-]+)@([\d.]+)"', HOOKS))
    assert found == {package: wanted[package] for package in found}
    assert set(found) == {"prettier", "@prettier/plugin-xml", "eslint", "@eslint/js", "globals"}


def _text(name):
    return (ROOT / "tools" / name).read_text()
