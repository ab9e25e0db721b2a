"""One presentation before a camera that is there: watched until something is decided, or its time is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.app.presentation import NO_FACE, End, Outcome
from edge.app.proving import Hearing, Policy, concluded, hear, request
from edge.loop import frames
from hw.base import CameraEndError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.app.model_set import ChosenSet
    from edge.app.presentation import Watching
    from edge.values import Move, Sighting
    from hw.base import Camera, Frame


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """What presentations are made to.

    Attributes:
        camera: Gives frames.
        eyes: See them.
        policy: Judges what was seen.
        chosen: The set of models that sees; None for the configured one.
    """

    camera: Camera
    eyes: Watching
    policy: Policy
    chosen: ChosenSet | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Presented:
    """A presentation so far.

    Attributes:
        track: The track that is heard; None before the first face.
        hearing: What it has shown.
        past: What became of the tracks before it.
        first: Monotonic seconds of the first frame with a face; None before.
    """

    track: int | None = None
    hearing: Hearing | None = None
    past: tuple[Outcome, ...] = ()
    first: float | None = None

    def outcome(self, policy: Policy) -> Outcome:
        """Say what became of it; the first track counts of which anything was decided."""
        every = self.past + (() if self.hearing is None else (concluded(self.hearing, policy),))
        last = every[-1] if every else Outcome(End.NO_RESPONSE, why=NO_FACE)
        return next((one for one in every if one.end is not End.NO_RESPONSE), last)

    def seconds(self, policy: Policy) -> float | None:
        """Return how long after the first face it was decided; None where nothing was."""
        at = self.outcome(policy).at
        return None if at is None or self.first is None else at - self.first


def present(stand: Stand, since: float, limit_s: float, tell: Callable[[Move], None]) -> Presented:
    """Watch one presentation.

    Args:
        stand: What it is made to.
        since: Frames exposed earlier do not count, monotonic seconds.
        limit_s: How long it may take.
        tell: Told of each movement that is asked for, when it changes.

    Raises:
        CameraEndError: A replayed source is at its end.
        HardwareError: The camera is gone, or gives nothing.
    """
    stand.eyes.part()
    shown, told = Presented(), None
    for frame in _frames(stand.camera):
        if frame.at < since:
            continue
        if frame.at - since > limit_s:
            break
        shown = attend(shown, stand.eyes.look(frame).sighting, stand.policy)
        if shown.hearing is None:
            continue
        if shown.hearing.outcome is not None:
            break
        asked = request(shown.hearing, stand.policy)
        if asked is not None and asked is not told:
            tell(asked)
        told = asked
    return shown


def learn(stand: Stand, since: float, for_s: float) -> None:
    """Watch the empty scene for some seconds, as the terminal has long before anybody comes.

    Raises:
        CameraEndError: A replayed source is at its end.
        HardwareError: The camera is gone, or gives nothing.
    """
    for frame in _frames(stand.camera):
        if frame.at - since > for_s:
            return
        if frame.at >= since:
            stand.eyes.look(frame)


def attend(shown: Presented, sighting: Sighting, policy: Policy) -> Presented:
    """Take one more frame into account."""
    if sighting.quality is None or sighting.track is None:
        return shown
    first = sighting.at if shown.first is None else shown.first
    hearing, past = shown.hearing or Hearing(), shown.past
    if shown.hearing is not None and sighting.track != shown.track:
        hearing, past = Hearing(), (*past, concluded(shown.hearing, policy))
    return replace(shown, track=sighting.track, hearing=hear(hearing, sighting, policy), past=past, first=first)


def _frames(camera: Camera) -> Iterator[Frame]:
    """Yield a camera's frames.

    Raises:
        CameraEndError: A replayed source is at its end.
        HardwareError: It has given none for a while.
    """
    yield from frames(camera, lambda: False)
    raise CameraEndError(f"{camera.identity.path}: shown to its end")
