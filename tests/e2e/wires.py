"""The wires of `wired_door`: what its line did, and the hand that presses its button."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Change:
    """The line was driven: at this monotonic second, to this level, by whom."""

    at: float
    level: int
    word: str


@dataclass(frozen=True)
class Wires:
    """The folder in $DOOR_WIRES."""

    folder: Path

    def line(self) -> list[Change]:
        """Return everything that was ever done to the line."""
        tape = self.folder / "line"
        rows = [row.split() for row in tape.read_text().splitlines()] if tape.exists() else []
        return [Change(float(at), int(level), word) for at, level, word in rows]

    def words(self) -> list[str]:
        return [change.word for change in self.line()]

    @property
    def level(self) -> int:
        return self.line()[-1].level

    @property
    def pulses(self) -> int:
        return self.words().count("pulse")

    def hand(self, word: str) -> None:
        """Do something to the door: see `wired_door`."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect(str(self.folder / "hand"))
            out.send(word.encode())
