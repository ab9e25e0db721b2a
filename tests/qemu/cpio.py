"""Reading a file out of an initrd ("newc")."""

from __future__ import annotations

_HEADER, _SIZE, _NAME = 110, 6, 11


def content(archive: bytes, name: str) -> bytes:
    """Return the bytes of a file of an archive.

    Raises:
        KeyError: It has no such file.
    """
    at = 0
    while archive[at : at + 6] == b"070701":
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        found = archive[at + _HEADER : at + _HEADER + fields[_NAME] - 1].decode()
        begins = _padded(at + _HEADER + fields[_NAME])
        if found == name:
            return archive[begins : begins + fields[_SIZE]]
        at = _padded(begins + fields[_SIZE])
    raise KeyError(name)


def _padded(at: int) -> int:
    return -(-at // 4) * 4
