"""What the door must remember over a restart: kept as a whole, and in doubt a lock-down."""

from __future__ import annotations

import errno
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge.access.lockout import Backoff, Lockouts
from edge.access.memory import LockDown, Memory, Passage
from edge.app.durable import replace_file
from edge.app.keeping import Keeper
from edge.values import Handle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOON_S = 10.0
ANN = Handle("a1")
DOWN = Memory(lock_down=LockDown("eve", "a drill"), passages=(Passage(ANN, "in", 90.0),), newest=1.8e9)


def until(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + SOON_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def reopened(path: Path, now: float = 100.0) -> Memory:
    with closing(Keeper(path, now=now)) as keeper:
        assert keeper.unread == ""
        return keeper.memory


def test_a_door_that_never_ran_remembers_nothing(tmp_path: Path) -> None:
    assert reopened(tmp_path / "memory.json") == Memory()


def test_s7_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    with closing(Keeper(tmp_path / "sub" / "memory.json", now=100.0)) as keeper:
        keeper.keep(Memory(), 100.0)
        keeper.keep(DOWN, 100.0)
        assert keeper.flush(SOON_S)
        assert keeper.lasting(keeper.ticket)
    assert reopened(tmp_path / "sub" / "memory.json") == DOWN


def test_moments_are_carried_to_the_clock_of_the_next_boot_and_time_without_power_counts_for_nothing(
    tmp_path: Path,
) -> None:
    lockouts = Lockouts().failed(ANN, 95.0, Backoff(failures=1, first_s=60.0))
    with closing(Keeper(tmp_path / "memory.json", now=90.0)) as keeper:
        keeper.keep(Memory(lockouts=lockouts, passages=(Passage(ANN, "in", 90.0),)), 100.0)
    memory = reopened(tmp_path / "memory.json", now=3.0)
    assert memory.passages[0].at == 90.0 - 97.0
    assert memory.lockouts.locked(ANN, 3.0 + 54.9)
    assert not memory.lockouts.locked(ANN, 3.0 + 55.0)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version":2,"monotonic":1.0,"memory":{}}', '{"version":1,"monotonic":1.0,"memory":{},"x":1}'],
)
def test_s3_a_file_that_cannot_be_read_may_have_held_a_lock_down(tmp_path: Path, text: str) -> None:
    path = tmp_path / "memory.json"
    path.write_text(text)
    with closing(Keeper(path, now=100.0)) as keeper:
        assert keeper.memory.lock_down is not None
        assert str(path) in keeper.unread


def test_s7_a_write_that_fails_is_a_fault_and_not_lasting_until_it_works(tmp_path: Path) -> None:
    broken = [True]

    def sync(descriptor: int) -> None:
        del descriptor
        if broken[0]:
            raise OSError(errno.ENOSPC, "No space left on device")

    with closing(Keeper(tmp_path / "memory.json", now=100.0, sync=sync)) as keeper:
        keeper.keep(DOWN, 100.0)
        until(lambda: "No space left" in keeper.fault)
        assert not keeper.lasting(keeper.ticket)
        broken[0] = False
        assert keeper.flush(SOON_S)
        assert keeper.fault == ""
    assert reopened(tmp_path / "memory.json") == DOWN


def test_s7_the_old_file_stays_whole_while_the_new_one_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    seen: list[bytes] = []

    def cut(descriptor: int) -> None:
        del descriptor
        seen.append(path.read_bytes())
        raise OSError(errno.EIO, "the power was cut")

    with pytest.raises(OSError, match="cut"):
        replace_file(path, b"new", cut)
    assert (seen, path.read_bytes()) == ([b"old"], b"old")
    assert path.stat().st_mode & 0o777 == 0o600


def test_s3_a_file_that_appears_late_may_hold_a_lock_down_and_is_never_written_over(tmp_path: Path) -> None:
    with closing(Keeper(tmp_path / "kept.json", now=100.0)) as keeper:
        keeper.keep(DOWN, 100.0)
        assert keeper.flush(SOON_S)
    folder = tmp_path / "mount"
    with closing(Keeper(folder / "memory.json", now=100.0)) as keeper:
        assert keeper.memory == Memory()
        folder.mkdir()
        (tmp_path / "kept.json").rename(folder / "memory.json")  # the partition is mounted only now
        keeper.keep(Memory(), 101.0)
        until(lambda: keeper.appeared)
        assert not keeper.lasting(keeper.ticket)
    assert reopened(folder / "memory.json") == DOWN


def test_a_file_that_a_door_made_itself_is_no_surprise(tmp_path: Path) -> None:
    with closing(Keeper(tmp_path / "sub" / "memory.json", now=100.0)) as keeper:
        for _ in range(3):
            keeper.keep(DOWN, 100.0)
            assert keeper.flush(SOON_S)
        assert not keeper.appeared
