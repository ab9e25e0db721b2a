"""`edge people adapted` and `edge people revert`, as typed, on a store with adapted templates."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from edge.cli.reports import AdaptedTemplate, Reverted
from edge.people.records import Provenance, Template
from edge.people.search import LiveSearch
from edge.values import Embedding, PersonId, Space
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from pathlib import Path

    from edge.people.store import Store
    from tests.e2e.conftest import Typed

HERE = Space("toy", "a" * 64, "1")
ANNA, BOB = PersonId("anna"), PersonId("bob")


def face(*numbers: float) -> Embedding:
    vector = np.array(numbers, np.float32)
    return Embedding((vector / np.linalg.norm(vector)).astype(np.float32), HERE)


def adapted(at: float, embedding: Embedding, *factors: str) -> Template:
    made = Provenance(at, 0.7, 0.54, 2e-6, 0.1, 4, "challenge", factors)
    return Template(embedding, "adapted", "adapted", made)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with vault(tmp_path / "people.sqlite3", create=True) as store:
        store.add(agreed("anna", "Anna"), [Template(face(1, 0, 0), "1.jpg"), Template(face(1, 0.2, 0), "2.jpg")])
        store.add(agreed("bob", "Bob"), [Template(face(0, 0, 1), "1.jpg")])
        store.set_adapted(ANNA, [adapted(1e9, face(0.7, 0.7, 0)), adapted(1.1e9, face(0.7, -0.7, 0), "pin")])
        store.set_adapted(BOB, [adapted(1.2e9, face(0, 0.7, 0.7))])
    return tmp_path


def anchors(store: Store) -> list[tuple[bytes, str, float]]:
    return [
        (one.template.embedding.vector.tobytes(), one.template.source, one.created)
        for who in (ANNA, BOB)
        for one in store.kept(who)
        if one.template.kind == "enrolled"
    ]


def events(data: Path) -> list[dict[str, object]]:
    lines = [json.loads(line) for file in sorted(data.glob("journal*")) for line in file.read_text().splitlines()]
    return [line for line in lines if "reverted" in json.dumps(line)]


def test_every_adapted_template_says_where_it_comes_from(data: Path, typed: Typed) -> None:
    done = typed("people", "adapted", "--json", "--data", data)
    found = msgspec.json.decode(done.out, type=list[AdaptedTemplate])
    assert [(one.id, one.at, one.factors) for one in found] == [
        ("anna", 1e9, []),
        ("anna", 1.1e9, ["pin"]),
        ("bob", 1.2e9, []),
    ]
    assert (found[0].similarity, found[0].required, found[0].fmr, found[0].rival) == (0.7, 0.54, 2e-6, 0.1)
    assert (found[0].frames, found[0].proof, found[0].space) == (4, "challenge", str(HERE))
    read = typed("people", "adapted", "anna", "--data", data)
    assert "2001-09-09 01:46" in read.out
    assert "2 adapted templates" in read.out
    assert "bob" not in read.out


def test_one_command_takes_one_persons_back_and_restores_exactly_what_was_enrolled(data: Path, typed: Typed) -> None:
    with vault(data / "people.sqlite3") as store:
        before, handle = anchors(store), store.people()[0].handle
    done = typed("people", "revert", "anna", "--operator", "eve", "--json", "--data", data)
    assert msgspec.json.decode(done.out, type=list[Reverted]) == [Reverted("anna", handle, 2)]
    with vault(data / "people.sqlite3") as store:
        assert anchors(store) == before
        assert [len(store.kept(who)) for who in (ANNA, BOB)] == [2, 2]
    (line,) = events(data)
    assert (handle in json.dumps(line), "eve" in json.dumps(line), "anna" in json.dumps(line)) == (True, True, False)
    again = typed("people", "revert", "anna", "--data", data)
    assert (again.code, again.out) == (0, "there was nothing to take back\n")


def test_with_all_everybodys_are_taken_back_and_the_running_search_knows_it(data: Path, typed: Typed) -> None:
    with vault(data / "people.sqlite3") as store:
        search = LiveSearch(store, HERE, lambda _: 0.3)
        later = search(face(0.7, -0.7, 0))
        assert later is not None
        assert later.similarity > 0.9
        done = typed("people", "revert", "--all", "--data", data)
        assert done.out == "anna: 2 adapted templates taken back\nbob: 1 adapted template taken back\n"
        later = search(face(0.7, -0.7, 0))
        assert later is not None
        assert later.similarity == pytest.approx(0.707, abs=1e-3)
        assert later.comparisons == 3
    assert len(events(data)) == 2
    assert typed("people", "adapted", "--data", data).out == "0 adapted templates\n"


@pytest.mark.parametrize("words", [[], ["anna", "--all"]])
def test_it_has_to_be_said_whose(words: list[str], data: Path, typed: Typed) -> None:
    done = typed("people", "revert", *words, "--data", data)
    assert (done.code, "name one person's id, or give --all" in done.fault) == (2, True)


@pytest.mark.parametrize("command", ["revert", "adapted"])
def test_nobody_of_that_id_is_an_error(command: str, data: Path, typed: Typed) -> None:
    done = typed("people", command, "carl", "--data", data)
    assert (done.code, "nobody is enrolled under the id carl" in done.fault) == (1, True)
