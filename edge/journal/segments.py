"""The journal's files: the active one, and before it the closed ones, each named after its first line; what is kept.

`journal.jsonl` is written; when it is full it is renamed `journal-<number of its first line>.jsonl`, and the chain
goes on in a new one.
"""

from __future__ import annotations

import contextlib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.config import JournalSettings

MEGABYTE = 1_000_000
MODE = 0o640
"""The journal is the one thing of the device's that a group may read."""
HARD = 2
"""How many times what is to be kept may pile up while nobody signs."""
_PARTS = 32
_LARGEST_SEGMENT = 4 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept at least, and how large a file grows before it is closed; in bytes and in events."""

    keep_bytes: int = 124 * MEGABYTE
    keep_events: int = 250_000 - 250_000 // _PARTS
    segment_bytes: int = 4 * MEGABYTE
    segment_events: int = 250_000 // _PARTS

    @classmethod
    def of(cls, settings: JournalSettings) -> Self:
        """Return the bounds that settings ask for: the oldest part that goes at once is a small one."""
        most = settings.max_megabytes * MEGABYTE
        part, events = min(most // _PARTS, _LARGEST_SEGMENT), max(settings.max_events // _PARTS, 1)
        return cls(most - part, settings.max_events - events, part, events)

    def full(self, size: int, events: int) -> bool:
        """Whether a file of so many bytes and events is to be closed."""
        return size >= self.segment_bytes or events >= self.segment_events

    def reached(self, size: int, events: int) -> bool:
        """Whether so much is as much as is to be kept: what is left when older lines go must be."""
        return size >= self.keep_bytes or events >= self.keep_events

    def over(self, size: int, events: int, times: int = 1) -> bool:
        """Whether so much is more than (so many times) what is to be kept."""
        return size > times * self.keep_bytes or events > times * self.keep_events


NONE = Bounds(sys.maxsize, sys.maxsize, sys.maxsize, sys.maxsize)
"""Everything is kept in one file."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed file of the journal.

    Attributes:
        path: The file.
        first: The number of its first line.
        size: Its bytes.
    """

    path: Path
    first: int
    size: int


def closed_path(active: Path, first: int) -> Path:
    """Return what the active file is called once it is closed."""
    return active.with_name(f"{active.stem}-{first:09d}{active.suffix}")


def closed(active: Path) -> tuple[Segment, ...]:
    """Return the closed files, oldest first.

    Raises:
        OSError: The folder cannot be read.
    """
    form = re.compile(rf"{re.escape(active.stem)}-(\d{{9,18}}){re.escape(active.suffix)}")
    found = []
    for path in active.parent.iterdir() if active.parent.is_dir() else ():
        if match := form.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                found.append(Segment(path, int(match[1]), path.lstat().st_size))
    return tuple(sorted(found, key=lambda segment: (segment.first, segment.path.name)))


def surplus(kept: Sequence[Segment], last: int, bounds: Bounds, signed: Sequence[bool]) -> tuple[Segment, ...]:
    """Return the oldest closed files that are to go; what is left is never less than what is to be kept.

    The newest one always stays: the chain goes on from it.

    Args:
        kept: The closed files, oldest first.
        last: The number of the last line of all.
        bounds: How much is kept.
        signed: Whether the end of each of them but the newest was signed.
    """
    total, gone = sum(segment.size for segment in kept), []
    for segment, after, proven in zip(kept, kept[1:], signed, strict=False):
        if not bounds.reached(total - segment.size, last - after.first + 1):
            break
        if not (proven or bounds.over(total, last - segment.first + 1, HARD)):
            break
        gone.append(segment)
        total -= segment.size
    return tuple(gone)
