"""Turns the sightings of one track into one verdict. Pure: values in, values out; no clock, no I/O.

One track is one attempt (S4): its votes, its liveness and its match are its own, a deny ends it, and nothing more is
decided until the face has gone and come again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import isfinite
from statistics import median
from typing import TYPE_CHECKING

from edge.access.lockout import Lockouts
from edge.values import Evidence, Flaw, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.config import DecisionSettings, LivenessSettings
    from edge.values import Match, PersonId, Sighting


_STRANGE = frozenset({Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.NOT_LIVE, Reason.IDENTITY_CHANGED})
"""Refusals after which nobody is judged for a moment: each further try would be another draw."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a track must show.

    Attributes:
        decision: The configured limits.
        liveness: The configured liveness.
        fmr_for: The false-match rate to ask of one comparison when so many people are searched (S9).
        threshold_for: The cosine similarity that stands for a false-match rate.
        space: The embedding space, as text.
    """

    decision: DecisionSettings
    liveness: LivenessSettings
    fmr_for: Callable[[int], float]
    threshold_for: Callable[[float], float]
    space: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What one judged frame says.

    Attributes:
        at: Monotonic seconds.
        person: Who it shows beyond the threshold; None for nobody, or for two who are too similar.
        match: The most similar person, whether similar enough or not.
        liveness: The frame's liveness; None when liveness is off.
        ambiguous: Whether only the margin was missing.
    """

    at: float
    person: PersonId | None
    match: Match | None
    liveness: float | None
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One track's attempt.

    Attributes:
        track: Its number.
        began: Monotonic seconds of its first frame that counts.
        last: Monotonic seconds of its last frame.
        votes: The votes of the window, oldest first.
        claims: Everybody whom any of its votes showed.
        flaws: What was wrong with the frames that could not be judged.
        crowded: How many frames showed too many faces.
        poor: How many frames could not be judged.
        judged: How many frames voted, the window's and earlier ones.
        doomed: Whether a frame denied it that could not be judged yet.
        over: Whether it has been decided.
    """

    track: int
    began: float
    last: float
    votes: tuple[Vote, ...] = ()
    claims: frozenset[PersonId] = frozenset()
    flaws: tuple[Flaw, ...] = ()
    crowded: int = 0
    poor: int = 0
    judged: int = 0
    doomed: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What the terminal remembers between frames.

    Attributes:
        attempt: The track that is being judged.
        quiet_until: Nobody is judged before this moment (somebody was just refused).
        admitted: Who was recognised last, and when.
        lockouts: Failures under each identity.
    """

    attempt: Attempt | None = None
    quiet_until: float = float("-inf")
    admitted: tuple[PersonId, float] | None = None
    lockouts: Lockouts = field(default_factory=Lockouts)


def step(state: State, sighting: Sighting, rule: Rule) -> tuple[State, Verdict | None]:
    """Take one sighting into account.

    Args:
        state: What was remembered.
        sighting: What the next frame showed.
        rule: What a track must show.

    Returns:
        What to remember, and the verdict if one fell on this frame.
    """
    attempt = state.attempt
    if attempt is not None and sighting.track != attempt.track:
        state, verdict = _conclude(replace(state, attempt=None), attempt, rule)
        if verdict is not None:
            return _begin(state, sighting, rule), verdict
        attempt = None
    repeated = attempt is not None and sighting.at <= attempt.last  # no second witness
    waiting = sighting.at < state.quiet_until and not _denied(sighting, rule)
    if sighting.track is None or sighting.quality is None or repeated or waiting:
        return state, None
    attempt = replace(attempt or Attempt(sighting.track, sighting.at, sighting.at), last=sighting.at)
    if attempt.over:
        return replace(state, attempt=attempt), None
    if attempt.doomed:
        return _refuse(state, attempt, Reason.NOT_LIVE, rule)
    state, verdict = _judge(state, attempt, sighting, rule)
    patient = state.attempt is None or sighting.at - state.attempt.began <= rule.decision.patience_s
    if verdict is None and not patient and state.attempt is not None:
        return _refuse(state, state.attempt, _shortcoming(state.attempt, rule), rule)
    return state, verdict


def _judge(state: State, attempt: Attempt, sighting: Sighting, rule: Rule) -> tuple[State, Verdict | None]:
    quality = sighting.quality
    if sighting.faces > rule.decision.max_faces:
        return replace(state, attempt=replace(attempt, crowded=attempt.crowded + 1)), None
    if quality is None or not quality.good:
        flaws = attempt.flaws + (quality.flaws if quality else ())
        return replace(state, attempt=replace(attempt, flaws=flaws, poor=attempt.poor + 1)), None
    cast = vote(sighting, rule)
    attempt = _count(attempt, cast, rule)
    if _denied(sighting, rule):
        return _refuse(state, attempt, Reason.NOT_LIVE, rule)
    if len(attempt.claims) > 1:
        return _refuse(state, attempt, Reason.IDENTITY_CHANGED, rule)
    if cast.person is None:
        return replace(state, attempt=attempt), None
    return _admit(state, attempt, cast.person, rule)


def _begin(state: State, sighting: Sighting, rule: Rule) -> State:
    """Open the next track on the frame that ended the last one: it casts no vote, but its deny falls on the next."""
    if sighting.track is None or not _denied(sighting, rule):
        return state
    attempt = _count(Attempt(sighting.track, sighting.at, sighting.at), vote(sighting, rule), rule)
    return replace(state, attempt=replace(attempt, doomed=True))


