"""What the machine is asked about its system slots: `boot-slots`, systemd, and what the boot's first program left."""

from __future__ import annotations

import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edge.errors import OtaError
from edge.ota import system

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Run = Callable[[Sequence[str]], str]

TOLD = Path("/run/door-terminal-initrd")
"""What the first program of the boot left: which slot it started, and whether that one was ever confirmed."""

BOOT_SLOTS = "/usr/lib/door-terminal/boot-slots"
TERMINAL = "edge-terminal.service"
_UNCONFIRMED, _INSTALLING, _SETTLED = "unconfirmed", "installing", "settled"
_INSTALLS_S = 3600.0
_FRESH_S = 15.0
"""As WatchdogSec= of the terminal: it pings for frames that were dealt with, and is killed where they stay away."""


def run(said: Sequence[str]) -> str:
    """Run a program of the machine.

    Raises:
        OtaError: It is not there, or failed.
    """
    try:
        done = subprocess.run(said, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OtaError(f"{said[0]} cannot be run: {error}") from error
    if done.returncode != 0:
        raise OtaError(f"{' '.join(said)}: {(done.stderr or done.stdout).strip() or f'failed ({done.returncode})'}")
    return done.stdout


def words() -> Sequence[str]:
    """The words of the kernel's command line; none where it cannot be read."""
    try:
        return Path("/proc/cmdline").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return ()


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that this runs on.

    Attributes:
        told: The folder that the first program of the boot left.
        run: Runs a program and returns what it printed; raises OtaError.
        monotonic: Seconds since power-on, as systemd counts them.
        release: The running kernel's.
        words: Of the kernel's command line.
    """

    told: Path = TOLD
    run: Run = run
    monotonic: Callable[[], float] = time.monotonic
    release: str = field(default_factory=platform.release)
    words: Callable[[], Sequence[str]] = words

    def slot(self) -> str:
        """Which slot runs.

        Raises:
            OtaError: This machine was not started from slots.
        """
        try:
            name = (self.told / "slot").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise OtaError(
                f"this machine was not started from a system slot, as an image is: {self.told / 'slot'} is missing"
            ) from error
        if name not in system.NAMES:
            raise OtaError(f'{self.told / "slot"} says "{name}", and slots are a and b')
        return name

    def kernel(self) -> str:
        """The release of the kernel that is started whatever the slot; empty where the loader follows the slots."""
        return "" if any(one.startswith("door.slot=") for one in self.words()) else self.release

    def failed(self) -> str:
        """Which slot this boot could not use, and why; empty for none."""
        try:
            return (self.told / "failed").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def state(self) -> system.BootState:
        """What the next start goes by."""
        return system.parse(self.run([BOOT_SLOTS, "show"]))

    def version(self, slot: str) -> str:
        """What the system in a slot calls itself; empty where nothing whole says it."""
        try:
            said = self.run([BOOT_SLOTS, "facts", slot])
        except OtaError:
            return ""
        return next((line.partition("=")[2] for line in said.splitlines() if line.startswith("version=")), "")

    def alive(self, slot: str) -> None:
        """The slot has started well: it gets its starts back."""
        self.run([BOOT_SLOTS, "alive", slot])

    def confirm(self, slot: str) -> None:
        """The slot is good, and no longer holds anything back."""
        self.run([BOOT_SLOTS, "set-state", slot, "good"])
        (self.told / _UNCONFIRMED).unlink(missing_ok=True)

    def give_up(self, slot: str, why: str) -> None:
        """The slot is bad: the next start is the other one's."""
        self.run([BOOT_SLOTS, "failed", slot, why])

    def settle(self, slot: str) -> None:
        """The slot is the wanted one from now on."""
        self.run([BOOT_SLOTS, "settle", slot])

    def restart(self) -> None:
        """Start the machine again."""
        self.run(["systemctl", "--no-block", "reboot"])

    def installing(self) -> None:
        """Say that a system is being installed: what the timer looks at is open again."""
        (self.told / _INSTALLING).touch()
        (self.told / _SETTLED).unlink(missing_ok=True)

    def forget_installing(self) -> None:
        """Forget an installation that was begun an hour ago and never came to its end."""
        path = self.told / _INSTALLING
        if path.exists() and abs(time.time() - path.stat().st_mtime) > _INSTALLS_S:
            path.unlink(missing_ok=True)

    def settled(self) -> None:
        """Nothing is left to look at until the machine starts again, or another system is installed."""
        if not (self.told / _INSTALLING).exists():
            (self.told / _SETTLED).touch()

    def terminal(self) -> tuple[str, float]:
        """Say why the terminal deals with no frames, empty while it does, and for how many seconds it has."""
        names = ("ActiveState", "ActiveEnterTimestampMonotonic", "WatchdogTimestampMonotonic")
        try:
            said = self.run(["systemctl", "show", TERMINAL, f"--property={','.join(names)}"])
        except OtaError as error:
            return str(error), 0.0
        shown = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
        if shown.get("ActiveState") != "active":
            return f"{TERMINAL} is {shown.get('ActiveState', 'unknown')}", 0.0
        now = self.monotonic()
        begun, pinged = (int(shown.get(name) or "0") / 1e6 for name in names[1:])
        if now - pinged > _FRESH_S:
            return f"the last one {now - pinged:.0f} s ago", 0.0
        return "", now - begun


def held_back(told: Path = TOLD) -> str:
    """Say why no other set of models may decide just now; empty where it may. Needs no privileges."""
    if (told / _UNCONFIRMED).exists():
        return "the system is not confirmed yet: `edge system status`"
    if (told / _INSTALLING).exists():
        return "another system is installed, and waits for a restart"
    return ""
