"""A story of additions, erasures and a rotation that a test cuts short, and what must be so afterwards (S6, S7)."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge.disk import Disk
from tests.unit.keyrings import HANDLES, readable, ring, wrapping_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.values import Handle

ADA, BEN, CLEO, DORA = HANDLES[:4]


@dataclass
class Told:
    """What was acknowledged so far: keys that were given, people who were destroyed, and what is under way."""

    keys: dict[Handle, bytes] = field(default_factory=dict)
    gone: set[Handle] = field(default_factory=set)
    under_way: Handle | None = None


def story(folder: Path, disk: Disk, told: Told, say: Callable[[], None] = lambda: None) -> None:
    """Live through it; `say` is called after each acknowledgement, and before each act."""
    with ring(folder, disk) as keys:

        def act(handle: Handle, destroy: bool) -> None:
            told.under_way = handle
            say()
            if destroy:
                keys.destroy([handle])
                told.gone.add(handle)
                del told.keys[handle]
            else:
                told.keys[handle] = keys.add(handle)
            told.under_way = None
            say()

        act(ADA, destroy=False)
        act(BEN, destroy=False)
        act(ADA, destroy=True)
        keys.rotate()
        act(CLEO, destroy=False)
        act(BEN, destroy=True)
        act(DORA, destroy=False)


def require_right(folder: Path, told: Told, written: Iterable[bytes] = ()) -> None:
    """Open what is left: all who stay are readable, who was destroyed is not, with any block that was ever written."""
    files = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    with ring(folder) as keys:
        held = keys.handles()
        for handle, key in told.keys.items():
            if handle != told.under_way or handle in held:
                assert keys.key(handle) == key
        assert not told.gone & held
        assert held - told.keys.keys() <= {told.under_way}
        assert not keys.unfinished
    wrapping = wrapping_keys(folder)
    assert len(wrapping) == 1, "no old wrapping key is left in plain sight"
    blocks = [*files, *written, *(path.read_bytes() for path in folder.iterdir())]
    assert readable(blocks, wrapping) - {told.under_way} <= held
    with ring(folder) as again:
        assert again.handles() == held


class KillingDisk(Disk):
    """Kills its own process right after the step `at`."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at
        self.steps = 0

    def write(self, descriptor: int, data: bytes) -> None:
        super().write(descriptor, data[: len(data) // 2])
        self._step()
        super().write(descriptor, data[len(data) // 2 :])
        self._step()

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._step()

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._step()

    def link(self, path: Path, second: Path) -> None:
        super().link(path, second)
        self._step()

    def remove(self, path: Path) -> None:
        super().remove(path)
        self._step()

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Live through the story until this process is killed: FOLDER, STEP; each acknowledgement is a line."""
    folder, at = Path(sys.argv[1]), int(sys.argv[2])
    told = Told()

    def say() -> None:
        keys = ",".join(f"{handle}={key.hex()}" for handle, key in told.keys.items())
        print(f"{keys} {','.join(told.gone)} {told.under_way or ''}", flush=True)  # noqa: T201 - read by the test

    disk = KillingDisk(at)
    story(folder, disk, told, say)
    print(f"steps {disk.steps}", flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
