"""Adaptation: which granted track becomes a template, and how far a face may ever drift."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import inf, nan
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.people import adapt
from edge.people.adapt import DAY_S, Bounds, Declined, Grant, Surroundings, View, judge
from edge.people.gallery import Gallery, Templates
from edge.people.records import Kept, Template
from edge.values import Credential, Embedding, Factor, PersonId, Space
from tests.fakes import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ENROLLED_AT = 1_800_000_000.0
LATER = ENROLLED_AT + 30 * DAY_S
BOUNDS = Bounds(
    strong=0.6, fmr=1e-6, floor=0.45, margin=0.1, frames=3, min_score=50.0, second_factor=False, most=2,
    apart_s=7 * DAY_S, settled_s=14 * DAY_S,
)  # fmt: skip
ALONE = Surroundings(lambda _: -1.0, 100)
FACE = Credential(Factor.FACE, 1.0)
PIN = Credential(Factor.PIN, 1.0)


def unit(*numbers: float) -> NDArray[np.float32]:
    vector = np.array(numbers, np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def like(similarity: float, towards: int = 1) -> Embedding:
    """A face as similar to `like(1)` as this, away from it in one of three directions."""
    vector = np.zeros(4, np.float32)
    vector[0], vector[towards] = similarity, np.sqrt(1 - similarity**2)
    return Embedding(vector, SPACE)


def enrolled(*faces: Embedding, at: float = ENROLLED_AT) -> tuple[Kept, ...]:
    return tuple(Kept(Template(face, "photo.jpg"), at) for face in faces)


def granted(*faces: Embedding, at: float = LATER, score: float = 80.0, proof: str = "motion") -> Grant:
    return Grant(at, tuple(View(face, score) for face in faces), proof, (FACE,))


def after(kept: Sequence[Kept], new: Template | Declined, most: int = BOUNDS.most) -> tuple[Kept, ...]:
    """What the store keeps after a judgement."""
    if isinstance(new, Declined):
        return tuple(kept)
    later = adapt.with_adapted(kept, new, most)
    return (*adapt.reverted(kept), *(Kept(one, one.provenance.at if one.provenance else 0.0) for one in later))


ANNA = enrolled(like(1.0))
GOOD = granted(*[like(0.8)] * 3)


def test_a_strong_match_of_a_live_person_becomes_a_template_that_says_where_it_comes_from() -> None:
    grant = replace(granted(like(0.78), like(0.8), like(0.82)), credentials=(FACE, PIN), proof="challenge")
    found = judge(grant, ANNA, BOUNDS, Surroundings(lambda _: 0.2, 1))
    assert isinstance(found, Template)
    assert found.kind == "adapted"
    assert found.embedding.vector @ like(0.8).vector == pytest.approx(1.0, abs=1e-3)
    made = found.provenance
    assert made is not None
    assert (made.at, made.required, made.fmr, made.rival, made.frames) == (LATER, 0.6, 1e-6, 0.2, 3)
    assert (made.proof, made.factors) == ("challenge", ("pin",))
    assert made.similarity == pytest.approx(0.8, abs=1e-3)


def test_one_odd_frame_among_three_does_not_become_the_template() -> None:
    found = judge(granted(like(0.8), like(0.0, 2), like(0.8)), ANNA, BOUNDS, ALONE)
    assert isinstance(found, Template)
    assert found.embedding.vector @ like(0.8).vector == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("grant", "kept", "bounds", "around", "why"),
    [
        (replace(GOOD, proof=""), ANNA, BOUNDS, ALONE, Declined.NOT_PROVEN),
        (replace(GOOD, credentials=(replace(PIN, duress=True), FACE)), ANNA, BOUNDS, ALONE, Declined.DURESS),
        (GOOD, ANNA, replace(BOUNDS, second_factor=True), ALONE, Declined.NO_SECOND_FACTOR),
        (granted(*[like(0.8)] * 2), ANNA, BOUNDS, ALONE, Declined.FEW_FRAMES),
        (granted(*[like(0.8)] * 3, score=49.9), ANNA, BOUNDS, ALONE, Declined.FEW_FRAMES),
        (granted(*[like(0.8)] * 3, score=nan), ANNA, BOUNDS, ALONE, Declined.FEW_FRAMES),
        (GOOD, (), BOUNDS, ALONE, Declined.NO_ANCHOR),
        (granted(*[like(0.8)] * 3, at=ENROLLED_AT - 1), ANNA, BOUNDS, ALONE, Declined.CLOCK),
        (granted(*[like(0.8)] * 3, at=nan), ANNA, BOUNDS, ALONE, Declined.CLOCK),
        (granted(*[like(0.8)] * 3, at=inf), ANNA, BOUNDS, ALONE, Declined.CLOCK),
        (granted(*[like(0.8)] * 3, at=ENROLLED_AT + 13.9 * DAY_S), ANNA, BOUNDS, ALONE, Declined.UNSETTLED),
        (granted(*[like(0.599)] * 3), ANNA, BOUNDS, ALONE, Declined.WEAK),
        (granted(like(0.7), like(0.599), like(0.599)), ANNA, BOUNDS, ALONE, Declined.WEAK),
        (GOOD, ANNA, BOUNDS, Surroundings(lambda _: 0.45, 100), Declined.RESEMBLES),
        (GOOD, ANNA, BOUNDS, Surroundings(lambda _: nan, 100), Declined.RESEMBLES),
        (GOOD, ANNA, replace(BOUNDS, margin=0.4), Surroundings(lambda _: 0.41, 100), Declined.NARROW),
        (granted(*[like(0.96)] * 3), ANNA, BOUNDS, ALONE, Declined.NOTHING_NEW),
        (GOOD, ANNA, BOUNDS, Surroundings(lambda _: -1.0, 0), Declined.NO_ROOM),
    ],
)
def test_the_first_rule_that_is_broken_names_the_reason(
    grant: Grant, kept: tuple[Kept, ...], bounds: Bounds, around: Surroundings, why: Declined
) -> None:
    assert judge(grant, kept, bounds, around) is why


def test_a_pin_is_a_second_factor_and_another_face_is_none() -> None:
    asked = replace(BOUNDS, second_factor=True)
    assert judge(replace(GOOD, credentials=(FACE, FACE)), ANNA, asked, ALONE) is Declined.NO_SECOND_FACTOR
    assert isinstance(judge(replace(GOOD, credentials=(FACE, PIN)), ANNA, asked, ALONE), Template)


def test_a_median_that_flatters_its_frames_does_not_help() -> None:
    # Each frame is 0.55 like the anchor, in a direction of its own; their median is 0.7 like it.
    frames = [like(0.55, towards) for towards in (1, 2, 3)] + [Embedding(unit(0.55, *[-0.4] * 3), SPACE)]
    middle = np.median(np.stack([one.vector for one in frames]), axis=0)
    assert middle[0] / np.linalg.norm(middle) > BOUNDS.strong
    assert judge(granted(*frames), ANNA, BOUNDS, ALONE) is Declined.WEAK


def test_a_chain_of_small_steps_leads_nowhere() -> None:
    kept = after(ANNA, judge(granted(*[like(0.62)] * 3), ANNA, BOUNDS, ALONE))
    assert len(kept) == 2
    # The next step is 0.97 like the adapted template, and 0.4 like the anchor.
    step = like(0.4)
    assert kept[1].template.embedding.vector @ step.vector > 0.9
    assert judge(granted(*[step] * 3, at=LATER + 8 * DAY_S), kept, BOUNDS, ALONE) is Declined.WEAK


def test_a_week_lies_between_two_and_the_newest_stay() -> None:
    kept = after(ANNA, judge(granted(*[like(0.8, 1)] * 3), ANNA, BOUNDS, ALONE))
    second = granted(*[like(0.8, 2)] * 3, at=LATER + 6.9 * DAY_S)
    assert judge(second, kept, BOUNDS, ALONE) is Declined.TOO_SOON
    kept = after(kept, judge(replace(second, at=LATER + 7 * DAY_S), kept, BOUNDS, ALONE))
    full = Surroundings(lambda _: -1.0, 0)
    kept = after(kept, judge(granted(*[like(0.8, 3)] * 3, at=LATER + 14 * DAY_S), kept, BOUNDS, full))
    assert [round(float(one.embedding.vector @ like(0.8, 1).vector), 2) for one in adapt.adapted_of(kept)] == [0.64] * 2
    assert [one.provenance.at for one in adapt.adapted_of(kept) if one.provenance] == [
        LATER + 7 * DAY_S,
        LATER + 14 * DAY_S,
    ]


def test_a_new_photograph_starts_the_waiting_anew() -> None:
    kept = (*ANNA, *enrolled(like(0.7, 2), at=LATER - DAY_S))
    assert judge(GOOD, kept, BOUNDS, ALONE) is Declined.UNSETTLED


def test_s5_anchors_of_another_space_are_none() -> None:
    elsewhere = Embedding(like(1.0).vector, Space("other", "0" * 64, "1"))
    assert judge(GOOD, enrolled(elsewhere), BOUNDS, ALONE) is Declined.NO_ANCHOR


numbers = st.tuples(*[st.integers(-4, 4)] * 4)
faces = numbers.filter(any).map(lambda row: Embedding(unit(*row), SPACE))
# Near the anchors often enough, and at times that are often far enough apart, that much is accepted.
near = st.tuples(numbers, st.integers(0, 12)).map(
    lambda drawn: Embedding(unit(drawn[0][0] + drawn[1] + 0.01, *drawn[0][1:]), SPACE)
)
days = st.sampled_from([-5, 0, 3, 7, 8, 14, 30]).map(lambda number: number * DAY_S)
grants = st.tuples(st.lists(near, min_size=3, max_size=3), days, st.sampled_from([-1.0, -0.5, 0.2, 0.44, 0.6]))
histories = st.lists(grants, max_size=8)


def _told(rival: float, face: Embedding) -> float:
    del face
    return rival


def lived(
    anchors: Sequence[Embedding], history: Sequence[tuple[list[Embedding], float, float]]
) -> tuple[tuple[Kept, ...], list[Template]]:
    """What is kept after a life, and everything that was ever adapted."""
    kept, at, ever = enrolled(*anchors), ENROLLED_AT, []
    for views, passed_s, rival in history:
        at += passed_s
        new = judge(granted(*views, at=at), kept, BOUNDS, Surroundings(partial(_told, rival), 5))
        kept = after(kept, new)
        ever += [new] if isinstance(new, Template) else []
    return kept, ever


@given(st.lists(near, min_size=1, max_size=3), histories)
def test_whatever_happens_every_adapted_template_is_like_an_anchor(
    anchors: list[Embedding], history: list[tuple[list[Embedding], float, float]]
) -> None:
    _, ever = lived(anchors, history)
    rows = np.stack([one.vector for one in anchors])
    for one in ever:
        assert float((rows @ one.embedding.vector).max()) >= BOUNDS.strong
        assert np.linalg.norm(one.embedding.vector) == pytest.approx(1, abs=1e-3)
        assert one.provenance is not None
        assert one.provenance.similarity == pytest.approx(float((rows @ one.embedding.vector).max()), abs=1e-6)
        assert one.provenance.rival < BOUNDS.floor


@given(st.lists(near, min_size=1, max_size=3), histories)
def test_whatever_happens_the_anchors_stay_and_a_revert_restores_them_exactly(
    anchors: list[Embedding], history: list[tuple[list[Embedding], float, float]]
) -> None:
    before = enrolled(*anchors)
    kept, _ = lived(anchors, history)
    assert [one.template.embedding for one in adapt.reverted(kept)] == anchors
    for now, then in zip(adapt.reverted(kept), before, strict=True):
        assert np.array_equal(now.template.embedding.vector, then.template.embedding.vector)
        assert (now.template.source, now.template.kind, now.created) == ("photo.jpg", "enrolled", ENROLLED_AT)


@given(st.lists(near, min_size=1, max_size=3), histories)
def test_whatever_happens_there_are_few_and_time_lies_between_them(
    anchors: list[Embedding], history: list[tuple[list[Embedding], float, float]]
) -> None:
    kept, ever = lived(anchors, history)
    assert len(adapt.adapted_of(kept)) == min(len(ever), BOUNDS.most)
    moments = [ENROLLED_AT + BOUNDS.settled_s - BOUNDS.apart_s, *(one.provenance.at for one in ever if one.provenance)]
    assert all(later - earlier >= BOUNDS.apart_s for earlier, later in pairwise(moments))


@given(st.lists(near, min_size=1, max_size=3), histories, faces, st.sampled_from([0.0, 0.03, 0.1]))
def test_s9_whoever_is_further_from_every_anchor_than_the_lift_is_let_in_by_no_history(
    anchors: list[Embedding], history: list[tuple[list[Embedding], float, float]], stranger: Embedding, lift: float
) -> None:
    kept, _ = lived(anchors, history)
    adapted = np.array([one.template.kind == "adapted" for one in kept], np.bool_)
    vectors = np.stack([one.template.embedding.vector for one in kept])
    gallery = Gallery(Templates(SPACE, (PersonId("anna"),), np.array([0, len(kept)], np.int64), vectors, adapted), lift)
    match = gallery.search(stranger)
    assert match is not None
    assert match.similarity <= max(float(one.vector @ stranger.vector) for one in anchors) + lift + 1e-5


def test_frames_that_are_each_like_another_anchor_make_no_template_that_is_like_none() -> None:
    kept = enrolled(Embedding(unit(1, 0, 0, 0), SPACE), Embedding(unit(0, 0, 0, 1), SPACE))
    rows = (0.65, 0.76, 0, 0), (0.65, 0, 0.76, 0), (0, 0.76, 0, 0.65), (0, 0, 0.76, 0.65)
    frames = [Embedding(unit(*row), SPACE) for row in rows]
    assert judge(granted(*frames), kept, BOUNDS, ALONE) is Declined.DRIFTED
