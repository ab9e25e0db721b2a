"""Dark glasses and masks are named, on drawn faces and on photographs; beards, clear glasses and shade are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.config import QualityLimits
from edge.values import Flaw
from edge.vision.covering import visible
from edge.vision.still import study
from tests.acting import Portrait, covered_eyes, covered_mouth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edge.vision.pipeline import Eyes
    from tests.acting import Pixels

    Colour = tuple[int, int, int]

LIMITS = QualityLimits()
RIGHT, LEFT = (38, 52), (73, 52)
PALE, BROWN, DARK = (165, 185, 220), (80, 110, 160), (40, 52, 75)
"""Skins, BGR."""


def drawn(skin: Colour = PALE) -> Pixels:
    """An aligned face with eyes, brows, a nose's shade and a mouth."""
    chip = np.full((112, 112, 3), skin, np.uint8)
    shade, dark = tuple(0.75 * part for part in skin), tuple(0.25 * part for part in skin)
    for x, y in (RIGHT, LEFT):
        cv2.ellipse(chip, (x, y - 10), (10, 2), 0, 0, 360, dark, -1)
        cv2.ellipse(chip, (x, y), (8, 4), 0, 0, 360, [min(1.2 * part, 255) for part in skin], -1)
        cv2.circle(chip, (x, y), 4, dark, -1)
    cv2.ellipse(chip, (56, 74), (8, 2), 0, 0, 360, shade, -1)
    cv2.ellipse(chip, (56, 92), (15, 4), 0, 0, 360, (0.6 * skin[0], 0.5 * skin[1], 0.85 * skin[2]), -1)
    cv2.line(chip, (42, 92), (70, 92), dark, 1)
    return np.asarray(cv2.GaussianBlur(chip, (0, 0), 1), np.uint8)


def lens(chip: Pixels, *eyes: tuple[int, int], colour: Colour = (22, 20, 20), width: int = -1) -> Pixels:
    worn = chip.copy()
    for eye in eyes:
        cv2.ellipse(worn, (eye[0], eye[1] + 1), (16, 12), 0, 0, 360, colour, width)
    return worn


def mask(chip: Pixels, colour: Colour) -> Pixels:
    worn = chip.copy()
    cv2.fillConvexPoly(worn, np.array([[18, 74], [56, 66], [94, 74], [84, 112], [28, 112]]), colour)
    return worn


def bearded(chip: Pixels) -> Pixels:
    """Dark hair round a mouth that is left as it is."""
    hair = np.random.default_rng(0).normal(38, 14, (112, 112, 1)).clip(5, 90).astype(np.uint8).repeat(3, axis=2)
    where = np.zeros((112, 112), np.uint8)
    cv2.ellipse(where, (56, 94), (40, 26), 0, 0, 360, 255, -1)
    where[:78] = 0
    cv2.ellipse(where, (56, 92), (15, 5), 0, 0, 360, 0, -1)
    return np.asarray(np.where(where[..., None] > 0, hair, chip), np.uint8)


def lit(chip: Pixels, first: float, last: float, *, across: bool = False) -> Pixels:
    """Light that falls off from top to bottom, or from left to right."""
    ramp = np.linspace(first, last, 112)
    return np.asarray((chip * (ramp[None, :, None] if across else ramp[:, None, None])).clip(0, 255), np.uint8)


def bare(chip: Pixels) -> tuple[bool, bool]:
    """Whether eyes and mouth pass the limits of the factory."""
    seen = visible(chip)
    return seen.eyes_visible >= LIMITS.min_eyes_visible, seen.mouth_visible >= LIMITS.min_mouth_visible


@pytest.mark.parametrize("skin", [PALE, BROWN, DARK])
def test_a_bare_face_is_bare_whatever_its_skin_and_its_light(skin: Colour) -> None:
    face = drawn(skin)
    assert bare(face) == (True, True)
    assert bare(lit(face, 1.2, 0.25)) == (True, True)
    assert bare(lit(face, 0.6, 1.1)) == (True, True)
    assert bare(lit(face, 0.4, 1.1, across=True)) == (True, True)


