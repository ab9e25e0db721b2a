"""A frame's way: from pixels to a sighting, in the order of what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.values import Box, Embedding, Face, Landmarks, Sighting
from edge.vision.align import align
from edge.vision.landmarks import five_points, turn
from edge.vision.quality import first_look, judge
from edge.vision.track import Track, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from edge.config import DetectionSettings, QualityLimits, TrackSettings
    from edge.values import Quality, Search
    from hw.base import Frame

    Pixels = NDArray[np.uint8]


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
    face = max(faces, key=lambda one: one.box.area, default=None)
    track = follow(track, face.box if face else None, frame.at, eyes.track)
    if face is None:
        return Sighting(frame.at, frame.sequence, track=track.number if track.box else None), track
    chip, quality = examine(frame.pixels, face, eyes)
    liveness, match = None, None
    if chip is not None and quality.good:
        liveness = eyes.liveness(frame.pixels, face.box) if eyes.liveness else None
        match = search(eyes.embed(chip))
    sighting = Sighting(
        at=frame.at,
        sequence=frame.sequence,
        faces=len(faces),
        track=track.number,
        box=face.box,
        score=face.score,
        quality=quality,
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


def examine(picture: Pixels, face: Face, eyes: Eyes, *, thorough: bool = False) -> tuple[Pixels | None, Quality]:
    """Align a face and judge the view of it.

    Args:
        picture: (height, width, 3) uint8, BGR.
        face: As detected.
        eyes: The stages.
        thorough: Whether a face that the detector alone shows to be hopeless is aligned all the same.

    Returns:
        The aligned face, (112, 112, 3) uint8, BGR, or None where the first look refused; and the judgement.
    """
    glance = first_look(face, (picture.shape[1], picture.shape[0]), eyes.quality)
    if not (glance.good or thorough):
        return None, glance
    mesh = eyes.mesh(picture, face)
    five = five_points(mesh)
    chip = align(picture, five)
    quality = judge(five, turn(mesh), mesh.presence, chip, eyes.quality)
    return chip, merge(glance, quality)


def merge(glance: Quality, quality: Quality) -> Quality:
    """Return the full judgement with the flaws of the first look put before its own."""
    flaws = (*glance.flaws, *(flaw for flaw in quality.flaws if flaw not in glance.flaws))
    return type(quality)(
        quality.eyes_px,
        quality.yaw_deg,
        quality.pitch_deg,
        quality.sharpness,
        quality.brightness,
        quality.contrast,
        flaws,
    )
