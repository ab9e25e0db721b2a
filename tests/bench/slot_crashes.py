"""Kills a process that changes the sets of models at every system call that matters, and sees what then decides.

`python -m tests.bench.slot_crashes [--every N] [--json]`. The process of `tests.slot_story` installs a set, offers it,
has it decide, confirms it, does so with a second one, goes back, and sweeps. `strace` kills it (SIGKILL) at its first,
second, third … openat, write, fsync, rename, mkdir, unlink and the like; then the sets are read as after any start.
Exit code 1: no valid set decides, one that may decide is not whole, something that was acknowledged is gone, or the
next steps cannot be done.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.killing import Figures, at, counted, killed, report
from tests.slot_story import STEPS, looked_at, prepare, work

CALLS = (
    "openat", "write", "fsync", "rename", "mkdir", "unlink", "unlinkat", "rmdir", "ftruncate", "fchmod", "flock"
)  # fmt: skip


def points(template: Path, run: Path) -> list[tuple[str, int]]:
    """Return every call that a whole run makes."""
    shutil.copytree(template, run)
    trace = run.with_suffix(".trace")
    words = ["-o", str(trace), "-e", f"trace={','.join(CALLS)}"]
    assert killed(lambda step: work(run, step), words) == len(STEPS)
    chosen = counted(CALLS, trace)
    shutil.rmtree(run)
    return chosen


def run(every: int) -> Figures:
    """Kill it at every so many points."""
    figures, begin = Figures(), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        template, place = Path(name) / "template", Path(name) / "run"
        prepare(template)
        chosen = points(template, place)[::every]
        for done, (call, number) in enumerate(chosen, start=1):
            shutil.copytree(template, place)
            acknowledged = killed(lambda step: work(place, step), at(call, number))
            figures.points[call] += 1
            try:
                found, wrong = looked_at(place, acknowledged)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                found, wrong = "cannot be read", [f"broken: {error!r}"]
            figures.outcomes[f"{acknowledged} acknowledged; {found}"] += 1
            figures.faults += [f"{call} {number}: {one}" for one in wrong]
            shutil.rmtree(place)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {len(chosen)}")
    figures.seconds = time.monotonic() - begin
    return figures


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    words = parser.parse_args()
    figures = run(words.every)
    sys.exit(report(figures, as_json=words.json, sound="a valid set decides after each; nothing acknowledged is lost"))


if __name__ == "__main__":
    main()
