"""Photographs and videos as a camera: what is shown, when, and what is refused."""

from __future__ import annotations

import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.base import CameraEndError, CameraSettings, CameraTimeoutError, HardwareError
from hw.replay import GREY, ReplayCamera, check_header, letterboxed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = [".jpg", ".png", ".bmp", ".webp"]


def picture(width: int = 64, height: int = 48, level: int = 200) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, np.uint8)


def write(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16] | None = None) -> Path:
    assert cv2.imwrite(str(path), picture() if pixels is None else pixels)
    return path


def replay(source: Path, **changes: object) -> ReplayCamera:
    given_settings = {"source": str(source), "paced": False, "dwell_frames": 1, "gap_frames": 0, **changes}
    return ReplayCamera(CameraSettings(**given_settings))  # type: ignore[arg-type]  # a test's shorthand


def shown(camera: ReplayCamera) -> list[str]:
    names = []
    while True:
        try:
            names.append(camera.capture(1.0).origin)
        except CameraEndError:
            return names


def test_a_folder_is_shown_in_order_each_for_its_frames_with_gaps_between(tmp_path: Path) -> None:
    for name in ("b.png", "a.JPG", "c.webp"):
        write(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert shown(replay(tmp_path, dwell_frames=2, gap_frames=1)) == [
        *("a.JPG", "a.JPG", ""),
        *("b.png", "b.png", ""),
        *("c.webp", "c.webp", ""),
    ]


def test_a_gap_is_an_empty_grey_picture_of_the_same_size(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    camera = replay(tmp_path, gap_frames=1, width_px=320, height_px=200)
    assert camera.capture(1.0).pixels.shape == (200, 320, 3)
    gap = camera.capture(1.0)
    assert gap.pixels.shape == (200, 320, 3)
    assert np.all(gap.pixels == GREY)


def test_s1_a_photograph_that_dwells_is_exposed_anew_at_each_delivery(tmp_path: Path) -> None:
    camera = replay(write(tmp_path / "a.png"), dwell_frames=3)
    for _ in range(3):
        asked = time.monotonic()
        assert asked <= camera.capture(1.0).at <= time.monotonic()


def test_a_paced_replay_keeps_its_rate_and_does_not_catch_up_after_a_pause(tmp_path: Path) -> None:
    opened = time.monotonic()
    camera = replay(write(tmp_path / "a.png"), paced=True, fps=20.0, dwell_frames=20)
    for turn in range(5):
        assert camera.capture(1.0).at >= opened + turn * 0.05
    threading.Event().wait(0.5)
    times = [camera.capture(1.0).at for _ in range(3)]
    assert times[2] - times[0] >= 0.09


def test_a_paced_replay_times_out_within_the_time_it_was_given(tmp_path: Path) -> None:
    camera = replay(write(tmp_path / "a.png"), paced=True, fps=0.2, dwell_frames=10)
    camera.capture(1.0)
    with pytest.raises(CameraTimeoutError, match="no frame is due"):
        camera.capture(0.01)


def test_a_loop_begins_again(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "b.png")
    camera = replay(tmp_path, loop=True)
    assert [camera.capture(1.0).origin for _ in range(5)] == ["a.png", "b.png", "a.png", "b.png", "a.png"]


def test_a_video_keeps_its_size_and_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (64, 48))
    for level in (0, 120, 240):
        writer.write(picture(level=level))
    writer.release()
    camera = replay(path, dwell_frames=5, gap_frames=5)
    frames = [camera.capture(1.0) for _ in range(3)]
    assert [frame.pixels.shape for frame in frames] == [(48, 64, 3)] * 3
    assert [round(float(frame.pixels.mean()) / 120) for frame in frames] == [0, 1, 2]
    assert {frame.origin for frame in frames} == {"clip.avi"}
    with pytest.raises(CameraEndError):
        camera.capture(1.0)


def test_an_exif_rotation_is_honoured(tmp_path: Path) -> None:
    upright = picture(64, 48, 0)
    upright[:, :32] = 255  # white on the left
    encoded = cv2.imencode(".jpg", upright)[1].tobytes()
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)  # orientation 6: turn clockwise
    exif = b"Exif\0\0" + tiff
    path = tmp_path / "turned.jpg"
    path.write_bytes(encoded[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + encoded[2:])
    pixels = replay(path, width_px=480, height_px=640).capture(1.0).pixels
    assert pixels[20].mean() > 240  # white is on top now, and the picture stands upright
    assert pixels[-20].mean() < 15


def test_a_camera_mounted_upside_down_is_turned(tmp_path: Path) -> None:
    upright = picture(64, 48, 0)
    upright[:24] = 255
    pixels = replay(write(tmp_path / "a.png", upright), flip=True, width_px=640, height_px=480).capture(1.0).pixels
    assert pixels[20].mean() < 15
    assert pixels[-20].mean() > 240


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((48, 64), 65535, np.uint16),
        np.full((48, 64), 200, np.uint8),
        np.full((48, 64, 4), 200, np.uint8),
        np.full((1, 1, 3), 200, np.uint8),
        np.full((1, 3000, 3), 200, np.uint8),
    ],
    ids=["16-bit", "grey", "with alpha", "1x1", "a line"],
)
def test_an_odd_picture_is_shown_as_a_colour_frame(
    tmp_path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]
) -> None:
    frame = replay(write(tmp_path / "odd.png", pixels), width_px=320, height_px=240).capture(1.0)
    assert frame.pixels.shape == (240, 320, 3)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels[:, 160].max() >= 190


