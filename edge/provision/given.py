"""What is given for one file by name, as `KEY=VALUE` or in a column, put in its place among the tables. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from edge.config.file import single
from edge.config.settings import Config
from edge.provision.tables import Document

_BETWEEN = re.compile(r"[\s,;]+")


def there(tables: Mapping[str, Any], key: str) -> bool:
    """Whether tables say something of a key, as "board" or "network.ssid"."""
    found: Any = tables
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True


def place(tables: dict[str, Any], key: str, text: str) -> str:
    """Put a value where its key says; returns what is wrong with it, beginning with the key, or nothing.

    A key that is unknown takes any text: `built` names it.

    Args:
        tables: Are changed.
        key: As "board", "network.ssid" or "door.contact.line".
        text: As people write it where the key is text; several of them with spaces, commas or semicolons between;
            anything else as TOML writes it: true, 8883, ["a", "b"].
    """
    *way, name = key.split(".")
    table = tables
    for part in way:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            return f"{key}: {part} is no table in the template"
    hint = _hint(key)
    if hint is None or _is_text(hint):
        table[name] = text
    elif _is_texts(hint) and not text.lstrip().startswith("["):
        table[name] = [one for one in _BETWEEN.split(text) if one]
    else:
        try:
            table[name] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return f'{key}: must be as TOML writes it, as true, 12, "text" or [1, 2]; {text!r} is not'
    return ""


@cache
def _hint(key: str) -> Any:  # noqa: ANN401 - any type of a setting
    """Return the type of a key; None where there is no such key."""
    kind: type[Any] | None = None
    hints = get_type_hints(Config, include_extras=True) | get_type_hints(Document, include_extras=True)
    found: Any = None
    for part in key.split("."):
        if part not in hints:
            return None
        found = hints[part]
        kind = single(found)
        hints = get_type_hints(kind, include_extras=True) if kind else {}
    return found


def _is_text(hint: Any) -> bool:  # noqa: ANN401 - any type of a setting
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Annotated:
        return _is_text(inner[0])
    if kind is Literal:
        return all(isinstance(one, str) for one in inner)
    if kind in {Union, UnionType}:
        return any(map(_is_text, inner))
    return hint is str


def _is_texts(hint: Any) -> bool:  # noqa: ANN401 - any type of a setting
    kind, inner = get_origin(hint), get_args(hint)
    return _is_texts(inner[0]) if kind is Annotated else kind is tuple and _is_text(inner[0])
