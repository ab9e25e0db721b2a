"""What one attack is made of, every parameter drawn from a seed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from edge.eval.attacks.camera import Camera
from edge.eval.attacks.motion import Handling
from edge.eval.attacks.screen import Glare, Paper, Screen
from edge.eval.attacks.species import CONTROLS, FILLING, PRINTS, SCREENS, STILL, Species
from edge.eval.attacks.surface import Outline

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[float, float], float]

_PAPER_MM, _TABLET_MM, _MONITOR_MM = (45.0, 70.0), (28.0, 40.0), (45.0, 65.0)
_PHONE_WIDTH_MM = (62.0, 74.0)


class Recipe(Struct, frozen=True):
    """One clip to be made.

    Attributes:
        clip: Its file, below the folder that is written.
        person: Who it shows.
        species: What kind of attack or control it is.
        bona_fide: Whether it is a control: the person was there.
        source: The clip or photograph that is shown.
        eyes_px: How far the eyes are apart in it, in pixels, as long as what shows them faces the camera.
        frames: How many it has.
        fps: Frames a second.
        start: The first frame of the source that is shown; of a print the only one.
        period: After so many frames the source is shown from its start again; 0 for never.
        place: Where the middle of the eyes is at rest, in widths and heights of the picture.
        room: The photograph behind it; empty for a made room, or where there is none to be seen.
        seed: Of the draws, together with the clip's name.
        size: (width, height) in pixels.
        eye_mm: How far the eyes are apart on the artefact.
        lamp: Where the room's light comes from: how much to the right and below, for each unit towards the artefact.
        bend: Of a bent sheet, how much at most: one over its radius in eye distances.
        outline: The artefact's shape; null without one.
        handling: How it is held.
        paper: Of a print.
        screen: Of a replay on a screen.
        glare: The lamp that is mirrored in it.
        camera: What photographs it.
    """

    clip: str
    person: str
    species: Species
    bona_fide: bool
    source: str
    eyes_px: float
    frames: int
    fps: float
    start: int
    period: int
    place: tuple[float, float]
    room: str
    seed: int
    size: tuple[int, int]
    eye_mm: float = 63.0
    lamp: tuple[float, float] = (0.0, 0.0)
    bend: float = 0.0
    outline: Outline | None = None
    handling: Handling = Handling()
    paper: Paper | None = None
    screen: Screen | None = None
    glare: Glare = Glare()
    camera: Camera = Camera()


def stream(seed: int, *names: str) -> np.random.Generator:
    """Return draws that belong to names: what else is made, and in which order, changes nothing."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


class Wanted(Struct, frozen=True):
    """What is asked of a recipe.

    Attributes:
        clip: Its file, below the folder that is written.
        species: The kind.
        person: Who is shown.
        source: The clip or photograph.
        shown: How many frames the source has.
        looked: The frames of the source in which eyes were found.
        eyes_px: The distance of the eyes.
        frames: How many frames are made.
        fps: Frames a second.
        rooms: Photographs to choose the background from.
        size: (width, height) in pixels.
        seed: Of the draws.
    """

    clip: str
    species: Species
    person: str
    source: str
    shown: int
    looked: tuple[int, ...]
    eyes_px: float
    frames: int
    fps: float
    rooms: tuple[str, ...]
    size: tuple[int, int]
    seed: int


def drawn(wanted: Wanted) -> Recipe:
    """Draw the recipe of one clip; it depends on nothing but its arguments."""
    rng = stream(wanted.seed, wanted.clip, "recipe")
    among = rng.uniform
    kind = wanted.species
    still = kind in PRINTS or kind is Species.REPLAY_FROZEN
    period = int(rng.integers(*_loop(wanted.fps, wanted.shown))) if kind is Species.REPLAY_LOOP else 0
    start = int(rng.choice(wanted.looked)) if still else 0
    room = str(rng.choice(wanted.rooms)) if wanted.rooms else ""
    recipe = Recipe(
        clip=wanted.clip,
        person=wanted.person,
        species=kind,
        bona_fide=kind in CONTROLS,
        source=wanted.source,
        eyes_px=wanted.eyes_px,
        frames=wanted.frames,
        fps=wanted.fps,
        start=start,
        period=1 if still else period,
        place=(among(0.42, 0.58), among(0.36, 0.52)),
        room=room if kind in PRINTS | SCREENS else "",
        seed=wanted.seed,
        size=wanted.size,
        camera=_camera(among, rng),
    )
    if kind in PRINTS:
        return _print(recipe, among, rng)
    return _replay(recipe, among, rng) if kind in SCREENS else recipe


def _loop(fps: float, shown: int) -> tuple[int, int]:
    longest = max(2, min(round(1.2 * fps), shown))
    return max(1, min(round(0.5 * fps), longest - 1)), longest


def _camera(among: Draw, rng: np.random.Generator) -> Camera:
    return Camera(
        focal=among(0.75, 1.1),
        psf_px=among(0.25, 0.7),
        defocus_px=among(0.0, 0.9),
        aperture=among(0.4, 1.0),
        exposure_ev=among(-0.8, 0.5),
        white=(among(0.9, 1.12), among(0.9, 1.12)),
        shot=10 ** among(-4.0, -3.2),
        read=10 ** among(-3.0, -2.4),
        chroma=among(0.3, 0.9),
        jpeg=int(rng.integers(82, 96)),
    )


