"""The gate here: `python -m tests.bench.gate` prints what stops which bad model, and what a sound set takes."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from edge.app import gating
from edge.ota.manifest import ROLES
from tests import gated
from tests.zoo import ZOO


def main() -> None:
    """Exit with 1 when a bad model is not stopped, or not by the check that is meant for it, or the sound set is."""
    out, wrong = Console(highlight=False, width=150), 0
    table = Table("bad model", "bundle", "stopped by", "also failed", "seconds", "words", box=None)
    with tempfile.TemporaryDirectory() as place:
        for number, bad in enumerate(ZOO):
            begun = time.monotonic()
            report = bad.tried(Path(place) / str(number))
            took, first = time.monotonic() - begun, report.stopped_by
            right = first is not None and first.name == bad.stopped_by
            wrong += not right
            also = [check.name for check in report.checks if not check.passed and check is not first]
            stopped = (first.name if first else "nothing") + ("" if right else f" (meant: {bad.stopped_by})")
            table.add_row(
                bad.name, bad.role, stopped, ", ".join(also), f"{took:.1f}", Text(first.words if first else "")
            )
        out.print(table)
        folder = gated.lay_set(Path(place) / "set")
        begun = time.monotonic()
        running = {role: folder / role for role in ROLES}
        report = gating.examine(folder, gated.DEVICE, gated.papers(folder), at=time.time(), running=running)
        took = time.monotonic() - begun
    out.print(f"\n{len(ZOO) - wrong} of {len(ZOO)} bad bundles were stopped by the check that is meant for them")
    out.print(f"a sound set: {'passed' if report.passed else report.why}, {len(report.checks)} checks, {took:.1f} s")
    sizes = {role: len(gated.parity_set(role)) for role in ROLES}
    out.print(f"parity sets: {', '.join(f'{role} {size:,} bytes' for role, size in sizes.items())}")
    sys.exit(bool(wrong or not report.passed))


if __name__ == "__main__":
    main()
