"""What the doctor says of a journal: how large it is, and when it was signed last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from edge.app.doctor_journal import journal_check
from edge.app.notary import sign_journal
from edge.app.places import Places, places
from edge.journal.log import record
from edge.journal.segments import Bounds
from tests.unit.journal_builders import event

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Places:
    found = places(tmp_path)
    record(found.journal, event(1))
    return found


def test_a_journal_that_is_not_begun_is_no_fault(tmp_path: Path) -> None:
    assert journal_check(places(tmp_path), 0.0).state == "ok"


def test_a_journal_that_nobody_signs_is_a_warning(here: Places) -> None:
    found = journal_check(here, time.time())
    assert (found.state, found.found) == (
        "warning",
        "1 event, 0.0 MB, the chain is whole; it was never signed: nothing proves it",
    )
    assert "edge-journal.timer" in found.mend


@pytest.mark.parametrize(
    ("later_s", "state", "words"),
    [
        (0, "ok", "signed up to line 1 at 20"),
        (7100, "ok", "signed"),
        (7300, "warning", ": 2 h ago"),
        (-7300, "warning", "still to come"),
    ],
)
def test_an_old_signature_is_a_warning(here: Places, later_s: float, state: str, words: str) -> None:
    sign_journal(here, Bounds())
    found = journal_check(here, time.time() + later_s)
    assert found.state == state
    assert words in found.found


def test_a_changed_line_is_a_fault_with_its_place(here: Places) -> None:
    here.journal.write_bytes(here.journal.read_bytes().replace(b"unknown", b"granted"))
    found = journal_check(here, time.time())
    assert (found.state, found.found.partition(":")[0]) == ("fault", "journal.jsonl, line 1")
    assert "keep a copy" in found.mend