def _held(among: Draw, *, bold: bool) -> Handling:
    """Return how somebody holds it: some keep it as still as they can, some move and rock it to look alive."""
    turn = among(10, 25) if bold else among(2, 10)
    return Handling(
        sway_mm=among(8, 40) if bold else among(2, 12),
        depth_mm=among(5, 50) if bold else among(2, 12),
        yaw_deg=turn,
        pitch_deg=among(0.2, 0.8) * turn,
        roll_deg=among(0.1, 0.6) * turn,
        tremor_mm=among(0.15, 0.6),
        tremor_deg=among(0.05, 0.35),
    )


def _print(recipe: Recipe, among: Draw, rng: np.random.Generator) -> Recipe:
    kind = recipe.species
    white = among(0.7, 0.88)
    tone = white * among(0.92, 1.03), white, white * among(0.97, 1.05)
    glossy = rng.random() < 0.4
    width = among(3.6, 5.5)
    height = width * (among(1.2, 1.42) if rng.random() < 0.75 else among(0.7, 0.85))
    outline = Outline(
        width=width,
        height=height,
        above=height * among(0.34, 0.46),
        beside=width * among(0.44, 0.56),
        border=among(0.06, 0.14) if kind is Species.PRINT_CUTOUT else among(0.08, 0.45),
        chin=among(0.08, 0.45),
        colour=tone,
        cutout=kind is Species.PRINT_CUTOUT,
        hand=kind not in STILL,
    )
    if kind is Species.PRINT_CUTOUT:
        outline = replace(outline, width=6.2, height=7.5, above=2.4, beside=3.1)
    changed = {
        "eye_mm": among(*_PAPER_MM),
        "lamp": (among(-0.7, 0.7), among(-0.9, 0.1)),
        "outline": None if kind in FILLING else outline,
        "handling": Handling() if kind in STILL else _held(among, bold=bool(rng.random() < 0.5)),
        "bend": among(0.06, 0.3) * float(rng.choice([-1, 1])) if kind is Species.PRINT_BENT else 0.0,
        "paper": Paper(tone, among(0.015, 0.07), among(0.85, 1.3)),
        "glare": _glare(among, among(0.05, 0.8) if glossy else 0.0, among(0.5, 1.6)),
    }
    return replace(recipe, **changed)


def _replay(recipe: Recipe, among: Draw, rng: np.random.Generator) -> Recipe:
    kind = recipe.species
    black = rng.random() < 0.85
    bezel = (among(0.006, 0.03) if black else among(0.4, 0.75),) * 3
    if kind is Species.TABLET_REPLAY:
        width, eye_mm, across = among(5.0, 7.5), among(*_TABLET_MM), among(1280, 2048)
        outline = _shape(width, width * among(0.68, 1.33), (0.35, 0.6), (0.35, 0.6), among)
    elif kind is Species.MONITOR_STILL:
        width, eye_mm, across = among(8.0, 14.0), among(*_MONITOR_MM), among(1366, 1920)
        outline = _shape(width, width * among(0.56, 0.63), (0.15, 0.4), (0.15, 0.5), among)
    elif rng.random() < 0.7:  # a phone held upright
        width = among(2.8, 4.2)
        eye_mm, across = among(*_PHONE_WIDTH_MM) / width, among(720, 1440)
        outline = _shape(width, width * among(1.78, 2.16), (0.07, 0.3), (0.1, 0.8), among)
    else:
        height = among(3.2, 5.0)
        width = height * among(1.78, 2.16)
        eye_mm, across = among(*_PHONE_WIDTH_MM) / height, among(1280, 2560)
        outline = _shape(width, height, (0.1, 0.8), (0.07, 0.3), among)
    outline = replace(outline, colour=bezel, hand=kind not in STILL, corner=among(0.0, 0.25))
    banded = rng.random() < 0.4
    screen = Screen(
        pitch=across / outline.width,
        glow=2 ** among(-1.0, 1.5),
        gamma=among(0.85, 1.25),
        tint=(among(1.0, 1.3), among(0.85, 1.02)),
        black=among(0.0005, 0.004),
        reflects=among(0.002, 0.02),
        banding=among(0.03, 0.25) if banded else 0.0,
        bands=among(0.5, 3.0),
        band_hz=among(-4.0, 4.0),
    )
    shines = among(0.1, 2.0) if rng.random() < 0.6 else 0.0
    place = recipe.place
    if kind is Species.TABLET_REPLAY:  # to one side, so that one of its edges tends to be out of sight
        place = among(0.3, 0.7), among(0.3, 0.6)
    return replace(
        recipe,
        place=place,
        eye_mm=eye_mm,
        outline=None if kind in FILLING else outline,
        handling=Handling() if kind in STILL else _held(among, bold=bool(rng.random() < 0.4)),
        screen=screen,
        glare=_glare(among, shines, among(0.1, 0.35)),
    )


def _shape(width: float, height: float, border: tuple[float, float], chin: tuple[float, float], among: Draw) -> Outline:
    return Outline(
        width=width,
        height=height,
        above=height * among(0.32, 0.46),
        beside=width * among(0.42, 0.58),
        border=among(*border),
        chin=among(*chin),
    )


def _glare(among: Draw, strength: float, size: float) -> Glare:
    return Glare(strength, size, (among(-2.5, 2.5), among(-3.0, 2.0)))
