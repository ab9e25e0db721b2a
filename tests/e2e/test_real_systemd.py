"""The image's own units under systemd itself: the door killed, stopped, and left without its data partition."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.unit_file import SYSTEMD
from tests.e2e.units_apart import PLAIN
from tests.e2e.wires import Wires

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Boot = Callable[..., SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
FAKE = f"""{PLAIN}[camera]
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


ORDER = """
import sys
from edge.link import asking
from edge.errors import LinkError
from edge.values import Order, OrderKind
from pathlib import Path
try:
    print(asking.order(Path("/run/door-lock/door.sock"), Order(kind=OrderKind.UNLOCK, operator="eve", why="mine")))
except LinkError as error:
    print(error)
print(asking.report(Path("/run/door-lock/door.sock")).terminal)
"""


def as_user(system: SystemdApart, user: str, *words: str) -> str:
    """Run words of a shell as a user; returns what it says, errors too."""
    return system.run("runuser", "-u", user, "--", "sh", "-c", f"{{ {' '.join(words)}; }} 2>&1; true")


def test_s6_neither_user_reaches_what_is_the_other_s(boot: Boot) -> None:
    system = boot(wired=False)
    until(lambda: active(system, DOOR) and active(system, TERMINAL))
    until(
        lambda: system.run("ls", "/var/lib/door-lock/journal.jsonl", "/var/lib/door-terminal/people.sqlite3").count(
            "\n"
        )
    )
    door = system.show(DOOR, "MainPID")
    system.run("mknod", "/dev/gpiochip0", "c", "254", "0")
    system.run("chgrp", "gpio", "/dev/gpiochip0")
    system.run("chmod", "0660", "/dev/gpiochip0")
    for words in (
        "echo x >> /var/lib/door-lock/journal.jsonl",
        "cat /var/lib/door-lock/journal.jsonl",
        "touch /var/lib/door-lock/more",
        "rm -f /run/door-lock/door.sock",
        "cat /dev/gpiochip0",
    ):
        assert "ermission denied" in as_user(system, "door-terminal", words), words
    assert "not permitted" in as_user(system, "door-terminal", "/bin/kill", "-STOP", door)
    assert "ermission denied" in as_user(system, "door-terminal", f"cat /proc/{door}/mem")
    for words in ("cat /var/lib/door-terminal/people.sqlite3", "ls /etc/door-terminal/keys"):
        assert "ermission denied" in as_user(system, "door-lock", words), words
    assert "board" in as_user(system, "door-lock", "cat /etc/door-terminal/terminal.toml")
    assert active(system, DOOR)


def test_s3_an_order_of_the_terminal_s_user_opens_nothing_and_is_written_down(boot: Boot) -> None:
    system = boot(wired=True)
    wires = Wires(system.wires)
    until(lambda: active(system, DOOR))
    (system.wires / "order.py").write_text(ORDER)
    python = f"/opt/door-terminal/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    paths = "PYTHONPATH=/opt/door-terminal/source:/opt/door-terminal/packages"
    told = as_user(system, "door-terminal", paths, python, "-B", "/dev/door/order.py")
    assert "may give the door no orders" in told, told
    assert told.splitlines()[-1] in {"True", "False"}, "what the door is, it is told"
    assert wires.pulses == 0
    until(lambda: "may give the door no orders" in system.run("cat", "/var/lib/door-lock/journal.jsonl"))
    press(wires)


def test_s7_the_journal_of_a_door_that_ran_as_the_terminal_s_user_goes_on(boot: Boot) -> None:
    system = boot(wired=True)
    until(lambda: active(system, DOOR))
    until(lambda: "door-started" in system.run("cat", "/var/lib/door-lock/journal.jsonl"))
    system.ctl("stop", TERMINAL, DOOR)
    old, new = "/var/lib/door-terminal", "/var/lib/door-lock"
    system.run("sh", "-c", f"cd {new} && chown -R door-terminal:door-terminal . && mv * {old}/ && cd / && rmdir {new}")
    before = system.run("cat", f"{old}/journal.jsonl")
    system.ctl("start", DOOR)
    until(lambda: active(system, DOOR))
    until(lambda: len(system.run("cat", f"{new}/journal.jsonl")) > len(before))
    assert system.run("cat", f"{new}/journal.jsonl").startswith(before), "the chain goes on from its last line"
    assert "journal.jsonl" not in system.run("ls", "-A", old).split()
    assert system.run("stat", "-c", "%U", f"{new}/journal.jsonl") == "door-lock"


def test_the_terminal_reaches_the_door_and_the_journal_is_signed_across_the_two_users(boot: Boot) -> None:
    system = boot(wired=False)
    until(lambda: active(system, DOOR) and active(system, TERMINAL))
    until(lambda: "session-begun" in system.run("cat", "/var/lib/door-lock/journal.jsonl"))
    text = (SYSTEMD / "edge-journal.service").read_text()
    assert "PrivateDevices=yes\n" in text  # its own /dev cannot be made on this one, which is made by hand
    (system.folder / "units" / "edge-journal.service").write_text(text.replace("PrivateDevices=yes\n", ""))
    system.ctl("daemon-reload")
    for _ in range(2):
        system.ctl("start", "edge-journal.service")
        assert system.show("edge-journal.service", "Result") == "success", system.show(
            "edge-journal.service", "ExecStart"
        )
    assert (
        system.run("stat", "-c", "%U %G %a", "/var/lib/door-lock/journal.signatures") == "door-terminal door-lock 660"
    )
    assert "proven up to line" in system.run("/opt/door-terminal/bin/edge", "journal", "verify")
