"""The fake providers stand in the addons (``tests/fakes.py``); system tests use them, too."""

import importlib.util
import sys

from .database import ROOT


def of_addon(addon, file="fakes"):
    """Load the fakes of an addon, or another file of its tests. Its package needs Odoo, the file
    does not: the file is loaded by its path, under its full name, by which the fakes of other
    addons import it.

    :return: module
    """
    name = f"odoo.addons.{addon}.tests.{file}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / addon / "tests" / f"{file}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


_core = of_addon("kala_comm")
NEVER, Answer, FakeProvider, Sent = _core.NEVER, _core.Answer, _core.FakeProvider, _core.Sent
Well, Say, Refuse, Hang = _core.Well, _core.Say, _core.Refuse, _core.Hang
Trickle, Drop, garbage = _core.Trickle, _core.Drop, _core.garbage
