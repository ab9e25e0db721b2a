"""`edge code` and `edge people pin` as an officer uses them."""

from __future__ import annotations

import io
import json
import stat
from typing import TYPE_CHECKING

import pytest

from edge.people import pins
from edge.people.pins import PinMatch
from edge.people.records import NewPerson
from edge.values import Occasion, PersonId
from tests.e2e.commands import journal, said
from tests.vaults import vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed

ANN = PersonId("4711")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A data folder with somebody who has no template."""
    with vault(tmp_path / "people.sqlite3", create=True) as store:
        store.add(NewPerson(ANN, "Ann"), ())
    return tmp_path


def test_a_code_is_issued_and_checked_by_the_terminal_that_has_the_key(typed: Typed, office: Path) -> None:
    keys = office / "issuers"
    assert typed("code", "new-key", keys).code == 0
    assert stat.S_IMODE((keys / "issuer.key").stat().st_mode) == 0o600
    assert typed("code", "new-key", keys).fault.endswith("choose another --name")
    words = ("--data", office, "--key", keys / "issuer.key")
    issued = typed("code", "issue", "--id", ANN, "--door", "door", *words, "--png", office / "code.png", "--json")
    assert issued.code == 0
    code = json.loads(issued.out)
    for what in (code["code"], office / "code.png"):
        checked = typed("code", "check", what, "--data", office, "--json")
        assert (checked.code, json.loads(checked.out)["states"]["sub"]) == (0, code["handle"])
    other = json.loads(typed("code", "issue", "--id", ANN, "--door", "back", *words, "--json").out)
    refused = typed("code", "check", other["code"], "--data", office)
    assert refused.code == 1
    assert "refused: it is for another door or purpose" in refused.out
    assert typed("code", "check", "'; DROP TABLE person", "--data", office).code == 1
    assert typed("code", "issue", "--id", "nobody", "--door", "door", *words).code == 1


def test_a_pin_is_set_kept_as_a_hash_written_down_and_taken_away(
    typed: Typed, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(lines: str, *words: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return typed("people", "pin", ANN, "--data", office, "--operator", "J. Weber", "--stdin", *words).code

    def now(attempt: str) -> PinMatch:
        with vault(office / "people.sqlite3") as store:
            return pins.check(store.secrets(ANN), attempt)

    assert run("1234\n") == 7
    assert run("7391\n") == 0
    assert run("8046\n5520\n", "--duress") == 7, "the usual PIN was not known"
    assert run("7391\n7392\n", "--duress") == 7, "one slip away"
    assert run("7391\n5520\n", "--duress") == 0
    assert (now("7391"), now("5520")) == (PinMatch.RIGHT, PinMatch.DURESS)
    assert run("", "--remove") == 0
    assert now("7391") is PinMatch.NONE
    changes = [one for one in journal(office) if one.occasion is Occasion.PIN_CHANGED]
    assert [one.sentence for one in changes] == ["PIN set", "duress PIN set", "PIN removed"]
    assert {one.operator for one in changes} == {"J. Weber"}
    assert "7391" not in said(office)
