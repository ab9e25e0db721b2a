"""The first boot on disks that fail: full, read-only, an error at any call: seen, nothing by half, gone on with."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app.boot_state import FAILED, state
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.errors import ProvisionError
from edge.provision import card
from tests.bench.provision_errors import run
from tests.provision_mounts import STORIES
from tests.provisioning import device, document, signed

if TYPE_CHECKING:
    from pathlib import Path

GOOD = signed(document(), keys.new_pair()[0])


@functools.cache
def unshare() -> tuple[str, ...]:
    """Return what gives a process mounts of its own here; nothing where this machine does not allow it."""
    words = ("unshare", "--mount", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")))
    tried = (*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt")
    allowed = shutil.which("unshare") and subprocess.run(tried, capture_output=True, check=False).returncode == 0
    return words if allowed else ()


@pytest.mark.long
@pytest.mark.parametrize("story", STORIES)
def test_s3_on_a_disk_that_is_full_or_read_only(tmp_path: Path, story: str) -> None:
    if not unshare():
        pytest.skip("this machine gives a process no mounts of its own")
    words = (*unshare(), sys.executable, "-m", "tests.provision_mounts", story, str(tmp_path))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if story.startswith("card"):
        assert "provision.log cannot be written on the card: DONE: this is berlin-1 now." in done.stderr


def test_s3_a_file_that_cannot_be_wiped_is_seen_and_is_wiped_by_the_next_start(tmp_path: Path) -> None:
    here = device(tmp_path)
    (here.boot / card.NAME).write_bytes(GOOD)
    (here.boot / f".{card.NAME}.gone").mkdir()  # in the way of the first step of its removal
    with pytest.raises(ProvisionError, match="is in force, but cannot be removed from the card"):
        apply(here)
    assert state(here.root) == FAILED
    assert "remove it by hand, for it holds secrets" in (here.boot / card.LOG).read_text()
    assert in_force(here.root) is not None
    (here.boot / f".{card.NAME}.gone").rmdir()
    assert apply(here) == "done"
    assert not (here.boot / card.NAME).exists()


@pytest.mark.long
def test_s7_an_error_at_any_call_is_seen_and_the_next_start_goes_on() -> None:
    figures = run(every=61)
    assert sum(figures.points.values()) > 10
    assert figures.faults == []
