"""What lies between the partition table and the first partition: which slot starts, and what each is believed by. Pure.

`image/initrd/boot-slots` reads and writes it on the device, and says what the sectors hold.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTOR = 512
STATE = (1 << 20, 2 << 20)
"""Where both copies of the state are, in bytes from the start of the card; a new card has none: both slots are good."""

FACTS = {"root-a": 3 << 20, "root-b": (3 << 20) + (64 << 10)}
"""Where the facts of each slot are, in bytes from the start of the card."""

BLOCK = 4096
_CRC = 4


def facts(roothash: str, salt: str, offset: int, version: str) -> dict[str, str]:
    """What a slot's content is believed by.

    Args:
        roothash: Of the hash tree, in hex.
        salt: Of the hash tree, in hex.
        offset: Bytes before the hash tree.
        version: What the image calls itself.
    """
    return {"roothash": roothash, "salt": salt, "blocks": str(offset // BLOCK), "version": version}


def sector(lines: Mapping[str, str]) -> bytes:
    """The 512 bytes that say it.

    Raises:
        ValueError: It is more than a sector holds, or cannot be said in it.
    """
    text = b"".join(f"{key}={value}".encode("ascii") + b"\0" for key, value in lines.items())
    if len(text) > SECTOR - _CRC or b"\n" in text:
        raise ValueError(f"{len(text)} bytes do not go into a sector, or have a line end in them")
    body = text.ljust(SECTOR - _CRC, b"\0")
    return zlib.crc32(body).to_bytes(_CRC, "little") + body


def read(raw: bytes) -> dict[str, str]:
    """Read a sector back; empty where it is not whole."""
    if len(raw) != SECTOR or zlib.crc32(raw[_CRC:]).to_bytes(_CRC, "little") != raw[:_CRC]:
        return {}
    lines = raw[_CRC:].rstrip(b"\0").decode("ascii", "replace").split("\0")
    return {key: value for key, found, value in (line.partition("=") for line in lines) if found}


def salt(superblock: bytes) -> str:
    """The salt in hex, of the 512 bytes at the start of a hash tree.

    Raises:
        ValueError: It is no hash tree as veritysetup makes it.
    """
    if superblock[:8] != b"verity\0\0":
        raise ValueError("this is no hash tree of dm-verity")
    length = int.from_bytes(superblock[80:82], "little")
    return superblock[88 : 88 + length].hex()
