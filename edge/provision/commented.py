"""A provisioning file as people read it: each key under its meaning, settings at their default left out. Pure."""

from __future__ import annotations

import dataclasses
import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import msgspec

from edge.config import Config
from edge.config.file import toml, written
from edge.provision import tables
from edge.provision.document import TABLES, builtins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.provision.tables import Document

_HEAD = """\
#:schema ./terminal.schema.json
# What makes a card this door's. `edge provision schema > terminal.schema.json` helps an editor with it, `edge provision
# check` finds its faults, and `edge provision sign` signs it: after each change, or no terminal takes it.
"""
_KINDS: dict[str, type[Any]] = {
    "terminal": tables.Terminal,
    "network": tables.Network,
    "admin": tables.Admin,
    "head_office": tables.HeadOffice,
    "mqtt": tables.Mqtt,
    "update_root": tables.UpdateRoot,
    "limits": tables.SignedLimits,
    "sealed": tables.Sealed,
}


def commented(document: Document) -> str:
    """Return a document as TOML text with comments, which `parse` reads back to an equal value."""
    plain = builtins(document)
    config = _changed({key: plain[key] for key in plain if key not in TABLES}, msgspec.to_builtins(Config()))
    lines = [_HEAD]
    lines += [f"{key} = {toml(value)}\n" for key, value in config.items() if not _is_table(value)]
    for name in TABLES:
        if name in plain:
            lines.append("\n".join(_table(name, plain[name])) + "\n")
    return "\n".join(lines) + written({key: value for key, value in config.items() if _is_table(value)}).rstrip() + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict))


def _table(name: str, values: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a table; a key without a value is shown as a comment."""
    yield f"[{name}]"
    for field in dataclasses.fields(_KINDS[name]):
        value = values[field.name]
        yield from wrap(_words(_KINDS[name], field.name), 118, initial_indent="# ", subsequent_indent="# ")
        yield ("# " if value in ("", (), [], None) else "") + f"{field.name} = {_text(value)}"


def _text(value: object) -> str:
    """Return a value as TOML writes it; text of several lines as such, so that people can read it."""
    if isinstance(value, str) and "\n" in value and "'''" not in value and re.fullmatch(r"[\n\t -~]*", value):
        return f"'''\n{value}'''"
    return toml(value)


def _changed(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that are not at their default."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        default = defaults.get(key)
        if isinstance(value, dict) and isinstance(default, dict):
            if inner := _changed(value, default):
                found[key] = inner
        elif value != default or key not in defaults:
            found[key] = value
    return found


def _words(kind: type[Any], key: str) -> str:
    found = re.search(rf"^\s+{key}: (.+(?:\n {{12}}\S.*)*)", kind.__doc__ or "", re.MULTILINE)
    return " ".join(found.group(1).split()) if found else key
