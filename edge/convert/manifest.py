"""Writes a ``Manifest`` as TOML, the same bytes for the same manifest."""

import json

import msgspec

from edge.vision.manifest import Manifest


def to_toml(manifest: Manifest) -> bytes:
    """The text of ``manifest.toml``; nothing that is empty or absent is written."""
    content = msgspec.to_builtins(manifest)
    plain = {key: value for key, value in content.items() if not isinstance(value, dict | list)}
    lines = [_pair(key, value) for key, value in plain.items() if value is not None]
    for key, value in content.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(_pair(*item) for item in value.items())]
        elif isinstance(value, list):
            for row in value:
                lines += ["", f"[[{key}]]", *(_pair(*item) for item in row.items())]
    return ("\n".join(lines) + "\n").encode()


def _pair(key: str, value: object) -> str:
    """One line; TOML's strings, numbers and flat arrays are written as JSON's."""
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"{key} = {text}"
