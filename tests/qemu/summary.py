"""The table of what the emulated machines did: `python -m tests.qemu.summary build/e2e/summary.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.qemu.guest import Guest


def table(runs: list[dict[str, Any]]) -> str:
    """Return a line for each machine that was switched on, and their sum."""
    lines = [f"{'scenario':48} {'pulses':>6} {'wrong':>6} {'wall s':>7} {'CPU s':>7}"]
    lines += [
        f"{one['scenario']:48} {one['pulses']:6} {one['wrong']:6} {one['wall_s']:7.1f} {one['cpu_s']:7.1f}"
        for one in runs
    ]
    summed = {key: sum(one[key] for one in runs) for key in ("pulses", "wrong", "wall_s", "cpu_s")}
    lines.append(f"{'all':48} {summed['pulses']:6} {summed['wrong']:6} {summed['wall_s']:7.1f} {summed['cpu_s']:7.1f}")
    return "\n".join(lines)


def note(path: Path, scenario: str, guest: Guest, counted: tuple[int, int]) -> None:
    """Add a machine whose power was cut.

    Args:
        path: The summary, of the machines before it.
        scenario: What it went through.
        guest: The machine.
        counted: How many pulses of the lock's line there were, and how many were wrong.
    """
    runs = json.loads(path.read_text()) if path.is_file() else []
    times = {"wall_s": round(guest.off - guest.started, 1), "cpu_s": round(guest.cpu_s, 1)}
    path.write_text(
        json.dumps([*runs, {"scenario": scenario, "pulses": counted[0], "wrong": counted[1], **times}], indent=1)
    )


if __name__ == "__main__":
    sys.stdout.write(table(json.loads(Path(sys.argv[1]).read_text())) + "\n")
