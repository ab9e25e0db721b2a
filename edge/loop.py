"""The terminal's loop: receive a frame, see, step, act. Knows no model, no camera and no lock, only their promises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.errors import LinkError
from edge.values import Reason
from hw.base import CameraEndError, CameraTimeoutError, HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edge.access.decide import State
    from edge.link.ports import DoorPort
    from edge.values import Credential, Person, PersonId, Sighting, Verdict
    from edge.vision.pipeline import Memory
    from hw.base import Camera, Frame


SILENT_S = 10.0
"""For how long a camera may give nothing before the process ends, to be started afresh."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the loop joins.

    Attributes:
        camera: Gives frames.
        see: Says what a frame shows, and follows the face.
        step: Decides.
        roster: Reads a person afresh from the store; None once they were removed (S12).
        door: Opens, or says why not.
        settle: Takes into account what became of a verdict.
        tell: Told of every frame's state, verdict and outcome; says to the person what to do.
        observe: Told of every frame: the sighting, the verdict if one fell, and what became of it.
        answer: Told of a verdict first; says what became of it where somebody else than the door asked for it.
        shown: What had said who it is before their face was looked for.
    """

    camera: Camera
    see: Callable[[Frame, Memory], tuple[Sighting, Memory]]
    step: Callable[[State, Sighting], tuple[State, Verdict | None]]
    roster: Callable[[PersonId], Person | None]
    door: DoorPort
    settle: Callable[[State, Verdict, Reason], State]
    tell: Callable[[State, Verdict | None, Reason | None], None]
    observe: Callable[[Frame, Sighting, Verdict | None, Reason | None], None]
    answer: Callable[[Verdict], Reason | None] = lambda _: None
    shown: Callable[[], tuple[Credential, ...]] = tuple


def run(terminal: Terminal, state: State, memory: Memory, stopped: Callable[[], bool], timeout_s: float = 1.0) -> int:
    """Watch the camera until told to stop or until a replayed source ends; returns the number of frames seen.

    Raises:
        HardwareError: The camera is gone for good; the process ends and is started afresh.
    """
    count = 0
    for frame in frames(terminal.camera, stopped, timeout_s):
        count += 1
        sighting, memory = terminal.see(frame, memory)
        state, verdict = terminal.step(state, sighting)
        outcome = act(terminal, verdict) if verdict else None
        if verdict and outcome:
            state = terminal.settle(state, verdict, outcome)
        terminal.tell(state, verdict, outcome)
        terminal.observe(frame, sighting, verdict, outcome)
    return count


def frames(camera: Camera, stopped: Callable[[], bool], timeout_s: float = 1.0) -> Iterator[Frame]:
    """Yield a camera's frames until told to stop or until a replayed source ends.

    Raises:
        HardwareError: The camera is gone for good, or has given nothing for `SILENT_S`.
    """
    silent_s = 0.0
    while not stopped():
        try:
            frame = camera.capture(timeout_s)
        except CameraTimeoutError as error:
            silent_s += timeout_s
            if silent_s >= SILENT_S:
                raise HardwareError(f"the camera has given no frame for {silent_s:.0f} s: {error}") from error
            continue
        except CameraEndError:
            return
        silent_s = 0.0
        yield frame


def act(terminal: Terminal, verdict: Verdict) -> Reason:
    """Tell whoever asked, else the door; returns what became of the verdict."""
    answered = terminal.answer(verdict)
    if answered is not None:
        return answered
    person = terminal.roster(verdict.person) if verdict.person else None
    try:
        if not verdict.granted:
            terminal.door.report(verdict, person.handle if person else None)
            return verdict.reason
        if person is None:
            terminal.door.report(replace(verdict, reason=Reason.REVOKED), None)
            return Reason.REVOKED
        return terminal.door.identify(person, verdict, terminal.shown()).reason
    except LinkError:
        return Reason.DOOR_UNREACHABLE
