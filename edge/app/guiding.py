"""A guided enrolment before a camera that is there: the terminal's own eyes and liveness rules around the guide.

It opens the camera and nothing else. Nobody is recognised, and no picture is kept longer than the sitting lasts: what
comes out is embeddings, and the pictures they were made of for those who may look at them then.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from edge.access.proof import answered, carried
from edge.app.demands import demand, demand_at
from edge.app.presentation import End
from edge.app.proving import Hearing, Policy, hear, request
from edge.errors import UnsafeError
from edge.loop import frames
from edge.people import guide
from edge.people.guide import Guide, GuideRules, View
from edge.values import ADVICE, WORDS
from edge.values.guidance import HINTS, GuideEnd, Hint
from edge.vision.measures import surround
from edge.vision.pipeline import Memory, examine, find, in_zone, see
from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from edge.config import Config
    from edge.people.guide import Capture
    from edge.values import Embedding, Finding, Match, Sighting
    from edge.vision.pipeline import Eyes
    from hw.base import Board, Camera, Frame

PROVE_S = 20.0
"""For how long after the last pose a proof of being alive is waited for."""


_SAME_BOX = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Booth:
    """Where somebody is enrolled.

    Attributes:
        camera: Gives frames.
        eyes: See them.
        policy: What is asked of a living person; None where liveness is off, for replays and photographs.
        rules: When a view becomes a template.
    """

    camera: Camera
    eyes: Eyes
    policy: Policy | None
    rules: GuideRules


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """How far a guided enrolment has come.

    Attributes:
        guide: What was captured.
        hearing: What the captured track has shown of being alive.
        track: Which track that is.
        alive: Whether it has shown enough; nothing spoke against it afterwards.
        against: What spoke against it, in the end; None for nothing.
        frames: How many frames were seen.
        words: What the person is told; empty for nothing.
        pictures: The frames of what was captured, or may be, by their time: (height, width, 3) uint8, BGR.
    """

    guide: Guide = field(default_factory=Guide)
    hearing: Hearing = field(default_factory=Hearing)
    track: int | None = None
    alive: bool = False
    against: Finding | None = None
    frames: int = 0
    words: str = HINTS[Hint.STEP_UP]
    pictures: Mapping[float, NDArray[np.uint8]] = field(default_factory=dict)

    @property
    def end(self) -> GuideEnd | None:
        """How it ended; None while it goes on."""
        return self.guide.end

    @property
    def captures(self) -> tuple[Capture, ...]:
        """What may become templates; empty unless it ended well."""
        return self.guide.captures if self.end is GuideEnd.CAPTURED and self.alive else ()

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return 0.0 if self.guide.began is None else self.guide.clock - self.guide.began


@contextlib.contextmanager
def opened(config: Config, board: Board, eyes: Eyes, rules: GuideRules) -> Iterator[Booth]:
    """Open the camera, and nothing else of the board.

    Raises:
        HardwareError: It cannot be opened, perhaps because the terminal holds it.
        UnsafeError: It is not the pinned camera; or liveness is off, and it is a real one.
    """
    try:
        camera = board.open_camera(config.camera)
    except HardwareError as error:
        raise HardwareError(
            f"{error}; a running terminal holds its camera: stop it first, and start it again afterwards"
        ) from error
    with contextlib.closing(camera):
        if not camera.identity.matches(config.camera.pinned):
            raise UnsafeError(f"the camera is {camera.identity}, and camera.pinned names {config.camera.pinned}")
        live = config.liveness.mode != "off"
        if not (live or camera.identity.replayed):
            raise UnsafeError("liveness.mode is off: nobody is enrolled at a camera without it; set it to passive")
        asked = demand_at(demand(config), config.door, datetime.now().astimezone())
        policy = Policy(asked, config.decision, recorded=camera.identity.replayed) if live else None
        seen = replace(eyes, track=replace(eyes.track, spare_s=0.0))  # a capture needs every embedding
        yield Booth(camera, seen, policy, rules)


def sit(booth: Booth, tell: Callable[[Sitting], None]) -> Sitting:
    """Guide somebody through an enrolment, to its end or that of a replayed source.

    Args:
        booth: Where.
        tell: Told of every state in which anything changed that the person or the officer is to know.

    Raises:
        HardwareError: The camera is gone, or gives nothing.
    """
    sitting, memory = Sitting(), Memory()
    told: tuple[object, ...] = ()
    for frame in frames(booth.camera, lambda: False):
        view, sighting, memory = look(frame, memory, booth.eyes)
        sitting = _pictured(attend(sitting, view, sighting, booth), frame)
        news = (sitting.words, len(sitting.guide.captures), sitting.guide.restarts, sitting.end)
        if news != told:
            tell(sitting)
        told = news
        if sitting.end is not None and (sitting.end is not GuideEnd.CAPTURED or sitting.alive):
            return sitting
    if sitting.end is None:
        return _over(sitting, GuideEnd.SOURCE_ENDED)
    return _over(sitting, GuideEnd.NOT_LIVE)


def _pictured(sitting: Sitting, frame: Frame) -> Sitting:
    """Keep the frame if it may become a capture, and let those go that cannot any more."""
    wanted = {one.at for one in sitting.guide.held} | {one.at for one in sitting.guide.captures}
    pictures = {at: pixels for at, pixels in sitting.pictures.items() if at in wanted}
    if frame.at in wanted:
        pictures[frame.at] = np.array(frame.pixels)  # the camera's buffer is its own
    return replace(sitting, pictures=pictures)


def look(frame: Frame, memory: Memory, eyes: Eyes) -> tuple[View, Sighting, Memory]:
    """Say what a frame shows; nobody is searched for, and the embedding is kept for the guide."""
    kept: list[Embedding] = []

    def keep(probe: Embedding) -> Match | None:
        kept.append(probe)
        return None

    sighting, memory = see(frame, memory, eyes, keep)
    around = surround(frame.pixels, sighting.box) if sighting.box is not None else 0.0
    embedding, company = kept[0] if kept else None, _company(frame, sighting, eyes)
    return View(sighting.at, sighting.track, company, sighting.quality, embedding, around), sighting, memory


def _company(frame: Frame, sighting: Sighting, eyes: Eyes) -> int:
    """Return how many faces a frame shows by the mesh: the detector sees some in walls, whom nobody can send away."""
    if sighting.faces < 2 or sighting.box is None:
        return sighting.faces
    mine = sighting.box
    others = [one for one in in_zone(find(frame, eyes), frame.pixels, eyes.detection) if one.box.iou(mine) < _SAME_BOX]
    return 1 + sum(examine(frame.pixels, one, eyes, thorough=True).real for one in others)


def attend(sitting: Sitting, view: View, sighting: Sighting, booth: Booth) -> Sitting:
    """Take one more frame into account: first whether somebody lives there, then what is captured of them."""
    sitting = replace(sitting, frames=sitting.frames + 1)
    if booth.policy is None:
        sitting = replace(sitting, alive=True)
    else:
        sitting = _heard(sitting, sighting, booth.policy)
        if sitting.end is GuideEnd.NOT_LIVE:
            return sitting
        move = request(sitting.hearing, booth.policy) if sitting.hearing.proof.challenge is not None else None
        if move is not None:
            return replace(sitting, guide=guide.paused(sitting.guide, view.at), words=WORDS[move])
    if sitting.end is GuideEnd.CAPTURED:
        return _waited(sitting, view)
    now = guide.step(sitting.guide, view, booth.rules)
    words = ADVICE[now.flaw] if now.hint is None and now.flaw else HINTS[now.hint] if now.hint else ""
    return replace(sitting, guide=now, words=words)


def _heard(sitting: Sitting, sighting: Sighting, policy: Policy) -> Sitting:
    """Hear the liveness rules on; a track that passed goes on being watched, and a new one has shown nothing."""
    if sighting.track is not None and sighting.quality is not None and sighting.track != sitting.track:
        sitting = replace(sitting, hearing=Hearing(), track=sighting.track, alive=False)
    hearing = hear(sitting.hearing, sighting, policy)
    outcome = hearing.outcome
    against = hearing.proof.denied or hearing.proof.suspicion
    if outcome is not None and outcome.end is End.REFUSED:
        return _over(replace(sitting, hearing=hearing, alive=False, against=against), GuideEnd.NOT_LIVE)
    if outcome is not None and outcome.end is End.PASSED:
        return replace(sitting, hearing=replace(hearing, outcome=None), alive=True)
    if outcome is not None:  # too little motion so far: the poses bring it, and what spoke against them stays
        return replace(sitting, hearing=replace(hearing, outcome=None, proof=carried(hearing.proof)))
    return replace(sitting, hearing=hearing, alive=sitting.alive and not _doubtful(hearing), against=against)


def _doubtful(hearing: Hearing) -> bool:
    """Whether something is suspicious that no challenge has answered."""
    return hearing.proof.suspicion is not None and not answered(hearing.proof)


def _waited(sitting: Sitting, view: View) -> Sitting:
    """Wait for the proof of being alive, on the track that was captured."""
    lost = view.track is not None and view.track != sitting.guide.track
    late = not view.at - sitting.guide.clock <= PROVE_S
    if lost or late:
        return _over(sitting, GuideEnd.LOST if lost else GuideEnd.NOT_LIVE)
    return replace(sitting, words=HINTS[Hint.KEEP_MOVING])


def _over(sitting: Sitting, end: GuideEnd) -> Sitting:
    return replace(sitting, guide=replace(sitting.guide, end=end, hint=None, held=()), words="")
