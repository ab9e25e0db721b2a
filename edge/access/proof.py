"""What a track has shown of being alive, and what it still has to show. Pure: values in, values out.

Each cue is asked by itself and none outweighs another. A deny ends the track. A suspicion stays with it, and only a
challenge that is passed answers it (S4). Where motion is asked for, only the parallax of a solid head is an answer:
too little motion is no evidence, and waiting ends in a refusal. What is missing or not a number denies (S3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan
from statistics import median
from typing import TYPE_CHECKING

from edge.access import challenge
from edge.access.challenge import Challenge, Glimpse, Standing
from edge.values import Cue, Finding, Move, Reason, Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge.config import ChallengeSettings, LivenessSettings
    from edge.values import Sighting


@dataclass(frozen=True, slots=True)
class Proof:
    """What a track has shown so far.

    Attributes:
        began: Monotonic seconds of its first frame that could be judged; None before.
        denied: What denied it; None when nothing did.
        suspicion: What made it suspicious first; None when nothing did.
        doubted: Which cues ever made it suspicious.
        moved_at: Monotonic seconds of the last frame that showed a solid head's motion.
        moving: Whether the last frame that could be judged did.
        moving_since: Monotonic seconds since when all of these did up to that last one.
        challenge: The movements that it was asked for; None when it was not.
    """

    began: float | None = None
    denied: Finding | None = None
    suspicion: Finding | None = None
    doubted: frozenset[Cue] = frozenset()
    moved_at: float = -inf
    moving: bool = False
    moving_since: float = -inf
    challenge: Challenge | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a track must show of being alive.

    Attributes:
        settings: The configured liveness.
        challenge: How a challenge is judged.
        draw: Draws the movements of one at random.
        max_faces: With more faces in the zone a frame is not judged.
    """

    settings: LivenessSettings
    challenge: ChallengeSettings
    draw: Callable[[], tuple[Move, ...]]
    max_faces: int


_OUTCOMES = {Standing.RUNNING: None, Standing.FAILED: Reason.NOT_LIVE, Standing.PASSED: Reason.UNSURE}
"""What a challenge leads to that does not prove a live person: one that was passed did so too long ago."""


def take(proof: Proof, sighting: Sighting, demand: Demand) -> Proof:
    """Take one more frame of the track into account.

    Args:
        proof: What it had shown.
        sighting: What the frame showed.
        demand: What it must show.
    """
    settings = demand.settings
    if settings.mode == "off":
        return proof
    proof = against(proof, sighting, demand)
    if proof.began is None and judged(sighting, demand):
        proof = replace(proof, began=sighting.at)
    return _challenged(_moved(proof, sighting, demand), sighting, demand)


def against(proof: Proof, sighting: Sighting, demand: Demand) -> Proof:
    """Return the proof with what a frame says against a live person, and with nothing that it says for one.

    A challenge answers what was suspicious before it was passed. What another cue finds later asks for a new one.
    """
    found = doubts(sighting, demand)
    if answered(proof) and any(finding.cue not in proof.doubted for finding in found):
        proof = replace(proof, challenge=None)
    for finding in found:
        proof = suspected(proof, finding)
    return replace(proof, denied=proof.denied or denial(sighting, demand))


def denial(sighting: Sighting, demand: Demand) -> Finding | None:
    """Return what denies a track by this frame alone; None when nothing does."""
    settings, score = demand.settings, sighting.liveness
    if settings.mode == "off":
        return None
    if isnan(score) if score is not None else judged(sighting, demand):
        return Finding(Cue.PASSIVE, score, Sign.NETWORK_DOUBTS)
    found = _under(sighting, denied_below(settings))
    if settings.on_suspicion == "refuse":
        found += doubts(sighting, demand)
    return found[0] if found else None


def doubts(sighting: Sighting, demand: Demand) -> tuple[Finding, ...]:
    """Return what makes a track suspicious by this frame alone, crowded or not."""
    settings, score = demand.settings, sighting.liveness
    if settings.mode == "off":
        return ()
    found = _under(sighting, suspected_below(settings))
    low = not score >= settings.suspect_below if score is not None else judged(sighting, demand)
    return (Finding(Cue.PASSIVE, score, Sign.NETWORK_DOUBTS), *found) if low else found


def suspected(proof: Proof, finding: Finding | None) -> Proof:
    """Return the proof with a suspicion; the first one stays (S4)."""
    if finding is None:
        return proof
    return replace(proof, suspicion=proof.suspicion or finding, doubted=proof.doubted | {finding.cue})


def doubted(scores: Sequence[float], settings: LivenessSettings) -> Finding | None:
    """Return the passive network's suspicion of some pictures by their median; None when there is none."""
    if settings.mode == "off" or (scores and median(scores) >= settings.min_median):
        return None
    return Finding(Cue.PASSIVE, median(scores) if scores else None, Sign.NETWORK_DOUBTS)


def judged(sighting: Sighting, demand: Demand) -> bool:
    """Whether a frame can be judged at all."""
    return sighting.quality is not None and sighting.quality.good and sighting.faces <= demand.max_faces


def alive(proof: Proof, at: float, demand: Demand) -> bool:
    """Whether all that is asked for has been shown, and is fresh enough at a moment, monotonic seconds."""
    settings = demand.settings
    if settings.mode == "off":
        return True
    if proof.denied is not None:
        return False
    if proof.challenge is not None or _must_be_challenged(proof, settings):
        return _passed_within(proof, at, settings.fresh_s)
    return settings.mode == "passive" or 0 <= at - proof.moved_at <= settings.fresh_s


