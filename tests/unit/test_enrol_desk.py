"""The enrolment desk: no consent, no template; nobody twice; and all of it is written down."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EnrolError
from edge.people.desk import Desk, source
from edge.people.enrol import Limits, Photo, require
from edge.people.records import Consent, NewPerson
from edge.people.search import LiveSearch
from edge.values import Embedding, Handle, Occasion, PersonId, Space
from tests.vaults import AGREED, agreed, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge.people.store import Store

HERE = Space("toy", "a" * 64, "1")
FACES = {"anna1": (1.0, 0.0), "anna2": (1.0, 0.2), "bob": (0.0, 1.0)}
NEW = Consent("2026-2", 2e9, "other")
ANNA = PersonId("anna")


def look(path: Path) -> Photo:
    vector = np.array(FACES[path.stem], np.float32)
    return Photo(str(path), 1, (), Embedding(vector / np.float32(np.linalg.norm(vector)), HERE))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with vault(tmp_path / "people.sqlite3", create=True) as opened:
        yield opened


@pytest.fixture
def written() -> list[tuple[Occasion, Handle, str]]:
    return []


@pytest.fixture
def desk(store: Store, written: list[tuple[Occasion, Handle, str]]) -> Desk:
    def write(occasion: Occasion, handle: Handle, words: str) -> None:
        written.append((occasion, handle, words))

    return Desk(
        store=store,
        search=LiveSearch(store, HERE),
        look=look,
        limits=lambda _: Limits(same=0.3, other=0.6),
        room=lambda people, templates: None,  # noqa: ARG005 - room for all
        most=100,
        audit=write,
    )


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / f"{name}.jpg" for name in FACES}
    for name, path in made.items():
        path.write_text(name)
    return made


def test_no_consent_no_template(desk: Desk, store: Store, files: dict[str, Path]) -> None:
    with pytest.raises(EnrolError, match=r"without their consent: .*--consent VERSION --operator NAME"):
        desk.enrol(NewPerson(ANNA, "Anna"), [files["anna1"]])
    assert store.count() == 0
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    assert store.consent(ANNA) == AGREED


def test_whoever_agreed_is_not_asked_again_for_more_templates(desk: Desk, store: Store, files: dict[str, Path]) -> None:
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    assert len(desk.enrol(NewPerson(ANNA, "Anna"), [files["anna2"]]).accepted) == 1
    assert store.consent(ANNA) == AGREED


def test_only_the_configured_texts_count_also_for_whoever_agreed_earlier(
    desk: Desk, store: Store, files: dict[str, Path]
) -> None:
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    strict = replace(desk, consent_texts=("2026-2", "2026-3"))
    with pytest.raises(EnrolError, match=r"'2026-1' does not count; people.consent_texts names 2026-2, 2026-3"):
        strict.enrol(NewPerson(ANNA, "Anna"), [files["anna2"]])
    with pytest.raises(EnrolError, match="'2026-1' does not count"):
        strict.renew_consent(ANNA, AGREED)
    strict.renew_consent(ANNA, NEW)
    assert store.consent(ANNA) == NEW
    assert len(strict.enrol(NewPerson(ANNA, "Anna"), [files["anna2"]]).accepted) == 1


def test_whoever_was_enrolled_before_consents_were_recorded_gives_theirs(
    desk: Desk, store: Store, files: dict[str, Path], written: list[tuple[Occasion, Handle, str]]
) -> None:
    store.add(NewPerson(ANNA, "Anna"), [])
    with pytest.raises(EnrolError, match="without their consent"):
        desk.enrol(NewPerson(ANNA, "Anna"), [files["anna1"]])
    with pytest.raises(EnrolError, match="nobody is enrolled under the id 'bob'"):
        desk.renew_consent(PersonId("bob"), NEW)
    desk.renew_consent(ANNA, NEW)
    (one,) = store.people()
    assert written == [(Occasion.ENROLLED, one.handle, "consent to text 2026-2 recorded anew")]
    assert len(desk.enrol(NewPerson(ANNA, "Anna"), [files["anna1"]]).accepted) == 1


def test_a_newer_text_is_recorded_and_the_same_one_keeps_its_moment(
    desk: Desk, store: Store, files: dict[str, Path]
) -> None:
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    desk.enrol(NewPerson(ANNA, "Anna", consent=replace(AGREED, at=3e9)), [files["anna2"]])
    assert store.consent(ANNA) == AGREED
    desk.enrol(NewPerson(ANNA, "Anna", consent=NEW), [files["bob"]])
    assert store.consent(ANNA) == AGREED  # nothing was accepted
    with pytest.raises(EnrolError, match="another validity"):
        desk.enrol(NewPerson(ANNA, "Anna", valid_until=5e9), [files["anna2"]])


def test_a_second_enrolment_is_refused_by_the_others_handle_and_written_down(
    desk: Desk, store: Store, files: dict[str, Path], written: list[tuple[Occasion, Handle, str]]
) -> None:
    desk.enrol(agreed("anna", "Anna Lind"), [files["anna1"]])
    (anna,) = store.people()
    choice = desk.enrol(agreed("eve", "Eve"), [files["anna2"]])
    assert (choice.accepted, choice.duplicate) == ((), anna.handle)
    with pytest.raises(EnrolError, match=f"another id, as {anna.handle} in the journal") as caught:
        require(choice, PersonId("eve"))
    assert "anna" not in str(caught.value).lower()
    assert [(one[0], one[1]) for one in written] == [
        (Occasion.ENROLLED, anna.handle),
        (Occasion.DUPLICATE, anna.handle),
    ]
    assert written[0][2] == "1 template, consent to text 2026-1"
    assert not any("eve" in one[2].lower() or "anna" in one[2].lower() for one in written)
    assert store.count() == 1


def test_an_officer_may_say_that_two_people_are_two_and_that_is_written_down(
    desk: Desk, store: Store, files: dict[str, Path], written: list[tuple[Occasion, Handle, str]]
) -> None:
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    (anna,) = store.people()
    with pytest.raises(EnrolError, match="nobody is known by the handle"):
        replace(desk, distinct=Handle("nobody")).enrol(agreed("eve", "Eve"), [files["anna2"]])
    replace(desk, distinct=anna.handle).enrol(agreed("eve", "Eve"), [files["anna2"]])
    assert store.count() == 2
    assert written[-1][2].endswith(f"said to be another person than {anna.handle}")


def test_photographs_that_are_templates_already_are_known_by_name_and_content(
    desk: Desk, files: dict[str, Path], tmp_path: Path
) -> None:
    assert desk.left(ANNA, list(files.values())) == list(files.values())
    desk.enrol(agreed("anna", "Anna"), [files["anna1"]])
    assert desk.left(ANNA, [files["anna1"], files["anna2"]]) == [files["anna2"]]
    assert desk.left(PersonId("bob"), [files["anna1"]]) == [files["anna1"]]
    files["anna1"].write_text("another picture")
    assert desk.left(ANNA, [files["anna1"]]) == [files["anna1"]]
    assert source(tmp_path / "gone.jpg") == "gone.jpg"
