"""Walks become a template of a new space only when several days agree; one false match never plants one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import SpaceError
from edge.ota.migrate import Declined, days_of, gathered, migrated, needed, standing
from edge.people.adapt import DAY_S, adapted_of, with_adapted
from edge.people.gallery import Gallery, build
from edge.people.records import Kept, Template
from edge.values import Credential, Embedding, Factor, Space
from tests.unit.store_builders import ANNA, HERE, THERE
from tests.unit.walks import BOUNDS, ENROLLED, NOON, seen, turned, waiting, walk

MORNING = -4 / 24


def nobody(_: Embedding) -> float:
    return -1.0


def kept_of(what: Template | Declined) -> Template:
    assert isinstance(what, Template), what
    return what


def judged(*walks: Template, bounds: object = None) -> Template | Declined:
    return migrated(walks, HERE, BOUNDS if bounds is None else bounds, nobody)  # type: ignore[arg-type]  # only bounds


def test_a_strong_walk_waits_and_says_how_it_came_about() -> None:
    shown = replace(walk(0), credentials=(Credential(Factor.PIN, 0.0), Credential(Factor.FACE, 0.0)))
    found = kept_of(gathered(shown, ENROLLED, (), BOUNDS, lambda _: 0.2))
    assert found.kind == "gathered"
    assert found.embedding.space == THERE
    made = found.provenance
    assert made is not None
    assert (made.at, round(made.similarity, 3), made.required, made.rival) == (NOON, 0.9, 0.6, 0.2)
    assert (made.frames, made.proof, made.factors) == (3, "motion", ("pin",))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (walk(0, proof=""), Declined.NOT_PROVEN),
        (replace(walk(0), credentials=(Credential(Factor.PIN, 0.0, duress=True),)), Declined.DURESS),
        (walk(0, frames=2), Declined.FEW_FRAMES),
        (walk(0, score=49.0), Declined.FEW_FRAMES),
        (walk(0, old=0.59), Declined.WEAK),
        (replace(walk(0), at=float("nan")), Declined.CLOCK),
    ],
)
def test_a_walk_that_breaks_a_rule_is_not_kept(bad: object, why: Declined) -> None:
    assert gathered(bad, ENROLLED, (), BOUNDS, nobody) is why  # type: ignore[arg-type]  # each is a walk


def test_most_frames_must_be_strong_not_only_their_middle() -> None:
    aside = [walk(0, old=0.59).looks[0], replace(walk(0).looks[0], old=seen([0.59, -0.8, 0, 0, 0, 0, 0, 0], HERE))]
    assert gathered(replace(walk(0), looks=(*aside, *aside)), ENROLLED, (), BOUNDS, nobody) is Declined.WEAK


@pytest.mark.parametrize(
    ("rival", "why"),
    [(0.45, Declined.RESEMBLES), (float("nan"), Declined.RESEMBLES), (0.44, Declined.NARROW)],
)
def test_a_walk_that_is_like_somebody_else_is_not_kept(rival: float, why: Declined) -> None:
    old = 0.6 if why is Declined.NARROW else 0.9
    bounds = replace(BOUNDS, margin=0.2)
    assert gathered(walk(0, old=old + 0.01), ENROLLED, (), bounds, lambda _: rival) is why


def test_s4_adapted_templates_vouch_for_nobody() -> None:
    adapted = (Kept(Template(seen(turned(1.0), HERE), "adapted", "adapted"), 0.0),)
    assert gathered(walk(0), adapted, (), BOUNDS, nobody) is Declined.NO_ANCHOR


def test_whoever_is_known_in_the_new_space_needs_no_walk() -> None:
    there = Kept(Template(seen(turned(1.0), THERE), "photo.jpg", "migrated"), 0.0)
    assert gathered(walk(0), (*ENROLLED, there), (), BOUNDS, nobody) is Declined.KNOWN


def test_a_track_in_which_the_face_changed_is_not_kept() -> None:
    other = replace(walk(0).looks[0], new=seen(turned(0.0), THERE))
    mixed = replace(walk(0), looks=(*walk(0).looks, other))
    assert gathered(mixed, ENROLLED, (), BOUNDS, nobody) is Declined.UNSTEADY


def test_a_clock_that_went_backwards_is_no_day() -> None:
    future = (waiting(5, turned(1.0)),)
    assert gathered(walk(0), ENROLLED, future, BOUNDS, nobody) is Declined.CLOCK
    assert standing(future, THERE, NOON) == ()
    kept_of(gathered(walk(0), ENROLLED, standing(future, THERE, NOON), BOUNDS, nobody))


@pytest.mark.parametrize(("later", "another"), [(0.4, False), (MORNING + 1, True), (0.55, True), (0.499, False)])
def test_days_are_apart_and_midnight_is_none(later: float, another: bool) -> None:
    before = (waiting(0, turned(1.0)),)
    found = gathered(walk(later), ENROLLED, before, BOUNDS, nobody)
    assert isinstance(found, Template) is another
    assert another or found is Declined.SAME_DAY


def test_walks_of_another_space_do_not_count() -> None:
    elsewhere = Template(seen(turned(1.0), HERE), "migrated", "gathered", waiting(0, turned(1.0)).provenance)
    assert standing((elsewhere,), THERE, NOON + DAY_S) == ()


def test_three_days_that_agree_become_one_template_with_its_story() -> None:
    found = kept_of(judged(*(waiting(day, turned(0.95, day + 1)) for day in range(3))))
    made = found.migration
    assert found.kind == "migrated"
    assert made is not None
    assert (made.how, made.walks, made.at, made.required, made.rival) == ("walks", 3, NOON + 2 * DAY_S, 0.5, -1.0)
    assert made.least == pytest.approx(0.95**2, abs=1e-6)
    assert made.old == (HERE.embedder, HERE.sha256, HERE.preprocessing)


def test_two_days_are_too_few_whatever_is_configured() -> None:
    two = [waiting(day, turned(1.0)) for day in range(2)]
    assert judged(*two) is Declined.WAITING
    assert judged(*two, bounds=replace(BOUNDS, days=2)) is Declined.WAITING
    assert judged(*two, waiting(2, turned(1.0)), bounds=replace(BOUNDS, days=2)) is not Declined.WAITING


def test_a_day_counts_once_however_often_somebody_came() -> None:
    often = [waiting(day / 10, turned(1.0)) for day in range(15)]
    assert len(days_of(often)) == 2
    assert judged(*often) is Declined.WAITING


def test_a_walk_that_contradicts_asks_for_as_many_again() -> None:
    stranger = waiting(0, turned(0.1))
    mine = [waiting(day, turned(1.0)) for day in range(1, 7)]
    assert judged(stranger, *mine[:3]) is Declined.CONTRADICTED
    assert judged(stranger, *mine[:5]) is Declined.CONTRADICTED
    assert kept_of(judged(stranger, *mine)).migration.walks == 6  # type: ignore[union-attr]  # it was migrated


def test_whoever_is_like_somebody_who_came_before_is_not_migrated() -> None:
    three = [waiting(day, turned(1.0)) for day in range(3)]
    for like in (0.5, float("nan")):
        assert migrated(three, HERE, BOUNDS, lambda _, like=like: like) is Declined.RESEMBLES  # type: ignore[misc]
    kept_of(migrated(three, HERE, BOUNDS, lambda _: 0.49))


def test_not_only_their_middle_but_each_walk_may_be_like_nobody_else() -> None:
    three = [waiting(day, turned(0.95, day + 1)) for day in range(3)]
    second = three[1].embedding.vector

    def like_one(face: Embedding) -> float:
        return 0.9 if np.array_equal(face.vector, second) else 0.0

    assert migrated(three, HERE, BOUNDS, like_one) is Declined.RESEMBLES


def test_adapted_templates_of_another_space_stay_when_a_new_one_comes() -> None:
    def adapted(space: Space, day: int) -> Template:
        return replace(waiting(day, turned(1.0)), embedding=seen(turned(0.9, day + 1), space), kind="adapted")

    kept = [Kept(adapted(HERE, 0), 0.0), Kept(adapted(THERE, 1), 0.0), Kept(adapted(THERE, 2), 0.0)]
    new = adapted(THERE, 3)
    found = with_adapted(kept, new, 2)
    assert found == (kept[0].template, kept[2].template, new)
    assert adapted_of(kept, HERE) == (kept[0].template,)


def test_s5_a_probe_of_another_space_is_refused_not_compared() -> None:
    gallery = Gallery(build(HERE, [(ANNA, seen(turned(1.0), HERE))]))
    with pytest.raises(SpaceError):
        gallery.search(walk(0).looks[0].new)


directions = st.integers(0, 2**32 - 1)


def near(rng: np.random.Generator, middle: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray(middle + spread * rng.standard_normal(len(middle)) / np.sqrt(len(middle)))


@given(directions, st.integers(3, 6), st.floats(0.05, 0.6), st.integers(0, 5))
@settings(deadline=None)
def test_law_one_false_walk_moves_no_number_beyond_what_the_true_ones_say(
    seed: int, days: int, spread: float, place: int
) -> None:
    rng = np.random.default_rng(seed)
    middle = rng.standard_normal(16)
    middle /= np.linalg.norm(middle)
    faces = [seen(near(rng, middle, spread), THERE).vector for _ in range(days)]
    false = place % days
    others = [face for number, face in enumerate(faces) if number != false]
    # As like the true ones as the rules ask for, and otherwise whatever an attacker wants.
    pushed = seen(np.mean(others, axis=0) + rng.standard_normal(16) * rng.uniform(0, 1), THERE).vector
    faces[false] = pushed
    found = judged(*(waiting(day, face) for day, face in enumerate(faces)), bounds=replace(BOUNDS, alike=0.0))
    if isinstance(found, Declined) or found.migration is None or found.migration.walks < days:
        return  # it was left out, or stopped everything
    vector = found.embedding.vector
    low, high = np.min(others, axis=0), np.max(others, axis=0)
    length = float(np.linalg.norm(np.median(np.stack(faces), axis=0)))
    assert np.all(vector * length >= low - 1e-6)
    assert np.all(vector * length <= high + 1e-6)


@given(directions, st.integers(1, 8), st.integers(0, 3))
@settings(deadline=None)
def test_law_strangers_never_outvote_without_as_many_days_again(seed: int, mine: int, strangers: int) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(mine + strangers)
    faces = [turned(1.0)] * mine + [turned(0.0, 2 + number) for number in range(strangers)]
    walks = [waiting(day, faces[place]) for day, place in enumerate(order)]
    found = migrated(walks, HERE, BOUNDS, nobody)
    expected = needed(strangers, BOUNDS) <= mine and mine + strangers <= BOUNDS.most
    if mine + strangers <= BOUNDS.most:
        assert isinstance(found, Template) is expected
    if isinstance(found, Template):
        assert float(found.embedding.vector[0]) == pytest.approx(1.0)


@given(st.lists(st.floats(0, 40), max_size=20))
def test_law_so_many_days_take_so_many_midnights(times: list[float]) -> None:
    days = days_of([waiting(time, turned(1.0)) for time in times])
    moments = [one.provenance.at for one in days if one.provenance]
    assert all(b - a >= DAY_S / 2 for a, b in pairwise(moments))
    if moments:
        assert moments[-1] // DAY_S - moments[0] // DAY_S >= len(moments) - 1
