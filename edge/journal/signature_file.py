"""The file of signed heads: opened by one program at a time, appended to so that it lasts, thinned when it is long."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, Self

from edge.disk import replace
from edge.errors import JournalError, SignatureError
from edge.journal.signatures import (
    START,
    SignatureLineError,
    Statement,
    hash_of,
    parse,
    signatures_of,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from edge.disk import Disk
    from edge.journal.chain import Head
    from edge.journal.signatures import Keeping

LONG_BYTES = 1_000_000
"""A longer file loses its older half, but for what pruning and its proof need."""


_BUSY = "another process signs this journal at this moment; try again"


class SignatureFile:
    """The signatures of one journal, open for adding.

    Attributes:
        newest: The statement about the newest line; None when nothing was signed.
        heads: Every head there is a signature for.
        keeping: What the last good signature says was kept, and the next ones will say; None where it does not say.
    """

    def __init__(self, active: Path, disk: Disk, check: Callable[[bytes, bytes], None]) -> None:
        """Open or create the file, lock it, and cut off a last line that a power cut tore.

        Args:
            active: The journal's active file.
            disk: Where it is.
            check: Raises `SignatureError` when a signature is not the device key's.

        Raises:
            OSError: It cannot be opened, read or mended.
            JournalError: Another process signs, or the newest signature is another key's.
        """
        self._path = signatures_of(active)
        self._disk = disk
        self._check = check
        self._descriptor = self._open()
        try:
            self._lines = self._read()
            self._load()
            good = (one.keeping for line in reversed(self._lines) for one in self._good([line]))
            self.keeping: Keeping | None = next(good, None)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def add(self, heads: Sequence[Head], first: int, wall: float, sign: Callable[[bytes], bytes]) -> list[bytes]:
        """Sign heads and make that last; return the lines of the signatures.

        Args:
            heads: What is signed.
            first: The oldest line that is there.
            wall: Seconds since the epoch.
            sign: Makes a signature.

        Raises:
            OSError: The disk is full, read-only or broken; the file is as before.
        """
        size = sum(map(len, self._lines))
        fresh = self._signed(self._lines, heads, first, wall, sign)
        if fresh:
            try:
                self._disk.write(self._descriptor, b"".join(fresh))
                self._disk.sync(self._descriptor)
            except BaseException:
                with contextlib.suppress(OSError):
                    self._disk.cut(self._descriptor, size)
                raise
            self._lines += fresh
            self._load()
        return fresh

    def thin(
        self, needed: Collection[int], first: int, wall: float, sign: Callable[[bytes], bytes], long: int = LONG_BYTES
    ) -> None:
        """Drop the older half of a long file, and sign anew what of it is needed.

        Args:
            needed: The lines whose heads must stay signed.
            first: The oldest line that is there.
            wall: Seconds since the epoch.
            sign: Makes a signature.
            long: More bytes than this are too many.

        Raises:
            OSError: The disk is full, read-only or broken; the file is as before.
        """
        if sum(map(len, self._lines)) <= long:
            return
        half = len(self._lines) // 2
        kept = self._lines[half:]
        there = {one.head for one in _statements(kept)}
        again = {
            one.head: None for one in self._good(self._lines[:half]) if one.line in needed and one.head not in there
        }
        kept += self._signed(kept, tuple(again), first, wall, sign)
        replace(self._disk, self._path, b"".join(kept))
        self._lines = kept

    def _open(self) -> int:
        descriptor = self._disk.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._check_in_place(descriptor)
            self._disk.sync_folder(self._path.parent)
        except BlockingIOError as error:
            os.close(descriptor)
            raise JournalError(_BUSY) from error
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _check_in_place(self, descriptor: int) -> None:
        here, there = os.fstat(descriptor), self._path.stat()
        if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
            raise JournalError(_BUSY)

    def _read(self) -> list[bytes]:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            lines = file.read().splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
            self._disk.cut(self._descriptor, sum(map(len, lines)))
            self._disk.sync(self._descriptor)
        return lines

    def _load(self) -> None:
        statements = _statements(self._lines)
        self.heads = frozenset(one.head for one in statements)
        self.newest = max(statements, key=lambda one: (one.line, one.n), default=None)
        for line in reversed(self._lines):
            if self.newest is not None and self.newest in _statements([line]):
                _, message, signature = parse(line)
                self._verify(message, signature)
                return

    def _verify(self, message: bytes, signature: bytes) -> None:
        try:
            self._check(message, signature)
        except SignatureError as error:
            raise JournalError(
                f"{self._path}: what was signed before was not signed by the device key ({error}); if this terminal was"
                " given a new key, move this file away and keep it: it proves what was signed with the old one"
            ) from error

    def _good(self, lines: Sequence[bytes]) -> list[Statement]:
        good = []
        for line in lines:
            with contextlib.suppress(SignatureLineError, SignatureError):
                statement, message, signature = parse(line)
                self._check(message, signature)
                good.append(statement)
        return good

    def _signed(
        self, after: Sequence[bytes], heads: Sequence[Head], first: int, wall: float, sign: Callable[[bytes], bytes]
    ) -> list[bytes]:
        """Return the lines for heads, as they follow others."""
        n = max((one.n for one in _statements(after[-1:])), default=len(after))
        prev = hash_of(after[-1]) if after else START
        fresh = []
        for number, head in enumerate(heads, start=n + 1):
            line = signed(Statement(number, prev, first, head.number, head.digest, wall, self.keeping), sign)
            prev = hash_of(line)
            fresh.append(line)
        return fresh


def _statements(lines: Sequence[bytes]) -> list[Statement]:
    found = []
    for line in lines:
        with contextlib.suppress(SignatureLineError):
            found.append(parse(line)[0])
    return found
