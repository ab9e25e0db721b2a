"""`edge doctor --acceptance NAME` on a machine whose root folder is FOLDER/root: `acceptance_child.py FOLDER [REPEAT]`.

Its systemctl kills whom FOLDER/run names; all else is the program's own.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app.acceptance.facts import Around
from edge.app.acceptance.machine import Machine
from edge.app.places import places
from edge.cli.acceptance import Asked, accept
from edge.config import load
from edge.errors import EdgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROPERTIES = {"RuntimeWatchdogUSec": "14s", "WatchdogUSec": "3s"}


def main() -> None:
    folder, repeat = Path(sys.argv[1]), tuple(sys.argv[2:])

    def systemctl(command: Sequence[str]) -> str | None:
        if command[:2] == ["systemctl", "show"]:
            return PROPERTIES[command[3]]
        if command[:2] == ["systemctl", "kill"]:
            try:
                os.kill(int((folder / "run" / command[-1]).read_text()), signal.SIGKILL)
            except ProcessLookupError:
                return None
            return ""
        return None

    machine = Machine(folder / "root", systemctl, lambda: True)
    around = Around(load(folder / "terminal.toml"), places(folder / "data"), machine)
    try:
        accept(Asked("Ann", repeat), around)
    except EdgeError as error:
        sys.stderr.write(f"edge: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
