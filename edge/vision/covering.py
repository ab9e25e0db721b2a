"""Tells whether eyes and mouth can be seen, or dark glasses or a mask lie over them. Pure.

A learned model does it in OFIQ, the reference implementation of ISO/IEC 29794-5. Here the aligned face is asked two
things: whether there is any skin around the eyes as light as the cheek under them, and whether a mouth is where it
belongs, or else something smooth of another colour than the skin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_TOP, _LEFT = 38, 26
"""Where the part of the aligned face begins that is looked at; it ends with the chin and the left cheek."""


def _place(top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
    return slice(top - _TOP, bottom - _TOP), slice(left - _LEFT, right - _LEFT)


_SEEN = slice(_TOP, 110), slice(_LEFT, 86)
_EYES = (
    (_place(46, 60, 29, 48), _place(70, 84, 28, 46)),
    (_place(46, 60, 64, 83), _place(70, 84, 66, 84)),
)
"""Each eye with its lids, and the cheek under it."""

_SKIN = _place(57, 62, 27, 42), _place(57, 62, 70, 85), _place(38, 48, 50, 63)
"""Under each eye and between the brows: neither beard nor mask reaches there, and glasses do not hide all three."""

_LOWER = _place(84, 104, 30, 40), _place(84, 104, 72, 82), _place(100, 108, 42, 70)
"""Beside the mouth and under it."""

_MOUTH = _place(82, 104, 46, 66)
_STEPS = np.array([100 / 255, 1, 1], np.float32)
"""OpenCV's 8-bit lightness in the steps of CIELAB."""

_ROWS = np.arange(22, dtype=np.float32) - 10.5
_LID = 0.85
"""The share of an eye's place that may be darker than its lightest skin: lashes, pupil, brow, the frame of glasses."""

_WEIGHTS = np.array([0.6, 1, 1], np.float32)
"""Of lightness and the two colours: a face lit from above differs in lightness from brow to chin."""

_ALIKE = 2.0
"""Steps of colour within which skin differs from skin; it keeps a smooth face from being divided by nothing."""


class Visible(NamedTuple):
    """What can be seen of a face; the fields are those of `edge.values.Quality`."""

    eyes_visible: float
    mouth_visible: float


def visible(chip: NDArray[np.uint8]) -> Visible:
    """Measure whether eyes and mouth are uncovered.

    Args:
        chip: (112, 112, 3) uint8, BGR, the aligned face.
    """
    part = cv2.GaussianBlur(chip[_SEEN], (5, 5), 1.0)
    lab = np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2LAB), np.float32)
    return Visible(_eyes(lab[..., 0]), _mouth(lab * _STEPS))


def _eyes(light: Floats) -> float:
    """Return how light the lightest skin around an eye is, in lightness of its cheek: that of the better eye."""
    shares = []
    for eye, cheek in _EYES:
        around = light[eye].ravel()
        nth = int(_LID * around.size)
        shares.append(float(np.partition(around, nth)[nth]) / max(float(light[cheek].mean()), 1.0))
    return min(1.0, max(shares))


def _mouth(lab: Floats) -> float:
    """Return how much the mouth stands out, as a share of how far the lower face's colour is from the skin's."""
    rows = lab[_MOUTH].mean(axis=1)
    rows -= rows.mean(axis=0)
    # Light from above shades a mask as it shades a face: what grows or falls steadily is no mouth.
    rows -= np.outer(_ROWS, _ROWS @ rows / (_ROWS @ _ROWS))
    lower = _colour(lab, *_LOWER)
    apart = min(float(np.linalg.norm((lower - _colour(lab, skin)) * _WEIGHTS)) for skin in _SKIN)
    stands_out = float(np.sqrt((rows**2).sum(axis=1).mean()))
    return min(1.0, stands_out / (apart + _ALIKE))


def _colour(lab: Floats, *places: tuple[slice, slice]) -> Floats:
    """Return the middle value of each channel."""
    pixels = np.concatenate([lab[place].reshape(-1, 3) for place in places])
    half = len(pixels) // 2
    return np.asarray(np.partition(pixels, half, axis=0)[half], np.float32)
