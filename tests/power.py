"""A disk whose power is cut between any two operations: what was not synced may be lost, names as well as bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from edge.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

State = dict[str, bytes]
"""What a folder holds when the power is back."""


class CuttableDisk(Disk):
    """The machine's own, which also keeps account of what would be left of one folder at each moment.

    POSIX promises little, and this takes it at its word: the bytes of a file last when the file was synced, its name
    when its folder was; what was not synced may last all the same, wholly or in part.
    """

    def __init__(self, folder: Path, look: Callable[[CuttableDisk], None]) -> None:
        """Watch a folder; `look` is called before every operation."""
        super().__init__(self._sync)
        self._folder = folder
        self._look = look
        self.operations = 0
        self._files: list[bytes] = []
        self._lasting: list[bytes] = []
        self._names: dict[str, int] = {}
        self._history: list[dict[str, int]] = [{}]
        self._open: dict[int, int] = {}
        for path in folder.iterdir():
            self._names[path.name] = self._file(path.read_bytes())
        self._lasting = list(self._files)
        self._history = [dict(self._names)]

    def states(self) -> Iterator[State]:
        """Yield what may be left: the names as of any moment since the folder was synced, and more or less of bytes."""
        for names in self._history:
            for pick in (self._old, self._torn, self._new):
                yield {name: pick(number) for name, number in names.items()}

    def open(self, path: Path, flags: int) -> int:
        """See `Disk.open`."""
        self._before()
        descriptor = super().open(path, flags)
        if path.parent == self._folder:
            if path.name not in self._names:
                self._named({**self._names, path.name: self._file(b"")})
            self._open[descriptor] = self._names[path.name]
            if flags & os.O_TRUNC:
                self._files[self._names[path.name]] = b""
        return descriptor

    def write(self, descriptor: int, data: bytes) -> None:
        """See `Disk.write`."""
        self._before()
        super().write(descriptor, data)
        self._files[self._open[descriptor]] += data

    def cut(self, descriptor: int, size: int) -> None:
        """See `Disk.cut`."""
        self._before()
        super().cut(descriptor, size)
        number = self._open[descriptor]
        self._files[number] = self._files[number][:size]

    def rename(self, old: Path, new: Path) -> None:
        """See `Disk.rename`."""
        self._before()
        super().rename(old, new)
        names = dict(self._names)
        names[new.name] = names.pop(old.name)
        self._named(names)

    def remove(self, path: Path) -> None:
        """See `Disk.remove`."""
        self._before()
        super().remove(path)
        self._named({name: number for name, number in self._names.items() if name != path.name})

    def sync_folder(self, folder: Path) -> None:
        """See `Disk.sync_folder`."""
        self._before()
        super().sync_folder(folder)
        if folder == self._folder:
            self._history = [dict(self._names)]

    def _sync(self, descriptor: int) -> None:
        self._before()
        os.fsync(descriptor)
        number = self._open[descriptor]
        self._lasting[number] = self._files[number]

    def _before(self) -> None:
        self.operations += 1
        self._look(self)

    def _file(self, data: bytes) -> int:
        self._files.append(data)
        self._lasting.append(b"")
        return len(self._files) - 1

    def _named(self, names: dict[str, int]) -> None:
        self._names = names
        self._history.append(dict(names))

    def _old(self, number: int) -> bytes:
        return self._lasting[number]

    def _new(self, number: int) -> bytes:
        return self._files[number]

    def _torn(self, number: int) -> bytes:
        old, new = self._lasting[number], self._files[number]
        return new[: (len(old) + len(new)) // 2] if new.startswith(old) else old[: (len(old) + len(new)) // 2]
