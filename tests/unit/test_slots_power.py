"""Power cuts, full and dying disks at every step of installing and changing sets: a valid one decides afterwards."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from edge.disk import Disk
from edge.errors import OtaError
from edge.ota.active import FACTORY, kept, rolled_back
from edge.ota.slots import Slots
from tests.sets import install, whole
from tests.slot_story import AT, STATES, STEPS, THIRD, looked_at, prepare, work
from tests.unit.cut_disk import OUTCOMES, FullDisk, Outcome, PowerCutError
from tests.unit.cut_tree import CutTree

if TYPE_CHECKING:
    from pathlib import Path

EVERY_QUICK = 19


class DyingDisk(FullDisk):
    """Cannot read or write at one step; afterwards it can."""

    def _fail(self) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


class ReadOnlyDisk(Disk):
    """Lets nothing be written."""

    def open(self, path: Path, flags: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) or (flags & os.O_CREAT and not path.exists()):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return super().open(path, flags)

    def rename(self, old: Path, new: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(old), None, str(new))

    def remove(self, path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))


def worked(folder: Path, disk: CutTree | FullDisk) -> int:
    """Do the story until the disk stops it; returns how many steps were acknowledged."""
    done: list[None] = []
    with suppress(PowerCutError, OtaError):
        work(folder, lambda: done.append(None), disk)
    return len(done)


def faults_of_cuts(tmp_path: Path, every: int, outcomes: tuple[Outcome, ...]) -> list[str]:
    """Cut the power at every so many steps; returns what is wrong afterwards."""
    template, run = tmp_path / "template", tmp_path / "run"
    prepare(template)
    shutil.copytree(template, run)
    whole_run = CutTree(run)
    assert worked(run, whole_run) == len(STEPS)
    found = []
    for at in range(1, whole_run.steps + 1, every):
        for outcome in outcomes:
            shutil.rmtree(run)
            shutil.copytree(template, run)
            disk = CutTree(run, at)
            acknowledged = worked(run, disk)
            disk.settle(outcome)
            _, wrong = looked_at(run, acknowledged)
            found += [f"step {at}, {outcome}, after {acknowledged}: {one}" for one in wrong]
    return found


def test_s7_a_power_cut_at_some_steps_leaves_a_valid_set_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    assert faults_of_cuts(tmp_path, EVERY_QUICK, (Outcome(names_lasted=True, contents_lasted=False),)) == []


@pytest.mark.long
def test_s7_a_power_cut_at_every_other_step_leaves_a_valid_set_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    assert faults_of_cuts(tmp_path, 2, OUTCOMES) == []


@pytest.mark.parametrize("kind", [FullDisk, DyingDisk])
def test_s7_a_disk_that_fails_at_some_step_refuses_it_with_words_and_the_set_is_valid(
    tmp_path: Path, kind: type[FullDisk]
) -> None:
    assert faults_of_failures(tmp_path, EVERY_QUICK, kind) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", [FullDisk, DyingDisk])
def test_s7_a_disk_that_fails_at_any_step_refuses_it_with_words_and_the_set_is_valid(
    tmp_path: Path, kind: type[FullDisk]
) -> None:
    assert faults_of_failures(tmp_path, 1, kind) == []


def faults_of_failures(tmp_path: Path, every: int, kind: type[FullDisk]) -> list[str]:
    """Have the disk fail at every so many steps; returns what is wrong afterwards."""
    template, run = tmp_path / "template", tmp_path / "run"
    prepare(template)
    shutil.copytree(template, run)
    counting = kind(1 << 30)
    assert worked(run, counting) == len(STEPS)
    found = []
    for at in range(1, counting.steps + 1, every):
        shutil.rmtree(run)
        shutil.copytree(template, run)
        _, wrong = looked_at(run, worked(run, kind(at)))
        found += [f"step {at}: {one}" for one in wrong]
    return found


def test_s7_on_a_disk_that_became_read_only_some_set_decides_and_a_change_is_refused_with_words(
    tmp_path: Path,
) -> None:
    prepare(tmp_path)
    slots = Slots(tmp_path, ReadOnlyDisk(), wall=lambda: AT)
    assert slots.read() == STATES[0]
    with pytest.raises(OtaError, match="cannot be written: Read-only file system; check who owns it"):
        slots.change(lambda now: rolled_back(now, "worse", AT), "back")
    shutil.rmtree(slots.folder_of(STATES[0].running))
    assert slots.read().running == FACTORY  # in memory only
    assert Slots(tmp_path).read().running == FACTORY


def test_a_failure_says_where_and_what_to_do(tmp_path: Path) -> None:
    prepare(tmp_path)
    for at in range(1, 6):
        with pytest.raises(OtaError, match=r"cannot be (locked|written): No space left on device; check who owns it"):
            install(Slots(tmp_path, FullDisk(at)), "d", 9)
    assert Slots(tmp_path).sweep() == []


def test_a_history_that_cannot_be_written_does_not_take_a_step_back(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "history.jsonl").unlink()
    (tmp_path / "history.jsonl").mkdir()
    slots = Slots(tmp_path, wall=lambda: AT)
    assert slots.change(lambda now: rolled_back(now, "worse", AT), "back").running == FACTORY
    assert slots.read().running == FACTORY


def test_the_story_ends_as_it_is_told(tmp_path: Path) -> None:
    prepare(tmp_path)
    work(tmp_path, lambda: None)
    slots = Slots(tmp_path)
    assert slots.read() == STATES[-1]
    assert all(whole(slots, slot) for slot in kept(slots.read()) - {FACTORY})
    assert not slots.folder_of(THIRD).exists()
