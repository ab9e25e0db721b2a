"""Turns the sightings of one track into one verdict. Pure: values in, values out; no clock, no I/O.

One track is one attempt (S4): its votes, its liveness and its match are its own, a deny ends it, and nothing more of it
is decided. The next track is the next attempt, and it may begin though nobody left (`edge.vision.track`): tracks too
short for a verdict that follow each other without a pause therefore share their draws and their time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from edge.access.attempt import Attempt, Rule, State, Vote
from edge.access.claiming import charged
from edge.access.proof import (
    against,
    alive,
    carried,
    denial,
    failed,
    judged,
    rested,
    sign,
    take,
    told,
)
from edge.access.proof import asked as asked_of
from edge.access.votes import count, disbelieved, evidence_of, seen_enough, shortcoming, theirs, vote, weigh
from edge.values import Reason, Sign, Verdict

if TYPE_CHECKING:
    from edge.values import Move, PersonId, Sighting

__all__ = ["Attempt", "Rule", "State", "Vote", "asked", "settle", "step", "vote"]

_AGAIN = frozenset({Reason.DOOR_UNREACHABLE, Reason.STALE, Reason.JOURNAL_DOWN, Reason.REPLAYED})
"""What says nothing about the person: the door did not hear, or not in time."""

_STRANGE = frozenset(
    {
        Reason.UNKNOWN,
        Reason.AMBIGUOUS,
        Reason.UNSURE,
        Reason.NOT_LIVE,
        Reason.NO_MOTION,
        Reason.IDENTITY_CHANGED,
        Reason.LOCKED_OUT,
    }
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
    denied = attempt is not None and attempt.proof.denied is not None
    waiting = sighting.at < state.quiet_until and not denied and denial(sighting, rule.demand) is None
    if sighting.track is None or sighting.quality is None or repeated or waiting:
        return _note(state, attempt, sighting, rule), None
    attempt = replace(attempt or Attempt(sighting.track, sighting.at, sighting.at), last=sighting.at)
    if attempt.over:
        return replace(state, attempt=attempt), None
    if attempt.proof.denied is not None:
        return _refuse(state, attempt, Reason.NOT_LIVE, rule)
    proof = take(attempt.proof, sighting, rule.demand)
    attempt = replace(attempt, proof=rested(proof) if _walks_on(state, attempt, rule) else proof)
    state, verdict = _judge(state, attempt, sighting, rule)
    return (state, verdict) if verdict is not None or state.attempt is None else _tire(state, state.attempt, rule)


def asked(state: State, rule: Rule) -> Move | None:
    """Return the movement that the person before the door is to be asked for now; None for none.

    It depends on what was seen of their liveness alone: that somebody is recognised is told to nobody whom no
    door was opened for. Of somebody who was just let in nothing is asked.

    Args:
        state: What is remembered.
        rule: What a track must show.
    """
    attempt = state.attempt
    if attempt is None or attempt.over or _walks_on(state, attempt, rule):
        return None
    return asked_of(attempt.proof, attempt.last, rule.demand)


def settle(state: State, verdict: Verdict, outcome: Reason, rule: Rule) -> State:
    """Take into account what became of a verdict.

    Args:
        state: What was remembered after it.
        verdict: What was concluded.
        outcome: What the door did: `GRANTED`, or why not; `VERIFIED` where no door was asked.
        rule: What a track must show.

    Returns:
        What to remember. Somebody whom the door let in is not reported again for a while, and their failures are
        forgotten. Where it could not answer, the same track may gather fresh votes.
    """
    attempt = state.attempt
    if verdict.person is None or not verdict.granted or attempt is None:
        return state
    if outcome is Reason.VERIFIED:
        return replace(state, lockouts=state.lockouts.cleared(verdict.person))
    if outcome is Reason.GRANTED:
        return replace(state, admitted=(verdict.person, verdict.at), lockouts=state.lockouts.cleared(verdict.person))
    if outcome not in _AGAIN:
        return state
    proof = replace(attempt.proof, began=None)
    attempt = replace(attempt, began=None, votes=(), proof=proof, agreed=False, judged=0, drawn=0, over=False)
    return replace(state, attempt=attempt, quiet_until=verdict.at + rule.decision.rate_limit_s)


def _tire(state: State, attempt: Attempt, rule: Rule) -> tuple[State, Verdict | None]:
    """End an attempt that has had its time or its frames; one that could not be judged is told so, and goes on."""
    if attempt.over or _walks_on(state, attempt, rule):
        return state, None
    if attempt.began is None:
        if attempt.told or attempt.last - attempt.seen <= rule.decision.patience_s:
            return state, None
        _, verdict = _refuse(state, attempt, _lack(state, attempt, rule), rule)
        return replace(state, attempt=replace(attempt, told=True)), verdict
    if not _ended(attempt, rule):
        return state, None
    return _refuse(state, attempt, _lack(state, attempt, rule), rule)


def _ended(attempt: Attempt, rule: Rule) -> bool:
    """Whether a track that could be judged has had its time; while it may yet prove to be alive it has more.

    A stranger is not told sooner than somebody who is recognised: both wait for the same proof.
    """
    waited = attempt.last - (attempt.last if attempt.began is None else attempt.began)
    if failed(attempt.proof, attempt.last, rule.demand) is not None:
        return True
    proven = alive(attempt.proof, attempt.last, rule.demand)
    if not _may_vote(attempt, rule) and (proven or attempt.judged < rule.decision.votes):
        return True
    longest = rule.decision.patience_s + (rule.demand.settings.motion_s if attempt.agreed or not proven else 0.0)
    return waited > longest + (rule.demand.challenge.total_s if attempt.proof.challenge is not None else 0.0)


def _may_vote(attempt: Attempt, rule: Rule) -> bool:
    return attempt.agreed or attempt.drawn + attempt.judged < rule.decision.max_judged_frames


def _judge(state: State, attempt: Attempt, sighting: Sighting, rule: Rule) -> tuple[State, Verdict | None]:
    passed_over, cast = _pass_over(attempt, sighting, rule), None
    if passed_over is None:
        attempt = weigh(attempt, sighting, rule)
        cast = vote(sighting, rule) if _may_vote(attempt, rule) else None
    attempt = passed_over or (attempt if cast is None else count(attempt, cast, rule))
    lifeless = failed(attempt.proof, attempt.last, rule.demand) is Reason.NOT_LIVE
    if lifeless and not _walks_on(state, attempt, rule):
        return _refuse(state, attempt, Reason.NOT_LIVE, rule)
    if len(attempt.claims) > 1:
        return _refuse(state, attempt, Reason.IDENTITY_CHANGED, rule)
    if cast is None or cast.person is None:
        return replace(state, attempt=attempt), None
    return _admit(state, attempt, cast.person, rule)


def _pass_over(attempt: Attempt, sighting: Sighting, rule: Rule) -> Attempt | None:
    """Take in a frame that casts no vote; None for one that does.

    A spared frame is chosen by its quality, which its liveness goes with: its score would make the median one of worse
    frames, so it spends time and nothing else.
    """
    quality = sighting.quality
    if sighting.faces > rule.decision.max_faces:
        return replace(attempt, crowded=attempt.crowded + 1)
    if quality is None or not quality.good:
        flaws = attempt.flaws + (quality.flaws if quality else ())
        return replace(attempt, flaws=flaws, poor=attempt.poor + 1)
    if not sighting.spared:
        return None
    began = sighting.at if attempt.began is None else attempt.began
    return replace(attempt, began=began)


def _begin(state: State, sighting: Sighting, rule: Rule) -> State:
    """Open the next track on the frame that ended the last one: it casts no vote, but its deny falls on the next."""
    state = _note(state, None, sighting, rule)
    attempt = state.attempt
    if attempt is None or attempt.proof.denied is None or not judged(sighting, rule.demand):
        return state
    return replace(state, attempt=count(attempt, vote(sighting, rule), rule))


def _note(state: State, attempt: Attempt | None, sighting: Sighting, rule: Rule) -> State:
    """Keep what a frame that is not judged now says against a face; a deny falls on the next one (S4)."""
    if sighting.track is None or (attempt is not None and attempt.over):
        return state
    noted = attempt or Attempt(sighting.track, sighting.at, sighting.at)
    proof = against(noted.proof, sighting, rule.demand)
    if proof == noted.proof:
        return state
    return replace(state, attempt=replace(noted, last=max(noted.last, sighting.at), proof=proof))


def _go_on(attempt: Attempt, sighting: Sighting, rule: Rule) -> Attempt | None:
    """Open the next track of one presence: draws, time and what spoke against one too short for a verdict go on."""
    if sighting.track is None or attempt.over or attempt.told or attempt.judged >= rule.decision.votes:
        return None
    drawn = attempt.drawn + attempt.judged
    return Attempt(sighting.track, attempt.seen, -inf, attempt.began, drawn=drawn, proof=carried(attempt.proof))


def _admit(state: State, attempt: Attempt, person: PersonId, rule: Rule) -> tuple[State, Verdict | None]:
    at = attempt.last
    if state.lockouts.locked(person, at):  # it ends as a stranger's does: an answer at once would tell who is enrolled
        return replace(state, attempt=attempt), None
    if _cooling(state, person, at, rule):
        return replace(state, attempt=replace(attempt, began=None, judged=0, drawn=0)), None
    agreeing = tuple(one for one in attempt.votes if one.person == person)
    if len(agreeing) < rule.decision.votes:
        return replace(state, attempt=attempt), None
    own = theirs(attempt, rule)
    believed = own and disbelieved(attempt, agreeing, rule) is None
    attempt = replace(attempt, agreed=attempt.agreed or believed or (own and attempt.proof.challenge is not None))
    if not (believed and seen_enough(attempt, rule) and alive(attempt.proof, at, rule.demand)):
        return replace(state, attempt=attempt), None
    verdict = Verdict(at, attempt.track, Reason.GRANTED, person, evidence_of(agreeing, rule))
    return replace(state, attempt=replace(attempt, over=True)), verdict


def _conclude(state: State, attempt: Attempt, rule: Rule) -> tuple[State, Verdict | None]:
    """Decide a track that has ended: who was judged and not recognised was refused; a passer-by is no attempt.

    Whom a frame denied is no passer-by, and neither is who has heard which movement was drawn and does not show it.
    """
    heard = attempt.proof.denied is not None or told(attempt.proof)
    passer_by = attempt.judged + attempt.poor < rule.decision.votes or (attempt.told and attempt.judged == 0)
    if attempt.over or (passer_by and not heard) or _walks_on(state, attempt, rule):
        return state, None
    state, verdict = _refuse(state, attempt, _lack(state, attempt, rule), rule)
    return replace(state, attempt=None), verdict


def _lack(state: State, attempt: Attempt, rule: Rule) -> Reason:
    """Say what a track lacked; one that claims somebody locked out lacked that, if it did not fail as well."""
    reason = shortcoming(attempt, rule)
    asked_for = attempt.claims if rule.claimed is None else attempt.claims | {rule.claimed}
    locked = any(state.lockouts.locked(person, attempt.last) for person in asked_for)
    return Reason.LOCKED_OUT if locked and reason is not Reason.NOT_LIVE else reason


def _walks_on(state: State, attempt: Attempt, rule: Rule) -> bool:
    """Whether it is somebody who was just let in, and whom nothing denies."""
    cooling = any(_cooling(state, person, attempt.last, rule) for person in attempt.claims)
    return cooling and len(attempt.claims) == 1 and attempt.proof.denied is None


def _refuse(state: State, attempt: Attempt, reason: Reason, rule: Rule) -> tuple[State, Verdict]:
    """End the attempt; a failed liveness counts against the identities that it claimed, a stranger only waits (S4)."""
    proof, lockouts = attempt.proof, charged(state.lockouts, attempt, reason, rule)
    quiet = attempt.last + rule.decision.rate_limit_s if reason in _STRANGE else state.quiet_until
    flaws = tuple(flaw for flaw, _ in Counter(attempt.flaws).most_common(3))
    evidence = evidence_of(attempt.votes, rule) if any(one.match for one in attempt.votes) else None
    saw = (sign(proof) or Sign.NETWORK_DOUBTS) if reason is Reason.NOT_LIVE else None
    person = next(iter(attempt.claims)) if len(attempt.claims) == 1 else None
    verdict = Verdict(attempt.last, attempt.track, reason, person, evidence, flaws, saw)
    return State(replace(attempt, over=True), quiet, state.admitted, lockouts), verdict


def _cooling(state: State, person: PersonId, at: float, rule: Rule) -> bool:
    return (
        state.admitted is not None
        and state.admitted[0] == person
        and at - state.admitted[1] < rule.decision.cool_down_s
    )
