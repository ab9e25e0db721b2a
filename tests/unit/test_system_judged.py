"""Whether the system in a slot may stay: the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import OtaError
from edge.ota.system import DEADLINE_S, STEADY_S, Signs, SystemSlot, judged, parse, refusals
from edge.ota.trial import Failed, Going, Proven

GOING, PROVEN, FAILED = Going(("3 of 50 people let in",)), Proven(), Failed("refusals have risen")
SAME = ("6.1", "6.1")

signs = st.builds(
    Signs,
    st.sampled_from(["", "no socket"]),
    st.sampled_from(["", "it is dead"]),
    st.floats(0, 3600),
    st.floats(0, 3600),
)
use = st.sampled_from([GOING, PROVEN, FAILED])


@given(signs, use)
def test_s3_nothing_is_confirmed_without_every_sign_of_life_and_use(seen: Signs, used: Going | Proven | Failed) -> None:
    found = judged(seen, used)
    if isinstance(found, Proven):
        assert not seen.door
        assert not seen.terminal
        assert seen.steady_s >= STEADY_S
        assert used == PROVEN


@given(signs, use)
def test_s3_without_a_sign_of_life_a_system_goes_back_after_the_deadline(
    seen: Signs, used: Going | Proven | Failed
) -> None:
    late = replace(seen, up_s=DEADLINE_S + 1)
    assert isinstance(judged(late, used), Failed) == (bool(late.missing) or used == FAILED)


@given(signs)
def test_time_alone_takes_no_living_system_back(seen: Signs) -> None:
    assert judged(replace(seen, door="", terminal="", steady_s=STEADY_S), GOING) == GOING


def test_what_is_missing_is_said() -> None:
    found = judged(Signs("no socket", "", 12.0, 30.0), GOING)
    assert isinstance(found, Going)
    assert found.missing == (
        "the door does not answer: no socket",
        "the terminal has dealt with frames for 12 of 60 s",
        "3 of 50 people let in",
    )


@pytest.mark.parametrize(
    "text", ["", "order=a a\n", "order=a b\na_left=1\n", "order=a b\na_left=x\na_good=1\na_why=\n"]
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(OtaError, match="boot-slots"):
        parse(text)


def test_a_system_is_installed_only_when_nothing_else_is_tried_and_the_way_back_is_open() -> None:
    good, fresh = SystemSlot("a", 6, good=True, why=""), SystemSlot("a", 3, good=False, why="")
    assert refusals(running=good, models_on_trial="", reads=3, writes=3, kernels=SAME) == ()
    assert refusals(running=good, models_on_trial="", reads=4, writes=3, kernels=SAME) == ()
    assert refusals(running=good, models_on_trial="", reads=3, writes=3, kernels=("6.1-x", "6.1 6.1-x")) == ()
    assert refusals(running=good, models_on_trial="", reads=3, writes=3, kernels=("", "6.1 6.1-x")) == ()
    assert len(refusals(running=good, models_on_trial="", reads=3, writes=3, kernels=("6.1", "6.1-x"))) == 1
    found = refusals(running=fresh, models_on_trial="new-0123456789ab", reads=3, writes=4, kernels=("6.1", "6.12"))
    assert len(found) == 4
    assert "of version 4" in found[2]
    assert "modules for the kernel 6.12" in found[3]
