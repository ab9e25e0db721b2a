"""Votes of one track become one verdict: the plain ways in and out, and S1, S3, S9 and S12 in the terminal."""

from __future__ import annotations

import math

import pytest

from edge.access.decide import vote
from edge.values import Flaw, Quality, Reason
from tests.unit.builders import ANN, BOB, blurred, frame, match, missed, nobody, play, reasons, rule, run

# --- the plain ways in and out


def test_the_second_agreeing_frame_grants_with_the_evidence_of_both() -> None:
    first, second = frame(0.0, match=match(similarity=0.61, margin=0.2)), frame(0.1, liveness=0.7)
    (verdict,) = play([first, second])
    assert (verdict.reason, verdict.person, verdict.track, verdict.at) == (Reason.GRANTED, ANN, 1, 0.1)
    evidence = verdict.evidence
    assert evidence is not None
    assert (evidence.similarity, evidence.margin, evidence.votes, evidence.space) == (0.7, 0.2, 2, "test@0")
    assert evidence.threshold == pytest.approx(0.4)
    assert evidence.fmr == pytest.approx(1e-4)
    assert evidence.liveness == pytest.approx(0.8)


def test_one_frame_is_never_enough() -> None:
    assert play([frame(0.0)]) == []


def test_votes_older_than_the_window_are_forgotten() -> None:
    assert play([frame(0.0), frame(1.1)]) == []
    assert reasons(play([frame(0.0), frame(1.0)])) == [Reason.GRANTED]


def test_votes_further_back_than_the_window_of_frames_are_forgotten() -> None:
    strange = [frame(0.1 * n, match=match(similarity=0.1)) for n in (1, 2, 3)]
    assert play([frame(0.0), *strange, frame(0.4)]) == []
    assert reasons(play([frame(0.0), *strange[:2], frame(0.3)])) == [Reason.GRANTED]


def test_a_track_is_granted_once_however_long_the_face_stays() -> None:
    assert reasons(play(frame(0.1 * n) for n in range(200))) == [Reason.GRANTED]


def test_nobody_before_the_door_is_no_verdict() -> None:
    assert play(nobody(0.1 * n) for n in range(50)) == []


def test_a_face_that_passes_by_is_no_attempt() -> None:
    assert play([frame(0.0, match=match(similarity=0.1)), nobody(0.1)]) == []


def test_a_stranger_who_leaves_was_refused() -> None:
    stranger = [frame(0.1 * n, match=match(similarity=0.1)) for n in range(3)]
    (verdict,) = play([*stranger, nobody(0.3)])
    assert (verdict.reason, verdict.person) == (Reason.UNKNOWN, None)
    assert verdict.at == pytest.approx(0.2)


def test_a_stranger_who_stays_is_refused_when_patience_ends() -> None:
    (verdict,) = play(frame(0.3 * n, match=match(similarity=0.1)) for n in range(60))
    assert verdict.reason is Reason.UNKNOWN
    assert verdict.at == pytest.approx(3.3)


def test_s4_a_track_has_so_many_frames_to_show_who_it_is_and_no_more() -> None:
    strange = [frame(0.1 * n, match=match(similarity=0.1)) for n in range(15)]
    (verdict,) = play([*strange, *(frame(0.1 * n) for n in range(15, 60))])
    assert verdict.reason is Reason.UNKNOWN
    assert verdict.at == pytest.approx(1.4)
    assert reasons(play([*strange[:13], frame(1.3), frame(1.4)])) == [Reason.GRANTED]


def test_somebody_seen_from_afar_is_judged_once_they_are_near() -> None:
    far = [blurred(0.1 * n) for n in range(100)]
    told, let_in = play([*far, frame(10.1), frame(10.2)])
    assert told.reason is Reason.POOR_VIEW
    assert told.at == pytest.approx(3.1)
    assert let_in.reason is Reason.GRANTED


