"""Which words of the keypad are claim codes: sixteen digits, while provisioning waits for a code, and not too often.

They go to root alone, and never to the terminal's process. Whether a code is right the door cannot know: it loads no
cryptography.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge.app import asks

if TYPE_CHECKING:
    from edge.app.provisioning_sign import Provisioning

DIGITS = 16
_EVERY_S = 2.0


class Claims:
    """Passes on claim codes."""

    def __init__(self, provisioning: Provisioning, root: Path = Path("/")) -> None:
        """Take what knows how far provisioning is, and the file system in which a code is passed on."""
        self._provisioning = provisioning
        self._root = root
        self._next = float("-inf")

    def take(self, word: str, at: float) -> bool:
        """Whether a word was taken for a claim code; within two seconds of the last one it is taken, and dropped.

        Args:
            word: What was typed.
            at: Monotonic seconds.
        """
        if len(word) != DIGITS or not self._provisioning.wants_code:
            return False
        if at >= self._next:
            self._next = at + _EVERY_S
            asks.ask(self._root, asks.CODE, word)
        return True
