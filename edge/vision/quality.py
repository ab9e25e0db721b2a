"""Says what is wrong with the view of a face. Pure: measures and limits in, named flaws out; no clock, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Flaw, Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.config import QualityLimits
    from edge.values import Box, Face

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
    return Quality(eyes_px=eyes_px, flaws=tuple(flaws))


def judge(
    five: NDArray[np.float32],
    pose: tuple[float, float],
    presence: float,
    chip: NDArray[np.uint8],
    limits: QualityLimits,
) -> Quality:
    """Judge an aligned face.

    Args:
        five: (5, 2) float32, the five points in pixels of the picture.
        pose: Yaw and pitch, degrees.
        presence: The mesh's confidence that it sits on a face, 0 to 1.
        chip: (112, 112, 3) uint8, BGR, the aligned face.
        limits: What is asked.
    """
    grey = cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY)
    mean, deviation = cv2.meanStdDev(grey)
    _, edge = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    eyes_px = float(np.hypot(*(five[1] - five[0])))
    yaw, pitch = pose
    sharpness, brightness, contrast = float(edge.item()) ** 2, float(mean.item()), float(deviation.item())
    broken = {
        Flaw.NOT_A_FACE: not presence >= limits.min_presence,
        Flaw.TOO_FAR: not eyes_px >= limits.min_eyes_px,
        Flaw.TURNED_AWAY: not (abs(yaw) <= limits.max_yaw_deg and abs(pitch) <= limits.max_pitch_deg),
        Flaw.TOO_DARK: not brightness >= limits.min_brightness,
        Flaw.TOO_BRIGHT: not brightness <= limits.max_brightness,
        Flaw.LOW_CONTRAST: not contrast >= limits.min_contrast,
        Flaw.BLURRED: not sharpness >= limits.min_sharpness,
    }
    flaws = tuple(flaw for flaw, is_broken in broken.items() if is_broken)
    return Quality(eyes_px, yaw, pitch, sharpness, brightness, contrast, flaws)


def _cut_off(box: Box, size: tuple[int, int], share: float) -> bool:
    x, y = share * box.width, share * box.height
    return not (box.left >= -x and box.top >= -y and box.right <= size[0] + x and box.bottom <= size[1] + y)
