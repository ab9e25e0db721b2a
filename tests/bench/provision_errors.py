"""Has each system call of a first boot that changes a file fail once, starts again, and sees what the terminal is then.

`python -m tests.bench.provision_errors [--every N] [--json]`. `strace` makes the first, second, third … openat, write,
fsync, rename and the like of `edge.app.first_boot.apply` fail, with "input/output error" and with "no space left". Exit
code 1: a fault was not named, or is not visible on the card and in the state; what was left is neither as before
nor to be gone on with; or the next start does not end like one that nothing disturbed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app.boot_state import FAILED, state
from edge.app.first_boot import apply
from edge.errors import EdgeError
from edge.provision import card
from tests.bench.killing import Figures, at, counted, killed, report
from tests.provision_story import looked_at, prepare
from tests.provisioning import device, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.first_boot import Device

CALLS = ("openat", "write", "fsync", "rename", "mkdir", "unlink", "chmod", "fchmod", "symlink", "link")
ERRORS = ("EIO", "ENOSPC")
_SAID = "outcome"


def _tried(here: Device, step: Callable[[], object]) -> None:
    """Start once; what came of it is left in a file beside the device's."""
    try:
        apply(here)
    except EdgeError as error:
        said = f"refused: {error}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a finding
        said = f"not named: {error!r}"
    else:
        said = "done"
    for leave in (lambda: (here.boot.parent / _SAID).write_text(said),) * 2 + (step,):
        with suppress(OSError):  # the one that fails may be this bench's own
            leave()


def run(every: int) -> Figures:
    """Have every so manieth call fail, in both stories, with each error."""
    figures, begin = Figures(), time.monotonic()
    for again in (False, True):
        with tempfile.TemporaryDirectory() as name:
            _story(Path(name), every, figures, again=again)
    figures.seconds = time.monotonic() - begin
    return figures


def _story(folder: Path, every: int, figures: Figures, *, again: bool) -> None:
    template, place = folder / "template", folder / "run"
    prepare(template, again=again)
    before = tree(template / "root/etc")
    shutil.copytree(template, place, symlinks=True)
    trace = folder / "trace"
    here = device(place)
    assert killed(lambda step: _tried(here, step), ["-o", str(trace), "-e", f"trace={','.join(CALLS)}"])
    after, chosen = tree(place / "root/etc"), counted(CALLS, trace)
    shutil.rmtree(place)
    story = "a newer file" if again else "the first file"
    for error in ERRORS:
        for call, number in chosen[::every]:
            shutil.copytree(template, place, symlinks=True)
            killed(lambda step: _tried(here, step), at(call, number, f"error={error}"))
            figures.points[call] += 1
            found, wrong = _seen(place, before, after)
            figures.outcomes[f"{story}, {error}: {found}"] += 1
            figures.faults += [f"{story}, {call} {number}, {error}: {one}" for one in wrong]
            shutil.rmtree(place)


def _seen(place: Path, before: dict[str, str], after: dict[str, str]) -> tuple[str, list[str]]:
    """Return what a failing call left, and what is wrong, then and after the next start."""
    said = (place / _SAID).read_text() if (place / _SAID).exists() else "not named: it did not end"
    wrong = [said] if said.startswith("not named") else []
    if said.startswith("refused"):
        log = place / "boot" / card.LOG
        if state(place / "root") != FAILED:
            wrong.append(f"it is not shown: {said}")
        if not log.exists() or "FAILED" not in log.read_text():
            wrong.append(f"it is not in the log: {said}")
    (place / _SAID).unlink(missing_ok=True)
    try:
        found, more = looked_at(place, before, after)
    except Exception as error:  # noqa: BLE001 - as above
        return "cannot be read", [*wrong, f"broken: {error!r}"]
    return f"{said.partition(':')[0]}, {found}", [*wrong, *more]


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many calls")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    words = parser.parse_args()
    figures = run(words.every)
    sys.exit(report(figures, as_json=words.json, sound="each is seen, and ends like a run that nothing disturbed"))


if __name__ == "__main__":
    main()
