"""An append-only file survives what happens to disks: what costs nothing is mended, all else is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StoreError
from edge.people import lines
from edge.people.lasting import LastingFile
from tests.unit.cut_disk import OUTCOMES, CutDisk, FullDisk, PowerCutError

if TYPE_CHECKING:
    from pathlib import Path

    from edge.disk import Disk
    from tests.unit.cut_disk import Outcome

RECORDS = (b'["first"]', b'["second"]', b'["third"]')


def made(path: Path, *records: bytes) -> bytes:
    """Write a file of these records, and return its bytes."""
    with LastingFile(path, "things") as file, file.locked():
        file.rewrite("of ours", ())
        for record in records:
            file.append(record)
    return path.read_bytes()


def told(path: Path) -> tuple[bytes, ...]:
    with LastingFile(path, "things") as file:
        return file.news()[1]


def test_what_was_appended_is_read_again(tmp_path: Path) -> None:
    made(tmp_path / "f", *RECORDS)
    with LastingFile(tmp_path / "f", "things") as file:
        assert file.news() == (True, RECORDS)
        assert file.about == "of ours"
        assert file.news() == (False, ())


def test_what_another_process_appends_is_told_once(tmp_path: Path) -> None:
    made(tmp_path / "f", RECORDS[0])
    with LastingFile(tmp_path / "f", "things") as mine, LastingFile(tmp_path / "f", "things") as its:
        assert mine.news()[1] == its.news()[1] == RECORDS[:1]
        assert not mine.changed()
        its.append(RECORDS[1])
        assert mine.changed()
        with pytest.raises(StoreError, match="read first"):
            mine.append(RECORDS[2])
        assert mine.news() == (False, RECORDS[1:2])
        mine.append(RECORDS[2])
        assert its.news() == (False, RECORDS[2:])
        its.rewrite("anew", RECORDS[2:])
        assert mine.news() == (True, RECORDS[2:])
        assert mine.about == "anew"


def test_s7_a_tail_torn_anywhere_is_cut_off_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "f"
    whole = made(path, *RECORDS)
    start = len(made(path, *RECORDS[:2]))
    for size in range(start, len(whole) - 1):
        for tail in (b"", b"\0" * (len(whole) - size)):
            path.write_bytes(whole[:size] + tail)
            assert told(path) == RECORDS[:2]
            with LastingFile(path, "things") as file, file.locked():
                file.news()
                file.append(RECORDS[2])
            assert path.read_bytes() == whole


def test_s7_a_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "f"
    whole = made(path, *RECORDS)
    path.write_bytes(whole[:-1])
    assert told(path) == RECORDS
    assert path.read_bytes() == whole, "it was mended"


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_damage_and_never_another_list(tmp_path: Path, bit: int) -> None:
    path = tmp_path / "f"
    whole = made(path, *RECORDS[:2])
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        path.write_bytes(changed)
        if place == len(whole) - 1:
            assert told(path) == RECORDS[:2], "the very last end of a line can be mended"
        else:
            with pytest.raises(StoreError, match="damaged"):
                told(path)


def test_a_line_taken_out_or_moved_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "f"
    head, *rest = made(path, *RECORDS).splitlines(keepends=True)
    for order in ((0, 2), (1, 0, 2), (1, 2), (0, 0, 1, 2)):
        path.write_bytes(head + b"".join(rest[one] for one in order))
        with pytest.raises(StoreError, match="damaged"):
            told(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"SQLite format 3\0", b"hello\n"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        told(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == content, "nothing is written to it"


def test_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    head = lines.line(b'{"file":"things","version":2,"about":""}', lines.FIRST)[0]
    (tmp_path / "f").write_bytes(head)
    with pytest.raises(StoreError, match=r"version 2.*newer program"):
        told(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == head


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "f")
    with LastingFile(tmp_path / "f", "others") as file, pytest.raises(StoreError, match="things, where others belong"):
        file.news()


def test_a_file_that_is_taken_away_is_an_error(tmp_path: Path) -> None:
    made(tmp_path / "f")
    with LastingFile(tmp_path / "f", "things") as file:
        file.news()
        (tmp_path / "f").unlink()
        with pytest.raises(StoreError, match="No such file"):
            file.changed()


def write(path: Path, disk: Disk, done: list[bytes]) -> None:
    """Append, rewrite, append; `done` gets what lasts on return."""
    with LastingFile(path, "things", disk) as file, file.locked():
        file.news()
        for record in RECORDS:
            file.append(record)
            done.append(record)
        file.rewrite("again", done)
        file.append(b'["last"]')
        done.append(b'["last"]')


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_s7_a_power_cut_at_any_step_loses_nothing_that_was_acknowledged(tmp_path: Path, outcome: Outcome) -> None:
    path = tmp_path / "f"
    made(path)
    counting = CutDisk(tmp_path)
    write(path, counting, [])
    for at in range(1, counting.steps + 1):
        made(path)
        done: list[bytes] = []
        disk = CutDisk(tmp_path, at)
        with pytest.raises(PowerCutError):
            write(path, disk, done)
        disk.settle(outcome)
        found = told(path)
        assert found[: len(done)] == tuple(done)
        assert len(found) <= len(done) + 1


def test_a_disk_that_is_full_at_any_step_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "f"
    made(path)
    counting = FullDisk(0)
    write(path, counting, [])
    for at in range(1, counting.steps):
        made(path)
        done: list[bytes] = []
        with pytest.raises(StoreError, match=r"No space left on device.*check the path"):
            write(path, FullDisk(at), done)
        assert told(path) == tuple(done)
        assert not path.with_name(".f.new").exists()


def test_two_writers_take_turns(tmp_path: Path) -> None:
    made(tmp_path / "f")
    program = """
import sys
from pathlib import Path
from edge.people.lasting import LastingFile
with LastingFile(Path(sys.argv[1]), "things") as file:
    for number in range(50):
        with file.locked():
            file.news()
            file.append(f'"{sys.argv[2]} {number}"'.encode())
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "f"), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = told(tmp_path / "f")
    for name in "ab":
        assert [one for one in found if one.startswith(f'"{name}'.encode())] == [
            f'"{name} {number}"'.encode() for number in range(50)
        ]


def test_who_holds_it_too_long_is_named(tmp_path: Path) -> None:
    made(tmp_path / "f")
    with (
        LastingFile(tmp_path / "f", "things") as one,
        LastingFile(tmp_path / "f", "things", wait_s=0.02) as other,
        one.locked(),
        pytest.raises(StoreError, match="another process has held it"),
    ):
        other.news()


@given(st.lists(st.binary(max_size=60).filter(lambda one: not {0, 10} & set(one)), max_size=6))
def test_lines_are_read_back_from_any_split(records: list[bytes]) -> None:
    last, data = lines.FIRST, b""
    for record in records:
        line, last = lines.line(record, last)
        data += line
    assert lines.read(data, lines.FIRST) == lines.Read(tuple(records), last, len(data))
