"""Clips and pictures of live people and of attacks: which there are, and what the terminal's eyes see in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.app.replay import frames
from edge.errors import ConfigError, PictureError
from edge.eval.clips import SUFFIXES as CLIPS
from edge.eval.clips import Clip, announced_s, of_labels, play
from edge.vision.picture import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from edge.app.presentation import Moment, Watching
    from edge.config import Config
    from edge.values import Sighting
    from hw.base import Frame

LABELS = "labels.csv"
_WHOLE = 0.9
"""Of the length that a clip announces, which may be an estimate."""
PICTURES = SUFFIXES - {".tif", ".tiff"}  # a camera replays no TIFF


@dataclass(frozen=True, slots=True)
class Source:
    """One clip or picture.

    Attributes:
        file: Where it is.
        species: Which PAI species it shows; None for a live person (a bona fide presentation).
        person: Whose face it shows: its sub-folder, or what the labels say; None where that is not known.
    """

    file: Path
    species: str | None = None
    person: str | None = None

    @property
    def still(self) -> bool:
        """Whether it is a picture."""
        return self.file.suffix.lower() in PICTURES


@dataclass(frozen=True, slots=True)
class Showing:
    """How sources are shown.

    Attributes:
        fps: See at most so many frames a second of a clip; None for as many as the terminal looks at.
        still_s: For how long a picture stands still.
        window_s: Cut clips into presentations of so many seconds; None for one presentation each.
    """

    fps: float | None = None
    still_s: float = 3.0
    window_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """One presentation, and what was seen of it.

    Attributes:
        source: The clip or picture.
        part: Which part of its clip it is, from 1.
        moments: Its frames.
        whole: Whether its clip goes on as long as it announces; a broken one breaks off before.
    """

    source: Source
    part: int
    moments: tuple[Moment, ...]
    whole: bool = True

    @property
    def attack(self) -> bool:
        """Whether no live person stands there."""
        return self.source.species is not None

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """What its frames show."""
        return tuple(one.sighting for one in self.moments)


def of_live(folder: Path, labels: Path | None = None) -> tuple[Source, ...]:
    """Return the clips and pictures of live people; see `of_folder`."""
    return of_folder(folder, None, labels)


def of_attacks(folders: Sequence[Path]) -> tuple[Source, ...]:
    """Return the clips and pictures of attacks: each folder holds one PAI species, and is named like it.

    Raises:
        ConfigError: Two folders have one name.
        PictureError: As `of_folder`.
    """
    names = [folder.resolve().name for folder in folders]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ConfigError(
            f"--attacks names two folders of the species {twice}: put them into one folder, or rename one"
        )
    return tuple(one for folder, name in zip(folders, names, strict=True) for one in of_folder(folder, name))


def of_folder(folder: Path, species: str | None, labels: Path | None = None) -> tuple[Source, ...]:
    """Return the clips and pictures of a folder and its sub-folders, which are named like people.

    Args:
        folder: Where they are.
        species: What they show; None for live people.
        labels: A table with the columns clip,person, which then says which files count, and whose they are; without
            it `labels.csv` in the folder, if there is one.

    Raises:
        PictureError: The folder holds none, or it or the table cannot be read.
    """
    table = labels or folder / LABELS
    if labels is not None or table.is_file():
        return tuple(Source(one.file, species, one.person) for one in of_labels(folder, table))
    try:
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES.union(CLIPS))
    except OSError as error:
        raise PictureError(f"{folder}: cannot be read as a folder of clips: {error.strerror}") from error
    found = [file for file in files if not file.name.startswith(".") and not file.is_dir()]
    if not found:
        raise PictureError(f"{folder}: holds no clip (.mkv, .mp4, .avi, .mov, .webm …) and no picture (.jpg, .png …)")
    parts = ((file, file.relative_to(folder).parts) for file in found)
    return tuple(Source(file, species, part[0] if len(part) > 1 else None) for file, part in parts)


def check(sources: Sequence[Source], config: Config) -> None:
    """Refuse files that cannot be read, before an hour's work.

    Raises:
        HardwareError: One is neither a video nor a picture, or damaged; the message names it.
        PictureError: A file is there twice.
    """
    seen: dict[Path, Source] = {}
    for one in sources:
        other = seen.setdefault(one.file.resolve(), one)
        if other is not one:
            raise PictureError(f"{one.file}: is the same file as {other.file}: a presentation counts once")
        next(frames(config, one.file), None)


def watch(source: Source, config: Config, begin: Callable[[], Watching], showing: Showing) -> Iterator[Presentation]:
    """Look at a source with eyes that know nothing yet; yields its presentations.

    A rest of a clip that is shorter than half a window is left out, unless it is all there is.

    Args:
        source: The clip or picture.
        config: Sets the camera.
        begin: Opens the eyes afresh, for each presentation.
        showing: How it is shown.

    Raises:
        HardwareError: It is damaged; the message names it.
    """
    window = None if source.still else showing.window_s
    moments: list[Moment] = []
    eyes, part, since = begin(), 1, 0.0
    frame = None
    for frame in _frames(source, config, showing):
        if window is not None and frame.at >= since + window - 1e-9:
            yield Presentation(source, part, tuple(moments))
            moments, eyes, part, since = [], begin(), part + 1, since + window
        moments.append(eyes.look(frame))
    if window is None or part == 1 or (moments and moments[-1].sighting.at - since >= window / 2):
        whole = source.still or frame is None or _whole(source, frame.at + 1 / (showing.fps or config.camera.fps))
        yield Presentation(source, part, tuple(moments), whole)


def _whole(source: Source, end: float) -> bool:
    said = announced_s(source.file)
    return said is None or end >= _WHOLE * said


def _frames(source: Source, config: Config, showing: Showing) -> Iterator[Frame]:
    pace = showing.fps or config.camera.fps
    if not source.still:
        yield from play(Clip(source.file, source.person or ""), config, pace)
        return
    for shown in frames(config, source.file):
        for number in range(max(1, round(showing.still_s * pace))):
            yield replace(shown, at=number / pace, sequence=number)
