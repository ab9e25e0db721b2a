"""Long straight edges beside and above a face, and how far each moves across itself.

Segments are found once a window (von Gioi et al., "LSD: a Line Segment Detector", 2012) and joined to edges. From then
on an edge is not searched for again: the brightness across it, averaged along it, is looked for in later pictures a few
pixels to either side. That costs little, answers in fractions of a pixel, and needs no texture. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box

    Grey = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Sides = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_SEGMENT, _LENGTH = 0.2, 0.8  # of the face's width: the shortest piece, and the least that an edge's pieces make up
_OVERLAP = 0.6  # of the face's width that an edge runs alongside it
_NEAR, _FAR = 0.72, 3.0  # face widths from its middle; hair ends before the first
_CLOSE, _ABOVE, _BELOW = 0.48, 0.9, 0.5
"""The same for an edge that runs on straight, from so far above the face's middle to so far below: no hair does."""
_SLANT = np.sin(np.radians(25.0))
_TURN, _ASIDE = np.sin(np.radians(4.0)), 1.6  # pieces of one edge: angle, and pixels across it
_EACH = 4  # edges of a side that are followed
_SAMPLES, _ACROSS, _REACH = 10, 7, 8  # along half an edge; pixels to either side that are compared, and searched
_ALIKE = 0.8  # correlation from which half an edge is found again
_CONTRAST = 3.0  # least standard deviation across an edge, grey levels


