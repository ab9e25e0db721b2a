"""Video clips of known people, and what the terminal's eyes see in them, looked at once."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2

from edge.app.replay import frames
from edge.errors import PictureError
from edge.vision.pipeline import Memory, see
from edge.vision.still import study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from edge.config import Config
    from edge.values import Embedding, Match, Sighting
    from edge.vision.pipeline import Eyes
    from edge.vision.still import Study
    from hw.base import Frame

SUFFIXES = (".mkv", ".mp4", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg")
_SHOWN_FAULTS = 5
_FPS = 30.0
_MOST_FRAMES = 1e7
"""A header that announces more was never filled in."""
"""For a video that does not say its own."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A video of somebody known.

    Attributes:
        file: Where it is.
        person: Who it shows.
    """

    file: Path
    person: str


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """What one frame showed, before anybody was searched for.

    Attributes:
        sighting: Without a match.
        probe: What a search would be asked with; None where the face was not good enough to be compared.
        seconds: How long seeing took on this machine, without the search.
    """

    sighting: Sighting
    probe: Embedding | None
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """What one clip showed."""

    clip: Clip
    glances: tuple[Glance, ...]


def of_labels(folder: Path, labels: Path) -> tuple[Clip, ...]:
    """Return the clips that a table with the columns clip,person names, in its order.

    Args:
        folder: Where the clips are.
        labels: The table, CSV in UTF-8; a clip may be named with or without the ending of its file.

    Raises:
        PictureError: The table cannot be read, or rows of it are wrong; they are named with their lines.
    """
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, skipinitialspace=True)
            if not {"clip", "person"} <= set(rows.fieldnames or ()):
                raise PictureError(f"{labels}: needs the columns clip,person in its first line")
            found = [(rows.line_num, (row["clip"] or "").strip(), (row["person"] or "").strip()) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PictureError(f"{labels}: cannot be read as a table in UTF-8: {error}") from error
    clips, faults = [], []
    taken: set[Path] = set()
    for line, name, person in found:
        file_or_fault = _find(folder, name) if person else "says nobody"
        if isinstance(file_or_fault, str):
            faults.append(f"line {line}: {file_or_fault}")
        elif file_or_fault in taken:
            faults.append(f"line {line}: {name} was named before")
        else:
            taken.add(file_or_fault)
            clips.append(Clip(file_or_fault, person))
    if faults or not clips:
        more = f" and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
        raise PictureError(f"{labels}: {'; '.join(faults[:_SHOWN_FAULTS]) or 'names no clip'}{more}")
    return tuple(clips)


def _find(folder: Path, name: str) -> Path | str:
    """Return the file of a clip, or what is wrong with its name."""
    if not name:
        return "names no clip"
    if (folder / name).is_file():
        return folder / name
    found = [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()]
    if len(found) != 1:
        return f"{name}: {'several files have' if found else 'no file has'} this name in {folder}"
    return found[0]


def play(clip: Clip, config: Config, fps: float | None = None) -> Iterator[Frame]:
    """Yield a clip's frames, each at its own time in the clip.

    Args:
        clip: Which.
        config: Sets the camera.
        fps: See only so many frames a second, as a slower machine would; None for all of them.

    Raises:
        HardwareError: It is no video, or damaged; the message names it.
    """
    own = _own_fps(clip.file)
    due = 0.0
    for number, frame in enumerate(frames(config, clip.file)):
        if fps is None or number / own >= due - 1e-9:
            due += 1 / fps if fps else 0.0
            yield replace(frame, at=number / own, sequence=number)


def watch(clip: Clip, config: Config, eyes: Eyes, fps: float | None = None) -> Footage:
    """Look at a clip through the product's own `see`.

    The matches are left open, so that one look serves any number of galleries.

    Args:
        clip: Which.
        config: Sets the camera.
        eyes: The stages of vision.
        fps: As for `play`.

    Raises:
        HardwareError: As `play`.
    """
    asked: list[Embedding] = []

    def note(probe: Embedding) -> Match | None:
        asked.append(probe)
        return None

    memory, glances = Memory(), []
    for frame in play(clip, config, fps):
        asked.clear()
        begun = time.perf_counter()
        sighting, memory = see(frame, memory, eyes, note)
        glances.append(Glance(sighting, asked[0] if asked else None, time.perf_counter() - begun))
    return Footage(clip, tuple(glances))


def best_frames(clip: Clip, config: Config, eyes: Eyes, count: int) -> list[Embedding]:
    """Return templates from a clip; see `best`.

    Args:
        clip: Which.
        config: Sets the camera.
        eyes: The stages of vision.
        count: How many templates to make at most.

    Raises:
        HardwareError: As `play`.
    """
    return best([study(frame.pixels, eyes) for frame in play(clip, config)], count)


def best(studies: Sequence[Study], count: int) -> list[Embedding]:
    """Return templates from consecutive frames: cut into so many equal stretches, each gives its best frame.

    The best has the highest quality score of those that pass every limit and show one face; a stretch without any
    gives none.

    Args:
        studies: The frames.
        count: How many stretches.
    """
    chosen = []
    for part in range(count):
        stretch = studies[len(studies) * part // count : len(studies) * (part + 1) // count]
        rated = [
            (one.quality.score, one.embedding)
            for one in stretch
            if one.faces == 1 and one.quality is not None and one.quality.good and one.embedding is not None
        ]
        if rated:
            chosen.append(max(rated, key=lambda pair: pair[0])[1])
    return chosen


def announced_s(file: Path) -> float | None:
    """Return how long a clip says it is, in seconds; None where it says nothing."""
    video = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
    try:
        said = video.get(cv2.CAP_PROP_FRAME_COUNT)
    finally:
        video.release()
    return said / _own_fps(file) if 0 < said < _MOST_FRAMES else None


def _own_fps(file: Path) -> float:
    video = cv2.VideoCapture(str(file), cv2.CAP_FFMPEG)
    try:
        said = video.get(cv2.CAP_PROP_FPS)
    finally:
        video.release()
    return said if 0 < said <= 1000 else _FPS
