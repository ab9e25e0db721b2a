"""A challenge answers a suspicion, and nothing else does (S3, S4)."""

from __future__ import annotations

import math
from dataclasses import replace

from edge.access.challenge import Standing
from edge.access.proof import (
    Demand,
    Proof,
    alive,
    asked,
    carried,
    defied,
    failed,
    rested,
    sign,
    take,
    told,
)
from edge.values import Cue, Move, Reason, Sighting, Sign
from tests.unit.builders import SOLID, answering, blurred, demand, found, frame
from tests.unit.heads import BOTH

MOTION = demand(BOTH, mode="motion", on_suspicion="challenge")
PASSIVE = demand(BOTH, mode="passive", on_suspicion="challenge")
CHALLENGE = demand(BOTH, mode="challenge", on_suspicion="challenge")


def watch(sightings: list[Sighting], asked_for: Demand = MOTION, proof: Proof | None = None) -> Proof:
    proof = proof or Proof()
    for one in sightings:
        proof = take(proof, one, asked_for)
    return proof


def test_a_challenge_begins_with_a_suspicion_and_is_asked_for_at_once() -> None:
    suspicious = found(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW)
    proof = watch([frame(0.0), frame(0.1, **suspicious)])
    assert asked(proof, 0.1, MOTION) is Move.LOOK_STRAIGHT
    assert proof.challenge is not None
    assert (proof.challenge.moves, proof.challenge.began) == (BOTH, 0.1)


def test_mode_challenge_asks_everybody_from_the_first_frame_that_can_be_judged() -> None:
    assert watch([blurred(0.0), frame(0.1, faces=9)], CHALLENGE).challenge is None
    assert asked(watch([blurred(0.0), frame(0.2)], CHALLENGE), 0.2, CHALLENGE) is Move.LOOK_STRAIGHT


def test_s4_a_suspicion_is_answered_by_a_challenge_that_was_passed_a_moment_ago() -> None:
    suspicious = found(Cue.SCREEN, 0.2)
    proof = watch([frame(0.0, **suspicious), *answering(0.1)])
    assert proof.challenge is not None
    assert proof.challenge.standing is Standing.PASSED
    ended = proof.challenge.ended
    assert alive(proof, ended, MOTION)
    assert alive(proof, ended + 2.0, MOTION)
    assert not alive(proof, ended + 2.01, MOTION)
    assert failed(proof, ended + 2.01, MOTION) is Reason.UNSURE
    assert failed(proof, ended + 2.0, MOTION) is None
    assert (asked(proof, ended, MOTION), defied(proof), told(proof)) == (None, False, False)


def test_s4_motion_answers_no_suspicion() -> None:
    proof = watch([frame(0.0, **SOLID), frame(0.1, **found(Cue.SCREEN, 0.2)), frame(0.2, **SOLID)])
    assert not alive(proof, 0.2, MOTION)


def test_s4_the_cue_that_was_answered_may_go_on_but_what_another_finds_later_asks_anew() -> None:
    glow, edges = found(Cue.SCREEN, 0.2), found(Cue.SURROUND, 0.4)
    passed = watch([frame(0.0, **glow), *answering(0.1, **glow)])
    assert alive(watch([frame(2.2, **glow)], proof=passed), 2.2, MOTION)
    again = watch([frame(2.2, **edges)], proof=passed)
    assert not alive(again, 2.2, MOTION)
    assert asked(again, 2.2, MOTION) is Move.LOOK_STRAIGHT
    assert alive(watch(answering(2.3, **edges), proof=again), 4.2, MOTION)


def test_s4_a_deny_is_answered_by_nothing() -> None:
    proof = watch([frame(0.0, **found(Cue.SURROUND, 0.0, Sign.EDGES_MOVE)), *answering(0.1)])
    assert not alive(proof, 2.0, MOTION)
    assert failed(proof, 2.0, MOTION) is Reason.NOT_LIVE
    assert (asked(proof, 2.0, MOTION), sign(proof)) == (None, Sign.EDGES_MOVE)


def test_s4_a_challenge_that_began_must_be_passed_though_less_is_asked_meanwhile() -> None:
    """The schedule may end while somebody stands there."""
    began = watch([frame(0.0)], CHALLENGE)
    assert not alive(watch([frame(0.1, **SOLID)], MOTION, began), 0.1, MOTION)
    assert not alive(watch([frame(0.1)], PASSIVE, began), 0.1, PASSIVE)
    lost = watch([frame(20.0, **SOLID)], MOTION, began)
    assert failed(lost, 20.0, MOTION) is Reason.NOT_LIVE


def test_s3_a_challenge_of_no_movements_is_failed() -> None:
    nothing = demand((), mode="challenge")
    proof = watch([frame(0.0)], nothing)
    assert failed(proof, 0.0, nothing) is Reason.NOT_LIVE
    assert sign(proof) is Sign.NO_MOVE


def test_who_leaves_has_failed_if_suspicious_or_told_the_movement() -> None:
    glow = found(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW)
    assert not defied(Proof())
    assert not defied(watch([frame(0.0)], CHALLENGE))
    assert defied(watch([frame(0.0, **glow)]))
    heard = watch(answering(0.0)[:7], CHALLENGE)
    assert asked(heard, 0.6, CHALLENGE) is BOTH[0]
    assert (told(heard), defied(heard), sign(heard)) == (True, True, Sign.FACE_LOST)


def test_a_suspicion_in_frames_that_are_never_judged_is_a_failure_in_time() -> None:
    proof = watch([frame(0.0), frame(1.0, faces=9, **found(Cue.SCREEN, 0.2))])
    assert failed(proof, 5.0, MOTION) is None
    assert failed(proof, 5.1, MOTION) is Reason.NOT_LIVE


def test_s4_a_short_track_hands_on_its_time_and_what_spoke_against_it_and_nothing_good() -> None:
    proof = watch([frame(0.0, **SOLID), frame(0.1, **found(Cue.SCREEN, 0.2)), *answering(0.2)])
    handed = carried(proof)
    assert (handed.began, handed.suspicion, handed.doubted) == (0.0, proof.suspicion, frozenset({Cue.SCREEN}))
    assert (handed.moved_at, handed.challenge) == (-math.inf, None)
    assert carried(watch([frame(0.0, **found(Cue.TIME, 0.0))])).denied is not None
    assert rested(proof) == replace(handed, began=None)
