"""Times the journal: appending, verifying, signing, and how soon a door can write that has a full one.

`python -m tests.bench.journal [--events 100000] [--json] [--folder FOLDER]`. The events are of the size of a
recognition with all its evidence. Appending is timed one by one, each made to last, and as the door does it: events
come while the ones before are synced, and are written together.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from edge import keys
from edge.disk import Disk
from edge.journal.checking import Examination
from edge.journal.events import Event
from edge.journal.file import JournalFile
from edge.journal.log import Journal
from edge.journal.reading import opened
from edge.journal.segments import Bounds
from edge.journal.signatures import signatures_of
from edge.journal.signing import Signer, quiet_head, sign
from edge.journal.vouching import vouched
from edge.values import Evidence, Handle, Occasion, Reason

SINGLE = 1000
_WAIT_S = 600.0


def event(number: int) -> Event:
    """Return a grant with all that is written down of one."""
    evidence = Evidence(0.712, 0.331, 0.412, 1e-5, 3, 0.97, "mobilefacenet-dynamic-1 87aacdfe 1")
    handle = Handle(f"{number % 5000:032x}")
    return Event(
        occasion=Occasion.GRANTED,
        at=float(number),
        wall=1.7e9 + number,
        reason=Reason.GRANTED,
        sentence="granted",
        handle=handle,
        evidence=evidence,
        session="0123456789abcdef",
    )


def measure(folder: Path, count: int) -> dict[str, float]:
    """Write, sign and verify so many events; return the figures, in seconds, bytes and events a second."""
    active, figures = folder / "journal.jsonl", dict[str, float]()
    begin = time.perf_counter()
    with closing(JournalFile(active, Disk(), Bounds())) as file:
        for number in range(SINGLE):
            file.append((event(number),))
    figures["appended one by one, each synced, a second"] = SINGLE / (time.perf_counter() - begin)
    begin = time.perf_counter()
    with closing(Journal(active)) as journal:
        journal.flush(_WAIT_S)
        for number in range(SINGLE, count):
            while not journal.write(event(number)):
                journal.flush(_WAIT_S)
        journal.flush(_WAIT_S)
    figures["appended as the door does, a second"] = (count - SINGLE) / (time.perf_counter() - begin)
    figures["bytes"] = sum(path.stat().st_size for path in folder.iterdir())
    figures["bytes an event"] = figures["bytes"] / count
    private, public = keys.new_pair()
    signer = Signer(lambda text: keys.sign(text, private), lambda text, by: keys.verify(text, by, public))
    for what in ("signed for the first time, s", "signed again after 100 events, s"):
        head = quiet_head(active)
        begin = time.perf_counter()
        sign(active, head or file.head, signer, 2e9, Disk())
        figures[what] = time.perf_counter() - begin
        with closing(JournalFile(active, Disk(), Bounds())) as file:
            file.append([event(number) for number in range(100)])
    figures["verified, s"] = verified(active, signer)
    begin = time.perf_counter()
    with closing(Journal(active)) as journal:
        journal.write(event(0))
        journal.flush(_WAIT_S)
        figures["a full journal opened and its first event lasting, s"] = time.perf_counter() - begin
    figures["peak memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def verified(active: Path, signer: Signer) -> float:
    """Verify it, and return how long that took, seconds."""
    begin = time.perf_counter()
    path = signatures_of(active)
    vouching = vouched(path.name, path.read_bytes().splitlines(keepends=True), signer.check)
    examination = Examination(vouching.claims)
    with opened(active) as files:
        examination.examine([(one.name, one.lines()) for one in files])
    examined = examination.result(vouching)
    assert not examined.findings, examined.findings
    assert examined.unproven == 100
    return time.perf_counter() - begin


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder otherwise")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=words.folder) as folder:
        figures = measure(Path(folder), words.events)
    if words.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    for name, value in () if words.json else figures.items():
        sys.stdout.write(f"{name}: {value:,.3f}\n" if value < 100 else f"{name}: {value:,.0f}\n")


if __name__ == "__main__":
    main()
