"""What liveness alone makes of a track, nobody being recognised."""

from __future__ import annotations

from dataclasses import replace

from edge.app.presentation import End, Outcome
from edge.app.proving import Hearing, hear, request
from edge.config import DecisionSettings
from edge.values import Cue, Move, Sign
from tests.unit.builders import blurred, frame
from tests.unit.pad_builders import policy, seen


def test_somebody_nothing_speaks_against_passes_once_enough_pictures_were_judged() -> None:
    assert policy()(seen(frames=6)) == Outcome(End.PASSED, 0.1)
    assert policy(passive_frames=4)(seen(frames=6)) == Outcome(End.PASSED, 0.3)
    assert policy()(seen(frames=1)) == Outcome(End.NO_RESPONSE, why="too short")


def test_votes_are_waited_for_even_when_the_network_has_seen_enough() -> None:
    slow = replace(policy(), decision=DecisionSettings(votes=5, window_frames=8))
    assert slow(seen(frames=6)) == Outcome(End.PASSED, 0.4)
    assert slow(seen(frames=4)).end is End.NO_RESPONSE


def test_spared_frames_do_not_count() -> None:
    track = [replace(one, spared=True) for one in seen(frames=4)] + seen(frames=2, at=0.4)
    assert policy()(track) == Outcome(End.PASSED, 0.5)


def test_a_deny_refuses_and_says_which_cue_saw_what() -> None:
    found = policy()(seen({Cue.SURROUND: 0.01}))
    assert found == Outcome(End.REFUSED, 0.0, Cue.SURROUND, Sign.EDGES_MOVE)


def test_a_suspicion_asks_for_a_challenge_which_a_recording_cannot_answer() -> None:
    found = policy()(seen({Cue.SCREEN: 0.1}, frames=100))
    assert found == Outcome(End.CHALLENGED, 0.0, Cue.SCREEN, Sign.SCREEN_GLOW)


def test_a_deny_that_comes_after_the_challenge_was_asked_for_still_refuses() -> None:
    track = seen({Cue.SCREEN: 0.1}, frames=3) + seen({Cue.TIME: 0.01}, frames=3, at=0.3)
    assert policy()(track) == Outcome(End.REFUSED, 0.3, Cue.TIME, Sign.FROZEN)


def test_what_comes_after_the_opening_changes_nothing() -> None:
    track = seen(frames=3) + seen({Cue.TIME: 0.01}, frames=3, at=0.3)
    assert policy()(track) == Outcome(End.PASSED, 0.1)


def test_a_low_median_of_the_network_is_a_suspicion_and_so_is_one_very_low_picture() -> None:
    assert policy()(seen(liveness=0.4)) == Outcome(End.CHALLENGED, 0.1, Cue.PASSIVE, Sign.NETWORK_DOUBTS)
    assert policy()(seen(liveness=0.01)) == Outcome(End.CHALLENGED, 0.0, Cue.PASSIVE, Sign.NETWORK_DOUBTS)


def test_where_suspicion_refuses_there_is_no_challenge() -> None:
    found = policy(on_suspicion="refuse")(seen(liveness=0.4))
    assert found == Outcome(End.REFUSED, 0.1, Cue.PASSIVE, Sign.NETWORK_DOUBTS)
    assert policy(on_suspicion="refuse")(seen({Cue.SCREEN: 0.1})).end is End.REFUSED


def test_where_motion_is_asked_for_a_still_head_is_no_response_and_a_solid_one_passes() -> None:
    assert policy("motion")(seen(frames=9)) == Outcome(End.NO_RESPONSE, why="no motion")
    late = policy("motion", motion_s=0.5)(seen(frames=9))
    assert late == Outcome(End.NO_RESPONSE, 0.6, why="no motion")
    turning = seen(frames=5) + seen({Cue.RELIEF: 0.9}, frames=3, at=0.5)
    assert policy("motion")(turning) == Outcome(End.PASSED, 0.5)


def test_where_everybody_is_challenged_nobody_on_a_recording_passes() -> None:
    assert policy("challenge")(seen({Cue.RELIEF: 1.0})) == Outcome(End.CHALLENGED, 0.0)


def test_a_view_that_never_allowed_a_judgement_is_no_response_and_says_why() -> None:
    track = [blurred(0.1), blurred(0.2), frame(0.3, faces=9)]
    assert policy()(track) == Outcome(End.NO_RESPONSE, why="poor view: blurred")
    assert policy()([frame(0.3, faces=9)]) == Outcome(End.NO_RESPONSE, why="too many faces")


def test_a_live_person_is_asked_to_move_and_refused_when_nothing_comes() -> None:
    live = policy("challenge", recorded=False)
    live = replace(live, demand=replace(live.demand, draw=lambda: (Move.NOD, Move.TURN_LEFT)))
    hearing, asked = Hearing(), set()
    for one in seen(frames=600):
        hearing = hear(hearing, one, live)
        asked.add(request(hearing, live))
    assert Move.LOOK_STRAIGHT in asked
    assert hearing.outcome is not None
    assert (hearing.outcome.end, hearing.outcome.cue) == (End.REFUSED, Cue.CHALLENGE)
    assert hearing.outcome.sign is Sign.NO_MOVE
    assert request(hearing, live) is None


def test_pictures_that_would_agree_must_be_believed_by_themselves() -> None:
    track = seen(frames=3, liveness=0.9) + seen(frames=3, liveness=0.4, at=0.3)
    waiting = policy("motion")
    turned = [*track, *seen({Cue.RELIEF: 0.9}, frames=1, liveness=0.6, at=0.6)]
    assert waiting(turned) == Outcome(End.NO_RESPONSE, why="too short")
    again = [*turned, *seen({Cue.RELIEF: 0.9}, frames=3, liveness=0.6, at=0.7)]
    assert waiting(again) == Outcome(End.PASSED, 0.7)


def test_only_a_frame_that_would_vote_lets_somebody_in() -> None:
    spared = [replace(one, spared=True) for one in seen({Cue.RELIEF: 0.9}, frames=1, at=0.3)]
    assert policy("motion")([*seen(frames=3), *spared]).end is End.NO_RESPONSE
    assert policy("motion")([*seen(frames=3), *spared, *seen(frames=1, at=0.4)]) == Outcome(End.PASSED, 0.4)


def test_pictures_further_apart_than_the_window_never_agree() -> None:
    assert policy()([*seen(frames=1), *seen(frames=1, at=1.5)]) == Outcome(End.NO_RESPONSE, why="too short")
    assert policy()([*seen(frames=1), *seen(frames=1, at=0.9)]) == Outcome(End.PASSED, 0.9)
