"""Writes a ``Manifest`` as TOML, the same bytes for the same manifest."""

import json
from collections.abc import Iterator, Mapping

import msgspec

from edge.vision.manifest import Manifest


def to_toml(manifest: Manifest) -> bytes:
    """The text of ``manifest.toml``; nothing that is empty or absent is written."""
    content = msgspec.to_builtins(manifest)
    tables = {key: value for key, value in content.items() if isinstance(value, dict | list)}
    lines = list(_table({key: value for key, value in content.items() if key not in tables}))
    for key, value in tables.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *_table(value, key)]
        else:
            for row in value:
                lines += ["", f"[[{key}]]", *_table(row, key)]
    return ("\n".join(lines) + "\n").encode()


def _table(content: Mapping[str, object], name: str = "") -> Iterator[str]:
    """The lines of a table, then its tables."""
    inner = {key: value for key, value in content.items() if isinstance(value, dict)}
    yield from (_pair(key, value) for key, value in content.items() if key not in inner and value is not None)
    for key, value in inner.items():
        yield from ("", f"[{name}.{key}]", *_table(value, f"{name}.{key}"))


def _pair(key: str, value: object) -> str:
    """One line; TOML's strings, numbers and flat arrays are written as JSON's."""
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{key} = {text}"
