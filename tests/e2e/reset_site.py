"""A provisioned device under systemd of its own, about to be reset, with services that would make anew what goes.

Where the recognition and the taking of models run there are stand-ins, which write a file of people each second: one
that outlives the reset is seen by it.
"""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from edge import keys
from edge.app.first_boot import apply
from edge.config import parse
from edge.provision import card
from tests.e2e.commands import WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart
from tests.e2e.units_apart import DATA, DOOR_DATA, NO_DEVICES, lay
from tests.e2e.wires import Wires
from tests.provisioning import device, document, signed
from tests.resetting import GONE, SECRET, STAYS, leftovers, order

if TYPE_CHECKING:
    from pathlib import Path

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
FETCH, TAKE, RETAIN = "edge-ota-fetch.service", "edge-ota.service", "edge-retain.service"
PROVISION, WATCHES = "edge-provision.service", "edge-provision.path"
EDGE = "ExecStart=/opt/door-terminal/bin/edge"
STANDS_IN = "/opt/door-terminal/bin/stands-in"
WRITES = f"""#!/bin/sh
[ "$1" = stubborn ] && trap '' TERM
while :; do echo "{SECRET}" >{DATA}/people.$$; sleep 1; done
"""
WIRED = """
board = "fake"
[exit_button]
line = "EXIT"
on_fault = "ignore"
[reset]
line = "RESET"
on_fault = "alarm"
hold_s = 3.0
"""


class Reset:
    """The device, running until it is left."""

    def __init__(self, folder: Path, *, stubborn: bool = False) -> None:
        """Lay it out.

        Args:
            folder: Where.
            stubborn: Whether the stand-ins do not mind SIGTERM.
        """
        self.key = keys.new_pair()[0]
        (folder / "machine").mkdir()
        self.system = SystemdApart(folder / "machine", "")
        self.wires = Wires(self.system.wires)
        for name in ("wired", "simulated", "configured"):
            (self.system.wires / name).write_text("")
        self._provisioned(folder)
        self._lay("stubborn" if stubborn else "")

    def start(self) -> None:
        """Start what a device runs, once systemd is there."""
        system = self.system
        system.run("chown", "-R", "door-terminal:door-terminal", DATA)
        until(lambda: self.running(DOOR) and self.running(TERMINAL), WHOLE_S)
        system.ctl("start", WATCHES)
        system.ctl("--no-block", "start", TAKE)
        until(lambda: system.show(TAKE, "ActiveState") == "activating" and self.left(), WHOLE_S)

    def running(self, unit: str) -> bool:
        return self.system.show(unit, "SubState") == "running"

    def order(self) -> None:
        """Lay head office's order on the card, as a whole."""
        now = datetime.now(UTC).replace(microsecond=0)
        file = self.system.card / "fresh"
        file.write_bytes(order(self.key, issued=now, expires=now + timedelta(days=1)))
        file.rename(self.system.card / "reset.toml")

    def log(self) -> str:
        """What the card's log says."""
        log = self.system.card / card.LOG
        return log.read_text() if log.exists() else ""

    def left(self) -> list[str]:
        """Return the files that still hold somebody's secret, or a name that must go."""
        said = self.system.run("grep", "-rl", SECRET, "/etc/door-terminal", DATA, DOOR_DATA)
        return said.splitlines()

    def press(self) -> None:
        """Press the exit button: the lock opens once."""
        before = self.wires.pulses
        self.wires.hand("press")
        until(lambda: self.wires.pulses == before + 1)
        self.wires.hand("release")
        until(lambda: self.wires.level == 0)

    def _provisioned(self, folder: Path) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        told = document(issued=now - timedelta(hours=1), expires=now + timedelta(days=1))
        here = device(folder / "made", now)
        content = signed(dataclasses.replace(told, config=parse(WIRED, "wired")), self.key)
        (here.boot / card.NAME).write_bytes(content)
        apply(here)
        for name in (*GONE, *STAYS):
            if not name.startswith("var/lib/door-lock/"):  # the door's own files are real ones here
                path = here.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(SECRET if name in GONE else "it stays")
        assert leftovers(here.root)
        for name in ("etc", "var"):
            shutil.copytree(here.root / name, self.system.laid(f"/{name}/any").parent, dirs_exist_ok=True)

    def _lay(self, how: str) -> None:
        self.system.laid(STANDS_IN).write_text(WRITES)
        self.system.laid(STANDS_IN).chmod(0o755)
        stands_in = f"ExecStart={STANDS_IN} {how}\n"
        lay(
            self.system,
            TERMINAL,
            (f"{EDGE} terminal\n", stands_in),
            ("Type=notify\nNotifyAccess=main\n", "Type=exec\n"),
            ("WatchdogSec=15s\n", ""),
        )
        lay(self.system, TAKE, NO_DEVICES, (f"{EDGE} ota check --take-only\n", stands_in))
        lay(self.system, FETCH, NO_DEVICES, (f"{EDGE} ota check --fetch-only\n", "ExecStart=/bin/true\n"))
        for name in (RETAIN, PROVISION, WATCHES):
            lay(self.system, name)
