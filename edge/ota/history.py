"""What happened to the sets of models: a line of JSON each, the newest last; torn lines are passed over and mended."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from edge import disk as steps
from edge.ota.active import FACTORY, NOBODY, Active, Slot

if TYPE_CHECKING:
    from pathlib import Path

    from edge.disk import Disk

MOST = 500
"""How many lines there are at most,"""
FEWEST = 400
"""and how many are left when the oldest go."""
_LIMIT = 4 << 20
_LONGEST = 1000


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened.

    Attributes:
        at: When, seconds since the epoch, by the clock of that time; the order of the lines is that of events.
        what: In a word, such as "update-applied"; those of `edge.values.Occasion`, and "mended", "found", "started",
            "lasted" (the candidate looked at somebody, and the terminal still runs), "update-failed".
        slot: The set it happened to; empty when to none.
        words: More for people.
        operator: Who did it; empty for the terminal itself.
        running: The set that decided from then on,
        previous: the one before it,
        good: the last one that use confirmed,
        candidate: the one that was tried beside it,
        phase: and the phase.
        serial: The highest serial that had been accepted.
    """

    at: float
    what: str
    slot: str = ""
    words: str = ""
    operator: str = ""
    running: Slot = FACTORY
    previous: Slot = FACTORY
    good: Slot = FACTORY
    candidate: Slot = NOBODY
    phase: str = "steady"
    serial: int = 0

    def explains(self, active: Active) -> bool:
        """Whether it left what is now."""
        return all(
            getattr(self, key) == getattr(active, key)
            for key in ("running", "previous", "good", "candidate", "phase", "serial")
        )


def entry(at: float, what: str, active: Active, *, slot: str = "", words: str = "", operator: str = "") -> Entry:
    """Return what happened and what was left."""
    return Entry(
        at=at,
        what=what,
        slot=slot,
        words=words[:_LONGEST].encode(errors="replace").decode(),
        operator=operator[:_LONGEST].encode(errors="replace").decode(),
        running=active.running,
        previous=active.previous,
        good=active.good,
        candidate=active.candidate,
        phase=active.phase,
        serial=active.serial,
    )


class History:
    """The file of what happened. Whoever appends holds the lock of the slots."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Name the file, which need not exist, and what it lies on."""
        self.path = path
        self._disk = disk

    def entries(self) -> list[Entry]:
        """Return what happened, oldest first; lines that are none are passed over.

        Raises:
            OSError: It is there and cannot be read.
        """
        return [one for line in self._lines() if (one := _read(line)) is not None]

    def append(self, one: Entry) -> None:
        """Write one more down; on return it lasts.

        Raises:
            OSError: It cannot be written; what was there is still there.
        """
        lines = self._lines()
        sound = [line for line in lines if _read(line) is not None]
        new = msgspec.json.encode(one) + b"\n"
        if len(lines) >= MOST or sound != lines:
            kept = [*sound, new][-(FEWEST if len(sound) >= MOST else MOST) :]
            self._disk.remove(steps.fresh_name(self.path))  # another user's, of a moment that a power cut ended
            steps.replace(self._disk, self.path, b"".join(kept))
        else:
            self._append(new, begun=bool(lines) or self.path.exists())

    def _append(self, line: bytes, *, begun: bool) -> None:
        with steps.opened(self._disk, self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as descriptor:
            size = os.fstat(descriptor).st_size
            try:
                self._disk.write(descriptor, line)
                self._disk.sync(descriptor)
            except OSError:
                with suppress(OSError):
                    self._disk.cut(descriptor, size)
                raise
        if not begun:
            self._disk.sync_folder(self.path.parent)

    def _lines(self) -> list[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - _LIMIT))
                return file.read(_LIMIT).splitlines(keepends=True)
        except FileNotFoundError:
            return []


def _read(line: bytes) -> Entry | None:
    """Return a line's entry; None when it is torn or damaged."""
    if not line.endswith(b"\n"):
        return None
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
