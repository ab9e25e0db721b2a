"""Challenges in the decision: who must pass one, who has failed one, and ways round it that attackers try (S4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest

from edge.access.decide import State
from edge.access.lockout import Count
from edge.values import Cue, Move, Quality, Reason, Sighting, Sign
from tests.unit.builders import (
    ANN,
    BOB,
    SOLID,
    answering,
    blurred,
    demand,
    found,
    frame,
    match,
    missed,
    nobody,
    play,
    posed,
    proving,
    reasons,
    run,
    told,
)
from tests.unit.heads import BOTH, LEFT, NOD, RIGHT, STRAIGHT, toward

STRANGER = match(similarity=0.1)
GLOW = found(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW)
ONE_FAILURE = (Count(ANN, 1),)


def suspected(kind: str) -> list[Sighting]:
    """Two frames that make a track suspicious in one way."""
    return {
        "surround": [frame(0.0), frame(0.1, **found(Cue.SURROUND, 0.4, Sign.EDGES_MOVE))],
        "screen": [frame(0.0), frame(0.1, **GLOW)],
        "timing": [frame(0.0), frame(0.1, **found(Cue.TIME, 0.4, Sign.LOOPED))],
        "picture": [frame(0.0), frame(0.1, liveness=0.04)],
        "median": [frame(0.0, liveness=0.3), frame(0.1, liveness=0.4)],
    }[kind]


KINDS = ["surround", "screen", "timing", "picture", "median"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["passive", "motion", "challenge"])
def test_s4_a_suspicion_asks_for_a_challenge_and_stays_though_every_later_frame_looks_perfect(
    kind: str, mode: str
) -> None:
    shown = [*suspected(kind), *(frame(0.2 + 0.1 * n, liveness=1.0, **SOLID) for n in range(200))]
    heard = told(shown, proving(mode))
    assert Move.LOOK_STRAIGHT in {move for move, _ in heard[:4]}
    state, verdicts = run(shown, proving(mode))
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.NOT_LIVE, ANN)]
    assert state.lockouts.counts == ONE_FAILURE


@pytest.mark.parametrize("kind", KINDS)
def test_s4_who_is_suspected_and_passes_the_challenge_is_let_in(kind: str) -> None:
    (verdict,) = play([*suspected(kind), *answering(0.2)], proving())
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.GRANTED, ANN, None)
    assert verdict.at == pytest.approx(1.7), "the frame that shows the last movement"


@pytest.mark.parametrize("kind", KINDS)
def test_s4_where_a_suspicion_is_refused_there_is_no_challenge(kind: str) -> None:
    asked = replace(proving(), demand=demand(BOTH, mode="motion"))
    shown = [*suspected(kind), *answering(0.2, **SOLID)]
    assert reasons(play(shown, asked)) == [Reason.NOT_LIVE]
    assert [move for move, _ in told(shown, asked)] == [None] * len(shown)


def test_mode_challenge_asks_everybody_and_lets_in_who_passes() -> None:
    assert reasons(play(answering(), proving("challenge"))) == [Reason.GRANTED]
    still = [frame(0.1 * n, **SOLID) for n in range(200)]
    assert reasons(play(still, proving("challenge"))) == [Reason.NOT_LIVE]
    asked = [move for move, _ in groupby(move for move, _ in told(answering(), proving("challenge")))]
    assert asked == [Move.LOOK_STRAIGHT, LEFT, Move.LOOK_STRAIGHT, NOD, None]


def test_recognised_only_after_the_challenge_is_in_time_while_it_holds() -> None:
    strange, asked = answering(match=STRANGER), proving("challenge", max_judged_frames=50)
    passed = [frame(0.0, quality=posed(STRAIGHT)), *strange[1:]]
    assert reasons(play([*passed, frame(2.0), frame(2.1)], asked)) == [Reason.GRANTED]
    late = [frame(2.0 + 0.1 * n, match=STRANGER) for n in range(15)]
    assert reasons(play([*passed, *late, frame(3.5), frame(3.6)], asked)) == [Reason.UNSURE]


def test_a_slow_challenge_leaves_time_to_be_recognised() -> None:
    """It may take longer than a track has otherwise; the frame that ends it shows a bowed head."""
    moves = (LEFT, NOD, LEFT, NOD, LEFT, NOD)
    asked = proving("challenge", moves)
    shown = [frame(one.at * 2, quality=one.quality) for one in answering(moves=moves)]
    bowed = [replace(one, match=STRANGER) if n == 47 else one for n, one in enumerate(shown)]
    (verdict,) = play(bowed, asked)
    assert (verdict.reason, verdict.person) == (Reason.GRANTED, ANN)
    assert verdict.at > 9.5


def test_s4_the_wrong_movement_fails_under_the_claimed_identity() -> None:
    wrong = [*answering()[:7], *(frame(0.7 + 0.1 * n, quality=posed(toward(RIGHT, 1.3))) for n in range(60))]
    state, (verdict,) = run(wrong, proving("challenge"))
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.WRONG_MOVE)
    assert state.lockouts.counts == ONE_FAILURE


def test_s4_a_failed_challenge_is_not_tried_again_on_its_track() -> None:
    wrong = [*answering()[:7], frame(0.7, quality=posed(toward(RIGHT, 1.3)))]
    again = [one for start in (2.0, 5.0, 9.0) for one in answering(start)]
    assert reasons(play([*wrong, *again], proving("challenge"))) == [Reason.NOT_LIVE]


@pytest.mark.parametrize("frames", range(6, 15))
def test_s4_a_challenge_that_is_left_when_its_movement_is_known_is_failed(frames: int) -> None:
    state, (verdict,) = run([*answering()[:frames], nobody(frames / 10)], proving("challenge"))
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.FACE_LOST)
    assert state.lockouts.counts == ONE_FAILURE


def test_who_passes_by_before_any_movement_was_drawn_out_loud_has_failed_nothing() -> None:
    state, (verdict,) = run([*answering()[:4], nobody(0.4)], proving("challenge"))
    assert verdict.reason is Reason.NO_MOTION
    assert state.lockouts.counts == ()


@pytest.mark.parametrize("gone", [[nobody(0.9)], [frame(0.9, track=2)], [missed(0.7), missed(0.8), nobody(0.9)]])
def test_s4_a_suspicious_track_that_is_ended_on_purpose_is_failed(gone: list[Sighting]) -> None:
    state, (verdict,) = run([*suspected("screen"), frame(0.2), *gone], proving())
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.SCREEN_GLOW)
    assert state.lockouts.counts == ONE_FAILURE


def test_s4_who_leaves_whenever_they_dislike_the_order_is_locked_out() -> None:
    liked: list[Sighting] = []
    for n in range(5):
        liked += [*answering(5.0 * n, track=n)[:8], nobody(5.0 * n + 1.0)]
    state, verdicts = run(liked, proving("challenge"))
    assert reasons(verdicts) == [Reason.NOT_LIVE] * 5
    assert state.lockouts.locked(ANN, 30.0)


@pytest.mark.parametrize("seen", [8, 12, 16])
def test_s4_in_a_crowd_no_movement_is_shown_and_none_is_asked_for(seen: int) -> None:
    """It is not known whose movement it would be."""
    crowd = [replace(one, faces=9) if n else one for n, one in enumerate(answering()[:seen])]
    assert {move for move, _ in told(crowd, proving("challenge"))} == {Move.LOOK_STRAIGHT}
    begun = [replace(one, faces=9) if n >= 8 else one for n, one in enumerate(answering())]
    assert Reason.GRANTED not in reasons(play([*begun, frame(2.0), frame(2.1), nobody(2.2)], proving("challenge")))


@pytest.mark.parametrize("seen", [6, 9, 13, 16])
def test_s4_a_photograph_that_takes_over_from_an_accomplice_who_answers_is_not_let_in(seen: int) -> None:
    """Until the last movement is asked for, somebody may take over; the challenge is theirs who was there before."""
    strange, known = answering(match=STRANGER), answering()
    after = [frame(2.0 + 0.1 * n) for n in range(10)]
    told_last = 13
    verdicts = play([*strange[:seen], *known[seen:], *after], proving("challenge", max_judged_frames=50))
    assert (reasons(verdicts) == [Reason.GRANTED]) == (seen < told_last)


def test_s4_after_a_challenge_that_an_accomplice_passed_a_photograph_is_refused_when_a_stranger_is() -> None:
    passed = answering(match=STRANGER)
    for who in (match(), STRANGER):
        shown = [*passed[:14], *(frame(1.4 + 0.1 * n, match=who, quality=passed[14 + n].quality) for n in range(6))]
        (verdict,) = play([*shown, *(frame(2.0 + 0.1 * n, match=who) for n in range(40))], proving("challenge"))
        assert not verdict.granted
        assert verdict.at == pytest.approx(1.5)


def test_s4_frames_that_cast_no_vote_are_no_way_to_hear_the_order_and_leave() -> None:
    shown = [replace(one, spared=True, match=None) if n else one for n, one in enumerate(answering()[:8])]
    state, (verdict,) = run([*shown, nobody(1.0)], proving("challenge"))
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, ANN)
    assert state.lockouts.counts == ONE_FAILURE


def test_s4_another_face_is_no_way_out_of_a_challenge() -> None:
    shown = [*answering()[:8], frame(0.8, match=match(BOB))]
    state, (verdict,) = run(shown, proving("challenge"))
    assert (verdict.reason, verdict.person) == (Reason.IDENTITY_CHANGED, None)
    assert {who: count for who, count, *_ in state.lockouts.counts} == {ANN: 1, BOB: 1}
    state, (verdict,) = run([frame(0.0), frame(0.1, match=match(BOB))], proving())
    assert verdict.reason is Reason.IDENTITY_CHANGED
    assert state.lockouts.counts == (), "nothing was to be proven by a challenge"


def test_s4_who_denies_under_two_names_fails_under_both() -> None:
    shown = [frame(0.0), frame(0.1, match=match(BOB), **found(Cue.SURROUND, 0.0))]
    state, (verdict,) = run(shown, proving())
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, None)
    assert {who for who, *_ in state.lockouts.counts} == {ANN, BOB}


def test_s4_a_challenge_that_somebody_else_passed_is_not_ones_own() -> None:
    """A living accomplice who is enrolled, then a photograph of Ann in the same track."""
    accomplice = answering(match=match(BOB))[:15]
    assert reasons(play([*accomplice, *answering()[15:]], proving("challenge"))) == [Reason.IDENTITY_CHANGED]


def test_s4_a_photograph_that_takes_over_after_the_challenge_is_asked_again_by_what_shows_it() -> None:
    accomplice = answering(match=STRANGER)[:16]
    bezel = [frame(1.6 + 0.1 * n, **found(Cue.SURROUND, 0.3, Sign.EDGES_MOVE)) for n in range(200)]
    state, (verdict,) = run([*accomplice, *bezel], proving("challenge", max_judged_frames=50))
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, ANN)
    assert state.lockouts.counts == ONE_FAILURE


def test_s4_accomplice_and_photograph_by_turns_on_tracks_of_their_own_never_pass() -> None:
    shown: list[Sighting] = []
    for n in range(60):
        shown += [frame(0.4 * n + 0.1 * k, track=2 * n, match=STRANGER, **SOLID) for k in range(2)]
        shown += [frame(0.4 * n + 0.2 + 0.1 * k, track=2 * n + 1) for k in range(2)]
    for mode in ("motion", "challenge"):
        assert Reason.GRANTED not in reasons(play(shown, proving(mode)))


def test_s4_motion_before_a_photograph_does_not_outlive_what_the_photograph_shows() -> None:
    """The accomplice's motion is fresh; the frame of the photograph still makes the whole track suspicious."""
    alive = [frame(0.1 * n, match=STRANGER, **SOLID) for n in range(5)]
    assert Reason.GRANTED not in reasons(play([*alive, frame(0.5, **GLOW), frame(0.6), frame(0.7)], proving()))


