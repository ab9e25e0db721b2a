"""Flavours of the image: what `image/<name>.toml` says, checked whole, every fault at once. Pure but for `read`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LIST, _TEXT, _COUNT, _TABLE = "a list of texts", "a text", "a whole number above 0", "a table of texts"

_WORDS: dict[str, dict[str, str]] = {
    "": {"description": _TEXT, "kind": _TEXT, "architecture": _TEXT, "suite": _TEXT},
    "apt": {"archives": _LIST, "lock": _TEXT, "packages": _LIST},
    "kernel": {"packages": _LIST, "modules": _LIST, "built": _LIST, "cmdline": _LIST, "lock": _TEXT},
    "python": {"version": _TEXT, "platforms": _LIST, "lock": _TEXT, "requirements": _LIST},
    "partitions": {"boot_mib": _COUNT, "slot_mib": _COUNT, "data_mib": _COUNT},
    "root": {"overlays": _LIST, "drop": _LIST, "markers": _LIST},
    "services": {"enable": _LIST, "mask": _LIST},
    "boot": {"files": _TABLE, "expected": _LIST},
    "parameters": {"archive": _TEXT},
}
"""Every table and key, and what it is; `[add]` and `[remove]` repeat the lists of all of them."""

_OPTIONAL = {"parameters.archive", "boot.files", "boot.expected", "kernel.built", "kernel.lock", "root.markers"}


@dataclass(frozen=True, slots=True)
class Apt:
    """Where Debian packages come from, and which; `lock` names the file of every version."""

    archives: tuple[str, ...]
    lock: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Packages with a kernel, globs of the modules that are kept, modules built beside it, and its command line.

    `lock` names the file of every version that the built ones are made of.
    """

    packages: tuple[str, ...]
    modules: tuple[str, ...]
    built: tuple[str, ...]
    cmdline: tuple[str, ...]
    lock: str


@dataclass(frozen=True, slots=True)
class Python:
    """The target's Python, which wheels it takes, the file with their hashes, and what is wanted beside the program."""

    version: str
    platforms: tuple[str, ...]
    lock: str
    requirements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of the partitions, in MiB; of the two root slots each."""

    boot_mib: int
    slot_mib: int
    data_mib: int


@dataclass(frozen=True, slots=True)
class Root:
    """Folders laid over the root, globs of what is left out, and marker files in /usr/lib/door-terminal."""

    overlays: tuple[str, ...]
    drop: tuple[str, ...]
    markers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """Units that start by themselves, and units that cannot be started."""

    enable: tuple[str, ...]
    mask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Boot:
    """Files of the boot partition: where each comes from (a glob), and names that must be there in the end."""

    files: tuple[tuple[str, str], ...]
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flavour:
    """One kind of image.

    Attributes:
        name: The name of its file.
        extends: The flavours it is made of, the nearest first.
        kind: Which machine of `device.toml` it makes: `environment.kind` has what that one needs.
        archive: What the archive parameter is, for a person; empty where the flavour takes none.
    """

    name: str
    extends: tuple[str, ...]
    description: str
    kind: str
    architecture: str
    suite: str
    apt: Apt
    kernel: Kernel
    python: Python
    sizes: Sizes
    root: Root
    services: Services
    boot: Boot
    archive: str


def names(folder: Path) -> tuple[str, ...]:
    """The flavours whose files are in a folder; `device.toml` is something else."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml") if path.stem != "device"))


