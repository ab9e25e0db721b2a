"""Turns the sightings of one track into one verdict. Pure: values in, values out; no clock, no I/O.

One track is one attempt (S4): its votes, its liveness and its match are its own, a deny ends it, and nothing more of it
is decided. The next track is the next attempt, and it may begin though nobody left (`edge.vision.track`): tracks too
short for a verdict that follow each other without a pause therefore share their draws and their time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf, isfinite
from statistics import median
from typing import TYPE_CHECKING

from edge.access.attempt import Attempt, Rule, State, Vote
from edge.values import Evidence, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.values import PersonId, Sighting

__all__ = ["Attempt", "Rule", "State", "Vote", "settle", "step", "vote"]

_AGAIN = frozenset({Reason.DOOR_UNREACHABLE, Reason.STALE, Reason.JOURNAL_DOWN, Reason.REPLAYED})
"""What says nothing about the person: the door did not hear, or not in time."""

_STRANGE = frozenset(
    {Reason.UNKNOWN, Reason.AMBIGUOUS, Reason.UNSURE, Reason.NOT_LIVE, Reason.IDENTITY_CHANGED, Reason.LOCKED_OUT}
)
"""Refusals after which nobody is judged for a moment: each further try would be another draw, and another line."""


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
        attempt = _go_on(attempt, sighting, rule)
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
    return (state, verdict) if verdict is not None or state.attempt is None else _tire(state, state.attempt, rule)


def settle(state: State, verdict: Verdict, outcome: Reason, rule: Rule) -> State:
    """Take into account what became of a verdict.

    Args:
        state: What was remembered after it.
        verdict: What was concluded.
        outcome: What the door did: `GRANTED`, or why not.
        rule: What a track must show.

    Returns:
        What to remember. Somebody whom the door let in is not reported again for a while, and their failures are
        forgotten. Where it could not answer, the same track may gather fresh votes.
    """
    attempt = state.attempt
    if verdict.person is None or not verdict.granted or attempt is None:
        return state
    if outcome is Reason.GRANTED:
        return replace(state, admitted=(verdict.person, verdict.at), lockouts=state.lockouts.cleared(verdict.person))
    if outcome not in _AGAIN:
        return state
    attempt = replace(attempt, began=None, votes=(), judged=0, drawn=0, over=False)
    return replace(state, attempt=attempt, quiet_until=verdict.at + rule.decision.rate_limit_s)


def _tire(state: State, attempt: Attempt, rule: Rule) -> tuple[State, Verdict | None]:
    """End an attempt that has had its time or its frames; one that could not be judged is told so, and goes on."""
    if attempt.began is None:
        if attempt.told or attempt.last - attempt.seen <= rule.decision.patience_s:
            return state, None
        _, verdict = _refuse(state, attempt, _shortcoming(attempt, rule), rule)
        return replace(state, attempt=replace(attempt, told=True)), verdict
    spent = attempt.drawn + attempt.judged >= rule.decision.max_judged_frames
    if not attempt.over and (spent or attempt.last - attempt.began > rule.decision.patience_s):
        return _refuse(state, attempt, _shortcoming(attempt, rule), rule)
    return state, None


def _judge(state: State, attempt: Attempt, sighting: Sighting, rule: Rule) -> tuple[State, Verdict | None]:
    passed_over = _pass_over(attempt, sighting, rule)
    if passed_over is not None:
        return replace(state, attempt=passed_over), None
    cast = vote(sighting, rule)
    attempt = _count(attempt, cast, rule)
    if _denied(sighting, rule):
        return _refuse(state, attempt, Reason.NOT_LIVE, rule)
    if len(attempt.claims) > 1:
        return _refuse(state, attempt, Reason.IDENTITY_CHANGED, rule)
    if cast.person is None:
        return replace(state, attempt=attempt), None
    return _admit(state, attempt, cast.person, rule)


def _pass_over(attempt: Attempt, sighting: Sighting, rule: Rule) -> Attempt | None:
    """Take in a frame that casts no vote; None for one that does, or that denies.

    A spared frame is chosen by its quality, which its liveness goes with: its score would make the median one of worse
    frames, so it spends time and nothing else.
    """
    quality = sighting.quality
    if sighting.faces > rule.decision.max_faces:
        return replace(attempt, crowded=attempt.crowded + 1)
    if quality is None or not quality.good:
        flaws = attempt.flaws + (quality.flaws if quality else ())
        return replace(attempt, flaws=flaws, poor=attempt.poor + 1)
    if not sighting.spared or _denied(sighting, rule):
        return None
    began = sighting.at if attempt.began is None else attempt.began
    return replace(attempt, began=began)


def _begin(state: State, sighting: Sighting, rule: Rule) -> State:
    """Open the next track on the frame that ended the last one: it casts no vote, but its deny falls on the next."""
    if sighting.track is None or not _denied(sighting, rule):
        return state
    attempt = _count(Attempt(sighting.track, sighting.at, sighting.at), vote(sighting, rule), rule)
    return replace(state, attempt=replace(attempt, doomed=True))


def _go_on(attempt: Attempt, sighting: Sighting, rule: Rule) -> Attempt | None:
    """Open the next track of one presence: draws and time of one too short for a verdict go on, and nothing else."""
    if sighting.track is None or attempt.over or attempt.told or attempt.judged >= rule.decision.votes:
        return None
    drawn = attempt.drawn + attempt.judged
    return Attempt(sighting.track, attempt.seen, -inf, attempt.began, drawn=drawn)


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
    similar = match is not None and match.similarity >= rule.threshold_for(rule.fmr_for(match.comparisons))
    clear = match is not None and match.margin >= rule.decision.margin
    person = match.person if match is not None and similar and clear else None
    return Vote(sighting.at, person, match, sighting.liveness, ambiguous=similar and not clear)


def _admit(state: State, attempt: Attempt, person: PersonId, rule: Rule) -> tuple[State, Verdict | None]:
    at = attempt.last
    if state.lockouts.locked(person, at):
        return _refuse(state, attempt, Reason.LOCKED_OUT, rule)
    if _cooling(state, person, at, rule):
        return replace(state, attempt=replace(attempt, began=None, judged=0, drawn=0)), None
    agreeing = tuple(one for one in attempt.votes if one.person == person)
    alive = _alive(attempt, rule) and _enough([one.liveness for one in agreeing if one.liveness is not None], rule)
    if len(agreeing) < rule.decision.votes or not alive:
        return replace(state, attempt=attempt), None
    verdict = Verdict(at, attempt.track, Reason.GRANTED, person, _evidence(agreeing, rule))
    return replace(state, attempt=replace(attempt, over=True)), verdict


def _alive(attempt: Attempt, rule: Rule) -> bool:
    """Whether the liveness of the track is enough (S4).

    Over every judged frame and over those that showed the claimed person: a window of them would be many tries, and
    nobody else's frames pay for theirs.
    """
    return _enough(attempt.liveness, rule) and _enough(attempt.claimed, rule)


def _enough(scores: Sequence[float], rule: Rule) -> bool:
    return rule.liveness.mode == "off" or (bool(scores) and median(scores) >= rule.liveness.min_median)


def _count(attempt: Attempt, cast: Vote, rule: Rule) -> Attempt:
    recent = (one for one in attempt.votes if cast.at - one.at <= rule.decision.window_s)
    votes = (*recent, cast)[-rule.decision.window_frames :]
    claims = attempt.claims | {cast.person} if cast.person is not None else attempt.claims
    began = cast.at if attempt.began is None else attempt.began
    score = () if cast.liveness is None else (cast.liveness,)
    claimed = attempt.claimed + (score if cast.person is not None else ())
    attempt = replace(attempt, began=began, votes=votes, claims=claims, judged=attempt.judged + 1)
    return replace(attempt, liveness=attempt.liveness + score, claimed=claimed)


def _conclude(state: State, attempt: Attempt, rule: Rule) -> tuple[State, Verdict | None]:
    """Decide a track that has ended: who was judged and not recognised was refused; a passer-by is no attempt."""
    if attempt.over or (attempt.judged + attempt.poor < rule.decision.votes and not attempt.doomed):
        return state, None
    if attempt.told and attempt.judged == 0:
        return state, None
    reason = Reason.NOT_LIVE if attempt.doomed else _shortcoming(attempt, rule)
    if reason is Reason.UNSURE and any(_cooling(state, person, attempt.last, rule) for person in attempt.claims):
        return state, None  # somebody who was just let in walks on
    state, verdict = _refuse(state, attempt, reason, rule)
    return replace(state, attempt=None), verdict


def _shortcoming(attempt: Attempt, rule: Rule) -> Reason:
    """Say what a track lacked that was neither granted nor denied."""
    if attempt.drawn + attempt.judged == 0:
        return Reason.TOO_MANY_FACES if attempt.crowded else Reason.POOR_VIEW
    if attempt.claims:
        return Reason.UNSURE if _alive(attempt, rule) else Reason.NOT_LIVE
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
    fmr = rule.fmr_for(max(match.comparisons for match in matches))
    return Evidence(
        similarity=max(match.similarity for match in matches),
        margin=min(match.margin for match in matches),
        threshold=rule.threshold_for(fmr),
        fmr=fmr,
        votes=len(matches),
        liveness=median(alive) if alive else None,
        space=rule.space,
    )
