"""A frame's way: from pixels to a sighting, in the order of what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from edge.values import Box, Embedding, Face, Flaw, Landmarks, Quality, Sighting
from edge.vision.align import align
from edge.vision.landmarks import five_points
from edge.vision.liveness.view import view_of
from edge.vision.measures import shape
from edge.vision.quality import first_look, judge
from edge.vision.score import scored
from edge.vision.track import (
    Track,
    compared,
    find_again,
    follow,
    is_bystander,
    miss,
    remembered,
    was_beside,
    worth_comparing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.config import DetectionSettings, QualityLimits, TrackSettings
    from edge.values import Search
    from edge.vision.liveness.panel import Cues, Panel
    from hw.base import Frame

    Pixels = NDArray[np.uint8]


_CANDIDATES = 4
"""How many faces of a frame are looked at before it is said to show none; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """The stages that need a model, and the limits they work under.

    Attributes:
        detect: Finds the faces of a picture.
        mesh: Lays the mesh over one of them.
        liveness: The passive network's opinion whether it is alive; None when liveness is off.
        embed: Makes an embedding of an aligned face.
        detection: Which faces count.
        track: What one track is.
        quality: What a face must show.
        likeness: The least cosine similarity between two embeddings of one track; by default nothing is enough.
        panel: The other liveness cues; None when liveness is off.
    """

    detect: Callable[[Pixels], list[Face]]
    mesh: Callable[[Pixels, Face], Landmarks]
    liveness: Callable[[Pixels, Box], float] | None
    embed: Callable[[Pixels], Embedding]
    detection: DetectionSettings
    track: TrackSettings
    quality: QualityLimits
    likeness: float = inf
    panel: Panel | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What is remembered from frame to frame.

    Attributes:
        track: The face that is followed.
        cues: What the liveness cues have seen so far, of it and of the scene; None before the first frame.
    """

    track: Track = field(default_factory=Track)
    cues: Cues | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A face that was looked at.

    Attributes:
        face: As detected.
        chip: (112, 112, 3) uint8, BGR, aligned; None where the detector alone showed it to be hopeless.
        quality: What is wrong with the view.
        mesh: Laid over it; None where there is no chip.
    """

    face: Face
    chip: Pixels | None
    quality: Quality
    mesh: Landmarks | None = None

    @property
    def real(self) -> bool:
        """Whether the mesh did not find it to be no face at all; it may not have been asked (`chip`)."""
        return Flaw.NOT_A_FACE not in self.quality.flaws


def see(frame: Frame, memory: Memory, eyes: Eyes, search: Search) -> tuple[Sighting, Memory]:
    """Say what a frame shows of the face nearest the door, and go on following it.

    A frame without a face costs the detector and the learning of the empty scene; a face that cannot be judged costs
    no embedding.

    Args:
        frame: What the camera gave.
        memory: What was seen so far.
        eyes: The stages.
        search: Finds the most similar enrolled person.
    """
    sighting, track, mesh = follow_on(frame, memory.track, eyes, search)
    if eyes.panel is None:
        return sighting, Memory(track)
    view = replace(
        view_of(frame),
        track=sighting.track,
        box=sighting.box,
        mesh=mesh,
        faces=sighting.faces,
        clear=sighting.quality is not None and sighting.quality.good,
    )
    cues, findings = eyes.panel.look(memory.cues, view)
    return replace(sighting, findings=findings), Memory(track, cues)


def follow_on(frame: Frame, track: Track, eyes: Eyes, search: Search) -> tuple[Sighting, Track, Landmarks | None]:
    """Find the followed face again, or another, and look at it; also returns the mesh that was laid over it.

    Args:
        frame: What the camera gave.
        track: What was followed so far.
        eyes: The stages.
        search: Finds the most similar enrolled person.
    """
    faces = in_zone(find(frame, eyes), frame.pixels, eyes.detection)
    mine = find_again(track, faces, frame.at, eyes.track)
    seen, faces = nearest(frame.pixels, faces, eyes, track, mine)
    if seen is None:
        track = miss(track, faces, frame.at, eyes.track)
        return Sighting(frame.at, frame.sequence, track=track.number if track.face else None), track, None
    if mine not in faces and is_bystander(track, seen.face, frame.at, eyes.track):
        track = miss(track, faces, frame.at, eyes.track)
        return Sighting(frame.at, frame.sequence, len(faces), track.number), track, None
    others = [face for face in faces if face is not seen.face]
    track = follow(track, seen.face, others, frame.at, same=seen.face is mine)
    return *look(frame, seen, len(faces), track, eyes, search), seen.mesh


