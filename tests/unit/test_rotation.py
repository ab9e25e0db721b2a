"""Two phases of a rotation, cut short anywhere: all who stay are readable, who was destroyed never (S6, S7)."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edge.errors import StoreError
from edge.values import Handle
from tests.unit.cut_disk import OUTCOMES, CutDisk, FullDisk, PowerCutError
from tests.unit.erasing import Told, require_right, story

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cut_disk import Outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


EVERY = pytest.param(1, marks=pytest.mark.long)
"""Cut at every step; the quick tier cuts at every ninth, at others for each outcome."""


def cut(folder: Path, outcome: Outcome, at: int) -> None:
    disk, told = CutDisk(emptied(folder), at), Told()
    with pytest.raises(PowerCutError):
        story(folder, disk, told)
    disk.settle(outcome)
    require_right(folder, told, disk.written)


@pytest.mark.parametrize("stride", [9, EVERY])
def test_s6_s7_a_power_cut_at_any_step_loses_nobody_and_revives_nobody(folder: Path, stride: int) -> None:
    counting = CutDisk(folder)
    story(folder, counting, Told())
    for first, outcome in enumerate(OUTCOMES, start=1):
        for at in range(2 * first if stride > 1 else 1, counting.steps + 1, stride):
            cut(folder, outcome, at)


@pytest.mark.parametrize("stride", [6, EVERY])
def test_s6_s7_a_disk_that_is_full_at_any_step_loses_nobody_and_revives_nobody(folder: Path, stride: int) -> None:
    counting = FullDisk(0)
    story(folder, counting, Told())
    refused = 0
    for at in range(1, counting.steps + 1, stride):
        told = Told()
        try:
            story(emptied(folder), FullDisk(at), told)
        except StoreError as error:
            assert "No space left on device" in str(error)  # noqa: PT017 - some steps may fail without harm
            refused += 1
        require_right(folder, told)
    assert refused > counting.steps // stride // 2


@pytest.mark.long
def test_s6_s7_a_process_killed_at_any_step_loses_nobody_and_revives_nobody(folder: Path) -> None:
    at = steps = 1
    while at <= steps:
        words = [
            sys.executable,
            "-m",
            "tests.unit.erasing",
            str(emptied(folder)),
            str(at if at > 1 or steps > 1 else 0),
        ]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        lines = done.stdout.splitlines()
        if steps == 1:  # the first time through nobody is killed: it counts
            steps = int(lines[-1].split()[1])
            at += 1
            continue
        assert done.returncode == -signal.SIGKILL, done.stderr
        require_right(folder, heard(lines))
        at += 1


def heard(lines: list[str]) -> Told:
    """Return what a process had said when it was killed."""
    keys, gone, under_way = lines[-1].split(" ") if lines else ("", "", "")
    pairs = (pair.split("=") for pair in keys.split(",") if pair)
    return Told(
        {Handle(handle): bytes.fromhex(key) for handle, key in pairs},
        {Handle(handle) for handle in gone.split(",") if handle},
        Handle(under_way) if under_way else None,
    )
