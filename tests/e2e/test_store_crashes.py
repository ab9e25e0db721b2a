"""A process that changes the people store is killed at any of its system calls: nothing acknowledged is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills at a system call")
def test_s7_s12_a_kill_at_any_call_loses_nothing_acknowledged_and_revives_nobody() -> None:
    command = [sys.executable, "-m", "tests.bench.store_crashes", "--each", "23"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, revived 0, keys left over 0" in done.stdout
