"""What a cue denies or suspects, whatever frame it is seen in (S3, S4)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from edge.access.lockout import Count
from edge.values import Cue, Finding, Reason, Sighting, Sign
from tests.unit.builders import (
    ANN,
    BOB,
    SOLID,
    blurred,
    found,
    frame,
    match,
    missed,
    nobody,
    play,
    proving,
    reasons,
    run,
)

STRANGER = match(similarity=0.1)
DENIALS = [(Cue.SURROUND, Sign.EDGES_MOVE), (Cue.RELIEF, Sign.FLAT), (Cue.TIME, Sign.FROZEN)]


@pytest.mark.parametrize(("cue", "sign"), DENIALS)
@pytest.mark.parametrize("score", [0.0, 0.09, math.nan])
@pytest.mark.parametrize("mode", ["passive", "motion", "challenge"])
def test_s4_a_cue_that_denies_ends_the_track_at_once_under_its_claim(
    cue: Cue, sign: Sign, score: float, mode: str
) -> None:
    bad = frame(0.1, findings=(Finding(cue, score, sign),))
    shown = [frame(0.0), bad, *(frame(0.2 + 0.1 * n, **SOLID) for n in range(90))]
    state, verdicts = run(shown, proving(mode))
    assert [(one.reason, one.person, one.sign, one.at) for one in verdicts] == [(Reason.NOT_LIVE, ANN, sign, 0.1)]
    assert state.lockouts.counts == (Count(ANN, 1),)


@pytest.mark.parametrize("cue", [Cue.SURROUND, Cue.RELIEF, Cue.TIME])
def test_s4_five_denied_tracks_lock_out_the_claimed_identity(cue: Cue) -> None:
    bad = [frame(2.0 * n, track=n, **found(cue, 0.0)) for n in range(1, 6)]
    state, verdicts = run(bad, proving())
    assert reasons(verdicts) == [Reason.NOT_LIVE] * 5
    assert state.lockouts.locked(ANN, 20.0)


@pytest.mark.parametrize("score", [0.0, 0.5, 1.0, None])
@pytest.mark.parametrize("cue", [Cue.PASSIVE, Cue.CHALLENGE])
def test_a_finding_of_a_cue_without_a_limit_says_nothing(cue: Cue, score: float | None) -> None:
    shown = [frame(0.1 * n, findings=(*SOLID["findings"], Finding(cue, score))) for n in range(2)]
    assert reasons(play(shown, proving())) == [Reason.GRANTED]


KINDS = ["missed", "repeated", "crowd", "poor", "quiet", "first"]


def seen_in(kind: str, bad: dict[str, Any]) -> list[Sighting]:
    """A track on which something bad is seen in a frame of this kind."""
    stranger = [frame(0.1 * n, track=7, match=STRANGER, **SOLID) for n in range(3)]
    begun: dict[str, list[Sighting]] = {
        "missed": [frame(0.4), replace(missed(0.5), findings=bad["findings"])],
        "repeated": [frame(0.4), frame(0.4, **bad)],
        "crowd": [frame(0.4), frame(0.5, faces=9, **bad)],
        "poor": [frame(0.4), blurred(0.5, **bad)],
        "quiet": [*stranger, nobody(0.3), frame(0.5, **bad)],
        "first": [*stranger, frame(0.3, **bad)],
    }
    return begun[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_s4_a_deny_falls_whatever_frame_it_is_seen_in(kind: str) -> None:
    """Not found, seen twice, crowded, blurred, while strangers wait, or on the frame that ended another track."""
    bad = found(Cue.SURROUND, 0.0, Sign.EDGES_MOVE)
    verdicts = play([*seen_in(kind, bad), *(frame(0.6 + 0.1 * n, **SOLID) for n in range(60))], proving())
    assert reasons(verdicts)[-1] is Reason.NOT_LIVE
    assert Reason.GRANTED not in reasons(verdicts)
    assert verdicts[-1].at <= 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_s4_a_suspicion_stays_whatever_frame_it_is_seen_in(kind: str) -> None:
    bad = found(Cue.SURROUND, 0.4, Sign.EDGES_MOVE)
    verdicts = play([*seen_in(kind, bad), *(frame(0.6 + 0.1 * n, **SOLID) for n in range(90)), nobody(20.0)], proving())
    assert Reason.GRANTED not in reasons(verdicts)
    assert reasons(verdicts)[-1] is Reason.NOT_LIVE


def test_s4_a_deny_seen_on_a_track_that_then_ends_falls_though_it_was_too_short() -> None:
    bad = replace(missed(0.1), findings=(Finding(Cue.TIME, 0.0, Sign.FROZEN),))
    state, (verdict,) = run([frame(0.0), bad, nobody(0.2)], proving())
    assert (verdict.reason, verdict.person, verdict.sign, verdict.at) == (Reason.NOT_LIVE, ANN, Sign.FROZEN, 0.1)
    assert state.lockouts.counts == (Count(ANN, 1),)


def test_s4_a_deny_of_a_face_that_was_never_judged_is_no_poor_view() -> None:
    bad = blurred(0.1, **found(Cue.SURROUND, 0.0, Sign.EDGES_MOVE))
    (verdict,) = play([blurred(0.0), bad, nobody(0.2)], proving())
    assert (verdict.reason, verdict.person, verdict.sign) == (Reason.NOT_LIVE, None, Sign.EDGES_MOVE)
    (verdict,) = play([replace(bad, quality=None), nobody(0.2)], proving())
    assert (verdict.reason, verdict.sign) == (Reason.NOT_LIVE, Sign.EDGES_MOVE)


def test_s4_who_comes_into_view_after_a_deny_was_noted_does_not_answer_for_it() -> None:
    bad = replace(missed(0.1), findings=(Finding(Cue.TIME, 0.0, Sign.FROZEN),))
    state, (verdict,) = run([frame(0.0), bad, frame(0.2, match=match(BOB))], proving())
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, ANN)
    assert state.lockouts.counts == (Count(ANN, 1),)


def test_s4_the_claim_of_a_first_frame_that_denies_is_known() -> None:
    stranger = [frame(0.1 * n, track=7, match=STRANGER, **SOLID) for n in range(3)]
    shown = [*stranger, frame(0.3, **found(Cue.SURROUND, 0.0)), nobody(0.4)]
    state, verdicts = run(shown, proving())
    assert (verdicts[-1].reason, verdicts[-1].person) == (Reason.NOT_LIVE, ANN)
    assert state.lockouts.counts == (Count(ANN, 1),)
