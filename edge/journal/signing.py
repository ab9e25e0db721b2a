"""Signs where the journal ends: a short-lived program's work, for the door process loads no cryptography.

It follows the chain from what was signed last to the line that the door says lasts, and signs that line, and the last
line of every file that was closed since: what is not signed is not deleted. A broken chain is signed past and reported:
what comes after the break is proven from there on, and the break stays to be found. What is missing at the beginning
although it did not have to go yet is reported, and every later signature says so, too.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.errors import JournalError
from edge.journal import mending, reading
from edge.journal.chain import Head
from edge.journal.following import Finding, Follower
from edge.journal.segments import Bounds
from edge.journal.signature_file import SignatureFile
from edge.journal.signatures import Keeping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from edge.disk import Disk
    from edge.journal.reading import Opened
    from edge.journal.signatures import Statement

HEARTBEAT_S = 3600.0
"""A journal in which nothing happens is signed so often all the same: an old signature means that nobody signs."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The device key, and what it is to say of the journal.

    Attributes:
        sign: Returns the signature of a message, 64 bytes.
        check: Raises `edge.errors.SignatureError` when a signature of a message is not this key's.
        bounds: How much of the journal its writer keeps.
    """

    sign: Callable[[bytes], bytes]
    check: Callable[[bytes, bytes], None]
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of it.

    Attributes:
        head: The line up to which the journal is signed.
        signatures: How many were made.
        lines: How many lines were not signed before.
        findings: What is wrong with the lines that were followed.
    """

    head: Head
    signatures: int
    lines: int
    findings: tuple[Finding, ...]


def quiet_head(active: Path) -> Head | None:
    """Return the last line of a journal that nobody writes, made to last; None when somebody does.

    Raises:
        OSError: It cannot be read.
    """
    try:
        descriptor = os.open(active, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return mending.before(active)[0]
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.fsync(descriptor)
        return mending.end(descriptor).head or mending.before(active)[0]
    except BlockingIOError:
        return None
    finally:
        os.close(descriptor)


def sign(active: Path, goal: Head, signer: Signer, wall: float, disk: Disk) -> Signed:
    """Sign the journal up to a line that lasts.

    Args:
        active: The journal's active file.
        goal: The last line that lasts, as its writer says.
        signer: The device key.
        wall: Seconds since the epoch.
        disk: Where it is.

    Raises:
        JournalError: The journal cannot be read, its files do not hold that line, another process signs, or what was
            signed before is another key's.
        OSError: The disk is full, read-only or broken.
    """
    with reading.opened(active) as files, SignatureFile(active, disk, signer.check) as file:
        newest = file.newest
        follower, ends = _follow(files, newest, goal)
        if goal.number and follower.head != goal:
            raise JournalError(f"line {goal.number} is not what its writer wrote there; nothing was signed")
        first = _first(files)
        said, keeping = file.keeping, _keeping(files, first, file, signer.bounds)
        file.keeping = keeping
        if keeping.why:
            follower.found(files[0].name, keeping.why)
        due = [end for end in ends if end not in file.heads]
        stale = newest is None or newest.head != goal or abs(wall - newest.wall) >= HEARTBEAT_S
        if (stale or said != keeping) and goal.number and goal not in due:
            due.append(goal)
        file.add(due, first, wall, signer.sign)
        needed = {first - 1, goal.number, *(one.first - 1 for one in files if one.first is not None)}
        file.thin(needed, first, wall, signer.sign)
        lines = goal.number - max(newest.line if newest else 0, first - 1)
        return Signed(goal, len(due), max(lines, 0), tuple(follower.findings))


def _follow(files: Sequence[Opened], since: Statement | None, goal: Head) -> tuple[Follower, list[Head]]:
    """Go from the file that holds what was signed last to the goal; return also the ends of the closed files passed."""
    signed = since.line if since else 0
    begin = min(signed, goal.number)
    starts = [index for index, one in enumerate(files) if one.first is not None and one.first <= begin]
    follower, ends = Follower(), list[Head]()
    if signed > goal.number:
        why = f"the journal was signed up to line {signed}, and ends with line {goal.number}: lines were cut off"
        follower.found(files[-1].name, why)
    for one in files[max(starts, default=0) :]:
        for place, line in enumerate(one.lines(), start=1):
            if follower.head is not None and follower.head.number >= goal.number:
                return follower, ends
            taken = follower.take(one.name, place, line)
            if taken and since and taken[1].number == signed and taken[1] != since.head:
                follower.found(f"{one.name}, line {place}", f"line {signed} is not the one that was signed")
        if one.first is not None and follower.head is not None:
            ends.append(follower.head)
    return follower, ends


def _keeping(files: Sequence[Opened], first: int, file: SignatureFile, bounds: Bounds) -> Keeping:
    """Return what is kept now; what is missing since the last signature had to go only if enough is left."""
    now, before = Keeping(first, bounds.keep_events, bounds.keep_bytes), file.keeping
    if before is None and file.newest is not None:
        return now  # an older version signed before, and did not say what it kept
    size = sum(os.fstat(one.file.fileno()).st_size for one in files)
    ends = (mending.end(one.file.fileno()).head for one in reversed(files))
    last = next((end.number for end in ends if end), 0)
    return now.follow(before, size, last - first + 1)


def _first(files: Sequence[Opened]) -> int:
    """Return the number of the oldest line."""
    follower = Follower()
    for line in files[0].lines():
        if follower.take("", 1, line):
            return follower.first
    return 1
