"""A frame's way: from pixels to a sighting, in the order of what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.values import Box, Embedding, Face, Flaw, Landmarks, Quality, Sighting
from edge.vision.align import align
from edge.vision.landmarks import five_points, turn
from edge.vision.quality import first_look, judge
from edge.vision.track import Track, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.config import DetectionSettings, QualityLimits, TrackSettings
    from edge.values import Search
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
        liveness: Judges whether it is alive; None when liveness is off.
        embed: Makes an embedding of an aligned face.
        detection: Which faces count.
        track: What one track is.
        quality: What a face must show.
    """

    detect: Callable[[Pixels], list[Face]]
    mesh: Callable[[Pixels, Face], Landmarks]
    liveness: Callable[[Pixels, Box], float] | None
    embed: Callable[[Pixels], Embedding]
    detection: DetectionSettings
    track: TrackSettings
    quality: QualityLimits


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A face that was looked at.

    Attributes:
        face: As detected.
        chip: (112, 112, 3) uint8, BGR, aligned; None where the detector alone showed it to be hopeless.
        quality: What is wrong with the view.
    """

    face: Face
    chip: Pixels | None
    quality: Quality

    @property
    def real(self) -> bool:
        """Whether the mesh did not find it to be no face at all."""
        return Flaw.NOT_A_FACE not in self.quality.flaws


def see(frame: Frame, track: Track, eyes: Eyes, search: Search) -> tuple[Sighting, Track]:
    """Say what a frame shows of the face nearest the door, and go on following it.

    A frame without a face costs the detector alone; a face that cannot be judged costs no embedding.

    Args:
        frame: What the camera gave.
        track: What was followed so far.
        eyes: The stages.
        search: Finds the most similar enrolled person.
    """
    faces = in_zone(find(frame, eyes), frame.pixels, eyes.detection)
    seen, faces = nearest(frame.pixels, faces, eyes)
    track = follow(track, seen.face.box if seen else None, frame.at, eyes.track)
    if seen is None:
        return Sighting(frame.at, frame.sequence, track=track.number if track.box else None), track
    liveness, match = None, None
    if seen.chip is not None and seen.quality.good:
        liveness = eyes.liveness(frame.pixels, seen.face.box) if eyes.liveness else None
        match = search(eyes.embed(seen.chip))
    sighting = Sighting(
        at=frame.at,
        sequence=frame.sequence,
        faces=len(faces),
        track=track.number,
        box=seen.face.box,
        score=seen.face.score,
        quality=seen.quality,
        liveness=liveness,
        match=match,
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


def nearest(picture: Pixels, faces: list[Face], eyes: Eyes) -> tuple[Seen | None, list[Face]]:
    """Return the largest face that the mesh confirms, and the faces without those that it found to be none.

    A face printed on a shirt is larger than its wearer's, and the detector falls for it.

    Args:
        picture: (height, width, 3) uint8, BGR.
        faces: As detected.
        eyes: The stages.
    """
    left = sorted(faces, key=lambda face: -face.box.area)
    for _ in range(min(_CANDIDATES, len(left))):
        seen = examine(picture, left[0], eyes)
        if seen.real:
            return seen, left
        del left[0]
    return None, left


def examine(picture: Pixels, face: Face, eyes: Eyes, *, thorough: bool = False) -> Seen:
    """Align a face and judge the view of it.

    Args:
        picture: (height, width, 3) uint8, BGR.
        face: As detected.
        eyes: The stages.
        thorough: Whether a face that the detector alone shows to be hopeless is aligned all the same.
    """
    glance = first_look(face, (picture.shape[1], picture.shape[0]), eyes.quality)
    if not (glance.good or thorough):
        return Seen(face, None, glance)
    mesh = eyes.mesh(picture, face)
    five = five_points(mesh)
    chip = align(picture, five)
    quality = judge(five, turn(mesh), mesh.presence, chip, eyes.quality)
    flaws = (*glance.flaws, *(flaw for flaw in quality.flaws if flaw not in glance.flaws))
    return Seen(face, chip, replace(quality, flaws=flaws))
