"""Signs, checks and exports the journal: the device key, the door that may be running, and the files put together.

A program that runs for a moment does it: the door process loads no cryptography, and waits for none of this.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from edge import keys
from edge.app.identity import device_key
from edge.disk import Disk
from edge.errors import JournalError, LinkError
from edge.journal import reading
from edge.journal.chain import Head
from edge.journal.checking import Examination, Examined
from edge.journal.exporting import split, write_export
from edge.journal.segments import MODE
from edge.journal.signature_file import SignatureFile
from edge.journal.signatures import signatures_of
from edge.journal.signing import Signed, Signer, quiet_head, sign
from edge.journal.vouching import Claim, Vouched, kept, vouched
from edge.link import asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge.app.places import Places
    from edge.journal.exporting import Exported
    from edge.journal.segments import Bounds

_GROUP_WRITES = 0o020
_NOBODY = Vouched((), (), ("there is no public key to check signatures with",))


class _SignaturesDisk(Disk):
    """Where signatures are: where a folder is its group's, so are they: root signs, and a unit's user does."""

    def __init__(self) -> None:
        super().__init__(mode=MODE)

    def open(self, path: Path, flags: int) -> int:
        """See `Disk.open`; no link is followed."""
        descriptor = super().open(path, flags | os.O_NOFOLLOW)
        try:
            mode = MODE | path.parent.stat().st_mode & _GROUP_WRITES
            found = os.fstat(descriptor)
            if os.geteuid() in {0, found.st_uid} and stat.S_IMODE(found.st_mode) != mode:
                os.fchmod(descriptor, mode)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor


def signer(here: Places, bounds: Bounds) -> Signer:
    """Return the device key at work; a new one is made where there is none.

    Args:
        here: Where it is.
        bounds: How much of the journal its writer keeps.

    Raises:
        SignatureError: It cannot be read or made.
    """
    private = device_key(here)
    public = keys.public_of(private)
    return Signer(lambda message: keys.sign(message, private), lambda m, s: keys.verify(m, s, public), bounds)


def acknowledged(here: Places, bounds: Bounds) -> tuple[Head, Bounds]:
    """Return the last line that survives a power cut, and how much is kept.

    A door that runs says both, else it is what stands in the file, and `bounds` as they are configured.

    Raises:
        JournalError: The door does not say, or another program writes the journal.
    """
    try:
        told = asking.journal_head(here.socket)
    except LinkError as error:
        if not isinstance(error.__cause__, FileNotFoundError | ConnectionRefusedError):
            raise JournalError(f"the door does not say what it has written: {error}") from error
    else:
        if told.fault:
            raise JournalError(f"the door does not say what it has written: {told.fault}")
        if told.events and told.size:
            bounds = replace(bounds, keep_events=told.events, keep_bytes=told.size)
        return Head(told.line, told.digest), bounds
    with _wrapped(here.journal):
        head = quiet_head(here.journal)
    if head is None:
        raise JournalError(f"{here.journal}: another process writes it, and no door listens at {here.socket}")
    return head, bounds


def sign_journal(here: Places, bounds: Bounds) -> Signed:
    """Sign what is written so far; `bounds` are how much is kept as it is configured.

    Raises:
        JournalError: As of `edge.journal.signing.sign`, or the files cannot be written.
        SignatureError: The device key cannot be read.
    """
    with _wrapped(here.journal):
        goal, bounds = acknowledged(here, bounds)
        return sign(here.journal, goal, signer(here, bounds), time.time(), _SignaturesDisk())


def verify_journal(active: Path, public: bytes | None, heads: Sequence[Head]) -> Examined:
    """Check a journal's files and signatures.

    Args:
        active: The journal's active file; the others are beside it.
        public: The public key of the device, PEM; without it no signature is believed.
        heads: Heads that an auditor kept.

    Raises:
        JournalError: The files cannot be read.
        SignatureError: The key is none.
    """
    with _wrapped(active), reading.opened(active) as files:
        path = signatures_of(active)
        signatures = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        vouching = _vouched(path.name, signatures, public)
        examination = Examination((*vouching.claims, *map(kept, heads)))
        examination.examine([(file.name, file.lines()) for file in files])
        return examination.result(vouching)


def verify_export(path: Path, public: bytes | None, heads: Sequence[Head]) -> Examined:
    """Check an export.

    Raises:
        JournalError: It cannot be read.
        SignatureError: The key is none.
    """
    with _wrapped(path):
        events, signatures = split(path.read_bytes())
        vouching = _vouched(path.name, signatures, public, after=len(events))
        claims: tuple[Claim, ...] = (*map(kept, heads), *vouching.claims)
        examination = Examination(claims, export=True)
        examination.examine([(path.name, events)])
        return examination.result(vouching)


def export_journal(here: Places, out: Path, window: tuple[float, float], bounds: Bounds) -> Exported:
    """Sign the journal, and write a part of it to a new file, with a signature of its own.

    Args:
        here: Where the journal is.
        out: The new file.
        window: From when to when, seconds since the epoch.
        bounds: How much is kept, as it is configured.

    Raises:
        JournalError: The journal does not verify as far as it is exported, holds nothing of that time, or a file cannot
            be read or written; `out` is never overwritten.
        SignatureError: The device key cannot be read.
    """
    with _wrapped(out):
        goal, bounds = acknowledged(here, bounds)
        key, now = signer(here, bounds), time.time()
        sign(here.journal, goal, key, now, _SignaturesDisk())
        return write_export(here.journal, out, window, goal, partial(_countersign, here, key, now))


def _countersign(here: Places, key: Signer, now: float, first: int, head: Head) -> bytes:
    with SignatureFile(here.journal, _SignaturesDisk(), key.check) as file:
        return file.add([head], first, now, key.sign)[0]


def _vouched(name: str, lines: Sequence[bytes], public: bytes | None, after: int = 0) -> Vouched:
    if public is None:
        return _NOBODY if lines else Vouched((), (), ())
    keys.load_public(public)
    return vouched(name, lines, lambda message, signature: keys.verify(message, signature, public), after)


@contextlib.contextmanager
def _wrapped(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise JournalError(f"{error.filename or path}: {error.strerror or error}") from error
