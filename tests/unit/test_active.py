"""The active set: any sequence of steps leaves a set that is valid, and something to go back to."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import OtaError
from edge.ota.active import (
    FACTORY,
    FURTHEST,
    MOST_REFUSED,
    NOBODY,
    Active,
    Slot,
    confirmed,
    cut_over,
    declined,
    dropped,
    faults,
    kept,
    lasted,
    offered,
    rolled_back,
    started,
    without,
)
from edge.ota.active_file import dump, parse

if TYPE_CHECKING:
    from collections.abc import Callable

A, B, C = (Slot(f"set-{letter}-{letter * 12}") for letter in "abc")
MAX_STARTS = 3
AT = 1.8e9

slots = st.sampled_from([A, B, C])
times = st.floats(-1e12, 1e12)
whys = st.text(max_size=30)
steps: st.SearchStrategy[Callable[[Active], Active]] = st.one_of(
    st.builds(lambda slot, serial: lambda now: offered(now, slot, serial), slots, st.integers(1, 6)),
    st.builds(
        lambda slot, serial, why, at: lambda now: declined(now, slot, serial, why, at),
        slots,
        st.integers(1, 6),
        whys,
        times,
    ),
    st.builds(lambda why, at: lambda now: dropped(now, why, at), whys, times),
    st.just(cut_over),
    st.builds(lambda at: lambda now: started(now, MAX_STARTS, at), times),
    st.just(confirmed),
    st.just(lasted),
    st.builds(
        lambda why, at, to: lambda now: rolled_back(now, why, at, to),
        whys,
        times,
        st.none() | slots | st.just(FACTORY),
    ),
    st.builds(lambda broken: lambda now: without(now, broken), st.sets(slots | st.just(FACTORY))),
)


def walked(walk: list[Callable[[Active], Active]]) -> list[Active]:
    """Return every state of a walk; a step that is refused changes nothing."""
    states = [Active()]
    for step in walk:
        try:
            states.append(step(states[-1]))
        except OtaError:
            states.append(states[-1])
    return states


def on_trial(slot: Slot = A, serial: int = 1, before: Active | None = None) -> Active:
    return cut_over(offered(before or Active(), slot, serial))


def good(slot: Slot = A, serial: int = 1, before: Active | None = None) -> Active:
    return confirmed(on_trial(slot, serial, before))


@settings(max_examples=30)
@given(st.lists(steps, max_size=15))
def test_s7_any_sequence_of_steps_leaves_a_valid_set_that_a_file_keeps(walk: list[Callable[[Active], Active]]) -> None:
    for state in walked(walk):
        assert not list(faults(state))
        assert parse(dump(state), "active.toml") == state
        assert {state.running, state.previous, state.good, FACTORY} <= kept(state)
        assert state.candidate in kept(state) | {NOBODY}
        assert len(state.refused) <= MOST_REFUSED


@settings(max_examples=30)
@given(st.lists(steps, max_size=15))
def test_a_serial_never_falls_and_the_factory_is_always_reachable(walk: list[Callable[[Active], Active]]) -> None:
    states = walked(walk)
    assert all(after.serial >= before.serial for before, after in pairwise(states))
    for state in states:
        if state.running != FACTORY:
            assert rolled_back(state, "", AT, FACTORY).running == FACTORY


@settings(max_examples=30)
@given(st.lists(steps, max_size=15), slots, st.integers(1, 6))
def test_a_refused_set_is_not_offered_again_with_its_serial(
    walk: list[Callable[[Active], Active]], slot: Slot, serial: int
) -> None:
    last = walked(walk)[-1]
    if any(one.slot == slot and one.serial >= serial for one in last.refused):
        with pytest.raises(OtaError, match=r"refused|older"):
            offered(last, slot, serial)


@given(st.integers(1, 10**15), st.integers(-3, 3))
def test_a_serial_that_would_use_up_those_to_come_is_refused(last: int, more: int) -> None:
    state = replace(Active(), serial=last)
    serial = last + FURTHEST + more
    if more > 0:
        with pytest.raises(OtaError, match=f"its serial {serial} is too far above {last}, which was accepted last"):
            offered(state, A, serial)
    else:
        assert offered(state, A, serial).serial == serial
    assert offered(Active(), A, serial).serial == serial, "a new terminal has nothing to count from"


@given(st.integers(1, 6), st.integers(0, 40))
def test_a_set_that_was_refused_long_ago_is_not_offered_with_its_serial_either(serial: int, more: int) -> None:
    state = dropped(offered(Active(), A, serial), "worse", AT)
    for number in range(more):
        state = declined(state, Slot(f"other-{number:012x}"), serial, "too slow", AT)
    with pytest.raises(OtaError, match=r"were refused|was refused"):
        offered(state, A, serial)
    assert offered(state, A, serial + 1).candidate == A


@settings(max_examples=30)
@given(st.lists(steps, max_size=15), st.integers(1, 5))
def test_starts_without_being_confirmed_end_at_the_good_set(
    walk: list[Callable[[Active], Active]], max_starts: int
) -> None:
    state = walked(walk)[-1]
    fallback = state.good if state.phase == "trial" else state.running
    for _ in range(max_starts + 1):
        state = started(state, max_starts, AT)
    assert state.phase == "steady"
    assert state.running == fallback


def test_a_candidate_that_ends_the_terminal_again_and_again_is_given_up() -> None:
    """It decides nothing, but it runs in the same process: nobody would be recognised any more."""
    state = offered(good(A), B, 2)
    for number in range(1, MAX_STARTS + 1):
        state = started(state, MAX_STARTS, AT)
        assert (state.running, state.candidate, state.starts) == (A, B, number)
    state = started(state, MAX_STARTS, AT)
    assert (state.running, state.good, state.candidate, state.phase, state.starts) == (A, A, NOBODY, "steady", 0)
    assert "ended 3 times" in state.refused[-1].why
    assert state.refused[-1].slot == B


def test_a_candidate_that_has_looked_at_somebody_may_be_started_as_often_as_before() -> None:
    state = offered(good(A), B, 2)
    for _ in range(3 * MAX_STARTS):
        state = lasted(started(state, MAX_STARTS, AT))
    assert (state.candidate, state.phase, state.starts) == (B, "shadow", 0)
    tried = started(cut_over(state), MAX_STARTS, AT)
    assert lasted(tried) == tried, "only use confirms a set that decides"


def test_each_allowed_start_is_counted_and_the_next_one_takes_the_set_back_for_good() -> None:
    state = on_trial(B, 2, good(A))
    for number in range(1, MAX_STARTS + 1):
        state = started(state, MAX_STARTS, AT)
        assert (state.running, state.starts) == (B, number)
    state = started(state, MAX_STARTS, AT)
    assert (state.running, state.good, state.phase, state.starts) == (A, A, "steady", 0)
    assert "started 3 times" in state.refused[-1].why
    assert state.refused[-1].slot == B


def test_a_set_that_is_confirmed_is_started_as_often_as_anybody_likes() -> None:
    state = good(A)
    for _ in range(MAX_STARTS * 5):
        state = started(state, MAX_STARTS, AT)
    assert state == good(A)


def test_a_cut_over_keeps_what_decided_before_and_use_confirms_it() -> None:
    tried = on_trial(B, 2, good(A))
    assert (tried.running, tried.previous, tried.good, tried.phase) == (B, A, A, "trial")
    assert confirmed(tried) == replace(tried, good=B, phase="steady")


def test_going_back_twice_ends_at_the_factory_and_then_there_is_nothing_behind() -> None:
    state = good(B, 2, good(A))
    state = rolled_back(state, "worse", AT)
    assert (state.running, state.good, state.previous) == (A, A, FACTORY)
    state = rolled_back(state, "worse", AT)
    assert state.running == FACTORY
    with pytest.raises(OtaError, match="nothing to go back to"):
        rolled_back(state, "worse", AT)
    assert [one.slot for one in state.refused] == [B, A]


def test_one_goes_back_only_to_what_is_kept() -> None:
    with pytest.raises(OtaError, match="no set to go back to"):
        rolled_back(good(B, 2, good(A)), "", AT, C)
    with pytest.raises(OtaError, match="no set to go back to"):
        rolled_back(offered(good(A), B, 2), "", AT, B)


def test_going_back_while_another_set_is_tried_goes_on_trying_it() -> None:
    state = rolled_back(offered(good(A), B, 2), "worse", AT)
    assert (state.running, state.candidate, state.phase) == (FACTORY, B, "shadow")


def test_while_a_set_is_on_trial_another_has_to_wait() -> None:
    with pytest.raises(OtaError, match="has to wait"):
        offered(on_trial(A), B, 2)
    assert offered(on_trial(A), A, 2).serial == 2


def test_a_publisher_that_goes_back_to_the_last_good_set_ends_a_trial() -> None:
    state = offered(on_trial(B, 2, good(A)), A, 3)
    assert (state.running, state.good, state.phase, state.serial) == (A, A, "steady", 3)


def test_a_publisher_that_offers_what_decides_ends_the_trying_of_another() -> None:
    state = offered(offered(good(A), B, 2), A, 3)
    assert (state.running, state.candidate, state.phase) == (A, NOBODY, "steady")


def test_an_older_offer_is_refused() -> None:
    with pytest.raises(OtaError, match="older than 5"):
        offered(good(A, 5), B, 4)


@pytest.mark.parametrize("slot", [FACTORY, NOBODY])
def test_what_was_not_downloaded_cannot_be_offered(slot: Slot) -> None:
    with pytest.raises(OtaError, match="no set that was downloaded"):
        offered(Active(), slot, 1)


@pytest.mark.parametrize(
    ("step", "words"), [(cut_over, "edge ota check"), (confirmed, "nothing to confirm")], ids=["cut over", "confirm"]
)
def test_what_is_not_there_can_neither_be_used_nor_confirmed(step: Callable[[Active], Active], words: str) -> None:
    with pytest.raises(OtaError, match=words):
        step(good(A))
    with pytest.raises(OtaError, match="nothing to give up"):
        dropped(good(A), "", AT)


def test_a_broken_set_falls_to_the_last_good_one_else_the_one_before_it_else_the_factorys() -> None:
    tried = on_trial(C, 3, good(B, 2, good(A)))
    assert without(tried, {C}).running == B
    fallen = without(good(B, 2, good(A)), {B})
    assert (fallen.running, fallen.good, fallen.phase) == (A, A, "steady")
    assert without(good(B, 2, good(A)), {A, B}).running == FACTORY
    assert without(good(A), {FACTORY, NOBODY}) == good(A)
    assert not fallen.refused
