"""The unified quality score (ISO/IEC 29794-1): how much use a face is to recognition, 0 to 100. Pure.

Each measure that changes what the embedder sees contributes the share of the similarity to another photograph of the
same person that is left at its value; the score is their product. The shares of sharpness, luminance and distance were
measured on LFW photographs degraded by ofiq-syngen, those of yaw, pitch and over-exposure on undegraded ones, and
rounded. A measure that changed nothing (roll, dynamic range, uniformity) has no share.

Where the face was embedded, the vector's length before it was brought to 1 has a share too: an embedder makes short
vectors of what it cannot tell (Meng et al., "MagFace", 2021, the unified score of the standard's reference
implementation). Its knots hold for the MobileFaceNet bundles.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isfinite, prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.values import Quality

    Knots = tuple[tuple[float, float], ...]

_SHARPNESS: Knots = ((0, 0.05), (5, 0.2), (7, 0.38), (11, 0.67), (25, 0.92), (50, 1))
_INTER_EYE_PX: Knots = ((8, 0.1), (24, 0.96), (36, 1))
_YAW_DEG: Knots = ((25, 1), (35, 0.93), (45, 0.75), (60, 0.4), (90, 0.05))
_PITCH_DEG: Knots = ((10, 1), (20, 0.95), (27, 0.86), (40, 0.6), (90, 0.05))
_LUMINANCE_MEAN: Knots = ((0, 0.1), (25, 0.82), (46, 0.92), (75, 0.98), (110, 1))
_OVER_EXPOSED: Knots = ((0.01, 1), (0.05, 0.86), (0.25, 0.8), (1, 0.1))
_EMBEDDING_LENGTH: Knots = ((1, 0.05), (2, 0.2), (3, 0.75), (4.3, 1))


def scored(quality: Quality, embedding_length: float = 0.0) -> Quality:
    """Return what was measured with the score that follows from it.

    Args:
        quality: The measures.
        embedding_length: Of the face's vector; 0 where none was made, and then it has no share.
    """
    shares = [
        share(_SHARPNESS, quality.sharpness),
        share(_INTER_EYE_PX, quality.inter_eye_px),
        share(_YAW_DEG, abs(quality.yaw_deg)),
        share(_PITCH_DEG, abs(quality.pitch_deg)),
        share(_LUMINANCE_MEAN, quality.luminance_mean),
        share(_OVER_EXPOSED, quality.over_exposed),
    ]
    if embedding_length:
        shares.append(share(_EMBEDDING_LENGTH, embedding_length))
    return replace(quality, embedding_length=embedding_length, score=100 * prod(shares))


def share(knots: Knots, value: float) -> float:
    """Return the value between the knots on either side, on a straight line; 0 for what is not a number (S3)."""
    if not isfinite(value):
        return 0.0
    if value <= knots[0][0]:
        return knots[0][1]
    for (x, y), (next_x, next_y) in pairwise(knots):
        if value <= next_x:
            return y + (next_y - y) * (value - x) / (next_x - x)
    return knots[-1][1]
