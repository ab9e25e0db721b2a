"""A journal that is followed while it is written, closed and mended."""

from __future__ import annotations

import os
from pathlib import Path, PosixPath

import pytest

from edge.errors import JournalError
from edge.journal.segments import closed_path
from edge.journal.tail import Tail
from tests.unit.journal_builders import chained, event

LINES, _ = chained([event(number) for number in range(9)])


def numbers(tail: Tail) -> list[float]:
    return [one.at for one in tail.news()]


def write(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.writelines(lines)


def test_what_was_there_is_passed_over_and_what_comes_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, *LINES[:2])
    tail = Tail(path)
    assert numbers(tail) == []
    write(path, *LINES[2:4])
    assert numbers(tail) == [2.0, 3.0]
    assert numbers(tail) == []
    tail.close()


def test_a_journal_that_is_begun_later_is_read_from_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    tail = Tail(path)
    assert numbers(tail) == []
    write(path, LINES[0])
    assert numbers(tail) == [0.0]
    tail.close()


def test_a_line_that_is_still_being_written_comes_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, LINES[0], LINES[1][:20])
    tail = Tail(path)
    assert numbers(tail) == []
    write(path, LINES[1][20:])
    assert numbers(tail) == [1.0]
    tail.close()


def test_a_torn_line_that_is_taken_away_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, LINES[0], LINES[1][:20])
    tail = Tail(path)
    os.truncate(path, len(LINES[0]))
    assert numbers(tail) == []
    write(path, LINES[1])
    assert numbers(tail) == [1.0]
    tail.close()


def test_nothing_is_lost_when_the_file_is_closed_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, LINES[0])
    tail = Tail(path)
    write(path, LINES[1])
    path.rename(closed_path(path, 1))
    write(path, LINES[2])
    assert numbers(tail) == [1.0, 2.0]
    write(path, LINES[3])
    assert numbers(tail) == [3.0]
    tail.close()


class Sly(PosixPath):
    """A journal that goes on between two looks at it: when it is asked which file it is, it was just closed."""

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        if LINES[2] not in Path(self).read_bytes() and not closed_path(Path(self), 1).exists():
            write(Path(self), LINES[1])
            Path(self).rename(closed_path(Path(self), 1))
            write(Path(self), LINES[2])
        return super().stat(follow_symlinks=follow_symlinks)


def test_what_was_written_right_before_the_file_was_closed_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    write(path, LINES[0])
    tail = Tail(Sly(path))
    assert numbers(tail) == [1.0, 2.0]
    tail.close()


def test_a_line_of_no_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    tail = Tail(path)
    write(path, b"hello\n")
    with pytest.raises(JournalError, match=r"journal\.jsonl"):
        tail.news()
    tail.close()


def test_one_that_may_not_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(JournalError, match="run as root"):
        Tail(tmp_path / "journal.jsonl")
