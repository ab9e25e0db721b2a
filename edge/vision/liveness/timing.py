"""The cue of time: a picture that stands still, pictures that come back, times that are not a camera's. Pure.

Three parts, each judged by itself; the lowest score counts.

- The clock: frames whose time or number does not rise, or that come faster than any camera gives them.
- The scene, followed with and without a face: a run of one and the same picture, or the same but for a constant
  brightness; and pictures, equal to the last bit, that come back after others.
- The face: it moves less than any living face does, or a second of its movement is one that was there before
  (`returns`), which finds loops that were encoded anew.

A picture delivered twice, or every one of them, is no sign: cameras, compression and clips do that. Noise that repeats
in parts of a picture is none either: a compressed stream copies most of its blocks from one frame to the next.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box, Cue, Finding, Sign
from edge.vision.liveness.returns import likeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.liveness.view import View

_CELL = 8  # pixels of the grey picture a cell of the thumbnail stands for
_PATCH = 16  # cells across a face
_MEMORY_S = 13.0
"""How long pictures are remembered: loops of up to ten seconds are found."""
_LEAST_S = 0.5
_LEAST_PICTURES = 3
_EVERY_S = 0.25
_FAINTEST = 0.3  # grey levels a shift of 1 % must change: a face without contrast shows no movement
_STILL_S = 2.0
_STILL_FRAMES = 6
_CHANGE = 2  # grey levels by which a returning picture must differ from the one that returned before it
_RECENT_S = 3.0
_REOPENED_S = 1.0
_FORGIVEN_S = 10.0
_FASTEST_S = 1 / 250
_FINEST_S = 1 / 31  # no more pictures are remembered in a second, however fast the camera
_GAP_S = 0.3
_JUMP = 0.2  # boxes of two frames in a row that overlap by less are two faces
_IN_A_ROW = 4  # so many comparisons must find the same: somebody who only nods again is alike for a moment
_NAMED = 0.75  # from here on a score goes without a sign


@dataclass(frozen=True, slots=True)
class Clock:
    """What the frames' times and numbers were like: the last ones, breaches that fade, and the last intervals."""

    at: float = -math.inf
    sequence: int = 0
    breaches: float = 0.0
    steps: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The whole picture: the last one, since when and how often it stands, what was seen, and what came back."""

    grey: NDArray[np.uint8] | None = None
    thumb: NDArray[np.uint8] | None = None
    since: float = 0.0
    still_since: float = 0.0
    repeats: int = 0
    thumbs: tuple[tuple[float, NDArray[np.uint8]], ...] = ()
    seen: tuple[tuple[float, int], ...] = ()
    back: tuple[tuple[float, int, NDArray[np.uint8]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """The followed face: what it is compared with, how far it has moved since (% of its width), and the verdicts."""

    track: int | None = None
    last: Box | None = None
    box: Box | None = None
    patch: NDArray[np.float32] | None = None
    since: float = 0.0
    begun: float = 0.0
    frames: int = 0
    moved: float = 0.0
    stillest: float = math.inf
    compared: float = -math.inf
    returns: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """What the cue remembers; a fresh one knows nothing."""

    clock: Clock = field(default_factory=Clock)
    scene: Scene = field(default_factory=Scene)
    watch: Watch = field(default_factory=Watch)


def look(state: Timing, view: View) -> tuple[Timing, Finding]:
    """Return the state after a frame, and what time says of it so far."""
    if not math.isfinite(view.at) or view.grey.ndim != 2 or view.grey.size == 0:
        return state, Finding(Cue.TIME)
    if (view.at, view.sequence) == (state.clock.at, state.clock.sequence):
        return state, _finding(state, view)  # the same frame, looked at once more
    back = view.at <= state.clock.at
    clock = _ticked(state.clock, view)
    before = Timing() if back else state
    scene = _watched(before.scene, view)
    now = Timing(clock, scene, _followed(before.watch, scene, view))
    return now, _finding(now, view)


def _ticked(clock: Clock, view: View) -> Clock:
    step = view.at - clock.at
    if math.isinf(step):
        return Clock(view.at, view.sequence)
    breaches = clock.breaches * math.exp(-max(step, 0.0) / _FORGIVEN_S)
    if step <= 0 or (view.sequence <= clock.sequence and step < _REOPENED_S):
        breaches += 1
    steps = (*clock.steps, step)[-16:] if step > 0 else ()
    return Clock(view.at, view.sequence, breaches, steps)


def _watched(scene: Scene, view: View) -> Scene:
    thumb = _thumb(view.grey)
    if scene.grey is None or scene.thumb is None or scene.grey.shape != view.grey.shape:
        scene = Scene(since=view.at)
    elif _same(scene.grey, view.grey, scene.thumb, thumb):
        return replace(scene, grey=view.grey, repeats=scene.repeats + 1)
    mark = zlib.crc32(np.ascontiguousarray(view.grey).data)
    back = tuple(entry for entry in scene.back if view.at - entry[0] <= _RECENT_S)
    known = any(seen == mark and view.at - at >= _GAP_S for at, seen in scene.seen)
    if known and all(mark != other for _, other, _ in back) and (not back or _differ(back[-1][2], thumb)):
        back = (*back, (view.at, mark, thumb))
    thumbs, oldest = scene.thumbs, view.at - _MEMORY_S
    if not thumbs or view.at - thumbs[-1][0] >= _FINEST_S:
        thumbs = (*(entry for entry in thumbs if entry[0] >= oldest), (view.at, thumb))
    seen = (*(entry for entry in scene.seen if entry[0] >= oldest), (view.at, mark))
    return Scene(view.grey, thumb, scene.since, still_since=view.at, thumbs=thumbs, seen=seen, back=back)


def _thumb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = max(1, grey.shape[0] // _CELL), max(1, grey.shape[1] // _CELL)
    whole = grey[: rows * _CELL, : columns * _CELL]  # a whole factor is five times as fast
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8).reshape(rows, columns)


def _same(
    old: NDArray[np.uint8], new: NDArray[np.uint8], old_thumb: NDArray[np.uint8], new_thumb: NDArray[np.uint8]
) -> bool:
    """Whether nothing changed but a constant; the thumbnails settle it for nearly every frame."""
    if np.ptp(new_thumb.astype(np.int16) - old_thumb) > 2:
        return False
    return np.array_equal(old, new) or int(np.ptp(cv2.subtract(new, old, dtype=cv2.CV_16S))) <= 1


def _differ(old: NDArray[np.uint8], new: NDArray[np.uint8]) -> bool:
    return int(cv2.absdiff(old, new).max()) >= _CHANGE


def _followed(watch: Watch, scene: Scene, view: View) -> Watch:
    if view.track is None or view.track != watch.track:
        watch = Watch(view.track, begun=view.at)
    if view.track is None or view.box is None:
        return watch
    if watch.last is not None and watch.last.iou(view.box) < _JUMP:
        watch = Watch(view.track, begun=view.at)
    watch = replace(_moved(watch, view, view.box), last=view.box)
    if view.at - watch.compared < _EVERY_S:
        return watch
    part = _part(view)
    found = likeness([at for at, _ in scene.thumbs], np.stack([thumb[part].ravel() for _, thumb in scene.thumbs]))
    returns = watch.returns if found is None else (*watch.returns, found)[-_IN_A_ROW:]
    return replace(watch, compared=view.at, returns=returns)


def _moved(watch: Watch, view: View, box: Box) -> Watch:
    """Measure how far the face is from where it stood at the window's begin, and open the next window in time."""
    over = view.at - watch.since >= _STILL_S and watch.frames >= _STILL_FRAMES
    if watch.box is not None and watch.patch is not None and not over:
        patch = _patch(view.grey, watch.box, view.scale)
        apart = math.inf if patch is None else float(np.sqrt(np.mean((patch - watch.patch) ** 2)))
        return replace(watch, frames=watch.frames + 1, moved=max(watch.moved, apart / _percent(watch.patch)))
    patch = _patch(view.grey, box, view.scale)
    if patch is not None and _percent(patch) < _FAINTEST:
        patch = None
    stillest = min(watch.stillest, watch.moved) if over and watch.patch is not None else watch.stillest
    return replace(watch, box=box, patch=patch, since=view.at, frames=1, moved=0.0, stillest=stillest)


