"""Each addon is a wheel that pip puts into an Odoo environment, where it runs by itself."""

import os
import shlex
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from .support.client import Odoo
from .support.database import ROOT, addons
from .support.kits import KITS
from .support.server import server_of

BUILD = "import sys; from whool.buildapi import build_wheel; build_wheel(sys.argv[1])"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """:return: {addon: path of its wheel}"""
    folder = tmp_path_factory.mktemp("wheels")
    for addon in addons():
        subprocess.run([sys.executable, "-c", BUILD, folder], cwd=ROOT / addon, check=True)
    return {addon: next(folder.glob(f"odoo_addon_{addon}-*.whl")) for addon in addons()}


@pytest.fixture(scope="module")
def environment(wheels, tmp_path_factory):
    """:return: Python of a virtual environment with Odoo, its packages and our wheels"""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin/python"
    site = Path(_printed(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    packages = (sysconfig.get_path("purelib"), os.environ["PYTHONPATH"])
    (site / "odoo.pth").write_text("\n".join(packages))
    # Without --no-deps, pip would look for what Debian's package of Odoo asks for in vain.
    install = ("install", "--quiet", "--no-index", "--no-deps", *wheels.values())
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    return python


@pytest.fixture
def server(environment, tmp_path):
    """A server of that environment, on a fresh database with all addons."""
    tools = tmp_path / "tools"
    tools.mkdir()
    _write_start(tools / "odoo", environment)
    with server_of(tools, f"kala_systest_wheels_{os.getpid()}", addons()) as server:
        yield server


def _write_start(path, python):
    """A program that starts Odoo in the environment, with Odoo's own addons as its only folder."""
    odoo_addons = f"{os.environ['PYTHONPATH']}/odoo/addons"
    if (Path(os.environ["PYTHONPATH"]) / "addons/web").is_dir():
        odoo_addons = f"{os.environ['PYTHONPATH']}/addons,{odoo_addons}"
    start = [python, os.environ["ODOO_BIN"], f"--addons-path={odoo_addons}"]
    data = f"--data-dir={os.environ['DATA_DIR']}"
    command = shlex.join(map(str, [*start, data]))
    path.write_text(f'#!/bin/sh\nunset PYTHONPATH ODOO_RC\nexec {command} "$@"\n')
    path.chmod(0o755)


def _printed(python, program):
    answer = subprocess.run([python, "-c", program], check=True, text=True, capture_output=True)
    return answer.stdout.strip()


def _metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        return message_from_string(archive.read(name).decode())


@pytest.mark.parametrize("addon", addons())
def test_a_wheel_holds_its_addon(wheels, addon):
    listed = subprocess.run(
        ["git", "-C", ROOT / addon, "ls-files"], check=True, text=True, capture_output=True
    )
    wanted = set(listed.stdout.splitlines()) - {"pyproject.toml"}
    with zipfile.ZipFile(wheels[addon]) as archive:
        inside = {
            name.removeprefix(f"odoo/addons/{addon}/")
            for name in archive.namelist()
            if name.startswith("odoo/addons/")
        }
    assert inside == wanted


@pytest.mark.parametrize("addon", addons())
def test_a_wheel_asks_for_what_its_addon_needs(wheels, addon):
    metadata = _metadata(wheels[addon])
    needs = set(metadata.get_all("Requires-Dist"))
    assert metadata["Name"] == f"odoo-addon-{addon}"
    assert metadata["Version"].startswith("19.0.")
    assert "odoo==19.0.*" in needs
    if addon == "kala_comm":
        listed = (ROOT / "requirements.txt").read_text().splitlines()
        assert needs - {"odoo==19.0.*"} == {line for line in listed if not line.startswith("#")}
    else:
        assert any(need.startswith("odoo-addon-kala_comm") for need in needs)


def test_wheels_run_in_a_stock_odoo(server, environment):
    """Installed by pip alone: a message leaves, and one comes in."""
    where = _printed(environment, "import odoo.addons.kala_comm as core; print(core.__file__)")
    assert Path(where).is_relative_to(environment.parent.parent)
    kit = KITS["sandbox"](Odoo(server)).connect()
    kit.wait_state(kit.send("from a wheel"), "delivered")
