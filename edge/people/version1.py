"""Rows of the store's first version, which kept everything in plain under a checksum: read once, to be sealed. Pure."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

PEOPLE = """SELECT key, id, handle, name, member_of, valid_from, valid_until, created, checksum
    FROM person ORDER BY key"""
TEMPLATES = """SELECT person.key, handle, template.space, embedder, sha256, preprocessing, vector, source,
    template.created, template.checksum
    FROM person JOIN template ON template.person = person.key JOIN space ON space.key = template.space
    ORDER BY template.key"""


def intact_person(row: Sequence[Any]) -> bool:
    """Whether a row of `PEOPLE` is as it was written."""
    return bool(row[-1] == _checksum(*row[1:-1]))


def intact_template(row: Sequence[Any]) -> bool:
    """Whether a row of `TEMPLATES` is as it was written."""
    _, handle, _, *space, blob, source, created, check = row
    return bool(check == _checksum(handle, *space, source, created, blob=blob))


def groups(text: str) -> tuple[str, ...]:
    """Return the groups of a row."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def _checksum(*values: object, blob: bytes = b"") -> int:
    return zlib.crc32(blob, zlib.crc32(msgspec.msgpack.encode(values)))
