"""The update client's trusted metadata: worked on in a copy, and put back in single steps that survive a power cut.

python-tuf's client writes its metadata without making them last, and renames before the content is on the disk. So it
works on a copy, and what it came to trust replaces the lasting files afterwards, also when it failed in the end: a new
root, or the version numbers that rollback is told by, must not be forgotten because the rest was refused.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from edge.disk import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.disk import Disk

ROOTS = "root_history"
"""Where every root that was ever trusted is, in a folder of trusted metadata."""


def copy(lasting: Path, work: Path) -> None:
    """Make a copy to work on; the folder of it must be new.

    Raises:
        OSError: It cannot be made.
    """
    (work / ROOTS).mkdir(parents=True)
    for path in _files(lasting):
        shutil.copyfile(path, work / path.relative_to(lasting))


def keep(work: Path, lasting: Path, disk: Disk) -> None:
    """Make what the client trusts now last: roots first, for the rest is verified by them.

    Raises:
        OSError: It cannot be written; each file is as before or as it is to be.
    """
    (lasting / ROOTS).mkdir(parents=True, exist_ok=True)
    for path in _files(work):
        to, new = lasting / path.relative_to(work), path.read_bytes()
        if not to.exists() or to.read_bytes() != new:
            replace(disk, to, new)


def read(folder: Path, name: str) -> bytes | None:
    """Return a metadata file by its name, also "2.root.json"; None when there is none.

    Raises:
        OSError: It is there and cannot be read.
    """
    path = folder / (ROOTS if name.endswith(".root.json") else "") / name
    return path.read_bytes() if path.is_file() else None


def _files(folder: Path) -> Iterator[Path]:
    """Yield the metadata files of a folder; `root.json` only names one of them, and the client makes it anew."""
    yield from sorted((folder / ROOTS).glob("*.root.json"))
    order = {"timestamp.json": 0, "snapshot.json": 1, "targets.json": 2}
    found = (path for path in folder.glob("*.json") if path.name != "root.json")
    yield from sorted(found, key=lambda path: (order.get(path.name, 3), path.name))
