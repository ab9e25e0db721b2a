"""Opens the lamp and beeper at the door; where they cannot be opened the door goes on without."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge.config.wiring import indicator_lines
from hw.base import HardwareError
from hw.prompts import Prompts

if TYPE_CHECKING:
    from edge.config import Config
    from hw.base import Board, Prompt

_log = logging.getLogger(__name__)


def open_indicator(config: Config, board: Board) -> Prompt:
    """Return the lamp and beeper of the configuration; one that shows nothing when there is none, or it is broken."""
    if not any(line for _, line in indicator_lines(config)):
        return Prompts()
    try:
        return board.open_indicator(config.indicator)
    except HardwareError as error:
        _log.error("the lamp and beeper are not used: %s", error)
        return Prompts()
