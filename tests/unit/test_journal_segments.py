"""The journal's files: closed when they are full, deleted oldest first when there is too much, and always bounded."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import JournalSettings
from edge.disk import Disk
from edge.journal import chain
from edge.journal.file import JournalBusyError, JournalFile
from edge.journal.log import Journal, files, lines, read, record
from edge.journal.reading import opened
from edge.journal.segments import HARD, NONE, Bounds, Segment, closed, surplus
from edge.journal.signing import Signer, sign
from edge.values import Occasion
from tests.unit.journal_builders import OURS, event

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Bounds(keep_bytes=1_000_000, keep_events=40, segment_bytes=1_000_000, segment_events=5)
SIGNER = Signer(OURS.sign, OURS.check, SMALL)


def filled(active: Path, count: int, bounds: Bounds = SMALL, *, signs: bool = False) -> None:
    with closing(JournalFile(active, Disk(), bounds)) as file:
        for number in range(count):
            file.append([event(number)])
            if signs:
                sign(active, file.head, SIGNER, 2e9, Disk())


@pytest.fixture
def active(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_the_default_keeps_a_hundred_thousand_events_with_all_their_evidence() -> None:
    bounds = Bounds.of(JournalSettings())
    kept = bounds.keep_bytes - bounds.segment_bytes, bounds.keep_events - bounds.segment_events
    assert kept[0] >= 100_000 * 600  # measured: 496 bytes of a grant
    assert kept[1] >= 100_000
    assert Bounds.of(JournalSettings()) == Bounds()


@given(st.builds(JournalSettings, max_megabytes=st.integers(1, 1_000_000), max_events=st.integers(1000, 10**9)))
def test_what_goes_at_once_is_a_small_part_of_what_is_kept(settings: JournalSettings) -> None:
    bounds = Bounds.of(settings)
    assert 0 < bounds.segment_bytes <= min(settings.max_megabytes * 1e6 / 32, 4e6)
    assert 0 < bounds.segment_events <= settings.max_events / 32
    assert bounds.keep_bytes + bounds.segment_bytes == settings.max_megabytes * 1e6
    assert bounds.keep_events + bounds.segment_events == settings.max_events


SEGMENTS = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50), st.booleans()), max_size=12)


@given(SEGMENTS, st.integers(1, 200), st.integers(1, 200))
def test_the_oldest_go_first_and_never_more_than_must(
    sizes: list[tuple[int, int, bool]], keep_bytes: int, keep_events: int
) -> None:
    bounds, first, kept = Bounds(keep_bytes, keep_events, 1, 1), 1, list[Segment]()
    for size, count, _ in sizes:
        kept.append(Segment(None, first, size))  # type: ignore[arg-type] # no path: nothing is opened
        first += count
    signed = [one[2] for one in sizes][:-1]
    gone = surplus(kept, first - 1, bounds, signed)
    assert list(gone) == kept[: len(gone)]
    left = kept[len(gone) :]
    size, count = sum(one.size for one in left), first - left[0].first if left else 0
    if gone:
        assert bounds.reached(size, count)
    if len(left) > 1 and bounds.reached(size - left[0].size, first - left[1].first):
        assert not bounds.over(size, count, HARD)
        assert not signed[len(gone)]


def test_a_full_file_is_closed_under_the_number_of_its_first_line_and_the_chain_goes_on(active: Path) -> None:
    filled(active, 12)
    assert [one.path.name for one in closed(active)] == ["journal-000000001.jsonl", "journal-000000006.jsonl"]
    assert [path.name for path in files(active)][-1] == "journal.jsonl"
    head, fault = chain.verify(lines(active))
    assert (head.number, fault) == (12, None)
    assert [one.at for one in read(active)] == [float(number) for number in range(12)]


def test_a_restart_knows_the_first_line_of_the_file_it_goes_on_with(active: Path) -> None:
    for _ in range(4):
        filled(active, 3)
    assert [one.first for one in closed(active)] == [1, 6]
    assert chain.verify(lines(active))[1] is None


def test_what_is_too_much_goes_and_a_line_says_so_before(active: Path) -> None:
    filled(active, 60, signs=True)
    first, *_ = (one for one in read(active) if one.pruned)
    assert first.occasion is Occasion.JOURNAL_PRUNED
    assert first.pruned is not None
    assert first.pruned.signed
    assert first.pruned.line == 5
    assert first.sentence.startswith("lines 1 to 5 are deleted, ")
    count = sum(1 for _ in lines(active))
    assert 35 <= count <= 50


def test_what_nobody_signs_piles_up_to_twice_as_much_and_then_goes_all_the_same(active: Path) -> None:
    filled(active, 150)
    count = sum(1 for _ in lines(active))
    assert 75 <= count <= 90
    (*_, last) = (one for one in read(active) if one.pruned)
    assert last.pruned is not None
    assert not last.pruned.signed
    assert last.sentence.endswith("; their end was not signed")


def test_a_signature_file_that_cannot_be_read_keeps_everything_and_stops_nobody(active: Path) -> None:
    active.with_suffix(".signatures").mkdir()
    filled(active, 150)
    assert sum(1 for _ in lines(active)) == 150


def test_a_file_that_is_in_the_way_is_renamed_and_said(active: Path) -> None:
    (active.parent / "journal-000000001.jsonl").write_bytes(b"in the way\n")
    filled(active, 6)
    assert (active.parent / "journal-000000001.jsonl.replaced-1").read_bytes() == b"in the way\n"
    said = [one.sentence for one in read(active) if one.occasion is Occasion.JOURNAL_RECOVERED]
    assert "journal-000000001.jsonl is damaged at its end" in said
    assert "a file in the way was renamed journal-000000001.jsonl.replaced-1" in said


@pytest.mark.parametrize("operation", ["rename", "open", "sync_folder", "write", "sync", "remove"])
def test_s7_an_operation_that_fails_while_a_file_is_closed_loses_nothing_and_is_made_good(
    active: Path, operation: str
) -> None:
    class Failing(Disk):
        left = 0

        def __getattribute__(self, name: str) -> object:
            if name == operation and object.__getattribute__(self, "left"):
                self.left -= 1
                raise OSError(28, "No space left on device")
            return object.__getattribute__(self, name)

    disk = Failing()
    done, file = list[int](), JournalFile(active, disk, SMALL)
    for number in range(60):
        disk.left = number % 3 == 2
        try:
            file.append([event(number)])
        except OSError:
            file.close()
            disk.left = 0
            file = JournalFile(active, disk, SMALL)
            file.append([event(number)])
        done.append(number)
    file.close()
    assert chain.verify(lines(active))[1] is None
    kept = [int(one.at) for one in read(active) if one.occasion is Occasion.REFUSED]
    assert kept == done[-len(kept) :]


def test_a_program_that_only_adds_an_event_closes_and_deletes_nothing(active: Path) -> None:
    filled(active, 5)
    for number in range(50):
        record(active, event(number))
    assert closed(active) == ()
    assert chain.verify(lines(active))[0].number == 55
    assert NONE.full(10**12, 10**12) is False


def test_two_writers_at_once_lose_nothing_while_files_are_closed(active: Path) -> None:
    with closing(JournalFile(active, Disk(), SMALL)) as file:
        for number in range(12):
            file.append([event(number)])
            with pytest.raises(JournalBusyError):
                JournalFile(active, Disk(), SMALL)
    assert [one.at for one in read(active)] == [float(number) for number in range(12)]


def test_a_closed_file_is_never_written_again_by_whoever_held_it_open(active: Path) -> None:
    filled(active, 5)
    late = os.open(active, os.O_RDWR)
    filled(active, 1)
    before = (active.parent / "journal-000000001.jsonl").read_bytes()
    os.close(late)
    filled(active, 3)
    assert (active.parent / "journal-000000001.jsonl").read_bytes() == before


def test_all_files_are_opened_as_they_are_at_one_moment(active: Path) -> None:
    filled(active, 23)
    with opened(active) as found:
        filled(active, 100)
        numbers = [chain.unlink(line)[1].number for file in found for line in file.lines()]
    assert len(numbers) in range(23, 26)  # whatever the open files were given meanwhile
    assert numbers == list(range(1, len(numbers) + 1))


def test_words_of_every_kind_are_written_and_read_back(active: Path) -> None:
    words = "Zoë \N{PILE OF POO} \u2028 \x00 \x7f \n \r \ufeff \U0010ffff"
    with closing(JournalFile(active, Disk(), SMALL)) as file:
        file.append([event(number, words) for number in range(7)])
        file.append([event(7, words)])
    assert {one.sentence for one in read(active)} == {words}
    assert chain.verify(lines(active))[1] is None


def test_a_clock_that_jumps_backwards_changes_nothing(active: Path) -> None:
    with closing(Journal(active, bounds=SMALL)) as journal:
        for number in range(12):
            journal.write(event(-number))
        assert journal.flush(10.0)
        assert journal.head == chain.verify(lines(active))[0]
    assert [one.at for one in read(active)] == [float(-number) for number in range(12)]
