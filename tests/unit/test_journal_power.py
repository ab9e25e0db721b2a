"""The power is cut between any two operations of the journal's writer and signer: nothing acknowledged is lost (S7)."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.disk import Disk
from edge.journal.checking import Examination, Examined
from edge.journal.file import JournalFile
from edge.journal.log import read
from edge.journal.reading import opened
from edge.journal.segments import Bounds
from edge.journal.signature_file import SignatureFile
from edge.journal.signatures import signatures_of
from edge.journal.signing import Signer, sign
from edge.journal.vouching import vouched
from edge.values import Occasion
from tests.power import CuttableDisk, State
from tests.unit.journal_builders import OURS, event

if TYPE_CHECKING:
    from pathlib import Path

BOUNDS = Bounds(keep_bytes=3000, keep_events=1000, segment_bytes=700, segment_events=1000)
SIGNER = Signer(OURS.sign, OURS.check, BOUNDS)


class Site:
    """A journal whose power may be cut, and what its writer and its signer were told to last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "live"
        self.after = folder / "after"
        self.folder.mkdir()
        self.active = self.folder / "journal.jsonl"
        self.written = -1
        self.signed = 0
        self.cuts = 0
        self.seen: set[object] = set()

    def cut(self, disk: CuttableDisk) -> None:
        for state in disk.states():
            self.cuts += 1
            known = frozenset(state.items()), self.written, self.signed
            if known not in self.seen:
                self.comes_back(state)
            self.seen.add(known)

    def comes_back(self, state: State) -> None:
        """The power is back: whatever was acknowledged is there, the chain goes on, and nothing looks tampered with."""
        shutil.rmtree(self.after, ignore_errors=True)
        self.after.mkdir()
        for name, data in state.items():
            (self.after / name).write_bytes(data)
        active = self.after / "journal.jsonl"
        with closing(JournalFile(active, Disk(), BOUNDS)) as file:
            file.append([event(9999)])
        numbers = [int(one.at) for one in read(active) if one.occasion is Occasion.REFUSED]
        assert numbers.pop() == 9999
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else self.written == -1
        assert self.written == -1 or numbers[-1] >= self.written
        examined = verified(active)
        assert examined.findings == ()
        assert examined.proven >= self.signed


def verified(active: Path) -> Examined:
    path = signatures_of(active)
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    vouching = vouched(path.name, lines, OURS.check)
    examination = Examination(vouching.claims)
    with opened(active) as files:
        examination.examine([(file.name, file.lines()) for file in files])
    return examination.result(vouching)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def story(site: Site, disk: CuttableDisk, numbers: range, *, signs: bool = True) -> None:
    """Write events one by one, in files that are closed and deleted meanwhile, and sign now and then."""
    with closing(JournalFile(site.active, disk, BOUNDS)) as file:
        for number in numbers:
            file.append([event(number)])
            site.written = number
            if signs and number % 3 == 0:
                made = sign(site.active, file.head, SIGNER, 2e9 + number, disk)
                site.signed = made.head.number


def test_s7_whenever_the_power_is_cut_nothing_acknowledged_is_lost_and_nothing_seems_tampered_with(site: Site) -> None:
    disk = CuttableDisk(site.folder, site.cut)
    story(site, disk, range(24))
    site.cut(disk)
    assert disk.operations > 100
    assert site.cuts > 300
    assert verified(site.active).first > 1  # files were closed, signed and deleted


@pytest.mark.long
def test_s7_the_same_while_nobody_signs_and_twice_as_much_piles_up(site: Site) -> None:
    disk = CuttableDisk(site.folder, site.cut)
    story(site, disk, range(36), signs=False)
    site.cut(disk)
    assert "lines had to go before they were signed: nobody signed for too long" in verified(site.active).remarks


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"####\n####", id="lines and a torn one"),
        pytest.param(b'{"hash":"12', marks=pytest.mark.long, id="a torn line"),
        pytest.param(b"#########\n", marks=pytest.mark.long, id="a line"),
        pytest.param(b"\0" * 100, marks=pytest.mark.long, id="zeros"),
    ],
)
def test_s7_the_same_while_damage_is_mended(site: Site, damage: bytes) -> None:
    story(site, CuttableDisk(site.folder, lambda _: None), range(7))
    with site.active.open("ab") as file:
        file.write(damage)

    def cut(disk: CuttableDisk) -> None:
        site.cut(disk)
        whole = damage[: damage.rfind(b"\n") + 1]  # what is more than one torn line is kept, whatever happens
        assert all(any(whole in data for data in state.values()) for state in disk.states())

    disk = CuttableDisk(site.folder, cut)
    story(site, disk, range(7, 10))
    site.cut(disk)
    assert site.cuts > 20


def test_s7_the_same_while_the_signatures_are_thinned(site: Site) -> None:
    story(site, CuttableDisk(site.folder, lambda _: None), range(12))
    disk = CuttableDisk(site.folder, site.cut)
    with SignatureFile(site.active, disk, OURS.check) as file:
        before = file.newest
        file.thin({one.line for one in [before] if one}, 1, 3e9, OURS.sign, long=0)
        assert file.newest == before
    site.cut(disk)
    assert site.cuts > 5


def test_a_disk_that_forgets_everything_that_was_not_synced_is_what_the_others_are_tested_on(tmp_path: Path) -> None:
    seen: list[State] = []
    disk = CuttableDisk(tmp_path, lambda one: seen.extend(one.states()))
    descriptor = disk.open(tmp_path / "a", 0o102)  # O_RDWR | O_CREAT
    disk.write(descriptor, b"12")
    assert [*disk.states()] == [{}, {}, {}, {"a": b""}, {"a": b"1"}, {"a": b"12"}]
    disk.sync(descriptor)
    disk.sync_folder(tmp_path)
    assert {"a": b"12"} in disk.states()
    disk.write(descriptor, b"34")
    disk.rename(tmp_path / "a", tmp_path / "b")
    assert [*disk.states()] == [
        {"a": b"12"},
        {"a": b"123"},
        {"a": b"1234"},
        {"b": b"12"},
        {"b": b"123"},
        {"b": b"1234"},
    ]
    disk.remove(tmp_path / "b")
    assert {} in disk.states()
