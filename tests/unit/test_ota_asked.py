"""Who takes models ends well only where the repository was asked, lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app.fetching import Outcome
from edge.errors import FetchError
from tests.unit.ota_terminal import Terminal
from tests.unit.repository_simulator import NOW

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.mark.parametrize("what", [".lock", "outcome.json"])
def test_a_folder_that_cannot_be_written_is_told_by_both_halves(terminal: Terminal, what: str) -> None:
    assert terminal.check().status == "nothing"
    (terminal.here.models / "fetch" / what).unlink()
    (terminal.here.models / "fetch" / what).mkdir()
    with pytest.raises(FetchError, match=what if what == ".lock" else "fetch: cannot be written"):
        terminal.fetch()
    assert terminal.take(later_s=6 * 3600.0).status == "failed"
    assert terminal.history() == ["update-failed"]


@pytest.mark.parametrize(
    ("ended", "later_s", "fresh"),
    [
        (NOW.timestamp(), 0.0, True),
        (NOW.timestamp(), 3600.0, True),
        (NOW.timestamp(), 3601.0, False),
        (NOW.timestamp(), -3601.0, False),  # by a clock that was set back since
        (0.0, 0.0, False),
        (1e300, 0.0, False),
        (-1e300, 0.0, False),
    ],
)
def test_what_the_first_half_said_long_ago_is_no_answer_of_today(
    terminal: Terminal, ended: float, later_s: float, *, fresh: bool
) -> None:
    terminal.fetch()
    said = Outcome(status="nothing", why="nothing new", ended=ended)
    (terminal.here.models / "fetch" / "outcome.json").write_bytes(msgspec.json.encode(said))
    taken = terminal.take(later_s=later_s)
    assert taken.status == ("nothing" if fresh else "failed")
    assert fresh or "`journalctl -u edge-ota-fetch` says why" in taken.why
    assert (later_s <= 3600.0) or f"not asked since {NOW:%Y-%m-%d %H:%M} UTC" in taken.why


def test_who_was_never_asked_is_no_answer(terminal: Terminal) -> None:
    taken = terminal.take()
    assert taken.status == "failed"
    assert "was not asked yet" in taken.why


def test_what_was_taken_long_ago_does_not_hide_that_nobody_asks_any_more(terminal: Terminal) -> None:
    terminal.site.release()
    assert terminal.check().status == "offered"
    assert terminal.take().status == "nothing"
    assert terminal.take(later_s=6 * 3600.0).status == "failed"
