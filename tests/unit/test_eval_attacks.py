"""The parts that attacks are made of: light, motion, perspective, screens, cameras and rooms obey physics."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.eval.attacks.camera import Camera, expose, gain
from edge.eval.attacks.geometry import homography, inverse, plane, rotation, unrolled
from edge.eval.attacks.light import to_light, to_pixels, toned
from edge.eval.attacks.motion import Handling, poses
from edge.eval.attacks.room import from_picture, made
from edge.eval.attacks.screen import Paper, Screen, bands, emitted, moire, printed
from edge.eval.attacks.surface import Outline, draw
from tests.unit.attack_builders import PERFECT, dots, room

TIMES = np.arange(0, 20, 1 / 60)
SMALL = st.floats(-0.4, 0.4)


def test_every_pixel_comes_back_from_its_light() -> None:
    numbers = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(to_pixels(to_light(numbers)), numbers)
    assert to_light(np.array([[255, 188, 0]], np.uint8))[0] == pytest.approx([1.0, 0.503, 0.0], abs=2e-3)


def test_what_is_too_bright_or_too_dark_is_clipped() -> None:
    assert to_pixels(np.array([[-1.0, 7.0]], np.float32)).tolist() == [[0, 255]]


def test_a_stand_does_not_move() -> None:
    still = poses(Handling(), TIMES, np.random.default_rng(1))
    assert not still.shift.any()
    assert not still.turn.any()


@given(st.integers(0, 10_000))
def test_a_hand_goes_no_further_than_asked(seed: int) -> None:
    moved = poses(Handling(sway_mm=20, depth_mm=30, yaw_deg=25, roll_deg=5), TIMES, np.random.default_rng(seed))
    assert (np.abs(moved.shift).max(axis=0) <= [20, 20, 30]).all()
    yaw, pitch, roll = np.degrees(np.abs(moved.turn)).max(axis=0)
    assert yaw <= 25
    assert pitch == 0
    assert roll <= 5


def test_a_hand_trembles_at_4_to_12_hertz_as_much_as_asked_and_wanders_below() -> None:
    trembling = poses(Handling(tremor_mm=0.5), TIMES, np.random.default_rng(3)).shift[:, 0]
    wandering = poses(Handling(sway_mm=5), TIMES, np.random.default_rng(3)).shift[:, 0]
    hertz = np.fft.rfftfreq(len(TIMES), 1 / 60)
    for motion, low, high in ((trembling, 3.8, 12.2), (wandering, 0.0, 1.3)):
        power = np.abs(np.fft.rfft(motion * np.hanning(len(TIMES)))) ** 2
        assert power[(hertz >= low) & (hertz <= high)].sum() > 0.999 * power.sum()
    assert trembling.std() == pytest.approx(0.5, rel=0.05)


@given(SMALL, SMALL, SMALL)
def test_a_rotation_keeps_lengths_and_angles(yaw: float, pitch: float, roll: float) -> None:
    spun = rotation(np.array([yaw, pitch, roll]))
    assert spun @ spun.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(spun) == pytest.approx(1)


def test_a_surface_that_faces_the_camera_is_seen_to_scale() -> None:
    seen = homography(np.zeros(3), np.array([1.0, 0.0, 10.0]), 500, (320, 240))
    there = seen @ np.array([[0, 0, 1], [1, 0, 1], [0, 2, 1]]).T
    assert pytest.approx(np.array([[370, 240], [420, 240], [370, 340]])) == (there[:2] / there[2]).T


def test_a_turned_surface_is_smaller_on_the_side_that_is_further_away() -> None:
    seen = homography(np.radians([20.0, 0, 0]), np.array([0, 0, 10.0]), 500, (320, 240))
    heights = []
    for x in (-2, 2):
        top, bottom = (seen @ [x, y, 1] for y in (-1, 1))
        heights.append(bottom[1] / bottom[2] - top[1] / top[2])
    assert heights[0] > 1.1 * heights[1] or heights[1] > 1.1 * heights[0]


@given(SMALL, SMALL, SMALL)
def test_what_a_pixel_sees_lands_on_that_pixel(yaw: float, pitch: float, roll: float) -> None:
    seen = homography(np.array([yaw, pitch, roll]), np.array([0.3, -0.2, 9.0]), 300, (32, 24))
    x, y = plane(seen, (5, 3, 60, 45))
    back = seen @ np.array([x[10, 20], y[10, 20], 1.0])
    assert back[:2] / back[2] == pytest.approx([25, 13], abs=1e-2)


@given(SMALL, SMALL, SMALL, st.floats(0.02, 0.3), st.sampled_from([-1, 1]))
def test_a_bent_sheet_is_seen_where_its_points_are(
    yaw: float, pitch: float, roll: float, bend: float, side: int
) -> None:
    turn, place, radius = np.array([yaw, pitch, roll]), np.array([0.2, 0.1, 9.0]), side / bend
    seen = homography(turn, place, 300, (160, 120))
    x, y = unrolled(seen, turn, place, side * bend, (0, 0, 320, 240))
    for row, column in ((120, 160), (100, 190), (140, 135)):
        arc, down = float(x[row, column]), float(y[row, column])
        point = np.array([radius * np.sin(arc / radius), down, radius * (1 - np.cos(arc / radius))])
        there = rotation(turn) @ point + place
        assert 300 * there[:2] / there[2] + [160, 120] == pytest.approx([column, row], abs=0.05)


def test_a_sheet_that_is_hardly_bent_is_flat() -> None:
    turn, place = np.array([0.1, 0.2, 0.0]), np.array([0, 0, 9.0])
    seen = homography(turn, place, 300, (160, 120))
    bent, level = (unrolled(seen, turn, place, bend, (0, 0, 320, 240)) for bend in (2e-4, 0.0))
    assert bent[0] == pytest.approx(level[0], abs=0.01)
    assert bent[1] == pytest.approx(level[1], abs=0.01)


def test_a_print_reflects_from_its_black_to_its_white() -> None:
    tones = printed(Paper((0.7, 0.8, 0.9), black=0.05, contrast=1.2))
    assert tones[0] == pytest.approx([0.05] * 3)
    assert tones[255] == pytest.approx([0.7, 0.8, 0.9])
    assert (np.diff(tones, axis=0) > 0).all()


def test_a_screen_glows_by_its_gamma_and_tint() -> None:
    half = np.full((1, 1, 3), 188, np.uint8)  # half of white's light
    usual = toned(half, emitted(Screen(100, glow=2, black=0, reflects=0)))[0, 0]
    steep = toned(half, emitted(Screen(100, glow=2, gamma=2, tint=(1.3, 0.9), black=0.01, reflects=0.02)))[0, 0]
    assert usual == pytest.approx([1.0, 1.0, 1.0], abs=0.01)
    assert steep == pytest.approx([0.5 * 1.3 + 0.03, 0.53, 0.5 * 0.9 + 0.03], abs=0.01)


def test_a_screen_is_dimmed_in_bands_that_wander() -> None:
    screen = Screen(100, banding=0.2, bands=2, band_hz=1)
    rows = np.linspace(0, 1, 201, dtype=np.float32)
    first = bands(screen, rows, 0.0)
    assert first.max() == pytest.approx(1)
    assert first.min() == pytest.approx(0.8)
    assert first[:101] == pytest.approx(first[100:], abs=1e-5)  # two of them
    assert bands(screen, rows, 0.5) != pytest.approx(first, abs=0.05)
    assert bands(screen, rows, 1.0) == pytest.approx(first, abs=1e-5)


@pytest.mark.parametrize("pitch", [0.93, 1.04, 2.1])
def test_moire_is_what_the_camera_makes_of_the_screens_stripes(pitch: float) -> None:
    """The stripes are drawn finely, blurred and averaged over each pixel: no formula but the screen's own picture."""
    fine, size, aperture = 60, 20, 0.7
    where = (np.arange(size * fine) + 0.5) / fine - 0.5
    x, y = pitch * where[None, :] + 0 * where[:, None], pitch * where[:, None] + 0 * where[None, :]
    lit = np.stack([_stripes(x - (1 - colour) / 3, y) for colour in range(3)], axis=2)
    near = np.abs(np.arange(fine) - (fine - 1) / 2) < aperture * fine / 2
    seen = lit.reshape(size, fine, size, fine, 3)[:, near][:, :, :, near].mean(axis=(1, 3))
    grid = np.meshgrid(pitch * np.arange(size, dtype=np.float32), pitch * np.arange(size, dtype=np.float32))
    found = moire(grid[0], grid[1], aperture, 0.0)
    assert found is not None
    wave = seen / lit.mean() - 1
    assert wave.std() > 0.02
    # The longest waves are drawn, not all of them.
    assert np.corrcoef(wave.ravel(), found.ravel() - 1)[0, 1] > 0.97
    assert found.std() == pytest.approx(wave.std(), rel=0.15)


