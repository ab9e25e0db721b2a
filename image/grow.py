"""The data partition as large as the card: an image is as small as it can be, and a card is what somebody bought.

The device runs this at its first start (`edge-grow.service`), beside the door; it needs nothing but Python. The root is
mounted meanwhile from the very table that is changed, so at every moment the kernel, and a boot loader, find a whole
one: what a table says counts by one sector, its header, and a sector is written whole or not at all. The copy at the
card's end is written first; then entries where nothing is yet; then the header that names them; then the entries'
usual place; then the header that names that. Whatever cut this off, it begins again at the next start.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
HEADER, ENTRIES, SPARE = 1, 2, 64
"""Sectors of the table's header, of its entries, and of entries for a moment, where nothing else is."""

ALIGNED = 2048
"""A partition ends on a mebibyte."""

WORTH = 32 * 2048
"""Sectors below which growing is not worth a write."""

_HEAD = struct.Struct("<8sIIIIQQQQ16sQIII")
_ENTRY = struct.Struct("<16s16sQQQ72s")
_SIGNATURE = b"EFI PART"

Write = tuple[int, bytes]
"""A sector's number, and what is written from there on."""


class GrowError(Exception):
    """The card is not as it should be; nothing was written."""


@dataclass(frozen=True, slots=True)
class Table:
    """A GPT.

    Attributes:
        first: The first sector that a partition may have.
        disk: The card's identity.
        entries: Every entry, as it lies on the card.
        size: Bytes of an entry.
    """

    first: int
    disk: bytes
    entries: bytes
    size: int

    @property
    def count(self) -> int:
        """How many entries there are, most of them empty."""
        return len(self.entries) // self.size

    @property
    def sectors(self) -> int:
        """Sectors of the entries."""
        return -(-len(self.entries) // SECTOR)

    def entry(self, number: int) -> tuple[bytes, bytes, int, int, int, bytes]:
        """The kind, identity, first and last sector, flags and name of a partition, from 1 on."""
        if not 0 < number <= self.count:
            raise GrowError(f"the card's table has no partition {number}")
        said: tuple[bytes, bytes, int, int, int, bytes] = _ENTRY.unpack_from(self.entries, (number - 1) * self.size)
        return said

    def last(self, card: int) -> int:
        """The last sector that a partition may have, on a card of so many sectors."""
        return card - 2 - self.sectors

    def header(self, card: int, *, at: int, other: int, entries: int) -> bytes:
        """The sector that names the entries at a place, and the other copy of itself."""
        found = zlib.crc32(self.entries)
        said = [_SIGNATURE, 0x10000, _HEAD.size, 0, 0, at, other, self.first, self.last(card), self.disk]
        said += [entries, self.count, self.size, found]
        said[3] = zlib.crc32(_HEAD.pack(*said))
        return _HEAD.pack(*said).ljust(SECTOR, b"\0")


def read(card: int, at: int = HEADER) -> Table | None:
    """Read a table by its header, as the kernel does; None where it is not whole.

    Args:
        card: The card, open.
        at: The header's sector.
    """
    header = os.pread(card, SECTOR, at * SECTOR)
    if len(header) < SECTOR or header[:8] != _SIGNATURE:
        return None
    said = list(_HEAD.unpack_from(header))
    crc, said[3] = said[3], 0
    if zlib.crc32(_HEAD.pack(*said)) != crc or said[5] != at:
        return None
    first, place, count, size, whole = said[7], *said[10:14]
    if size != _ENTRY.size or count > 4 * SECTOR:
        return None
    entries = os.pread(card, count * size, place * SECTOR)
    return Table(first, said[9], entries, size) if zlib.crc32(entries) == whole else None


def longer(table: Table, number: int, end: int) -> Table:
    """The table with its last partition up to a sector.

    Args:
        table: What is there.
        number: The partition's, from 1 on, as the kernel has it.
        end: Its last sector from now on.

    Raises:
        GrowError: It is not there, or another one lies behind it.
    """
    kind, identity, start, before, flags, name = table.entry(number)
    behind = [n for n in range(1, table.count + 1) if n != number and table.entry(n)[3] > start]
    if not start or behind or before > end:
        raise GrowError(f"partition {number} is not the card's last one, and does not grow")
    made = bytearray(table.entries)
    _ENTRY.pack_into(made, (number - 1) * table.size, kind, identity, start, end, flags, name)
    return Table(table.first, table.disk, bytes(made), table.size)


def grown(card: int, disk: int, number: int) -> tuple[list[Write], int]:
    """What has to be written, in this order and each waited for, so that a partition reaches to the end of its card.

    Args:
        card: The card, open.
        disk: Its sectors.
        number: The last partition's.

    Returns:
        The writes, none where nothing is to be done; and the partition's size in sectors afterwards.

    Raises:
        GrowError: The table cannot be read, or the partition is not its last.
    """
    table = read(card)
    if table is None:
        raise GrowError("the card's table is not whole at its beginning: it is left as it is")
    start, before = table.entry(number)[2:4]
    end = (table.last(disk) + 1) // ALIGNED * ALIGNED - 1
    usual = _HEAD.unpack(os.pread(card, _HEAD.size, HEADER * SECTOR))[10] == ENTRIES
    if usual and end - before < WORTH:
        return [], before + 1 - start
    table = longer(table, number, max(end, before))
    copy = disk - 1
    main = {"at": HEADER, "other": copy}
    writes = [
        (copy - table.sectors, table.entries),
        (copy, table.header(disk, at=copy, other=HEADER, entries=copy - table.sectors)),
        (SPARE, table.entries),
        (HEADER, table.header(disk, **main, entries=SPARE)),
        (ENTRIES, table.entries),
        (HEADER, table.header(disk, **main, entries=ENTRIES)),
    ]
    # Cut off between the two headers, the entries' usual place may be half written, and the others are in force.
    return (writes if usual else writes[:2] + writes[4:]), max(end, before) + 1 - start


def _said(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text(encoding="ascii").splitlines() if "=" in line)


def data_partition(block: Path) -> Path | None:
    """The data partition beside `root-a`, in /sys/class/block; None where there is none."""
    named = {}
    for path in sorted(block.glob("*/uevent")):
        name = _said(path).get("PARTNAME")
        if name in {"root-a", "data"}:
            named[name, path.parent.resolve().parent] = path.parent
    disks = {disk for name, disk in named if name == "root-a"}
    return next((folder for (name, disk), folder in named.items() if name == "data" and disk in disks), None)


def run(*words: str) -> None:
    """Run one of the device's programs."""
    subprocess.run(words, check=True)  # noqa: S603 - words of this file


def main() -> int:
    """Grow the table, tell the kernel, grow the file system; say in one line what came of it."""
    folder = data_partition(Path("/sys/class/block"))
    if folder is None:
        sys.stdout.write("there is no data partition beside root-a: nothing grows\n")
        return 0
    disk = folder.resolve().parent
    number = int((folder / "partition").read_text(encoding="ascii"))
    sectors = int((disk / "size").read_text(encoding="ascii"))
    device, whole = Path("/dev", folder.name), Path("/dev", disk.name)
    card = os.open(whole, os.O_RDWR | os.O_CLOEXEC)
    try:
        writes, size = grown(card, sectors, number)
        for at, content in writes:
            os.pwrite(card, content, at * SECTOR)
            os.fsync(card)
    except GrowError as error:
        sys.stderr.write(f"{whole}: {error}\n")
        return 1
    finally:
        os.close(card)
    if int((folder / "size").read_text(encoding="ascii")) < size:
        run("resizepart", str(whole), str(number), str(size))
    run("resize2fs", str(device))  # it says itself where nothing is to be done
    sys.stdout.write(f"{device}: {size * SECTOR // (1024 * 1024)} MiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
