"""Votes of one track become one verdict: the stories of S1, S3, S4, S9 and S12 that happen in the terminal."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.access.decide import State, vote
from edge.config import LivenessSettings
from edge.values import Flaw, Quality, Reason
from tests.unit.builders import ANN, BOB, blurred, frame, match, missed, nobody, play, rule, run

if TYPE_CHECKING:
    from edge.access.decide import Rule
    from edge.values import PersonId, Sighting, Verdict


def reasons(verdicts: list[Verdict]) -> list[Reason]:
    return [verdict.reason for verdict in verdicts]


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
    (verdict,) = play(frame(0.1 * n, match=match(similarity=0.1)) for n in range(60))
    assert verdict.reason is Reason.UNKNOWN
    assert verdict.at == pytest.approx(3.1)


def test_a_view_that_is_never_good_is_refused_with_its_commonest_flaw_first() -> None:
    dark = Quality(eyes_px=80.0, flaws=(Flaw.TOO_DARK, Flaw.BLURRED))
    (verdict,) = play([blurred(0.0), frame(0.1, quality=dark), blurred(0.2), nobody(0.3)])
    assert verdict.reason is Reason.POOR_VIEW
    assert verdict.flaws == (Flaw.BLURRED, Flaw.TOO_DARK)
    assert verdict.evidence is None


def test_one_poor_frame_of_a_passer_by_is_no_attempt_however_many_its_flaws() -> None:
    dreadful = Quality(eyes_px=8.0, flaws=(Flaw.TOO_DARK, Flaw.BLURRED, Flaw.TOO_FAR))
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


# --- S4


@pytest.mark.parametrize("place", range(6))
def test_s4_one_denying_frame_ends_the_attempt_whatever_the_others_say(place: int) -> None:
    shown = [frame(0.1 * n, liveness=0.02 if n == place else 1.0) for n in range(6)]
    verdicts = play(shown, rule(votes=6, window_frames=6))
    assert reasons(verdicts) == [Reason.NOT_LIVE]
    assert verdicts[0].at == pytest.approx(0.1 * place)


def test_s4_nothing_that_follows_a_deny_on_the_same_track_passes() -> None:
    after = [frame(0.1 * n) for n in range(1, 200)]
    assert reasons(play([frame(0.0, liveness=0.0), *after])) == [Reason.NOT_LIVE]


def test_s4_the_deny_of_a_tracks_very_first_frame_counts_though_another_track_ended_on_it() -> None:
    before = [frame(0.0, match=match(similarity=0.1))]
    photograph = [frame(0.1, track=2, liveness=0.0), frame(0.2, track=2), frame(0.3, track=2), frame(0.4, track=2)]
    assert Reason.GRANTED not in reasons(play([*before, *photograph]))


def test_s4_the_deny_of_a_tracks_very_first_frame_counts_though_the_last_track_was_refused_on_it() -> None:
    before = [blurred(0.0), blurred(0.1)]
    photograph = [frame(0.2, track=2, liveness=0.0), *(frame(0.3 + 0.1 * n, track=2) for n in range(5))]
    assert reasons(play([*before, *photograph])) == [Reason.POOR_VIEW, Reason.NOT_LIVE]


def test_the_frame_that_ends_one_track_is_the_next_ones_first_vote() -> None:
    (verdict,) = play([frame(0.0, match=match(similarity=0.1)), frame(0.1, track=2), frame(0.2, track=2)])
    assert (verdict.reason, verdict.at) == (Reason.GRANTED, 0.2)


def test_s4_the_deny_of_a_frame_seen_while_strangers_wait_counts() -> None:
    stranger = [frame(0.1 * n, match=match(similarity=0.1)) for n in range(3)]
    photograph = [frame(0.4, track=2, liveness=0.0), *(frame(0.5 + 0.1 * n, track=2) for n in range(20))]
    assert Reason.GRANTED not in reasons(play([*stranger, nobody(0.3), *photograph]))


def test_s4_liveness_that_is_only_lukewarm_never_grants() -> None:
    (verdict,) = play(frame(0.1 * n, liveness=0.4) for n in range(60))
    assert (verdict.reason, verdict.person) == (Reason.NOT_LIVE, ANN)


def test_s4_a_score_of_nothing_is_not_mistaken_for_no_score() -> None:
    lenient = replace(rule(), liveness=LivenessSettings(deny_below=0.0))
    assert Reason.GRANTED not in reasons(play((frame(0.1 * n, liveness=0.0) for n in range(60)), lenient))


def test_s4_votes_of_two_tracks_are_never_added() -> None:
    shown = [frame(0.1 * n, track=n) for n in range(1, 40)]
    assert Reason.GRANTED not in reasons(play(shown))


def test_s4_a_track_that_comes_back_under_its_old_number_begins_again() -> None:
    shown = [frame(0.0), nobody(0.1), frame(0.2), nobody(0.3), frame(0.4)]
    assert play(shown) == []


def test_s4_a_face_that_turns_into_another_person_is_refused() -> None:
    verdicts = play([frame(0.0), frame(0.1, match=match(BOB)), frame(0.2), frame(0.3), frame(0.4)])
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.IDENTITY_CHANGED, None)]


def test_s4_another_person_seen_long_before_the_window_still_changes_the_identity() -> None:
    between = [frame(0.1 * n, match=match(similarity=0.1)) for n in range(1, 15)]
    shown = [frame(0.0, match=match(BOB)), *between, frame(1.6), frame(1.7)]
    assert reasons(play(shown)) == [Reason.IDENTITY_CHANGED]


def fakes(count: int, who: PersonId = ANN, start: float = 0.0, gap_s: float = 2.0) -> list[Sighting]:
    """A photograph of somebody, shown again and again, each time on a track of its own."""
    shown: list[Sighting] = []
    for n in range(count):
        at = start + gap_s * n
        shown += [frame(at, track=100 + n, match=match(who), liveness=0.01), nobody(at + 0.1)]
    return shown


def test_s4_five_failures_lock_out_the_identity_not_the_door() -> None:
    state, _ = run(fakes(5))
    _, verdicts = run([frame(20.0, track=200), frame(20.1, track=200), nobody(20.2)], state=state)
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.LOCKED_OUT, ANN)]
    other = [frame(20.0 + 0.1 * n, track=200, match=match(BOB)) for n in range(2)]
    assert [(one.reason, one.person) for one in play(other, state=state)] == [(Reason.GRANTED, BOB)]


def test_s4_four_failures_do_not_lock_out() -> None:
    state, _ = run(fakes(4))
    assert reasons(play([frame(20.0, track=200), frame(20.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_a_lock_out_ends_after_its_time_and_not_before() -> None:
    state, _ = run(fakes(5))
    begun = 8.0
    early = [frame(begun + 299.8, track=200), frame(begun + 299.9, track=200)]
    assert reasons(play(early, state=state)) == [Reason.LOCKED_OUT]
    late = [frame(begun + 300.0, track=200), frame(begun + 300.1, track=200)]
    assert reasons(play(late, state=state)) == [Reason.GRANTED]


def test_s4_a_further_failure_does_not_end_a_lock_out() -> None:
    state, verdicts = run(fakes(6))
    assert reasons(verdicts) == [Reason.NOT_LIVE] * 6
    _, verdicts = run([frame(20.0, track=200), frame(20.1, track=200)], state=state)
    assert reasons(verdicts) == [Reason.LOCKED_OUT]


def test_s4_a_success_in_between_begins_the_count_anew() -> None:
    state, _ = run([*fakes(4), frame(10.0), frame(10.1), nobody(10.2), *fakes(4, start=20.0)])
    assert reasons(play([frame(40.0, track=200), frame(40.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_lukewarm_liveness_counts_against_the_claimed_identity_too() -> None:
    shown: list[Sighting] = []
    for n in range(5):
        shown += [frame(2.0 * n + 0.1 * k, track=100 + n, liveness=0.2) for k in range(3)] + [nobody(2.0 * n + 0.5)]
    state, _ = run(shown)
    assert reasons(play([frame(20.0, track=200)], state=state)) == [Reason.LOCKED_OUT]


def test_s4_being_recognised_too_rarely_is_no_failure_of_the_identity() -> None:
    shown: list[Sighting] = []
    for n in range(6):
        strange = [frame(2.0 * n + 0.1 * k, track=100 + n, match=match(similarity=0.1)) for k in (1, 2, 3)]
        shown += [frame(2.0 * n, track=100 + n), *strange, nobody(2.0 * n + 0.5)]
    state, verdicts = run(shown)
    assert [(one.reason, one.person) for one in verdicts] == [(Reason.UNKNOWN, ANN)] * 6
    assert reasons(play([frame(20.0, track=200), frame(20.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_coming_back_while_locked_out_does_not_prolong_it() -> None:
    state, _ = run(fakes(5))
    again: list[Sighting] = []
    for n in range(10):
        again += [frame(20.0 + 10 * n, track=200 + n), nobody(20.1 + 10 * n)]
    state, verdicts = run(again, state=state)
    assert reasons(verdicts) == [Reason.LOCKED_OUT] * 10
    assert reasons(play([frame(309.0, track=300), frame(309.1, track=300)], state=state)) == [Reason.GRANTED]


def test_s4_strangers_are_only_rate_limited() -> None:
    shown: list[Sighting] = []
    for n in range(50):
        shown += [frame(2.0 * n + 0.1 * k, track=n, match=match(similarity=0.2)) for k in range(3)]
        shown += [nobody(2.0 * n + 0.5)]
    state, verdicts = run(shown)
    assert reasons(verdicts) == [Reason.UNKNOWN] * 50
    assert reasons(play([frame(101.0, track=200), frame(101.1, track=200)], state=state)) == [Reason.GRANTED]


def test_s4_after_a_stranger_nobody_is_judged_for_a_moment() -> None:
    stranger = [frame(0.1 * n, match=match(similarity=0.2)) for n in range(3)]
    at_once = [frame(0.4 + 0.1 * n, track=2) for n in range(30)]
    verdicts = play([*stranger, nobody(0.3), *at_once])
    assert reasons(verdicts) == [Reason.UNKNOWN, Reason.GRANTED]
    assert verdicts[1].at >= 0.2 + 1.0


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


def test_s9_more_people_ask_for_a_higher_threshold() -> None:
    shown = match(similarity=0.45, people=10)
    assert vote(frame(0.0, match=shown), rule()).person == ANN
    crowd = match(similarity=0.45, people=1000)
    assert vote(frame(0.0, match=crowd), rule()).person is None


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
    removed = [frame(0.1 * n, match=match(BOB, similarity=0.1, people=9)) for n in range(1, 60)]
    assert Reason.GRANTED not in reasons(play([frame(0.0), *removed]))


# --- the law of it all

matches = st.one_of(
    st.none(),
    st.builds(
        match,
        person=st.sampled_from([ANN, BOB]),
        similarity=st.sampled_from([0.2, 0.7, 0.7, 0.7, 0.8]),
        margin=st.sampled_from([0.01, 0.3, 0.3, 0.3]),
        people=st.sampled_from([1, 10]),
    ),
)
plain = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1, 1, 1, 2]),
    match=st.sampled_from([match(), match(), match(), match(BOB), match(similarity=0.2)]),
    liveness=st.sampled_from([0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.01, None, math.nan]),
)
odd = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1, 1, 1, 1, 2, 2, None]),
    faces=st.sampled_from([1, 1, 1, 2, 5]),
    quality=st.sampled_from([Quality(80.0), Quality(80.0), Quality(80.0), Quality(9.0, flaws=(Flaw.TOO_FAR,)), None]),
    liveness=st.sampled_from([0.95, 0.95, 0.95, 0.6, 0.3, 0.01, None, math.nan]),
    match=matches,
)
frames = st.one_of(plain, plain, plain, odd)
steps = st.sampled_from([0.0, 0.05, 0.1, 0.1, 0.1, 0.4, 1.5])
walks = st.lists(st.tuples(steps, frames), max_size=60)
rules = st.builds(
    rule,
    liveness=st.sampled_from(["passive", "passive", "off"]),
    votes=st.integers(1, 3),
    window_frames=st.integers(3, 5),
    rate_limit_s=st.sampled_from([0.0, 1.0]),
    cool_down_s=st.sampled_from([0.0, 0.5]),
    lockout_failures=st.integers(1, 2),
    lockout_s=st.sampled_from([0.5, 300.0]),
)


def at_their_times(walk: list[tuple[float, Sighting]]) -> list[Sighting]:
    clock, shown = 0.0, []
    for later, one in walk:
        clock = round(clock + later, 3)
        shown.append(frame(clock, **{key: getattr(one, key) for key in one.__slots__ if key not in ("at", "sequence")}))
    return shown


class Witness:
    """Remembers by itself, without the rules, what a grant may rest on."""

    def __init__(self, asked: Rule) -> None:
        self.asked = asked
        self.track: int | None = None
        self.sight: list[Sighting] = []
        self.done = False
        self.quiet = -math.inf
        self.failures: dict[PersonId, int] = {}
        self.until: dict[PersonId, float] = {}

    def tell(self, one: Sighting, verdicts: list[Verdict]) -> None:
        """Take in a frame; one that ended another track, or came while strangers wait, is no vote but may deny."""
        for verdict in verdicts:
            if verdict.reason in (Reason.UNKNOWN, Reason.AMBIGUOUS):
                self.quiet = verdict.at + self.asked.decision.rate_limit_s
        unheard = one.at < self.quiet or any(verdict.track != one.track for verdict in verdicts)
        if one.track != self.track:
            self.track, self.sight, self.done = one.track, [], False
        if one.quality is None or (unheard and not self.denied(one)):
            return
        if not (self.sight and one.at <= self.sight[-1].at):
            self.sight.append(one)

    def denied(self, one: Sighting) -> bool:
        seen = one.quality is not None and one.quality.good and one.faces <= self.asked.decision.max_faces
        alive = one.liveness is not None and one.liveness >= self.asked.liveness.deny_below
        return seen and self.asked.liveness.mode != "off" and not alive

    def shows(self, one: Sighting) -> PersonId | None:
        poor = one.quality is None or not one.quality.good or one.faces > self.asked.decision.max_faces
        return None if poor or one.match is None else vote(one, self.asked).person

    def hear(self, verdict: Verdict) -> None:
        """Judge a verdict by the law."""
        who, now = verdict.person, verdict.at
        if verdict.granted:
            decision = self.asked.decision
            assert who is not None
            assert not self.done, "one verdict a track"
            assert self.sight[-1].at == now, "the newest frame is one of the votes"
            assert self.shows(self.sight[-1]) == who
            assert not any(self.denied(one) for one in self.sight), "a deny is never outvoted"
            assert {self.shows(one) for one in self.sight} <= {None, who}, "nobody else was seen on this track"
            votes = [one for one in self.sight if self.shows(one) == who and now - one.at <= decision.window_s]
            assert len(votes) >= decision.votes
            assert now >= self.until.get(who, -math.inf), "not while locked out"
            self.failures[who] = 0
        if verdict.reason is Reason.NOT_LIVE and who is not None:
            self.failures[who] = self.failures.get(who, 0) + 1
            if self.failures[who] >= self.asked.decision.lockout_failures:
                self.failures[who] = 0
                self.until[who] = max(self.until.get(who, -math.inf), now + self.asked.decision.lockout_s)


@settings(max_examples=600)
@given(walk=walks, asked=rules)
def test_s4_a_grant_rests_on_k_live_agreeing_frames_of_one_track_and_nothing_else(
    walk: list[tuple[float, Sighting]], asked: Rule
) -> None:
    state, witness = State(), Witness(asked)
    for one in at_their_times(walk):
        ended = witness.track
        state, verdicts = run([one], asked, state)
        witness_done = witness.done
        for verdict in verdicts:
            assert verdict.track in {ended, one.track}
            assert not (verdict.track == ended and witness_done), "one verdict a track"
            if verdict.track != one.track:
                assert not verdict.granted, "a track that has ended grants nothing"
        witness.tell(one, verdicts)
        for verdict in verdicts:
            witness.hear(verdict)
            witness.done = witness.done or verdict.track == one.track


@given(walk=walks, asked=rules, after=st.integers(0, 59))
def test_the_future_changes_no_verdict_that_has_fallen(
    walk: list[tuple[float, Sighting]], asked: Rule, after: int
) -> None:
    shown = at_their_times(walk)
    early = play(shown[:after], asked)
    assert play(shown, asked)[: len(early)] == early


@given(walk=walks, score=st.sampled_from([None, math.nan, 0.0, 0.3, 0.49]))
def test_s4_a_dead_face_is_never_granted(walk: list[tuple[float, Sighting]], score: float | None) -> None:
    shown = [frame(one.at, track=one.track, match=one.match, liveness=score) for one in at_their_times(walk)]
    assert not any(verdict.granted for verdict in play(shown))


def test_the_settings_of_the_story_are_the_products_own() -> None:
    """The stories above count frames and seconds: they hold for the defaults that ship."""
    asked = rule()
    assert (asked.decision.votes, asked.decision.window_frames, asked.decision.window_s) == (2, 4, 1.0)
    assert (asked.decision.patience_s, asked.decision.rate_limit_s, asked.decision.cool_down_s) == (3.0, 1.0, 3.0)
    assert (asked.decision.lockout_failures, asked.decision.lockout_s) == (5, 300.0)
    assert asked.liveness == LivenessSettings()
