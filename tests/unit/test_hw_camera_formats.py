"""A Pi camera's buffers and time stamps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.base import HardwareError
from hw.camera.formats import Stream, exposed_at, settled, to_bgr

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT, STRIDE = 320, 180, 384


def scene() -> NDArray[np.uint8]:
    """Blue on the left, red on the right, a green stripe below: wrong channels, strides and planes all show."""
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, : WIDTH // 2] = (220, 30, 30)
    pixels[:, WIDTH // 2 :] = (30, 30, 220)
    pixels[150:] = (30, 220, 30)
    return pixels


def packed(form: str) -> NDArray[np.uint8]:
    order = {"RGB888": [0, 1, 2], "BGR888": [2, 1, 0], "XRGB8888": [0, 1, 2, 1], "XBGR8888": [2, 1, 0, 1]}[form]
    rows = scene()[:, :, order].reshape(HEIGHT, -1)
    return np.pad(rows, ((0, 0), (0, 64)), constant_values=99)


def halved(form: str) -> NDArray[np.uint8]:
    i420 = np.asarray(cv2.cvtColor(scene(), cv2.COLOR_BGR2YUV_I420), np.uint8)
    luma = np.pad(i420[:HEIGHT], ((0, 0), (0, STRIDE - WIDTH)), constant_values=99)
    u, v = (plane.reshape(HEIGHT // 2, WIDTH // 2) for plane in np.split(i420[HEIGHT:].ravel(), 2))
    if form in {"YUV420", "YVU420"}:
        pad = ((0, 0), (0, (STRIDE - WIDTH) // 2))
        planes = [np.pad(plane, pad, constant_values=99).ravel() for plane in ((u, v) if form == "YUV420" else (v, u))]
        return np.concatenate([luma.ravel(), *planes]).reshape(-1, STRIDE)
    pair = np.stack((u, v) if form == "NV12" else (v, u), axis=2).reshape(HEIGHT // 2, WIDTH)
    return np.concatenate([luma, np.pad(pair, ((0, 0), (0, STRIDE - WIDTH)), constant_values=99)])


@pytest.mark.parametrize("form", ["RGB888", "BGR888", "XRGB8888", "XBGR8888"])
def test_a_packed_buffer_becomes_bgr_without_its_padding(form: str) -> None:
    rows = packed(form)
    assert np.array_equal(to_bgr(rows.ravel(), Stream(form, WIDTH, HEIGHT, rows.shape[1])), scene())


@pytest.mark.parametrize("form", ["YUV420", "YVU420", "NV12", "NV21"])
def test_a_halved_buffer_becomes_bgr_without_its_padding(form: str) -> None:
    buffer = np.concatenate([halved(form).ravel(), np.zeros(4096, np.uint8)])  # drivers round up to pages
    found = to_bgr(buffer, Stream(form, WIDTH, HEIGHT, STRIDE))
    assert found.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(found.astype(int) - scene()).max() <= 3


WEIGHTS = {"Rec601": (0.299, 0.114), "Rec709": (0.2126, 0.0722)}


def sampled(form: str, encoding: str, *, full_range: bool) -> NDArray[np.uint8]:
    """The scene as a camera would give it, by the definitions of BT.601 and BT.709 in floating point."""
    blue, green, red = (scene()[..., index] / 255 for index in range(3))
    kr, kb = WEIGHTS[encoding]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)
    black, white, swing = (0, 255, 255) if full_range else (16, 219, 224)
    y = np.rint(black + white * luma).astype(np.uint8)
    halves = [np.rint(128 + swing * plane[::2, ::2]).clip(0, 255).astype(np.uint8) for plane in (cb, cr)]
    first, second = halves if form in {"YUV420", "NV12"} else halves[::-1]
    rest = np.stack((first, second), axis=2) if form.startswith("NV") else np.stack((first, second))
    return np.concatenate([y.ravel(), rest.ravel()])


@pytest.mark.parametrize("form", ["YUV420", "YVU420", "NV12", "NV21"])
@pytest.mark.parametrize("encoding", ["Rec601", "Rec709"])
@pytest.mark.parametrize("full_range", [True, False])
def test_colours_are_right_as_the_camera_labels_them_and_wrong_otherwise(
    form: str, encoding: str, full_range: bool
) -> None:
    buffer = sampled(form, encoding, full_range=full_range)

    def off(stream: Stream) -> float:
        within = np.s_[4:-40, 4 : WIDTH // 2 - 4]  # where no edge blurs the chroma
        return float(np.abs(to_bgr(buffer, stream)[within].astype(int) - scene()[within]).mean())

    assert off(Stream(form, WIDTH, HEIGHT, WIDTH, encoding, full_range=full_range)) < 1
    assert off(Stream(form, WIDTH, HEIGHT, WIDTH, encoding, full_range=not full_range)) > 5


def test_a_label_that_is_not_known_counts_as_bt_601() -> None:
    buffer = sampled("NV12", "Rec601", full_range=True)
    null, known = (
        to_bgr(buffer, Stream("NV12", WIDTH, HEIGHT, WIDTH, name, full_range=True)) for name in ("Null", "Rec601")
    )
    assert np.array_equal(null, known)


@pytest.mark.parametrize("form", ["RGB888", "NV12"])
def test_a_picture_is_a_copy_that_outlives_the_buffer(form: str) -> None:
    buffer = (packed if form == "RGB888" else halved)(form).ravel()
    found = to_bgr(buffer, Stream(form, WIDTH, HEIGHT, buffer.size // (HEIGHT if form == "RGB888" else 270)))
    before = found.copy()
    buffer[:] = 0
    assert np.array_equal(found, before)


def test_an_unknown_format_and_a_short_buffer_are_refused() -> None:
    with pytest.raises(HardwareError, match=r"'SRGGB10'.*RGB888.*NV12"):
        to_bgr(np.zeros(100, np.uint8), Stream("SRGGB10", 4, 4, 4))
    with pytest.raises(HardwareError, match="12 bytes for 6 rows"):
        to_bgr(np.zeros(12, np.uint8), Stream("NV12", 4, 4, 4))


def shot(stamp_s: float, exposure_us: int = 0) -> dict[str, Any]:
    return {"SensorTimestamp": round(stamp_s * 1e9), "ExposureTime": exposure_us}


@given(
    st.floats(min_value=100, max_value=1e6),
    st.floats(min_value=0, max_value=1e6),
    st.floats(min_value=0, max_value=9),
)
def test_s1_a_boottime_stamp_gives_the_true_age_however_long_the_machine_slept(
    now: float, slept_s: float, age_s: float
) -> None:
    at = exposed_at(shot(now + slept_s - age_s), now, now + slept_s)
    assert now - at == pytest.approx(age_s, abs=1e-3)


@given(st.floats(min_value=100, max_value=1e6), st.floats(min_value=0, max_value=1e6), st.floats(0.001, 9))
def test_s1_a_monotonic_stamp_never_looks_younger_than_it_is(now: float, slept_s: float, age_s: float) -> None:
    assert now - exposed_at(shot(now - age_s), now, now + slept_s) >= age_s - 1e-3


def test_s1_a_monotonic_stamp_is_known_after_a_long_sleep() -> None:
    assert exposed_at(shot(999.9), 1000.0, 1000.0 + 3600) == pytest.approx(999.9)


def test_s1_exposure_is_taken_off() -> None:
    assert exposed_at(shot(999.9, 50_000), 1000.0, 1000.0) == pytest.approx(999.85)


def test_s1_a_stamp_in_the_future_or_none_is_refused() -> None:
    with pytest.raises(HardwareError, match="in the future"):
        exposed_at(shot(1001.0), 1000.0, 1000.0)
    with pytest.raises(HardwareError, match="no SensorTimestamp"):
        exposed_at({}, 1000.0, 1000.0)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, True),
        ({"AeLocked": False}, False),
        ({"AeLocked": True}, True),
        ({"AeState": 1}, False),
        ({"AeState": 2}, True),
    ],
)
def test_exposure_is_settled_when_the_camera_says_so_or_says_nothing(metadata: dict[str, Any], expected: bool) -> None:
    assert settled(metadata) is expected
