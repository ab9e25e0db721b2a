"""Keeps what the door must remember over a restart in one small file, replaced as a whole; a thread of its own writes.

A file that cannot be read may have held a lock-down: the door then starts locked down, until an operator orders
otherwise (S3). The exit button is not concerned.
"""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING, Literal

import msgspec

from edge.access.memory import LockDown, Memory
from edge.app.durable import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RETRY_S = 1.0
LOOK_S = 2.0


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    monotonic: float
    memory: Memory


class Keeper:
    """The file of a door's memory.

    Attributes:
        memory: What was remembered when it was opened, its moments carried to this boot.
        unread: Why the file could not be read, until it is written anew; empty when it could, or is not there yet.
        appeared: Whether a file that was not there, and was never read, is there now: it may hold a lock-down. Nothing
            is written over it, and the process must start afresh.
    """

    def __init__(self, path: Path, *, now: float, sync: Callable[[int], None] = os.fsync) -> None:
        """Read the file, and start the writer.

        Args:
            path: The file; its folder is made when it is missing.
            now: Monotonic seconds.
            sync: Makes what was written to a file descriptor last.
        """
        self._path = path
        self._sync = sync
        self._changed = threading.Condition()
        self._wanted: tuple[int, Memory, float] | None = None
        self._tickets = 0
        self._kept = 0
        self._fault = ""
        self._closing = False
        self.unread = ""
        self.appeared = self._missing = False
        self.memory = self._read(now)
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """Why nothing can be kept at this moment; empty when all is well."""
        with self._changed:
            return self._fault

    @property
    def ticket(self) -> int:
        """The number of the last memory that was handed over."""
        with self._changed:
            return self._tickets

    def keep(self, memory: Memory, now: float) -> None:
        """Hand a memory to the writer, in place of one that still waits; `now` is monotonic seconds."""
        with self._changed:
            self._tickets += 1
            self._wanted = self._tickets, memory, now
            self._changed.notify_all()

    def lasting(self, ticket: int) -> bool:
        """Whether the memory of this number, or a later one, survives a power cut (S7)."""
        with self._changed:
            return self._kept >= ticket

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was handed over so far lasts; False when that took too long."""
        with self._changed:
            goal = self._tickets
            return self._changed.wait_for(lambda: self._kept >= goal, timeout_s)

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what waits, for at most `timeout_s`, and end; a second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _read(self, now: float) -> Memory:
        self._folder = _device(self._path.parent)
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            self._missing = True
            return Memory()
        except (OSError, ValueError, msgspec.DecodeError) as error:
            self.unread = f"{self._path}: {error}"
            return Memory(lock_down=LockDown("the door itself", "what it must remember could not be read"))
        return kept.memory.carried(now - kept.monotonic)

    def _run(self) -> None:
        while not self._appeared():
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closing, LOOK_S)
                wanted, closing = self._wanted, self._closing
            if wanted is None:
                if closing:
                    return
                continue
            try:
                self._write(wanted[1], wanted[2])
            except OSError as error:
                with self._changed:
                    self._fault = f"{self._path}: {error.strerror or error}"
                    if closing:
                        return
                    self._changed.wait_for(lambda: self._closing, RETRY_S)
                continue
            with self._changed:
                self._fault, self.unread, self._kept = "", "", wanted[0]
                if self._wanted is wanted:
                    self._wanted = None
                self._changed.notify_all()

    def _appeared(self) -> bool:
        """Whether another file has come to stand where this one was looked for: a partition was mounted late."""
        device = _device(self._path.parent)
        moved = self._folder is not None and device is not None and device != self._folder
        self.appeared = self.appeared or moved or (self._missing and self._path.exists())
        return self.appeared

    def _write(self, memory: Memory, now: float) -> None:
        if self._appeared():
            raise FileExistsError(errno.EEXIST, "it has appeared only now, and was never read")
        replace_file(self._path, msgspec.json.encode(_Kept(1, now, memory)), self._sync)
        self._missing, self._folder = False, _device(self._path.parent)


def _device(folder: Path) -> int | None:
    """The number of the file system that holds a folder; None where there is no folder."""
    try:
        return folder.stat().st_dev
    except OSError:
        return None
