"""A network that never comes: said on the card, by the status and by the doctor, with what to do; nobody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.app.network_joined import look, network_check, tell
from edge.errors import ProvisionError
from edge.provision import Network, plan
from edge.provision.connection import keyfile
from tests.provisioning import NOW, PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIFI = Network(ssid="door; net", passphrase=PASSPHRASE, country="DE")


class Manager:
    """NetworkManager, as nmcli tells of it."""

    def __init__(self, active: str = "", devices: str = "wifi:disconnected:wlan0\nethernet:unavailable:eth0\n") -> None:
        self.active, self.devices, self.heard = active, devices, "neighbours\n"

    def ask(self, words: Sequence[str], _: bytes) -> bytes:
        if "connection" in words:
            return self.active.encode()
        return (self.heard if "wifi" in words else self.devices).encode()


def gone(words: Sequence[str], _: bytes) -> bytes:
    """A machine without nmcli."""
    raise ProvisionError(f"{words[0]} cannot be run")


def named(root: Path, network: Network = WIFI) -> Path:
    """Leave what provisioning makes of a file's [network]; returns the card's first partition."""
    path = root / plan.CONNECTION
    path.parent.mkdir(parents=True)
    path.write_text(keyfile(network, "berlin-1"))
    (root / "boot").mkdir()
    return root / "boot"


def lines(boot: Path) -> list[str]:
    log = boot / "provision.log"
    return log.read_text().splitlines() if log.exists() else []


def test_a_network_that_was_joined_needs_no_line_in_the_log(tmp_path: Path) -> None:
    boot, manager = named(tmp_path), Manager("Wired:activated:eth1\ndoor-terminal:activated:wlan0\n")
    assert tell(tmp_path, boot, NOW, manager.ask) == 'the Wi-Fi "door; net": joined by wlan0.'
    assert lines(boot) == []


@pytest.mark.parametrize(
    ("manager", "heard", "found", "mend"),
    [
        (Manager(), "neighbours\n", "it is not heard; NetworkManager says disconnected", "another country's channels"),
        (
            Manager("door-terminal:activating:wlan0\n"),
            "door; net\n",
            "it is heard, and not joined; NetworkManager says activating",
            "Its passphrase is wrong",
        ),
        (Manager(devices="wifi:unavailable:wlan0\n"), "", "NetworkManager says unavailable", "network.country"),
        (Manager(devices="ethernet:connected:eth0\n"), "", "this machine has no Wi-Fi", "dmesg"),
    ],
    ids=["out of reach", "a wrong passphrase", "the radio is off", "no radio"],
)
def test_a_network_that_never_comes_is_said_with_what_to_do(
    tmp_path: Path, manager: Manager, heard: str, found: str, mend: str
) -> None:
    boot, manager.heard = named(tmp_path), heard
    said = tell(tmp_path, boot, NOW, manager.ask, lambda: 301.0)
    assert lines(boot) == [f"2026-11-29 12:00:00 UTC  NETWORK 5 minutes after the start: {said}"]
    assert f'the Wi-Fi "door; net": {found}. ' in said
    assert mend in said
    check = network_check(tmp_path, manager.ask)
    assert (check.state, check.found) == ("warning", f'the Wi-Fi "door; net": {found}')
    assert mend in check.mend


def test_the_log_has_one_line_when_it_is_not_there_and_one_when_it_came_after_all(tmp_path: Path) -> None:
    boot, manager = named(tmp_path), Manager()
    for _ in range(3):
        tell(tmp_path, boot, NOW, manager.ask)
    assert len(lines(boot)) == 1
    manager.active = "door-terminal:activated:wlan0\n"
    for _ in range(2):
        tell(tmp_path, boot, NOW, manager.ask)
    assert len(lines(boot)) == 2
    assert lines(boot)[1].endswith('NETWORK: the Wi-Fi "door; net": joined by wlan0.')


def test_a_cable_that_is_not_plugged_in_is_named(tmp_path: Path) -> None:
    named(tmp_path, Network())
    found = look(tmp_path, Manager().ask)
    assert found is not None
    assert found.words.startswith("the cable's network: NetworkManager says unavailable. Look at the cable")


def test_a_name_with_a_colon_is_one_name(tmp_path: Path) -> None:
    named(tmp_path, Network(ssid="a:b\\c", passphrase=PASSPHRASE, country="DE"))
    manager = Manager()
    manager.heard = "a\\:b\\\\c\n"
    found = look(tmp_path, manager.ask)
    assert found is not None
    assert found.found.startswith("it is heard")


@pytest.mark.parametrize("up", [True, False])
def test_without_networkmanager_the_kernel_is_asked(tmp_path: Path, *, up: bool) -> None:
    named(tmp_path)
    wireless = tmp_path / "sys/class/net/wlan0"
    for folder in ("wireless", "device"):
        (wireless / folder).mkdir(parents=True)
    (wireless / "operstate").write_text("up\n" if up else "dormant\n")
    found = look(tmp_path, gone)
    assert found is not None
    assert (found.joined, "nmcli cannot be run" in found.found) == (up, True)


def test_nothing_is_said_where_no_file_names_a_network(tmp_path: Path) -> None:
    assert tell(tmp_path, tmp_path, NOW, gone) == ""
    assert network_check(tmp_path, gone).state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_card_and_a_machine_that_cannot_be_written_keep_nobody_from_the_answer(tmp_path: Path) -> None:
    named(tmp_path)
    (tmp_path / "run").write_text("in the way of a folder")
    assert "it is not heard" in tell(tmp_path, tmp_path / "no-card", NOW, Manager().ask)
