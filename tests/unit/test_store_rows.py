"""What the people store keeps of somebody beside their face: adapted templates, consent, secrets, presence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import EnrolError
from edge.people.records import NewPerson, Provenance, Secrets, Template
from edge.values import Handle
from tests.unit.store_builders import ANNA, BOB, HERE, face, template
from tests.vaults import AGREED, agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "people.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with vault(path, create=True) as opened:
        yield opened


def test_adapted_templates_are_told_apart_keep_how_they_came_about_and_are_taken_back_alone(store: Store) -> None:
    store.add(agreed(BOB, "Bob"), [template(0, 1)])
    store.add(agreed(ANNA, "Anna"), [template(1, 0), template(2, 1)])
    how = Provenance(1.5e9, 0.8, 0.7, 1e-5, 0.1, 9, "motion", ("pin",))
    new = Template(face(3, 1), "adapted", "adapted", how)
    assert store.set_adapted(ANNA, [new]) == 0
    found = store.templates(HERE)
    assert found.adapted is not None
    assert found.adapted.tolist() == [False, False, True, False]
    *anchors, last = store.kept(ANNA)
    assert (last.template.provenance, last.template.source, last.created) == (how, "adapted", 1.5e9)
    with pytest.raises(EnrolError, match="enrolled cannot take"):
        store.set_adapted(ANNA, [template(1, 1)])
    assert store.set_adapted(ANNA, []) == 1
    assert [(kept.created, kept.template.source) for kept in store.kept(ANNA)] == [
        (kept.created, kept.template.source) for kept in anchors
    ]
    assert store.templates(HERE).adapted is None


def test_no_consent_no_template(store: Store) -> None:
    with pytest.raises(EnrolError, match="no consent is recorded"):
        store.add(NewPerson(ANNA, "Anna"), [template(1, 0)])
    assert (store.count(), store.keyring.handles()) == (0, frozenset())
    store.add(NewPerson(ANNA, "Anna"), [])
    with pytest.raises(EnrolError, match="no consent is recorded"):
        store.add_templates(ANNA, [template(1, 0)])
    assert store.spaces() == {}
    store.set_consent(ANNA, AGREED)
    assert store.add_templates(ANNA, [template(1, 0)]).templates == 1
    assert store.consent(ANNA) == AGREED


def test_what_somebody_knows_is_kept_by_id_and_by_handle(store: Store) -> None:
    anna = store.add(agreed(ANNA, "Anna"), [])
    store.set_secrets(ANNA, Secrets("$argon2id$pin", "$argon2id$duress"))
    assert store.secrets(ANNA) == store.secrets(anna.handle) == Secrets("$argon2id$pin", "$argon2id$duress")
    assert store.secrets(BOB) == Secrets()
    with pytest.raises(EnrolError, match="already enrolled"):
        store.add(agreed(str(anna.handle), "Who takes another's handle for an id"), [])


def test_a_day_is_remembered_once_and_never_forgotten_by_a_clock_that_was_set_back(store: Store) -> None:
    store.add(agreed(ANNA, "Anna"), [])
    assert [seen for _, seen in store.presence()] == [None]
    for wall in (86_400.0 * 10 + 5, 86_400.0 * 10 + 99, 86_400.0 * 3):
        store.seen(ANNA, wall)
        assert [seen for _, seen in store.presence()] == [86_400.0 * 11]
    store.seen(BOB, 1e9)
    store.seen(ANNA, 86_400.0 * 12)
    assert [seen for _, seen in store.presence()] == [86_400.0 * 13]


def test_a_person_is_found_by_handle_until_they_are_removed(store: Store) -> None:
    anna = store.add(agreed(ANNA, "Anna"), [])
    assert store.person_by_handle(anna.handle) == anna
    store.remove(ANNA)
    assert store.person_by_handle(anna.handle) is None


def test_a_key_whose_rows_never_followed_is_removed_at_the_next_opening(store: Store, path: Path) -> None:
    anna = store.add(agreed(ANNA, "Anna"), [])
    store.keyring.add(Handle("0" * 32))
    with vault(path) as again:
        assert again.keyring.handles() == {anna.handle}
        assert again.person(ANNA) == anna