@given(st.integers(1, 400), st.integers(1, 400), st.integers(160, 500), st.integers(120, 500))
@settings(max_examples=50, deadline=None)
def test_letterboxing_keeps_the_aspect_and_touches_two_edges(width: int, height: int, wide: int, high: int) -> None:
    boxed = letterboxed(picture(width, height, 255), wide, high)
    assert boxed.shape == (high, wide, 3)
    rows, columns = np.nonzero(boxed[:, :, 0] == 255)
    seen_w, seen_h = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    assert seen_w == wide or seen_h == high
    scale = min(wide / width, high / height)
    assert abs(seen_w - max(1, width * scale)) <= 1
    assert abs(seen_h - max(1, height * scale)) <= 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_header_of_a_whole_picture_passes_and_a_cut_one_is_named(tmp_path: Path, suffix: str) -> None:
    whole = write(tmp_path / f"whole{suffix}")
    check_header(whole)
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole.read_bytes()[:12])
    with pytest.raises(HardwareError, match=f"cut{suffix}"):
        replay(tmp_path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_that_is_cut_short_later_is_named_when_its_turn_comes(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    whole = write(tmp_path / f"a{suffix}", noise).read_bytes()
    (tmp_path / f"a{suffix}").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HardwareError, match=rf"a{suffix}.*cut short"):
        replay(tmp_path).capture(1.0)


def huge(suffix: str) -> bytes:
    side = 20_000
    if suffix == ".png":
        header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    if suffix == ".bmp":
        return b"BM" + bytes(12) + struct.pack("<Iii", 40, side, -side) + bytes(40)
    if suffix == ".webp":
        return b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + (side - 1).to_bytes(3, "little") * 2
    return b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0" + struct.pack(">HBHHB", 17, 8, side, side, 3) + bytes(20)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_huge_picture_is_refused_by_its_header_alone(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"huge{suffix}").write_bytes(huge(suffix))
    with pytest.raises(HardwareError, match=rf"huge{suffix}.*20000 x 20000 pixels are more than 64 million"):
        replay(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jpg", b"", "is no JPEG"),
        ("text.png", b"this is no picture at all, whatever it says", "is no JPEG"),
        ("noise.mp4", b"\0" * 999, "no video"),
        ("empty.mp4", b"", "no video"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HardwareError, match=f"{name}.*{said}"):
        replay(tmp_path / name)


def test_a_missing_or_empty_source_says_what_to_name_instead(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="does not exist: name a folder"):
        replay(tmp_path / "nothing")
    with pytest.raises(HardwareError, match="no pictures in this folder"):
        replay(tmp_path)
    with pytest.raises(HardwareError, match="cannot be read"):
        replay(tmp_path / ("x" * 10_000))


def test_a_picture_that_vanishes_is_named(tmp_path: Path) -> None:
    camera = replay(write(tmp_path / "a.png"))
    (tmp_path / "a.png").unlink()
    with pytest.raises(HardwareError, match=r"a\.png.*cannot be read"):
        camera.capture(1.0)
