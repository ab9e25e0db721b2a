"""Whether a store's write-ahead log was damaged: SQLite itself drops all that follows a damaged frame, without a word.

The file's form and its checksums are SQLite's ("WAL-mode File Format"). After a power cut the end of the last, never
acknowledged transaction may be missing or garbled; that is no damage. Two transactions that ended after the first bad
frame are: the earlier of them was acknowledged, and would be lost.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_HEADER, _FRAME = 32, 24
_MAGIC = 0x377F0682


def fault(store: Path) -> str:
    """Return what is wrong with a store's log; "" when nothing is, or there is none."""
    try:
        data = store.with_name(f"{store.name}-wal").read_bytes()
    except FileNotFoundError:
        return ""
    return _fault(data)


def _fault(data: bytes) -> str:
    if len(data) <= _HEADER:
        return ""
    magic, _, page, _, *salts = struct.unpack_from(">6I", data)
    order = ">" if magic & 1 else "<"
    sound = magic & ~1 == _MAGIC and 512 <= page <= 65536
    first = struct.unpack_from(">2I", data, 24)
    if not sound or _sum(data[:24], order, (0, 0)) != first:
        return "the head of its log is not as written, and the changes in it are lost" if _written(data) else ""
    return _frames(data, page, order, tuple(salts), first)


def _frames(data: bytes, page: int, order: str, salts: tuple[int, ...], check: tuple[int, int]) -> str:
    broken, ended = 0, 0
    for number, place in enumerate(range(_HEADER, len(data) - page - _FRAME + 1, page + _FRAME), 1):
        _, size, *found = struct.unpack_from(">6I", data, place)
        if not broken:
            check = _sum(data[place : place + 8], order, check)
            check = _sum(data[place + _FRAME : place + _FRAME + page], order, check)
            if tuple(found[:2]) != salts or tuple(found[2:]) != check:
                broken = number
        ended += bool(broken and size and tuple(found[:2]) == salts)
    return f"frame {broken} of its log is not as written, and the changes after it are lost" if ended >= 2 else ""


def _written(data: bytes) -> bool:
    """Whether a log with a bad head has frames: a head is made lasting before the first transaction ends."""
    return len(data) > 4096 and any(data[_HEADER:4096])


def _sum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second
