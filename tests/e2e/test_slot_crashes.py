"""A process that changes the sets of models is killed at any of its system calls: a valid set decides afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills at a system call")
def test_s7_s8_a_kill_at_any_call_leaves_a_valid_set_and_loses_nothing_acknowledged() -> None:
    command = [sys.executable, "-m", "tests.bench.slot_crashes", "--every", "19", "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["faults"] == []
    assert done.returncode == 0
    assert sum(found["points"].values()) == sum(found["outcomes"].values()) > 10
