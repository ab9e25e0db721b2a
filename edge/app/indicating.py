"""Opens the lamp and beeper at the door; where they cannot be opened the door goes on without."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from edge.config import Config
    from hw.base import Board, Prompt, Signal

_log = logging.getLogger(__name__)


class NoPrompt:
    """Shows nothing: there is no lamp."""

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Close nothing."""


def open_indicator(config: Config, board: Board) -> Prompt:
    """Return the lamp and beeper of the configuration; one that shows nothing when there is none, or it is broken."""
    if config.indicator == type(config.indicator)():
        return NoPrompt()
    try:
        return board.open_indicator(config.indicator)
    except HardwareError as error:
        _log.error("the lamp and beeper are not used: %s", error)
        return NoPrompt()
