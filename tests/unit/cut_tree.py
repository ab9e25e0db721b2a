"""A tree of folders whose power is cut at any step: of names and of contents, what was not synced may be lost (S7)."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from edge.disk import Disk
from tests.unit.cut_disk import Outcome, PowerCutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

State = dict[str, bytes | None]
"""What is there, by path: a file's content, None for a folder."""


class CutTree(Disk):
    """Works as the machine's own until the step `at`, which is half done when it is a write, and else not at all.

    A folder that was never synced holds nothing that lasts; neither does a file. What there is at the beginning lasts.
    """

    def __init__(self, folder: Path, at: int = 1 << 30) -> None:
        super().__init__()
        self._folder = folder
        self._at = at
        self.steps = 0
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                self._names[path.stat().st_ino] = _listed(path)
            else:
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
        self._step(lambda: super(CutTree, self).write(descriptor, data[: len(data) // 2]))
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

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def sync_folder(self, folder: Path) -> None:
        self._step()
        self._names[folder.stat().st_ino] = _listed(folder)

    def settle(self, outcome: Outcome) -> None:
        """Leave what is there after the power came back."""
        inodes = {path.stat().st_ino: path for path in (self._folder, *self._folder.rglob("*"))}
        left: State = {}

        def grow(folder: int, name: str) -> None:
            there = inodes.get(folder)
            lasting = self._names.get(folder, {})
            names = _listed(there) if outcome.names_lasted and there is not None else lasting
            for child, inode in names.items():
                path = inodes.get(inode)  # None: it was removed, and the power cut brings it back
                if path.is_dir() if path else inode in self._names:
                    left[f"{name}{child}"] = None
                    grow(inode, f"{name}{child}/")
                elif path and outcome.contents_lasted:
                    left[f"{name}{child}"] = path.read_bytes()
                else:
                    left[f"{name}{child}"] = self._contents.get(inode, b"")

        grow(self._folder.stat().st_ino, "")
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        for name, content in left.items():
            if content is None:
                (self._folder / name).mkdir()
            else:
                (self._folder / name).write_bytes(content)

    def _step(self, half: Callable[[], None] | None = None) -> None:
        self.steps += 1
        if self.steps == self._at and half:
            half()
        if self.steps >= self._at:
            raise PowerCutError(f"at step {self.steps}")


def _listed(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}