def _patch(grey: NDArray[np.uint8], box: Box, scale: float) -> NDArray[np.float32] | None:
    left, top, right, bottom = _corners(box, scale)
    part = grey[top:bottom, left:right]
    if min(part.shape) < _PATCH:
        return None
    cells = np.asarray(cv2.resize(part, (_PATCH, _PATCH), interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(cells - cells.mean(), np.float32)


def _corners(box: Box | None, scale: float) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in pixels of the grey picture, none negative; all 0 where there is no sound box."""
    if box is None:
        return 0, 0, 0, 0
    found = [side * scale for side in (box.left, box.top, box.right, box.bottom)]
    if not all(map(math.isfinite, found)):
        return 0, 0, 0, 0
    left, top, right, bottom = (int(max(side, 0.0)) for side in found)
    return left, top, right, bottom


def _percent(patch: NDArray[np.float32]) -> float:
    """By how much a shift of 1 % of the face's width would change the patch, grey levels RMS."""
    across, down = np.diff(patch, axis=0), np.diff(patch, axis=1)
    return float(np.sqrt((np.mean(across**2) + np.mean(down**2)) / 2)) * _PATCH / 100


def _part(view: View) -> tuple[slice, slice]:
    """The cells of the thumbnail under the face; none when it lies outside."""
    left, top, right, bottom = _corners(view.box, view.scale)
    if right <= left or bottom <= top:
        return slice(0, 0), slice(0, 0)
    return slice(top // _CELL, bottom // _CELL + 1), slice(left // _CELL, right // _CELL + 1)


def _finding(state: Timing, view: View) -> Finding:
    clock, scene, watch = state.clock, state.scene, state.watch
    marks = [
        (_clock_score(clock), Sign.OUT_OF_TIME),
        (_frozen_score(scene, view.at), Sign.FROZEN),
        (1.0 - 0.2 * len(scene.back) if len(scene.back) > 1 else 1.0, Sign.LOOPED),
    ]
    if watch.track is not None:
        loop = watch.returns
        marks.append((min(max(0.1 + watch.stillest, 0.4), 1.0), Sign.FROZEN))
        marks.append((min(max(loop) / 0.4, 1.0) if len(loop) == _IN_A_ROW else 1.0, Sign.LOOPED))
    score, sign = min(marks)
    if score < 1:
        return Finding(Cue.TIME, max(score, 0.0), sign if score < _NAMED else None)
    begun = scene.since if watch.track is None else watch.begun
    enough = view.at - begun >= _LEAST_S and len(scene.thumbs) >= _LEAST_PICTURES
    return Finding(Cue.TIME, 1.0 if enough else None)


def _clock_score(clock: Clock) -> float:
    hasty = len(clock.steps) == 16 and float(np.median(clock.steps)) < _FASTEST_S
    return min(max(1.0 - 0.45 * clock.breaches, 0.0), 0.4 if hasty else 1.0)


def _frozen_score(scene: Scene, at: float) -> float:
    """1 for as long as a picture may stand, by time and by count; 0 after 1.3 s of standing."""
    if scene.repeats < 3:
        return 1.0
    return min(max(1.3 - (at - scene.still_since), 0.0), 1.0)
