"""Whether the light on a face is unusual for one who is enrolled. Pure.

A template that was made in unusual light is found less well in usual light (somebody who is enrolled at noon is locked
out at night), so that a second capture is asked for. The face itself may be good enough to be judged all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.values.guidance import Light

if TYPE_CHECKING:
    from edge.values import Quality


@dataclass(frozen=True, slots=True)
class UsualLight:
    """The light that is usual; grey levels are 0 to 255.

    Attributes:
        min_uniformity: Less of the cheeks' grey levels in common is light from one side.
        behind: A surround that is so many times lighter than the face is light from behind,
        behind_level: if it has at least this grey level.
        darkest: A lower mean grey level of the face is dark,
        brightest: and a higher one bright.
        most_extreme: A larger share of nearly black, or of nearly white, is dark or bright, too.
    """

    min_uniformity: float = 0.35
    behind: float = 1.8
    behind_level: float = 150.0
    darkest: float = 70.0
    brightest: float = 190.0
    most_extreme: float = 0.25


def unusual(quality: Quality, surround: float, usual: UsualLight) -> frozenset[Light]:
    """Return what is unusual about the light on a face; empty when nothing is.

    Args:
        quality: What was measured of the face.
        surround: Mean grey level of the picture around it.
        usual: What is usual.
    """
    mean = quality.luminance_mean
    found = {
        Light.SIDE: not quality.illumination_uniformity >= usual.min_uniformity,
        Light.BACK: surround >= usual.behind_level and not surround <= usual.behind * mean,
        Light.DARK: not mean >= usual.darkest or quality.under_exposed > usual.most_extreme,
        Light.BRIGHT: not mean <= usual.brightest or quality.over_exposed > usual.most_extreme,
    }
    return frozenset(light for light, there in found.items() if there)
