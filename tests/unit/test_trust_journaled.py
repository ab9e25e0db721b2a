"""Whose signatures count from now on is in the journal: the repository's newer roots, each once, and by whose file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import keys
from edge.app import roots
from edge.app.first_boot import apply
from edge.journal import log
from edge.provision import card
from edge.values import AUDITED, Occasion
from tests.provisioning import NOW, device, document, signed
from tests.unit.ota_terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


def said(terminal: Terminal) -> list[str]:
    if not terminal.here.journal.exists():
        return []
    return [one.sentence for one in log.read(terminal.here.journal) if one.occasion is Occasion.TRUST_CHANGED]


def rotated(terminal: Terminal, *roles: str) -> None:
    for role in roles:
        terminal.sim.rotate(role)
    terminal.sim.publish_root()
    terminal.sim.publish()


def test_a_newer_root_is_journaled_once_with_whose_keys_count_though_no_set_came(terminal: Terminal) -> None:
    assert (terminal.check().status, said(terminal)) == ("nothing", [])
    rotated(terminal, "targets")
    new = terminal.sim.root.roles["targets"].keyids[0]
    assert terminal.check().status == "nothing"
    (line,) = said(terminal)
    assert line == f"root 2 of the repository of models, until 2027-12-01: targets is signed by 1 of {new[:12]}"
    assert terminal.check().status == "nothing"
    assert len(said(terminal)) == 1


def test_each_root_says_what_itself_changed(terminal: Terminal) -> None:
    rotated(terminal, "targets")
    rotated(terminal, "timestamp")
    terminal.check()
    assert ["targets is signed" in line for line in said(terminal)] == [True, False]
    assert ["timestamp is signed" in line for line in said(terminal)] == [False, True]


def test_a_root_that_is_only_renewed_says_that_the_keys_are_the_same(terminal: Terminal) -> None:
    rotated(terminal)
    terminal.check()
    assert said(terminal)[0].endswith(": the same keys")


def test_a_journal_that_took_nothing_gets_the_roots_later(terminal: Terminal) -> None:
    rotated(terminal, "root")
    terminal.here.journal.parent.mkdir(parents=True, exist_ok=True)
    terminal.here.journal.mkdir()
    taken = terminal.check()
    assert "it was not written" in taken.warning
    terminal.here.journal.rmdir()
    assert terminal.take().warning == ""
    assert len(said(terminal)) == 1


def test_a_terminal_whose_root_of_trust_is_away_is_no_worse_for_it(terminal: Terminal) -> None:
    terminal.check()
    terminal.here.ota_root.unlink()
    assert terminal.take().status == "nothing"


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rotations=st.lists(
        st.tuples(st.sampled_from(["root", "targets", "snapshot", "timestamp"]), st.booleans()), max_size=6
    )
)
def test_however_roots_and_checks_are_mixed_each_is_journaled_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, rotations: list[tuple[str, bool]]
) -> None:
    terminal = Terminal(tmp_path_factory.mktemp("terminal"))
    for role, checked in rotations:
        rotated(terminal, role)
        if checked:
            terminal.check()
    terminal.check()
    assert [line.split()[1] for line in said(terminal)] == [str(2 + number) for number in range(len(rotations))]
    assert roots.held(terminal.here) == terminal.sim.files[f"metadata/{1 + len(rotations)}.root.json"]


def test_the_journal_says_whose_file_made_the_terminal(tmp_path: Path) -> None:
    key = keys.new_pair()[0]
    lines: list[str] = []
    here = device(tmp_path, journal=lines.append)
    for told in (document(), document(issued=NOW)):
        (here.boot / card.NAME).write_bytes(signed(told, key))
        apply(here)
    assert [line.rpartition(", ")[2] for line in lines] == [f"signed by the key {keys.key_id(keys.public_of(key))}"] * 2


def test_other_programs_than_the_door_may_say_so() -> None:
    assert {Occasion.TRUST_CHANGED, Occasion.KEYS_CHANGED} <= AUDITED