class Side(IntEnum):
    """Where an edge runs."""

    LEFT = 0
    RIGHT = 1
    TOP = 2


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges around a face, in the picture they were found in.

    Attributes:
        ends: (n, 2, 2) float64, both ends (x, y) in pixels.
        sides: (n,) of `Side`.
        normals: (n, 2) float64, unit vectors across; they point to the right, or downwards for `Side.TOP`.
        profiles: (2n, 15) float64, the brightness across each half of each edge, less its mean, of unit length;
            zeros where there is too little contrast.
    """

    ends: Floats
    sides: Sides
    normals: Floats
    profiles: Floats

    def only(self, kept: Flags) -> Edges:
        """Return some of the edges: those where (n,) bool is true."""
        twice = np.repeat(kept, 2)
        return Edges(self.ends[kept], self.sides[kept], self.normals[kept], self.profiles[twice])


def find_edges(picture: Grey, box: Box) -> Edges:
    """Return the long edges beside and above a face.

    Args:
        picture: (height, width) uint8.
        box: The face, in pixels of the picture.
    """
    left, top = max(0, int(box.centre[0] - _FAR * box.width)), max(0, int(box.centre[1] - _FAR * box.width))
    right, bottom = (int(middle + _FAR * box.width) + 1 for middle in box.centre)
    part = np.ascontiguousarray(picture[top:bottom, left:right])
    found = None
    if min(part.shape) > 2 * _ACROSS:
        found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(part)[0]
    if found is None:
        return _measured(picture, np.empty((0, 2, 2)), np.empty(0, np.int64))
    segments = found.reshape(-1, 2, 2).astype(np.float64) + np.array([left, top])
    lengths = np.hypot(*(segments[:, 1] - segments[:, 0]).T)
    long = lengths >= _SEGMENT * box.width
    ends, sides = _beside(joined(segments[long], _LENGTH * box.width), box)
    return _measured(picture, ends, sides)


def joined(segments: Floats, least: float) -> Floats:
    """Return edges made of segments that lie on one line, longest first: (n, 2, 2) float64.

    Args:
        segments: (m, 2, 2) float64, ends in pixels.
        least: The pixels that an edge's segments must make up together.
    """
    along = segments[:, 1] - segments[:, 0]
    lengths = np.hypot(*along.T)
    order = np.argsort(-lengths)
    segments, along, lengths = segments[order], along[order] / np.maximum(lengths[order], 1e-9)[:, None], lengths[order]
    left = np.ones(len(segments), bool)
    edges = []
    for first in range(len(segments)):
        if not left[first]:
            continue
        way, start = along[first], segments[first, 0]
        aside = np.abs(_cross(way, segments - start)).max(axis=1)
        mine = left & (np.abs(_cross(way, along)) <= _TURN) & (aside <= _ASIDE)
        left &= ~mine
        if lengths[mine].sum() >= least:
            run = (segments[mine].reshape(-1, 2) - start) @ way
            edges.append(start + np.outer([run.min(), run.max()], way))
    return np.array(edges).reshape(-1, 2, 2)


def shifts(edges: Edges, picture: Grey, guess: Floats) -> Floats:
    """Return how far each edge has moved across itself: (n,) float64, pixels; NaN where it is not found again.

    Args:
        edges: As found.
        picture: A later picture of the same size.
        guess: (n,) float64, where to look; NaN counts as 0.
    """
    count = len(edges.sides)
    if not count:
        return np.empty(0)
    guess = np.nan_to_num(guess)
    wide = _across(picture, edges.ends, edges.normals, guess, _ACROSS + _REACH)
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * _ACROSS + 1, axis=1)
    windows = windows - windows.mean(axis=2, keepdims=True)
    size = np.maximum(np.linalg.norm(windows, axis=2), _CONTRAST)
    likeness = (windows @ edges.profiles[:, :, None])[..., 0] / size
    best = likeness.argmax(axis=1)
    inside = (best > 0) & (best < 2 * _REACH)
    rows, peak = np.arange(2 * count), np.clip(best, 1, 2 * _REACH - 1)
    low, mid, high = (likeness[rows, peak + step] for step in (-1, 0, 1))
    bend = np.minimum(low + high - 2 * mid, -1e-9)
    exact = peak - _REACH + np.clip((low - high) / (2 * bend), -0.5, 0.5)
    halves = np.where(inside & (likeness[rows, best] >= _ALIKE), exact, np.nan).reshape(count, 2)
    halves[np.abs(halves[:, 0] - halves[:, 1]) > _REACH / 2] = np.nan
    known = ~np.isnan(halves)
    mean = np.where(known, halves, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(np.where(known.any(axis=1), guess + mean, np.nan))


def shown(edges: Edges, picture: Grey) -> Flags:
    """Return for each edge whether a picture shows it in the same place: (n,) bool.

    Args:
        edges: As found.
        picture: Of the same size, such as the empty scene.
    """
    there = _unit(_across(picture, edges.ends, edges.normals, np.zeros(len(edges.sides)), _ACROSS))
    blank = ~edges.profiles.any(axis=1)
    same = (there * edges.profiles).sum(axis=1) >= _ALIKE
    return np.asarray((same | blank).reshape(-1, 2).all(axis=1) & ~blank.reshape(-1, 2).all(axis=1))


def _beside(edges: Floats, box: Box) -> tuple[Floats, Sides]:
    """Return the edges that run alongside the face at a fitting distance, and their sides."""
    middle, width = np.array(box.centre), max(box.width, 1.0)
    low, high = (edges.min(axis=1) - middle) / width, (edges.max(axis=1) - middle) / width
    along = edges[:, 1] - edges[:, 0]
    way = along / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    overlap = np.minimum(high, 0.5) - np.maximum(low, -0.5)
    # Where each edge passes the face's middle row, or column.
    across = np.zeros(len(edges))
    upright, level = np.abs(way[:, 0]) <= _SLANT, np.abs(way[:, 1]) <= _SLANT
    start = (edges[:, 0] - middle) / width
    across[upright] = (start[:, 0] - start[:, 1] * way[:, 0] / np.where(upright, way[:, 1], 1.0))[upright]
    across[level] = (start[:, 1] - start[:, 0] * way[:, 1] / np.where(level, way[:, 0], 1.0))[level]
    near = (np.abs(across) >= _NEAR) & (np.abs(across) <= _FAR)
    close = (np.abs(across) >= _CLOSE) & (low[:, 1] <= -_ABOVE) & (high[:, 1] >= _BELOW)
    upright &= (near | close) & (np.abs(across) <= _FAR) & (overlap[:, 1] >= _OVERLAP)
    masks = (upright & (across < 0), upright & (across > 0), level & near & (across < 0) & (overlap[:, 0] >= _OVERLAP))
    kept = [np.flatnonzero(mask)[:_EACH] for mask in masks]
    sides = np.repeat(np.arange(3, dtype=np.int64), [len(one) for one in kept])
    return edges[np.concatenate(kept)], sides


def _measured(picture: Grey, ends: Floats, sides: Sides) -> Edges:
    along = ends[:, 1] - ends[:, 0]
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    forward = np.where(sides == Side.TOP, normals[:, 1], normals[:, 0]) if len(sides) else np.empty(0)
    normals = normals * np.where(forward < 0, -1.0, 1.0)[:, None]
    profiles = _across(picture, ends, normals, np.zeros(len(ends)), _ACROSS)
    return Edges(ends, sides, normals, _unit(profiles))


def _unit(profiles: Floats) -> Floats:
    """Return profiles less their mean and of unit length; zeros where there is too little contrast."""
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    size = np.linalg.norm(profiles, axis=1, keepdims=True)
    least = _CONTRAST * np.sqrt(2 * _ACROSS + 1)
    return np.asarray(np.where(size >= least, profiles / np.maximum(size, 1e-9), 0.0))


def _across(picture: Grey, ends: Floats, normals: Floats, shift: Floats, reach: int) -> Floats:
    """Return the mean brightness across each half of each edge: (2n, 2 reach + 1) float64."""
    count = len(ends)
    if not count:
        return np.empty((0, 2 * reach + 1))
    share = (np.arange(2 * _SAMPLES) + 0.5) / (2 * _SAMPLES)
    along = ends[:, :1] + share[None, :, None] * (ends[:, 1:] - ends[:, :1])
    offsets = shift[:, None] + np.arange(-reach, reach + 1)
    places = along[:, :, None] + offsets[:, None, :, None] * normals[:, None, None]
    maps = places.reshape(count * 2 * _SAMPLES, 2 * reach + 1, 2).astype(np.float32)
    x, y = np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
    grey = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(grey.reshape(2 * count, _SAMPLES, -1).mean(axis=1, dtype=np.float64))


def _cross(way: Floats, others: Floats) -> Floats:
    return np.asarray(way[0] * others[..., 1] - way[1] * others[..., 0])
