"""Disks that fill up, and power that goes, within a check: the next one takes the set (S7)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from edge.errors import OtaError
from edge.ota import proof
from edge.ota.active import Active
from tests.unit.cut_disk import CutDisk, FullDisk, PowerCutError
from tests.unit.ota_site import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.disk import Disk


def _attempt(site: Site, disk: Disk) -> str:
    """Check on a disk that fails or loses its power at some step; returns what came of it."""
    sound = site.client
    site.client = type(sound)(sound.source, sound.folder, disk=disk)
    try:
        site.check()
    except OtaError as error:
        return str(error)
    except PowerCutError:
        return "cut"
    finally:
        site.client = sound
    return ""


def _stories(site: Site, disk: Callable[[int], Disk], steps: range) -> int:
    """After a fault at each step the next check takes the set; returns how many faults there were."""
    faults = 0
    for step in steps:
        shutil.rmtree(site.data, ignore_errors=True)
        said = _attempt(site, disk(step))
        if not said:
            break
        faults += 1
        assert said == "cut" or "No space left on device" in said
        assert not (site.data / "ready").exists() or proof.proven(site.data / "ready", site.root)
        assert site.took().startswith("one-")
        site.active = Active()
    return faults


def test_s7_a_disk_that_is_full_at_some_steps_is_told_and_the_next_check_takes_the_set(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()
    assert _stories(site, FullDisk, range(1, 200, 16)) >= 5


@pytest.mark.long
def test_s7_a_disk_that_is_full_at_every_other_step(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()
    assert _stories(site, FullDisk, range(1, 300, 2)) > 40


@pytest.mark.long
def test_s7_a_power_cut_at_every_other_step(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.release()

    def cut(step: int) -> CutDisk:
        site.data.mkdir(exist_ok=True)
        return CutDisk(site.data, step)

    assert _stories(site, cut, range(2, 300, 2)) > 40