def look(frame: Frame, seen: Seen, faces: int, track: Track, eyes: Eyes, search: Search) -> tuple[Sighting, Track]:
    """Judge the followed face where the view allows it, and compare it where that is worth it.

    Liveness is judged on every frame that could be compared: one that is spared may still deny (S4).

    Args:
        frame: What the camera gave.
        seen: The followed face.
        faces: How many faces the frame shows.
        track: Its track, by its place.
        eyes: The stages.
        search: Finds the most similar enrolled person.
    """
    liveness, match, spared, quality = None, None, False, seen.quality
    if seen.chip is not None and quality.good:
        liveness = eyes.liveness(frame.pixels, seen.face.box) if eyes.liveness else None
        spared = not worth_comparing(track, quality.score, frame.at, eyes.track)
        if not spared:
            probe = eyes.embed(seen.chip)
            quality, match = scored(quality, probe.length), search(probe)
            track = compared(track, probe.vector, quality.score, frame.at, eyes.likeness)
        track = remembered(track, seen.quality.score)
    sighting = Sighting(
        at=frame.at,
        sequence=frame.sequence,
        faces=faces,
        track=track.number,
        box=seen.face.box,
        score=seen.face.score,
        quality=quality,
        liveness=liveness,
        match=match,
        spared=spared,
    )
    return sighting, track


def find(frame: Frame, eyes: Eyes) -> list[Face]:
    """Return the faces of a frame in pixels of its main picture; the small one is searched where there is one."""
    if frame.small is None:
        return eyes.detect(frame.pixels)
    scale = frame.pixels.shape[1] / frame.small.shape[1]
    return [
        Face(
            Box(*(scale * side for side in (f.box.left, f.box.top, f.box.right, f.box.bottom))),
            f.score,
            f.keypoints * scale,
        )
        for f in eyes.detect(frame.small)
    ]


def in_zone(faces: list[Face], picture: Pixels, settings: DetectionSettings) -> list[Face]:
    """Return the faces whose middle is inside the zone that counts."""
    height, width = picture.shape[:2]
    left, top, right, bottom = settings.zone
    return [
        face
        for face in faces
        if left * width <= face.box.centre[0] <= right * width and top * height <= face.box.centre[1] <= bottom * height
    ]


def nearest(
    picture: Pixels, faces: list[Face], eyes: Eyes, track: Track, mine: Face | None
) -> tuple[Seen | None, list[Face]]:
    """Return the face to look at, and the faces without those that the mesh found to be none.

    It is the largest that is not found to be none: a face printed on a shirt is larger than its wearer's, and the
    detector falls for it. From a followed face that is there only a face takes over that the mesh confirms, and that
    was there in the last frame: the mesh falls for a shirt too, for a frame. It is not asked about a face that the
    detector alone shows to be hopeless.

    Args:
        picture: (height, width, 3) uint8, BGR.
        faces: As detected.
        eyes: The stages.
        track: What was followed so far.
        mine: The followed one, if it is there; it stays the nearest until another is clearly nearer.
    """
    left = sorted(faces, key=lambda face: -face.box.area * (eyes.track.nearer if face is mine else 1.0))
    instead = None
    for face in [one for rank, one in enumerate(left) if rank < _CANDIDATES or one is mine]:
        seen = examine(picture, face, eyes)
        if not seen.real:
            left.remove(face)
        elif mine is None or face is mine or (seen.chip is not None and was_beside(track, face, eyes.track)):
            return seen, left
        else:
            instead = instead or seen
    return instead, left


def examine(picture: Pixels, face: Face, eyes: Eyes, *, thorough: bool = False) -> Seen:
    """Align a face and judge the view of it.

    Args:
        picture: (height, width, 3) uint8, BGR.
        face: As detected.
        eyes: The stages.
        thorough: Whether a face that the detector alone shows to be hopeless is aligned all the same.
    """
    size = (picture.shape[1], picture.shape[0])
    glance = first_look(face, size, eyes.quality)
    if not (glance.good or thorough):
        return Seen(face, None, glance)
    mesh = eyes.mesh(picture, face)
    chip = align(picture, five_points(mesh))
    quality = judge(shape(mesh, size), mesh.presence, chip, eyes.quality, glance.flaws)
    return Seen(face, chip, quality, mesh)
