"""Where the partitions of a card lie. Pure arithmetic: 1 the boot partition, 2 and 3 the root slots, 4 the data."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from image.build.flavour import Sizes

SECTOR = 512
MIB = 1024 * 1024
START_MIB = 4
"""The first partition starts here: room for what a board's first loader needs, and on an erase block of a card."""
TAIL_MIB = 1
"""GPT keeps its second copy at the end."""

_NAMESPACE = uuid.UUID("6d3f0c9e-6a8b-5a57-9d2c-3f0d6c1f5b11")
_TYPES = {
    "BOOT": "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",  # Microsoft basic data: what every laptop opens
    "root-a": "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",  # Linux root, 64-bit ARM
    "root-b": "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
    "data": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",  # Linux
}


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition; start and size in bytes."""

    number: int
    name: str
    start: int
    size: int

    @property
    def identity(self) -> str:
        """Its PARTUUID: the same on every card of every build, so that what is written down about it stays true."""
        return str(uuid.uuid5(_NAMESPACE, self.name))


def table(sizes: Sizes) -> tuple[Partition, ...]:
    """The four partitions, one after the other."""
    asked = (("BOOT", sizes.boot_mib), ("root-a", sizes.slot_mib), ("root-b", sizes.slot_mib), ("data", sizes.data_mib))
    start, found = START_MIB, []
    for number, (name, size) in enumerate(asked, 1):
        found.append(Partition(number, name, start * MIB, size * MIB))
        start += size
    return tuple(found)


def size(partitions: tuple[Partition, ...]) -> int:
    """Bytes of a card that has these partitions, exactly."""
    last = partitions[-1]
    return last.start + last.size + TAIL_MIB * MIB


def script(partitions: tuple[Partition, ...]) -> str:
    """The table in sfdisk's words, with nothing left to chance."""
    lines = ["label: gpt", f"label-id: {uuid.uuid5(_NAMESPACE, 'card')}", f"first-lba: {START_MIB * MIB // SECTOR}"]
    lines += [
        f"start={one.start // SECTOR}, size={one.size // SECTOR}, type={_TYPES[one.name]}, "
        f'uuid={one.identity}, name="{one.name}"'
        for one in partitions
    ]
    return "\n".join(lines) + "\n"
