"""What the acceptance test finds out of this machine: of root folders that are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge.app.acceptance import facts
from edge.app.acceptance.facts import LEAST_FRAMES, Around
from edge.app.acceptance.machine import ABSENT, Machine, asked
from edge.app.acceptance.seen import Found
from edge.app.camera_figures import CameraFigures
from edge.app.places import places
from edge.config import Config, KeySettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

import msgspec

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""
DEFAULT = "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
SIX = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200 "


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def machine(root: Path, told: str | None = None, *, synchronised: bool = True) -> Machine:
    return Machine(root, lambda _: told, lambda: synchronised)


def test_what_a_machine_does_not_have_is_not_present_here_and_is_skipped(tmp_path: Path) -> None:
    bare = machine(tmp_path)
    for found in (
        bare.default_route(),
        bare.card_wear(),
        bare.hardware_watchdog(),
        bare.door_watchdog(),
        bare.throttling(),
        bare.temperature(),
        facts.key_holder(Around(Config(), places(tmp_path), bare)),
        facts.repository(Around(Config(), places(tmp_path), bare)),
    ):
        assert found.result == "skipped"
        assert found.words.startswith(ABSENT)
        assert found.words != ABSENT


def test_a_route_to_the_neighbours_alone_is_no_default_route(tmp_path: Path) -> None:
    put(tmp_path, proc__net__route=ROUTES, proc__net__ipv6_route=f"{SIX}lo\n")
    assert machine(tmp_path).default_route().result == "fail"
    put(tmp_path, proc__net__route=ROUTES + DEFAULT)
    assert machine(tmp_path).default_route() == Found("pass", "by eth0")
    put(tmp_path, proc__net__route=ROUTES + DEFAULT.replace("0003", "0201"))
    assert machine(tmp_path).default_route().result == "fail"  # one that rejects
    put(tmp_path, proc__net__route=ROUTES, proc__net__ipv6_route=f"{SIX}lo\n{SIX}wlan0\n")
    assert machine(tmp_path).default_route() == Found("pass", "by wlan0")


def test_a_clock_that_no_server_keeps_fails(tmp_path: Path) -> None:
    assert machine(tmp_path).time_server().result == "pass"
    assert machine(tmp_path, synchronised=False).time_server().result == "fail"


@pytest.mark.parametrize(
    ("life", "end", "found"),
    [
        ("0x01 0x02", "0x01", Found("pass", "mmcblk0: 10 to 20 % of its life used")),
        ("0x01 0x0a", "0x01", Found("fail", "mmcblk0: 90 to 100 % of its life used; replace it")),
        ("0x01 0x01", "0x02", Found("fail", "mmcblk0: 0 to 10 % of its life used; replace it")),
        ("0x00 0x00", "0x00", Found("skipped", "not reported: SD cards do not tell")),
    ],
)
def test_an_emmc_says_how_worn_it_is(tmp_path: Path, life: str, end: str, found: Found) -> None:
    put(tmp_path, sys__block__mmcblk0__device__life_time=life, sys__block__mmcblk0__device__pre_eol_info=end)
    put(tmp_path, sys__block__mmcblk0boot0__size="8192")
    assert machine(tmp_path).card_wear() == found


def test_an_sd_card_does_not_tell(tmp_path: Path) -> None:
    put(tmp_path, sys__block__mmcblk0__device__type="SD")
    assert machine(tmp_path).card_wear() == Found("skipped", "not reported: SD cards do not tell")


@pytest.mark.parametrize(
    ("identity", "fed", "result"),
    [
        ("Broadcom BCM2835 Watchdog timer", "14s", "pass"),
        ("Broadcom BCM2835 Watchdog timer", "0", "fail"),
        ("Software Watchdog", "14s", "fail"),
        ("Broadcom BCM2835 Watchdog timer", None, "skipped"),
    ],
)
def test_a_watchdog_counts_that_is_of_hardware_and_fed(
    tmp_path: Path, identity: str, fed: str | None, result: str
) -> None:
    put(tmp_path, sys__class__watchdog__watchdog0__identity=identity)
    assert machine(tmp_path, fed).hardware_watchdog().result == result


def test_a_unit_that_systemd_does_not_watch_fails(tmp_path: Path) -> None:
    commands: list[Sequence[str]] = []

    def told(command: Sequence[str]) -> str:
        commands.append(command)
        return "3s"

    assert Machine(tmp_path, told).door_watchdog() == Found("pass", "WatchdogUSec=3s")
    assert commands == [["systemctl", "show", "--property", "WatchdogUSec", "--value", "edge-door.service"]]
    assert machine(tmp_path, "0").door_watchdog().result == "fail"
    assert machine(tmp_path, "infinity").door_watchdog().result == "fail"


def test_a_pi_that_was_slowed_down_since_its_start_says_when_and_why(tmp_path: Path) -> None:
    put(tmp_path, **{"sys__devices__platform__soc__soc:firmware__get_throttled": "50005"})
    assert machine(tmp_path).throttling() == Found(
        "fail", "0x50005: now: under-voltage, throttled; before: under-voltage, throttled"
    )
    put(tmp_path, **{"sys__devices__platform__soc__soc:firmware__get_throttled": "0"})
    assert machine(tmp_path).throttling().result == "pass"


def test_where_the_kernel_does_not_tell_the_firmware_s_own_command_is_asked(tmp_path: Path) -> None:
    assert machine(tmp_path, "throttled=0x0").throttling().result == "pass"
    assert machine(tmp_path, "throttled=0x80000").throttling().words.endswith("before: too hot")


def test_the_hottest_zone_counts(tmp_path: Path) -> None:
    put(tmp_path, sys__class__thermal__thermal_zone0__temp="45500", sys__class__thermal__thermal_zone1__temp="79900")
    assert machine(tmp_path).temperature() == Found("pass", "79.9 °C, to stay below 80 °C")
    put(tmp_path, sys__class__thermal__thermal_zone1__temp="80000")
    assert machine(tmp_path).temperature().result == "fail"


def test_a_tpm_that_nobody_uses_fails_and_one_that_is_missing_is_said(tmp_path: Path) -> None:
    here, at = places(tmp_path / "data"), machine(tmp_path)
    assert facts.key_holder(Around(Config(), here, at)).words == f'{ABSENT}: no TPM; keys.holder is "file"'
    put(tmp_path, dev__tpmrm0="")
    found = facts.key_holder(Around(Config(), here, at))
    assert found.result == "fail"
    assert found.words.startswith("there is a TPM, and ")
    broken = replace(Config(), keys=KeySettings(holder="credential"))
    assert facts.key_holder(Around(broken, here, at)).result == "fail"


FIGURES = CameraFigures(
    at=100.0,
    frames=LEAST_FRAMES,
    width=1280,
    height=720,
    rate=14.8,
    age_p50_s=0.06,
    age_p95_s=0.09,
    missed=3,
    due=300,
    settled_s=0.8,
)


def camera(tmp_path: Path, figures: CameraFigures, now: float = 101.0) -> Found | None:
    here = places(tmp_path)
    here.terminal_socket.with_name("camera.json").write_bytes(msgspec.json.encode(figures))
    return facts.camera(Around(Config(), here, machine(tmp_path), lambda: now))


def test_the_camera_s_figures_are_the_running_terminal_s(tmp_path: Path) -> None:
    words = "1280 x 720, 14.8 frames/s, age p50 60 p95 90 ms, exposure settled in 0.8 s, 3 of 300 missed"
    assert camera(tmp_path, FIGURES) == Found("pass", words)
    assert camera(tmp_path, FIGURES, now=120.0) is None
    assert camera(tmp_path, msgspec.structs.replace(FIGURES, frames=LEAST_FRAMES - 1)) is None
    assert camera(tmp_path, msgspec.structs.replace(FIGURES, settled_s=None)) is None


def test_s1_frames_that_are_too_old_for_the_door_fail(tmp_path: Path) -> None:
    found = camera(tmp_path, msgspec.structs.replace(FIGURES, age_p95_s=0.71))
    assert found is not None
    assert found.result == "fail"


def test_a_command_that_is_not_there_or_fails_says_nothing() -> None:
    assert asked(["door-terminal-has-no-such-command"]) is None
    assert asked(["false"]) is None
    assert asked(["echo", "3s"]) == "3s"


def test_a_process_that_cannot_be_killed_is_said(tmp_path: Path) -> None:
    assert machine(tmp_path, "").kill("edge-door") is None
    trouble = machine(tmp_path).kill("edge-door")
    assert trouble is not None
    assert (trouble.result, "run as root" in trouble.words) == ("fail", True)
