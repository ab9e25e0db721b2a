"""A camera that shows one picture for ever, or none at all."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.base import CameraIdentity, CameraSettings, CameraTimeoutError, Frame, HardwareError
from hw.board import open_board
from hw.camera import v4l2
from hw.camera.watch import Watch, WatchedCamera, watched
from hw.fake import FakeCamera

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

REAL = CameraIdentity("v4l2/uvcvideo", "webcam", "/dev/video0", replayed=False)
FPS = 15


def scene(seed: int, size: tuple[int, int] = (120, 160)) -> Picture:
    """A view with noise of its own."""
    return np.random.default_rng(seed).integers(60, 200, (*size, 3), np.uint8)


def live() -> Iterator[Picture]:
    return (scene(seed) for seed in itertools.count())


def flat(level: int) -> Picture:
    return np.full((120, 160, 3), level, np.uint8)


def noisy_dark(seed: int) -> Picture:
    """A covered lens: noise near black, and a few hot pixels."""
    picture = np.random.default_rng(seed).integers(0, 12, (120, 160, 3), np.uint8)
    picture[5, 7] = 255
    return picture


def camera(pictures: Iterable[Picture], *, frozen_s: float = 5.0, black_s: float = 60.0) -> WatchedCamera:
    frames = (Frame(picture, 100 + number / FPS, number) for number, picture in enumerate(pictures, start=1))
    return WatchedCamera(FakeCamera(frames, identity=REAL), Watch(frozen_s=frozen_s, black_s=black_s))


def shown(watching: WatchedCamera, seconds: float) -> list[Frame]:
    frames = []
    for _ in range(round(seconds * FPS)):
        try:
            frames.append(watching.capture(0.0))
        except CameraTimeoutError:
            continue
    return frames


def test_a_live_camera_is_passed_on_as_it_is() -> None:
    frames = shown(camera(live()), 8)
    assert [frame.sequence for frame in frames] == list(range(1, 8 * FPS + 1))
    assert frames[3].at == pytest.approx(100 + 4 / FPS)


def test_a_frozen_picture_ends_the_camera_in_so_many_words_and_no_sooner() -> None:
    stuck = scene(1)
    watching = camera(itertools.repeat(stuck), frozen_s=5.0)
    assert len(shown(watching, 5)) == 1
    with pytest.raises(HardwareError, match=r"/dev/video0: the picture has been frozen for 5\.\d s: the camera hangs"):
        shown(watching, 1)


def test_s1_a_picture_that_repeats_itself_is_not_delivered_as_a_newer_one() -> None:
    one, other = scene(1), scene(2)
    frames = shown(camera([one, one, one, other, other, one]), 6 / FPS)
    assert [frame.sequence for frame in frames] == [1, 2, 3]
    assert [frame.pixels is picture for frame, picture in zip(frames, (one, other, one), strict=True)] == [True] * 3
    with pytest.raises(CameraTimeoutError, match="nothing but the same picture within 0 s"):
        list(map(camera([one, one]).capture, (0.0, 0.0)))


def test_a_picture_that_differs_in_one_bit_is_alive() -> None:
    """The sampled comparison may miss it; the whole one does not."""
    one = scene(1, (720, 1280))
    other = one.copy()
    other[1, 1, 0] ^= 1
    assert len(shown(camera(itertools.islice(itertools.cycle((one, other)), 200)), 8)) == 8 * FPS


@pytest.mark.parametrize("level", [0, 255])
def test_a_flat_picture_may_repeat_itself_for_longer_since_it_has_no_noise(level: int) -> None:
    watching = camera(itertools.repeat(flat(level)), frozen_s=1.0, black_s=10.0)
    assert len(shown(watching, 10)) == 10 * FPS
    with pytest.raises(HardwareError, match=r"black, or all of one colour, for 10 s: is the lens covered"):
        shown(watching, 1)


def test_a_covered_lens_is_told_although_its_noise_lives() -> None:
    watching = camera(map(noisy_dark, itertools.count()), black_s=10.0)
    assert len(shown(watching, 10)) == 10 * FPS
    with pytest.raises(HardwareError, match="is the lens covered, or the sensor dead"):
        shown(watching, 1)


def test_light_in_between_begins_the_time_anew() -> None:
    blink = [*[flat(0)] * 9 * FPS, scene(1), *[flat(0)] * 9 * FPS, scene(2)]
    assert len(shown(camera(blink, black_s=10.0), 18)) == 18 * FPS


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_whatever_is_shown_no_two_delivered_neighbours_are_the_same_picture(order: list[int]) -> None:
    frames = shown(camera(scene(seed) for seed in order), len(order) / FPS)
    assert all(not np.array_equal(one.pixels, other.pixels) for one, other in itertools.pairwise(frames))
    assert [frame.sequence for frame in frames] == list(range(1, len(frames) + 1))


@pytest.mark.parametrize("board", ["pc", "pi"])
def test_a_boards_webcam_is_watched_if_it_is_a_real_one(monkeypatch: pytest.MonkeyPatch, board: str) -> None:
    for found, kind in ((FakeCamera([], identity=REAL), WatchedCamera), (FakeCamera([]), FakeCamera)):
        monkeypatch.setattr(v4l2, "open_camera", lambda _settings, found=found: found)
        camera = open_board(board).open_camera(CameraSettings(source="/dev/video0"))
        assert isinstance(camera, kind)
        camera.close()
        assert found.closed


def test_a_replay_is_not_watched() -> None:
    replay = FakeCamera([])
    assert watched(replay, CameraSettings()) is replay