def read(folder: Path, name: str) -> Flavour:
    """Read a flavour and what it extends.

    Raises:
        ImageError: With every fault, each with its file and key.
    """
    chain: list[tuple[str, Mapping[str, object]]] = []
    following: object = name
    while following is not None:
        if not isinstance(following, str) or following not in names(folder):
            known = ", ".join(names(folder))
            raise ImageError(f"there is no flavour {following!r}: {folder} has {known}")
        if following in (one for one, _ in chain):
            raise ImageError(f"{folder / following}.toml extends itself, by way of {chain[-1][0]}")
        try:
            table = tomllib.loads((folder / f"{following}.toml").read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ImageError(f"{folder / following}.toml is not TOML: {error}") from error
        chain.append((following, table))
        following = table.get("extends")
    return parse(chain)


def parse(chain: Sequence[tuple[str, Mapping[str, object]]]) -> Flavour:
    """Put a flavour together.

    Args:
        chain: Its name and table, then those of what it extends, the farthest last.

    Raises:
        ImageError: With every fault, each with its file and key.
    """
    faults: list[str] = []
    values: dict[str, object] = {}
    for name, table in reversed(chain):
        plain = {key: value for key, value in table.items() if key not in {"extends", *_CHANGES}}
        values |= _flat(name, plain, faults)
        for change, made in _CHANGES.items():
            changed = table.get(change, {})
            if isinstance(changed, dict):
                made(name, changed, values, faults)
            else:
                faults.append(f"{name}.toml: {change} is a table of tables")
    missing = [key for key in _keys() if key not in values and key not in _OPTIONAL]
    faults += [f"{chain[0][0]}.toml: {key} is missing here and in what it extends" for key in missing]
    if faults:
        raise ImageError("; ".join(faults), tuple(faults))
    return _built(chain, values)


def _keys() -> list[str]:
    return [f"{table}.{key}".lstrip(".") for table, keys in _WORDS.items() for key in keys]


def _flat(name: str, table: Mapping[str, object], faults: list[str]) -> dict[str, object]:
    """Every key of a table by its dotted name; what is unknown, or not what it should be, is a fault."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        if key in _WORDS[""]:
            flat[key] = value
        elif key not in _WORDS or not isinstance(value, dict):
            faults.append(f"{name}.toml: {key} is no key or table of a flavour")
        else:
            flat |= {f"{key}.{inner}": one for inner, one in value.items()}
    kinds = {f"{one}.{key}".lstrip("."): kind for one, keys in _WORDS.items() for key, kind in keys.items()}
    for key, value in flat.items():
        if key not in kinds:
            faults.append(f"{name}.toml: {key} is no key of a flavour")
        elif not _is(kinds[key], value):
            faults.append(f"{name}.toml: {key} has to be {kinds[key]}, and is {value!r}")
    return {key: value for key, value in flat.items() if key in kinds and _is(kinds[key], value)}


def _add(name: str, table: Mapping[str, object], values: dict[str, object], faults: list[str]) -> None:
    for key, before, more in _lists(name, "add", table, values, faults):
        faults.extend(f"{name}.toml: add.{key} names {one} again" for one in more if one in before)
        values[key] = [*before, *more]


def _remove(name: str, table: Mapping[str, object], values: dict[str, object], faults: list[str]) -> None:
    for key, before, less in _lists(name, "remove", table, values, faults):
        faults.extend(f"{name}.toml: remove.{key} names {one}, which is not in it" for one in less if one not in before)
        values[key] = [one for one in before if one not in less]


def _lists(
    name: str, change: str, table: Mapping[str, object], values: Mapping[str, object], faults: list[str]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each key of a change with the list that it has and the one that is named; what is no list is a fault."""
    for key, named in _flat(name, table, faults).items():
        before = values.get(key, [])
        if isinstance(named, list) and isinstance(before, list):
            yield key, before, named
        else:
            way = {"add": "added to", "remove": "removed from"}[change]
            faults.append(f"{name}.toml: {change}.{key} is no list, and nothing can be {way} it")


_CHANGES = {"add": _add, "remove": _remove}
"""Tables that change the lists of what is extended."""


def _is(kind: str, value: object) -> bool:
    if kind == _LIST:
        return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    if kind == _TABLE:
        return isinstance(value, dict) and all(isinstance(one, str) and one for one in value.values())
    if kind == _COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, str) and bool(value)


def _built(chain: Sequence[tuple[str, Mapping[str, object]]], values: Mapping[str, object]) -> Flavour:
    def text(key: str) -> str:
        return str(values.get(key, ""))

    def many(key: str) -> tuple[str, ...]:
        value = values.get(key, [])
        return tuple(str(one) for one in value) if isinstance(value, list) else ()

    def count(key: str) -> int:
        return int(str(values[key]))

    files = values.get("boot.files", {})
    return Flavour(
        name=chain[0][0],
        extends=tuple(name for name, _ in chain[1:]),
        description=text("description"),
        kind=text("kind"),
        architecture=text("architecture"),
        suite=text("suite"),
        apt=Apt(many("apt.archives"), text("apt.lock"), many("apt.packages")),
        kernel=Kernel(
            packages=many("kernel.packages"),
            modules=many("kernel.modules"),
            built=many("kernel.built"),
            cmdline=many("kernel.cmdline"),
            lock=text("kernel.lock"),
        ),
        python=Python(
            text("python.version"), many("python.platforms"), text("python.lock"), many("python.requirements")
        ),
        sizes=Sizes(*(count(f"partitions.{key}") for key in ("boot_mib", "slot_mib", "data_mib"))),
        root=Root(*(many(f"root.{key}") for key in ("overlays", "drop", "markers"))),
        services=Services(many("services.enable"), many("services.mask")),
        boot=Boot(tuple(sorted(files.items())) if isinstance(files, dict) else (), many("boot.expected")),
        archive=text("parameters.archive"),
    )
