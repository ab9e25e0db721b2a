"""A disk whose power is cut, or that is full, at any step; what was not synced may be lost (S7)."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from itertools import product, starmap
from typing import TYPE_CHECKING

from edge.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class PowerCutError(Exception):
    """The power is gone; whoever asks the disk for anything more gets the same."""


@dataclass(frozen=True)
class Outcome:
    """What a power cut left: of names and of contents either all that was done, or only what was synced."""

    names_lasted: bool
    contents_lasted: bool


OUTCOMES = tuple(starmap(Outcome, product((True, False), repeat=2)))


class CutDisk(Disk):
    """Works as the machine's own until the step `at`, which is half done when it is a write, and else not at all."""

    def __init__(self, folder: Path, at: int = 1 << 30) -> None:
        super().__init__()
        self._folder = folder
        self._at = at
        self.steps = 0
        self.written: list[bytes] = []
        self._contents: dict[int, bytes] = {}
        self._names = self._listed()
        for path in self._files():
            self._contents[path.stat().st_ino] = path.read_bytes()

    def open(self, path: Path, flags: int) -> int:
        new = not path.exists()
        if flags & (os.O_CREAT | os.O_TRUNC):
            self._step()
        descriptor = super().open(path, flags)
        if new:
            self._contents[os.fstat(descriptor).st_ino] = b""
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        self.written.append(bytes(data))
        self._step(lambda: super(CutDisk, self).write(descriptor, data[: len(data) // 2]))
        super().write(descriptor, data)

    def cut(self, descriptor: int, size: int) -> None:
        self._step()
        super().cut(descriptor, size)

    def sync(self, descriptor: int) -> None:
        self._step()
        found = os.fstat(descriptor)
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
        self._contents[found.st_ino] = os.pread(again, found.st_size, 0)
        os.close(again)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def link(self, path: Path, second: Path) -> None:
        self._step()
        super().link(path, second)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def sync_folder(self, folder: Path) -> None:
        self._step()
        super().sync_folder(folder)
        self._names = self._listed()

    def settle(self, outcome: Outcome) -> None:
        """Leave in the folder what is there after the power came back."""
        now = {path.stat().st_ino: path.read_bytes() for path in self._files()}
        names = self._listed() if outcome.names_lasted else self._names
        for path in self._files():
            path.unlink()
        made: dict[int, Path] = {}
        for name, inode in names.items():
            path = self._folder / name
            if inode in made:
                path.hardlink_to(made[inode])
            elif outcome.contents_lasted and inode in now:
                path.write_bytes(now[inode])
            else:
                path.write_bytes(self._contents[inode])
            made.setdefault(inode, path)

    def _step(self, half: Callable[[], None] | None = None) -> None:
        self.steps += 1
        if self.steps == self._at and half:
            half()
        if self.steps >= self._at:
            raise PowerCutError(f"at step {self.steps}")

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.is_file() and path.suffix != ".lock")

    def _listed(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self._files()}


class FullDisk(Disk):
    """Says that it is full at the step `at`, whichever it is, having written half; afterwards there is room again."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at
        self.steps = 0

    def open(self, path: Path, flags: int) -> int:
        if flags & os.O_CREAT:
            self._step()
        return super().open(path, flags)

    def write(self, descriptor: int, data: bytes) -> None:
        if self._next():
            super().write(descriptor, data[: len(data) // 2])
            self._fail()
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._step()
        super().sync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        super().rename(old, new)

    def link(self, path: Path, second: Path) -> None:
        self._step()
        super().link(path, second)

    def sync_folder(self, folder: Path) -> None:
        self._step()
        super().sync_folder(folder)

    def _next(self) -> bool:
        self.steps += 1
        return self.steps == self._at

    def _step(self) -> None:
        if self._next():
            self._fail()

    def _fail(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
