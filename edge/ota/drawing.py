"""Pictures of nobody, for telling whether a model computes here what it computed elsewhere; always the same.

Drawn faces (`edge.vision.probe`) turned, lit from one side, tinted, blurred and mirrored, so that each kernel has
something to do; noise and slopes of colour, which no drawing has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from edge.vision.probe import pictures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.manifest import Role


class _Shot(NamedTuple):
    """How a drawn face is shown.

    Attributes:
        face: Which.
        turn: In the picture's plane, degrees.
        gains: Of blue, green and red.
        light: How much brighter the right edge is than the left, as a factor's logarithm.
        blur: Pixels of the box that blurs it, of 112; 1 for none.
        mirrored: Left and right change places.
    """

    face: int
    turn: float = 0.0
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    light: float = 0.0
    blur: int = 1
    mirrored: bool = False


_FILLS: dict[Role, float] = {"detector": 0.5, "landmarks": 0.8, "embedder": 1.0, "liveness": 0.45}
"""What part of a model's picture the drawing's side is: as the pipeline would cut it."""

_SHOTS = (
    _Shot(0),
    _Shot(1),
    _Shot(2),
    _Shot(0, turn=12, gains=(1.25, 1.0, 0.7)),
    _Shot(1, turn=-9, light=1.2),
    _Shot(2, gains=(0.7, 1.0, 1.2), blur=5),
    _Shot(0, light=-1.5, mirrored=True),
    _Shot(1, gains=(0.35, 0.35, 0.35)),
    _Shot(2, turn=20, light=0.8, mirrored=True),
    _Shot(0, blur=7),
    _Shot(1, turn=5, gains=(1.4, 1.3, 1.2)),
    _Shot(2, turn=-15, gains=(1.1, 0.8, 0.9)),
)
_CELLS = (8, 14)


def drawn(role: Role, size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Return sixteen pictures, (height, width, 3) uint8 BGR each, the most telling first.

    Args:
        role: For which kind of model.
        size: (width, height) of the picture that it takes.
    """
    faces = [_shown(shot, size, _FILLS[role]) for shot in _SHOTS]
    others = [_slopes(size, turned=False), _noise(size, _CELLS[0]), _slopes(size, turned=True), _noise(size, _CELLS[1])]
    return [*faces[:4], *others[:2], *faces[4:], *others[2:]]


def _shown(shot: _Shot, size: tuple[int, int], fills: float) -> NDArray[np.uint8]:
    width, height = size
    face = pictures(width, height)[shot.face]
    if shot.mirrored:
        face = face[:, ::-1]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), shot.turn, fills)
    placed = cv2.warpAffine(
        np.ascontiguousarray(face), turn, size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    light = np.exp(np.linspace(-shot.light / 2, shot.light / 2, width))[None, :, None]
    lit = np.clip(placed * np.array(shot.gains) * light, 0, 255).astype(np.uint8)
    box = max(1, round(shot.blur * width / 112))
    return np.asarray(cv2.blur(lit, (box, box)), np.uint8)


def _slopes(size: tuple[int, int], *, turned: bool) -> NDArray[np.uint8]:
    """Blue grows to the right, red downwards, green both ways; or the other way round."""
    across, down = (np.linspace(0, 255, side).astype(np.uint8) for side in size)
    blue, red = np.broadcast_to(across, size[::-1]), np.broadcast_to(down[:, None], size[::-1])
    colours = (red, 255 - blue, blue) if turned else (blue, (blue // 2 + red // 2), red)
    return np.stack(colours, axis=-1)


def _noise(size: tuple[int, int], cells: int) -> NDArray[np.uint8]:
    """Coloured squares; a generator of our own, so that no library's next version changes them."""
    state, grey = 1, []
    for _ in range(cells * cells * 3):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        grey.append(state >> 16 & 0xFF)
    squares = np.array(grey, np.uint8).reshape(cells, cells, 3)
    rows, columns = np.arange(size[1]) * cells // size[1], np.arange(size[0]) * cells // size[0]
    return squares[rows][:, columns]
