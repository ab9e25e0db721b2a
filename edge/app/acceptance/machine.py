"""What the kernel and systemd say of this machine; where it has none of a thing, that is said, and proves nothing."""

from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge.app import clocks
from edge.app.acceptance.seen import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ABSENT = "not present here"
HOTTEST_C = 80.0
"""A Raspberry Pi slows down from here on."""
_UP, _REJECT = 0x001, 0x200  # RTF_UP and RTF_REJECT of route(8); a line to one peer has no gateway
_FLAGS = {0: "under-voltage", 1: "slowed down", 2: "throttled", 3: "too hot"}
_BEFORE = 16  # the same flags since the start
_WORN = 0x0A
"""eMMC: more than nine tenths of its life are over (JESD84, DEVICE_LIFE_TIME_EST)."""
_END_OF_LIFE = 2
_COMMAND_S = 10.0


def asked(command: Sequence[str]) -> str | None:
    """Return what a command of this machine prints; None where there is none, or it fails."""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(  # noqa: S603 - the commands are written in this room
            list(command), check=True, capture_output=True, text=True, timeout=_COMMAND_S
        )
        return done.stdout.strip()
    return None


@dataclass(frozen=True, slots=True)
class Machine:
    """Where this machine is looked at.

    Attributes:
        root: The root folder.
        ask: Has a command answer.
        synchronised: Whether a time server keeps the clock.
    """

    root: Path = field(default=Path("/"))
    ask: Callable[[Sequence[str]], str | None] = asked
    synchronised: Callable[[], bool] = clocks.synchronised

    def text(self, name: str) -> str | None:
        """Return a small file's text below the root; None where there is none."""
        try:
            return (self.root / name).read_text(errors="replace").strip("\0 \n")
        except OSError:
            return None

    def some(self, pattern: str) -> list[Path]:
        """Return the files below the root whose name fits, in order."""
        return sorted(self.root.glob(pattern))

    def model(self) -> str:
        """Return which machine this is, as its device tree or firmware says; empty where neither does."""
        return self.text("proc/device-tree/model") or self.text("sys/class/dmi/id/product_name") or ""

    def boot(self) -> str:
        """Return what this start of the machine is called."""
        return self.text("proc/sys/kernel/random/boot_id") or ""

    def default_route(self) -> Found:
        """Say whether anything beyond the local network can be reached."""
        four, six = self.text("proc/net/route"), self.text("proc/net/ipv6_route")
        if four is None and six is None:
            return Found("skipped", f"{ABSENT}: no /proc/net/route")
        by = [row[0] for row in _rows(four) if row[1] == "00000000" and int(row[3], 16) & (_UP | _REJECT) == _UP]
        by += [row[-1] for row in _rows(six) if row[0] == "0" * 32 and row[1] == "00" and row[-1] != "lo"]
        if by:
            return Found("pass", f"by {', '.join(dict.fromkeys(by))}")
        return Found("fail", "none: cable, Wi-Fi or DHCP (`ip route`)")

    def time_server(self) -> Found:
        """Say whether a time server keeps the clock."""
        if self.synchronised():
            return Found("pass", "the kernel's clock is synchronised")
        return Found("fail", "not synchronised (`timedatectl`); is UDP 123 let through?")

    def card_wear(self) -> Found:
        """Say how worn the flash memory is, where it tells."""
        cards = [path for path in self.some("sys/block/mmcblk*") if re.fullmatch(r"mmcblk\d+", path.name)]
        if not cards:
            return Found("skipped", f"{ABSENT}: no eMMC and no SD card")
        told = [words for card in cards if (words := self._worn(card))]
        if not told:
            return Found("skipped", "not reported: SD cards do not tell")
        return next((found for found in told if found.result == "fail"), told[0])

    def _worn(self, card: Path) -> Found | None:
        try:
            life = [int(word, 16) for word in (card / "device/life_time").read_text().split()]
            end = int((card / "device/pre_eol_info").read_text(), 16)
        except (OSError, ValueError):
            return None
        if not any(life):
            return None
        worn = max(life)
        words = f"{card.name}: {(worn - 1) * 10} to {worn * 10} % of its life used"
        bad = worn >= _WORN or end >= _END_OF_LIFE
        return Found("fail" if bad else "pass", f"{words}; replace it" if bad else words)

    def hardware_watchdog(self) -> Found:
        """Say whether a watchdog is there, and whether systemd feeds it."""
        there = self.some("sys/class/watchdog/watchdog[0-9]*") or self.some("dev/watchdog[0-9]*")
        if not there:
            return Found("skipped", f"{ABSENT}: no watchdog device")
        who = self.text(f"sys/class/watchdog/{there[0].name}/identity") or there[0].name
        if "software" in who.lower():
            return Found("fail", f"{who}: it hangs with the kernel")
        fed = self.property("RuntimeWatchdogUSec")
        if fed is None:
            return Found("skipped", f"{ABSENT}: systemd does not answer")
        if fed in {"0", "infinity"}:
            return Found("fail", f"{who}: systemd does not feed it: set RuntimeWatchdogSec=")
        return Found("pass", f"{who}, fed by systemd: {fed}")

    def door_watchdog(self) -> Found:
        """Say whether systemd watches the door process."""
        told = self.property("WatchdogUSec", "edge-door.service")
        if told is None:
            return Found("skipped", f"{ABSENT}: systemd does not answer")
        return Found("fail" if told in {"", "0", "infinity"} else "pass", f"WatchdogUSec={told}")

    def property(self, name: str, unit: str = "") -> str | None:
        """Return a property of systemd's or of a unit; None where systemd does not answer."""
        return self.ask(["systemctl", "show", "--property", name, "--value", *([unit] if unit else [])])

    def throttling(self) -> Found:
        """Say whether the firmware slowed the processor down since the start."""
        found = self.some("sys/devices/platform/soc*/soc*firmware/get_throttled")
        told = self.text(str(found[0].relative_to(self.root))) if found else None
        if told is None:
            told = (self.ask(["vcgencmd", "get_throttled"]) or "").partition("=")[2]
        try:
            flags = int(told, 16)
        except ValueError:
            return Found("skipped", f"{ABSENT}: no Raspberry Pi firmware")
        now = [words for bit, words in _FLAGS.items() if flags >> bit & 1]
        past = [words for bit, words in _FLAGS.items() if flags >> (bit + _BEFORE) & 1]
        if not flags:
            return Found("pass", "0x0: never since the start")
        return Found("fail", f"{flags:#x}: now: {', '.join(now) or 'nothing'}; before: {', '.join(past) or 'nothing'}")

    def temperature(self) -> Found:
        """Say how hot the hottest zone is."""
        degrees = []
        for path in self.some("sys/class/thermal/thermal_zone*/temp"):
            with suppress(OSError, ValueError):
                degrees.append(int(path.read_text()) / 1000)
        if not degrees:
            return Found("skipped", f"{ABSENT}: no thermal zone")
        hot = max(degrees)
        return Found("pass" if hot < HOTTEST_C else "fail", f"{hot:.1f} °C, to stay below {HOTTEST_C:.0f} °C")

    def kill(self, unit: str) -> Found | None:
        """Kill a unit's processes as a fault would; why it was not done, or None."""
        if self.ask(["systemctl", "kill", "--signal=KILL", f"{unit}.service"]) is None:
            return Found("fail", f"`systemctl kill {unit}.service` failed: run as root, where systemd runs it")
        return None


def _rows(table: str | None) -> list[list[str]]:
    return [row.split() for row in (table or "").splitlines() if len(row.split()) >= 8 and row[:5] != "Iface"]
