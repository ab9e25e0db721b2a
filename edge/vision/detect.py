"""Finds faces: BlazeFace's anchors decoded, and overlapping detections blended into one.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019): 16 x 16 cells with two
anchors and 8 x 8 cells with six; every anchor predicts a box and six keypoints around its centre, in input pixels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box, Face

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.config import DetectionSettings
    from edge.vision.infer import Model

    Detections = tuple[NDArray[np.float32], NDArray[np.float32]]  # as `blend` takes them, in pixels of the picture

_GRIDS = ((16, 2), (8, 6))
_LONGISH = 1.2  # from this ratio of the sides on, squares show a face noticeably larger
_LONGEST = 5.0  # a strip longer than this is no picture of a door, and would be searched for ever
_SHARED = 0.2
_PLACES = [0, *range(2, 8)]  # of the eight points of a detection, those that are places; the second is a size


def anchors() -> NDArray[np.float32]:
    """Return the anchors' centres: (896, 2) float32, x and y as fractions of the input's side."""
    rows = []
    for cells, each in _GRIDS:
        y, x = np.mgrid[0:cells, 0:cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        rows.append(np.repeat(centres, each, axis=0))
    return np.concatenate(rows).astype(np.float32)


class Detector:
    """Finds the faces of a picture."""

    def __init__(self, model: Model, settings: DetectionSettings) -> None:
        self._model = model
        self._overlap = settings.overlap
        # Comparing logits spares 896 exponentials a frame.
        least = float(np.clip(settings.min_score, 1e-6, 1 - 1e-6))
        self._least_logit = float(np.log(least / (1 - least)))
        self._centres = anchors() * model.size[0]
        self._canvas = np.zeros((model.size[1], model.size[0], 3), np.uint8)
        self._fitted: tuple[int, int] = (0, 0)

    def __call__(self, picture: NDArray[np.uint8]) -> list[Face]:
        """Return the faces, most certain first.

        The whole picture is searched, and then squares of its shorter side, which show smaller faces larger. What a
        square's inner edge cuts is left to its neighbour and to the whole picture.

        Args:
            picture: (height, width, 3) uint8, BGR, of any size.
        """
        small = picture
        while min(small.shape[:2]) >= 2 * self._model.size[0]:
            small = halved(small)
        found = [self._search(small)]
        found += [self._search_part(small, part) for part in squares(small.shape[1], small.shape[0])]
        points = np.concatenate([one for one, _ in found])
        points *= np.array([picture.shape[1] / small.shape[1], picture.shape[0] / small.shape[0]], np.float32)
        return blend(points, np.concatenate([scores for _, scores in found]), self._overlap)

    def _search_part(self, picture: NDArray[np.uint8], part: Box) -> Detections:
        left, top, right, bottom = int(part.left), int(part.top), int(part.right), int(part.bottom)
        points, scores = self._search(picture[top:bottom, left:right])
        points[:, _PLACES] += (left, top)
        low, high = points[:, 0] - points[:, 1] / 2, points[:, 0] + points[:, 1] / 2
        inside = ((low >= (left, top)) | (np.array([left, top]) == 0)).all(axis=1)
        inside &= ((high <= (right, bottom)) | (np.array([right, bottom]) == picture.shape[1::-1])).all(axis=1)
        return points[inside], scores[inside]

    def _search(self, picture: NDArray[np.uint8]) -> Detections:
        scale, left, top = self._letterbox(picture)
        boxes, scores = self._model.look(self._canvas)
        kept = np.flatnonzero(scores[0, :, 0] >= self._least_logit)
        points = boxes[0, kept].reshape(-1, 8, 2)
        points[:, _PLACES] += self._centres[kept, None] - np.array((left, top), np.float32)
        certainty = 1 / (1 + np.exp(-np.clip(scores[0, kept, 0], -80, 80)))
        return points / np.float32(scale), certainty

    def _letterbox(self, picture: NDArray[np.uint8]) -> tuple[float, int, int]:
        height, width = picture.shape[:2]
        side = self._model.size[0]
        scale = side / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (side - size[0]) // 2, (side - size[1]) // 2
        if size != self._fitted:
            self._canvas.fill(0)
            self._fitted = size
        inner = self._canvas[top : top + size[1], left : left + size[0]]
        while picture.shape[0] >= 2 * size[1] and picture.shape[1] >= 2 * size[0]:
            picture = halved(picture)
        cv2.resize(picture, size, dst=inner, interpolation=cv2.INTER_LINEAR)
        return scale, left, top


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture of half the size, each pixel the mean of two by two.

    One long linear step would skip most pixels, and an area average of any ratio costs several times as much.
    """
    half = (picture.shape[1] // 2, picture.shape[0] // 2)
    return np.asarray(cv2.resize(picture, half, interpolation=cv2.INTER_LINEAR), np.uint8)


def squares(width: int, height: int) -> list[Box]:
    """Return squares of the shorter side that cover a longish picture and overlap by a fifth; else none.

    Args:
        width: Pixels of the picture.
        height: Pixels of the picture.
    """
    side, length = min(width, height), max(width, height)
    if not _LONGISH * side <= length <= _LONGEST * side:
        return []
    count = math.ceil((length / side - _SHARED) / (1 - _SHARED))
    starts = [round(number * (length - side) / (count - 1)) for number in range(count)]
    if width > height:
        return [Box(start, 0, start + side, side) for start in starts]
    return [Box(0, start, side, start + side) for start in starts]


def blend(points: NDArray[np.float32], scores: NDArray[np.float32], overlap: float) -> list[Face]:
    """Blend detections that overlap into one face each, weighted by their scores (BlazeFace, section 3.4).

    Args:
        points: (n, 8, 2) float32: a box's centre, its width and height, six keypoints; pixels of the picture.
        scores: (n,) float32, 0 to 1.
        overlap: Least intersection over union of one face's detections.

    Returns:
        The faces, most certain first; each has the score of its best detection.
    """
    low, high = points[:, 0] - points[:, 1] / 2, points[:, 0] + points[:, 1] / 2
    areas = np.prod(np.maximum(high - low, 0), axis=1)
    left = np.argsort(-scores, kind="stable")
    faces = []
    while left.size:
        top = left[0]
        common = np.minimum(high[left], high[top]) - np.maximum(low[left], low[top])
        shared = np.prod(np.maximum(common, 0), axis=1)
        iou = shared / np.maximum(areas[left] + areas[top] - shared, 1e-9)
        group = iou >= overlap
        group[0] = True
        mine = left[group]
        weights = (scores[mine] / scores[mine].sum()).astype(np.float32)
        centre, size, *_ = mean = np.tensordot(weights, points[mine], axes=1)
        box = Box(*map(float, centre - size / 2), *map(float, centre + size / 2))
        faces.append(Face(box, float(scores[top]), mean[2:].astype(np.float32)))
        left = left[~group]
    return faces
