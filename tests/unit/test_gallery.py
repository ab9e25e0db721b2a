"""The gallery against a reference that anybody can check by reading."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ModelError, SpaceError
from edge.people.gallery import Gallery, Templates, build
from edge.values import Embedding, Match, PersonId, Space

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Space("toy", "a" * 64, "1")
Rows = list[tuple[PersonId, Embedding]]


def face(*numbers: float, space: Space = HERE) -> Embedding:
    vector = np.array(numbers, np.float32)
    return Embedding(vector / np.float32(np.linalg.norm(vector)), space)


def crowd(count: int, dimensions: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(7).standard_normal((count, dimensions), np.float32)
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def naive(rows: Rows, probe: Embedding) -> dict[PersonId, float]:
    best: dict[PersonId, float] = {}
    for person, template in rows:
        similarity = float(np.dot(template.vector.astype(float), probe.vector.astype(float)))
        best[person] = max(similarity, best.get(person, -2))
    return best


def found(rows: Rows, probe: Embedding) -> Match | None:
    return Gallery(build(HERE, rows)).search(probe)


numbers = st.lists(st.integers(-3, 3), min_size=5, max_size=5).filter(any)
faces = numbers.map(lambda values: face(*values))
galleries = st.lists(st.tuples(st.sampled_from("abcdé").map(PersonId), faces), max_size=12)


@given(galleries, faces)
def test_the_best_person_and_the_margin_are_those_of_the_reference(rows: Rows, probe: Embedding) -> None:
    match, best = found(rows, probe), naive(rows, probe)
    if match is None:
        assert not rows
        return
    others = [similarity for person, similarity in best.items() if person != match.person]
    assert match.similarity == pytest.approx(max(best.values()), abs=1e-5)
    assert best[match.person] == pytest.approx(max(best.values()), abs=1e-5)
    assert match.margin == pytest.approx(match.similarity - max(others) if others else 2.0, abs=1e-5)
    assert match.comparisons == len(rows)


@given(galleries.filter(bool), faces, st.randoms(use_true_random=False))
def test_the_order_of_enrolment_does_not_matter(rows: Rows, probe: Embedding, shuffler: object) -> None:
    shuffled = list(rows)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' Random has no public type
    first, second = found(rows, probe), found(shuffled, probe)
    assert first is not None
    assert second is not None
    assert second.similarity == pytest.approx(first.similarity, abs=1e-6)
    assert second.margin == pytest.approx(first.margin, abs=1e-5)
    assert second.person == first.person or first.margin < 1e-5


def test_of_two_people_with_the_same_template_neither_is_ahead() -> None:
    match = found([(PersonId("b"), face(1, 2)), (PersonId("a"), face(1, 2))], face(1, 2))
    assert match == Match(PersonId("a"), match.similarity if match else 0, 0.0, 2)


def test_several_templates_of_one_person_are_no_rivals_of_each_other() -> None:
    match = found([(PersonId("a"), face(1, 0)), (PersonId("a"), face(1, 0.01))], face(1, 0))
    assert match == Match(PersonId("a"), match.similarity if match else 0, 2.0, 2)


def test_nobody_is_found_among_nobody() -> None:
    assert found([], face(1, 0)) is None


@pytest.mark.parametrize("other", [Space("x", "a" * 64, "1"), Space("toy", "b" * 64, "1"), Space("toy", "a" * 64, "2")])
def test_s5_a_probe_of_another_space_is_an_error_and_no_silent_miss(other: Space) -> None:
    for rows in ([], [(PersonId("a"), face(1, 0))]):
        with pytest.raises(SpaceError, match="cannot be compared"):
            found(rows, face(1, 0, space=other))
    with pytest.raises(SpaceError, match="cannot be compared"):
        build(HERE, [(PersonId("a"), face(1, 0, space=other))])


def test_s5_a_probe_of_another_size_is_an_error() -> None:
    with pytest.raises(SpaceError, match="3 numbers"):
        found([(PersonId("a"), face(1, 0))], face(1, 0, 0))
    with pytest.raises(SpaceError, match="different sizes"):
        build(HERE, [(PersonId("a"), face(1, 0)), (PersonId("a"), face(1, 0, 0))])


@pytest.mark.parametrize("vector", [[0, 0], [np.nan, 0], [np.inf, 0], [5, 0], [1.01, 0]])
def test_what_is_not_a_unit_vector_can_neither_be_matched_nor_enrolled(vector: list[float]) -> None:
    wrong = Embedding(np.array(vector, np.float32), HERE)
    for rows in ([], [(PersonId("a"), face(1, 0))]):
        with pytest.raises(ModelError, match="unit length"):
            found(rows, wrong)
    with pytest.raises(ModelError, match="unit length"):
        Gallery(build(HERE, [(PersonId("a"), wrong)]))


def test_a_gallery_cannot_be_changed_from_outside() -> None:
    templates = build(HERE, [(PersonId("a"), face(1, 0)), (PersonId("b"), face(0, 1))])
    gallery = Gallery(templates)
    with pytest.raises(ValueError, match="read-only"):
        templates.vectors[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        gallery.of(PersonId("a"))[0] = 0


def test_a_persons_own_templates_are_given_back() -> None:
    rows = [(PersonId("b"), face(1, 0)), (PersonId("a"), face(0, 1)), (PersonId("b"), face(1, 1))]
    gallery = Gallery(build(HERE, rows))
    assert gallery.of(PersonId("b")).tolist() == [face(1, 0).vector.tolist(), face(1, 1).vector.tolist()]
    assert gallery.of(PersonId("a")).tolist() == [face(0, 1).vector.tolist()]
    assert len(gallery.of(PersonId("c"))) == 0
    assert (len(gallery), gallery.templates) == (2, 3)


def test_a_search_allocates_nothing_that_grows_with_the_gallery() -> None:
    vectors = crowd(20_000, 16)
    people = tuple(PersonId(f"{number:05}") for number in range(10_000))
    gallery = Gallery(Templates(HERE, people, np.arange(0, 20_001, 2), vectors))
    probe = Embedding(vectors[4321].copy(), HERE)
    gallery.search(probe)
    tracemalloc.start()
    match = gallery.search(probe)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert match is not None
    assert match.person == "02160"
    assert peak < 4096


tagged = st.lists(st.tuples(st.sampled_from("abc").map(PersonId), faces, st.booleans()), min_size=1, max_size=12)


def lifted(rows: list[tuple[PersonId, Embedding, bool]], lift: float) -> Gallery:
    ordered = sorted(rows, key=lambda row: row[0])
    plain = build(HERE, [(person, one) for person, one, _ in ordered])
    adapted = np.array([later for _, _, later in ordered], np.bool_)
    return Gallery(Templates(plain.space, plain.people, plain.offsets, plain.vectors, adapted), lift)


@given(tagged, faces, st.floats(0, 0.5, width=32))
def test_an_adapted_template_adds_no_more_than_the_lift_to_what_the_anchors_say(
    rows: list[tuple[PersonId, Embedding, bool]], probe: Embedding, lift: float
) -> None:
    match = lifted(rows, lift).search(probe)
    assert match is not None
    anchors = naive([(person, one) for person, one, adapted in rows if not adapted], probe)
    everything = naive([(person, one) for person, one, _ in rows], probe)
    expected = {person: max(min(best, anchors.get(person, -1.0) + lift), -1.0) for person, best in everything.items()}
    assert match.similarity == pytest.approx(max(expected.values()), abs=1e-5)
    assert expected[match.person] == pytest.approx(max(expected.values()), abs=1e-5)
    others = [similarity for person, similarity in expected.items() if person != match.person]
    assert match.margin == pytest.approx(match.similarity - max(others) if others else 2, abs=1e-5)
    assert match.comparisons == len(rows)


@given(tagged, faces, st.floats(0, 0.5, width=32))
def test_one_person_alone_is_as_like_a_probe_as_among_everybody(
    rows: list[tuple[PersonId, Embedding, bool]], probe: Embedding, lift: float
) -> None:
    gallery = lifted(rows, lift)
    match = gallery.search(probe)
    assert match is not None
    alone = gallery.alone(match.person).search(probe)
    assert alone is not None
    assert alone.similarity == pytest.approx(match.similarity, abs=1e-6)
    assert gallery.alone(PersonId("nobody")).search(probe) is None


@given(tagged)
def test_the_templates_of_a_person_are_the_enrolled_ones(rows: list[tuple[PersonId, Embedding, bool]]) -> None:
    gallery = lifted(rows, 0.1)
    for who in "abc":
        enrolled = [one.vector for person, one, adapted in rows if person == who and not adapted]
        assert np.array_equal(gallery.of(PersonId(who)), np.stack(enrolled) if enrolled else np.empty((0, 5)))
