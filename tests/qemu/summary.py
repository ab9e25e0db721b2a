"""The table of what the emulated machines did: `python -m tests.qemu.summary build/e2e/summary.json`."""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.qemu.guest import Guest

_COLUMNS = ("scenario", "pulses", "wrong", "wall_s", "cpu_s", "failed")


def table(runs: list[dict[str, Any]]) -> str:
    """Return a line for each machine that was switched on, and their sum; a run that broke off says so."""
    lines = [f"{'scenario':52} {'pulses':>6} {'wrong':>6} {'wall s':>7} {'CPU s':>7}"]
    for one in runs:
        more = [f"{name} {value}" for name, value in one.items() if name not in _COLUMNS]
        told = "  BROKE OFF" * one["failed"] + "".join(f"  {each}" for each in more)
        lines.append(_line(one["scenario"], one) + told)
    summed = {key: sum(one[key] for one in runs) for key in ("pulses", "wrong", "wall_s", "cpu_s")}
    return "\n".join([*lines, _line("all", summed)])


def _line(name: str, one: dict[str, Any]) -> str:
    return f"{name:52} {one['pulses']:6} {one['wrong']:6} {one['wall_s']:7.1f} {one['cpu_s']:7.1f}"


def note(
    path: Path, scenario: str, guest: Guest, counted: tuple[int, int], *, failed: bool = False, **figures: float
) -> None:
    """Add a machine whose power was cut.

    Args:
        path: The summary, of the machines before it.
        scenario: What it went through.
        guest: The machine.
        counted: How many pulses of the lock's line there were, and how many were wrong.
        failed: Whether its story broke off.
        figures: What else was measured.
    """
    row = {"scenario": scenario, "pulses": counted[0], "wrong": counted[1], "failed": failed}
    row |= {"wall_s": round(guest.off - guest.started, 1), "cpu_s": round(guest.cpu_s, 1), **figures}
    with path.open("a+") as file:  # two machines may be cut at once
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        runs = json.loads(file.read() or "[]")
        file.truncate(0)
        file.write(json.dumps([*runs, row], indent=1))


if __name__ == "__main__":
    sys.stdout.write(table(json.loads(Path(sys.argv[1]).read_text())) + "\n")
