"""`edge run` on the fake board with a lock that tells a file of all it does: `run_child.py CONFIG DATA TAPE`."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app.both import run_both
from edge.app.places import places
from edge.cli.decisions import Announcer
from edge.config import load
from hw.board import open_board
from tests.e2e.door_child import TapedLock

if TYPE_CHECKING:
    from hw.base import Lock, LockSettings


def main() -> None:
    config, data, tape = map(Path, sys.argv[1:])

    def open_lock(settings: LockSettings) -> Lock:
        return TapedLock(settings, tape, broken=False)

    board = dataclasses.replace(open_board("fake"), open_lock=open_lock)
    run_both(load(config), board, places(data), Announcer(as_json=True))


if __name__ == "__main__":
    main()
