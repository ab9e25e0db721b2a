"""A real process is killed while it writes, closes, deletes, signs and mends: nothing acknowledged is lost (S7)."""

from __future__ import annotations

import shutil

import pytest

from tests.bench.journal_crashes import run


@pytest.mark.long
def test_s7_a_process_killed_at_any_system_call_loses_nothing_acknowledged() -> None:
    if shutil.which("strace") is None:
        pytest.skip("this machine has no strace")
    figures = run(every=9)
    assert sum(figures.points.values()) > 15
    assert (figures.lost, figures.unsigned, figures.faults) == (0, 0, [])
