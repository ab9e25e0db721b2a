"""Sources and recipes of attacks, small and made here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.eval.attacks.camera import Camera
from edge.eval.attacks.motion import Handling
from edge.eval.attacks.recipe import Recipe
from edge.eval.attacks.render import render
from edge.eval.attacks.sources import Source
from edge.eval.attacks.species import CONTROLS, Species

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

WIDTH, HEIGHT, APART = 320, 240, 40.0
PERFECT = Camera(psf_px=0.3, shot=0.0, read=0.0, jpeg=0)
"""Neither noise nor compression."""
TREMBLING = Handling(
    sway_mm=20, depth_mm=20, yaw_deg=20, pitch_deg=12, roll_deg=8, tremor_mm=0.4, tremor_deg=0.2
)  # fmt: skip


def person_clip(pictures: list[Pixels], fps: float = 10.0, person: str = "ann", name: str = "a.avi") -> Source:
    """A clip whose eyes are level around its middle; the pictures are to be handed to `render` themselves."""
    height, width = pictures[0].shape[:2]
    eyes = np.array([[(width - APART) / 2, height / 2], [(width + APART) / 2, height / 2]])
    return Source(Path(name), person, fps, len(pictures), (width, height), {0: eyes})


def dots(spacing: int = 20) -> Pixels:
    """Bright round dots on grey, at every multiple of the spacing."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    from_dot = [(one + spacing / 2) % spacing - spacing / 2 for one in (x, y)]
    bright = 60 + 180 * np.exp(-(from_dot[0] ** 2 + from_dot[1] ** 2) / (2 * 2.5**2))
    return np.repeat(bright[..., None], 3, axis=2).astype(np.uint8)


def flat(level: int = 128) -> Pixels:
    """One grey everywhere."""
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def recipe(species: Species = Species.PRINT_SHEET, **changed: object) -> Recipe:
    """An attack with the eyes in the middle of the picture, unless it is said otherwise."""
    given: dict[str, object] = {
        "clip": f"{species}/ann.avi",
        "person": "ann",
        "species": species,
        "bona_fide": species in CONTROLS,
        "source": "a.avi",
        "eyes_px": APART,
        "frames": 5,
        "fps": 10.0,
        "start": 0,
        "period": 0,
        "place": (0.5, 0.5),
        "room": "",
        "seed": 1,
        "size": (WIDTH, HEIGHT),
        "camera": PERFECT,
    }
    return Recipe(**{**given, **changed})  # type: ignore[arg-type]  # each test says what it changes


def room(light: float = 0.3) -> NDArray[np.float32]:
    """A bare wall."""
    return np.full((HEIGHT, WIDTH, 3), light, np.float32)


def photographed(
    asked: Recipe, pictures: list[Pixels], behind: NDArray[np.float32] | None = None
) -> list[NDArray[np.float64]]:
    """All frames of an attack, as numbers that may be subtracted."""
    made = render(asked, person_clip(pictures), pictures, room() if behind is None else behind)
    return [frame.astype(np.float64) for frame in made]