def _denied(sighting: Sighting, rule: Rule) -> bool:
    """Whether a frame ends its track by itself; a liveness that is missing or not a number does (S3)."""
    judged = sighting.quality is not None and sighting.quality.good and sighting.faces <= rule.decision.max_faces
    alive = sighting.liveness is not None and sighting.liveness >= rule.liveness.deny_below
    return judged and rule.liveness.mode != "off" and not alive


def vote(sighting: Sighting, rule: Rule) -> Vote:
    """Say whom one judged frame shows.

    Args:
        sighting: What it showed.
        rule: How similar and how clear a match must be.
    """
    match = sighting.match
    similar = match is not None and match.similarity >= rule.threshold_for(rule.fmr_for(match.people))
    clear = match is not None and match.margin >= rule.decision.margin
    person = match.person if match is not None and similar and clear else None
    return Vote(sighting.at, person, match, sighting.liveness, ambiguous=similar and not clear)


def _admit(state: State, attempt: Attempt, person: PersonId, rule: Rule) -> tuple[State, Verdict | None]:
    at = attempt.last
    if state.lockouts.locked(person, at):
        return _refuse(state, attempt, Reason.LOCKED_OUT, rule)
    agreeing = tuple(one for one in attempt.votes if one.person == person)
    alive = rule.liveness.mode == "off" or median(one.liveness or 0.0 for one in agreeing) >= rule.liveness.min_median
    if _cooling(state, person, at, rule):
        return replace(state, attempt=replace(attempt, began=at)), None
    if len(agreeing) < rule.decision.votes or not alive:
        return replace(state, attempt=attempt), None
    verdict = Verdict(at, attempt.track, Reason.GRANTED, person, _evidence(agreeing, rule))
    admitted = State(replace(attempt, over=True), state.quiet_until, (person, at), state.lockouts.cleared(person))
    return admitted, verdict


def _count(attempt: Attempt, cast: Vote, rule: Rule) -> Attempt:
    recent = (one for one in attempt.votes if cast.at - one.at <= rule.decision.window_s)
    votes = (*recent, cast)[-rule.decision.window_frames :]
    claims = attempt.claims | {cast.person} if cast.person is not None else attempt.claims
    return replace(attempt, votes=votes, claims=claims, judged=attempt.judged + 1)


def _conclude(state: State, attempt: Attempt, rule: Rule) -> tuple[State, Verdict | None]:
    """Decide a track that has ended: who was judged and not recognised was refused; a passer-by is no attempt."""
    if attempt.over or (attempt.judged + attempt.poor < rule.decision.votes and not attempt.doomed):
        return state, None
    reason = Reason.NOT_LIVE if attempt.doomed else _shortcoming(attempt, rule)
    if reason is Reason.UNKNOWN and any(_cooling(state, person, attempt.last, rule) for person in attempt.claims):
        return state, None  # somebody who was just let in walks on
    state, verdict = _refuse(state, attempt, reason, rule)
    return replace(state, attempt=None), verdict


def _shortcoming(attempt: Attempt, rule: Rule) -> Reason:
    """Say what a track lacked that was neither granted nor denied."""
    if attempt.judged == 0:
        return Reason.TOO_MANY_FACES if attempt.crowded else Reason.POOR_VIEW
    if attempt.claims:
        seen = [one.liveness for one in attempt.votes if one.liveness is not None]
        dead = rule.liveness.mode != "off" and (not seen or median(seen) < rule.liveness.min_median)
        return Reason.NOT_LIVE if dead else Reason.UNKNOWN
    return Reason.AMBIGUOUS if any(one.ambiguous for one in attempt.votes) else Reason.UNKNOWN


def _refuse(state: State, attempt: Attempt, reason: Reason, rule: Rule) -> tuple[State, Verdict]:
    """End the attempt; a failed liveness counts against the identity that it claimed, a stranger only waits (S4)."""
    person = next(iter(attempt.claims)) if len(attempt.claims) == 1 else None
    lockouts = state.lockouts
    if reason is Reason.NOT_LIVE and person is not None:
        lockouts = lockouts.failed(person, attempt.last, rule.decision)
    quiet = state.quiet_until
    if reason in _STRANGE:
        quiet = attempt.last + rule.decision.rate_limit_s
    flaws = tuple(flaw for flaw, _ in Counter(attempt.flaws).most_common(3))
    evidence = _evidence(attempt.votes, rule) if any(one.match for one in attempt.votes) else None
    verdict = Verdict(attempt.last, attempt.track, reason, person, evidence, flaws)
    return State(replace(attempt, over=True), quiet, state.admitted, lockouts), verdict


def _cooling(state: State, person: PersonId, at: float, rule: Rule) -> bool:
    return (
        state.admitted is not None
        and state.admitted[0] == person
        and at - state.admitted[1] < rule.decision.cool_down_s
    )


def _evidence(votes: tuple[Vote, ...], rule: Rule) -> Evidence:
    matches = [one.match for one in votes if one.match is not None]
    alive = [one.liveness for one in votes if one.liveness is not None and isfinite(one.liveness)]
    fmr = rule.fmr_for(max(match.people for match in matches))
    return Evidence(
        similarity=max(match.similarity for match in matches),
        margin=min(match.margin for match in matches),
        threshold=rule.threshold_for(fmr),
        fmr=fmr,
        votes=len(matches),
        liveness=median(alive) if alive else None,
        space=rule.space,
    )