def test_s4_a_crowd_hides_no_suspicious_picture() -> None:
    shown = [frame(0.0), frame(0.1, faces=9, liveness=0.01), *(frame(0.2 + 0.1 * n, **SOLID) for n in range(9))]
    assert Reason.GRANTED not in reasons(play(shown, proving()))


@pytest.mark.parametrize("mode", ["passive", "motion"])
def test_s4_a_presence_of_tiny_tracks_never_hands_on_a_challenge(mode: str) -> None:
    shown = [replace(one, track=n) for n, one in enumerate([*suspected("screen"), *answering(0.2, **SOLID)])]
    verdicts = play(shown, proving(mode))
    assert Reason.GRANTED not in reasons(verdicts)
    assert reasons(verdicts)[0] is Reason.NOT_LIVE


def test_s4_a_challenge_while_the_face_is_seen_poorly_counts_as_an_attempt() -> None:
    far = replace(posed(STRAIGHT), flaws=blurred(0.0).quality.flaws)  # type: ignore[union-attr]  # it has one
    shown = [frame(0.0), *(replace(one, quality=far, match=None, liveness=None) for one in answering()[1:8])]
    state, (verdict,) = run([*shown, nobody(1.0)], proving("challenge"))
    assert verdict.reason is Reason.NOT_LIVE
    assert state.lockouts.counts == ONE_FAILURE


