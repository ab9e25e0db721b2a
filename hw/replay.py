"""Photographs, one picture or a video as a camera.

A folder's pictures are those whose names end in .jpg, .jpeg, .png, .bmp or .webp, in the order of their names; all
their headers are read when it is opened, so that what is no picture is named before the first frame. A picture whose
header is whole and whose rest is not is named when its turn comes.
"""

from __future__ import annotations

import math
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import cv2
import numpy as np

from hw.base import CameraEndError, CameraIdentity, CameraSettings, CameraTimeoutError, Frame, HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
MAX_PIXELS = 64_000_000
GREY = 128
HELP = "name a folder of photographs, one JPEG, PNG, BMP or WebP picture, or a video"


class ReplayCamera:
    """A camera that replays; a frame counts as exposed when it is delivered, since nobody stood there earlier (S1)."""

    def __init__(self, settings: CameraSettings) -> None:
        """Look at the whole source.

        Raises:
            HardwareError: The source is missing, empty, or holds something that is no picture; the message names it.
        """
        self._settings = settings
        self._closed = threading.Event()
        self._sequence = 0
        self._at = -math.inf
        self._due = time.monotonic()
        path = Path(settings.source)
        try:
            self._frames, kind = _source(path, settings)
        except (OSError, ValueError) as error:
            raise HardwareError(f"camera.source {settings.source!r} cannot be read ({error}): {HELP}") from error
        self.identity = CameraIdentity(driver="replay", model=kind, path=str(path), replayed=True)

    def capture(self, timeout_s: float) -> Frame:
        """Return the next frame; with `paced` it comes no sooner than 1 / fps after the last.

        Raises:
            CameraTimeoutError: The pace does not allow a frame within `timeout_s`.
            CameraEndError: There are no more.
            HardwareError: A picture could not be decoded, or the camera is closed.
        """
        if self._settings.paced:
            wait_s = self._due - time.monotonic()
            self._closed.wait(max(0.0, min(wait_s, timeout_s)))
            if wait_s > timeout_s:
                raise CameraTimeoutError(f"{self.identity.path}: no frame is due within {timeout_s:g} s")
        if self._closed.is_set():
            raise HardwareError(f"{self.identity.path}: the camera is closed; open it again before a capture")
        found = next(self._frames, None)
        if found is None:
            raise CameraEndError(f"{self.identity.path}: shown to its end")
        pixels, origin = found
        now = time.monotonic()
        step_s = 1 / self._settings.fps
        self._due = (self._due if now < self._due + step_s else now) + step_s  # after a pause nothing is caught up
        self._at = max(now, math.nextafter(self._at, math.inf))
        self._sequence += 1
        return Frame(pixels=pixels, at=self._at, sequence=self._sequence, origin=origin)

    def close(self) -> None:
        """End it; a second call does nothing."""
        self._closed.set()


def _source(path: Path, settings: CameraSettings) -> tuple[Iterator[tuple[Picture, str]], str]:
    if path.is_dir():
        found = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES)
        if not found:
            raise HardwareError(f"camera.source {str(path)!r}: no pictures in this folder; {HELP}")
        for entry in found:
            check_header(entry)
        return _forever(lambda: _photographs(found, settings), loop=settings.loop), "folder"
    if not path.is_file():
        what = "is neither a file nor a folder" if path.exists() else "does not exist"
        raise HardwareError(f"camera.source {str(path)!r} {what}: {HELP}")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        check_header(path)
        return _forever(lambda: _photographs([path], settings), loop=settings.loop), "picture"
    _open_video(path).release()
    return _forever(lambda: _video(path, settings), loop=settings.loop), "video"


def _forever(once: Callable[[], Iterator[tuple[Picture, str]]], *, loop: bool) -> Iterator[tuple[Picture, str]]:
    yield from once()
    while loop:
        yield from once()


def _photographs(paths: list[Path], settings: CameraSettings) -> Iterator[tuple[Picture, str]]:
    empty = _read_only(np.full((settings.height_px, settings.width_px, 3), GREY, np.uint8))
    for path in paths:
        picture = _turned(letterboxed(decoded(path), settings.width_px, settings.height_px), settings)
        for _ in range(settings.dwell_frames):
            yield picture, path.name
        for _ in range(settings.gap_frames):
            yield empty, ""


