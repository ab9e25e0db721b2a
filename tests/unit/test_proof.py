"""What a track has shown of being alive: each cue by itself, S3 and S4."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access.challenge import begin
from edge.access.proof import (
    Demand,
    Proof,
    against,
    alive,
    asked,
    denial,
    doubted,
    doubts,
    failed,
    sign,
    suspected,
    take,
)
from edge.values import Cue, Finding, Flaw, Move, Quality, Reason, Sighting, Sign
from tests.unit.builders import SOLID, blurred, demand, found, frame, missed
from tests.unit.heads import BOTH

MOTION = demand(BOTH, mode="motion", on_suspicion="challenge")
PASSIVE = demand(BOTH, mode="passive", on_suspicion="challenge")
CHALLENGE = demand(BOTH, mode="challenge", on_suspicion="challenge")
OFF = demand(mode="off")
ALL = (MOTION, PASSIVE, CHALLENGE)


def watch(sightings: list[Sighting], asked_for: Demand = MOTION, proof: Proof | None = None) -> Proof:
    proof = proof or Proof()
    for one in sightings:
        proof = take(proof, one, asked_for)
    return proof


# --- motion


def test_s3_who_has_shown_nothing_is_alive_only_where_nothing_is_asked() -> None:
    assert alive(Proof(), 1.0, PASSIVE)
    assert alive(Proof(), 1.0, OFF)
    assert not alive(Proof(), 1.0, MOTION)
    assert not alive(Proof(), 1.0, CHALLENGE)


@pytest.mark.parametrize(("later", "enough"), [(0.0, True), (2.0, True), (2.01, False), (-0.1, False)])
def test_s3_motion_proves_a_head_for_a_while_and_not_beforehand(later: float, enough: bool) -> None:
    assert alive(watch([frame(10.0, **SOLID)]), 10.0 + later, MOTION) == enough


@pytest.mark.parametrize(("score", "enough"), [(0.7, True), (0.69, False), (None, False)])
def test_s3_too_little_relief_is_no_motion(score: float | None, enough: bool) -> None:
    assert alive(watch([frame(0.0, **found(Cue.RELIEF, score))]), 0.0, MOTION) == enough


def test_motion_that_is_shown_again_renews_the_proof() -> None:
    proof = watch([frame(0.0, **SOLID), frame(1.5, **SOLID)])
    assert alive(proof, 3.5, MOTION)
    assert not alive(proof, 3.6, MOTION)


@pytest.mark.parametrize("cue", [cue for cue in Cue if cue is not Cue.RELIEF])
def test_s4_only_relief_is_motion(cue: Cue) -> None:
    assert not alive(watch([frame(0.0, **found(cue, 1.0))]), 0.0, MOTION)


def test_motion_is_waited_for_so_long_and_asked_for_on_the_way() -> None:
    proof = watch([frame(0.0), frame(0.5)])
    assert asked(proof, 0.5, MOTION) is None
    assert asked(proof, 0.6, MOTION) is Move.TURN_A_LITTLE
    assert failed(proof, 5.0, MOTION) is None
    assert failed(proof, 5.1, MOTION) is Reason.NO_MOTION
    assert asked(proof, 5.1, MOTION) is None


def test_who_has_moved_is_not_asked_until_it_is_stale() -> None:
    proof = watch([frame(0.0), frame(1.0, **SOLID)])
    assert asked(proof, 1.0, MOTION) is None
    assert asked(proof, 3.1, MOTION) is Move.TURN_A_LITTLE
    assert failed(proof, 3.0, MOTION) is None


def test_the_wait_begins_with_the_first_frame_that_can_be_judged() -> None:
    proof = watch([blurred(0.0), frame(1.0, faces=9), frame(4.0)])
    assert proof.began == 4.0
    assert failed(proof, 9.0, MOTION) is None


# --- deny and suspicion

LIMITS = [
    (Cue.SURROUND, 0.1, 0.5),
    (Cue.RELIEF, 0.1, None),
    (Cue.SCREEN, None, 0.3),
    (Cue.TIME, 0.1, 0.5),
    (Cue.PASSIVE, None, None),
    (Cue.CHALLENGE, None, None),
]


@pytest.mark.parametrize(("cue", "deny", "suspect"), LIMITS)
@pytest.mark.parametrize("score", [0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0, None])
def test_s4_each_cue_has_limits_of_its_own_and_one_without_says_nothing(
    cue: Cue, deny: float | None, suspect: float | None, score: float | None
) -> None:
    one = frame(0.0, **found(cue, score, Sign.FLAT))
    denied = score is not None and deny is not None and score < deny
    suspicious = score is not None and suspect is not None and score < suspect
    said = Finding(cue, score, Sign.FLAT)
    assert denial(one, PASSIVE) == (said if denied else None)
    assert doubts(one, PASSIVE) == ((said,) if suspicious else ())
    proof = watch([one], PASSIVE)
    assert (proof.denied, proof.suspicion) == (said if denied else None, said if suspicious else None)
    assert alive(proof, 0.0, PASSIVE) == (not denied and not suspicious)


@pytest.mark.parametrize("cue", list(Cue))
@pytest.mark.parametrize("asked_for", ALL)
def test_s3_a_score_that_is_not_a_number_denies(cue: Cue, asked_for: Demand) -> None:
    proof = watch([frame(0.0, **found(cue, math.nan))], asked_for)
    assert failed(proof, 0.0, asked_for) is Reason.NOT_LIVE
    assert not alive(proof, 0.0, asked_for)


@pytest.mark.parametrize("score", [None, math.nan])
@pytest.mark.parametrize("asked_for", ALL)
def test_s3_a_face_that_the_network_did_not_judge_is_denied(score: float | None, asked_for: Demand) -> None:
    proof = watch([frame(0.0, liveness=score)], asked_for)
    assert failed(proof, 0.0, asked_for) is Reason.NOT_LIVE
    assert sign(proof) is Sign.NETWORK_DOUBTS


@pytest.mark.parametrize("one", [frame(0.0, faces=4, liveness=None), blurred(0.0), missed(0.0)])
def test_what_could_not_be_judged_is_not_denied_for_it(one: Sighting) -> None:
    assert watch([one], PASSIVE) == Proof()


@pytest.mark.parametrize("faces", [1, 9])
def test_s4_a_low_score_of_the_network_is_a_suspicion_in_a_crowd_too(faces: int) -> None:
    said = Finding(Cue.PASSIVE, 0.04, Sign.NETWORK_DOUBTS)
    assert watch([frame(0.0, liveness=0.04, faces=faces)]).suspicion == said
    assert watch([frame(0.0, liveness=0.05, faces=faces)]).suspicion is None


@pytest.mark.parametrize("one", [frame(0.0, faces=9), blurred(0.0), missed(0.0), frame(0.0, spared=True, match=None)])
@pytest.mark.parametrize("cue", [Cue.SURROUND, Cue.RELIEF, Cue.TIME])
def test_s4_no_frame_hides_what_a_cue_denies(one: Sighting, cue: Cue) -> None:
    shown = replace(one, findings=(Finding(Cue.SCREEN, 1.0), Finding(cue, 0.0, Sign.FLAT)))
    assert watch([shown, frame(0.1, **SOLID)]).denied == Finding(cue, 0.0, Sign.FLAT)


def test_s4_the_first_deny_and_the_first_suspicion_stay() -> None:
    bad, worse = found(Cue.SURROUND, 0.4, Sign.EDGES_MOVE), found(Cue.TIME, 0.3, Sign.LOOPED)
    proof = watch([frame(0.0, **bad), frame(0.1, **worse), *(frame(0.2 + 0.1 * n, **SOLID) for n in range(9))])
    assert sign(proof) is Sign.EDGES_MOVE
    assert proof.doubted == {Cue.SURROUND, Cue.TIME}
    assert not alive(proof, 1.0, MOTION)
    first, second = found(Cue.TIME, 0.0, Sign.FROZEN), found(Cue.RELIEF, 0.0, Sign.FLAT)
    proof = watch([frame(1.0, **first), frame(1.1, **second), frame(1.2, **SOLID)], proof=proof)
    assert sign(proof) is Sign.FROZEN


def test_s4_where_who_is_suspected_is_refused_a_suspicion_denies() -> None:
    strict = demand(mode="passive", on_suspicion="refuse")
    shown = frame(0.0, **found(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW))
    assert denial(shown, strict) == Finding(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW)
    assert failed(watch([shown], strict), 0.0, strict) is Reason.NOT_LIVE
    assert failed(suspected(Proof(), Finding(Cue.PASSIVE)), 0.0, strict) is Reason.NOT_LIVE
    assert failed(suspected(Proof(), Finding(Cue.PASSIVE)), 0.0, PASSIVE) is None


def test_s4_the_deny_is_named_before_the_suspicion_that_comes_with_it() -> None:
    both = (Finding(Cue.TIME, 0.0, Sign.FROZEN), Finding(Cue.SCREEN, 0.2, Sign.SCREEN_GLOW))
    strict = demand(mode="passive", on_suspicion="refuse")
    for order in (both, both[::-1]):
        assert sign(watch([frame(0.0, findings=order)], strict)) is Sign.FROZEN


def test_the_median_is_suspicious_below_its_limit_and_without_any_score() -> None:
    settings = PASSIVE.settings
    assert doubted((0.2, 0.5, 0.9), settings) is None
    assert doubted((0.2, 0.4, 0.9), settings) == Finding(Cue.PASSIVE, 0.4, Sign.NETWORK_DOUBTS)
    assert doubted((), settings) == Finding(Cue.PASSIVE, None, Sign.NETWORK_DOUBTS)
    assert doubted((), OFF.settings) is None


def test_with_liveness_off_nothing_is_asked_and_nothing_fails() -> None:
    dreadful = frame(0.0, liveness=math.nan, **found(Cue.TIME, 0.0))
    proof = watch([dreadful, frame(99.0, liveness=None)], OFF)
    assert proof == Proof()
    assert alive(proof, 99.0, OFF)
    assert (asked(proof, 99.0, OFF), failed(proof, 99.0, OFF), denial(dreadful, OFF)) == (None, None, None)
    assert (doubts(dreadful, OFF), against(Proof(), dreadful, OFF)) == ((), Proof())


# --- laws

scores = st.sampled_from([None, math.nan, 0.0, 0.2, 0.4, 0.6, 0.9, 1.0])
findings = st.lists(st.builds(Finding, st.sampled_from(Cue), scores, st.sampled_from([None, *Sign])), max_size=3)
seen = st.builds(
    frame,
    at=st.just(0.0),
    faces=st.sampled_from([1, 1, 9]),
    liveness=scores,
    quality=st.sampled_from([Quality(80.0), Quality(80.0), Quality(8.0, flaws=(Flaw.TOO_FAR,)), None]),
    findings=findings.map(tuple),
)
demands = st.sampled_from([*ALL, demand(BOTH, mode="motion"), demand(BOTH, mode="passive")])


def in_order(walk: list[Sighting]) -> list[Sighting]:
    return [replace(one, at=round(0.1 * n, 3)) for n, one in enumerate(walk)]


@given(walk=st.lists(seen, max_size=12), more=st.lists(seen, max_size=12), asked_for=demands)
def test_s4_what_spoke_against_a_face_never_goes_away(
    walk: list[Sighting], more: list[Sighting], asked_for: Demand
) -> None:
    shown = in_order([*walk, *more])
    early = watch(shown[: len(walk)], asked_for)
    late = watch(shown[len(walk) :], asked_for, early)
    assert early.doubted <= late.doubted
    for was, now in ((early.denied, late.denied), (early.suspicion, late.suspicion)):
        assert was is None or was is now
    if early.denied is not None:
        assert failed(late, 99.0, asked_for) is Reason.NOT_LIVE


@given(walk=st.lists(seen, max_size=12), asked_for=demands, at=st.floats(0, 40))
def test_s3_nobody_is_alive_and_failed_at_once_or_asked_when_it_is_decided(
    walk: list[Sighting], asked_for: Demand, at: float
) -> None:
    proof = watch(in_order(walk), asked_for)
    proven, ended = alive(proof, at, asked_for), failed(proof, at, asked_for)
    assert not (proven and ended)
    if proven or ended:
        assert asked(proof, at, asked_for) is None
    if proven:
        assert proof.denied is None
        assert proof.suspicion is None, "these walks pass no challenge"
        assert asked_for.settings.mode != "motion" or 0 <= at - proof.moved_at <= 2.0


def test_s4_a_challenge_that_runs_is_no_proof() -> None:
    for asked_for in ALL:
        assert not alive(Proof(challenge=begin(BOTH, 0.0), moved_at=0.0), 0.0, asked_for)
