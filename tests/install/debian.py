"""Debian 12 in a folder of its own: what is changed in it is laid over it, and may be looked at, and laid over again.

Only root can make it. Mounts are in a namespace of each command's own, and gone when it ends.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(os.environ.get("DOOR_TERMINAL_CHECKOUT", Path(__file__).parents[2]))
CHECKOUT = "/srv/project"
WHEELS = "/srv/wheels"
SLOW_S = 900.0
_ENTER = """
set -e
mount -t overlay -o lowerdir=$LOWER,upperdir=$FOLDER/upper,workdir=$FOLDER/work overlay $FOLDER/root
cd $FOLDER/root
mount --bind /dev dev
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs srv
mkdir srv/project srv/wheels
mount --bind $PROJECT srv/project
mount -o remount,bind,ro srv/project
mount --bind $WHEELS srv/wheels
mount -o remount,bind,ro srv/wheels
exec chroot . env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


def lacking() -> str:
    """Return why there is no Debian to install in; empty when there is one."""
    if os.geteuid() != 0:
        return "only root can enter Debian's root"
    return "" if "DOOR_TERMINAL_DEBIAN_ROOT" in os.environ else "scripts/check-install makes Debian's root"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


class Debian:
    """A Debian, as it was made or as another one became."""

    def __init__(self, folder: Path, below: tuple[Path, ...] = ()) -> None:
        """Lay it out.

        Args:
            folder: Where what is changed goes.
            below: What was changed before, the latest first; nothing of it changes any more.
        """
        self.folder = folder
        self.layers = (*below, Path(os.environ["DOOR_TERMINAL_DEBIAN_ROOT"]))
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)

    @property
    def changed(self) -> tuple[Path, ...]:
        """What was changed since Debian was made, the latest first."""
        return (self.folder / "upper", *self.layers[:-1])

    def run(self, *words: str) -> Done:
        """Run a command in there, as root."""
        environment = os.environ | {
            "LOWER": ":".join(map(str, self.layers)),
            "FOLDER": str(self.folder),
            "PROJECT": str(PROJECT),
            "WHEELS": os.environ["DOOR_TERMINAL_WHEELS"],
        }
        command = ["unshare", "--mount", "--propagation", "private", "bash", "-c", _ENTER, "enter", *words]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=SLOW_S,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def install(self, *words: str, checkout: str = CHECKOUT) -> Done:
        """Run the installation, with what it needs of Python lying beside."""
        offline = [] if "--uninstall" in words else ["--wheels", WHEELS]
        return self.run(f"{checkout}/scripts/install", *offline, *words)

    def listing(self) -> dict[str, str]:
        """Return every path, with what it is: kind, mode, owner, and content or target."""
        done = self.run("python3", "-c", _LIST)
        assert done.code == 0, done.err
        return dict(line.split("\t", 1) for line in done.out.splitlines())


_LIST = r"""
import hashlib, os, stat
for folder, names, files in os.walk("/"):
    if folder == "/":
        names[:] = [name for name in names if name not in {"proc", "sys", "dev", "run", "tmp", "srv"}]
    for name in sorted(names + files):
        path = os.path.join(folder, name)
        found = os.lstat(path)
        what = ""
        if stat.S_ISLNK(found.st_mode):
            what = os.readlink(path)
        elif stat.S_ISREG(found.st_mode):
            what = hashlib.sha256(open(path, "rb").read()).hexdigest()
        print(path, f"{found.st_mode:o} {found.st_uid}:{found.st_gid} {what}", sep="\t")
"""
