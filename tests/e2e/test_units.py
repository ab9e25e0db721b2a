"""The unit files, boot settings and groups of the image keep the door alive, locked, and apart from the camera."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from edge.app.resetting import WORKING
from edge.config import Config
from tests.e2e.unit_file import IMAGE, SYSTEMD, UnitFile, unit

if TYPE_CHECKING:
    from pathlib import Path

DOOR = "edge-door.service"
TERMINAL = "edge-terminal.service"
NAMES = [DOOR, TERMINAL]
RETAIN = "edge-retain.service"
TIMER = "edge-retain.timer"
EVERY = [*NAMES, RETAIN, TIMER]

SERVICE = [
    (DOOR, "Type", "notify", "the watchdog counts from READY=1 on"),
    (DOOR, "NotifyAccess", "main", "nobody else speaks for the door"),
    (DOOR, "Restart", "always", "a door that ended for whatever reason must come back (S10)"),
    (DOOR, "WatchdogSignal", "SIGKILL", "a hung process ignores SIGTERM, and SIGABRT writes a core first"),
    (DOOR, "ExecStopPost", "/opt/door-terminal/bin/edge door --secure", "the kernel may keep the level (S3)"),
    (DOOR, "TimeoutStartFailureMode", "kill", "a start that hangs is cut short"),
    (DOOR, "ManagedOOMPreference", "omit", "systemd-oomd leaves it alone"),
    (DOOR, "RuntimeDirectory", "door-lock", "socket, and a place for lgpio's FIFO ($RUNTIME_DIRECTORY)"),
    (DOOR, "RuntimeDirectoryPreserve", "restart", "the terminal finds the socket's folder again"),
    (DOOR, "DevicePolicy", "closed", "lines, keypads and serial lines are all it opens"),
    (DOOR, "SystemCallErrorNumber", "EPERM", "an unforeseen call must fail, not kill the door"),
    (DOOR, "PrivateNetwork", "yes", "it has no business on a network"),
    (TERMINAL, "Type", "notify", "the watchdog counts from READY=1 on"),
    (TERMINAL, "NotifyAccess", "main", "nobody else speaks for the terminal"),
    (TERMINAL, "Restart", "always", "it may die at any time, and come back"),
    (TERMINAL, "WatchdogSignal", "SIGKILL", "a hung camera stack ignores SIGTERM"),
    (TERMINAL, "OOMPolicy", "kill", "all of it, or it would hang on half dead"),
    (TERMINAL, "MemorySwapMax", "0", "a terminal that swaps slows the door"),
    (TERMINAL, "DevicePolicy", "closed", "cameras alone; ProtectClock= would close those before systemd 253"),
    (TERMINAL, "PrivateNetwork", "yes", "it has no business on a network"),
]


@pytest.mark.parametrize(("name", "key", "value", "why"), SERVICE)
def test_a_service_says(name: str, key: str, value: str, why: str) -> None:
    assert unit(name).one("Service", key) == value, why


@pytest.mark.parametrize("name", NAMES)
def test_s10_no_number_of_deaths_makes_systemd_give_up(name: str) -> None:
    assert unit(name).one("Unit", "StartLimitIntervalSec") == "0"
    assert unit(name).keys("Service").isdisjoint({"RestartPreventExitStatus", "RestartSteps", "RestartMaxDelaySec"})


@pytest.mark.parametrize(("name", "watchdog_s"), [(DOOR, 3.0), (TERMINAL, 15.0)])
def test_s3_a_hang_is_noticed_and_ended_within_seconds(name: str, watchdog_s: float) -> None:
    times = unit(name)
    assert times.seconds("Service", "WatchdogSec") <= watchdog_s
    assert times.seconds("Service", "TimeoutAbortSec") <= 2.0
    assert times.seconds("Service", "TimeoutStopSec") <= 10.0
    assert times.seconds("Service", "RestartSec") <= 2.0
    assert times.all("Service", "ExecStop") == []


def test_s10_the_door_pings_often_enough_not_to_be_killed_for_a_slow_moment() -> None:
    assert unit(DOOR).seconds("Service", "WatchdogSec") >= 10 * Config().door.tick_s


def test_s10_the_door_waits_for_nothing_that_can_fail() -> None:
    door = unit(DOOR)
    assert door.one("Unit", "DefaultDependencies") == "no"  # they require sysinit.target, and that every mount
    needs = {"Requires", "Requisite", "BindsTo", "PartOf", "RequiresMountsFor"}
    asks = {key for key in door.keys("Unit") if key.startswith(("Condition", "Assert"))}
    assert door.keys("Unit").isdisjoint(needs), "its dependency would take the exit button along"
    assert asks == set(), "a condition that does not hold would leave the exit button dead"
    mounts = {"StateDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory", "WorkingDirectory"}
    assert door.keys("Service").isdisjoint({*mounts, "PrivateTmp"}), "they require the mount that they are on"
    assert all(path.startswith("-") for path in door.words("Service", "ReadWritePaths"))
    assert all(command.startswith("-") for command in door.all("Service", "ExecStartPre"))


def test_s10_the_door_runs_in_every_state_of_the_machine_but_the_last() -> None:
    assert set(unit(DOOR).words("Install", "WantedBy")) >= {"basic.target", "emergency.target", "rescue.target"}
    assert unit(DOOR).words("Unit", "Conflicts") == ["shutdown.target"]
    assert "basic.target" in unit(DOOR).words("Unit", "Before")


def test_s10_the_terminal_wants_the_door_and_the_door_nothing() -> None:
    terminal = unit(TERMINAL)
    assert terminal.words("Unit", "Wants") == [DOOR]
    assert terminal.words("Unit", "After") == [DOOR, "edge-provision.service"]
    assert terminal.keys("Unit").isdisjoint({"Requires", "BindsTo", "PartOf", "Conflicts"})
    assert unit(DOOR).all("Unit", "Wants") == []
    assert TERMINAL not in unit(DOOR).words("Unit", "After")


def test_s10_without_memory_the_terminal_dies_first_and_the_door_last() -> None:
    assert int(unit(DOOR).one("Service", "OOMScoreAdjust")) <= -900
    assert int(unit(TERMINAL).one("Service", "OOMScoreAdjust")) >= 500
    assert re.fullmatch(r"[1-7]\d%", unit(TERMINAL).one("Service", "MemoryMax"))
    assert unit(DOOR).all("Service", "MemoryMax") == []


def test_each_process_reaches_its_own_devices_and_no_others() -> None:
    assert set(unit(DOOR).all("Service", "DeviceAllow")) == {
        "char-gpiochip rw",
        "char-input r",
        "char-ttyAMA rw",
        "char-ttyS rw",
        "char-ttyUSB rw",
    }
    cameras = {"char-video4linux rw", "char-media rw", "char-dma_heap rw"}
    assert set(unit(TERMINAL).all("Service", "DeviceAllow")) == cameras
    assert set(unit(DOOR).words("Service", "SupplementaryGroups")) == {"gpio", "input", "dialout", "door-link"}
    assert unit(TERMINAL).words("Service", "SupplementaryGroups") == ["video", "door-link"]


@pytest.mark.parametrize("name", [*NAMES, RETAIN])
def test_s10_every_group_of_a_unit_is_made(name: str) -> None:
    lines = (IMAGE / "sysusers.d" / "door-terminal.conf").read_text().splitlines()
    made = {line.split()[1] for line in lines if line.startswith(("g ", "u "))}
    service = unit(name)
    named = {"User", "Group", "SupplementaryGroups"}
    assert {word for key in named for word in service.words("Service", key)} <= made, "systemd starts no such unit"


@pytest.mark.parametrize("name", [*NAMES, RETAIN])
def test_s6_no_core_dump_holds_a_face(name: str) -> None:
    assert unit(name).one("Service", "LimitCORE") == "0"


def test_s3_systemd_itself_is_watched_by_the_hardware() -> None:
    settings = UnitFile(SYSTEMD / "system.conf.d" / "50-door-terminal.conf")
    assert settings.seconds("Manager", "RuntimeWatchdogSec") < 15.0, "a Pi's watchdog counts no further"
    assert settings.seconds("Manager", "RebootWatchdogSec") < 15.0
    assert settings.one("Manager", "CrashReboot") == "yes"


def test_s10_a_partition_that_is_gone_holds_the_door_up_for_seconds() -> None:
    settings = UnitFile(SYSTEMD / "system.conf.d" / "50-door-terminal.conf")
    assert settings.seconds("Manager", "DefaultDeviceTimeoutSec") <= 5.0


def test_s2_the_boot_settings_hold_the_lock_s_own_line_locked() -> None:
    text = (IMAGE / "boot" / "config.txt").read_text()
    settings = [line for line in text.splitlines() if line and not line.startswith("#")]
    lock = Config().lock
    assert not lock.active_low
    assert settings == [
        "dtparam=strict_gpiod",
        "dtparam=watchdog=on",
        f"gpio={lock.line.removeprefix('GPIO')}=op,dl,pd",
    ]


def test_s10_a_kernel_that_panics_or_hangs_starts_again() -> None:
    (line,) = (IMAGE / "boot" / "cmdline.txt").read_text().splitlines()  # the firmware reads one line
    assert {"panic=5", "oops=panic", "sysctl.kernel.hung_task_panic=1", "cgroup_enable=memory"} <= set(line.split())


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = shutil.which("systemd-analyze")
    if command is None:
        pytest.skip("this machine has no systemd-analyze")
    return subprocess.run([command, *words], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", EVERY)
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    program = tmp_path / "edge"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for other in EVERY:
        text = (SYSTEMD / other).read_text().replace("/opt/door-terminal/bin/edge", str(program))
        (tmp_path / other).write_text(text)
    done = analyze("verify", "--man=no", tmp_path / name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Tenths, as systemd 252 finds them. A unit may be made tighter, and its figure smaller with it; never the other way.
# The door may ask the kernel whether its clock is synchronised (adjtimex); to set it takes a capability it has not.
# What provisions and what confirms a system run as root: the files that they write are root's and other users'.
EXPOSURE = {
    "edge-confirm.service": 20,
    DOOR: 14,
    "edge-grow.service": 18,
    "edge-journal.service": 7,
    "edge-ota-fetch.service": 18,
    "edge-ota.service": 8,
    "edge-provision-claim.service": 7,
    "edge-provision-network.service": 12,
    "edge-provision.service": 29,
    RETAIN: 12,
    TERMINAL: 11,
}


def test_every_service_has_its_figure() -> None:
    assert {path.name for path in SYSTEMD.glob("*.service")} == set(EXPOSURE)


@pytest.mark.parametrize(("name", "limit"), EXPOSURE.items())
def test_systemd_finds_little_that_is_left_open(name: str, limit: int) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={limit}", "--no-pager", SYSTEMD / name)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is too old to judge a file")
    assert done.returncode == 0, done.stdout
    assert "exposure level" in done.stdout


def test_the_machine_s_log_is_in_memory_and_small() -> None:
    settings = UnitFile(SYSTEMD / "journald.conf.d" / "50-door-terminal.conf")
    assert settings.one("Journal", "Storage") == "volatile"
    assert settings.one("Journal", "RuntimeMaxUse") == "32M"


def test_time_is_kept_often_enough_and_not_every_minute() -> None:
    settings = UnitFile(SYSTEMD / "timesyncd.conf.d" / "40-door-terminal.conf")
    assert 60.0 < settings.seconds("Time", "SaveIntervalSec") <= 600.0
    assert settings.keys("Time") == {"SaveIntervalSec"}, "whom to ask is provisioning's"


def test_a_refused_file_that_lies_there_does_not_start_provisioning_for_ever() -> None:
    path = unit("edge-provision.path")
    assert path.keys("Path") == {"PathChanged", "PathExists", "Unit"}
    asked = path.all("Path", "PathExists")
    assert asked == ["/run/door-lock/ask-reset", "/run/door-lock/ask-code"], "what is taken away whatever becomes of it"
    assert unit("edge-provision.service").all("Service", "RemainAfterExit") == [], (
        "a path starts nothing that is active"
    )
    claim = unit("edge-provision-claim.service")
    assert claim.one("Unit", "ConditionPathExists") == "/etc/door-terminal/tls/claim-token"


def test_a_reset_reaches_what_it_erases_and_nothing_makes_it_anew() -> None:
    writes = set(unit("edge-provision.service").words("Service", "ReadWritePaths"))
    assert writes >= {"/etc", "-/var/lib/door-terminal", "-/var/lib/door-lock", "-/run/door-lock", "-/boot/firmware"}
    for name in WORKING:
        assert unit(name).one("Unit", "ConditionPathExists") == "/etc/door-terminal/terminal.toml"


def test_whoever_a_reset_stops_is_killed_before_it_gives_up() -> None:
    for name in WORKING:
        assert unit(name).seconds("Service", "TimeoutStopSec") <= 15.0, "twice that, SIGTERM and SIGKILL, in 60 s"


def test_a_network_that_never_comes_is_looked_at_by_a_timer_and_waited_for_by_nothing() -> None:
    timer, service = unit("edge-provision-network.timer"), unit("edge-provision-network.service")
    assert 60.0 <= timer.seconds("Timer", "OnBootSec") <= 600.0
    assert service.one("Service", "ExecStart") == "/opt/door-terminal/bin/edge provision network"
    for name in (DOOR, TERMINAL, "edge-provision.service"):
        after = [*unit(name).words("Unit", "After"), *unit(name).words("Unit", "Wants")]
        assert {one for one in after if "network" in one} <= {"network-pre.target"}, "it works without a network"


def test_the_network_waits_for_what_the_file_says_of_it() -> None:
    provision = unit("edge-provision.service")
    assert "network-pre.target" in provision.words("Unit", "Before")
    assert "network-pre.target" in provision.words("Unit", "Wants"), "what nobody wants orders nothing"


def test_s10_provisioning_delays_no_door_and_reaches_no_line() -> None:
    service = unit("edge-provision.service")
    assert DOOR in service.words("Unit", "After")
    assert DOOR not in service.words("Unit", "Before")
    assert unit(DOOR).words("Unit", "After") == [
        "local-fs.target",
        "systemd-udevd.service",
        "systemd-udev-trigger.service",
    ]
    assert service.one("Service", "DevicePolicy") == "closed"
    assert not [word for word in service.words("Service", "DeviceAllow") if "gpio" in word]


def test_whom_the_terminal_has_to_forget_is_erased_daily_and_no_failed_backup_keeps_them() -> None:
    assert unit(TIMER).one("Timer", "OnCalendar").startswith("*-*-* ")
    assert unit(TIMER).one("Timer", "Persistent") == "true", "a machine that was off that night does it at its start"
    assert unit(TIMER).words("Install", "WantedBy") == ["timers.target"]
    assert unit(RETAIN).all("Service", "ExecStart") == [
        "-/opt/door-terminal/bin/edge people backup",
        "/opt/door-terminal/bin/edge people retain",
    ]
    assert unit(RETAIN).one("Service", "User") == unit(TERMINAL).one("Service", "User"), "the store is that user's"
