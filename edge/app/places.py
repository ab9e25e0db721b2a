"""Where this terminal keeps its files: fixed folders on a device, those of the user (XDG) on a PC."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from edge.app.settings import DEVICE_FILE

_NAME = "door-terminal"
_DESKS = frozenset({"pc", "fake"})


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one terminal.

    Attributes:
        config: The configuration file, whether it exists or not.
        data: The folder of all that must last.
        people_db: The people store.
        journal: The journal.
        socket: Where the door process listens.
    """

    config: Path
    data: Path
    people_db: Path
    journal: Path
    socket: Path


def places(board: str, data: Path | None = None) -> Places:
    """Return where a terminal on `board` keeps its files.

    Args:
        board: The board's name; "pc" and "fake" belong to a user, any other is a device.
        data: A folder that takes the place of the usual one, and of the one for the socket.
    """
    if board in _DESKS:
        config = Path(platformdirs.user_config_dir(_NAME)) / DEVICE_FILE.name
        folder = data or Path(platformdirs.user_data_dir(_NAME))
        runtime = data or Path(platformdirs.user_runtime_dir(_NAME))
    else:
        config = DEVICE_FILE
        folder = data or Path("/var/lib") / _NAME
        runtime = data or Path("/run") / _NAME
    return Places(
        config=config,
        data=folder,
        people_db=folder / "people.sqlite3",
        journal=folder / "journal.jsonl",
        socket=runtime / "door.sock",
    )
