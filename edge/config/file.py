"""The configuration file: TOML to settings and back; every fault is reported at once, with key and line."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections import Counter
from datetime import date
from types import UnionType
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
    faults: list[str] = []
    config = configured(read(text, name), faults)
    fail(text, name, faults)
    return config


def configured(tables: dict[str, Any], faults: list[str]) -> Config:
    """Return the configuration that tables describe; what is wrong with them is added to `faults`."""
    found: list[str] = []
    config: Config = section(Config, tables, "", found)
    broken = {place for fault in found for place in _broken(fault.partition(":")[0])}
    found += [fault for places, fault in contradictions(config) if not broken & places]
    try:
        zone_of(config.rules.time_zone)
    except ConfigError as error:
        found.append(str(error))
    faults += found
    return config


def read(text: str, name: str) -> dict[str, Any]:
    """Return the tables of a TOML text; what its numbers and its depth do to the reader is a fault of the text.

    Raises:
        ConfigError: The text is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(_no_toml(text, name, str(error))) from error


def _no_toml(text: str, name: str, reason: str) -> str:
    """Return why a text is no TOML; what stands there twice by its key, where the reader tells the line alone."""
    found = re.match(r"Cannot (?:overwrite a value|declare .* twice) \(at line (\d+)", reason)
    line = text.split("\n")[int(found.group(1)) - 1] if found else ""
    key = re.match(r"[^=#]+(?==)|\s*\[[^]]+\]", line)
    if found and key:
        return (
            f"{name}:{found.group(1)}: not valid TOML: {key.group().strip()} stands there twice; take one of them out"
        )
    return f"{name}: not valid TOML: {reason}"


def fail(text: str, name: str, faults: list[str]) -> None:
    """Report faults of a TOML text, each of which begins with its key, at their lines; nothing where there is none.

    Raises:
        ConfigError: There are some.
    """
    if faults:
        placed = tuple(f"{_where(text, name, fault.partition(':')[0])} {fault}" for fault in faults)
        lines = "\n".join(f"  {fault}" for fault in placed)
        raise ConfigError(f"{name}: {len(faults)} fault(s):\n{lines}", placed)


def section(kind: type[Any], table: dict[str, Any], prefix: str, faults: list[str]) -> Any:  # noqa: ANN401 - a `kind`
    """Return the dataclass that a table describes; None where something is missing that has no default.

    Args:
        kind: The dataclass.
        table: The table, as `read` returns it.
        prefix: What stands before each of its keys in a fault, "network." or "".
        faults: What is wrong with it is added here, each fault beginning with its key.
    """
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if key not in hints:
            known = ", ".join(sorted(hints))
            faults.append(f"{path}: unknown key; known here: {known}")
        elif (inner := single(hints[key])) and isinstance(value, dict):
            found[key] = section(inner, value, f"{path}.", faults)
        elif (one := _repeated(hints[key])) and isinstance(value, list):
            found[key] = _sections(one, value, path, faults)
        else:
            try:
                found[key] = msgspec.convert(value, hints[key])
            except msgspec.ValidationError as error:
                faults.append(f"{path}: {_plainly(str(error))}")
    needed = {one.name for one in dataclasses.fields(kind) if one.default is one.default_factory is dataclasses.MISSING}
    faults += [f"{prefix}{key}: is missing" for key in hints if key in needed - table.keys()]
    return kind(**found) if needed <= found.keys() else None


def _plainly(reason: str) -> str:
    """Return why a value is none of its kind, where the reader's words would teach nobody."""
    if "with a timezone component" in reason:
        return "is a time without a zone; write one, as 2026-11-29T12:00:00Z or 2026-11-29T13:00:00+01:00"
    return reason.replace("Expected `datetime`", "Expected a time, as 2026-11-29T12:00:00Z")


def single(hint: Any) -> type[Any] | None:  # noqa: ANN401 - any type of a setting
    """Return the dataclass that a setting is, or may be."""
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return next((kind for kind in kinds if dataclasses.is_dataclass(kind) and isinstance(kind, type)), None)


def _repeated(hint: Any) -> type[Any] | None:  # noqa: ANN401 - any type of a setting
    """Return the dataclass of which a setting holds several."""
    kind: type[Any] | None = get_args(hint)[0] if get_origin(hint) is tuple else None
    return kind if dataclasses.is_dataclass(kind) else None


def _sections(kind: type[Any], tables: list[Any], path: str, faults: list[str]) -> tuple[Any, ...]:
    """Return the dataclasses that an array of tables describes; those that something is missing of are left out."""
    found: list[Any] = []
    for number, table in enumerate(tables, start=1):
        if isinstance(table, dict):
            found.append(section(kind, table, f"{path}[{number}].", faults))
        else:
            faults.append(f"{path}[{number}]: Expected a table, got {toml(table)}")
    return tuple(one for one in found if one is not None)


def _broken(key: str) -> set[str]:
    """Return the section of a faulty key, and its setting there; every setting where it may have meant any."""
    first, _, rest = key.partition(".")
    kind = get_type_hints(Config).get(first)
    names = {one.name for one in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    name = re.split(r"[.\[]", rest)[0]
    return {first, *(f"{first}.{one}" for one in (names & {name} or names))}


def _where(text: str, name: str, path: str) -> str:
    """Return file and line of a key, else of the table it belongs to, else the file alone."""
    text = re.sub(r"(\'\'\'|\"\"\").*?\1", lambda found: "\n" * found.group().count("\n"), text, flags=re.DOTALL)
    places: dict[str, int] = {}
    counts: Counter[str] = Counter()
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header, setting = re.match(r"\s*(\[+)([^\[\]]+)\]", line), re.match(r"([^=#\[]+)=", line)
        if header:
            table = _plain(header.group(2))
            places.setdefault(table, number)
            if header.group(1) == "[[":
                counts[table] += 1
                table = f"{table}[{counts[table]}]"
        here = f"{table}.{_plain(setting.group(1))}".removeprefix(".") if setting else table
        if header or setting:
            places.setdefault(here, number)
    while path and path not in places:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return f"{name}:{places[path]}:" if path else f"{name}:"


def _plain(key: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in key.split("."))


def dump(config: Config) -> str:
    """Return the configuration as TOML text that `parse` reads back to an equal value."""
    return written(msgspec.to_builtins(config))


def written(tables: dict[str, Any]) -> str:
    """Return tables as TOML text that `read` reads back to the same."""
    return "\n".join(_lines(tables, "")) + "\n"


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
    if isinstance(value, date):
        return value.isoformat()  # of a time, too: the one is a kind of the other
    if dataclasses.is_dataclass(value):
        return toml(msgspec.to_builtins(value))
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")  # JSON leaves DEL as it is
