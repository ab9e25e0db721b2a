"""What holds for every sequence of sightings."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.access.decide import State, vote
from edge.config import LivenessSettings
from edge.values import Flaw, Quality, Reason
from tests.unit.builders import ANN, BOB, frame, match, play, rule, run

if TYPE_CHECKING:
    from edge.access.decide import Rule
    from edge.values import PersonId, Sighting, Verdict


TOLD = {Reason.POOR_VIEW, Reason.TOO_MANY_FACES}
STRANGE = {Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.UNSURE, Reason.NOT_LIVE, Reason.IDENTITY_CHANGED, Reason.LOCKED_OUT}
matches = st.one_of(
    st.none(),
    st.builds(
        match,
        person=st.sampled_from([ANN, BOB]),
        similarity=st.sampled_from([0.2, 0.7, 0.7, 0.7, 0.8]),
        margin=st.sampled_from([0.01, 0.3, 0.3, 0.3]),
        comparisons=st.sampled_from([1, 10]),
    ),
)
plain = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1, 1, 1, 2]),
    match=st.sampled_from([match(), match(), match(), match(BOB), match(similarity=0.2)]),
    liveness=st.sampled_from([0.9, 0.9, 0.9, 0.9, 0.06, 0.06, 0.01, None, math.nan]),
)
odd = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1, 1, 1, 1, 2, 2, None]),
    faces=st.sampled_from([1, 1, 1, 2, 5]),
    quality=st.sampled_from([Quality(80.0), Quality(80.0), Quality(80.0), Quality(9.0, flaws=(Flaw.TOO_FAR,)), None]),
    liveness=st.sampled_from([0.95, 0.95, 0.95, 0.6, 0.3, 0.01, None, math.nan]),
    match=matches,
    spared=st.sampled_from([False, False, True]),
)
frames = st.one_of(plain, plain, plain, odd)
steps = st.sampled_from([0.0, 0.05, 0.1, 0.1, 0.1, 0.4, 1.5])
walks = st.lists(st.tuples(steps, frames), max_size=60)
rules = st.builds(
    rule,
    liveness=st.sampled_from(["passive", "passive", "off"]),
    votes=st.integers(1, 3),
    window_frames=st.integers(3, 5),
    max_judged_frames=st.integers(5, 15),
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
            if verdict.reason in STRANGE:
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
        return None if poor or one.match is None or self.passed_over(one) else vote(one, self.asked).person

    def passed_over(self, one: Sighting) -> bool:
        return one.spared and not self.denied(one)

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
            judged = [one for one in self.sight if one.quality is not None and one.quality.good]
            judged = [one for one in judged if one.faces <= decision.max_faces]
            draws = [one for one in judged if not self.passed_over(one)]
            assert len(draws) <= decision.max_judged_frames, "a track has so many draws and no more"
            assert self.sight[-1] in draws, "a frame that was not compared grants nothing"
            alive = [one.liveness or 0.0 for one in draws]
            theirs = [one.liveness or 0.0 for one in draws if self.shows(one) == who]
            granting = [one.liveness or 0.0 for one in draws[-decision.window_frames :] if one in votes]
            for scores in (alive, theirs, granting):
                assert self.asked.liveness.mode == "off" or median(scores) >= self.asked.liveness.min_median
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
            witness.done = witness.done or (verdict.track == one.track and verdict.reason not in TOLD)


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
