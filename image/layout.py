"""What a device has of this repository, and where: reads `device.toml`, checked whole, every fault at once.

It needs nothing but Python: `scripts/install` runs it by a device's own, before there is an environment.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KINDS = ("raspberrypi", "jetson", "debian")
"""Machines that a device can be made of."""

TABLE = "device.toml"
_LIST, _TEXT, _FLAG = "a list of texts", "a text", "true or false"
_WORDS = {
    "folders": {"path": _TEXT, "mode": _TEXT, "kinds": _LIST},
    "files": {"from": _TEXT, "to": _TEXT, "names": _LIST, "mode": _TEXT, "kinds": _LIST},
    "units": {"enable": _LIST},
    "data": {"folders": _LIST},
    "kinds": {
        "packages": _LIST,
        "system_site_packages": _FLAG,
        "constraints": _LIST,
        "requirements": _LIST,
        "elsewhere": _LIST,
        "imports": _LIST,
        "config": _TEXT,
        "cmdline": _TEXT,
        "mask": _LIST,
    },
}
"""Every table and key, and what it is."""

_NEEDED = {
    "folders": {"path"},
    "files": {"from", "to", "names"},
    "units": {"enable"},
    "data": {"folders"},
    "kinds": {"packages"},
}


class LayoutError(Exception):
    """The table is wrong; the message names every fault."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is there whatever is in it; root's."""

    path: str
    mode: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the repository, and its place on a device; root's.

    Attributes:
        source: Where it is here.
        path: Where it goes, from / on.
        mode: Its permissions.
        kinds: The machines that have it.
    """

    source: Path
    path: str
    mode: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of machine needs.

    Attributes:
        packages: Of apt.
        system_site_packages: Whether the program sees Python packages of apt.
        constraints: Of pip: what it may not exceed.
        requirements: Of pip, beside what the program itself requires.
        elsewhere: Of pip, built from source, where Python is not the one of apt's packages.
        imports: Modules that have to load in the end.
        config: Lines for config.txt; None for a machine without one.
        cmdline: Words for the kernel; None for a machine that gets none.
        mask: Units that may not start.
    """

    packages: tuple[str, ...]
    system_site_packages: bool
    constraints: tuple[str, ...]
    requirements: tuple[str, ...]
    elsewhere: tuple[str, ...]
    imports: tuple[str, ...]
    config: Path | None
    cmdline: Path | None
    mask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole table.

    Attributes:
        folders: Of every kind; `folders_for` chooses.
        files: Of every kind; `files_for` chooses.
        enable: Units that start by themselves.
        data: Folders with people, journal, keys and configuration.
        kinds: By name.
    """

    folders: tuple[Folder, ...]
    files: tuple[File, ...]
    enable: tuple[str, ...]
    data: tuple[str, ...]
    kinds: Mapping[str, Kind]

    def files_for(self, kind: str) -> tuple[File, ...]:
        """The files of one kind of machine."""
        return tuple(file for file in self.files if kind in file.kinds)

    def folders_for(self, kind: str) -> tuple[Folder, ...]:
        """The folders of one kind of machine."""
        return tuple(folder for folder in self.folders if kind in folder.kinds)


def read(folder: Path) -> Layout:
    """Read the table of a checkout.

    Args:
        folder: Its `image/`.

    Raises:
        LayoutError: With every fault; a file that the table names and that is not there is one.
    """
    path = folder / TABLE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutError(f"{path}: cannot be read: {error}") from error
    faults = [*_unknown(table)]
    if not faults:
        layout = _layout(folder, table)
        faults = [*_missing(layout)]
        if not faults:
            return layout
    raise LayoutError(f"{path}: {'; '.join(faults)}")


def _unknown(table: Mapping[str, object]) -> list[str]:
    """Every key that is unknown, missing, or not what it should be."""
    faults = [f"{name} is no table of it" for name in table.keys() - _WORDS.keys()]
    faults += [f"[{name}] is missing" for name in _WORDS.keys() - table.keys()]
    for name, keys in _WORDS.items():
        for where, entry in _entries(name, table.get(name, {})):
            if not isinstance(entry, dict):
                faults.append(f"{where} is no table")
                continue
            faults += [f"{where}.{key} is no key of it" for key in entry.keys() - keys.keys()]
            faults += [f"{where}.{key} is missing" for key in _NEEDED[name] - entry.keys()]
            faults += [
                f"{where}.{key} has to be {keys[key]}"
                for key, value in entry.items()
                if key in keys and not _is(keys[key], value)
            ]
            mode = entry.get("mode", "0644")
            if isinstance(mode, str) and not (mode.isascii() and mode.isdigit() and set(mode) <= set("01234567")):
                faults.append(f"{where}.mode has to be octal digits, such as 0644")
            said = entry.get("kinds", [])
            faults += [f"{where}.kinds: {kind} is none of {', '.join(KINDS)}" for kind in said if kind not in KINDS]
    kinds = table.get("kinds", {})
    if isinstance(kinds, dict) and set(kinds) != set(KINDS):
        faults.append(f"kinds has to describe {', '.join(KINDS)}")
    return sorted(faults)


def _entries(name: str, value: object) -> list[tuple[str, object]]:
    if name in {"folders", "files"}:
        return [(f"{name}[{at}]", one) for at, one in enumerate(value)] if isinstance(value, list) else [(name, value)]
    if name == "kinds" and isinstance(value, dict):
        return [(f"kinds.{kind}", one) for kind, one in value.items()]
    return [(name, value)]


def _is(word: str, value: object) -> bool:
    if word == _LIST:
        return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    return isinstance(value, bool) if word == _FLAG else isinstance(value, str) and bool(value)


def _layout(folder: Path, table: Mapping[str, Any]) -> Layout:
    files = tuple(
        File(
            folder / entry["from"] / name,
            f"{entry['to']}/{name}",
            int(entry.get("mode", "0644"), 8),
            tuple(entry.get("kinds", KINDS)),
        )
        for entry in table["files"]
        for name in entry["names"]
    )
    folders = tuple(
        Folder(entry["path"], int(entry.get("mode", "0755"), 8), tuple(entry.get("kinds", KINDS)))
        for entry in table["folders"]
    )
    kinds = {name: _kind(folder, entry) for name, entry in table["kinds"].items()}
    return Layout(folders, files, tuple(table["units"]["enable"]), tuple(table["data"]["folders"]), kinds)


def _kind(folder: Path, entry: Mapping[str, Any]) -> Kind:
    lists = {
        key: tuple(entry.get(key, ()))
        for key in ("packages", "constraints", "requirements", "elsewhere", "imports", "mask")
    }
    config, cmdline = (folder / entry[key] if key in entry else None for key in ("config", "cmdline"))
    return Kind(**lists, system_site_packages=entry.get("system_site_packages", False), config=config, cmdline=cmdline)


def _missing(layout: Layout) -> list[str]:
    """What the table names and does not have."""
    named = [file.source for file in layout.files]
    named += [path for kind in layout.kinds.values() for path in (kind.config, kind.cmdline) if path]
    faults = [f"{path} is not there" for path in named if not path.is_file()]
    paths = [file.path for file in layout.files]
    faults += [f"{path} is named twice" for path in sorted({path for path in paths if paths.count(path) > 1})]
    faults += [
        f"{path} is no path from / on" for path in (*paths, *layout.data) if not path.startswith("/") or ".." in path
    ]
    units = {path.rpartition("/")[2] for path in paths}
    return faults + [f"units.enable: {unit} is not among the files" for unit in layout.enable if unit not in units]
