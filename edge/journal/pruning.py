"""What of the journal goes when there is more than is to be kept, and how that is told from a deletion.

Before a closed file is deleted, a line of the chain says up to which line and hash the journal goes, and the device key
has signed that head, unless nobody signed for so long that twice as much piled up. What is missing without such a line
was taken away by somebody else. That line alone proves nothing, for whoever writes the files can write it: what is left
must be as much as is to be kept, and the signatures say how much that is (`edge.journal.signatures.Keeping`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edge.journal import chain, segments
from edge.journal.chain import Head
from edge.journal.events import Event, Pruned
from edge.journal.signatures import heads, signatures_of
from edge.values import Occasion

if TYPE_CHECKING:
    from pathlib import Path

    from edge.journal.segments import Bounds, Segment

_LONGEST = 16 * 1024 * 1024
_LINE = 1024 * 1024


def plan(active: Path, last: int, bounds: Bounds, first: Event) -> tuple[tuple[Segment, ...], tuple[Event, ...]]:
    """Return the closed files that are to go, and the event that says so before they do; nothing when all may stay.

    Args:
        active: The journal's active file, empty.
        last: The number of the last line of all.
        bounds: How much is kept.
        first: The event that comes next: it happens at the same moment.
    """
    try:
        kept, known = segments.closed(active), signed_heads(active)
        ends = [_end_before(segment) for segment in kept[1:]]
    except OSError:
        return (), ()  # what cannot be read is left alone; the next full file brings another try
    gone = segments.surplus(kept, last, bounds, [end in known for end in ends])
    if not gone:
        return (), ()
    end = ends[len(gone) - 1]
    pruned = Pruned(line=end.number, digest=end.digest, signed=end in known)
    size = sum(segment.size for segment in gone)
    words = f"lines {gone[0].first} to {end.number} are deleted, {size} bytes: more than is to be kept"
    if not pruned.signed:
        words += "; their end was not signed"
    return gone, (Event(occasion=Occasion.JOURNAL_PRUNED, at=first.at, wall=first.wall, sentence=words, pruned=pruned),)


def _end_before(segment: Segment) -> Head:
    """Return the head that a file's first line follows; without a hash where that line is damaged.

    Raises:
        OSError: The file cannot be read.
    """
    with segment.path.open("rb") as file:
        line = file.readline(_LINE)
    try:
        body, head = chain.unlink(line)
    except chain.ChainError:
        return Head(segment.first - 1, "")
    return Head(head.number - 1, body.prev)


def signed_heads(active: Path) -> frozenset[Head]:
    """Return the heads for which there are signatures; whether they are good ones only `edge journal verify` finds out.

    Raises:
        OSError: The file of signatures cannot be read.
    """
    try:
        with signatures_of(active).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LONGEST))
            return frozenset(heads(file.read()))
    except FileNotFoundError:
        return frozenset()
