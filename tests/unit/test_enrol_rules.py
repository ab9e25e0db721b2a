"""Which photographs become templates, what people may be called, and how a table of people is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EnrolError, EvidenceError
from edge.people.desk import Desk
from edge.people.enrol import Applicant, Choice, Limits, Photo, choose, require
from edge.people.gallery import Gallery, build
from edge.people.records import Template
from edge.people.search import LiveSearch
from edge.values import Embedding, Flaw, PersonId, Space
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from edge.people.store import Store

HERE = Space("toy", "a" * 64, "1")
LIMITS = Limits(same=0.3, other=0.6)
ANNA, BOB = PersonId("anna"), PersonId("bob")


def face(*numbers: float) -> Embedding:
    vector = np.array(numbers, np.float32)
    return Embedding(vector / np.float32(np.linalg.norm(vector)), HERE)


def photo(file: str, *numbers: float) -> Photo:
    return Photo(file, 1, (), face(*numbers))


def chosen(*photos: Photo, enrolled: tuple[tuple[PersonId, Embedding], ...] = ()) -> Choice:
    gallery = Gallery(build(HERE, enrolled))
    return choose(photos, Applicant(ANNA, gallery.of(ANNA)), gallery.search, LIMITS)


def words(choice: Choice) -> dict[str, str]:
    return {
        **{one.file: "ok" for one in choice.accepted},
        **{one.file: str(one.reason) for one in choice.rejected},
    }


def test_a_photograph_that_shows_no_single_good_face_is_refused_by_name() -> None:
    dark = Photo("dark", 1, (Flaw.TOO_DARK, Flaw.BLURRED), face(1, 0))
    two = Photo("two", 2, (), face(1, 0))
    none, torn = Photo("none"), Photo("torn", fault="torn: truncated")
    choice = chosen(none, dark, two, torn, photo("good", 1, 0))
    assert words(choice) == {
        "none": "no-face",
        "dark": "too-dark",
        "two": "several-faces",
        "torn": "unreadable",
        "good": "ok",
    }
    assert [one.detail for one in choice.rejected] == ["", "too-dark, blurred", "2 faces", "torn: truncated"]


def test_one_strangers_picture_among_three_is_found_and_spoils_nothing() -> None:
    choice = chosen(photo("a", 1, 0), photo("stranger", -0.1, 1), photo("b", 1, 0.1), photo("c", 1, 0.2))
    assert words(choice) == {"a": "ok", "b": "ok", "c": "ok", "stranger": "unlike-the-others"}


def test_where_two_pictures_disagree_nobody_can_say_which_is_right() -> None:
    assert set(words(chosen(photo("a", 1, 0), photo("b", 0, 1))).values()) == {"unlike-the-others"}


def test_two_and_two_of_different_people_are_all_refused() -> None:
    choice = chosen(photo("a", 1, 0), photo("b", 1, 0.1), photo("c", 0, 1), photo("d", 0.1, 1))
    assert set(words(choice).values()) == {"unlike-the-others"}


def test_the_templates_a_person_has_outweigh_any_number_of_new_pictures() -> None:
    strangers = [photo(f"s{number}", 0, 1, number / 10) for number in range(5)]
    choice = chosen(photo("a", 1, 0.1, 0), *strangers, enrolled=((ANNA, face(1, 0, 0)),))
    assert words(choice) == {"a": "ok", **{one.file: "unlike-the-others" for one in strangers}}


def test_the_same_picture_is_no_second_template() -> None:
    assert words(chosen(photo("a", 1, 0), photo("a again", 1, 0))) == {"a": "ok", "a again": "same-picture"}
    assert words(chosen(photo("a", 1, 0), enrolled=((ANNA, face(1, 0)),))) == {"a": "same-picture"}


def test_a_face_that_is_enrolled_under_another_id_is_refused() -> None:
    choice = chosen(photo("a", 1, 0.1), enrolled=((BOB, face(1, 0)),))
    assert words(choice) == {"a": "resembles-another"}
    assert (choice.twin, "bob" in choice.rejected[0].detail) == (BOB, False)
    assert words(chosen(photo("a", 1, 2), enrolled=((BOB, face(1, 0)),))) == {"a": "ok"}


def test_one_picture_of_somebody_enrolled_refuses_all_that_are_like_it() -> None:
    enrolled = ((BOB, face(1, 0)),)
    choice = chosen(photo("a", 1, 0.9), photo("b", 1, 1.5), photo("stranger", -1, 0.1), enrolled=enrolled)
    assert words(choice) == {"a": "resembles-another", "b": "resembles-another", "stranger": "unlike-the-others"}
    assert (choice.twin, choice.accepted) == (BOB, ())


def test_a_stray_picture_of_somebody_enrolled_is_left_out_and_refuses_nothing() -> None:
    choice = chosen(photo("bob", 0, 1), photo("a", 1, 0), photo("b", 1, 0.1), enrolled=((BOB, face(0, 1)),))
    assert words(choice) == {"bob": "unlike-the-others", "a": "ok", "b": "ok"}
    assert choice.twin is None


def test_a_twin_who_is_known_to_be_another_person_is_enrolled_unless_like_a_third() -> None:
    gallery = Gallery(build(HERE, [(BOB, face(1, 0)), (PersonId("carl"), face(1, 2))]))
    twin = Applicant(ANNA, gallery.of(ANNA), BOB)
    assert choose([photo("a", 1, 0.1)], twin, gallery.search, LIMITS).twin is None
    assert words(choose([photo("a", 1, 0.1)], twin, gallery.search, LIMITS)) == {"a": "ok"}
    assert words(choose([photo("a", 1, 0.5)], twin, gallery.search, LIMITS)) == {"a": "resembles-another"}


def test_a_rival_is_seen_behind_the_persons_own_templates() -> None:
    enrolled = ((ANNA, face(1, 0)), (BOB, face(1, 1)))
    assert words(chosen(photo("a", 1, 0.3), enrolled=enrolled)) == {"a": "resembles-another"}
    assert words(chosen(photo("a", 1, -0.9), enrolled=enrolled)) == {"a": "ok"}


def test_nothing_accepted_is_an_error_that_names_every_reason() -> None:
    with pytest.raises(EnrolError, match="none: no-face; torn: unreadable"):
        require(chosen(Photo("none"), Photo("torn", fault="x")), ANNA)
    with pytest.raises(EnrolError, match="and 4 more"):
        require(chosen(*(Photo(f"p{number}") for number in range(9))), ANNA)
    require(chosen(Photo("none"), photo("good", 1, 0)), ANNA)


def desk(store: Store, supported: int = 100, asked: list[tuple[int, int]] | None = None) -> Desk:
    pictures = {"anna1": (1, 0), "anna2": (1, 0.2), "bob": (0, 1), "carl": (-1, 0)}

    def look(path: Path) -> Photo:
        return photo(str(path), *pictures[path.name]) if path.name in pictures else Photo(str(path))

    def room(people: int, templates: int) -> None:
        if asked is not None:
            asked.append((people, templates))
        if templates > supported:
            raise EvidenceError(f"{people} people, {templates} templates")

    return Desk(store, LiveSearch(store, HERE), look, lambda _: LIMITS, room, supported)


def test_a_person_is_enrolled_and_later_given_more_templates(tmp_path: Path) -> None:
    with vault(tmp_path / "p", create=True) as store:
        enroller = desk(store)
        enroller.enrol(agreed(ANNA, "Anna", ("staff",)), [Path("x/anna1"), Path("x/none")])
        enroller.enrol(agreed(ANNA, "Anna"), [Path("x/anna2"), Path("x/bob")])
        assert [(one.id, one.groups, one.templates) for one in store.people()] == [(ANNA, ("staff",), 2)]
        with pytest.raises(EnrolError, match="is enrolled as 'Anna'"):
            enroller.enrol(agreed(ANNA, "Bob"), [Path("bob")])
        with pytest.raises(EnrolError, match="in staff"):
            enroller.enrol(agreed(ANNA, "Anna", ("boss",)), [Path("anna2")])


def test_nothing_is_stored_of_a_person_without_a_good_photograph(tmp_path: Path) -> None:
    with vault(tmp_path / "p", create=True) as store:
        before = store.generation()
        assert desk(store).enrol(agreed(ANNA, "Anna"), [Path("none")]).accepted == ()
        assert (store.count(), store.generation()) == (0, before)


def test_s9_the_desk_counts_templates_and_refuses_the_one_too_many(tmp_path: Path) -> None:
    with vault(tmp_path / "p", create=True) as store:
        desk(store, 1).enrol(agreed(ANNA, "Anna"), [Path("anna1")])
        for who, photographs in ((agreed(BOB, "Bob"), ["bob"]), (agreed(ANNA, "Anna"), ["anna2"])):
            with pytest.raises(EvidenceError):
                desk(store, 1).enrol(who, [Path(one) for one in photographs])
        desk(store, 2).enrol(agreed(BOB, "Bob"), [Path("bob")])
        assert [one.templates for one in store.people()] == [1, 1]


def test_s9_room_is_asked_before_the_photographs_are_looked_at_and_what_they_give_is_counted(tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []
    with vault(tmp_path / "p", create=True) as store:
        desk(store, 100, asked).enrol(agreed(ANNA, "Anna"), [Path("anna1"), Path("none"), Path("anna2")])
        assert asked == [(1, 1)]
        with pytest.raises(EvidenceError, match="1 people, 3 templates"):
            desk(store, 2).enrol(agreed(ANNA, "Anna"), [Path("none")])
        store.remove(ANNA)
        with pytest.raises(EvidenceError, match=r"2 photographs .* supports 1 more .*: give at most 1 photograph;"):
            desk(store, 1).enrol(agreed(ANNA, "Anna"), [Path("anna1"), Path("anna2")])
        assert store.count() == 0


def test_people_of_another_space_can_be_enrolled_anew(tmp_path: Path) -> None:
    old = Embedding(face(1, 0).vector, Space("old", "b" * 64, "1"))
    with vault(tmp_path / "p", create=True) as store:
        store.add(agreed(ANNA, "Anna"), [Template(old, "old.jpg")])
        desk(store).enrol(agreed(ANNA, "Anna"), [Path("anna1")])
        assert (store.stranded(HERE), store.count()) == (0, 1)