def failed(proof: Proof, at: float, demand: Demand) -> Reason | None:
    """Return why it can no longer be shown at a moment, monotonic seconds; None when it can, or has been."""
    settings = demand.settings
    if settings.mode == "off" or alive(proof, at, demand):
        return None
    if proof.denied is not None or (proof.suspicion is not None and settings.on_suspicion == "refuse"):
        return Reason.NOT_LIVE
    if proof.challenge is not None:
        return _OUTCOMES[proof.challenge.standing]
    late = proof.began is not None and at - proof.began > settings.motion_s
    return (Reason.NOT_LIVE if proof.suspicion is not None else Reason.NO_MOTION) if late else None


def answered(proof: Proof) -> bool:
    """Whether a challenge has been passed, however long ago."""
    return proof.challenge is not None and proof.challenge.standing is Standing.PASSED


def told(proof: Proof) -> bool:
    """Whether a movement that was drawn has been asked for, and not all of them have been shown."""
    return proof.challenge is not None and proof.challenge.anchor is not None and not answered(proof)


def defied(proof: Proof) -> bool:
    """Whether who leaves now has failed: they are suspicious, or know what they were to show (S4)."""
    return told(proof) or (proof.suspicion is not None and not answered(proof))


def sign(proof: Proof) -> Sign | None:
    """Return what spoke against a live person most: a deny, else a failed challenge, else a suspicion."""
    if proof.denied is not None:
        return proof.denied.sign
    if proof.challenge is not None and proof.challenge.sign is not None:
        return proof.challenge.sign
    if proof.suspicion is not None:
        return proof.suspicion.sign
    return Sign.FACE_LOST if told(proof) else None


def asked(proof: Proof, at: float, demand: Demand) -> Move | None:
    """Return which movement to ask for at a moment, monotonic seconds; None for none."""
    settings = demand.settings
    if settings.mode == "off" or proof.denied is not None:
        return None
    if proof.challenge is not None:
        return proof.challenge.asked if proof.challenge.standing is Standing.RUNNING else None
    waiting = proof.began is not None and at - proof.began >= settings.ask_after_s
    if not waiting or alive(proof, at, demand) or failed(proof, at, demand) is not None:
        return None
    return Move.TURN_A_LITTLE


def carried(proof: Proof) -> Proof:
    """Return what a track that was too short for a verdict hands on to the next: its time, and nothing good."""
    return Proof(proof.began, proof.denied, proof.suspicion, proof.doubted)


def rested(proof: Proof) -> Proof:
    """Return what stays of somebody who was just let in and of whom nothing is asked: what spoke against them."""
    return replace(carried(proof), began=None)


def _moved(proof: Proof, sighting: Sighting, demand: Demand) -> Proof:
    """Note a solid head's motion; in a crowd, or where the face cannot be compared, it might be anybody's."""
    if not judged(sighting, demand):
        return proof
    relief = _score(sighting, Cue.RELIEF)
    if relief is None or not relief >= demand.settings.relief_alive:
        return replace(proof, moving=False)
    since = proof.moving_since if proof.moving else sighting.at
    return replace(proof, moved_at=sighting.at, moving=True, moving_since=since)


def _challenged(proof: Proof, sighting: Sighting, demand: Demand) -> Proof:
    if proof.challenge is not None:
        crowded = sighting.faces > demand.max_faces
        glimpse = Glimpse(sighting.at, None) if crowded else Glimpse.of(sighting)
        return replace(proof, challenge=challenge.step(proof.challenge, glimpse, demand.challenge))
    if not (_must_be_challenged(proof, demand.settings) and judged(sighting, demand)):
        return proof
    return replace(proof, challenge=challenge.begin(demand.draw(), sighting.at))


def _passed_within(proof: Proof, at: float, seconds: float) -> bool:
    return answered(proof) and proof.challenge is not None and 0 <= at - proof.challenge.ended <= seconds


def _must_be_challenged(proof: Proof, settings: LivenessSettings) -> bool:
    return settings.mode == "challenge" or proof.suspicion is not None


def _score(sighting: Sighting, cue: Cue) -> float | None:
    return next((finding.score for finding in sighting.findings if finding.cue is cue), None)


def _under(sighting: Sighting, limits: dict[Cue, float]) -> tuple[Finding, ...]:
    """Return the findings under their limits; a score that is not a number is."""
    return tuple(
        finding
        for finding in sighting.findings
        if finding.score is not None and not finding.score >= limits.get(finding.cue, 0.0)
    )


def denied_below(settings: LivenessSettings) -> dict[Cue, float]:
    """Return the score of each cue that may deny a track below which it does."""
    return {
        Cue.SURROUND: settings.surround_deny,
        Cue.RELIEF: settings.relief_deny,
        Cue.TIME: settings.timing_deny,
    }


def suspected_below(settings: LivenessSettings) -> dict[Cue, float]:
    """Return the score of each cue below which it makes a track suspicious; the passive network has its own rules."""
    return {
        Cue.SURROUND: settings.surround_suspect,
        Cue.SCREEN: settings.screen_suspect,
        Cue.TIME: settings.timing_suspect,
    }
