"""Opens the board that the configuration or the command line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.errors import ConfigError
from hw.base import HardwareError
from hw.board import open_board

if TYPE_CHECKING:
    from edge.config import Config
    from hw.base import Board


def board_of(config: Config, name: str | None = None) -> Board:
    """Return the named board, else the configured one; nothing of it is opened yet.

    Raises:
        ConfigError: No board has this name.
    """
    try:
        return open_board(name or config.board)
    except HardwareError as error:
        raise ConfigError(str(error)) from error
