"""Files of the boot partition: what a flavour declares, found in packages and in this repository, checked whole.

A source is `PACKAGE: /glob` (out of that package), `image/…` (files of ours, ` + ` puts several into one), or
`made: WHAT` (what the build made). A name that ends with a stroke is a folder of all that the glob fits; any other is
one file.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from image.build.errors import ImageError
from image.build.running import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from image.build.flavour import Flavour
    from image.build.running import Bench

MADE = ("kernel", "initrd", "boot.scr", "cmdline")
"""What a build makes itself: the first kernel, the first file system, U-Boot's script, the kernel's command line."""

_OF_PACKAGE = re.compile(r"([a-z0-9][a-z0-9+.-]+): (/\S+)")
_NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]*(/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*/?")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of `[boot.files]`, and where it comes from: a package's glob, files of ours, or what the build made."""

    name: str
    said: str
    package: str = ""
    glob: str = ""
    own: tuple[str, ...] = ()
    made: str = ""

    @property
    def folder(self) -> bool:
        """Whether it is a folder of all that fits."""
        return self.name.endswith("/")


def read(flavour: Flavour) -> tuple[Entry, ...]:
    """Read what a flavour declares.

    Raises:
        ImageError: With every entry that says nothing of the kind above.
    """
    entries, faults = [], []
    for name, said in flavour.boot.files:
        of_package, own = _OF_PACKAGE.fullmatch(said), tuple(said.split(" + "))
        if said.startswith("made: ") and said[6:] in MADE:
            entries.append(Entry(name, said, made=said[6:]))
        elif of_package and of_package[1] != "made":
            entries.append(Entry(name, said, package=of_package[1], glob=of_package[2]))
        elif all(one.startswith("image/") for one in own):
            entries.append(Entry(name, said, own=own))
        else:
            faults.append(f'{name} ← {said}: a source is "PACKAGE: /glob", "image/…", or "made: {" | ".join(MADE)}"')
        if not _NAME.fullmatch(name):
            faults.append(f"{name} ← {said}: this is no name on the boot partition")
        if name.endswith("/") and not of_package:
            faults.append(f"{name} ← {said}: a folder is filled out of a package")
    _refused(flavour, faults)
    return tuple(entries)


def packages(flavour: Flavour) -> tuple[str, ...]:
    """The packages that its boot files are taken from."""
    return tuple(sorted({entry.package for entry in read(flavour) if entry.package}))


def collect(
    bench: Bench, flavour: Flavour, project: Path, debs: Mapping[str, Path], made: Mapping[str, Path]
) -> dict[str, Path]:
    """Find every file that a flavour declares.

    Args:
        bench: Where the build works.
        flavour: Whose boot files.
        project: This repository.
        debs: The packages they are taken from, by the names that the flavour says.
        made: What the build made, by the names of `MADE`.

    Returns:
        Path on the boot partition to file here.

    Raises:
        ImageError: With everything that is missing, there twice, or not a file; with what was found instead.
    """
    entries, faults = read(flavour), list[str]()
    found = [(entry.name, entry.said, made[entry.made]) for entry in entries if entry.made]
    found += [(entry.name, entry.said, _joined(bench, project, entry)) for entry in entries if entry.own]
    for package in packages(flavour):
        its = [entry for entry in entries if entry.package == package]
        found += _taken(bench, debs[package], its, faults)
    faults += [f"{name} ← {said}: this is no name for FAT" for name, said, _ in found if not _NAME.fullmatch(name)]
    _refused(flavour, [*faults, *clashes([(name, said) for name, said, _ in found])])
    files = {name: path for name, _, path in found}
    there = {*files, *(f"{above}/" for name in files for above in PurePosixPath(name).parents)}
    missing = [one for one in flavour.boot.expected if one not in there]
    if missing:
        raise ImageError(
            f"{flavour.name}: boot.expected names {', '.join(missing)}, and no boot file is called so: "
            f"{', '.join(sorted(files))}",
            tuple(missing),
        )
    return files


def clashes(names: Sequence[tuple[str, str]]) -> list[str]:
    """What FAT cannot keep apart, for it knows no case.

    Args:
        names: Each file's path on the partition, and its source.

    Returns:
        A fault for each.
    """
    files, folders = defaultdict[str, list[str]](list), defaultdict[str, set[str]](set)
    for name, said in names:
        files[name.casefold()].append(f"{name} ← {said}")
        for above in PurePosixPath(name).parents:
            folders[str(above).casefold()].add(f"{above}/")
    faults = [f"one name on FAT: {'; '.join(sorted(same))}" for same in files.values() if len(same) > 1]
    faults += [f"one folder on FAT: {', '.join(sorted(same))}" for same in folders.values() if len(same) > 1]
    faults += [f"{files[one][0]}: this is a folder, too" for one in sorted(files.keys() & folders.keys())]
    return faults


def _joined(bench: Bench, project: Path, entry: Entry) -> Path:
    """One file of several of ours, the first one first."""
    target = bench.work / "boot-files" / "own" / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"\n".join((project / one).read_bytes() for one in entry.own))
    return target


def _taken(bench: Bench, deb: Path, entries: Sequence[Entry], faults: list[str]) -> list[tuple[str, str, Path]]:
    """Take the files of one package, each a copy: the package itself is large, and gone afterwards."""
    whole, kept = bench.work / "boot-files" / "whole", bench.work / "boot-files" / deb.stem
    whole.mkdir(parents=True)
    run(bench, ["dpkg-deb", "-x", deb, whole])
    there = {f"/{path.relative_to(whole).as_posix()}": path for path in whole.rglob("*") if not _is_folder(path)}
    found = []
    for entry in entries:
        fitting = sorted(path for path in there if PurePosixPath(path).match(entry.glob))
        fault = _fault(entry, fitting, there, deb.name)
        if fault:
            faults.append(fault)
            continue
        for path in fitting:
            copied = kept / path[1:]
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(there[path], copied)
            found.append((f"{entry.name}{copied.name}" if entry.folder else entry.name, entry.said, copied))
    shutil.rmtree(whole)
    return found


def _fault(entry: Entry, fitting: Sequence[str], there: Mapping[str, Path], deb: str) -> str:
    """Why what fits is not what was asked for; empty where it is."""
    links = [path for path in fitting if there[path].is_symlink()]
    if links:
        return f"{entry.name} ← {entry.said}: in {deb} {_listed(links)} is a link, and FAT has none"
    if not fitting:
        last = PurePosixPath(entry.glob).name
        alike = sorted(path for path in there if PurePosixPath(path).match(last))
        instead = f"; elsewhere in it there is {_listed(alike)}" if alike else ""
        return f"{entry.name} ← {entry.said}: it fits none of the {len(there)} files of {deb}{instead}"
    if len(fitting) > 1 and not entry.folder:
        return f"{entry.name} ← {entry.said}: it fits {len(fitting)} files of {deb}: {_listed(fitting)}"
    return ""


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{', '.join(paths[:_SHOWN])}{more}"


def _refused(flavour: Flavour, faults: Iterable[str]) -> None:
    told = tuple(f"{flavour.name}: boot.files: {fault}" for fault in faults)
    if told:
        raise ImageError("; ".join(told), told)
