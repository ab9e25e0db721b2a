"""The image's units that a timer, a path or an operator starts, laid into a systemd apart and run to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.unit_file import SYSTEMD

if TYPE_CHECKING:
    from tests.e2e.systemd_apart import SystemdApart

PLAIN = """
board = "fake"
[exit_button]
line = "EXIT"
on_fault = "ignore"
[liveness]
mode = "off"
"""
"""A terminal of which nothing is real but its processes; more may follow it."""
DATA, DOOR_DATA = "/var/lib/door-terminal", "/var/lib/door-lock"
JOURNAL = f"{DOOR_DATA}/journal.jsonl"
EDGE = "/opt/door-terminal/bin/edge"
NO_DEVICES = ("PrivateDevices=yes\n", "")
"""A /dev of its own cannot be made on this one, which is made by hand."""


def lay(system: SystemdApart, name: str, *changes: tuple[str, str]) -> None:
    """Put a unit there as the image has it, but for the words that cannot be on this machine."""
    text = (SYSTEMD / name).read_text()
    for change in changes:
        assert change[0] in text
        text = text.replace(*change)
    if name.endswith(".service"):
        out = system.folder / "said"
        text = "\n".join(line for line in text.splitlines() if not line.startswith("Standard")) + "\n"
        text += f"[Service]\nStandardError=append:{out}\nStandardOutput=append:{out}\n"
    (system.folder / "units" / name).write_text(text)


def run(system: SystemdApart, unit: str) -> tuple[str, str]:
    """Run a oneshot unit to its end; returns how that was, and its exit status.

    systemd forgets one that ended well: its figures are those of one that never ran.
    """
    system.ctl("start", unit)
    return system.show(unit, "Result"), system.show(unit, "ExecMainStatus")


def told(system: SystemdApart) -> str:
    """What the units' programs said."""
    said = system.folder / "said"
    return said.read_text() if said.exists() else ""


def as_terminal(system: SystemdApart, *words: str) -> str:
    """Run `edge` as the terminal's user; returns what it says, errors too."""
    return system.run("runuser", "-u", "door-terminal", "--", "sh", "-c", f"{EDGE} {' '.join(words)} 2>&1")


def owner(system: SystemdApart, path: str) -> str:
    return system.run("stat", "-c", "%U", path)
