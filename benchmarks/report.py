"""The table: printed for people, written as JSON for machines."""

import dataclasses
import json
import os
import platform
import time
from pathlib import Path


@dataclasses.dataclass
class Row:
    """One line of the QU table.

    :ivar str ours: what we measured, with its unit
    :ivar str peer: the same of what we are compared with, measured in the same run
    :ivar float ratio: ours to the peer, as the goal means it
    :ivar bool passed: whether the goal is reached; None where there is no goal to reach
    :ivar dict details: every single measurement
    """

    id: str
    what: str
    goal: str
    ours: str = ""
    peer: str = ""
    ratio: float | None = None
    passed: bool | None = None
    details: dict = dataclasses.field(default_factory=dict)


def show(rows, quick):
    """Print the table and write ``.kala/bench/results.json``."""
    cells = [("id", "what", "goal", "ours", "peer", "ratio", "")]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
        verdict = {True: "pass", False: "SHORT", None: ""}[row.passed]
        cells.append((row.id, row.what, row.goal, row.ours, row.peer, ratio, verdict))
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    print()
    for n, line in enumerate(cells):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)))
        if n == 0:
            print("  ".join("-" * width for width in widths))
    path = Path(os.environ["KALA_HOME"]) / "bench" / "results.json"
    path.parent.mkdir(exist_ok=True)
    results = {
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}",
        "quick": quick,
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    print(f"\nOnly the ratios are meant to be compared between machines. Also in {path}")
    if quick:
        print("A quick run shows that everything runs; its figures mean little.")