def test_a_door_that_did_not_hear_is_asked_again_while_the_challenge_holds() -> None:
    passed = answering()[:16]
    state, verdicts = run(passed, proving("challenge"), outcome=Reason.DOOR_UNREACHABLE)
    assert (reasons(verdicts), verdicts[0].at) == ([Reason.GRANTED], 1.5)
    assert reasons(play([frame(2.6), frame(2.7)], proving("challenge"), state)) == [Reason.GRANTED]
    assert reasons(play([frame(3.5), frame(3.6)], proving("challenge"), state)) == [Reason.UNSURE], "and no longer"


def test_s4_what_is_suspicious_while_the_door_is_waited_for_asks_for_a_challenge() -> None:
    state, _ = run([frame(0.0, **SOLID), frame(0.1, **SOLID)], proving(), outcome=Reason.STALE)
    waiting = [frame(0.5, **GLOW), frame(0.6), *(frame(1.2 + 0.1 * n, **SOLID) for n in range(5))]
    assert play(waiting, proving(), state) == []
    assert reasons(play([*waiting, *answering(1.8)], proving(), state)) == [Reason.GRANTED]


def test_s4_the_lock_out_is_not_answered_by_a_challenge() -> None:
    state, _ = run([frame(2.0 * n, track=n, **found(Cue.TIME, 0.0)) for n in range(5)], proving())
    shown = [*answering(10.0, track=9), nobody(13.0)]
    assert reasons(play(shown, proving("challenge"), state)) == [Reason.LOCKED_OUT]


