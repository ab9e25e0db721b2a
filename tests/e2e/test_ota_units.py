"""The units that update models: who is on the network sees nothing of people, and who installs has no network."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from edge.config.ota import OtaSettings
from tests.e2e.test_units import analyze
from tests.e2e.unit_file import IMAGE, SYSTEMD, unit

if TYPE_CHECKING:
    from pathlib import Path

FETCH, TAKE, TIMER = "edge-ota-fetch.service", "edge-ota.service", "edge-ota.timer"
DATA = "/var/lib/door-terminal"


def test_s6_who_is_on_the_network_sees_neither_people_nor_keys_nor_the_door_s_socket() -> None:
    fetch = unit(FETCH)
    assert fetch.one("Service", "User") == "door-ota" != unit("edge-door.service").one("Service", "User")
    assert fetch.one("Service", "TemporaryFileSystem") == f"{DATA}:ro"
    assert fetch.words("Service", "BindReadOnlyPaths") == [f"-{DATA}/models"]
    assert fetch.words("Service", "BindPaths") == [f"-{DATA}/models/fetch"]
    assert set(fetch.words("Service", "InaccessiblePaths")) == {
        "-/etc/door-terminal/keys",
        "-/run/door-terminal",
        "-/run/door-lock",
        "-/var/lib/door-lock",
    }
    assert fetch.keys("Service").isdisjoint({"ReadWritePaths", "StateDirectory", "SupplementaryGroups"})


def test_only_who_fetches_and_who_provisions_is_on_a_network() -> None:
    assert set(unit(FETCH).words("Service", "RestrictAddressFamilies")) == {"AF_INET", "AF_INET6", "AF_UNIX"}
    out = {one.name for one in SYSTEMD.glob("edge-*.service") if "PrivateNetwork" not in unit(one.name).keys("Service")}
    asks = "edge-provision-network.service"  # which sees whether there is a network, and may open no address of it
    assert unit(asks).words("Service", "RestrictAddressFamilies") == ["AF_UNIX"]
    assert unit(asks).one("Service", "IPAddressDeny") == "any"
    assert out == {FETCH, "edge-provision.service", asks}


def test_s8_who_installs_has_no_network_and_the_terminal_s_user() -> None:
    take = unit(TAKE)
    assert take.one("Service", "User") == unit("edge-terminal.service").one("Service", "User")
    assert take.one("Service", "RestrictAddressFamilies") == "AF_UNIX"
    assert take.one("Service", "PrivateDevices") == "yes"
    assert take.one("Service", "ExecStart").endswith("edge ota check --take-only")
    assert unit(FETCH).one("Service", "ExecStart").endswith("edge ota check --fetch-only")


def test_taking_follows_fetching_whatever_came_of_it() -> None:
    take = unit(TAKE)
    assert take.words("Unit", "Wants") == [FETCH], "a line that is down is written down, too"
    assert FETCH in take.words("Unit", "After")
    assert take.keys("Unit").isdisjoint({"Requires", "BindsTo", "Requisite"})
    timer = unit(TIMER)
    assert timer.one("Install", "WantedBy") == "timers.target"
    assert {"OnActiveSec", "OnUnitInactiveSec"} <= timer.keys("Timer"), "OnBootSec= is never counted again"


def test_s10_the_door_neither_needs_nor_waits_for_updates() -> None:
    for name in ("edge-door.service", "edge-terminal.service"):
        for key in ("Requires", "Wants", "After", "BindsTo", "PartOf"):
            assert not {FETCH, TAKE} & set(unit(name).words("Unit", key))
    for name in (FETCH, TAKE):
        assert unit(name).keys("Unit").isdisjoint({"Before", "Conflicts"})
        assert int(unit(name).one("Service", "OOMScoreAdjust")) >= 800
        assert int(unit(name).one("Service", "Nice")) > 0


def test_systemd_waits_longer_than_a_check_does_by_itself() -> None:
    usual = OtaSettings()
    assert unit(FETCH).seconds("Service", "TimeoutStartSec") > usual.jitter_s + usual.patience_s + usual.timeout_s


def test_nothing_is_made_by_root_where_a_lesser_user_could_put_a_link() -> None:
    """The folders are the terminal's own: root would give away, or copy, whatever a link there names."""
    for path in SYSTEMD.glob("edge-ota*.service"):
        service = unit(path.name)
        for key in ("ExecStartPre", "ExecStart", "ExecStartPost", "ExecStopPost"):
            for command in service.all("Service", key):
                if "+" in command.split("/", 1)[0]:
                    become = "/usr/bin/nsenter --mount=/proc/1/ns/mnt /usr/sbin/runuser -u door-terminal -- /"
                    assert command.split("+", 1)[1].startswith(become), command


def test_the_name_by_which_a_rollout_knows_this_device_cannot_be_changed_by_who_is_on_the_network() -> None:
    (copied,) = [one for one in unit(FETCH).all("Service", "ExecStartPre") if "device.pub" in one]
    assert copied.split()[-1] == f"{DATA}/models/device.pub"
    assert f"{DATA}/models" not in [path.lstrip("-") for path in unit(FETCH).words("Service", "BindPaths")]


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="this machine has no systemd-sysusers")
def test_s10_systemd_makes_every_user_and_group(tmp_path: Path) -> None:
    """A line that it does not understand leaves out every user, and then no unit starts at all."""
    (tmp_path / "etc").mkdir()
    command = ["systemd-sysusers", "--dry-run", f"--root={tmp_path}", str(IMAGE / "sysusers.d" / "door-terminal.conf")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("not a valid")) == (0, 0), done.stderr


def test_s10_the_user_who_fetches_is_made() -> None:
    lines = (IMAGE / "sysusers.d" / "door-terminal.conf").read_text().splitlines()
    assert any(line.startswith("u door-ota ") for line in lines), "systemd starts no unit whose user is missing"


@pytest.mark.parametrize("name", [FETCH, TAKE, TIMER])
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    program = tmp_path / "edge"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for other in (FETCH, TAKE, TIMER, "edge-door.service"):
        text = (SYSTEMD / other).read_text().replace("/opt/door-terminal/bin/edge", str(program))
        (tmp_path / other).write_text(text)
    done = analyze("verify", "--man=no", tmp_path / name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("name", "limit"), [(FETCH, 25), (TAKE, 14)])
def test_systemd_finds_little_that_is_left_open(name: str, limit: int) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={limit}", "--no-pager", SYSTEMD / name)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is too old to judge a file")
    assert done.returncode == 0, done.stdout
    assert "exposure level" in done.stdout
