"""Debian's root for the device, by mmdebstrap: kept in the cache by what it is made of."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from image.build import archive
from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image.build.flavour import Flavour
    from image.build.running import Bench

RECIPE = 2
"""Changes when the way of making a root does."""

_FOREIGN = Path("/proc/sys/fs/binfmt_misc")
_EXCLUDED = ("doc/*", "man/*", "locale/*", "info/*")
_WORDS = re.compile(r"^(Package|Version|Status): (.*)$", re.MULTILINE)


def key(flavour: Flavour, sources: tuple[str, ...], locked: Mapping[str, str], epoch: int) -> str:
    """What a root is made of, as sixteen digits."""
    said = repr(
        (RECIPE, flavour.suite, flavour.architecture, sources, flavour.apt.packages, sorted(locked.items()), epoch)
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def make(bench: Bench, flavour: Flavour, sources: tuple[str, ...], locked: Mapping[str, str]) -> Path:
    """Make the root, or find it in the cache.

    Args:
        bench: Where the build works; `epoch` of a root is 0, so that every commit shares it.
        flavour: Which packages.
        sources: Apt's sources, with their parameters filled in.
        locked: Versions; none pins nothing.

    Returns:
        A tar of it.

    Raises:
        ImageError: This machine runs no programs of the device, or mmdebstrap failed.
    """
    kept = bench.cache / "roots" / f"{flavour.architecture}-{key(flavour, sources, locked, 0)}.tar"
    if kept.is_file():
        return kept
    runs_foreign(flavour.architecture)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part.tar")
    mode = "root" if os.geteuid() == 0 else "unshare"
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{one}" for one in _EXCLUDED]
    words = ["mmdebstrap", f"--mode={mode}", f"--architectures={flavour.architecture}", "--variant=minbase"]
    words += [*excluded, "--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    # Said in the words, and not a file to copy: another user's folder cannot be read by the one that a plain user's
    # mmdebstrap runs as.
    words += (
        [f"--setup-hook=cat >\"$1/etc/apt/preferences.d/pins\" <<'END'\n{archive.pins(locked)}END"] if locked else []
    )
    words += [f"--include={','.join(flavour.apt.packages)}", flavour.suite, str(part), *sources]
    run(bench, words, more={"SOURCE_DATE_EPOCH": "0"})
    _as_locked(part, locked)
    part.rename(kept)
    return kept


def runs_foreign(architecture: str) -> None:
    """See that this machine runs programs of the device's architecture.

    Raises:
        ImageError: It does not; with what makes it so.
    """
    machine = {"arm64": "aarch64"}.get(architecture, architecture)
    if os.uname().machine == machine:
        return
    entry = _FOREIGN / f"qemu-{machine}"
    if not (entry.is_file() and entry.read_text(encoding="ascii").startswith("enabled")):
        raise ImageError(
            f"this machine does not run {architecture} programs ({entry} is not there or not enabled): as root "
            f"`apt-get install qemu-user-static binfmt-support`, `mount binfmt_misc -t binfmt_misc {_FOREIGN}`, "
            f"`update-binfmts --enable qemu-{machine}`; or build where a cached root is (~/.cache/door-terminal/roots)"
        )


def installed(root: Path) -> dict[str, str]:
    """Every Debian package of a root with its version."""
    with tarfile.open(root, "r:") as base:
        for member in base:
            content = base.extractfile(member) if member.name.endswith("/var/lib/dpkg/status") else None
            if content is not None:
                stanzas = content.read().decode().split("\n\n")
                fields = [dict(_WORDS.findall(stanza)) for stanza in stanzas]
                return {
                    one["Package"]: one["Version"] for one in fields if one.get("Status", "").endswith(" installed")
                }
    raise ImageError(f"{root} is no root of Debian: remove it from the cache, and build again")


def _as_locked(root: Path, locked: Mapping[str, str]) -> None:
    """See that a root has the locked versions and nothing else."""
    if not locked:
        return
    there = installed(root)
    faults = [f"{name} {there[name]} is not in the lock" for name in sorted(there.keys() - locked.keys())]
    faults += [
        f"{name} is {there[name]} and not {locked[name]}"
        for name in sorted(there.keys() & locked.keys())
        if there[name] != locked[name]
    ]
    if faults:
        raise ImageError(f"the root is not what the lock says: {'; '.join(faults)}", tuple(faults))
