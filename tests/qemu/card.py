"""A card of an emulated machine, and what an installer's laptop sees of it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SECTOR = 512


def new_card(image: Path, out: Path, of: Path | None = None) -> Path:
    """Make a card: a copy of the built one, or of another; without its holes it is a quarter as large."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", str(of or image / "card.img"), str(out)], check=True)
    return out


class Boot:
    """The first partition of a card that no machine has: what an installer's laptop sees of it."""

    def __init__(self, card: Path) -> None:
        told = json.loads(subprocess.run(["/sbin/sfdisk", "-J", str(card)], check=True, capture_output=True).stdout)
        start = next(one["start"] for one in told["partitiontable"]["partitions"] if one["name"] == "BOOT")
        self._place = f"{card}@@{start * SECTOR}"

    def put(self, name: str, data: bytes) -> None:
        """Write a file."""
        subprocess.run(["mcopy", "-o", "-i", self._place, "-", f"::{name}"], input=data, check=True)

    def make(self, folder: str) -> None:
        """Make a folder."""
        subprocess.run(["mmd", "-i", self._place, f"::{folder}"], check=True)

    def read(self, name: str) -> str:
        """Read a file; empty where there is none."""
        return subprocess.run(
            ["mtype", "-i", self._place, f"::{name}"], check=False, capture_output=True
        ).stdout.decode()

    def names(self) -> str:
        """List it."""
        return subprocess.run(["mdir", "-b", "-i", self._place, "::"], check=True, capture_output=True).stdout.decode()
