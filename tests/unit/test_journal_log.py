"""The journal's writer: what it acknowledged lasts, and nothing it meets holds up the door."""

from __future__ import annotations

import os
import resource
import threading
import time
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from edge.errors import JournalError
from edge.journal import chain
from edge.journal.events import Event
from edge.journal.log import Journal, lines, read
from edge.values import Occasion, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

SOON_S = 10.0


def event(number: int) -> Event:
    return Event(occasion=Occasion.REFUSED, at=float(number), wall=1e9 + number, reason=Reason.UNKNOWN)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def written(path: Path, count: int) -> None:
    journal = Journal(path)
    for number in range(count):
        journal.write(event(number))
    assert journal.flush(SOON_S)
    journal.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "journal.jsonl"


@pytest.fixture
def full_disk() -> Iterator[Callable[[int], None]]:
    """Let no file of this process grow beyond some bytes, as the kernel does with a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_s7_what_was_flushed_is_on_the_disk_in_order_and_the_chain_is_whole(path: Path) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        os.fsync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    journal = Journal(path, sync=sync)
    for number in range(50):
        journal.write(event(number))
    assert journal.flush(SOON_S)
    assert synced[-1] == path.stat().st_size
    assert list(read(path)) == [event(number) for number in range(50)]
    assert chain.verify(lines(path))[1] is None
    journal.close()


def test_a_restart_continues_the_chain(path: Path) -> None:
    written(path, 3)
    written(path, 2)
    head, fault = chain.verify(lines(path))
    assert (head.number, fault) == (5, None)


def test_closing_writes_what_waits(path: Path) -> None:
    journal = Journal(path)
    for number in range(100):
        journal.write(event(number))
    journal.close()
    journal.close()
    assert len(list(read(path))) == 100


def test_s7_a_torn_last_line_is_cut_off_and_said(path: Path) -> None:
    written(path, 3)
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines(keepends=True)[0][:40])
    assert len(list(read(path))) == 3
    written(path, 1)
    recovered = list(read(path))[3]
    assert path.read_bytes().startswith(whole)
    assert recovered.occasion is Occasion.JOURNAL_RECOVERED
    assert recovered.sentence == "a torn last line of 40 bytes was cut off"
    assert (recovered.at, recovered.wall) == (0.0, 1e9)
    assert chain.verify(lines(path))[1] is None


def test_damaged_lines_at_the_end_are_kept_aside_and_the_chain_goes_on_from_the_last_sound_one(path: Path) -> None:
    written(path, 4)
    *sound, third, fourth = path.read_bytes().splitlines(keepends=True)
    damaged = third[:-10] + b"#########\n" + fourth[:-10] + b"#########\n"
    path.write_bytes(b"".join(sound) + damaged)
    written(path, 1)
    written(path, 1)
    assert path.with_name("journal.jsonl.damaged-1").read_bytes() == damaged
    assert path.read_bytes().startswith(b"".join(sound))
    _, _, recovered, *others = read(path)
    assert recovered.occasion is Occasion.JOURNAL_RECOVERED
    assert "journal.jsonl.damaged-1" in recovered.sentence
    assert len(others) == 2
    assert chain.verify(lines(path)) == (chain.Head(5, chain.unlink(list(lines(path))[-1])[1].digest), None)


def test_a_file_without_a_sound_line_is_kept_aside_as_a_whole(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"hello\n" * 300_000)
    written(path, 1)
    assert path.with_name("journal.jsonl.damaged-1").read_bytes() == b"hello\n" * 300_000
    assert [event.occasion for event in read(path)] == [Occasion.JOURNAL_RECOVERED, Occasion.REFUSED]


def test_a_full_disk_is_said_and_mended_when_space_returns(path: Path, full_disk: Callable[[int], None]) -> None:
    journal = Journal(path)
    journal.write(event(0))
    assert journal.flush(SOON_S)
    assert journal.healthy
    full_disk(path.stat().st_size + 60)
    journal.write(event(1))
    until(lambda: not journal.healthy)
    assert "File too large" in journal.fault
    assert not journal.flush(0.0)
    assert len(path.read_bytes().splitlines()) == 1
    full_disk(1 << 30)
    assert journal.flush(SOON_S)
    assert journal.healthy
    journal.close()
    assert list(read(path)) == [event(0), event(1)]


def held(path: Path, capacity: int) -> tuple[Journal, threading.Event]:
    """Return a journal whose disk has stopped answering in the middle of an event, until the event is set."""
    answers, asked = threading.Event(), threading.Event()

    def sync(descriptor: int) -> None:
        asked.set()
        answers.wait(SOON_S)
        os.fsync(descriptor)

    journal = Journal(path, capacity=capacity, sync=sync)
    journal.write(event(0))
    assert asked.wait(SOON_S)
    return journal, answers


def test_s10_a_disk_that_does_not_answer_holds_up_nobody_and_losses_are_counted(path: Path) -> None:
    journal, answers = held(path, capacity=4)
    begin = time.monotonic()
    for number in range(1, 10):
        journal.write(event(number))
    assert time.monotonic() - begin < 1.0
    assert not journal.healthy
    assert "4 events wait" in journal.fault
    answers.set()
    assert journal.flush(SOON_S)
    journal.write(event(99))
    journal.close()
    kept = list(read(path))
    assert [e.at for e in kept if e.occasion is Occasion.REFUSED] == [0.0, 1.0, 2.0, 3.0, 99.0]
    assert sum(e.lost for e in kept) == 6


def test_s7_a_sync_that_fails_is_not_acknowledged_and_is_done_again(path: Path) -> None:
    failures = [OSError(5, "Input/output error")]

    def sync(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        os.fsync(descriptor)

    journal = Journal(path, sync=sync)
    journal.write(event(0))
    until(lambda: not failures)
    assert journal.flush(SOON_S)
    journal.close()
    assert list(read(path)) == [event(0)]


def test_a_journal_that_was_moved_away_is_begun_anew_and_loses_nothing(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    journal.write(event(0))
    assert journal.flush(SOON_S)
    path.rename(tmp_path / "away")
    journal.write(event(1))
    assert journal.flush(SOON_S)
    journal.close()
    assert list(read(tmp_path / "away")) == [event(0)]
    assert list(read(path)) == [event(1)]


def test_two_processes_cannot_write_one_journal(path: Path) -> None:
    first = Journal(path)
    until(lambda: first.healthy)
    second = Journal(path)
    until(lambda: "another process" in second.fault)
    second.close()
    first.write(event(0))
    first.close()
    assert list(read(path)) == [event(0)]


def test_a_folder_that_cannot_be_made_is_a_fault_and_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file" / "journal.jsonl")
    until(lambda: "File exists" in journal.fault)
    assert not journal.healthy
    journal.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace(b"unknown", b"granted", 1), "line 1: its hash"),
        (lambda text: text + b"hello\n", "line 4: this is not a line"),
        (lambda text: b"\xff\xfe\x00\n" + text, "line 1: this is not a line"),
    ],
)
def test_a_changed_journal_is_not_read_on(path: Path, change: Callable[[bytes], bytes], words: str) -> None:
    written(path, 3)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(JournalError, match=words):
        list(read(path))


def test_a_missing_journal_is_one_clear_sentence(tmp_path: Path) -> None:
    expected: AbstractContextManager[object] = pytest.raises(JournalError, match="cannot be read: No such file")
    with expected:
        list(read(tmp_path / "none"))


def test_s7_an_event_that_cannot_be_written_down_is_counted_and_stops_nothing(path: Path) -> None:
    journal = Journal(path)
    journal.write(event(1))
    journal.write(replace(event(2), sentence="\udcff is no text"))
    journal.write(replace(event(3), track=10**5000))
    assert journal.flush(SOON_S)
    journal.write(event(4))
    assert journal.flush(SOON_S)
    assert journal.healthy
    journal.close()
    assert [(one.at, one.lost) for one in read(path) if not one.lost] == [(1.0, 0), (4.0, 0)]
    assert sum(one.lost for one in read(path)) == 2


def test_s7_a_fault_that_nobody_thought_of_is_tried_again_and_ends_no_thread(path: Path) -> None:
    failures: list[Exception] = [ZeroDivisionError("anything")]

    def sync(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        os.fsync(descriptor)

    journal = Journal(path, sync=sync)
    journal.write(event(1))
    assert journal.flush(SOON_S)
    journal.close()
    assert [one.at for one in read(path)] == [1.0]
