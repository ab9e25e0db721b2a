"""What a 1:1 claim changes: an attempt of its own, and whom a failure counts against. Pure: values in, values out.

A claim is another question asked of whoever stands there, so it begins on a fresh attempt. What spoke against a live
person stays with the track, whatever is asked (S4): a new question is no way out of a challenge, nor out of a deny.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from edge.access.attempt import Attempt, Rule, State
from edge.access.proof import defied, rested
from edge.values import Reason

if TYPE_CHECKING:
    from edge.access.lockout import Lockouts

_MISCLAIMED = frozenset({Reason.NOT_LIVE, Reason.IDENTITY_CHANGED, Reason.UNKNOWN})
"""What counts against whom was claimed: somebody else stood there, or nobody alive."""


def charged(lockouts: Lockouts, attempt: Attempt, reason: Reason, rule: Rule) -> Lockouts:
    """Return the counts after a refusal: a failed liveness counts against everybody it showed, and whom it claimed.

    Another face in the middle of what was to be proven is a failure too: it would be a way out that costs nothing.
    """
    failed = reason is Reason.NOT_LIVE or (reason is Reason.IDENTITY_CHANGED and defied(attempt.proof))
    against = attempt.claims if failed else frozenset()
    if rule.claimed is not None and reason in _MISCLAIMED:
        against |= {rule.claimed}
    for who in sorted(against):
        if not lockouts.locked(who, attempt.last):  # coming back does not prolong it
            lockouts = lockouts.failed(who, attempt.last, rule.backoff)
    return lockouts


def busy(state: State) -> bool:
    """Whether a track is in the midst of what it must not get out of: a challenge, a suspicion, a deny."""
    return state.attempt is not None and not state.attempt.over and _against(state.attempt)


def begun(state: State, rule: Rule) -> State:
    """Return what is remembered when a claim begins: votes and admissions are another question's, lock-outs stay.

    Args:
        state: What was remembered.
        rule: What was asked until now.
    """
    state = replace(ended(state, rule), admitted=None)
    if state.attempt is None or _against(state.attempt):
        return state
    return replace(state, attempt=_fresh(state.attempt))


def ended(state: State, rule: Rule, spent: int | None = None) -> State:
    """Return what is remembered when a claim is gone: a track that it decided is over for everybody else, too.

    Who leaves in the midst of a challenge has failed it, whoever it was that took the question back.

    Args:
        state: What was remembered.
        rule: What was asked until now.
        spent: The track that had its attempt before the door, or was asked for a verification: it gets no other one,
            for a question that somebody asks and takes back would be a second try (S4).
    """
    attempt = state.attempt
    if attempt is None or attempt.over:
        return state
    if not _against(attempt):
        over = attempt.track == spent
        return replace(state, attempt=replace(attempt, over=True) if over else _fresh(attempt))
    lockouts = charged(state.lockouts, attempt, Reason.NOT_LIVE, rule)
    return replace(state, attempt=replace(attempt, over=True), lockouts=lockouts)


def _against(attempt: Attempt) -> bool:
    return attempt.proof.denied is not None or defied(attempt.proof)


def _fresh(attempt: Attempt) -> Attempt:
    return Attempt(attempt.track, attempt.last, attempt.last, proof=rested(attempt.proof))
