"""The image's own units under systemd itself: the door killed, stopped, and left without its data partition."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.wires import Wires

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Boot = Callable[..., SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
FAKE = """
board = "fake"
[exit_button]
line = "EXIT"
on_fault = "ignore"
[liveness]
mode = "off"
[camera]
width_px = 320
height_px = 240
"""
NO_DATA = """
[Unit]
DefaultDependencies=no
Before=local-fs.target
[Mount]
What=/dev/no-such-partition
Where=/var/lib/door-lock
Type=ext4
"""


@pytest.fixture
def boot(tmp_path: Path) -> Iterator[Boot]:
    started: list[SystemdApart] = []

    def begin(*, wired: bool, extra: dict[str, str] | None = None) -> SystemdApart:
        system = SystemdApart(tmp_path, FAKE, extra)
        if wired:
            (tmp_path / "over" / "upper-etc" / "door-terminal" / "wired").write_text("")
        started.append(system)
        return system.__enter__()

    yield begin
    for system in started:
        system.__exit__()


def active(system: SystemdApart, unit: str) -> bool:
    return system.show(unit, "SubState") == "running"


def press(wires: Wires) -> None:
    before = wires.pulses
    wires.hand("press")
    until(lambda: wires.pulses == before + 1)
    wires.hand("release")


def kill(system: SystemdApart, number: int) -> None:
    system.ctl("kill", "--kill-whom=main", f"--signal={signal.Signals(number).name}", DOOR)


def came_back(system: SystemdApart, restarts: int) -> bool:
    return active(system, DOOR) and system.show(DOOR, "NRestarts") == str(restarts)


def test_s3_systemd_kills_locks_and_restarts_a_door_that_was_stopped_killed_or_hung(boot: Boot) -> None:
    system = boot(wired=True)
    wires = Wires(system.wires)
    until(lambda: active(system, DOOR))
    press(wires)
    kill(system, signal.SIGKILL)
    until(lambda: came_back(system, 1))
    assert wires.words() == ["claim", "pulse", "claim", "release", "claim"]
    press(wires)
    kill(system, signal.SIGSTOP)
    until(lambda: came_back(system, 2))
    assert wires.words()[5:] == ["pulse", "claim", "release", "claim"]
    press(wires)
    wires.hand("block")
    until(lambda: came_back(system, 3))
    assert wires.words()[9:] == ["pulse", "release", "claim", "release", "claim"]
    press(wires)
    until(lambda: wires.level == 0)


def test_s10_systemd_never_gives_up_a_door_that_cannot_start_and_then_can(boot: Boot) -> None:
    system = boot(wired=True)
    wires = Wires(system.wires)
    until(lambda: active(system, DOOR))
    broken = system.wires / "broken"
    broken.write_text("")
    kill(system, signal.SIGKILL)
    until(lambda: int(system.show(DOOR, "NRestarts")) > 10)
    broken.unlink()
    until(lambda: active(system, DOOR))
    assert wires.pulses == 0
    press(wires)


def test_s10_the_exit_button_works_without_the_data_partition_in_emergency_mode(boot: Boot) -> None:
    system = boot(wired=True, extra={r"var-lib-door\x2dlock.mount": NO_DATA})
    wires = Wires(system.wires)
    until(lambda: active(system, "emergency.service") and active(system, DOOR))  # within DefaultDeviceTimeoutSec=
    assert system.show(TERMINAL, "SubState") == "dead"
    press(wires)
    until(lambda: wires.level == 0)


def test_the_real_programs_run_inside_what_the_units_allow_them(boot: Boot) -> None:
    system = boot(wired=False)
    until(lambda: active(system, DOOR) and active(system, TERMINAL))
    for unit in (DOOR, TERMINAL):
        status = system.run("cat", f"/proc/{system.show(unit, 'MainPID')}/status")
        assert "CapEff:\t0000000000000000" in status
        assert "Seccomp:\t2" in status
        assert "NoNewPrivs:\t1" in status
    assert system.run("cat", f"/proc/{system.show(TERMINAL, 'MainPID')}/oom_score_adj") == "500"
    assert "people.sqlite3" in system.run("ls", "/var/lib/door-terminal").split()
    assert "journal.jsonl" in system.run("ls", "/var/lib/door-lock").split()
    assert system.show(DOOR, "NRestarts") == system.show(TERMINAL, "NRestarts") == "0"