def test_a_view_that_was_told_to_be_poor_is_not_told_again_when_it_ends() -> None:
    assert reasons(play([*(blurred(0.1 * n) for n in range(40)), nobody(4.0)])) == [Reason.POOR_VIEW]


@pytest.mark.parametrize("outcome", [Reason.DOOR_UNREACHABLE, Reason.STALE, Reason.JOURNAL_DOWN])
def test_a_grant_that_the_door_did_not_hear_may_be_earned_again_with_fresh_votes(outcome: Reason) -> None:
    state, (verdict,) = run([frame(0.0), frame(0.1)], outcome=outcome)
    assert verdict.granted
    assert play([frame(0.2), frame(1.0)], state=state) == [], "the moment after a refusal is quiet"
    assert reasons(play([frame(1.2)], state=state)) == [], "the old votes are spent"
    assert reasons(play([frame(1.2), frame(1.3)], state=state)) == [Reason.GRANTED]


def test_the_votes_of_a_grant_that_the_door_did_not_hear_are_spent_though_the_window_still_holds_them() -> None:
    asked = rule(rate_limit_s=0.2)
    state, _ = run([frame(0.0), frame(0.1)], asked, outcome=Reason.STALE)
    assert play([frame(0.4)], asked, state) == []
    assert reasons(play([frame(0.4), frame(0.5)], asked, state)) == [Reason.GRANTED]


@pytest.mark.parametrize("outcome", [Reason.REVOKED, Reason.EXPIRED, Reason.UNSAFE_SOURCE])
def test_s12_a_grant_that_the_door_refused_is_over(outcome: Reason) -> None:
    state, _ = run([frame(0.0), frame(0.1)], outcome=outcome)
    assert play([frame(0.1 * n) for n in range(20, 90)], state=state) == []
    assert state.admitted is None


def test_a_view_that_is_never_good_is_refused_with_its_commonest_flaw_first() -> None:
    dark = Quality(inter_eye_px=80.0, flaws=(Flaw.TOO_DARK, Flaw.BLURRED))
    (verdict,) = play([blurred(0.0), frame(0.1, quality=dark), blurred(0.2), nobody(0.3)])
    assert verdict.reason is Reason.POOR_VIEW
    assert verdict.flaws == (Flaw.BLURRED, Flaw.TOO_DARK)
    assert verdict.evidence is None


def test_one_poor_frame_of_a_passer_by_is_no_attempt_however_many_its_flaws() -> None:
    dreadful = Quality(inter_eye_px=8.0, flaws=(Flaw.TOO_DARK, Flaw.BLURRED, Flaw.TOO_FAR))
    assert play([frame(0.0, quality=dreadful), nobody(0.1)]) == []


def test_a_poor_frame_in_between_takes_nothing_from_the_good_ones() -> None:
    assert reasons(play([frame(0.0), blurred(0.1), missed(0.2), frame(0.3)])) == [Reason.GRANTED]


def test_a_crowd_is_not_judged_and_is_told_so() -> None:
    (verdict,) = play(frame(0.1 * n, faces=4) for n in range(60))
    assert verdict.reason is Reason.TOO_MANY_FACES
    assert reasons(play([frame(0.0, faces=3), frame(0.1, faces=3)])) == [Reason.GRANTED]


def test_two_people_who_look_alike_are_told_apart_or_refused() -> None:
    twins = [frame(0.1 * n, match=match(margin=0.04)) for n in range(3)]
    (verdict,) = play([*twins, nobody(0.3)])
    assert (verdict.reason, verdict.person) == (Reason.AMBIGUOUS, None)


# --- S1, S3


def test_s1_a_repeated_frame_is_no_second_vote() -> None:
    assert play([frame(0.5)] * 40) == []


def test_s1_a_frame_from_before_the_last_one_is_no_vote() -> None:
    assert play([frame(0.5), frame(0.4), frame(0.3), frame(0.5)]) == []


def test_s3_no_match_is_no_grant() -> None:
    assert Reason.GRANTED not in reasons(play(frame(0.1 * n, match=None) for n in range(60)))


