"""What the liveness rules alone make of a track: as `edge.access.decide` does, without asking who it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edge.access.proof import Proof, alive, answered, asked, doubted, failed, judged, sign, suspected, take
from edge.app.presentation import End, Outcome
from edge.values import Cue, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.access.proof import Demand
    from edge.config import DecisionSettings
    from edge.values import Move, Sighting

NO_MOTION, TOO_SHORT, CROWDED = "no motion", "too short", "too many faces"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a track must show.

    Attributes:
        demand: Of being alive.
        decision: How many frames must be judged within which window, as many as would have to agree on a person.
        recorded: Whether nobody is there who could answer a challenge: being asked for one ends it.
    """

    demand: Demand
    decision: DecisionSettings
    recorded: bool

    def __call__(self, sightings: Sequence[Sighting]) -> Outcome:
        """Say what becomes of one track (`edge.app.presentation.Judge`)."""
        hearing = Hearing()
        for one in sightings:
            hearing = hear(hearing, one, self)
        return concluded(hearing, self)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a track has shown so far.

    Attributes:
        proof: Of being alive.
        scores: The passive network's, of the frames that would have voted.
        judged: How many those are.
        recent: (seconds, the network's score) of those of the window, oldest first.
        flaws: What was wrong with the others.
        last: Monotonic seconds of the newest frame.
        challenged: What first asked for a challenge; None when nothing did.
        outcome: What became of it; None while that is open.
    """

    proof: Proof = field(default_factory=Proof)
    scores: tuple[float, ...] = ()
    judged: int = 0
    recent: tuple[tuple[float, float | None], ...] = ()
    flaws: tuple[str, ...] = ()
    last: float = 0.0
    challenged: Outcome | None = None
    outcome: Outcome | None = None


def hear(hearing: Hearing, sighting: Sighting, policy: Policy) -> Hearing:
    """Take one more frame of the track into account; nothing changes once its outcome is known."""
    if hearing.outcome is not None or sighting.quality is None:
        return hearing
    demand = policy.demand
    hearing = replace(_counted(hearing, sighting, policy), last=sighting.at)
    hearing = replace(hearing, proof=take(hearing.proof, sighting, demand))
    if len(hearing.scores) >= demand.settings.passive_frames:
        hearing = replace(hearing, proof=suspected(hearing.proof, doubted(hearing.scores, demand.settings)))
    hearing = _challenged(hearing, policy)
    return replace(hearing, outcome=_outcome(hearing, policy))


def concluded(hearing: Hearing, policy: Policy) -> Outcome:
    """Say what became of a track that has ended."""
    found = hearing.outcome or hearing.challenged
    if found is not None:
        return found
    if not hearing.judged:
        why = Counter(hearing.flaws).most_common(1)[0][0] if hearing.flaws else TOO_SHORT
    else:
        why = TOO_SHORT if alive(hearing.proof, hearing.last, policy.demand) else NO_MOTION
    return Outcome(End.NO_RESPONSE, why=why)


def request(hearing: Hearing, policy: Policy) -> Move | None:
    """Return the movement that the person is to be asked for now; None for none."""
    return None if hearing.outcome is not None else asked(hearing.proof, hearing.last, policy.demand)


def _counted(hearing: Hearing, sighting: Sighting, policy: Policy) -> Hearing:
    """Count a frame as the votes would be: one that is spared casts none."""
    if judged(sighting, policy.demand):
        if sighting.spared:
            return hearing
        score = () if sighting.liveness is None else (sighting.liveness,)
        window = (one for one in hearing.recent if sighting.at - one[0] <= policy.decision.window_s)
        recent = (*window, (sighting.at, sighting.liveness))[-policy.decision.window_frames :]
        return replace(hearing, scores=hearing.scores + score, judged=hearing.judged + 1, recent=recent)
    flaws = sighting.quality.flaws if sighting.quality else ()
    return replace(hearing, flaws=(*hearing.flaws, f"poor view: {flaws[0]}" if flaws else CROWDED))


def _challenged(hearing: Hearing, policy: Policy) -> Hearing:
    """Note that a challenge is asked for; a recording's is not begun: it would only be a guess."""
    proof = hearing.proof
    if hearing.challenged is None and proof.suspicion is not None:
        found = Outcome(End.CHALLENGED, hearing.last, proof.suspicion.cue, proof.suspicion.sign)
        hearing = replace(hearing, challenged=found)
    elif hearing.challenged is None and policy.demand.settings.mode == "challenge" and hearing.judged:
        hearing = replace(hearing, challenged=Outcome(End.CHALLENGED, hearing.last))
    return replace(hearing, proof=replace(proof, challenge=None)) if policy.recorded else hearing


def _outcome(hearing: Hearing, policy: Policy) -> Outcome | None:
    proof, demand, at = hearing.proof, policy.demand, hearing.last
    reason = failed(proof, at, demand)
    against = proof.denied or (proof.suspicion if demand.settings.on_suspicion == "refuse" else None)
    if against is not None:
        return Outcome(End.REFUSED, at, against.cue, against.sign)
    if policy.recorded and hearing.challenged is not None:
        return None  # only a deny can still come
    if reason is Reason.NOT_LIVE:
        return Outcome(End.REFUSED, at, _against(proof), sign(proof))
    if reason is Reason.NO_MOTION:
        return Outcome(End.NO_RESPONSE, at, why=NO_MOTION)
    # Only a frame that would have voted lets somebody in.
    enough = len(hearing.recent) >= policy.decision.votes and len(hearing.scores) >= demand.settings.passive_frames
    passed = enough and hearing.recent[-1][0] == at and alive(proof, at, demand) and _believed(hearing, demand)
    return Outcome(End.PASSED, at) if passed else None


def _believed(hearing: Hearing, demand: Demand) -> bool:
    """Whether the passive network believes all frames, and those of the window that would agree on somebody."""
    agreeing = [score for _, score in hearing.recent if score is not None]
    doubts = (doubted(scores, demand.settings) for scores in (hearing.scores, agreeing))
    return answered(hearing.proof) or not any(doubts)


def _against(proof: Proof) -> Cue | None:
    if proof.challenge is not None:
        return Cue.CHALLENGE
    return proof.suspicion.cue if proof.suspicion is not None else None
