"""A process that writes, signs, closes and deletes a journal's files, and says what lasts: it is there to be killed.

`python -m tests.journal_child FOLDER FIRST COUNT` mends the journal first, as every writer does.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from edge.disk import Disk
from edge.journal.file import JournalFile
from edge.journal.segments import Bounds
from edge.journal.signing import Signer, sign
from tests.toy_key import ToyKey
from tests.unit.journal_builders import event

if TYPE_CHECKING:
    from collections.abc import Callable

BOUNDS = Bounds(keep_bytes=4000, keep_events=1000, segment_bytes=900, segment_events=1000)
SIGNER = Signer(ToyKey().sign, ToyKey().check, BOUNDS)


def write(folder: Path, numbers: range, say: Callable[[str], None]) -> None:
    """Write events one by one, every second one is signed up to; `say` is told what lasts."""
    active, disk = folder / "journal.jsonl", Disk()
    with closing(JournalFile(active, disk, BOUNDS)) as file:
        for number in numbers:
            file.append([event(number)])
            say(f"written {number}\n")
            if number % 2:
                made = sign(active, file.head, SIGNER, 2e9 + number, disk)
                say(f"signed {made.head.number}\n")


def said(words: str) -> None:
    """Tell whoever started this process, at once."""
    os.write(1, words.encode())


if __name__ == "__main__":
    start = int(sys.argv[2])
    write(Path(sys.argv[1]), range(start, start + int(sys.argv[3])), said)
