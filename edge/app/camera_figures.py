"""The terminal's running figures of its camera: rate, age, brightness; numbers alone, and no picture (S6).

They are of the frames that the terminal looked at. A camera is faster than a terminal that is busy with a face: what
it exposed meanwhile is counted as missed, whether the sensor or the driver dropped it or nobody asked for it.
"""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.app.places import Places
    from hw.base import Frame

EVERY_S = 2.0
FRESH_S = 10.0
_KEPT = 300
_SETTLED = 10
_WITHIN = 0.05
_STRIDE = 32


class CameraFigures(Struct, frozen=True, kw_only=True):
    """What the terminal says of its camera, now and then.

    Attributes:
        at: When, monotonic seconds.
        frames: How many frames were looked at since it began.
        width: Pixels across,
        height: and down.
        rate: Frames a second, of the newest few hundred frames, as all that follows.
        age_p50_s: Seconds from the start of exposure to the end of the decision, for half of them at most,
        age_p95_s: and for 95 of 100 at most.
        missed: How many exposures are missing between them, judged by the usual distance,
        due: of how many.
        settled_s: After how many seconds ten frames in a row were equally bright, within 5 %; null before that.
    """

    at: float
    frames: int
    width: int
    height: int
    rate: float
    age_p50_s: float
    age_p95_s: float
    missed: int
    due: int
    settled_s: float | None


class Pace:
    """Counts a camera's frames."""

    def __init__(self) -> None:
        self._frames = 0
        self._began = 0.0
        self._seen: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._bright: deque[float] = deque(maxlen=_SETTLED)
        self._settled_s: float | None = None
        self._size = (0, 0)

    def look(self, frame: Frame, now: float) -> None:
        """Take a frame that was decided on at `now`, monotonic seconds."""
        self._frames += 1
        if self._frames == 1:
            self._began = frame.at
        self._size = (frame.pixels.shape[1], frame.pixels.shape[0])
        self._seen.append((frame.at, now - frame.at))
        if self._settled_s is None:
            self._bright.append(float(frame.pixels[::_STRIDE, ::_STRIDE].mean()))
            if len(self._bright) == _SETTLED and _even(self._bright):
                self._settled_s = frame.at - self._began

    def figures(self, now: float) -> CameraFigures | None:
        """Return the figures of `now`, monotonic seconds; None before there are two frames."""
        if len(self._seen) < 2:
            return None
        times, ages = [at for at, _ in self._seen], sorted(age for _, age in self._seen)
        steps = [after - before for before, after in pairwise(times)]
        usual, span = median(steps), times[-1] - times[0]
        missed = sum(max(0, round(step / usual) - 1) for step in steps) if usual > 0 else 0
        return CameraFigures(
            at=now,
            frames=self._frames,
            width=self._size[0],
            height=self._size[1],
            rate=len(steps) / span if span > 0 else 0.0,
            age_p50_s=ages[(len(ages) - 1) // 2],
            age_p95_s=ages[-(-len(ages) * 95 // 100) - 1],
            missed=missed,
            due=len(steps) + missed,
            settled_s=self._settled_s,
        )


class Telling:
    """Keeps the newest figures in a file beside the terminal's socket: on a device that is memory, and no card."""

    def __init__(self, here: Places, clock: Callable[[], float] = time.monotonic) -> None:
        """Take where the file is to be, and the clock of `Frame.at`."""
        self._path = _file(here)
        self._clock = clock
        self._pace = Pace()
        self._due = float("-inf")

    def look(self, frame: Frame) -> None:
        """Take a frame that was decided on; a disk that does not take the figures holds nobody up."""
        now = self._clock()
        self._pace.look(frame, now)
        figures = self._pace.figures(now) if now >= self._due else None
        if figures is None:
            return
        self._due = now + EVERY_S
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(figures))
            fresh.replace(self._path)
        except OSError:
            return


def running(here: Places, now: float) -> CameraFigures | None:
    """Return what a terminal that runs says of its camera; None where none does, or said so lately.

    Args:
        here: Where its files are.
        now: Monotonic seconds.
    """
    try:
        found = msgspec.json.decode(_file(here).read_bytes(), type=CameraFigures)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if 0 <= now - found.at <= FRESH_S else None


def _file(here: Places) -> Path:
    return here.terminal_socket.with_name("camera.json")


def _even(values: deque[float]) -> bool:
    return max(values) - min(values) <= _WITHIN * max(*values, 1.0)
