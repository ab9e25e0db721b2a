"""Where the motion of a solid head is asked for: recognised people, strangers and photographs (S3, S4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge.access.decide import State
from edge.access.lockout import Count
from edge.values import Cue, Flaw, Quality, Reason, Sign
from tests.unit.builders import (
    ANN,
    SOLID,
    answering,
    demand,
    found,
    frame,
    match,
    nobody,
    play,
    proving,
    reasons,
    rule,
    run,
    told,
)

STRANGER = match(similarity=0.1)


# --- motion


def test_s3_no_motion_is_no_grant_however_well_somebody_is_recognised() -> None:
    state, verdicts = run((frame(0.1 * n) for n in range(300)), proving())
    assert [(one.reason, one.person, one.sign) for one in verdicts] == [(Reason.NO_MOTION, ANN, None)]
    assert verdicts[0].at == pytest.approx(5.1)
    assert state.lockouts.counts == (), "nobody's lock-out grows"


def test_s4_who_shows_no_motion_again_and_again_is_not_locked_out() -> None:
    still = [frame(10.0 * k + 0.1 * n, track=k) for k in range(12) for n in range(60)]
    state, verdicts = run(still, proving())
    assert set(reasons(verdicts)) == {Reason.NO_MOTION}
    assert not state.lockouts.locked(ANN, 120.0)


def test_s3_a_stranger_who_does_not_move_hears_the_same_at_the_same_time() -> None:
    verdicts = play((frame(0.1 * n, match=STRANGER) for n in range(300)), proving())
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.NO_MOTION, None)]
    assert verdicts[0].at == pytest.approx(5.1)


def test_recognised_first_and_motion_later_is_granted_on_the_next_agreeing_vote() -> None:
    shown = [*(frame(0.1 * n) for n in range(20)), frame(2.0, match=STRANGER, **SOLID), frame(2.1)]
    (verdict,) = play(shown, proving())
    assert (verdict.reason, verdict.person, verdict.at) == (Reason.GRANTED, ANN, 2.1)


def test_motion_first_and_recognised_later_is_granted_on_the_second_agreeing_vote() -> None:
    shown = [frame(0.0, match=STRANGER, **SOLID), frame(1.9), frame(2.0)]
    (verdict,) = play(shown, proving())
    assert (verdict.reason, verdict.at) == (Reason.GRANTED, 2.0)


@pytest.mark.parametrize(("strange", "granted"), [(0, True), (2, True), (3, False), (8, False)])
def test_s4_a_photograph_that_takes_over_does_not_go_on_with_the_motion_of_who_was_there(
    strange: int, granted: bool
) -> None:
    """A living stranger moves, and a picture of Ann slides before them; the cue remembers the motion for a while."""
    alive = [frame(0.1 * n, match=STRANGER, **SOLID) for n in range(strange)]
    slid = [frame(0.1 * (strange + n), **SOLID) for n in range(20)]
    verdicts = play([*alive, *slid, nobody(4.0)], proving())
    assert (reasons(verdicts) == [Reason.GRANTED]) == granted


def test_who_is_recognised_late_is_let_in_once_they_move() -> None:
    strange = [frame(0.1 * n, match=STRANGER) for n in range(6)]
    assert reasons(play([*strange, *(frame(0.6 + 0.1 * n, **SOLID) for n in range(3))], proving())) == [Reason.GRANTED]
    moved = [frame(0.1 * n, match=STRANGER, **SOLID) for n in range(6)]
    shown = [*moved, frame(0.6), frame(0.7), frame(0.8, **SOLID)]
    assert reasons(play(shown, proving())) == [Reason.GRANTED], "motion that is seen anew is their own"


def test_who_is_hard_to_tell_from_somebody_else_at_first_keeps_their_motion() -> None:
    alike = [frame(0.1 * n, match=match(margin=0.01), **SOLID) for n in range(5)]
    assert reasons(play([*alike, frame(0.5), frame(0.6)], proving())) == [Reason.GRANTED]


@pytest.mark.parametrize("unseen", [{"faces": 9}, {"quality": Quality(10.0, flaws=(Flaw.TOO_FAR,))}])
def test_s4_motion_of_a_face_that_cannot_be_judged_proves_nothing(unseen: dict[str, Any]) -> None:
    hidden = [frame(0.1 * n, **(SOLID | unseen)) for n in range(5)]
    assert Reason.GRANTED not in reasons(play([*hidden, frame(0.5), frame(0.6), nobody(1.0)], proving()))


def test_s3_motion_that_is_older_than_it_holds_is_not_enough() -> None:
    shown = [frame(0.0, match=STRANGER, **SOLID), frame(1.95), frame(2.05)]
    assert play(shown, proving()) == []
    assert reasons(play([*shown, frame(2.1, **SOLID)], proving())) == [Reason.GRANTED]


def test_s4_the_motion_of_one_track_proves_nothing_of_the_next() -> None:
    lent = [frame(0.1 * n, match=STRANGER, track=n, **SOLID) for n in range(1, 9)]
    assert Reason.GRANTED not in reasons(play([*lent, *(frame(0.9 + 0.1 * n, track=20) for n in range(90))], proving()))


def test_s4_who_was_recognised_once_may_vote_on_while_the_motion_is_waited_for() -> None:
    asked_for = proving(max_judged_frames=5)
    known = [frame(0.1 * n) for n in range(40)]
    assert reasons(play([*known, frame(4.0, **SOLID)], asked_for)) == [Reason.GRANTED]


def test_s4_without_agreement_no_vote_is_cast_beyond_the_limit() -> None:
    asked_for = proving(max_judged_frames=5)
    strange = [frame(0.1 * n, match=STRANGER) for n in range(5)]
    moving = [frame(0.5 + 0.1 * n, **SOLID) for n in range(30)]
    assert reasons(play([*strange, *moving], asked_for)) == [Reason.UNKNOWN]
    state, _ = run([*strange, frame(0.5), frame(0.6), frame(0.7)], asked_for)
    assert state.attempt is not None
    assert state.attempt.claims == frozenset()
    assert reasons(play([*strange[:3], frame(0.3), frame(0.4), frame(0.5, **SOLID)], asked_for)) == [Reason.GRANTED]


def test_s4_who_moved_but_is_not_recognised_in_time_is_unknown() -> None:
    (verdict,) = play((frame(0.3 * n, match=STRANGER, **SOLID) for n in range(60)), proving())
    assert (verdict.reason, round(verdict.at, 3)) == (Reason.UNKNOWN, 3.3)


def test_s4_a_photograph_that_does_not_move_and_that_the_network_doubts_fails_under_its_claim() -> None:
    asked_for = replace(proving(), demand=demand(mode="motion", on_suspicion="challenge", passive_frames=4))
    state, (verdict,) = run([*(frame(0.1 * n, liveness=0.3) for n in range(3)), nobody(0.4)], asked_for)
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.NETWORK_DOUBTS)
    assert state.lockouts.counts == (Count(ANN, 1),)


def test_s4_a_photograph_whose_track_breaks_at_every_frame_fails_under_its_claim_here_too() -> None:
    verdicts = play((frame(0.1 * n, track=n, liveness=0.3) for n in range(1, 16)), proving())
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.NOT_LIVE, ANN)]


@pytest.mark.parametrize("mode", ["motion", "challenge"])
def test_whose_track_breaks_at_every_frame_is_not_left_in_silence(mode: str) -> None:
    shown = [frame(0.1 * n, track=n, match=STRANGER) for n in range(1, 60)]
    first = play(shown, proving(mode))[0]
    assert (first.reason, first.at) == (Reason.NO_MOTION, 1.5)
    assert any(move is not None for move, _ in told(shown, proving(mode)))


def test_with_liveness_off_nothing_is_asked() -> None:
    shown = [frame(0.0, liveness=None, **found(Cue.TIME, 0.0)), frame(0.1, liveness=None)]
    assert reasons(play(shown, rule("off"))) == [Reason.GRANTED]
    assert told([frame(0.1 * n, match=STRANGER) for n in range(10)], rule("off")) == [(None, False)] * 10


def test_a_crowd_is_not_judged_though_the_followed_face_moves() -> None:
    (verdict,) = play((frame(0.1 * n, faces=4, **SOLID) for n in range(60)), proving())
    assert verdict.reason is Reason.TOO_MANY_FACES


# --- presences, changes, cooling


def test_s4_a_presence_of_tiny_tracks_hands_on_a_suspicion() -> None:
    first = frame(0.1, track=1, match=STRANGER, **found(Cue.SCREEN, 0.2))
    shown = [first, frame(0.2, track=2, match=STRANGER), *(frame(0.3 + 0.1 * n, track=3, **SOLID) for n in range(4))]
    assert play(shown, proving()) == []
    anew = [first, nobody(0.2), *shown[2:]]
    assert reasons(play(anew, proving())) == [Reason.GRANTED], "who comes when nobody was there begins anew"


def test_somebody_just_let_in_is_not_refused_for_lack_of_motion_while_they_linger() -> None:
    asked_for = proving(cool_down_s=30.0)
    shown = [
        *(frame(0.1 * n, **SOLID) for n in range(2)),
        nobody(0.2),
        *(frame(0.3 * n, track=2) for n in range(1, 90)),
    ]
    assert reasons(play([*shown, nobody(27.0)], asked_for)) == [Reason.GRANTED]
    assert {move for move, _ in told(shown, asked_for)} == {None}, "nothing is asked of them"


@pytest.mark.parametrize("mode", ["motion", "challenge"])
@pytest.mark.parametrize("refuse", [False, True])
def test_somebody_just_let_in_is_not_refused_for_a_suspicion_while_they_walk_on(mode: str, *, refuse: bool) -> None:
    asked_for = proving(mode)
    strict = replace(asked_for, demand=demand(mode=mode, on_suspicion="refuse")) if refuse else asked_for
    let_in = State(admitted=(ANN, 0.0))
    walking = [*(frame(0.5 + 0.1 * n, liveness=0.3, track=2) for n in range(5)), *answering(1.0, track=2)[:12]]
    state, verdicts = run([*walking, nobody(2.3)], strict, let_in)
    assert verdicts == []
    assert state.lockouts.counts == ()


def test_s4_what_a_cue_denies_is_denied_to_somebody_just_let_in_too() -> None:
    let_in = State(admitted=(ANN, 0.0))
    state, verdicts = run([frame(0.5), frame(0.6, **found(Cue.SURROUND, 0.0))], proving(), let_in)
    assert reasons(verdicts) == [Reason.NOT_LIVE]
    assert state.lockouts.counts == (Count(ANN, 1),)


def test_s4_a_suspicion_from_the_cool_down_stays_when_it_is_over() -> None:
    let_in = State(admitted=(ANN, 0.0))
    shown = [frame(0.5), frame(0.6, **found(Cue.SURROUND, 0.4)), *(frame(0.7 + 0.1 * n, **SOLID) for n in range(80))]
    assert Reason.GRANTED not in reasons(play([*shown, nobody(9.0)], proving(), let_in))


def test_a_grant_that_the_door_did_not_hear_leaves_time_to_move_again() -> None:
    state, verdicts = run([frame(0.0), frame(4.5), frame(4.6, **SOLID)], proving(), outcome=Reason.DOOR_UNREACHABLE)
    assert reasons(verdicts) == [Reason.GRANTED]
    still = [frame(6.7 + 0.1 * n) for n in range(30)]
    assert reasons(play([*still, frame(9.7, **SOLID)], proving(), state)) == [Reason.GRANTED]


def test_s4_draws_after_a_grant_that_the_door_did_not_hear_are_limited_anew() -> None:
    asked_for = proving(max_judged_frames=5)
    state, _ = run([frame(0.0, **SOLID), frame(0.1, **SOLID)], asked_for, outcome=Reason.STALE)
    strange = [frame(1.2 + 0.1 * n, match=STRANGER, **SOLID) for n in range(5)]
    assert reasons(play([*strange, frame(1.7, **SOLID), frame(1.8, **SOLID)], asked_for, state)) == [Reason.UNSURE]


def test_nothing_is_asked_of_somebody_just_let_in_by_a_challenge() -> None:
    lingering = [frame(2.1 + 0.1 * n, track=2) for n in range(20)]
    heard = told([*answering(), nobody(2.0), *lingering], proving("challenge"))
    assert {move for move, _ in heard[-20:]} == {None}


def test_who_was_recognised_before_they_moved_has_time_to_be_recognised_again() -> None:
    turned = [frame(0.2 + 0.1 * n, match=STRANGER) for n in range(38)]
    shown = [frame(0.0), frame(0.1), *turned, frame(4.0, match=STRANGER, **SOLID), frame(4.1), frame(4.2)]
    assert reasons(play(shown, proving())) == [Reason.GRANTED]


def test_s4_after_somebody_who_did_not_move_nobody_is_judged_for_a_moment() -> None:
    still = [frame(0.1 * n) for n in range(52)]
    refused, let_in = play([*still, *(frame(5.2 + 0.1 * n, track=2, **SOLID) for n in range(20))], proving())
    assert (refused.reason, let_in.reason) == (Reason.NO_MOTION, Reason.GRANTED)
    assert let_in.at >= refused.at + 1.0
