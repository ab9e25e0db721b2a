"""Makes the clips and writes them as videos without loss."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import cv2

from edge.errors import EdgeError
from edge.eval.attacks.recipe import stream
from edge.eval.attacks.render import render
from edge.eval.attacks.room import from_picture, made
from edge.eval.attacks.sources import frames as frames_of
from edge.eval.attacks.species import Species
from edge.vision.picture import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from edge.config import Config
    from edge.eval.attacks.light import Light, Pixels
    from edge.eval.attacks.recipe import Recipe
    from edge.eval.attacks.sources import Source

_CODEC = "FFV1"
"""Without loss: cues look at the noise of each frame, and a second compression would be none of the camera's."""


def make(
    planned: Sequence[tuple[Recipe, Source]],
    out: Path,
    config: Config,
    rooms: Mapping[str, Path],
    jobs: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Make clips; each source is read once.

    Args:
        planned: What is made of what.
        out: The folder to write to.
        config: Sets the camera that plays the sources.
        rooms: Where the photographs are that recipes name as backgrounds.
        jobs: How many clips are made at once.
        advance: Told of how many more are done.

    Raises:
        EdgeError: A clip cannot be written.
        HardwareError: A source is damaged.
        PictureError: A photograph is.
    """
    by_source: dict[Path, list[tuple[Recipe, Source]]] = {}
    for recipe, source in planned:
        by_source.setdefault(source.file, []).append((recipe, source))
    cv2.setNumThreads(1)  # clips are made side by side instead
    pool = ThreadPoolExecutor(jobs)
    try:
        for pairs in by_source.values():
            pixels = frames_of(pairs[0][1], config)
            for _ in pool.map(partial(_make, pixels=pixels, rooms=rooms, out=out), pairs):
                advance(1)
    finally:  # what is not begun is left when one fails or somebody interrupts
        pool.shutdown(cancel_futures=True)


def _make(pair: tuple[Recipe, Source], pixels: Sequence[Pixels], rooms: Mapping[str, Path], out: Path) -> None:
    recipe, source = pair
    file = out / recipe.clip
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EdgeError(f"{file.parent}: cannot be made as a folder: {error.strerror}; name another place") from error
    if recipe.species is Species.LIVE_SHIFT:
        _copy(source.file, file)
    else:
        record(file, render(recipe, source, pixels, _room(recipe, rooms)), recipe.fps, recipe.size)


def _room(recipe: Recipe, rooms: Mapping[str, Path]) -> Light:
    if recipe.room:
        return from_picture(read(rooms[recipe.room]), recipe.size)
    return made(recipe.size, stream(recipe.seed, recipe.clip, "room"))


def record(file: Path, pictures: Iterable[Pixels], fps: float, size: tuple[int, int]) -> None:
    """Write a video, whole or not at all.

    Args:
        file: Where; its ending names the container.
        pictures: Each (height, width, 3) uint8, BGR.
        fps: Frames a second.
        size: (width, height) in pixels.

    Raises:
        EdgeError: It cannot be written.
    """
    part = file.with_name(f".{file.stem}.part{file.suffix}")
    video = cv2.VideoWriter(str(part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*_CODEC), fps, size)
    try:
        if not video.isOpened():
            raise EdgeError(f"{file}: cannot be written as {_CODEC} video: is there room, and has OpenCV FFmpeg?")
        for picture in pictures:
            video.write(picture)
        video.release()
        part.replace(file)
    except OSError as error:
        raise EdgeError(f"{file}: cannot be written: {error.strerror}; name another place") from error
    finally:
        video.release()
        part.unlink(missing_ok=True)


def _copy(source: Path, file: Path) -> None:
    try:
        shutil.copyfile(source, file)
    except OSError as error:
        raise EdgeError(f"{file}: cannot be written: {error.strerror}; name another place") from error
