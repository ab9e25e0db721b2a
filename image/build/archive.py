"""Debian's archive for another architecture: versions are pinned, and those that are gone are said before a build.

Uses this machine's `apt`, with lists and a cache of its own: nothing here touches what is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from image.build.flavour import Flavour
    from image.build.running import Bench

_KEYS = "/usr/share/keyrings"
_SHOWN = 12
_MINBASE = ("?essential", "?priority(required)", "apt")
"""What mmdebstrap's variant `minbase` takes beside what it is asked for."""

_INSTALLED = re.compile(r"^Inst (\S+) \((\S+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Archive:
    """Apt's own folder for one flavour's sources.

    Attributes:
        bench: Where the build works.
        folder: Lists, cache and configuration of this apt.
    """

    bench: Bench
    folder: Path

    def apt(self, *words: str) -> str:
        """Run one of apt's programs on these sources."""
        return run(self.bench, words, more={"APT_CONFIG": str(self.folder / "apt.conf")})

    def gone(self, locked: Mapping[str, str]) -> tuple[str, ...]:
        """Which locked packages the archive has no longer, each with what it has instead."""
        there: dict[str, list[str]] = {}
        for line in self.apt("apt-cache", "madison", *sorted(locked)).splitlines():
            name, version, *_ = (word.strip() for word in line.split("|"))
            there.setdefault(name, []).append(version)
        return tuple(
            f"{name} {version} (the archive has {', '.join(there.get(name, [])) or 'none'})"
            for name, version in sorted(locked.items())
            if version not in there.get(name, [])
        )

    def sources(self) -> tuple[str, ...]:
        """The lines of its `sources.list`."""
        return tuple((self.folder / "etc/sources.list").read_text(encoding="utf-8").splitlines())

    def candidate(self, name: str, liked: str = "") -> str:
        """The version that apt would take.

        Args:
            name: The package.
            liked: The version that is taken where the archive has it.

        Raises:
            ImageError: The archive has no such package.
        """
        if liked and not self.gone({name: liked}):
            return liked
        told = self.apt("apt-cache", "policy", name)
        found = re.search(r"^  Candidate: (\S+)$", told, re.MULTILINE)
        if found is None or found[1] == "(none)":
            alike = self.alike(name)
            instead = f", but {', '.join(alike)}" if alike else ""
            raise ImageError(f"the archive has no package {name}{instead}: see kernel.packages of the flavour")
        return found[1]

    def alike(self, name: str) -> tuple[str, ...]:
        """Packages of the archive whose names differ in numbers alone, as those of a kernel do."""
        pattern = re.sub(r"\d+", "[0-9]+", re.escape(name))
        told = self.apt("apt-cache", "search", "--names-only", f"^{pattern}$")
        return tuple(sorted(line.split(" ", 1)[0] for line in told.splitlines()))

    def depends(self, name: str, version: str) -> str:
        """What one version of a package needs, as its control file says it."""
        told = self.apt("apt-cache", "show", f"{name}={version}")
        found = re.search(r"^Depends: (.*)$", told, re.MULTILINE)
        return found[1] if found else ""

    def resolved(self, packages: Iterable[str]) -> dict[str, str]:
        """What a root of these packages would consist of, by apt's own word; nothing is downloaded or run.

        Raises:
            ImageError: They cannot be had, or not together.
        """
        words = ["apt-get", "--simulate", "-qq", "install", "--no-install-recommends", *packages, *_MINBASE]
        found = dict(_INSTALLED.findall(self.apt(*words)))
        if not found:
            raise ImageError(f"apt would install nothing for {', '.join(packages)}: see apt.packages of the flavour")
        return found

    def fetch(self, name: str, version: str) -> Path:
        """Download one package into the cache.

        Raises:
            ImageError: It cannot be had.
        """
        kept = self.folder / "debs"
        kept.mkdir(exist_ok=True)
        found = sorted(kept.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not found:
            words = ["env", "-C", str(kept), "apt-get", "download", "-qq", f"{name}={version}"]
            self.apt(*words)
            found = sorted(kept.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not found:
            raise ImageError(f"{name} {version} was downloaded to {kept}, and is not there: is the disk full?")
        return found[0]


def opened(bench: Bench, flavour: Flavour, sources: tuple[str, ...], architecture: str = "") -> Archive:
    """Make apt's folder for these sources, and fetch the lists.

    Args:
        bench: Where the build works.
        flavour: Whose folder it is.
        sources: Apt's sources, with their parameters filled in.
        architecture: Another one than the device's.

    Raises:
        ImageError: The archive does not answer, or is not signed by a key of this machine.
    """
    folder = bench.cache / "apt" / "-".join((flavour.name, *filter(None, [architecture])))
    for part in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "state"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "etc/sources.list").write_text("".join(f"{line}\n" for line in sources), encoding="utf-8")
    settings = {
        "Dir": folder,
        "Dir::State": folder / "state",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc": folder / "etc",
        "Dir::Etc::trustedparts": _KEYS,
        "APT::Architecture": architecture or flavour.architecture,
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    lines = [f'{key} "{value}";\n' for key, value in settings.items()]
    lines.append(f'APT::Architectures {{ "{architecture or flavour.architecture}"; }};\n')
    (folder / "apt.conf").write_text("".join(lines), encoding="utf-8")
    archive = Archive(bench, folder)
    archive.apt("apt-get", "-qq", "update", "--error-on=any")
    return archive


def read_lock(path: Path, how: str = "scripts/image FLAVOUR --relock") -> dict[str, str]:
    """The versions of a lock: one `name=version` a line, `#` begins a remark.

    Args:
        path: The lock.
        how: The command that writes it.

    Raises:
        ImageError: It is missing, or a line is something else.
    """
    if not path.is_file():
        raise ImageError(f"{path} is missing, and without it no version is pinned: {how}")
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    faults = [f"{path}:{n}: not name=version: {line}" for n, line in enumerate(lines, 1) if line and not _pinned(line)]
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
    return dict(line.split("=", 1) for line in lines if line)


def _pinned(line: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9+.-]+=[0-9A-Za-z.+:~-]+", line) is not None


def check(archive: Archive, locked: Mapping[str, str], lock: Path) -> None:
    """See that every locked version can still be had.

    Raises:
        ImageError: With every one that is gone, and what to do.
    """
    gone = archive.gone(locked)
    if gone:
        listed = "; ".join(gone[:_SHOWN]) + (f"; and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else "")
        raise ImageError(
            f"{len(gone)} of {len(locked)} package versions of {lock} are gone from the archive: {listed}. "
            "Take what there is with --relock, and look at the change; or name an archive that keeps old versions",
            gone,
        )


def pins(locked: Mapping[str, str]) -> str:
    """Apt preferences that let no other version in."""
    return "".join(
        f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n\n" for name, version in sorted(locked.items())
    )
