"""Passes what the person is told on to the door's lamp and beeper, which the door process holds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from edge.errors import LinkError

if TYPE_CHECKING:
    from edge.link.ports import DoorLine
    from hw.base import Prompt, Signal


class RelayedPrompt:
    """Shows by a prompt of the terminal's own, and by the door's; a door that does not answer shows nothing."""

    def __init__(self, own: Prompt, door: DoorLine) -> None:
        """Take both."""
        self._own = own
        self._door = door
        self._shown: tuple[Signal, str, str] | None = None

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Show this in both places, unless it is shown already."""
        if self._shown == (signal, code, words):
            return
        self._shown = (signal, code, words)
        self._own.tell(signal, code, words)
        with contextlib.suppress(LinkError):
            self._door.tell(signal, code, words)

    def close(self) -> None:
        """Show nothing more; a second call does nothing."""
        self._own.close()