def test_s4_the_network_is_not_the_judge_of_who_passed() -> None:
    """A dark live face that the network doubts throughout: the challenge is the answer."""
    (verdict,) = play([frame(0.0, liveness=0.2), *answering(0.1, liveness=0.2)], proving())
    assert verdict.reason is Reason.GRANTED


def test_s4_frames_of_somebody_else_do_not_pay_for_doubtful_pictures_of_the_claimed_person() -> None:
    """No challenge either: it would tell that somebody was recognised."""
    living = [frame(0.1 * n, liveness=0.95, match=STRANGER, **SOLID) for n in range(9)]
    doubtful = [frame(0.9 + 0.1 * n, liveness=0.3, **SOLID) for n in range(6)]
    state, (verdict,) = run([*living, *doubtful], proving())
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, ANN, Sign.NETWORK_DOUBTS)
    assert state.lockouts.counts == ONE_FAILURE


def test_s4_a_challenge_of_somebody_just_let_in_begins_anew_when_they_stay() -> None:
    let_in = State(admitted=(ANN, 0.0))
    (verdict,) = play([*answering(1.0), *answering(3.0)], proving("challenge"), let_in)
    assert (verdict.reason, verdict.person, verdict.at) == (Reason.GRANTED, ANN, 4.5)


def test_s3_a_head_that_is_not_judged_passes_nothing() -> None:
    unseen = [replace(one, quality=Quality(60.0)) for one in answering()]
    assert Reason.GRANTED not in reasons(play(unseen, proving("challenge")))
