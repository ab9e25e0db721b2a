"""`edge journal`: what a security officer sees of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from edge.cli.journal import group
from edge.errors import JournalError
from edge.journal.events import Event
from edge.journal.log import Journal
from edge.values import Handle, Occasion, Reason

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.write(Event(occasion=Occasion.DOOR_STARTED, at=1.0, wall=1e9, sentence="a\x1b[31mred\nline"))
    journal.write(Event(occasion=Occasion.GRANTED, at=2.0, wall=1e9, reason=Reason.GRANTED, handle=Handle("h")))
    journal.close()
    (tmp_path / "terminal.toml").write_text('board = "fake"\n')
    return tmp_path


def run(data: Path, *arguments: str) -> str:
    places = ["--config", str(data / "terminal.toml"), "--data", str(data)]
    result = CliRunner().invoke(group, [*arguments, *places], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_show_prints_a_line_an_event_and_lets_no_control_character_through(data: Path) -> None:
    first, second = run(data, "show").splitlines()
    assert "door-started" in first
    assert "a\ufffd[31mred\ufffdline" in first
    assert second.endswith("['h']")


def test_show_names_the_operator_of_an_order(data: Path) -> None:
    journal = Journal(data / "journal.jsonl")
    journal.write(Event(occasion=Occasion.ORDERED, at=3.0, wall=1e9, sentence="lock-down: a drill", operator="eve"))
    journal.close()
    (line,) = run(data, "show", "--last", "1").splitlines()
    assert line.endswith("lock-down: a drill (by eve)")


def test_show_prints_json_and_only_the_last(data: Path) -> None:
    (line,) = run(data, "show", "--json", "--last", "1").splitlines()
    assert json.loads(line) == {"occasion": "granted", "at": 2.0, "wall": 1e9, "reason": "granted", "handle": "h"}


def test_verify_says_how_long_the_chain_is_and_where_it_ends(data: Path) -> None:
    digest = json.loads((data / "journal.jsonl").read_bytes().splitlines()[-1])["hash"]
    assert run(data, "verify").endswith(f"2 events, the chain is whole; its end is {digest}\n")


def test_verify_names_the_first_changed_line(data: Path) -> None:
    path = data / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"h"', b'"x"'))
    with pytest.raises(JournalError, match=r"line 2: its hash is not that of its text.*sound up to line 1$"):
        run(data, "verify")


def test_verify_tells_a_torn_last_line_from_a_changed_one(data: Path) -> None:
    with (data / "journal.jsonl").open("ab") as file:
        file.write(b'{"hash":"12')
    assert "a last line of 11 bytes is not finished" in run(data, "verify")
