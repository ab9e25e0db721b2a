"""Systemd itself, as the first process of namespaces of its own, with the image's units and nothing of this machine's.

Only root can make it, on Linux with a cgroup v2 tree that can be written to. The folders that the units name are laid
over this machine's for those processes alone; what it makes outside is one cgroup, and that goes with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.e2e.commands import SOON_S, WHOLE_S, until
from tests.e2e.unit_file import SYSTEMD

if TYPE_CHECKING:
    from collections.abc import Mapping

INIT = Path("/lib/systemd/system")
STOCK = (
    "sysinit.target",
    "local-fs.target",
    "basic.target",
    "multi-user.target",
    "shutdown.target",
    "umount.target",
    "emergency.target",
    "reboot.target",
    "final.target",
)
UNITS = {"edge-door.service": ("basic.target", "emergency.target"), "edge-terminal.service": ("multi-user.target",)}
EMERGENCY = "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\n[Service]\nExecStart=/bin/sleep infinity\n"
EDGE = """#!/bin/sh
export PYTHONPATH=/opt/door-terminal/source:/opt/door-terminal/packages DOOR_WIRES=/dev/door HOME=/nonexistent
export LD_LIBRARY_PATH=/opt/door-terminal/python/lib  # its own library, wherever it lies on this machine
cd /opt/door-terminal/source
[ -e /dev/door/broken ] && exit 1
python="/opt/door-terminal/python/bin/{python} -B"
[ "$2" = --move-files ] && exec $python -m edge "$@"
wired=$(ls /etc/door-terminal/wired /dev/door/wired 2>/dev/null)  # a reset erases the first
if [ "$1" = door ] && [ "$wired" ]; then exec $python -m tests.e2e.wired_door "$@"; fi
exec $python -m edge "$@"
"""
DEVICES = "null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0\nfuse 10 229\n"
SETUP = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir /run/systemd /run/over
cp -a {over}/. /run/over/
for folder in etc opt var; do
    layers=lowerdir=/$folder,upperdir=/run/over/upper-$folder,workdir=/run/over/work-$folder
    mount -t overlay -o $layers overlay /$folder
done
mount -t tmpfs -o mode=755 tmpfs /dev
while read -r name major minor; do mknod -m 666 /dev/$name c $major $minor; done < {folder}/devices
mkdir /dev/door /dev/shm
mount -t tmpfs tmpfs /boot
mkdir /boot/firmware
mount --bind {folder}/card /boot/firmware
mount --bind {folder}/wires /dev/door
mkdir -p /opt/door-terminal/source /opt/door-terminal/python /opt/door-terminal/packages /var/lib/door-terminal
mount --bind {source} /opt/door-terminal/source
mount --bind {python} /opt/door-terminal/python
mount --bind {packages} /opt/door-terminal/packages
systemd-sysusers {sysusers} >/dev/null
chown door-terminal:door-terminal /var/lib/door-terminal
export container=door SYSTEMD_UNIT_PATH={folder}/units
exec {init} --system --log-target=console --unit=multi-user.target
"""


def missing() -> str:
    """Return why systemd cannot be run apart on this machine; empty when it can."""
    if os.geteuid() != 0:
        return "only root can start systemd apart"
    if not _systemd().exists() or not (INIT / "basic.target").exists():
        return "this machine has no systemd"
    if shutil.which("unshare") is None or shutil.which("nsenter") is None or shutil.which("systemd-sysusers") is None:
        return "this machine lacks unshare, nsenter or systemd-sysusers"
    return "" if _tree() is not None else "this machine has no cgroup v2 tree that can be written to"


