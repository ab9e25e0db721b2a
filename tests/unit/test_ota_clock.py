"""What time the update client believes: never before the newest proven one, and no clock proves a time alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.ngclient import Updater

from edge.access.clock import BUILT
from edge.disk import DISK
from edge.errors import OtaError
from edge.ota.clock import believe, now_proven, read, write
from edge.ota.repository import _judge_at
from tests.unit.repository_simulator import Simulator

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()
YEAR_S = 365 * 86_400.0


@pytest.mark.parametrize("clock", [0.0, -1.0, float("nan"), float("inf"), float("-inf"), NOON - 1, 1e30])
def test_a_clock_at_1970_or_behind_counts_as_the_newest_proven_time(clock: float) -> None:
    found = believe(clock, NOON, synchronised=True)
    assert (found.at, found.behind) == (NOON, True)
    assert "before the newest proven time" in found.remedy


def test_without_any_proven_time_none_is_before_this_software() -> None:
    assert believe(0.0, 0.0, synchronised=False).at == BUILT


@given(st.floats(), st.floats(0, 4e9), st.booleans())
def test_law_time_never_runs_back_and_is_proven_by_no_clock_alone(wall: float, proven: float, kept: bool) -> None:
    found = believe(wall, proven, synchronised=kept)
    assert found.at >= max(proven, BUILT)
    assert now_proven(found) >= max(proven, BUILT)
    if not kept:
        assert now_proven(found) == max(proven, BUILT)
    assert found.when.tzinfo is UTC


def test_a_clock_far_ahead_that_no_server_keeps_is_told_and_proves_nothing() -> None:
    found = believe(NOON + 10 * YEAR_S, NOON, synchronised=False)
    assert now_proven(found) == NOON
    assert "no time server keeps this machine's clock" in found.remedy


def test_the_newest_proven_time_is_kept_as_people_read_it(tmp_path: Path) -> None:
    write(tmp_path / "time.toml", NOON + 0.7, DISK)
    assert read(tmp_path / "time.toml") == NOON
    assert "proven = 2026-12-01T12:00:00Z" in (tmp_path / "time.toml").read_text()


@pytest.mark.parametrize(
    "text",
    ["", "proven", "proven = 1", 'proven = "x"', "proven = 2026-12-01", "proven = 2026-12-01T12:00:00", "\0",
     "proven = 9999-12-31T23:59:59Z", "proven = 1970-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_file_that_says_nothing_sensible_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "time.toml").write_text(text)
    assert read(tmp_path / "time.toml") == BUILT
    assert read(tmp_path / "none.toml") == BUILT


def test_the_library_judges_at_the_time_that_it_was_told(tmp_path: Path) -> None:
    when = datetime(2031, 1, 1, tzinfo=UTC)
    updater = Updater(str(tmp_path), "https://x/", bootstrap=Simulator().first_root)
    _judge_at(updater, when)
    assert updater._trusted_set.reference_time == when  # noqa: SLF001 - that it has this is what is tested


def test_a_version_of_the_library_that_keeps_its_time_elsewhere_is_refused(tmp_path: Path) -> None:
    updater = Updater(str(tmp_path), "https://x/", bootstrap=Simulator().first_root)
    del updater._trusted_set.reference_time  # noqa: SLF001 - as another version might
    with pytest.raises(OtaError, match="cannot be told the time"):
        _judge_at(updater, datetime(2031, 1, 1, tzinfo=UTC))