@pytest.mark.parametrize("skin", [PALE, BROWN])
def test_dark_glasses_cover_the_eyes_and_leave_the_mouth(skin: Colour) -> None:
    assert bare(lens(drawn(skin), RIGHT, LEFT)) == (False, True)


@pytest.mark.parametrize("eye", [RIGHT, LEFT])
def test_one_eye_that_is_seen_is_enough(eye: tuple[int, int]) -> None:
    assert bare(lens(drawn(), eye)) == (True, True)


def test_the_frame_of_clear_glasses_covers_nothing() -> None:
    assert bare(lens(drawn(), RIGHT, LEFT, width=2)) == (True, True)


@pytest.mark.parametrize("skin", [PALE, BROWN, DARK])
@pytest.mark.parametrize("colour", [(235, 235, 235), (215, 190, 130), (25, 25, 25), (40, 40, 170)])
def test_a_smooth_mask_of_another_colour_covers_the_mouth(skin: Colour, colour: Colour) -> None:
    worn = mask(drawn(skin), colour)
    assert not bare(worn)[1]
    assert not bare(lit(worn, 1.1, 0.7))[1]


def test_a_mask_that_light_from_above_shades_is_still_a_mask() -> None:
    """What falls off evenly is no mouth, though it stands out as much as a faint one."""
    assert not bare(lit(mask(drawn(), (150, 180, 210)), 0.5, 1.2))[1]
    assert visible(lit(mask(drawn(), PALE), 0.5, 1.2)).mouth_visible < 0.1


def test_a_fold_is_no_mouth_on_a_mask_that_is_as_light_as_the_skin() -> None:
    """Only its colour gives it away."""
    worn = mask(drawn(), (235, 190, 150))
    cv2.line(worn, (20, 92), (92, 92), (205, 165, 130), 2)
    assert not bare(worn)[1]


@pytest.mark.parametrize("kept", range(3))
def test_one_patch_of_skin_is_enough_to_know_its_colour(kept: int) -> None:
    """Hair falls between the brows, and thick frames lie under the eyes."""
    face = drawn()
    patches = [((26, 56), (43, 63)), ((69, 56), (86, 63)), ((49, 36), (64, 49))]
    for corners in patches[:kept] + patches[kept + 1 :]:
        cv2.rectangle(face, *corners, (15, 15, 15), -1)
    assert visible(face).mouth_visible == pytest.approx(visible(drawn()).mouth_visible, rel=0.1)


@pytest.mark.parametrize("skin", [PALE, BROWN, DARK])
def test_a_beard_is_no_mask(skin: Colour) -> None:
    assert bare(bearded(drawn(skin))) == (True, True)


def test_a_smooth_chin_of_the_skin_s_own_colour_is_no_bare_mouth() -> None:
    """Nothing stands out where a mouth belongs: it is not seen, whatever covers it."""
    assert visible(mask(drawn(), PALE)).mouth_visible < LIMITS.min_mouth_visible


@given(arrays.arrays(np.uint8, (112, 112, 3), elements=st.integers(0, 255)))
def test_both_are_shares_of_anything(chip: Pixels) -> None:
    assert all(0 <= share <= 1 for share in visible(chip))


@pytest.mark.pictures
@pytest.mark.parametrize("name", ["obama", "obama2", "obama3", "biden", "astronaut"])
@pytest.mark.parametrize(
    ("cover", "flaws"), [(None, ()), (covered_eyes, (Flaw.COVERED,)), (covered_mouth, (Flaw.COVERED,))]
)
def test_photographs_are_covered_when_something_is_put_over_them(
    name: str,
    cover: Callable[[Portrait], Portrait] | None,
    flaws: tuple[Flaw, ...],
    photographs: Mapping[str, Pixels],
    eyes: Eyes,
) -> None:
    portrait = Portrait.of(photographs[name], eyes)
    seen = study((cover(portrait) if cover else portrait).picture, eyes)
    assert seen.quality is not None
    assert seen.quality.flaws == flaws
