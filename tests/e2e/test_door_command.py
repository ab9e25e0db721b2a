"""`edge door` as systemd runs it: its log stalls, and its line is secured after it has died."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

from tests.e2e.door_site import SOON_S, Site
from tests.e2e.test_door_process import end, site

__all__ = ["site"]  # a fixture, asked for by name


def test_s10_a_log_that_nobody_reads_holds_up_neither_the_door_nor_its_end(site: Site) -> None:
    unread, stderr = os.pipe()
    os.set_blocking(stderr, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(stderr, b"x" * 4096)
    os.set_blocking(stderr, True)
    door = site.start("-m", "edge", "door", "--board", "fake", "--data", str(site.folder), stderr=stderr)
    with contextlib.closing(site.client()) as client:
        site.admitted(client)
    assert end(door) == 0
    os.close(unread)
    os.close(stderr)


def test_s3_secure_ends_at_once_and_begins_no_journal(site: Site) -> None:
    words = [sys.executable, "-m", "edge", "door", "--secure", "--board", "fake", "--data", str(site.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SOON_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(site.folder.iterdir()) == []
