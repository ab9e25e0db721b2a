"""What the terminal remembers of a track, and what a track must show. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from edge.access.lockout import Backoff, Lockouts
from edge.access.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.access.proof import Demand
    from edge.config import DecisionSettings
    from edge.values import Flaw, Match, PersonId


@dataclass(frozen=True, slots=True)
class Rule:
    """What a track must show.

    Attributes:
        decision: The configured limits.
        demand: What it must show of being alive.
        fmr_for: The false-match rate to ask of one comparison when so many templates are searched (S9).
        threshold_for: The cosine similarity that stands for a false-match rate.
        space: The embedding space, as text.
        claimed: Whose face alone is asked for (1:1); None when anybody may be recognised (1:N).
    """

    decision: DecisionSettings
    demand: Demand
    fmr_for: Callable[[int], float]
    threshold_for: Callable[[float], float]
    space: str
    claimed: PersonId | None = None

    @property
    def backoff(self) -> Backoff:
        """How failures lock an identity out."""
        return Backoff(
            failures=self.decision.lockout_failures,
            first_s=self.decision.lockout_s,
            factor=self.decision.lockout_factor,
            longest_s=self.decision.lockout_longest_s,
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """What one judged frame says.

    Attributes:
        at: Monotonic seconds.
        person: Who it shows beyond the threshold; None for nobody, or for two who are too similar.
        match: The most similar person, whether similar enough or not.
        liveness: The passive network's score of the frame; None when liveness is off.
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
        seen: Monotonic seconds of its first frame.
        last: Monotonic seconds of its last frame.
        began: Monotonic seconds of its first judged frame, or of the presence's (see `drawn`); None before.
        votes: The votes of the window, oldest first.
        claims: Everybody whom any of its votes showed.
        claimed_at: Monotonic seconds of the first vote that showed somebody; infinite before.
        nameless: How many votes before it showed nobody.
        liveness: The passive network's scores of every judged frame, whomever it showed.
        claimed: Those of the frames that showed somebody.
        proof: What it has shown of being alive.
        agreed: Whether enough frames agreed on one person once; only then may frames vote beyond the limit.
        flaws: What was wrong with the frames that could not be judged.
        crowded: How many frames showed too many faces.
        poor: How many frames could not be judged.
        judged: How many frames voted, the window's and earlier ones.
        drawn: How many frames voted on the tracks before it that were too short for a verdict, without a pause between.
        told: Whether it was said that nothing of it could be judged so far.
        over: Whether it has been decided.
    """

    track: int
    seen: float
    last: float
    began: float | None = None
    votes: tuple[Vote, ...] = ()
    claims: frozenset[PersonId] = frozenset()
    claimed_at: float = inf
    nameless: int = 0
    liveness: tuple[float, ...] = ()
    claimed: tuple[float, ...] = ()
    proof: Proof = field(default_factory=Proof)
    agreed: bool = False
    flaws: tuple[Flaw, ...] = ()
    crowded: int = 0
    poor: int = 0
    judged: int = 0
    drawn: int = 0
    told: bool = False
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
