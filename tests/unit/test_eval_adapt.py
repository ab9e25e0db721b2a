"""The simulation of adaptation: it can fail, and the product's rule does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.errors import EvidenceError
from edge.eval.adaptation import Plan, require, scenes
from edge.eval.faces import Faces
from edge.eval.pictures import Picture
from edge.eval.renewal import renewal
from edge.eval.walking import Attack, Policy, Scene, Siege, Terms, attack
from edge.people.adapt import DAY_S, Bounds
from edge.values import Quality
from tests.fakes import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

DOOR, STRONG, LIFT = 0.5, 0.58, 0.05
BOUNDS = Bounds(
    strong=STRONG, fmr=1e-6, floor=DOOR - LIFT, margin=0.1, frames=3, min_score=0.0, second_factor=False, most=2,
    apart_s=7 * DAY_S, settled_s=14 * DAY_S,
)  # fmt: skip
TERMS = Terms(SPACE, lambda _: DOOR, 0.05, lambda _: BOUNDS, lambda _: LIFT, lambda _all, _mine: 5)
DIMENSIONS = 64
STEPS = (12, 1)


def towards(similarity: float, axis: int = 1) -> Vector:
    """A face as similar to the victim's as this."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[0], vector[axis] = similarity, np.sqrt(1 - similarity**2)
    return vector


def scene(*own: float, others: Sequence[Vector] = ()) -> Scene:
    """A victim, and an attacker whose photographs are so similar to theirs."""
    photos = np.stack([towards(similarity) for similarity in own])
    return Scene(towards(1.0), np.stack([towards(0.0, 9), *others]), photos)


@pytest.mark.parametrize("similarity", [-0.2, 0.0, 0.2, 0.4, 0.449])
@pytest.mark.parametrize("kind", list(Attack))
def test_nobody_further_away_than_the_lift_walks_a_template_over(similarity: float, kind: Attack) -> None:
    outcome = attack(scene(similarity), TERMS, Policy.BOUNDED, kind, STEPS)
    assert outcome is not None
    assert not outcome.won


@pytest.mark.parametrize("similarity", [0.0, 0.2, 0.4])
def test_the_control_that_adapts_to_whoever_it_lets_in_is_walked_over(similarity: float) -> None:
    outcome = attack(scene(similarity), TERMS, Policy.UNBOUNDED, Attack.OMNISCIENT, STEPS)
    assert outcome is not None
    assert outcome.won
    assert outcome.adapted >= 1


def test_a_bound_on_the_template_alone_does_not_stop_who_can_present_any_face() -> None:
    outcome = attack(scene(0.2), TERMS, Policy.TEMPLATES_ONLY, Attack.OMNISCIENT, STEPS)
    assert outcome is not None
    assert outcome.won


def test_only_a_chain_of_steps_from_one_template_to_the_next_leads_to_the_opposite_face() -> None:
    own = {policy: attack(scene(-0.6), TERMS, policy, Attack.OMNISCIENT, STEPS) for policy in Policy}
    assert {policy: outcome.won for policy, outcome in own.items() if outcome} == {
        Policy.BOUNDED: False,
        Policy.TEMPLATES_ONLY: False,
        Policy.UNBOUNDED: True,
    }


def test_what_the_lift_gives_away_is_seen() -> None:
    outcome = attack(scene(0.47), TERMS, Policy.BOUNDED, Attack.OMNISCIENT, STEPS)
    assert outcome is not None
    assert outcome.won


def test_who_is_enrolled_themselves_gets_no_face_of_both_adapted() -> None:
    outcome = attack(scene(0.47), TERMS, Policy.BOUNDED, Attack.INSIDER, STEPS)
    assert outcome is not None
    assert not outcome.won


def test_who_is_let_in_from_the_start_has_nothing_to_win() -> None:
    assert attack(scene(0.2, 0.51), TERMS, Policy.BOUNDED, Attack.OWN_FACE, STEPS) is None


def test_an_attacker_presents_their_own_face_as_often_as_they_are_asked_to() -> None:
    outcome = attack(scene(0.45, 0.3), TERMS, Policy.BOUNDED, Attack.OWN_FACE, (40, 3))
    assert outcome is not None
    assert (outcome.presented, outcome.adapted, outcome.won) == (40, 0, False)


def test_a_siege_keeps_the_anchor_and_few_adapted_templates() -> None:
    siege = Siege(scene(0.0), TERMS, Policy.BOUNDED)
    assert [siege.present(towards(0.7, axis)) for axis in (2, 3, 4)] == [True] * 3
    assert [one.template.kind for one in siege.kept] == ["enrolled", "adapted", "adapted"]
    assert np.array_equal(siege.kept[0].template.embedding.vector, towards(1.0))


def people(photos: dict[str, list[Vector]]) -> Faces:
    names = tuple(sorted(photos))
    pictures = tuple(
        Picture(Path(name) / f"{name}_{number:04}.jpg", name)
        for name in names
        for number, _ in enumerate(photos[name], start=1)
    )
    numbers = np.array([names.index(one.person) for one in pictures], np.int64)
    vectors = np.stack([photo for name in names for photo in photos[name]])
    return Faces(pictures, numbers, names, vectors, tuple(Quality(60.0, score=90.0) for _ in pictures))


def test_a_changed_face_is_known_again_by_what_it_was_adapted_to() -> None:
    # The last photograph is 0.47 like the enrolled one, and more like the one between them.
    anna = [towards(1.0), towards(0.7), towards(0.47)]
    found = renewal(people({"anna": anna, "bert": [towards(0.0, 9)]}), TERMS, 2, each=False)
    assert (found.people, found.grants, found.adapted) == (1, 1, 1)
    assert (found.before.events, found.after.events, found.rescued, found.lost) == (1, 0, 1, 0)
    assert (found.strangers_before.events, found.strangers_after.events) == (0, 0)
    assert found.strangers_after.trials == 1


def test_with_no_lift_nobody_is_rescued() -> None:
    anna = [towards(1.0), towards(0.7), towards(0.47)]
    none = replace(TERMS, lift=lambda _: 0.0)
    found = renewal(people({"anna": anna, "bert": [towards(0.0, 9)]}), none, 2, each=False)
    assert (found.adapted, found.rescued) == (1, 0)


def test_a_stranger_who_is_let_in_is_counted() -> None:
    anna = [towards(1.0), towards(0.7), towards(0.47)]
    found = renewal(people({"anna": anna, "bert": [towards(0.6, 9)], "carl": [towards(0.0, 9)]}), TERMS, 1, each=False)
    assert found.strangers_before.events == 1


def test_every_person_is_the_victim_of_whoever_resembles_them_most() -> None:
    faces = people(
        {
            "anna": [towards(1.0)],
            "bert": [towards(0.4), towards(0.3)],
            "carl": [towards(0.1)],
            "dora": [towards(0.0, 9)],
        }
    )
    first, *_ = scenes(faces, Plan(enrolled=2, attackers=1, steps=1, seed=1))
    assert np.array_equal(first.anchor, towards(1.0))
    assert np.array_equal(first.own, np.stack([towards(0.4), towards(0.3)]))
    assert len(first.others) == 1
    assert not any(np.array_equal(one, photo) for one in first.others for photo in (*first.own, first.anchor))


def test_too_few_people_are_refused() -> None:
    with pytest.raises(EvidenceError, match="faces of 2 people"):
        require(people({"anna": [towards(1.0)], "bert": [towards(0.4)]}), Plan(2, 1, 1, 1))
