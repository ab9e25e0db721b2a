"""What a timer starts, under systemd itself and as its own user: people backed up, and forgotten."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import AGREED, WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.units_apart import DATA, JOURNAL, as_terminal, lay, owner, run, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Boot = Callable[[str], SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.pictures, pytest.mark.skipif(missing() != "", reason=missing())]

TERMINAL = "edge-terminal.service"
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
        assert run(system, "edge-retain.service") == ("success", "0"), told(system)
        assert "0 people" in as_terminal(system, "people", "list")
        assert owner(system, f"{DATA}/backups") == "door-terminal"
        assert len(system.run("ls", f"{DATA}/backups").split()) == 1
        until(lambda: "access-ended" in system.run("cat", JOURNAL))
