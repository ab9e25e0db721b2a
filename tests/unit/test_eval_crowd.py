"""Galleries of strangers: drawn anew each time, alike for a seed, without the people who are not to be in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import EvidenceError
from edge.eval.crowd import draw_crowd
from edge.eval.faces import Faces
from edge.eval.pictures import Picture
from edge.values import PersonId
from tests.fakes import SPACE
from tests.unit.builders import GOOD
from tests.unit.eval_builders import likeness

NAMES = ("ann", "bob", "cat", "dan", "eve")


def faces(each: int = 3) -> Faces:
    """Every picture has an embedding of its own."""
    people = np.repeat(np.arange(len(NAMES)), each)
    vectors = np.random.default_rng(1).standard_normal((len(people), 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pictures = tuple(Picture(Path(f"{place}.jpg"), NAMES[person]) for place, person in enumerate(people))
    return Faces(pictures, people, NAMES, vectors, (GOOD,) * len(people))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 9))
def test_each_gallery_has_so_many_people_each_once_with_a_picture_of_theirs(
    people: int, repeats: int, seed: int
) -> None:
    some = faces()
    crowd = draw_crowd(some, SPACE, people, repeats, {"bob"}, seed)
    assert (len(crowd.draws), crowd.people) == (repeats, people)
    for draw in crowd.draws:
        names = [person.removeprefix("stranger ") for person, _ in draw]
        assert len(set(names)) == people
        assert "bob" not in names
        for name, (_, template) in zip(names, draw, strict=True):
            own = some.vectors[some.people == NAMES.index(name)]
            assert (own == template.vector).all(axis=1).any()


def test_draws_differ_and_a_seed_gives_them_again() -> None:
    def drawn(seed: int) -> list[list[float]]:
        return [[float(one.vector[0]) for _, one in draw] for draw in draw_crowd(faces(), SPACE, 4, 6, (), seed).draws]

    assert drawn(1) == drawn(1) != drawn(2)
    assert len({tuple(draw) for draw in drawn(1)}) == 6


def test_everybody_may_be_drawn_and_every_picture_of_theirs_may_be_the_one() -> None:
    some = faces()
    drawn = {float(template.vector[0]) for draw in draw_crowd(some, SPACE, 2, 90).draws for _, template in draw}
    assert drawn == {float(vector[0]) for vector in some.vectors}


def test_newcomers_take_the_place_of_strangers() -> None:
    crowd = draw_crowd(faces(), SPACE, 4, 3)
    ann = PersonId("ann")
    for gallery in crowd.galleries([(ann, likeness(1.0)), (ann, likeness(0.9))]):
        assert (len(gallery), gallery.templates) == (4, 5)
        found = gallery.search(likeness(1.0))
        assert found is not None
        assert found.person == ann


def test_more_strangers_than_there_are_is_not_supported() -> None:
    with pytest.raises(EvidenceError, match="faces of 4"):
        draw_crowd(faces(), SPACE, 5, 1, {"ann"})
