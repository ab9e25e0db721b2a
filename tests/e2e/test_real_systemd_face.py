"""A face before the camera opens the door: terminal and door under systemd itself, each as its own user."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import AGREED, SLOW, WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.wires import Wires

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Boot = Callable[..., SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.pictures, pytest.mark.skipif(missing() != "", reason=missing())]

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
FRAMES, PHOTOS = "/opt/door-terminal/frames", "/opt/door-terminal/photos"
JOURNAL = "/var/lib/door-lock/journal.jsonl"
SEEING = f"""
board = "pc"
[camera]
source = "{FRAMES}"
loop = true
paced = true
fps = 10.0
[exit_button]
line = "GPIO5"
on_fault = "ignore"
[liveness]
mode = "off"
[decision]
rate_limit_s = 0.0
cool_down_s = 0.0
{SLOW}
"""


@pytest.fixture
def boot(tmp_path: Path, pictures: Path) -> Iterator[Boot]:
    """Start systemd with these photographs before the camera, and obama's beside it to enrol."""
    started: list[SystemdApart] = []

    def begin(*names: str, wires: tuple[str, ...] = ()) -> SystemdApart:
        system = SystemdApart(tmp_path, SEEING)
        for folder, shown in ((FRAMES, names), (PHOTOS, ("obama.jpg",))):
            laid = tmp_path / "over" / "upper-opt" / folder.removeprefix("/opt/")
            laid.mkdir(parents=True)
            for number, name in enumerate(shown):
                shutil.copy(pictures / name, laid / f"{number}-{name}")
        if wires:
            (tmp_path / "over" / "upper-etc" / "door-terminal" / "wired").write_text("")
        for name in wires:
            (tmp_path / "wires" / name).write_text("")
        started.append(system)
        return system.__enter__()

    yield begin
    for system in started:
        system.__exit__()


def enrol(system: SystemdApart) -> None:
    until(lambda: system.show(TERMINAL, "SubState") == "running", WHOLE_S)
    words = (
        "/opt/door-terminal/bin/edge",
        "enrol",
        *AGREED,
        "--id",
        "anna",
        "--name",
        "Anna",
        f"{PHOTOS}/0-obama.jpg",
        "2>&1",
    )
    told = system.run("runuser", "-u", "door-terminal", "--", "sh", "-c", " ".join(words))
    assert "anna" in told, told


def journal(system: SystemdApart) -> str:
    return system.run("cat", JOURNAL)


def test_a_face_opens_the_door_across_the_two_users_and_the_line_goes_back(boot: Boot) -> None:
    system = boot("obama2.jpg", "biden.jpg", wires=("line-of-a-simulated-lock", "simulated"))
    wires = Wires(system.wires)
    until(lambda: '"reason":"unknown"' in journal(system), WHOLE_S)
    assert wires.pulses == 0, "nobody is known yet"
    enrol(system)
    until(lambda: wires.pulses > 0, WHOLE_S)
    until(lambda: wires.level == 0)
    assert '"granted"' in journal(system)


def test_a_face_opens_the_door_with_the_very_programs_of_the_device(boot: Boot) -> None:
    system = boot("obama2.jpg", "biden.jpg")
    until(lambda: system.show(DOOR, "SubState") == "running", WHOLE_S)
    enrol(system)
    until(lambda: '"granted"' in journal(system) and '"reason":"unknown"' in journal(system), WHOLE_S)
    assert system.show(DOOR, "NRestarts") == system.show(TERMINAL, "NRestarts") == "0"
