"""What a file that is right leaves open, and whoever made it may not know. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config import Config
    from edge.provision.tables import Document

_NO_DOOR = {"pc", "fake"}
UNLIMITED = (
    "limits: the file brings head office's key and no limits: whoever changes this terminal's configuration may set "
    "anything; `edge provision new --limits limits.toml` brings them along"
)
SIMULATED = (
    'board: "{board}" simulates its lock and buttons: no door will move; at a door it is "pi", "jetson" or "gpiochip"'
)
NO_BUTTON = (
    "exit_button.line: none is named: this terminal lets nobody out by a button, so the door must open from inside "
    "without it"
)


def notes(document: Document, *, limited: bool = False) -> tuple[str, ...]:
    """Return what is no fault and worth a line, each beginning with its key.

    Args:
        document: What a file says.
        limited: Whether the terminal is under limits already.
    """
    named = document.head_office and document.head_office.public_key
    unlimited = (UNLIMITED,) if named and document.limits is None and not limited else ()
    return (*unlimited, *_door(document.config))


def _door(config: Config) -> Iterator[str]:
    if config.board in _NO_DOOR:
        yield SIMULATED.format(board=config.board)
    elif not config.exit_button.line:
        yield NO_BUTTON
