"""Replaces a small file as a whole: after a power cut it is the old one or the new one (S7)."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from edge.disk import Disk, fresh_name, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def replace_file(path: Path, data: bytes, sync: Callable[[int], None] = os.fsync) -> None:
    """Write `data` beside the file, make it last, and give it the file's name; its folder is made when missing.

    Only its owner may read it.

    Args:
        path: The file.
        data: All that it is to hold.
        sync: Makes what was written to a file descriptor last.

    Raises:
        OSError: The disk is full, read-only or broken; the file is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(Disk(sync), path, data)


def prove_place(path: Path, size: int) -> None:
    """Prove that a file of so many bytes can be written as `replace_file` would; nothing of it is left.

    Raises:
        OSError: It cannot.
    """
    trial = path.with_name(f".{path.name}.trial")
    try:
        replace_file(trial, bytes(size))
    finally:
        for left in (trial, fresh_name(trial)):
            with suppress(OSError):
                left.unlink()
