"""Kills a process that writes a journal at every system call that matters, and counts what was lost (S7).

`python -m tests.bench.journal_crashes [--every N] [--json]`. The process mends damaged lines, writes, signs, closes
full files and deletes old ones. `strace` kills it (SIGKILL) at its first, second, third … fsync, rename, write,
ftruncate, unlink and openat; then the journal is opened again, written on and verified. Exit code 1: something that was
acknowledged is gone, or an honest journal looks tampered with.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from edge.disk import Disk
from edge.journal.checking import Examination, Examined
from edge.journal.file import JournalFile
from edge.journal.log import read
from edge.journal.reading import opened
from edge.journal.signatures import signatures_of
from edge.journal.vouching import vouched
from edge.values import Occasion
from tests.bench.killing import Figures, at
from tests.journal_child import BOUNDS, SIGNER, write
from tests.unit.journal_builders import event

CALLS = ("fsync", "write", "rename", "unlink", "ftruncate", "openat")
BEFORE, COUNT = 13, 14
_LAST = 9999


@dataclasses.dataclass
class Losses(Figures):
    """What came of it, and what was lost.

    Attributes:
        lost: Acknowledged events that were gone.
        unsigned: Acknowledged signatures that were gone.
    """

    lost: int = 0
    unsigned: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.lost or self.unsigned or self.faults)


def prepare(folder: Path) -> None:
    """Leave a journal of several files, whose end a power cut damaged."""
    folder.mkdir()
    write(folder, range(BEFORE), lambda _: None)
    with (folder / "journal.jsonl").open("ab") as file:
        file.write(b'######\n{"hash":"12')


def child(folder: Path, *strace: str, dies: bool) -> str:
    """Run the process under strace, and return what it said."""
    program = [sys.executable, "-B", "-m", "tests.journal_child", str(folder), str(BEFORE), str(COUNT)]
    done = subprocess.run(["strace", "-f", "-qq", *strace, *program], capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == dies, done.stderr
    return done.stdout


def points(template: Path, work: Path) -> list[tuple[str, int]]:
    """Return every call that a whole run makes, from the first on that concerns the journal."""
    shutil.copytree(template, work)
    trace = work.with_suffix(".trace")
    said = child(work, "-o", str(trace), "-e", f"trace={','.join(CALLS)}", "-y", dies=False)
    assert said.count("written") == COUNT, said
    found, counts, begun = list[tuple[str, int]](), collections.Counter[str](), False
    for line in trace.read_text(errors="replace").splitlines():
        match = re.match(r"\d+ +(\w+)\(", line)
        if match:
            counts[match[1]] += 1
            begun = begun or str(work) in line
            found += [(match[1], counts[match[1]])] if begun else []
    shutil.rmtree(work)
    return found


def killed(template: Path, work: Path, call: str, number: int, figures: Losses) -> None:
    """Kill it at one point, and see what is left."""
    shutil.copytree(template, work)
    said = child(work, *at(call, number), dies=True)
    figures.points[call] += 1
    written = [int(one) for one in re.findall(r"written (\d+)\n", said)]
    signed = [int(one) for one in re.findall(r"signed (\d+)\n", said)]
    active = work / "journal.jsonl"
    missing = not active.exists()
    with closing(JournalFile(active, Disk(), BOUNDS)) as file:
        mended = "a torn line was cut off" if "torn" in file.repaired else "damaged lines were put aside"
        mended = mended if file.repaired else "nothing to mend"
        file.append([event(_LAST)])
    kept = [int(one.at) for one in read(active) if one.occasion is Occasion.REFUSED and int(one.at) != _LAST]
    newest = max(written, default=BEFORE - 1)
    figures.lost += len(set(range(kept[0], newest + 1)) - set(kept)) if kept else newest + 1
    examined = verified(active)
    figures.unsigned += examined.proven < max(signed, default=0)
    figures.faults += [f"{call} {number}: {finding}" for finding in examined.findings]
    more = max(kept) - newest
    place = "between two files" if missing else "in a file"
    figures.outcomes[f"{place}, {mended}, {more} written and not acknowledged"] += 1
    shutil.rmtree(work)


def verified(active: Path) -> Examined:
    """Verify a journal."""
    path = signatures_of(active)
    vouching = vouched(path.name, path.read_bytes().splitlines(keepends=True) if path.exists() else [], SIGNER.check)
    examination = Examination(vouching.claims)
    with opened(active) as files:
        examination.examine([(one.name, one.lines()) for one in files])
    return examination.result(vouching)


def run(every: int) -> Losses:
    """Kill it at every so many points."""
    figures, begin = Losses(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        template, work = Path(folder) / "template", Path(folder) / "work"
        prepare(template)
        chosen = points(template, work)[::every]
        for done, (call, number) in enumerate(chosen, start=1):
            killed(template, work, call, number, figures)
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {len(chosen)}")
    figures.seconds = time.monotonic() - begin
    return figures


def say(words: str) -> None:
    """Write a line of the report."""
    sys.stdout.write(f"{words}\n")


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every so many points")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    words = parser.parse_args()
    figures = run(words.every)
    if words.json:
        say(json.dumps(vars(figures)))
    else:
        say(f"{sum(figures.points.values())} points in {figures.seconds:.0f} s: {dict(figures.points)}")
        for outcome, count in figures.outcomes.most_common():
            say(f"  {count:4} {outcome}")
        say(f"acknowledged events lost: {figures.lost}; signatures lost: {figures.unsigned}")
        say("\n".join(figures.faults) or "no journal looked tampered with")
    sys.exit(1 if figures.failed else 0)


if __name__ == "__main__":
    main()