def test_s3_liveness_that_was_not_judged_denies() -> None:
    assert reasons(play([frame(0.0, liveness=None), frame(0.1), frame(0.2)])) == [Reason.NOT_LIVE]


def test_s3_liveness_that_is_not_a_number_denies() -> None:
    (verdict,) = play([frame(0.0, liveness=math.nan), frame(0.1), frame(0.2), frame(0.3)])
    assert verdict.reason is Reason.NOT_LIVE
    assert verdict.evidence is not None
    assert verdict.evidence.liveness is None, "the link carries no number that is none"


@pytest.mark.parametrize("odd", [match(similarity=math.nan), match(margin=math.nan)])
def test_s3_a_match_that_is_not_a_number_is_no_vote(odd: object) -> None:
    assert Reason.GRANTED not in reasons(play(frame(0.1 * n, match=odd) for n in range(60)))


def test_s3_a_face_without_a_judged_view_is_no_vote() -> None:
    assert play(frame(0.1 * n, quality=None) for n in range(20)) == []


def test_s3_with_liveness_off_nothing_is_asked_of_it() -> None:
    (verdict,) = play([frame(0.0, liveness=None), frame(0.1, liveness=None)], rule("off"))
    assert verdict.granted
    assert verdict.evidence is not None
    assert verdict.evidence.liveness is None


# --- cool-down


def test_somebody_just_admitted_is_not_reported_again_until_the_cool_down_ends() -> None:
    again = [frame(0.5 + 0.1 * n, track=2) for n in range(40)]
    verdicts = play([frame(0.0), frame(0.1), nobody(0.2), *again])
    assert reasons(verdicts) == [Reason.GRANTED, Reason.GRANTED]
    assert verdicts[1].at >= 0.1 + 3.0


def test_somebody_just_admitted_who_walks_on_is_not_refused() -> None:
    walking_on = [frame(0.5 + 0.1 * n, track=2) for n in range(5)]
    assert reasons(play([frame(0.0), frame(0.1), nobody(0.2), *walking_on, nobody(1.5)])) == [Reason.GRANTED]


def test_the_cool_down_of_one_person_does_not_hold_up_the_next() -> None:
    bob = [frame(0.5 + 0.1 * n, track=2, match=match(BOB)) for n in range(2)]
    assert reasons(play([frame(0.0), frame(0.1), nobody(0.2), *bob])) == [Reason.GRANTED, Reason.GRANTED]


# --- S9, S12


def test_s9_more_templates_ask_for_a_higher_threshold() -> None:
    few = match(similarity=0.45, comparisons=10)
    assert vote(frame(0.0, match=few), rule()).person == ANN
    many = match(similarity=0.45, comparisons=1000)
    assert vote(frame(0.0, match=many), rule()).person is None
    shown = [frame(0.1 * n, match=match(comparisons=10 ** (n + 1))) for n in range(2)]
    (verdict,) = play(shown)
    assert verdict.evidence is not None
    assert verdict.evidence.fmr == pytest.approx(1e-3 / 100)


def test_s9_the_threshold_itself_is_a_match() -> None:
    asked = rule()
    least = asked.threshold_for(asked.fmr_for(10))
    assert vote(frame(0.0, match=match(similarity=least)), asked).person == ANN
    assert vote(frame(0.0, match=match(similarity=math.nextafter(least, 0.0))), asked).person is None


def test_s9_the_margin_itself_is_enough() -> None:
    assert vote(frame(0.0, match=match(margin=0.05)), rule()).person == ANN
    short = vote(frame(0.0, match=match(margin=math.nextafter(0.05, 0.0))), rule())
    assert (short.person, short.ambiguous) == (None, True)


def test_s12_a_person_removed_while_they_stand_there_gets_no_further_vote() -> None:
    removed = [frame(0.1 * n, match=match(BOB, similarity=0.1, comparisons=9)) for n in range(1, 60)]
    assert Reason.GRANTED not in reasons(play([frame(0.0), *removed]))
