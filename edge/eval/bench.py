"""Times the product's own pipeline: each stage is wrapped where it is handed to `see`, and nothing is rebuilt."""

from __future__ import annotations

import dataclasses
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from edge.app.eyes import load_models, open_eyes
from edge.app.replay import frames as replayed
from edge.errors import EdgeError, PictureError
from edge.people.gallery import Gallery, Templates
from edge.values import Embedding, PersonId
from edge.vision import picture
from edge.vision.infer import RUNTIME
from edge.vision.pipeline import Memory, see

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.app.eyes import Models
    from edge.config import Config
    from edge.values import Match, Space
    from edge.vision.liveness.panel import Panel
    from edge.vision.pipeline import Eyes
    from hw.base import Frame

R = TypeVar("R")
_WARM_UP = 5
_DIMENSIONS = 512
_MANY = 50_000


class Timing(Struct, frozen=True):
    """How long one stage takes.

    Attributes:
        stage: Its name.
        median_ms: Half of the calls were quicker, milliseconds.
        p95_ms: Nineteen in twenty were.
        calls: How many were timed.
    """

    stage: str
    median_ms: float
    p95_ms: float
    calls: int


class BenchReport(Struct, frozen=True):
    """What this machine does (`edge bench --json`).

    Attributes:
        runtime: The TFLite runtime.
        threads: Threads a model may use.
        models: The bundles that ran.
        source: What was looked at.
        stages: The way of one frame, in its order.
        invoke: Each model alone.
        frame: A whole frame with a face.
        outside_share: The share of a frame's time that is spent outside the models' `invoke`.
        frames_per_s: How many frames with a face fit into a second.
        search: The search among so many templates.
        read_ms: How long one core takes to read the memory that 50,000 templates fill, milliseconds.
        read_gb_s: The same, GB/s.
        start_up_ms: From a new process to its first sighting.
        peak_rss_mb: The largest memory of this process before the search was timed, MB.
    """

    runtime: str
    threads: int
    models: tuple[str, ...]
    source: str
    stages: tuple[Timing, ...]
    invoke: tuple[Timing, ...]
    frame: Timing
    outside_share: float
    frames_per_s: float
    search: tuple[Timing, ...]
    read_ms: float
    read_gb_s: float
    start_up_ms: float
    peak_rss_mb: float


