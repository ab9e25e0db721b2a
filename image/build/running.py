"""Running the programs that an image is made with: what is missing, and what failed, is said in one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SEARCHED = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
"""Debian keeps half of these programs where a plain user's PATH does not look."""

_SHOWN = 600

TOOLS = {
    "apt-get": "apt",
    "cpio": "cpio",
    "depmod": "kmod",
    "dpkg-deb": "dpkg",
    "mcopy": "mtools",
    "mke2fs": "e2fsprogs",
    "mkfs.vfat": "dosfstools",
    "mkimage": "u-boot-tools",
    "mmdebstrap": "mmdebstrap",
    "sfdisk": "fdisk",
    "sqfstar": "squashfs-tools",
    "systemctl": "systemd",
    "systemd-sysusers": "systemd",
    "veritysetup": "cryptsetup-bin",
}
"""Every program that a build runs, and the Debian package that has it."""

COMPILING = {"make": "make", "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu", "bzip2": "bzip2", "xz": "xz-utils"}
"""Those of a flavour whose kernel gets modules that are built here."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a build works, and with what time.

    Attributes:
        work: A folder of this build alone.
        cache: What may be used again by the next build.
        epoch: Seconds since 1970 that stand for "now" in everything that is made (SOURCE_DATE_EPOCH).
    """

    work: Path
    cache: Path
    epoch: int

    def environment(self) -> dict[str, str]:
        """The environment of every program: nothing of the person's locale and hash seed gets into the image."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "PYTHON"))}
        fixed = {"LANG": "C.UTF-8", "TZ": "UTC", "PATH": SEARCHED, "PYTHONHASHSEED": "0"}
        return kept | fixed | {"SOURCE_DATE_EPOCH": str(self.epoch)}


def find(program: str) -> str:
    """The path of a program.

    Raises:
        ImageError: It is not installed; with the package that has it.
    """
    found = shutil.which(program, path=SEARCHED)
    if found is None:
        raise ImageError(f"{program} is not installed: apt-get install {(TOOLS | COMPILING).get(program, program)}")
    return found


def run(bench: Bench, words: Sequence[str | Path], *, more: Mapping[str, str] | None = None, said: bytes = b"") -> str:
    """Run a program to its end.

    Args:
        bench: Where the build works.
        words: The program and its words.
        more: Environment beside the bench's own.
        said: What it reads from its standard input.

    Returns:
        What it wrote to its standard output.

    Raises:
        ImageError: It failed; with the end of what it said.
    """
    found = [find(str(words[0])), *map(str, words[1:])]
    done = subprocess.run(  # noqa: S603 - the build's own words
        found, env=bench.environment() | dict(more or {}), input=said, capture_output=True, check=False
    )
    if done.returncode != 0:
        told = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise ImageError(f"{words[0]} failed with {done.returncode} in {bench.work}: {told[-_SHOWN:]}")
    return done.stdout.decode("utf-8", "replace")
