"""The configuration file: TOML to settings and back; every fault is reported at once, with key and line."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from edge.config.contradictions import contradictions
from edge.config.settings import Config
from edge.config.zone import zone_of
from edge.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: The file cannot be read, is not TOML, or has faults; all of them are in the message.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as a text file: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Config:
    """Turn TOML text into a configuration; `name` is what its faults are reported under.

    Raises:
        ConfigError: The text is not TOML, or has faults; all of them are in the message.
    """
    tables = read(text, name)
    faults: list[str] = []
    config: Config = _section(Config, tables, "", faults)
    broken = {place for fault in faults for place in _broken(fault.partition(":")[0])}
    faults += [fault for places, fault in contradictions(config) if not broken & places]
    try:
        zone_of(config.rules.time_zone)
    except ConfigError as error:
        faults.append(str(error))
    fail(text, name, faults)
    return config


def read(text: str, name: str) -> dict[str, Any]:
    """Return the tables of a TOML text; what its numbers and its depth do to the reader is a fault of the text.

    Raises:
        ConfigError: The text is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from error


def fail(text: str, name: str, faults: list[str]) -> None:
    """Report faults of a TOML text, each of which begins with its key, at their lines; nothing where there is none.

    Raises:
        ConfigError: There are some.
    """
    if faults:
        placed = tuple(f"{_where(text, name, fault.partition(':')[0])} {fault}" for fault in faults)
        lines = "\n".join(f"  {fault}" for fault in placed)
        raise ConfigError(f"{name}: {len(faults)} fault(s):\n{lines}", placed)


def _section(kind: type[Any], table: dict[str, Any], prefix: str, faults: list[str]) -> Any:  # noqa: ANN401 - a `kind`
    """Return the dataclass that a table describes; None where something is missing that has no default."""
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if key not in hints:
            known = ", ".join(sorted(hints))
            faults.append(f"{path}: unknown key; known here: {known}")
        elif dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            found[key] = _section(hints[key], value, f"{path}.", faults)
        elif (one := _repeated(hints[key])) and isinstance(value, list):
            found[key] = _sections(one, value, path, faults)
        else:
            try:
                found[key] = msgspec.convert(value, hints[key])
            except msgspec.ValidationError as error:
                faults.append(f"{path}: {error}")
    needed = {one.name for one in dataclasses.fields(kind) if one.default is one.default_factory is dataclasses.MISSING}
    faults += [f"{prefix}{key}: is missing" for key in hints if key in needed - table.keys()]
    return kind(**found) if needed <= found.keys() else None


def _repeated(hint: Any) -> type[Any] | None:  # noqa: ANN401 - any type of a setting
    """Return the dataclass of which a setting holds several."""
    kind: type[Any] | None = get_args(hint)[0] if get_origin(hint) is tuple else None
    return kind if dataclasses.is_dataclass(kind) else None


def _sections(kind: type[Any], tables: list[Any], path: str, faults: list[str]) -> tuple[Any, ...]:
    """Return the dataclasses that an array of tables describes; those that something is missing of are left out."""
    found: list[Any] = []
    for number, table in enumerate(tables, start=1):
        if isinstance(table, dict):
            found.append(_section(kind, table, f"{path}[{number}].", faults))
        else:
            faults.append(f"{path}[{number}]: Expected a table, got {toml(table)}")
    return tuple(one for one in found if one is not None)


def _broken(key: str) -> set[str]:
    """Return the section of a faulty key, and its setting there; every setting where it may have meant any."""
    section, _, rest = key.partition(".")
    kind = get_type_hints(Config).get(section)
    names = {one.name for one in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    name = re.split(r"[.\[]", rest)[0]
    return {section, *(f"{section}.{one}" for one in (names & {name} or names))}


def _where(text: str, name: str, path: str) -> str:
    """Return file and line of a key, else of the table it belongs to, else the file alone."""
    places: dict[str, int] = {}
    counts: Counter[str] = Counter()
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header, setting = re.match(r"\s*(\[+)([^\[\]]+)\]", line), re.match(r"([^=#\[]+)=", line)
        if header:
            section = _plain(header.group(2))
            places.setdefault(section, number)
            if header.group(1) == "[[":
                counts[section] += 1
                section = f"{section}[{counts[section]}]"
        here = f"{section}.{_plain(setting.group(1))}".removeprefix(".") if setting else section
        if header or setting:
            places.setdefault(here, number)
    while path and path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return f"{name}:{places[path]}:" if path else f"{name}:"


def _plain(key: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in key.split("."))


def dump(config: Config) -> str:
    """Return the configuration as TOML text that `parse` reads back to an equal value."""
    return "\n".join(_lines(msgspec.to_builtins(config), "")) + "\n"


def _lines(table: dict[str, Any], prefix: str) -> Iterator[str]:
    """Yield the lines of a table: what it holds itself, then the tables in it, each under its header."""
    inner = {key: value for key, value in table.items() if isinstance(value, dict) or _tables(value)}
    yield from (f"{key} = {toml(value)}" for key, value in table.items() if key not in inner)
    for key, value in inner.items():
        header = f"[{prefix}{key}]" if isinstance(value, dict) else f"[[{prefix}{key}]]"
        for one in [value] if isinstance(value, dict) else value:
            yield from ("", header, *_lines(one, f"{prefix}{key}."))


def _tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, dict) for one in value)


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, float):
        return repr(value)
    if dataclasses.is_dataclass(value):
        return toml(msgspec.to_builtins(value))
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")  # JSON leaves DEL as it is
