"""What single frames say, and what they say together: votes, the evidence they leave, and what it lacks. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite
from statistics import median
from typing import TYPE_CHECKING

from edge.access.attempt import Attempt, Rule, Vote
from edge.access.proof import alive, answered, defied, doubted, failed, suspected, told
from edge.values import Evidence, Reason

if TYPE_CHECKING:
    from edge.values import Finding, Sighting


_NOBODY = 3
"""So many votes for nobody before the first for somebody are somebody else's."""


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


def count(attempt: Attempt, cast: Vote, rule: Rule) -> Attempt:
    """Return the attempt with one more vote."""
    recent = (one for one in attempt.votes if cast.at - one.at <= rule.decision.window_s)
    votes = (*recent, cast)[-rule.decision.window_frames :]
    claims = attempt.claims | {cast.person} if cast.person is not None else attempt.claims
    began = cast.at if attempt.began is None else attempt.began
    score = () if cast.liveness is None or cast.person is None else (cast.liveness,)
    attempt = replace(_first(attempt, cast), began=began, votes=votes, claims=claims, judged=attempt.judged + 1)
    return replace(attempt, claimed=attempt.claimed + score)


def _first(attempt: Attempt, cast: Vote) -> Attempt:
    """Note when the track first showed somebody, and for how many votes nobody."""
    if attempt.claims:
        return attempt
    if cast.person is not None:
        return replace(attempt, claimed_at=cast.at)
    return attempt if cast.ambiguous else replace(attempt, nameless=attempt.nameless + 1)


def theirs(attempt: Attempt, rule: Rule) -> bool:
    """Whether it was the claimed person who showed to be alive: who was recognised before it was shown, not only after.

    Somebody alive might otherwise show it, and let a photograph take their place. One or two votes for nobody say
    little; more of them before the motion say that it is not the motion of whoever is recognised later.

    Args:
        attempt: What the track has shown; it claims somebody.
        rule: What it must show.
    """
    proof = attempt.proof
    if proof.challenge is not None:
        return not answered(proof) or attempt.claimed_at <= proof.challenge.told_at
    lent = attempt.nameless >= _NOBODY and -inf < proof.moving_since < attempt.claimed_at
    return rule.demand.settings.mode != "motion" or not lent


def weigh(attempt: Attempt, sighting: Sighting, rule: Rule) -> Attempt:
    """Return the attempt with the passive network's suspicion, if one more picture makes it have one.

    Whom the picture shows does not matter, nor whether it may still vote: what is asked of somebody must not tell
    whether they are recognised.
    """
    if sighting.liveness is None:
        return attempt
    attempt = replace(attempt, liveness=(*attempt.liveness, sighting.liveness))
    if not seen_enough(attempt, rule):
        return attempt
    return replace(attempt, proof=suspected(attempt.proof, doubted(attempt.liveness, rule.demand.settings)))


def seen_enough(attempt: Attempt, rule: Rule) -> bool:
    """Whether the passive network has judged enough pictures for their median to count."""
    settings = rule.demand.settings
    return settings.mode == "off" or len(attempt.liveness) >= settings.passive_frames


def disbelieved(attempt: Attempt, agreeing: tuple[Vote, ...], rule: Rule) -> Finding | None:
    """Return why the passive network does not believe what is claimed; None when it does, or a challenge answers it.

    It looks at every judged frame, at those that showed the claimed person and at those that agree: nobody else's
    frames pay for theirs. It grants nobody then, but asks for nothing: that would tell who is recognised.

    Args:
        attempt: What the track has shown.
        agreeing: The votes that agree; none when the track has ended.
        rule: What it must show.
    """
    if answered(attempt.proof):
        return None
    looked = [attempt.liveness, attempt.claimed]
    if agreeing:
        looked.append(tuple(one.liveness for one in agreeing if one.liveness is not None))
    found = (doubted(scores, rule.demand.settings) for scores in looked)
    return next((one for one in found if one is not None), None)


def shortcoming(attempt: Attempt, rule: Rule) -> Reason:
    """Say what a track lacked that has ended, and that was neither granted nor denied on its last frame."""
    proof = attempt.proof
    if attempt.drawn + attempt.judged == 0 and proof.denied is None and not told(proof):
        return Reason.TOO_MANY_FACES if attempt.crowded else Reason.POOR_VIEW
    lack = _unproven(attempt, rule)
    if attempt.claims and lack in {None, Reason.NO_MOTION} and disbelieved(attempt, (), rule):
        return Reason.NOT_LIVE
    if lack is not None or attempt.claims:
        return lack or Reason.UNSURE
    return Reason.AMBIGUOUS if any(one.ambiguous for one in attempt.votes) else Reason.UNKNOWN


def _unproven(attempt: Attempt, rule: Rule) -> Reason | None:
    """Say why a track that has ended is not believed to be alive; None when it is."""
    proof, at = attempt.proof, attempt.last
    if alive(proof, at, rule.demand):
        return None
    return failed(proof, at, rule.demand) or (Reason.NOT_LIVE if defied(proof) else Reason.NO_MOTION)


def evidence_of(votes: tuple[Vote, ...], rule: Rule) -> Evidence:
    """Return what some votes rest on; at least one of them has a match."""
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