def _open_video(path: Path) -> cv2.VideoCapture:
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if not video.isOpened() or width * height <= 0:
        video.release()
        raise HardwareError(f"camera.source {str(path)!r} is no video that can be read: {HELP}")
    if width * height > MAX_PIXELS:
        video.release()
        raise HardwareError(f"{str(path)!r}: {width:g} x {height:g} pixels are more than {MAX_PIXELS // 10**6} million")
    return video


def _video(path: Path, settings: CameraSettings) -> Iterator[tuple[Picture, str]]:
    video = _open_video(path)
    shown = 0
    try:
        while True:
            going, picture = video.read()
            if not going:
                break
            shown += 1
            yield _turned(np.asarray(picture, np.uint8), settings), path.name
    finally:
        video.release()
    if not shown:
        raise HardwareError(f"{str(path)!r}: not one frame of this video could be decoded; record or copy it again")


def decoded(path: Path) -> Picture:
    """Decode a picture file to (height, width, 3) uint8 BGR, turned as its EXIF orientation says.

    Raises:
        HardwareError: It is damaged; the message names it.
    """
    try:
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (cv2.error, OSError) as error:
        raise HardwareError(f"{str(path)!r} cannot be read ({error}): copy it again, or remove it") from error
    if picture is None:
        raise HardwareError(f"{str(path)!r} is damaged or cut short: copy it again, or remove it")
    return np.asarray(picture, np.uint8)


def letterboxed(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Scale a picture, its aspect kept, into the middle of a mid-grey one of width_px by height_px."""
    height, width = picture.shape[:2]
    scale = min(width_px / width, height_px / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (width_px - size[0]) // 2, (height_px - size[1]) // 2
    whole = np.full((height_px, width_px, 3), GREY, np.uint8)
    whole[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=method)
    return whole


def _turned(picture: Picture, settings: CameraSettings) -> Picture:
    return _read_only(np.asarray(cv2.rotate(picture, cv2.ROTATE_180), np.uint8) if settings.flip else picture)


def _read_only(picture: Picture) -> Picture:
    picture.setflags(write=False)  # one photograph is many frames
    return picture


def check_header(path: Path) -> None:
    """Read a picture's size from its header, before anything is decoded.

    Raises:
        HardwareError: It is no JPEG, PNG, BMP or WebP picture, or has more than 64 million pixels.
    """
    try:
        with path.open("rb") as file:
            width, height = _size(file)
    except (OSError, struct.error) as error:
        raise HardwareError(
            f"{str(path)!r} is no picture, or cut short ({error}): copy it again, or remove it"
        ) from error
    if width * height <= 0:
        raise HardwareError(f"{str(path)!r} is no JPEG, PNG, BMP or WebP picture: replace or remove it")
    if width * height > MAX_PIXELS:
        raise HardwareError(
            f"{str(path)!r}: {width} x {height} pixels are more than {MAX_PIXELS // 10**6} million: make it smaller"
        )


def _size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(30)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", head, 16)
    elif head.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", head, 18)
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp_size(head)
    elif head.startswith(b"\xff\xd8"):
        return _jpeg_size(file)
    else:
        return 0, 0
    return abs(width), abs(height)


def _webp_size(head: bytes) -> tuple[int, int]:
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    """Walk the segments to the start of frame (ITU-T T.81, B.2.2)."""
    file.seek(2)
    while True:
        (marker,) = struct.unpack(">H", file.read(2))
        if marker == 0xFFFF:  # fill bytes may stand before a marker
            file.seek(-1, 1)
        elif 0xFFC0 <= marker <= 0xFFCF and marker not in {0xFFC4, 0xFFC8, 0xFFCC}:
            height, width = struct.unpack(">xxxHH", file.read(7))
            return width, height
        elif marker < 0xFF00 or marker == 0xFFDA:
            return 0, 0
        else:
            (length,) = struct.unpack(">H", file.read(2))
            file.seek(max(0, length - 2), 1)
