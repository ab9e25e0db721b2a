"""Whether use confirms a set of models, or takes it back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.ota import trial
from edge.ota.trial import Failed, Figures, Going, Policy, Proven, granted, judged, missed, refused

POLICY = Policy(grants=50, hours=24.0, rise=0.05)
BEGAN = 1.8e9
DAY = BEGAN + 86_400
BEFORE = Figures("new", BEGAN, granted_before=400, refused_before=40, passed_before=30)


def test_people_who_are_let_in_for_a_day_confirm_a_set() -> None:
    used = replace(BEFORE, granted=60, refused=6)
    assert isinstance(judged(used, POLICY, DAY), Proven)
    assert judged(used, POLICY, DAY - 3600) == Going(("23.0 of 24 hours",))
    assert judged(replace(used, granted=40, refused=4), POLICY, DAY) == Going(("40 of 50 people let in",))


def test_a_clock_that_was_set_back_confirms_nothing() -> None:
    assert judged(replace(BEFORE, granted=60), POLICY, BEGAN - 1e6) == Going(("0.0 of 24 hours",))
    assert isinstance(judged(replace(BEFORE, granted=60), POLICY, math.nan), Going)


def test_refusals_that_rise_take_it_back() -> None:
    found = judged(replace(BEFORE, granted=30, refused=30), POLICY, DAY)
    assert isinstance(found, Failed)
    assert "risen by 40.9 points" in found.why
    assert "30 of 60 visits, 40 of 440 before" in found.why


def test_refusals_that_rise_by_what_may_be_bad_luck_hold_it_up() -> None:
    found = judged(replace(BEFORE, granted=50, refused=10), POLICY, DAY)
    assert isinstance(found, Going)
    assert "refusals have risen by 7.6 points" in found.missing[0]


def test_a_set_that_lets_in_nobody_whom_the_other_would_have_is_taken_back() -> None:
    used = BEFORE
    for _ in range(7):
        used = missed(used)
    assert isinstance(judged(used, POLICY, BEGAN + 60), Going)
    found = judged(missed(used), POLICY, BEGAN + 60)
    assert isinstance(found, Failed)
    assert "8 times in a row" in found.why
    assert isinstance(judged(granted(missed(used)), POLICY, BEGAN + 60), Going), "somebody was let in since"


def test_where_most_people_only_walk_past_more_of_them_say_nothing() -> None:
    passage = replace(BEFORE, passed_before=4000, missed=30)
    assert isinstance(judged(passage, POLICY, BEGAN + 60), Going)
    assert isinstance(judged(replace(passage, missed=200), POLICY, BEGAN + 60), Failed)


def test_without_figures_of_before_nothing_has_risen() -> None:
    used = Figures("new", BEGAN, granted=50, refused=500)
    assert used.rise == 0.0
    assert isinstance(judged(used, POLICY, DAY), Proven)


figures = st.builds(
    Figures,
    st.just("new"),
    st.just(BEGAN),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(0, 7),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(0, 300),
)


@given(figures, st.floats(0, 100_000))
def test_one_more_refusal_never_confirms_and_never_saves(used: Figures, waited: float) -> None:
    before, after = judged(used, POLICY, BEGAN + waited), judged(refused(used), POLICY, BEGAN + waited)
    if not isinstance(before, Proven) and used.granted_before + used.refused_before and used.granted + used.refused:
        assert not isinstance(after, Proven)
    if isinstance(before, Failed) and used.granted_before + used.refused_before:
        assert isinstance(after, Failed)


@given(figures)
def test_figures_are_kept_as_they_are(used: Figures) -> None:
    assert trial.parse(trial.dump(used)) == used


def test_the_chance_of_refusals_is_fishers() -> None:
    used = Figures("new", BEGAN, granted=1, refused=3, granted_before=3, refused_before=1)
    assert trial._chance(used) == pytest.approx(17 / 70)  # noqa: SLF001 - the tea-taster's own table
