"""The data partition reaches to the end of its card; cut off anywhere, the card has a whole table, and it goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from image import grow
from image.build import partitions
from image.build.flavour import Sizes
from image.build.running import SEARCHED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = Sizes(boot_mib=1, slot_mib=1, data_mib=4)
TABLE = partitions.table(SIZES)
DATA = TABLE[-1].number
CARD_MIB = 60
STATE = bytes(range(256)) * 2048

needs_sfdisk = pytest.mark.skipif(not shutil.which("sfdisk", path=SEARCHED), reason="apt-get install fdisk")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card, larger than the image that was written to it; the state of the slots lies behind its table."""
    path = tmp_path / "card"
    with path.open("wb") as file:
        file.truncate(partitions.size(TABLE))
        file.seek(1 << 20)
        file.write(STATE)
    subprocess.run(["/sbin/sfdisk", "-q", path], input=partitions.script(TABLE).encode(), check=True)
    with path.open("r+b") as file:
        file.truncate(CARD_MIB << 20)
    return path


@contextmanager
def opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR)
    yield file
    os.close(file)


def writes(path: Path, sectors: int = CARD_MIB << 11) -> tuple[list[grow.Write], int]:
    with opened(path) as file:
        return grow.grown(file, sectors, DATA)


def put(path: Path, what: list[grow.Write]) -> None:
    with opened(path) as file:
        for at, content in what:
            os.pwrite(file, content, at * grow.SECTOR)


def seen(path: Path) -> grow.Table:
    """The table as a kernel sees it, which looks at the first copy alone."""
    with opened(path) as file:
        table = grow.read(file)
    assert table is not None
    return table


def as_sfdisk(path: Path) -> dict[str, tuple[int, int]]:
    done = subprocess.run(["/sbin/sfdisk", "-J", path], check=True, capture_output=True, text=True)
    assert "corrupt" not in done.stderr
    assert "not at the end" not in done.stderr
    return {one["name"]: (one["start"], one["size"]) for one in json.loads(done.stdout)["partitiontable"]["partitions"]}


@needs_sfdisk
def test_the_data_partition_reaches_to_the_end_and_the_others_stay(card: Path) -> None:
    before = as_sfdisk_of_the_image(card)
    what, size = writes(card)
    put(card, what)
    after = as_sfdisk(card)
    assert {name: place for name, place in after.items() if name != "data"} == before
    start, length = after["data"]
    assert length == size
    assert CARD_MIB - 2 <= (start + length) / 2048 < CARD_MIB
    assert card.read_bytes()[1 << 20 :][: len(STATE)] == STATE


@needs_sfdisk
def test_what_is_grown_stays_as_it_is(card: Path) -> None:
    what, size = writes(card)
    put(card, what)
    assert writes(card) == ([], size)


@needs_sfdisk
def test_a_card_no_larger_than_the_image_is_left_alone(card: Path) -> None:
    assert writes(card, partitions.size(TABLE) // grow.SECTOR)[0] == []


@needs_sfdisk
def test_cut_off_after_any_sector_the_table_is_whole_and_growing_ends_in_the_same_bytes(card: Path) -> None:
    fresh, ends = edges(card), {seen(card).entry(DATA)[3]}
    what, _ = writes(card)
    put(card, what)
    done = edges(card)
    ends.add(seen(card).entry(DATA)[3])
    single = [(at + n, part) for at, content in what for n, part in enumerate(sectors(content))]
    assert len(single) == 3 * (seen(card).sectors + 1)
    for cut in range(len(single)):
        put(card, fresh)
        put(card, single[:cut])
        assert seen(card).entry(DATA)[3] in ends, cut
        assert seen(card).entry(1)[2] == TABLE[0].start // grow.SECTOR
        put(card, writes(card)[0])
        assert edges(card) == done, cut


@needs_sfdisk
def test_sectors_of_one_write_may_arrive_in_any_order(card: Path) -> None:
    fresh = edges(card)
    what, _ = writes(card)
    for number, (at, content) in enumerate(what):
        for kept in (slice(None, None, 2), slice(1, None, 2)):
            put(card, fresh)
            put(card, what[:number])
            put(card, [(at + n, part) for n, part in list(enumerate(sectors(content)))[kept]])
            seen(card)


@needs_sfdisk
def test_a_partition_behind_it_and_a_table_that_is_not_whole_are_refused(card: Path) -> None:
    with opened(card) as file:
        with pytest.raises(grow.GrowError, match="not the card's last"):
            grow.grown(file, CARD_MIB << 11, 1)
        os.pwrite(file, b"\xa5", grow.ENTRIES * grow.SECTOR)
        with pytest.raises(grow.GrowError, match="not whole"):
            grow.grown(file, CARD_MIB << 11, DATA)


def test_the_data_partition_is_the_one_beside_root_a(tmp_path: Path) -> None:
    block = tmp_path / "block"
    block.mkdir()
    for disk, names in (("stick", ["data"]), ("card", ["BOOT", "root-a", "root-b", "data"])):
        for number, name in enumerate(names, 1):
            folder = tmp_path / "devices" / disk / f"{disk}{number}"
            folder.mkdir(parents=True)
            (folder / "uevent").write_text(f"PARTN={number}\nPARTNAME={name}\n")
            (block / folder.name).symlink_to(folder)
    found = grow.data_partition(block)
    assert found is not None
    assert found.name == "card4"
    assert grow.data_partition(tmp_path) is None


def as_sfdisk_of_the_image(card: Path) -> dict[str, tuple[int, int]]:
    return {one.name: (one.start // 512, one.size // 512) for one in TABLE if one.name != "data" and card.exists()}


def sectors(content: bytes) -> list[bytes]:
    return [content[n : n + grow.SECTOR] for n in range(0, len(content), grow.SECTOR)]


def edges(card: Path) -> list[grow.Write]:
    """What a table takes of a card, less where entries lie for a moment."""
    with opened(card) as file:
        places = [(0, grow.SPARE), ((CARD_MIB << 11) - 64, 64)]
        return [(at, os.pread(file, count * grow.SECTOR, at * grow.SECTOR)) for at, count in places]
