"""What holds for every sequence of sightings."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.access.challenge import Glimpse, Standing, begin
from edge.access.challenge import step as move_on
from edge.access.decide import State, vote
from edge.config import ChallengeSettings, LivenessSettings
from edge.values import Cue, Finding, Flaw, Quality, Reason
from tests.unit.builders import ANN, BOB, LIMITS, SOLID, answering, demand, frame, match, play, proving, rule, run

if TYPE_CHECKING:
    from edge.access.decide import Rule
    from edge.values import PersonId, Sighting, Verdict


TOLD = {Reason.POOR_VIEW, Reason.TOO_MANY_FACES}
STRANGE = {
    Reason.UNKNOWN,
    Reason.AMBIGUOUS,
    Reason.UNSURE,
    Reason.NOT_LIVE,
    Reason.NO_MOTION,
    Reason.IDENTITY_CHANGED,
    Reason.LOCKED_OUT,
}
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
said = st.lists(
    st.builds(
        Finding,
        st.sampled_from([Cue.RELIEF, Cue.RELIEF, Cue.RELIEF, *Cue]),
        st.sampled_from([None, 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.4, 0.2, 0.0, math.nan]),
    ),
    max_size=2,
).map(tuple)
moving = st.builds(frame, at=st.just(0.0), findings=st.just(SOLID["findings"]))
odd = st.builds(
    frame,
    at=st.just(0.0),
    track=st.sampled_from([1, 1, 1, 1, 2, 2, None]),
    faces=st.sampled_from([1, 1, 1, 2, 5]),
    quality=st.sampled_from([Quality(80.0), Quality(80.0), Quality(80.0), Quality(9.0, flaws=(Flaw.TOO_FAR,)), None]),
    liveness=st.sampled_from([0.95, 0.95, 0.95, 0.6, 0.3, 0.01, None, math.nan]),
    match=matches,
    spared=st.sampled_from([False, False, True]),
    findings=said,
)
marked = st.builds(frame, at=st.just(0.0), findings=said)
frames = st.one_of(plain, plain, moving, marked, odd)
steps = st.sampled_from([0.0, 0.05, 0.1, 0.1, 0.1, 0.4, 1.5])
acts = st.sampled_from([[(0.1, one) for one in answering()], [(0.1, one) for one in answering(**SOLID)]])
walks = st.lists(st.one_of(*[st.tuples(steps, frames).map(lambda one: [one])] * 14, acts), max_size=50).map(
    lambda parts: [one for part in parts for one in part][:70]
)
rules = st.builds(
    proving,
    mode=st.sampled_from(["passive", "motion", "motion", "challenge", "off"]),
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
        self.liveness = asked.demand.settings
        self.track: int | None = None
        self.sight: list[Sighting] = []
        self.whole: list[Sighting] = []
        self.done = False
        self.quiet = self.let_in = -math.inf

    def tell(self, one: Sighting, verdicts: list[Verdict]) -> None:
        """Take in a frame; one that ended another track, or came while strangers wait, is no vote but may deny."""
        for verdict in verdicts:
            if verdict.reason in STRANGE:
                self.quiet = verdict.at + self.asked.decision.rate_limit_s
        unheard = one.at < self.quiet or any(verdict.track != one.track for verdict in verdicts)
        if one.track != self.track:
            self.track, self.sight, self.whole, self.done = one.track, [], [], False
        self.whole.append(one)
        if one.quality is None or (unheard and not self.denied(one)):
            return
        if not (self.sight and one.at <= self.sight[-1].at):
            self.sight.append(one)

    def judged(self, one: Sighting) -> bool:
        return one.quality is not None and one.quality.good and one.faces <= self.asked.decision.max_faces

    def denied(self, one: Sighting) -> bool:
        if self.liveness.mode == "off":
            return False
        limits = {Cue.SURROUND: 0.1, Cue.RELIEF: 0.1, Cue.TIME: 0.1}
        scored = [(found.cue, found.score) for found in one.findings if found.score is not None]
        low = any(math.isnan(score) or score < limits.get(cue, -1.0) for cue, score in scored)
        unknown = self.judged(one) if one.liveness is None else math.isnan(one.liveness)
        return low or unknown or (self.liveness.on_suspicion == "refuse" and bool(self.doubted(one)))

    def doubted(self, one: Sighting) -> set[Cue]:
        """The cues that a frame makes suspicious."""
        if self.liveness.mode == "off":
            return set()
        limits = {Cue.SURROUND: 0.5, Cue.SCREEN: 0.3, Cue.TIME: 0.5}
        scored = [(found.cue, found.score) for found in one.findings if found.score is not None]
        low = {cue for cue, score in scored if score < limits.get(cue, -1.0)}
        return low | ({Cue.PASSIVE} if one.liveness is not None and one.liveness < 0.05 else set())

    def shows(self, one: Sighting) -> PersonId | None:
        return None if not self.judged(one) or one.spared or one.match is None else vote(one, self.asked).person

    def hear(self, verdict: Verdict) -> None:
        """Judge a verdict by the law."""
        who, now = verdict.person, verdict.at
        if verdict.granted:
            assert who is not None
            assert not self.done, "one verdict a track"
            assert self.sight[-1].at == now, "the newest frame is one of the votes"
            assert self.shows(self.sight[-1]) == who, "a frame that was not compared grants nothing"
            self.counted(who, now)
            self.lives(who, now)
            self.let_in = now

    def counted(self, who: PersonId, now: float) -> None:
        """So many votes as are asked for, and no more draws than there are."""
        decision = self.asked.decision
        votes = [one for one in self.sight if self.shows(one) == who and now - one.at <= decision.window_s]
        assert len(votes) >= decision.votes
        draws = [one for one in self.sight if self.judged(one) and not one.spared]
        first = draws[: decision.max_judged_frames]
        cooled = any(one.at - self.let_in < decision.cool_down_s for one in draws)
        late = len(draws) > len(first) and not cooled
        assert not late or sum(self.shows(one) == who for one in first) >= decision.votes, "nobody else may vote on"
        if not late:
            assert {self.shows(one) for one in self.sight} <= {None, who}, "nobody else was seen on this track"

    def lives(self, who: PersonId, now: float) -> None:
        """Nothing denied, whatever was suspicious was answered, and what is asked for is fresh."""
        asked = self.liveness
        assert not any(self.denied(one) for one in self.whole), "a deny is never outvoted"
        suspicious = [one for one in self.whole if self.doubted(one)]
        if asked.mode == "off":
            return
        if suspicious or asked.mode == "challenge":
            cues = set().union(*(self.doubted(one) for one in suspicious)) if suspicious else set()
            since = [min(one.at for one in suspicious if cue in self.doubted(one)) for cue in cues]
            assert self.passed(now, max(since, default=-math.inf)), "only a challenge answers a suspicion"
            return
        draws = [one for one in self.sight if self.judged(one) and not one.spared]
        theirs = [one.liveness or 0.0 for one in draws if self.shows(one) == who]
        window = draws[-self.asked.decision.window_frames :]
        recent = [one for one in window if now - one.at <= self.asked.decision.window_s]
        granting = [one.liveness or 0.0 for one in recent if self.shows(one) == who]
        everybody = [one.liveness or 0.0 for one in draws]
        believed = all(median(scores) >= asked.min_median for scores in (everybody, theirs, granting))
        enough = len(draws) >= asked.passive_frames
        moved = any(self.moved(one) and now - one.at <= asked.fresh_s for one in self.sight)
        proven = believed and enough and (moved or asked.mode == "passive")
        assert proven or self.passed(now, -math.inf), "the network believes it, and the head has moved"

    def moved(self, one: Sighting) -> bool:
        return any(found.cue is Cue.RELIEF and (found.score or 0.0) >= 0.7 for found in one.findings)

    def passed(self, now: float, since: float) -> bool:
        """Whether any challenge begun on this track was passed a moment ago, after a moment."""
        for number, start in enumerate(self.sight):
            running = begin(tuple(self.asked.demand.draw()), start.at)
            for one in self.sight[number + 1 :]:
                seen = Glimpse(one.at, None) if one.faces > self.asked.decision.max_faces else Glimpse.of(one)
                running = move_on(running, seen, self.asked.demand.challenge)
            if running.standing is Standing.PASSED and running.ended >= since:
                return now - running.ended <= self.liveness.fresh_s
        return False


@settings(max_examples=600)
@given(walk=walks, asked=rules, strict=st.booleans())
def test_s4_a_grant_rests_on_k_live_agreeing_frames_of_one_track_and_nothing_else(
    walk: list[tuple[float, Sighting]], asked: Rule, *, strict: bool
) -> None:
    if strict:
        asked = replace(asked, demand=demand(mode=asked.demand.settings.mode))
    state, witness = State(), Witness(asked)
    for one in at_their_times(walk):
        ended, before = witness.track, state
        state, verdicts = run([one], asked, state)
        for verdict in verdicts:
            failures_are_counted(before, state, verdict)
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


def failures_are_counted(before: State, after: State, verdict: Verdict) -> None:
    """Who failed has one more failure or is locked out; who was let in was not locked out, and has none."""
    who = verdict.person
    if verdict.reason is Reason.NOT_LIVE and who is not None:
        locked = after.lockouts.locked(who, verdict.at)
        assert locked or after.lockouts.counts != before.lockouts.counts
    elif verdict.granted and who is not None:
        assert not before.lockouts.locked(who, verdict.at)
        assert who not in {claimed for claimed, *_ in after.lockouts.counts}
    elif verdict.reason is not Reason.NOT_LIVE and verdict.reason is not Reason.IDENTITY_CHANGED:
        assert after.lockouts == before.lockouts


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
    assert LivenessSettings(mode="passive", passive_frames=2, on_suspicion="refuse", **LIMITS) == asked.demand.settings
    assert (LivenessSettings().mode, LivenessSettings().on_suspicion) == ("motion", "challenge")
    assert asked.demand.challenge == ChallengeSettings()
    assert asked.demand.max_faces == asked.decision.max_faces