def _stripes(x: np.typing.NDArray[np.float64], y: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
    """A stripe of each colour in each pixel of a screen, centred on whole numbers."""
    inside = (np.abs((x + 0.5) % 1 - 0.5) < 0.14) & (np.abs((y + 0.5) % 1 - 0.5) < 0.4)
    return inside.astype(np.float64)


def test_a_soft_lens_sees_no_moire() -> None:
    grid = np.meshgrid(np.arange(30, dtype=np.float32), np.arange(20, dtype=np.float32))
    assert moire(1.04 * grid[0], 1.04 * grid[1], 0.7, 0.0) is not None
    assert moire(1.04 * grid[0], 1.04 * grid[1], 0.7, 1.0) is None


def test_an_exposure_makes_the_average_middle_grey_and_a_stop_doubles_it() -> None:
    usual = gain(room(0.3), Camera())
    assert usual * 0.3 == pytest.approx(0.18)
    assert gain(room(0.3), Camera(exposure_ev=1)) == pytest.approx(2 * usual)


def test_the_white_balance_scales_blue_and_red() -> None:
    seen = expose(room(), Camera(white=(1.2, 0.8), shot=0, read=0, jpeg=0), 1.0, np.random.default_rng(1))
    assert to_light(seen)[5, 5] == pytest.approx([0.36, 0.3, 0.24], abs=3e-3)


def test_noise_grows_with_light_and_is_the_cameras_own() -> None:
    camera = Camera(psf_px=0.1, shot=4e-4, read=2e-3, chroma=0.0, jpeg=0)
    spread = {}
    for light in (0.05, 0.4):
        seen = to_light(expose(room(light), camera, 1.0, np.random.default_rng(1)))[..., 1]
        spread[light] = float(seen.std())
        assert float(seen.mean()) == pytest.approx(light, rel=0.02)
    for light, found in spread.items():
        assert found == pytest.approx((light * 4e-4 + 2e-3**2) ** 0.5, rel=0.1)


def test_each_frame_has_noise_of_its_own() -> None:
    rng, camera = np.random.default_rng(1), Camera(jpeg=0)
    one, other = (expose(room(), camera, 0.6, rng).astype(float) for _ in range(2))
    assert (one != other).mean() > 0.5
    assert abs(np.corrcoef(one.ravel() - one.mean(), other.ravel() - other.mean())[0, 1]) < 0.02


def test_compression_is_left_out_or_done_as_asked() -> None:
    scene = to_light(dots())
    plain, packed = (
        expose(scene, Camera(psf_px=0.1, shot=0, read=0, jpeg=quality), 1.0, np.random.default_rng(1))
        for quality in (0, 85)
    )
    assert not np.array_equal(plain, packed)
    back = cv2.imdecode(cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)
    assert np.array_equal(packed, np.asarray(back))


def test_a_blurred_camera_sees_softer_edges() -> None:
    scene = to_light(dots())
    sharp, soft = (
        expose(scene, Camera(psf_px=0.3, defocus_px=blur, shot=0, read=0, jpeg=0), 1.0, np.random.default_rng(1))
        for blur in (0.0, 2.0)
    )
    assert soft.std() < 0.85 * sharp.std()
    assert Camera(psf_px=3, defocus_px=4).blur_px == pytest.approx(5)
    assert PERFECT.blur_px == pytest.approx(0.3)


def test_a_photograph_of_a_room_fills_the_picture_with_its_middle() -> None:
    picture = np.zeros((100, 400, 3), np.uint8)
    picture[:, 150:250] = 255
    light = from_picture(picture, (320, 240))
    assert light.shape == (240, 320, 3)
    assert light[120, 160] == pytest.approx([1, 1, 1])
    assert light[120, 20] == pytest.approx([0, 0, 0], abs=0.01) or light[120, 20] == pytest.approx([1, 1, 1])


def test_a_made_room_is_a_room_of_its_seed() -> None:
    one, same, other = (made((160, 120), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == (120, 160, 3)
    assert np.array_equal(one, same)
    assert not np.allclose(one, other)
    assert one.min() >= 0
    assert one.std() > 0.01


SHEET = Outline(width=4, height=5, above=2, beside=2, border=0.3, chin=0.2, colour=(0.7, 0.8, 0.9))


def _covered(outline: Outline, x: float, y: float) -> tuple[float, float]:
    """How much a place, in eye distances, shows of the person and of the border."""
    drawn = draw(outline, 30, np.random.default_rng(4), 1.0)
    column, row, _ = np.round(inverse(drawn.to_eyes) @ [x, y, 1]).astype(int)
    return float(drawn.shown[row, column]), float(drawn.over[row, column, 3])


def test_a_sheet_shows_the_person_inside_its_border_and_nothing_beyond() -> None:
    assert _covered(SHEET, 0, 0) == (1, 0)
    assert _covered(SHEET, -1.9, 2.9) == (1, 0)
    assert _covered(SHEET, -2.15, 0) == (0, 1)
    assert _covered(SHEET, 0, 3.1) == (0, 1)
    assert _covered(SHEET, 0, 3.4) == (0, 0)
    drawn = draw(SHEET, 30, np.random.default_rng(4), 1.0)
    border = drawn.over[drawn.over[..., 3] == 1]
    assert border[0, :3] == pytest.approx([0.7, 0.8, 0.9])


def test_a_hand_reaches_over_the_border() -> None:
    bare, held = (draw(Outline(4, 5, 2, 2, hand=hand), 30, np.random.default_rng(4), 1.0) for hand in (False, True))
    assert bare.over[..., 3].max() == 0
    fingers = held.over[..., 3] > 0.9
    assert (fingers & (held.shown > 0.9)).any()
    assert (fingers & (held.shown < 0.1)).any()


def test_a_cut_out_keeps_head_and_shoulders_and_a_rim_of_paper() -> None:
    cut = Outline(width=6, height=7, above=2.4, beside=3, border=0.15, cutout=True)
    assert _covered(cut, 0, 0) == (1, 0)
    assert _covered(cut, 0, 2.5)[0] == 1
    assert _covered(cut, 2.2, -1.5) == (0, 0)
    assert _covered(cut, 2.2, 1.5) == (0, 0)
    drawn = draw(cut, 30, np.random.default_rng(4), 1.0)
    rim = drawn.over[..., 3] > 0.9
    assert 0 < rim.sum() < 0.2 * (drawn.shown > 0.9).sum()
