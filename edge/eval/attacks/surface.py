"""What is held before the camera, drawn once: where the person is shown on it, its border, and the hand that holds it.

Lengths are in eye distances of the person shown; the origin is between their eyes, x to the right and y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.eval.attacks.light import Light

_ROOM = 1.2
"""How much more than the artefact is drawn, for the hand."""
_HEAD = (0.0, 0.35, 1.3, 1.85)
"""A head's oval around the eyes: its middle and half its axes."""
_END = 5.0
"""How far below the eyes a cut-out ends."""


class Outline(Struct, frozen=True):
    """The artefact's shape.

    Attributes:
        width: Of what shows the person, in eye distances.
        height: Of the same.
        above: How far above the eyes it begins.
        beside: How far left of the eyes it begins.
        border: The width of the border: white paper or bezel.
        chin: The border at the bottom and top, where it is wider.
        corner: The radius of the corners.
        colour: The border's reflectance: blue, green, red.
        cutout: Whether only head and shoulders are left.
        hand: Whether a hand is seen.
    """

    width: float
    height: float
    above: float
    beside: float
    border: float = 0.0
    chin: float = 0.0
    corner: float = 0.0
    colour: tuple[float, float, float] = (0.8, 0.8, 0.8)
    cutout: bool = False
    hand: bool = False

    @property
    def inner(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what shows the person."""
        return -self.beside, -self.above, self.width - self.beside, self.height - self.above

    @property
    def outer(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the whole artefact."""
        left, top, right, bottom = self.inner
        return left - self.border, top - self.chin, right + self.border, bottom + self.chin


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An artefact as drawn.

    Attributes:
        over: (h, w, 4) float32: border and hand, linear BGR times how much they cover, and how much they cover.
        shown: (h, w) float32: how much of the person's picture is seen there, 0 to 1.
        to_eyes: (3, 3) from these pixels to eye distances.
    """

    over: Light
    shown: Light
    to_eyes: NDArray[np.float64]


def draw(outline: Outline, per_eye: float, rng: np.random.Generator, reach: float) -> Drawn:
    """Draw an artefact.

    Args:
        outline: Its shape.
        per_eye: Pixels for an eye distance.
        rng: Draws the hand and how the scissors went.
        reach: How far the arm of the hand goes on, in eye distances: out of the picture.
    """
    left, top, right, bottom = outline.outer
    pad = (right - left) * (_ROOM - 1) + reach * outline.hand
    x0, y0 = left - pad, top - pad
    size = int(np.ceil((right + pad - x0) * per_eye)), int(np.ceil((bottom + pad - y0) * per_eye))
    to_eyes = np.array([[1 / per_eye, 0, x0], [0, 1 / per_eye, y0], [0, 0, 1]])
    shape = (size[1], size[0])
    shown: Light = np.zeros(shape, np.float32)
    whole: Light = np.zeros(shape, np.float32)
    if outline.cutout:
        _cut(shown, to_eyes, rng)
        wider = 2 * max(1, round(outline.border * per_eye)) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wider, wider))
        whole = np.asarray(cv2.dilate(shown, disc), np.float32)
    else:
        _rounded(shown, outline.inner, outline.corner, to_eyes)
        _rounded(whole, outline.outer, outline.corner + outline.border, to_eyes)
    over = np.zeros((*shape, 4), np.float32)
    edge = np.clip(whole - shown, 0, 1)
    over[..., :3] = edge[..., None] * np.array(outline.colour, np.float32)
    over[..., 3] = edge
    if outline.hand:
        _hold(over, (outline, reach), to_eyes, rng)
    return Drawn(over, shown, to_eyes)


def _rounded(mask: Light, box: tuple[float, float, float, float], corner: float, to_eyes: NDArray[np.float64]) -> None:
    """Fill a box with round corners, its edge smooth over a pixel."""
    height, width = mask.shape
    scale, x0, y0 = 1 / to_eyes[0, 0], to_eyes[0, 2], to_eyes[1, 2]
    x = np.arange(width, dtype=np.float32)
    y = np.arange(height, dtype=np.float32)
    left, top, right, bottom = (
        (box[0] - x0) * scale,
        (box[1] - y0) * scale,
        (box[2] - x0) * scale,
        (box[3] - y0) * scale,
    )
    r = np.float32(corner * scale)
    dx = np.abs(x - np.float32((left + right) / 2)) - np.float32((right - left) / 2) + r
    dy = np.abs(y - np.float32((top + bottom) / 2)) - np.float32((bottom - top) / 2) + r
    far = np.hypot(np.maximum(dx, 0)[None, :], np.maximum(dy, 0)[:, None])
    far += np.minimum(np.maximum(dx[None, :], dy[:, None]), 0) - r
    np.copyto(mask, np.clip(0.5 - far, 0, 1))


def _cut(mask: Light, to_eyes: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Fill head, neck and shoulders, as unsteady scissors would cut them out."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    wobble = sum(rng.uniform(-0.03, 0.03) * np.sin(k * angle + rng.uniform(0, 6.3)) for k in range(2, 9))
    x, y, a, b = _HEAD
    head = np.stack([x + a * (1 + wobble) * np.cos(angle), y + b * (1 + wobble) * np.sin(angle)], axis=1)
    slope = rng.uniform(2.3, 2.8)
    body = np.array(
        [
            (-0.75, 1.3),
            (0.75, 1.3),
            (0.85, 2.3),
            (2.2, slope),
            (2.9, 3.4),
            (3.0, _END),
            (-3.0, _END),
            (-2.9, 3.4),
            (-2.2, slope),
            (-0.85, 2.3),
        ]
    )
    body += rng.uniform(-0.06, 0.06, body.shape)
    for shape in (head, body):
        _polygon(mask, shape, to_eyes)


def _polygon(mask: Light, points: NDArray[np.float64], to_eyes: NDArray[np.float64]) -> None:
    where = (points - to_eyes[:2, 2]) / to_eyes[0, 0]
    stencil = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(stencil, [np.round(where * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    np.maximum(mask, stencil.astype(np.float32) / 255, out=mask)


def _hold(over: Light, held: tuple[Outline, float], to_eyes: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw a thumb over the border, fingers beside it, and the arm that they are of, on one side or from below."""
    outline, reach = held
    left, top, right, bottom = outline.outer
    length = rng.uniform(0.25, 0.35) * min(max(right - left, bottom - top), 4.5)
    thick = 0.38 * length
    skin = np.asarray(np.array([0.16, 0.24, 0.42]) * rng.uniform(0.25, 1.3), np.float32)
    side = int(rng.integers(0, 3))
    low = np.clip(bottom - rng.uniform(0.1, 0.4) * (bottom - top), top, 4.0)
    if side == 2:
        start = np.array([rng.uniform(left + 0.3 * (right - left), right - 0.3 * (right - left)), bottom])
        into, along = np.array([0.0, -1.0]), np.array([1.0, 0.0])
    else:
        start = np.array([left if side == 0 else right, low])
        into, along = np.array([1.0 if side == 0 else -1.0, 0.0]), np.array([0.0, 1.0])
    into = into + 0.3 * rng.uniform(-1, 1) * along
    palm = start - into * 1.2 * length
    wrist = start - into * 2.2 * length
    sleeve = np.asarray(skin.mean() * np.array([1.1, 0.9, 0.8]), np.float32)
    _limb(over, (palm, wrist), 3.2 * thick, 0.85 * skin, to_eyes)
    _limb(over, (wrist, start - into * (2.2 * length + 2 * reach)), 3.4 * thick, sleeve, to_eyes)
    _limb(over, (palm, start + into * 0.55 * length), thick, skin, to_eyes)
    for finger in range(3):
        base = start + along * (finger - 1) * 1.05 * thick - into * length
        _limb(
            over,
            (base, start + along * (finger - 1) * 1.1 * thick - into * 0.1 * length),
            0.9 * thick,
            0.85 * skin,
            to_eyes,
        )


def _limb(
    over: Light,
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    thick: float,
    skin: Light,
    to_eyes: NDArray[np.float64],
) -> None:
    """Draw a finger: a thick line with round ends, darker towards its sides."""
    scale, corner = 1 / to_eyes[0, 0], to_eyes[:2, 2]
    ends_px = (np.stack(ends) - corner) * scale
    left, top = np.maximum(np.floor(ends_px.min(axis=0) - thick * scale), 0).astype(int)
    right, bottom = np.ceil(ends_px.max(axis=0) + thick * scale).astype(int)
    part = over[top : max(bottom, 0), left : max(right, 0)]
    (ax, ay), (dx, dy) = ends_px[0], ends_px[1] - ends_px[0]
    x = np.arange(part.shape[1], dtype=np.float32)[None, :] + np.float32(left - ax)
    y = np.arange(part.shape[0], dtype=np.float32)[:, None] + np.float32(top - ay)
    along = np.clip((x * np.float32(dx) + y * np.float32(dy)) / np.float32(dx * dx + dy * dy), 0, 1)
    radius = np.float32(thick * scale / 2)
    far = np.hypot(x - along * np.float32(dx), y - along * np.float32(dy))
    covers = np.clip(radius - far + np.float32(0.5), 0, 1)[..., None]
    shade = np.sqrt(1 - 0.8 * np.minimum(far / radius, 1) ** 2)[..., None]
    part[..., :3] += covers * (shade * skin - part[..., :3])
    part[..., 3:] += covers * (1 - part[..., 3:])
