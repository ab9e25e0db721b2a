"""What several frames are worth: independent ones follow the binomial, equal ones are worth one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import DecisionSettings
from edge.errors import EvidenceError
from edge.eval.attempts import admitted, cut, independent
from edge.eval.crowd import Crowd
from edge.eval.votes import measure
from edge.values import PersonId
from tests.fakes import SPACE
from tests.unit.builders import ANN, BOB, blurred, frame, match, rule
from tests.unit.eval_builders import ends, footage, likeness

if TYPE_CHECKING:
    from edge.eval.clips import Footage
    from edge.eval.votes import VotesReport

RULE = rule()
DEFAULT = DecisionSettings()
ALONE = Crowd(SPACE, (((PersonId("stranger"), likeness(1.0)),),))


def measured(*clips: Footage, fpirs: tuple[float, ...] = (0.1,)) -> VotesReport:
    return measure(clips, ((), {}), ALONE, RULE, fpirs)


@given(st.floats(0, 1), st.integers(0, 8), st.integers(1, 4), st.integers(1, 5))
def test_independent_frames_are_let_in_as_often_as_all_their_patterns_say(
    share: float, judged: int, votes: int, window: int
) -> None:
    likely = 0.0
    for pattern in itertools.product((0, 1), repeat=judged):
        enough = any(sum(pattern[max(0, end - window) : end]) >= votes for end in range(1, judged + 1))
        likely += enough * float(np.prod([share if one else 1 - share for one in pattern]))
    decision = DecisionSettings(votes=votes, window_frames=window)
    assert independent(share, judged, decision) == pytest.approx(likely, abs=1e-9)


def test_windows_too_many_to_tell_apart_give_no_number() -> None:
    assert np.isnan(independent(0.1, 20, DecisionSettings(votes=50, window_frames=100)))


@pytest.mark.long
def test_independent_draws_reproduce_the_binomial() -> None:
    random = np.random.default_rng(3)
    clips = [footage(f"p{number}", *random.uniform(-0.9, 0.9, (40, 15))) for number in range(20)]
    report = measured(*clips, fpirs=(0.1, 0.03))
    assert (report.attempts, report.judged, report.gallery, report.galleries) == (800, 15, 1, 1)
    assert abs(report.correlation) < 0.03
    for level, aim in zip(report.levels, (0.1, 0.03), strict=True):
        assert level.search.rate == pytest.approx(aim, abs=2e-4)
        lower, upper = ends(level.attempt)
        assert lower <= level.independent <= upper
        assert level.threshold == pytest.approx(0.9 - 1.8 * aim, abs=0.01)


@pytest.mark.long
def test_equal_frames_are_worth_one() -> None:
    random = np.random.default_rng(3)
    clip = footage("ann", *np.repeat(random.uniform(-0.9, 0.9, (1000, 1)), 15, axis=1))
    report = measured(clip)
    (level,) = report.levels
    assert report.correlation == pytest.approx(1.0)
    assert level.search.rate == pytest.approx(0.1)
    assert level.attempt.rate == pytest.approx(0.1)
    assert level.factor == pytest.approx(1.0)
    assert level.independent > 0.2
    assert level.by_person == {"ann": pytest.approx(1.0)}


@pytest.mark.long
def test_a_single_vote_is_the_chance_of_any_frame() -> None:
    random = np.random.default_rng(5)
    clips = [footage(f"p{number}", *random.uniform(-0.9, 0.9, (100, 5))) for number in range(20)]
    report = measure(clips, ((), {}), ALONE, rule(votes=1), fpirs=(0.1,))
    assert report.levels[0].independent == pytest.approx(1 - 0.9**5, abs=1e-6)
    lower, upper = ends(report.levels[0].attempt)
    assert lower < 1 - 0.9**5 < upper


def test_votes_for_different_people_let_nobody_in() -> None:
    shown = [frame(0.1 * number, match=match(BOB if number % 2 else ANN)) for number in range(8)]
    assert admitted(shown, RULE) is None
    assert admitted(shown[::2], RULE) == ANN


def test_one_who_is_told_of_a_poor_view_may_still_be_let_in() -> None:
    assert admitted([*(blurred(0.1 * number) for number in range(40)), frame(4.1), frame(4.2)], RULE) == ANN


@pytest.mark.long
def test_the_interval_draws_people_only_where_there_are_ten() -> None:
    random = np.random.default_rng(1)
    few = measured(*(footage(f"p{number}", *random.uniform(-0.9, 0.9, (40, 15))) for number in range(9)))
    many = measured(*(footage(f"p{number}", *random.uniform(-0.9, 0.9, (40, 15))) for number in range(10)))
    assert (few.people, few.drawn) == (9, "galleries")
    assert few.levels[0].factor_lower == few.levels[0].factor_upper == pytest.approx(few.levels[0].factor)
    assert (many.people, many.drawn) == (10, "people and galleries")
    level = many.levels[0]
    assert level.factor is not None
    assert level.factor_lower is not None
    assert level.factor_upper is not None
    assert level.factor_lower < level.factor < level.factor_upper


def test_a_search_without_a_clear_margin_is_no_false_positive() -> None:
    crowd = Crowd(SPACE, (((PersonId("one"), likeness(1.0)), (PersonId("two"), likeness(0.0))),))
    # As like the one as the other, though more like them than anything else is.
    between = [np.sqrt(0.5)] * 10
    clear = [0.1, 0.11, 0.12, 0.13, 0.14]
    report = measure([footage("ann", between, clear)], ((), {}), crowd, RULE, (0.9, 0.3))
    (level,) = report.levels
    assert (level.aim, level.search.events, level.search.trials) == (0.3, 4, 15)
    assert level.threshold == pytest.approx(np.sqrt(1 - 0.13**2), abs=1e-6)


def test_a_rate_that_no_threshold_gives_is_left_out() -> None:
    rising = footage("ann", np.linspace(0.1, 0.2, 15).tolist())
    assert [one.aim for one in measured(rising, fpirs=(0.5, 0.01)).levels] == [0.5]


def test_searches_that_are_as_similar_pass_together_or_not_at_all() -> None:
    assert measured(footage("ann", [0.1] * 15), fpirs=(0.5,)).levels == ()
    (level,) = measured(footage("ann", [0.9] * 2 + [0.5] * 4 + [0.1] * 9), fpirs=(0.3,)).levels
    assert level.threshold == pytest.approx(0.9)
    assert level.search.events == 2
    (all_of_them,) = measured(footage("ann", [0.1] * 15), fpirs=(1.0,)).levels
    assert all_of_them.search.events == 15


@pytest.mark.long
def test_an_attempt_let_in_in_many_galleries_is_one_and_ten_make_a_factor() -> None:
    galleries = Crowd(SPACE, ALONE.draws * 20)
    below = [footage("sue", *[[0.1] * 15] * 20)]
    few = measure([footage("ann", *[[0.9] * 15] * 9), *below], ((), {}), galleries, RULE, (0.4,))
    ten = measure([footage("ann", *[[0.9] * 15] * 10), *below], ((), {}), galleries, RULE, (0.4,))
    (none,), (some,) = few.levels, ten.levels
    assert (none.let_in, none.attempt.events) == (9, 180)
    assert (none.factor, none.factor_lower, none.factor_upper) == (None, None, None)
    assert none.by_person == {}
    assert some.let_in == 10
    assert some.factor == pytest.approx(1.0)
    assert some.by_person == {"ann": pytest.approx(1.0)}


def test_two_people_have_no_interval_however_often_they_are_played() -> None:
    report = measure([footage("ann", [0.1] * 15), footage("bob", [0.9] * 15)], ((), {}), ALONE, RULE, (0.5,))
    (level,) = report.levels
    assert (level.search.people, level.search.events, level.search.trials) == (2, 15, 30)
    assert (level.search.lower, level.search.upper, level.attempt.lower, level.attempt.upper) == (None,) * 4


def test_enrolled_people_miss_a_frame_or_an_attempt() -> None:
    # A stranger at 0.5 sets the threshold. Of Ann's attempts one has a single frame above it, one has none, and one
    # looks like somebody else.
    crowd = Crowd(SPACE, (((PersonId("stranger"), likeness(0.0)), (PersonId("other"), likeness(-1.0))),))
    strangers = [footage("sue", [np.sqrt(0.75)] * 15)]
    own = footage("ann", [0.9] * 4, [0.1, 0.1, 0.1, 0.9], [0.1] * 4, [0.9] * 4, [-0.9] * 4)
    others = footage("bob", [0.1] * 4)
    report = measure(strangers, ((own, others), {"ann": [likeness(1.0)]}), crowd, RULE, (1.0,))
    (level,) = report.levels
    assert level.threshold == pytest.approx(0.5, abs=1e-6)
    assert (level.frame_misses.events, level.frame_misses.trials) == (11, 20)
    assert (level.attempt_misses.events, level.attempt_misses.trials) == (3, 5)


def test_liveness_judges_nothing() -> None:
    clip = footage("ann", *[[0.8] * 15] * 3)
    dead = replace(
        clip, glances=tuple(replace(one, sighting=replace(one.sighting, liveness=0.0)) for one in clip.glances)
    )
    assert measured(dead, fpirs=(1.0,)).levels[0].attempt.rate == 1.0


def test_an_attempt_ends_with_its_track_its_frames_or_its_time() -> None:
    tracks = footage("ann", [0.1] * 4, [0.1] * 5)
    assert [len(one) for one in cut(tracks.glances, DEFAULT)] == [4, 5]
    long = footage("ann", [0.1] * 32)
    assert [len(one) for one in cut(long.glances, DEFAULT)] == [15, 15, 2]
    slow = footage("ann", [0.1] * 12, step_s=0.5)
    assert [len(one) for one in cut(slow.glances, DEFAULT)] == [7, 5]


def test_too_few_frames_to_be_let_in_and_crowded_ones_are_no_attempt() -> None:
    assert cut(footage("ann", [0.1]).glances, DEFAULT) == []
    clip = footage("ann", [0.1] * 4)
    crowded = tuple(replace(one, sighting=replace(one.sighting, faces=9)) for one in clip.glances)
    assert cut(crowded, DEFAULT) == []
    with pytest.raises(EvidenceError, match="no clip"):
        measured(footage("ann", [0.1]))
