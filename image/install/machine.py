"""The machine that is to become a device: what it is, and everything that stands against it, at once."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.install import running

if TYPE_CHECKING:
    from pathlib import Path

NEEDED_MIB = 1200
"""Free space for a new program beside the one that runs."""

_ARCHITECTURES = {"arm64", "amd64"}
_BITS_32 = {"armhf", "armel", "i386"}
_OLDEST = (3, 11)
_PYTHON = "this needs Python 3.11 or newer, and this is {}.{}: scripts/install says how to get one"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine.

    Attributes:
        root: Its file system; another folder than / for a tree that does not run.
        kind: raspberrypi, jetson or debian.
        model: What its board calls itself; empty for a PC.
        booted: Whether systemd runs it, so that services can be started.
    """

    root: Path
    kind: str
    model: str
    booted: bool

    @property
    def real(self) -> bool:
        """Whether this is the machine that it runs on: programs are installed there alone."""
        return self.root.parent == self.root

    def at(self, path: str) -> Path:
        """Where a path of the device is."""
        return self.root / path.lstrip("/")


def look(root: Path, kind: str | None) -> Machine:
    """Look at a machine.

    Args:
        root: Its file system.
        kind: What it is; None to find out.
    """
    model = _text(root / "proc/device-tree/model").rstrip("\0")
    found = kind
    if found is None and (root / "etc/nv_tegra_release").exists():
        found = "jetson"
    if found is None and "Raspberry Pi" in model and (root / "etc/rpi-issue").exists():
        found = "raspberrypi"  # with another system on it, it has no picamera2: a Debian with a camera on USB
    booted = root.parent == root and (root / "run/systemd/system").is_dir()
    return Machine(root=root, kind=found or "debian", model=model, booted=booted)


def faults(machine: Machine) -> list[str]:
    """Everything that stands against an installation; empty for nothing."""
    found = [] if sys.version_info >= _OLDEST else [_PYTHON.format(*sys.version_info[:2])]
    if machine.real:
        found += _real_faults(machine)
    elif not machine.root.is_dir():
        found.append(f"{machine.root} is no folder")
    return found + _boot_faults(machine)


def _real_faults(machine: Machine) -> list[str]:
    found = [] if os.geteuid() == 0 else ["only root can install: run it with sudo"]
    missing = [
        name
        for name in ("apt-get", "dpkg", "systemctl", "systemd-sysusers")
        if not shutil.which(name, path=running.SEARCHED)
    ]
    if missing:
        return [*found, f"there is no {', no '.join(missing)}: this needs Debian, Raspberry Pi OS or JetPack"]
    architecture = running.run(["dpkg", "--print-architecture"]).strip()
    if architecture in _BITS_32:
        found.append(f"this system is 32-bit ({architecture}), and the models' runtime is not: flash a 64-bit one")
    elif architecture not in _ARCHITECTURES:
        found.append(f"{architecture} is an architecture that nobody has tried: it needs arm64 or amd64")
    free = shutil.disk_usage(machine.at("/opt") if machine.at("/opt").is_dir() else machine.root).free >> 20
    if free < NEEDED_MIB:
        found.append(f"{machine.at('/opt')} has {free} MiB left, and it needs {NEEDED_MIB}: make room")
    return found


def _boot_faults(machine: Machine) -> list[str]:
    if machine.kind != "raspberrypi":
        return []
    new, old = machine.at("/boot/firmware"), machine.at("/boot/config.txt")
    missing = [name for name in ("config.txt", "cmdline.txt") if not (new / name).is_file()]
    if missing and old.is_file():
        return [f"{old}: this Raspberry Pi OS is older than Debian 12: flash a newer one"]
    return [f"{new / name} is not there: is the card's first partition mounted?" for name in missing]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
