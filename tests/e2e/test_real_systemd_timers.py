"""What a timer starts, under systemd itself and as its own user: people backed up and forgotten; and the rest."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import AGREED, WHOLE_S, until
from tests.e2e.systemd_apart import SystemdApart, missing
from tests.e2e.units_apart import DATA, JOURNAL, NO_DEVICES, PLAIN, as_terminal, lay, owner, run, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Boot = Callable[[str], SystemdApart]

pytestmark = [pytest.mark.long, pytest.mark.skipif(missing() != "", reason=missing())]

DOOR, TERMINAL = "edge-door.service", "edge-terminal.service"
PROVISION, CLAIM = "edge-provision.service", "edge-provision-claim.service"
NETWORK, CONFIRM = "edge-provision-network.service", "edge-confirm.service"


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    return lambda more: SystemdApart(tmp_path, PLAIN + more)


@pytest.mark.pictures
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


def test_the_other_units_of_timers_end_well_also_where_there_is_nothing_to_do(boot: Boot) -> None:
    system = boot("")
    system.without(TERMINAL)
    (system.wires / "wired").write_text("")
    for name in (PROVISION, CONFIRM):
        lay(system, name)
    for name in (CLAIM, NETWORK):
        lay(system, name, NO_DEVICES)
    with system:
        until(lambda: system.show(DOOR, "SubState") == "running", WHOLE_S)
        for name in (CONFIRM, CLAIM, NETWORK):
            assert run(system, name) == ("success", "0")
        assert told(system) == "", "no slots, no token, no network that a file names: nothing was run"
        system.run("install", "-D", "/dev/null", "/etc/door-terminal/tls/claim-token")
        assert run(system, CLAIM) == ("success", "0"), told(system)
        until(lambda: "Waiting: there is no terminal.toml on this card" in log(system), WHOLE_S)
        until(lambda: system.show(PROVISION, "ActiveState") == "inactive", WHOLE_S)
        connection = "/etc/NetworkManager/system-connections/door-terminal.nmconnection"
        system.run("sh", "-c", "mkdir -p ${0%/*} && printf '[connection]\\nid=door-terminal\\n' >$0", connection)
        assert run(system, NETWORK) == ("success", "0"), told(system)
        assert "the cable's network" in told(system)


def log(system: SystemdApart) -> str:
    path = system.card / "provision.log"
    return path.read_text() if path.exists() else ""
