"""Kills the first boot at every system call that changes a file, starts again, and sees what the terminal is then.

`python -m tests.bench.provision_crashes [--every N] [--story NAME] [--json]`. `strace` kills
`edge.app.first_boot.apply` (SIGKILL) at its first, second, third … openat, write, fsync, rename, mkdir, unlink and the
like: once on a device that was never provisioned, once on one that gets a newer file, once on one that is reset. Exit
code 1: what was left is neither as before nor to be gone on with, the next start does not end like one that nothing cut
short, a secret stays on the card, or a reset erased by half what went on being a terminal.

What it does not show: a kill loses no write. After a power cut writes that were never synced may be gone, or there in
another order; that each is synced before the next one counts on it is argued in `edge.provision.intents`, not tried.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests import provision_story, reset_story
from tests.bench.killing import Figures, at, counted, killed, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

CALLS = (
    "openat", "write", "fsync", "rename", "mkdir", "unlink", "ftruncate", "fchmod", "chmod", "symlink", "link", "close"
)  # fmt: skip


STORIES = {
    "the first file": (provision_story, False),
    "a newer file": (provision_story, True),
    "a reset": (reset_story, False),
}


def _worked(module: ModuleType, folder: Path, step: Callable[[], object]) -> None:
    """Do the work, and acknowledge it at its end."""
    module.work(folder)
    step()


def points(module: ModuleType, template: Path, run: Path) -> tuple[list[tuple[str, int]], dict[str, str]]:
    """Return every call that a whole run makes, and what it leaves."""
    shutil.copytree(template, run, symlinks=True)
    trace = run.with_suffix(".trace")
    assert killed(lambda step: _worked(module, run, step), ["-o", str(trace), "-e", f"trace={','.join(CALLS)}"])
    chosen = counted(CALLS, trace)
    after = module.seen(run)
    shutil.rmtree(run)
    return chosen, after


def run(every: int, stories: Iterable[str] = tuple(STORIES)) -> Figures:
    """Kill it at every so many points, in each story."""
    figures, begin = Figures(), time.monotonic()
    for story in stories:
        with tempfile.TemporaryDirectory() as name:
            _story(story, Path(name), every, figures)
    figures.seconds = time.monotonic() - begin
    return figures


def _story(story: str, folder: Path, every: int, figures: Figures) -> None:
    template, place = folder / "template", folder / "run"
    module, again = STORIES[story]
    module.prepare(template, again=again)
    before = module.seen(template)
    chosen, after = points(module, template, place)
    for call, number in chosen[::every]:
        shutil.copytree(template, place, symlinks=True)
        killed(lambda step: _worked(module, place, step), at(call, number))
        figures.points[call] += 1
        try:
            found, wrong = module.looked_at(place, before, after)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            found, wrong = "cannot be read", [f"broken: {error!r}"]
        figures.outcomes[f"{story}: {found}"] += 1
        figures.faults += [f"{story}, {call} {number}: {one}" for one in wrong]
        shutil.rmtree(place)


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    parser.add_argument("--story", choices=STORIES, action="append", help="only this one; may be repeated")
    words = parser.parse_args()
    figures = run(words.every, words.story or STORIES)
    sys.exit(report(figures, as_json=words.json, sound="each ends like a run that nothing cut short"))


if __name__ == "__main__":
    main()
