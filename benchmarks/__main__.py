"""`make bench`: run the benchmarks, print the table, write it as JSON.

make bench                     all of them
make bench ARGS="QU2 QU4"      only some
make bench ARGS="--quick"      a tenth of the work: does everything run?
"""

import argparse
import importlib
import signal
import sys
import time
import traceback

from . import report, rig

MODULES = {f"QU{n}": f"qu{n:02}" for n in range(1, 19)} | {"ME": "chats"}


def main():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("ids", nargs="*", help=f"of {', '.join(MODULES)}; none = all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    arguments = parser.parse_args()
    wanted = [name.upper() for name in arguments.ids] or list(MODULES)
    unknown = [name for name in wanted if name not in MODULES]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MODULES)}")
    # Whoever ends the run wants its databases and servers gone, too.
    signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit("stopped"))
    rows, broken = [], False
    try:
        with rig.Rig(quick=arguments.quick) as bench:
            for name in wanted:
                module = importlib.import_module(f".{MODULES[name]}", __package__)
                start = time.monotonic()
                rig.say(f"{name}: {module.__doc__.splitlines()[0]}")
                try:
                    rows += module.run(bench)
                except Exception:  # one that breaks must not cost the figures of the others
                    broken = True
                    traceback.print_exc()
                    rows.append(report.Row(name, "did not run: see above", "", passed=False))
                rig.say(f"{name}: {time.monotonic() - start:.0f} s")
    finally:
        # A run that is ended before its time has measured something, too.
        report.show(rows, quick=arguments.quick)
    return 1 if broken else 0


sys.exit(main())
