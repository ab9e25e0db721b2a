"""The tests of this folder need scripts/check-camera; elsewhere they are not even collected."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.camera import real

if TYPE_CHECKING:
    from collections.abc import Callable

collect_ignore_glob = [] if real.HERE else ["test_*.py"]
_figures: list[str] = []


@pytest.fixture
def report() -> Callable[[str], None]:
    """Writes a measured figure under the tests."""
    return _figures.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for figure in _figures:
        terminalreporter.write_line(figure)


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Counts them, without those of picamera2's selectors that wait for the garbage collector."""

    def now() -> int:
        gc.collect()
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing of now, with nothing opened beside it

    return now


@pytest.fixture
def resident_mb() -> Callable[[], float]:
    def now() -> float:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    return now
