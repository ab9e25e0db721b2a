"""A cue by itself: its lowest score in a presentation, and what the limits make of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import LivenessSettings
from edge.eval.cues import Limits, Scores, area, cue_report, equal_error, limits, lowest, scores, trade_off
from edge.values import Cue
from tests.unit.builders import missed, nobody
from tests.unit.pad_builders import seen

SETTINGS = LivenessSettings(passive_frames=3, suspect_below=0.05)
SOME = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=12)


def of(live: list[float], attacks: list[float]) -> Scores:
    return Scores(np.sort(np.array(live, np.float64)), np.sort(np.array(attacks, np.float64)))


def test_the_lowest_score_of_a_cue_counts_whatever_the_track() -> None:
    row = [nobody(0.0), *seen({Cue.SURROUND: 0.8}), missed(0.9), *seen({Cue.SURROUND: 0.3}, track=2, at=1.0)]
    found = lowest(row, SETTINGS)
    assert found[Cue.SURROUND] == 0.3
    assert Cue.RELIEF not in found
    assert lowest([nobody(0.0)], SETTINGS) == {}


def test_the_networks_score_is_its_running_median_or_one_very_low_picture() -> None:
    row = [replace(one, liveness=score) for one, score in zip(seen(), [0.1, 0.9, 0.6, 0.7, 0.8, 0.9], strict=True)]
    assert lowest(row, SETTINGS) == {Cue.PASSIVE: 0.6}
    assert lowest(row[:2], SETTINGS) == {}
    row[5] = replace(row[5], liveness=0.01, spared=True)
    assert lowest(row, SETTINGS) == {Cue.PASSIVE: 0.01}
    row[5] = replace(row[5], liveness=0.3)
    assert lowest(row, SETTINGS) == {Cue.PASSIVE: 0.6}  # a spared picture is not in the median


def test_spared_pictures_say_nothing_of_the_median() -> None:
    low = [replace(one, spared=True) for one in seen(frames=2, liveness=0.1)]
    assert lowest([*low, *seen(frames=3, at=0.2, liveness=0.9)], SETTINGS) == {Cue.PASSIVE: 0.9}


def test_the_median_begins_anew_with_each_track() -> None:
    row = [*seen(frames=2, liveness=0.1), *seen(frames=3, track=2, at=1.0, liveness=0.9)]
    assert lowest(row, SETTINGS) == {Cue.PASSIVE: 0.9}


def test_a_score_that_is_no_number_is_the_lowest() -> None:
    assert lowest(seen({Cue.TIME: float("nan")}), SETTINGS)[Cue.TIME] == 0.0


def test_the_limits_are_those_of_the_configuration_and_a_challenge_has_none() -> None:
    found = limits(LivenessSettings(surround_suspect=0.6, surround_deny=0.2, relief_deny=0.15, screen_suspect=0.35))
    assert found[Cue.SURROUND] == Limits(0.6, 0.2)
    assert found[Cue.RELIEF] == Limits(0.15, 0.15)
    assert found[Cue.SCREEN] == Limits(0.35, 0.0)
    assert found[Cue.PASSIVE] == Limits(0.5)
    assert found[Cue.TIME] == Limits(LivenessSettings().timing_suspect, LivenessSettings().timing_deny)
    assert Cue.CHALLENGE not in found


def test_an_attack_that_a_cue_says_nothing_of_has_passed_it() -> None:
    live = [{Cue.TIME: score} for score in (0.05, 0.4, 0.9, 0.9)] + [{}]
    attacks = {
        "print": [{Cue.TIME: 0.0}, {Cue.TIME: 0.3}, {Cue.TIME: 0.5}, {}],
        "replay": [{}, {Cue.SCREEN: 0.0}],
    }
    found = cue_report(Cue.TIME, Limits(0.5, 0.1), live, attacks)
    prints, replays = found.species
    assert (prints.apcer.events, prints.apcer.trials, prints.denied.events, prints.silent) == (2, 4, 1, 1)
    assert (replays.apcer.events, replays.denied.events, replays.silent) == (2, 0, 2)
    assert (replays.auc, replays.eer) == (None, None)
    assert found.worst == "replay"
    assert (found.bpcer_denied.events, found.bpcer.events, found.bpcer.trials, found.silent) == (1, 2, 5, 1)
    assert prints.auc == pytest.approx((1 + 2 + 3 + 3) / 12)


def test_scores_are_sorted_and_only_of_those_who_have_one() -> None:
    found = scores(Cue.TIME, [{Cue.TIME: 0.9}, {}, {Cue.TIME: 0.2}], [{Cue.SCREEN: 0.1}])
    assert found.live.tolist() == [0.2, 0.9]
    assert found.attacks.tolist() == []


def test_a_perfect_cue_has_no_errors_and_a_useless_one_errs_half_the_time() -> None:
    perfect, useless, wrong = of([0.8, 0.9], [0.1, 0.2]), of([0.5], [0.5]), of([0.1], [0.9])
    assert (area(perfect), equal_error(perfect)) == (1.0, 0.0)
    assert (area(useless), equal_error(useless)) == (0.5, 0.5)
    assert (area(wrong), equal_error(wrong)) == (0.0, 1.0)


def test_the_trade_off_of_four_scores() -> None:
    passed, refused = trade_off(of([0.4, 0.8], [0.2, 0.6]))
    assert passed.tolist() == [1.0, 0.5, 0.5, 0.0, 0.0]
    assert refused.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0]
    assert equal_error(of([0.4, 0.8], [0.2, 0.6])) == 0.5


@given(SOME, SOME)
def test_the_area_is_counted_over_all_pairs(live: list[float], attacks: list[float]) -> None:
    pairs = [(one > other) + (one == other) / 2 for one in live for other in attacks]
    assert area(of(live, attacks)) == pytest.approx(sum(pairs) / len(pairs))


@given(SOME, SOME)
def test_the_trade_off_runs_from_all_passing_to_all_refused_and_turns_over_with_the_classes(
    live: list[float], attacks: list[float]
) -> None:
    passed, refused = trade_off(of(live, attacks))
    assert (passed[0], refused[0]) == (1.0, 0.0)
    assert (passed[-1], refused[-1]) == (0.0, 1.0)
    assert np.all(np.diff(passed) <= 0)
    assert np.all(np.diff(refused) >= 0)
    rate = equal_error(of(live, attacks))
    assert rate is not None
    assert 0 <= rate <= 1
