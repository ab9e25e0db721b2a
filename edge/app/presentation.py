"""One presentation before the camera: what was seen of it, and what became of it, in the words of ISO/IEC 30107-3."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from edge.values import Cue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edge.values import Sighting, Sign
    from hw.base import Frame

NO_FACE = "no face"


class End(StrEnum):
    """What became of a presentation."""

    PASSED = "passed"
    CHALLENGED = "challenged"
    REFUSED = "refused"
    NO_RESPONSE = "no-response"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one track, or of a presentation.

    Attributes:
        end: Taken for a live person, asked for a challenge, refused, or never judged.
        at: Monotonic seconds of the frame that decided; None where nothing was decided.
        cue: Which cue was against it; None for none.
        sign: What that cue saw.
        why: Why nothing could be judged, in a word or two: "no face", "poor view: too-far", "no motion".
    """

    end: End
    at: float | None = None
    cue: Cue | None = None
    sign: Sign | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What one frame showed.

    Attributes:
        sighting: The followed face, and what the cues say of its track so far.
        seconds: How long seeing took on this machine, the cues included.
        costs: How long each cue took of that, seconds.
    """

    sighting: Sighting
    seconds: float = 0.0
    costs: Mapping[Cue, float] = field(default_factory=dict)


class Watching(Protocol):
    """The terminal's way from frames to findings, one frame after the other."""

    def look(self, frame: Frame) -> Moment:
        """Say what the next frame shows."""

    def part(self) -> None:
        """Begin a new presentation: whoever is seen next is on a new track; the empty scene stays known."""


class Judge(Protocol):
    """Liveness alone decides here: nobody has to be recognised."""

    def __call__(self, sightings: Sequence[Sighting], /) -> Outcome:
        """Say what becomes of one track.

        Args:
            sightings: Of the track, in their order; one at least.
        """


def settle(sightings: Sequence[Sighting], judge: Judge, *, attack: bool) -> Outcome:
    """Say what becomes of a presentation, which may fall into several tracks.

    An attack has passed when any of its tracks has. Otherwise the first track counts of which anything was decided:
    a live person who is refused, and let in after turning away, has been refused.

    Args:
        sightings: Of the presentation's frames, in their order.
        judge: The policy.
        attack: Whether it is an attack.
    """
    outcomes = [judge(track) for track in tracks(sightings)]
    if not outcomes:
        return Outcome(End.NO_RESPONSE, why=NO_FACE)
    passed = [one for one in outcomes if one.end is End.PASSED]
    if attack and passed:
        return passed[0]
    return next((one for one in outcomes if one.end is not End.NO_RESPONSE), outcomes[0])


def tracks(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """Return the sightings of each track, in the order in which the tracks began; frames of nobody are left out."""
    found: dict[int, list[Sighting]] = {}
    for one in sightings:
        if one.track is not None and (one.quality is not None or one.track in found):
            found.setdefault(one.track, []).append(one)
    return list(found.values())


def first_face(sightings: Sequence[Sighting]) -> float | None:
    """Return when a face was seen first, monotonic seconds; None when none was."""
    return next((one.at for one in sightings if one.quality is not None), None)


def silenced(sighting: Sighting, cue: Cue) -> Sighting:
    """Return what a panel would have seen in which one cue never has an objection."""
    if cue is Cue.PASSIVE:
        return replace(sighting, liveness=None if sighting.liveness is None else 1.0)
    findings = (replace(one, score=1.0, sign=None) if one.cue is cue else one for one in sighting.findings)
    return replace(sighting, findings=tuple(findings))