class SystemdApart:
    """Systemd, running until it is left."""

    def __init__(self, folder: Path, configuration: str, extra: Mapping[str, str] | None = None) -> None:
        """Lay everything out.

        Args:
            folder: Where all that it needs is put.
            configuration: The terminal's configuration file; empty for a terminal that is nobody's.
            extra: More unit files by name; one wanted by "local-fs.target" says so by "required-".
        """
        self.folder = folder
        self.wires = folder / "wires"
        self.card = folder / "card"
        self._over = folder / "over"
        for name in ("etc", "opt", "var"):
            for kind in ("upper", "work"):
                (self._over / f"{kind}-{name}").mkdir(parents=True)
        self.wires.mkdir()
        self.wires.chmod(0o777)
        self.card.mkdir()
        (folder / "devices").write_text(DEVICES)
        self._settings(configuration)
        self._units(extra or {})
        self._cgroup = (_tree() or Path()) / f"door-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._cgroup.mkdir()
        script = SETUP.format(
            folder=self.folder,
            over=self._over,
            source=Path.cwd(),
            python=sys.base_prefix,
            packages=sysconfig.get_path("purelib"),
            sysusers=SYSTEMD.parent / "sysusers.d" / "door-terminal.conf",
            init=_systemd(),
        )
        (self.folder / "setup").write_text(script)
        enter = (
            f"echo $$ > {self._cgroup}/cgroup.procs; exec unshare --cgroup --mount --pid --uts --ipc --fork "
            f"--kill-child sh {self.folder}/setup"
        )
        with (self.folder / "console").open("wb") as console:
            self._process = subprocess.Popen(["sh", "-c", enter], stdout=console, stderr=console)
        until(lambda: self.first() and self.ctl("is-system-running") not in {"", "offline", "unknown"})
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.first() or self._process.pid, signal.SIGKILL)
            self._process.wait(SOON_S)
        until(self._swept)

    def laid(self, path: str) -> Path:
        """Return where a file of /etc, /opt or /var has to be put for systemd to start with it."""
        _, top, rest = path.split("/", 2)
        place = self._over / f"upper-{top}" / rest
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def without(self, name: str) -> None:
        """Take out a unit that would start by itself, before systemd is started."""
        for link in (self.folder / "units").glob(f"*.wants/{name}"):
            link.unlink()

    def first(self) -> int:
        """Return systemd's own process, 0 while there is none."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def ctl(self, *words: str) -> str:
        """Run `systemctl`, and return what it says."""
        return self.run("systemctl", *words)

    def show(self, unit: str, key: str) -> str:
        """Return a unit's property."""
        return self.ctl("show", unit, "--value", f"--property={key}")

    def run(self, *words: str) -> str:
        """Run a command inside, as root."""
        command = ["nsenter", "--all", "--target", str(self.first()), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=WHOLE_S).stdout.strip()

    def _settings(self, configuration: str) -> None:
        etc, binary = self._over / "upper-etc" / "door-terminal", self._over / "upper-opt" / "door-terminal" / "bin"
        for folder in (etc, binary):
            folder.mkdir(parents=True)
        shutil.copytree(SYSTEMD / "system.conf.d", self._over / "upper-etc" / "systemd" / "system.conf.d")
        if configuration:
            (etc / "terminal.toml").write_text(configuration)
        (binary / "edge").write_text(EDGE.format(python=f"python{sys.version_info.major}.{sys.version_info.minor}"))
        (binary / "edge").chmod(0o755)

    def _units(self, extra: Mapping[str, str]) -> None:
        units = self.folder / "units"
        units.mkdir()
        for name in STOCK:
            if (INIT / name).exists():
                (units / name).symlink_to(INIT / name)
        (units / "emergency.service").write_text(EMERGENCY)
        for name, text in extra.items():
            (units / name).write_text(text)
            self._want(units, "local-fs.target.requires", name)
        for name, targets in UNITS.items():
            shutil.copy(SYSTEMD / name, units / name)
            for target in targets:
                self._want(units, f"{target}.wants", name)

    def _want(self, units: Path, folder: str, name: str) -> None:
        (units / folder).mkdir(exist_ok=True)
        (units / folder / name).symlink_to(units / name)

    def _swept(self) -> bool:
        with contextlib.suppress(OSError):
            for group in sorted(self._cgroup.rglob("*/"), reverse=True):
                group.rmdir()
            self._cgroup.rmdir()
        return not self._cgroup.exists()


def _systemd() -> Path:
    return INIT.parent / "systemd"


def _tree() -> Path | None:
    """Return where cgroup v2 is mounted, and can be written to."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options = line.split()[:4]
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    return None
