"""Says what is wrong with the view of a face. Pure: measures and limits in, named flaws out; no clock, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.values import Flaw, Quality
from edge.vision.covering import visible
from edge.vision.measures import light
from edge.vision.score import scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.config import QualityLimits
    from edge.values import Box, Face
    from edge.vision.measures import Shape

# Every limit is written so that what is not a number breaks it (S3).


def first_look(face: Face, size: tuple[int, int], limits: QualityLimits) -> Quality:
    """Judge what the detector alone shows, so that a hopeless face costs nothing more.

    Args:
        face: As detected, in pixels.
        size: (width, height) of the picture.
        limits: What is asked.
    """
    eyes_px = float(np.hypot(*(face.keypoints[1] - face.keypoints[0])))
    flaws = []
    if _cut_off(face.box, size, limits.max_outside):
        flaws.append(Flaw.CUT_OFF)
    # The detector's eyes move by a tenth of their distance; the mesh decides what is near the limit.
    if not eyes_px >= 0.7 * limits.min_eyes_px:
        flaws.append(Flaw.TOO_FAR)
    return Quality(eyes_px, flaws=tuple(flaws))


def judge(
    shape: Shape, presence: float, chip: NDArray[np.uint8], limits: QualityLimits, seen: tuple[Flaw, ...] = ()
) -> Quality:
    """Judge an aligned face.

    Args:
        shape: What its mesh shows.
        presence: The mesh's confidence that it sits on a face, 0 to 1.
        chip: (112, 112, 3) uint8, BGR, the aligned face.
        limits: What is asked.
        seen: What the first look found.
    """
    lit, bare = light(chip), visible(chip)
    turned = not (abs(shape.yaw_deg) <= limits.max_yaw_deg and abs(shape.pitch_deg) <= limits.max_pitch_deg)
    covered = not (bare.eyes_visible >= limits.min_eyes_visible and bare.mouth_visible >= limits.min_mouth_visible)
    broken = {
        Flaw.NOT_A_FACE: not presence >= limits.min_presence,
        Flaw.TOO_FAR: not shape.inter_eye_px >= limits.min_eyes_px,
        Flaw.TOO_DARK: not lit.luminance_mean >= limits.min_brightness,
        Flaw.TOO_BRIGHT: not lit.luminance_mean <= limits.max_brightness,
        Flaw.LOW_CONTRAST: not lit.luminance_variance >= limits.min_contrast**2,
        Flaw.TURNED_AWAY: turned,
        Flaw.BLURRED: not lit.sharpness >= limits.min_sharpness,
        Flaw.COVERED: covered,
    }
    flaws = tuple(flaw for flaw in Flaw if flaw in seen or broken.get(flaw))
    return scored(Quality(**shape._asdict(), **lit._asdict(), **bare._asdict(), flaws=flaws))


def _cut_off(box: Box, size: tuple[int, int], share: float) -> bool:
    x, y = share * box.width, share * box.height
    return not (box.left >= -x and box.top >= -y and box.right <= size[0] + x and box.bottom <= size[1] + y)
