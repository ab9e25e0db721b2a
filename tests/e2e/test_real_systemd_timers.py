"""What a timer starts, under systemd itself and as its own user: people backed up, and forgotten."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import AGREED, WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.unit_file import SYSTEMD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Boot = Callable[[str], SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.pictures, pytest.mark.skipif(missing() != "", reason=missing())]

TERMINAL = "edge-terminal.service"
JOURNAL, DATA = "/var/lib/door-lock/journal.jsonl", "/var/lib/door-terminal"
EDGE = "/opt/door-terminal/bin/edge"
PLAIN = """
board = "fake"
[exit_button]
line = "EXIT"
on_fault = "ignore"
[liveness]
mode = "off"
"""


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    return lambda more: SystemdApart(tmp_path, PLAIN + more)


def lay(system: SystemdApart, name: str, change: tuple[str, str]) -> None:
    """Put a unit there as the image has it, but for one word that cannot be on this machine."""
    text = (SYSTEMD / name).read_text()
    assert change[0] in text
    said = f"[Service]\nStandardError=append:{system.folder}/said\nStandardOutput=append:{system.folder}/said\n"
    (system.folder / "units" / name).write_text(text.replace(*change) + said)


def run(system: SystemdApart, unit: str) -> str:
    """Run a oneshot unit to its end, and return how that was; systemd forgets one that ended well."""
    system.ctl("start", unit)
    return system.show(unit, "Result")


def told(system: SystemdApart) -> str:
    """What the units' programs said, for whoever reads why a test failed."""
    return (system.folder / "said").read_text()


def as_terminal(system: SystemdApart, *words: str) -> str:
    return system.run("runuser", "-u", "door-terminal", "--", "sh", "-c", f"{EDGE} {' '.join(words)} 2>&1")


def owner(system: SystemdApart, path: str) -> str:
    return system.run("stat", "-c", "%U", path)


def test_people_are_backed_up_and_who_must_be_forgotten_is_and_the_door_writes_it_down(
    boot: Boot, tmp_path: Path, pictures: Path
) -> None:
    photos = tmp_path / "over" / "upper-opt" / "door-terminal" / "photos"
    system = boot("")
    photos.mkdir()
    shutil.copy(pictures / "obama.jpg", photos)
    # Whether a time server keeps this machine's clock is not what is tried here.
    lay(system, "edge-retain.service", ("people retain\n", "people retain --clock-is-right\n"))
    with system:
        until(lambda: system.show(TERMINAL, "SubState") == "running", WHOLE_S)
        enrol = ("enrol", *AGREED, "--id", "old", "--name", "Old", "--until", "2020-01-01")
        assert "old" in as_terminal(system, *enrol, "/opt/door-terminal/photos/obama.jpg")
        assert run(system, "edge-retain.service") == "success", told(system)
        assert "0 people" in as_terminal(system, "people", "list")
        assert owner(system, f"{DATA}/backups") == "door-terminal"
        assert len(system.run("ls", f"{DATA}/backups").split()) == 1
        until(lambda: "access-ended" in system.run("cat", JOURNAL))
