"""Attacks as they are photographed: a plane stays one, borders move with the face, and what is frozen is frozen."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.eval.attacks.camera import Camera
from edge.eval.attacks.light import to_light
from edge.eval.attacks.motion import Handling
from edge.eval.attacks.render import nearer, render
from edge.eval.attacks.screen import Glare, Paper, Screen
from edge.eval.attacks.species import Species
from edge.eval.attacks.surface import Outline, draw
from tests.unit.attack_builders import (
    APART,
    HEIGHT,
    PERFECT,
    TREMBLING,
    WIDTH,
    dots,
    flat,
    person_clip,
    photographed,
    recipe,
    room,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PAPER = Paper((0.8, 0.8, 0.8), black=0.02)
PHONE = Outline(width=3, height=4, above=2, beside=1.5, border=0.4, chin=0.4, colour=(0.005, 0.005, 0.005))


def _tracked(frames: list[Numbers], spacing: int = 20) -> list[Numbers]:
    """Where each dot near the middle of the first frame is in each frame, followed from frame to frame."""
    y, x = np.mgrid[80:161:spacing, 100:221:spacing]
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    found = []
    for frame in frames:
        for _ in range(8):
            points = np.array([_centre(frame[..., 1], *point) for point in points])
        found.append(points)
    return found


def _centre(grey: Numbers, x: float, y: float, reach: int = 7) -> tuple[float, float]:
    left, top = round(x) - reach, round(y) - reach
    part = grey[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    weight = np.clip(part - part.max() * 0.6, 0, None)
    rows, columns = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())


def _off_a_plane(points: list[Numbers]) -> float:
    """The root mean square distance, in pixels, that is left when each frame is fitted to the first as a plane."""
    left = []
    for there in points[1:]:
        fitted = cv2.findHomography(points[0], there)[0]
        again = cv2.perspectiveTransform(points[0][None], fitted)[0]
        left.append(np.sqrt(((again - there) ** 2).sum(axis=1).mean()))
    return float(max(left))


MOVING = Handling(sway_mm=6, depth_mm=20, yaw_deg=20, pitch_deg=10, roll_deg=3)


def test_a_print_follows_a_homography_and_moves() -> None:
    made = photographed(
        recipe(Species.PRINT_FILLING, paper=PAPER, handling=MOVING, frames=10, fps=30.0, period=1), [dots()]
    )
    points = _tracked(made)
    assert np.abs(points[-1] - points[0]).max() > 2
    assert _off_a_plane(points) < 0.1


def test_a_bent_print_follows_none() -> None:
    made = photographed(
        recipe(Species.PRINT_FILLING, paper=PAPER, handling=MOVING, bend=0.3, frames=10, fps=30.0, period=1), [dots()]
    )
    assert _off_a_plane(_tracked(made)) > 0.2


def test_a_print_on_a_stand_differs_by_its_noise_only() -> None:
    still = recipe(Species.PRINT_STILL, paper=PAPER, outline=PHONE, period=1)
    clean = photographed(still, [dots()])
    assert all(np.array_equal(clean[0], frame) for frame in clean[1:])
    noisy = photographed(recipe(Species.PRINT_STILL, paper=PAPER, outline=PHONE, period=1, camera=Camera()), [dots()])
    steps = [other - one for one, other in pairwise(noisy)]
    assert all((step != 0).mean() > 0.3 for step in steps)
    assert all(abs(step.mean()) < 0.1 for step in steps)


def test_a_print_shows_one_frame_and_a_screen_the_clip() -> None:
    pictures = [flat(level) for level in (60, 80, 100, 120)]
    paper = photographed(recipe(Species.PRINT_FILLING, paper=PAPER, period=1, frames=4), pictures)
    screen = photographed(recipe(Species.PHONE_FILLING, screen=Screen(5000), frames=4), pictures)
    assert [frame.mean() for frame in paper] == pytest.approx([paper[0].mean()] * 4)
    assert np.diff([frame.mean() for frame in screen]).min() > 10


def test_a_source_that_ends_early_stays_on_its_last_frame() -> None:
    pictures = [flat(60), flat(200)]
    made = photographed(recipe(Species.PHONE_FILLING, screen=Screen(5000), frames=4), pictures)
    assert made[1].mean() == made[2].mean() == made[3].mean() > made[0].mean()


def test_the_bezel_moves_with_the_face_and_the_room_stands_still() -> None:
    picture = flat(150)
    cv2.circle(picture, (WIDTH // 2, HEIGHT // 2), 12, (255, 255, 255), -1)
    sway = Handling(sway_mm=40, tremor_mm=1)
    asked = recipe(Species.PHONE_REPLAY, screen=Screen(5000), outline=PHONE, handling=sway, frames=12, eyes_px=25.0)
    made = photographed(asked, [picture], room(0.4))
    faces = np.array([_middle(np.clip(frame[..., 1] - 150, 0, None)) for frame in made])
    bezels = np.array([_middle(np.clip(90 - frame[..., 1], 0, None)) for frame in made])
    assert np.ptp(faces, axis=0).max() > 5
    assert faces - bezels == pytest.approx(np.repeat([(faces - bezels).mean(axis=0)], len(made), axis=0), abs=0.5)
    assert all(np.array_equal(made[0][:, :15], frame[:, :15]) for frame in made)


def _middle(weight: NDArray[np.bool_] | Numbers) -> tuple[float, float]:
    rows, columns = np.indices(weight.shape)
    return float((weight * columns).sum() / weight.sum()), float((weight * rows).sum() / weight.sum())


def test_the_eyes_are_as_far_apart_and_where_they_were_asked_to_be() -> None:
    picture = flat(100)
    for x in ((WIDTH - APART) / 2, (WIDTH + APART) / 2):
        cv2.circle(picture, (int(x), HEIGHT // 2), 4, (255, 255, 255), -1)
    outline = Outline(width=3, height=3, above=1.5, beside=1.5)
    for kind in ({"paper": PAPER}, {"screen": Screen(5000)}):
        asked = recipe(Species.PRINT_STILL, outline=outline, place=(0.4, 0.6), eyes_px=60.0, frames=1, **kind)
        (made,) = photographed(asked, [picture], room(0.02))
        rows, columns = np.nonzero(made[..., 1] > 0.95 * made[..., 1].max())
        left, right = columns[columns < 0.4 * WIDTH].mean(), columns[columns > 0.4 * WIDTH].mean()
        assert right - left == pytest.approx(60, abs=1)
        assert (left + right) / 2 == pytest.approx(0.4 * WIDTH, abs=1)
        assert rows.mean() == pytest.approx(0.6 * HEIGHT, abs=1)


def test_a_screen_glows_and_paper_does_not() -> None:
    shown = {"outline": PHONE, "frames": 1}
    lights = {}
    dim, bright = {"screen": Screen(5000)}, {"screen": Screen(5000, glow=4)}
    for name, kind in (("paper", {"paper": PAPER}), ("dim", dim), ("bright", bright)):
        (made,) = photographed(recipe(Species.PHONE_STILL, **shown, **kind), [flat(200)], room(0.2))
        light = to_light(made.astype(np.uint8))
        lights[name] = float(light[HEIGHT // 2, WIDTH // 2, 1] / light[10, 10, 1])
    assert lights["dim"] == pytest.approx((0.578 + 0.012) / 0.2, rel=0.03)
    assert lights["bright"] == pytest.approx((4 * 0.578 + 0.012) / 0.2, rel=0.03)
    assert lights["paper"] == pytest.approx((0.578 * 0.78 + 0.02) / 0.2, rel=0.03)


def test_a_sheet_that_turns_away_from_the_lamp_gets_darker() -> None:
    rocking = Handling(yaw_deg=25)
    lit = recipe(Species.PRINT_FILLING, paper=PAPER, handling=rocking, lamp=(0.7, 0.0), period=1, frames=15)
    means = [frame.mean() for frame in photographed(lit, [flat(150)])]
    assert np.ptp(means) > 5
    ahead = recipe(Species.PRINT_FILLING, paper=PAPER, handling=rocking, period=1, frames=15)
    assert np.ptp([frame.mean() for frame in photographed(ahead, [flat(150)])]) < np.ptp(means)


def test_a_mirrored_lamp_is_a_bright_patch_that_runs_as_the_glass_turns() -> None:
    glare, camera = Glare(strength=2.0, size=0.3), Camera(psf_px=0.3, shot=0, read=0, jpeg=0, exposure_ev=-1.5)
    still = recipe(Species.PHONE_FILLING, screen=Screen(5000, glow=0.3), glare=glare, camera=camera, frames=1)
    (made,) = photographed(still, [flat(100)])
    assert _middle(made[..., 1] > 0.9 * made[..., 1].max()) == pytest.approx((WIDTH / 2, HEIGHT / 2), abs=2)
    rocking = Handling(yaw_deg=2)
    turned = recipe(
        Species.PHONE_FILLING, screen=Screen(5000, glow=0.3), glare=glare, camera=camera, frames=12, handling=rocking
    )
    places = [_middle(frame[..., 1] > 0.9 * frame[..., 1].max())[0] for frame in photographed(turned, [flat(100)])]
    # Two degrees turn the mirrored lamp by four: 0.07 of the distance, which is focal length over eye distance.
    assert np.ptp(places) > 10


def test_a_coarse_screen_shows_moire_through_a_sharp_lens() -> None:
    sharp = Camera(psf_px=0.15, aperture=0.5, shot=0, read=0, jpeg=0)
    coarse = recipe(Species.MONITOR_STILL, screen=Screen(1.05 * APART), camera=sharp, frames=1)
    fine = recipe(Species.MONITOR_STILL, screen=Screen(40 * APART), camera=sharp, frames=1)
    (striped,), (plain,) = photographed(coarse, [flat()]), photographed(fine, [flat()])
    assert plain.std() == 0
    assert striped.std() > 3
    assert abs(striped[..., 0] - striped[..., 2]).max() > 10


def test_frozen_is_the_same_frame_to_the_last_bit_although_the_camera_is_noisy() -> None:
    pictures = [flat(level) for level in (60, 120, 180)]
    made = photographed(recipe(Species.REPLAY_FROZEN, start=1, period=1, camera=Camera()), pictures)
    assert all(np.array_equal(made[0], frame) for frame in made[1:])


def test_a_loop_comes_again_exactly_after_its_period_and_not_before() -> None:
    pictures = [flat(level) for level in (60, 120, 180, 240)]
    made = photographed(recipe(Species.REPLAY_LOOP, period=3, frames=9, camera=Camera()), pictures)
    for number, frame in enumerate(made):
        same = [other for other in range(9) if np.array_equal(frame, made[other])]
        assert same == [other for other in range(9) if other % 3 == number % 3]


def test_the_live_control_gets_fresh_noise_even_where_the_clip_stands_still() -> None:
    made = photographed(recipe(Species.LIVE_ZOOM, camera=Camera()), [flat()] * 5)
    assert all((one != other).mean() > 0.3 for one, other in pairwise(made))


def test_the_live_control_is_nearer_and_never_shows_the_clips_edge() -> None:
    eyes = person_clip([flat()]).middle
    for place in ((0.5, 0.5), (0.1, 0.9)):
        for apart in (10.0, 40.0, 100.0):
            there = nearer(recipe(Species.LIVE_ZOOM, place=place, eyes_px=apart), eyes, (WIDTH, HEIGHT))
            assert there[0, 0] == pytest.approx(max(1.0, apart / APART))
            left_top, right_bottom = there @ [0, 0, 1], there @ [WIDTH, HEIGHT, 1]
            assert (left_top[:2] <= 1e-9).all()
            assert (right_bottom[:2] >= [WIDTH - 1e-9, HEIGHT - 1e-9]).all()


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    def made(seed: int) -> list[Numbers]:
        asked = recipe(paper=PAPER, outline=PHONE, handling=TREMBLING, camera=Camera(), seed=seed, bend=0.1)
        return photographed(asked, [dots()])

    one, same, other = made(1), made(1), made(2)
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_an_artefact_that_has_left_the_picture_leaves_the_room() -> None:
    away = recipe(Species.PHONE_STILL, screen=Screen(5000), outline=PHONE, place=(9.0, 0.5), frames=1)
    (made,) = photographed(away, [flat()])
    assert made.std() == 0


def test_a_large_photograph_is_printed_without_aliasing() -> None:
    fine = np.random.default_rng(1).integers(0, 2, (HEIGHT * 4, WIDTH * 4)) * 255
    picture = np.repeat(fine[..., None], 3, axis=2).astype(np.uint8)
    source = person_clip([picture])
    large = {0: (source.middle - source.middle.mean(axis=0)) * 6 + source.middle.mean(axis=0)}
    asked = recipe(Species.PRINT_FILLING, paper=PAPER, period=1, frames=1, camera=PERFECT)
    (made,) = render(asked, replace(source, eyes=large), [picture], room())
    assert made[20:-20, 20:-20].astype(float).std() < 25


@pytest.mark.parametrize("seed", range(6))
def test_a_hand_is_somebodys_its_arm_leaves_the_picture(seed: int) -> None:
    drawn = draw(msgspec.structs.replace(PHONE, hand=True), 10.0, np.random.default_rng(seed), 6.0)
    covered = drawn.over[..., 3]
    left, top = -drawn.to_eyes[:2, 2] * 10.0  # the middle of the eyes
    assert covered[round(top), round(left)] < 0.01
    assert max(covered[0].max(), covered[-1].max(), covered[:, 0].max(), covered[:, -1].max()) == pytest.approx(1.0)
