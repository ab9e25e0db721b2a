"""Laws of one verification: it ends once, by a live face alone, and where a key confirms only by a later key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.inquiry import NO, YES, Inquiry, Stage, cancel, hear, press, tick
from edge.values import Reason, Verdict
from tests.unit.builders import ANN

if TYPE_CHECKING:
    from edge.values.assurance import Confirmation

OPEN = Inquiry("none", 20.0, until=30.0)
PAID = replace(OPEN, confirm="keypad")
LIKE = Verdict(1.0, 1, Reason.GRANTED, ANN)
UNLIKE = Verdict(1.0, 1, Reason.UNKNOWN)
POOR = Verdict(1.0, 1, Reason.POOR_VIEW)

happenings = st.lists(
    st.tuples(
        st.floats(0, 20),
        st.sampled_from([LIKE, UNLIKE, POOR, YES, NO, "5", "tick", "cancel"]),
    ),
    max_size=8,
)


def told(inquiry: Inquiry, what: Verdict | str, at: float) -> Inquiry:
    if isinstance(what, Verdict):
        return hear(inquiry, what, at)
    if what == "tick":
        return tick(inquiry, at)
    return cancel(inquiry) if what == "cancel" else press(inquiry, what, at)


def test_a_face_is_enough_where_nothing_is_to_be_confirmed() -> None:
    assert hear(OPEN, LIKE, 2.0).outcome is Reason.VERIFIED


def test_a_payment_waits_for_a_key_that_is_pressed_after_the_face() -> None:
    early = press(PAID, YES, 1.0)
    waits = hear(early, LIKE, 2.0)
    assert (waits.stage, waits.outcome) == (Stage.KEYPAD, None)
    assert press(waits, YES, 2.0).outcome is None  # pressed while the face was still being judged
    assert press(waits, "5", 3.0).outcome is None
    assert press(waits, YES, 3.0).outcome is Reason.VERIFIED
    assert tick(waits, 22.1).outcome is Reason.NOT_CONFIRMED


@pytest.mark.parametrize("inquiry", [OPEN, PAID, hear(PAID, LIKE, 2.0)])
def test_a_person_may_decline_at_any_time(inquiry: Inquiry) -> None:
    assert press(inquiry, NO, 3.0).outcome is Reason.DECLINED


def test_one_request_is_one_attempt_unless_its_purpose_gives_more() -> None:
    assert hear(OPEN, UNLIKE, 1.0).outcome is Reason.UNKNOWN
    twice = replace(OPEN, attempts=2)
    once = hear(twice, UNLIKE, 1.0)
    assert once.outcome is None
    assert tick(once, 31.0).outcome is Reason.UNKNOWN
    assert hear(once, LIKE, 2.0).outcome is Reason.VERIFIED
    assert hear(once, UNLIKE, 2.0).outcome is Reason.UNKNOWN


def test_a_poor_view_is_no_attempt_and_is_what_is_said_when_nothing_better_comes() -> None:
    poor = hear(OPEN, POOR, 1.0)
    assert poor.outcome is None
    assert tick(poor, 31.0).outcome is Reason.POOR_VIEW
    assert tick(OPEN, 31.0).outcome is Reason.NOBODY


def test_who_hangs_up_takes_the_question_back() -> None:
    assert cancel(OPEN).outcome is Reason.CANCELLED
    assert cancel(hear(OPEN, LIKE, 1.0)).outcome is Reason.VERIFIED


@given(st.sampled_from(["none", "keypad"]), st.integers(1, 3), happenings)
def test_what_happens_leads_to_one_outcome_and_only_a_face_in_time_verifies(
    confirm: Confirmation, attempts: int, happened: list[tuple[float, Verdict | str]]
) -> None:
    inquiry = Inquiry(confirm, 20.0, until=30.0, attempts=attempts)
    at, refusals, liked_at, ended = 0.0, 0, None, None
    for pause, what in happened:
        at += pause
        before = inquiry
        inquiry = told(inquiry, what, at)
        if before.outcome is not None:
            assert inquiry == before  # it ends once
            continue
        refusals += what is UNLIKE and before.stage is Stage.FACE and at <= 30.0
        assert refusals <= attempts
        if before.stage is Stage.FACE and what is LIKE and at <= 30.0:
            liked_at = at
        if inquiry.outcome is Reason.VERIFIED:
            ended = (what, at)
    assert (inquiry.outcome is None) == (inquiry.stage is not Stage.OVER)
    if inquiry.outcome is Reason.VERIFIED:
        assert ended is not None
        assert liked_at is not None
        assert refusals < attempts
        if confirm == "keypad":
            assert ended[0] == YES
            assert liked_at < ended[1] <= liked_at + 20.0
        else:
            assert ended == (LIKE, liked_at)
