"""The configuration file: TOML to settings and back; every fault is reported at once, with key and line."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import msgspec

from edge.config.contradictions import contradictions
from edge.config.settings import Config
from edge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


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
    config = _section(Config, tables, "", faults)
    broken = {fault.partition(":")[0].partition(".")[0] for fault in faults}
    faults += [fault for sections, fault in contradictions(config) if not broken & sections]
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


def _section(kind: type[T], table: dict[str, Any], prefix: str, faults: list[str]) -> T:
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Any] = {}
    for key, value in table.items():
        path = f"{prefix}{key}"
        if key not in hints:
            known = ", ".join(sorted(hints))
            faults.append(f"{path}: unknown key; known here: {known}")
        elif dataclasses.is_dataclass(hints[key]) and isinstance(value, dict):
            found[key] = _section(hints[key], value, f"{path}.", faults)
        else:
            try:
                found[key] = msgspec.convert(value, hints[key])
            except msgspec.ValidationError as error:
                faults.append(f"{path}: {error}")
    return kind(**found)


def _where(text: str, name: str, path: str) -> str:
    """Return file and line of a key, else of the table it belongs to, else the file alone."""
    places: dict[str, int] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        header, setting = re.match(r"\s*\[+([^\[\]]+)\]", line), re.match(r"([^=#\[]+)=", line)
        section = _plain(header.group(1)) if header else section
        here = f"{section}.{_plain(setting.group(1))}".removeprefix(".") if setting else section
        if header or setting:
            places.setdefault(here, number)
    while path and path not in places:
        path = path.rpartition(".")[0]
    return f"{name}:{places[path]}:" if path else f"{name}:"


def _plain(key: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in key.split("."))


def dump(config: Config) -> str:
    """Return the configuration as TOML text that `parse` reads back to an equal value."""
    tables: dict[str, Any] = msgspec.to_builtins(config)
    lines = [f"{key} = {toml(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {toml(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


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
