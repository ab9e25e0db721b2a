"""The units that sign the journal: often, apart from the door, and with next to no rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_units import analyze
from tests.e2e.unit_file import SYSTEMD, unit

if TYPE_CHECKING:
    from pathlib import Path

SERVICE, TIMER = "edge-journal.service", "edge-journal.timer"


def test_the_journal_is_signed_every_few_minutes_also_after_a_failure() -> None:
    timer = unit(TIMER)
    assert timer.seconds("Timer", "OnUnitInactiveSec") <= 300  # a unit that failed is inactive, too
    assert timer.seconds("Timer", "OnBootSec") <= 300
    assert timer.one("Install", "WantedBy") == "timers.target"
    assert unit(SERVICE).one("Service", "ExecStart").endswith("edge journal sign")


def test_s10_the_door_neither_needs_nor_waits_for_whoever_signs() -> None:
    door = unit("edge-door.service")
    for key in ("Requires", "Wants", "After", "BindsTo", "PartOf"):
        assert SERVICE not in door.words("Unit", key)
    service = unit(SERVICE)
    assert service.keys("Unit").isdisjoint({"Before", "Requires", "Wants", "Conflicts"})
    assert int(service.one("Service", "Nice")) > 0
    assert service.one("Service", "IOSchedulingClass") == "idle"


def test_it_signs_with_the_terminal_s_key_in_the_door_s_group_and_opens_no_device_and_no_network() -> None:
    service = unit(SERVICE)
    assert service.one("Service", "User") == unit("edge-terminal.service").one("Service", "User"), "the key is its"
    assert service.one("Service", "Group") == unit("edge-door.service").one("Service", "Group")
    assert service.one("Service", "RestrictAddressFamilies") == "AF_UNIX"
    for key in ("PrivateDevices", "PrivateNetwork", "NoNewPrivileges"):
        assert service.one("Service", key) == "yes"


@pytest.mark.parametrize("name", [SERVICE, TIMER])
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    program = tmp_path / "edge"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for other in (SERVICE, TIMER, "edge-door.service"):
        text = (SYSTEMD / other).read_text().replace("/opt/door-terminal/bin/edge", str(program))
        (tmp_path / other).write_text(text)
    done = analyze("verify", "--man=no", tmp_path / name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