class Stopwatch:
    """Times calls by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def wrap(self, name: str, call: Callable[..., R]) -> Callable[..., R]:
        """Return the same call, timed under a name."""
        laps = self.seconds.setdefault(name, [])

        def timed(*args: object) -> R:
            begun = time.perf_counter()
            result = call(*args)
            laps.append(time.perf_counter() - begun)
            return result

        return timed

    def forget(self) -> None:
        """Start again, after warming up."""
        for laps in self.seconds.values():
            laps.clear()

    def total(self) -> float:
        """Return how long all of it took, seconds."""
        return sum(map(sum, self.seconds.values()))

    def timings(self) -> tuple[Timing, ...]:
        """Return what was timed, in the order it was wrapped."""
        return tuple(timing(name, laps) for name, laps in self.seconds.items() if laps)


def timing(stage: str, seconds: list[float]) -> Timing:
    """Return the median and the 95th percentile of some calls."""
    return Timing(stage, float(np.median(seconds)) * 1e3, float(np.percentile(seconds, 95)) * 1e3, len(seconds))


def bench(config: Config, source: Path, frames: int) -> BenchReport:
    """Time everything.

    Args:
        config: Names the models; trusted or not.
        source: A photograph with a face, or a folder of them.
        frames: How many frames to time.

    Raises:
        PictureError: There is no usable face in the source.
        ModelError: A model is missing or damaged.
    """
    photograph = _first_picture(source)
    models = load_models(config, trusted=False)
    start_up = _start_up_ms(config, photograph)
    runs, stages, whole = _time_frames(config, source, frames, models)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (frame,) = whole.timings()
    read_ms = _read_ms()
    return BenchReport(
        runtime=RUNTIME,
        threads=config.models.threads,
        models=tuple(model.bundle.name for model in models),
        source=str(source),
        stages=stages.timings(),
        invoke=runs.timings(),
        frame=frame,
        outside_share=1 - runs.total() / whole.total(),
        frames_per_s=1e3 / frame.median_ms,
        search=tuple(_search(size, models.embedder.bundle.space) for size in (1_000, 10_000, _MANY)),
        read_ms=read_ms,
        read_gb_s=_MANY * _DIMENSIONS * 4 / read_ms / 1e6,
        start_up_ms=start_up,
        peak_rss_mb=peak,
    )


def _time_frames(config: Config, source: Path, frames: int, models: Models) -> tuple[Stopwatch, Stopwatch, Stopwatch]:
    """Time the models alone, the stages and whole frames, after warming up."""
    runs, stages, whole = Stopwatch(), Stopwatch(), Stopwatch()
    for model in models:
        model.run = runs.wrap(model.bundle.name, model.run)  # type: ignore[method-assign]  # the one seam around invoke
    views = _frames(config, source, open_eyes(config, models=models))
    look = whole.wrap("whole frame", see)
    eyes = _timed(open_eyes(config, models=models), stages)
    search = stages.wrap("search 1,000 templates", _gallery(1_000, models.embedder.bundle.space).search)
    memory = Memory()
    for number in range(_WARM_UP + frames):
        if number == _WARM_UP:
            for watch in (runs, stages, whole):
                watch.forget()
        frame = dataclasses.replace(views[number % len(views)], at=number / config.camera.fps, sequence=number)
        # A fresh track each time, so that no frame is spared; what the cues remember goes on.
        _, memory = look(frame, Memory(cues=memory.cues), eyes, search)
    return runs, stages, whole


def _timed(eyes: Eyes, watch: Stopwatch) -> Eyes:
    return dataclasses.replace(
        eyes,
        detect=watch.wrap("detect", eyes.detect),
        mesh=watch.wrap("landmarks", eyes.mesh),
        liveness=watch.wrap("liveness", eyes.liveness) if eyes.liveness else None,
        embed=watch.wrap("embed", eyes.embed),
        panel=_timed_cues(eyes.panel, watch) if eyes.panel else None,
    )


def _timed_cues(panel: Panel, watch: Stopwatch) -> Panel:
    return dataclasses.replace(
        panel,
        surround=watch.wrap("surround", panel.surround),
        relief=watch.wrap("relief", panel.relief),
        screen=watch.wrap("screen", panel.screen),
        timing=watch.wrap("timing", panel.timing),
    )


def _frames(config: Config, source: Path, eyes: Eyes) -> list[Frame]:
    """Return the frames, of the camera's size, in which a face passes every stage."""
    found = []
    for frame in replayed(config, source):
        sighting, _ = see(frame, Memory(), eyes, lambda _: None)
        if sighting.quality is not None and sighting.quality.good:
            found.append(frame)
    if not found:
        raise PictureError(f"{source}: no picture with a face that is good enough to be judged")
    return found


def _gallery(size: int, space: Space) -> Gallery:
    vectors = np.random.default_rng(1).standard_normal((size, _DIMENSIONS), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = tuple(PersonId(f"p{number}") for number in range(size))
    return Gallery(Templates(space, people, np.arange(size + 1), vectors))


def _search(size: int, space: Space) -> Timing:
    gallery, watch = _gallery(size, space), Stopwatch()
    probe = Embedding(_unit(np.ones(_DIMENSIONS, np.float32)), space)
    search: Callable[[Embedding], Match | None] = watch.wrap(f"search {size:,} templates", gallery.search)
    for _ in range(30):
        search(probe)
    return watch.timings()[0]


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _read_ms() -> float:
    """Read the memory that 50,000 templates fill; the best of ten tries, milliseconds.

    The dot product of a block with itself waits for nothing but the memory; the `edge` command gives it one thread.
    """
    block = np.ones(_MANY * _DIMENSIONS, np.float32)
    laps = []
    for _ in range(10):
        begun = time.perf_counter()
        np.dot(block, block)
        laps.append(time.perf_counter() - begun)
    return min(laps) * 1e3


_FIRST_SIGHTING = """
import sys, msgspec
from pathlib import Path
from edge.app.eyes import open_eyes
from edge.config import Config
from edge.vision import picture
from edge.vision.still import study
config = msgspec.json.decode(sys.argv[1], type=Config)
study(picture.read(Path(sys.argv[2])), open_eyes(config, trusted=False))
"""


def _first_picture(source: Path) -> Path:
    path = next(picture.walk([source]), None)
    if path is None:
        raise PictureError(f"{source}: there are no pictures in there")
    picture.read(path)
    return path


def _start_up_ms(config: Config, photograph: Path) -> float:
    words = [sys.executable, "-c", _FIRST_SIGHTING, msgspec.json.encode(config).decode(), str(photograph)]
    begun = time.perf_counter()
    done = subprocess.run(words, check=False, capture_output=True, text=True)  # noqa: S603 (this program, and a path of the caller's)
    took_ms = (time.perf_counter() - begun) * 1e3
    if done.returncode:
        raise EdgeError(f"the start-up cannot be timed: {(done.stderr.splitlines() or ['it was killed'])[-1]}")
    return took_ms
