"""A head before a wall as a camera films it, and what the cue of time says of it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box, Finding, Sign
from edge.vision.liveness.timing import Timing, look
from edge.vision.liveness.view import view_of
from hw.base import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

SUSPECT, DENY = 0.6, 0.2
FACE = Box(110, 70, 210, 170)
RANDOM = np.random.default_rng(4)


def texture(rows: int, columns: int, size: tuple[int, int]) -> Picture:
    coarse = RANDOM.integers(40, 215, (rows, columns, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.uint8)


ROOM = texture(12, 16, (320, 240))
SKIN = texture(9, 9, (140, 140))


@dataclass(frozen=True)
class Shot:
    """A picture, when it was taken, and the box and track of the face in it."""

    at: float
    picture: Picture
    box: Box | None = FACE
    track: int | None = 1


def pose(t: float) -> tuple[float, float]:
    """Where a head is after t seconds, in pixels: nobody comes by the same way twice within minutes."""
    across = 5 * math.sin(2.1 * t) + 4 * math.sin(3.3 * t * (1 + 0.04 * math.sin(0.37 * t)))
    return across, 4 * math.sin(1.7 * t + 1) + 2 * math.sin(5.03 * t)


def person(t: float, noise: float = 2.0) -> Picture:
    """A head before a wall, t seconds into its life, with the sensor's fresh noise."""
    x, y = pose(t)
    skin = cv2.getRectSubPix(SKIN, (100, 100), (70 + x, 70 + y))
    picture = ROOM.copy()
    picture[70:170, 110:210] = skin
    return noisy(picture, noise)


NOISE = RANDOM.normal(0, 1, (340, 420, 3)).astype(np.float32)


def noisy(picture: Picture, level: float) -> Picture:
    """The picture under fresh noise: a random part of much noise, ten times as fast as noise made anew."""
    if not level:
        return picture
    (top, left), (height, width) = RANDOM.integers(0, 100, 2), picture.shape[:2]
    noise = NOISE[top : top + height, left : left + width] * np.float32(level)
    return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)


def filmed(seconds: float, fps: float, show: Callable[[float], Picture] = person) -> list[Shot]:
    return [Shot(index / fps, show(index / fps)) for index in range(round(seconds * fps) + 1)]


def looped(period_s: float, seconds: float, fps: float, change: Callable[[Picture], Picture]) -> list[Shot]:
    pictures = [person(index / fps) for index in range(round(period_s * fps))]
    shown = itertools.islice(itertools.cycle(pictures), round(seconds * fps) + 1)
    return [Shot(index / fps, change(picture)) for index, picture in enumerate(shown)]


def unchanged(picture: Picture) -> Picture:
    return picture


def grainy(picture: Picture) -> Picture:
    return noisy(picture, 3.0)


def encoded_anew(picture: Picture) -> Picture:
    _, data = cv2.imencode(".jpg", noisy(picture, 1.0), [cv2.IMWRITE_JPEG_QUALITY, 75])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def faceless(shots: Iterable[Shot]) -> list[Shot]:
    return [replace(shot, box=None, track=None) for shot in shots]


def seen(shots: Iterable[Shot], state: Timing | None = None) -> tuple[Timing, list[Finding]]:
    state, findings = state or Timing(), []
    for number, shot in enumerate(shots, state.clock.sequence + 1):
        view = view_of(Frame(shot.picture, shot.at, number))
        state, finding = look(state, replace(view, box=shot.box, track=shot.track))
        findings.append(finding)
    return state, findings


def judged(shots: Iterable[Shot]) -> list[Finding]:
    return seen(shots)[1]


def lowest(findings: Sequence[Finding]) -> float:
    return min(finding.score for finding in findings if finding.score is not None)


def signs(findings: Sequence[Finding]) -> set[Sign]:
    return {finding.sign for finding in findings if finding.sign is not None}
