"""The boot loader's half of a card: U-Boot's script, and what it knows a slot's kernel and first file system by."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from image.build.running import run

if TYPE_CHECKING:
    from pathlib import Path

    from image.build.running import Bench

SCRIPT = "boot.scr"
"""Where U-Boot looks for it, on the first partition."""

_CHUNK = 1 << 20


def script(bench: Bench, project: Path, out: Path) -> Path:
    """Make U-Boot's script of `image/boot/boot.cmd`.

    Args:
        bench: Where the build works; its epoch is the script's time.
        project: This repository.
        out: The folder where it goes.
    """
    made = out / SCRIPT
    words: list[str | Path] = ["mkimage", "-T", "script", "-A", "arm64", "-C", "none", "-n", "door-terminal"]
    run(bench, [*words, "-d", project / "image/boot/boot.cmd", made])
    return made


def crc(path: Path) -> str:
    """The CRC-32 of a file, in hex, as U-Boot's script compares it.

    U-Boot's `crc32` leaves it in memory with its highest byte first, and `itest` reads it with its lowest first.
    """
    value = 0
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            value = zlib.crc32(chunk, value)
    return value.to_bytes(4, "big")[::-1].hex()
