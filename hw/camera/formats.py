"""What a sensor's buffers and metadata mean: pixels to BGR, time stamps to CLOCK_MONOTONIC. Pure.

YCbCr is read as the camera says: limited range by BT.601 is what OpenCV knows, and quick; full range (sYCC, what a JPEG
holds) and BT.709 are computed here. Full range taken for limited is wrong by nine grey levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PLAUSIBLE_AGE_S = 10.0
CLOCK_ERROR_S = 1e-3  # two clocks cannot be read at the same moment
AE_CONVERGED = 2
# libcamera names a format by its bytes from the most significant: "RGB888" lies in memory as B, G, R.
PACKED: dict[str, tuple[int, int | None]] = {
    "RGB888": (3, None),
    "BGR888": (3, cv2.COLOR_RGB2BGR),
    "XRGB8888": (4, cv2.COLOR_BGRA2BGR),
    "XBGR8888": (4, cv2.COLOR_RGBA2BGR),
}
HALVED: dict[str, int] = {
    "YUV420": cv2.COLOR_YUV2BGR_I420,
    "YVU420": cv2.COLOR_YUV2BGR_YV12,
    "NV12": cv2.COLOR_YUV2BGR_NV12,
    "NV21": cv2.COLOR_YUV2BGR_NV21,
}
# Kr and Kb: how much of luma is red and blue (ITU-R BT.601, BT.709, BT.2020).
WEIGHTS = {"Rec601": (0.299, 0.114), "Rec709": (0.2126, 0.0722), "Rec2020": (0.2627, 0.0593)}


@dataclass(frozen=True, slots=True)
class Stream:
    """How one of a camera's streams lies in memory, as read back from the driver.

    Attributes:
        form: libcamera's name of the pixel format.
        width_px: Width of the picture.
        height_px: Height of the picture.
        stride: Bytes from one row (of luma) to the next, padding included.
        encoding: libcamera's name of how YCbCr is computed from R, G and B; what is not known counts as Rec601.
        full_range: Whether luma uses all of 0 to 255 instead of 16 to 235.
    """

    form: str
    width_px: int
    height_px: int
    stride: int
    encoding: str = "Rec601"
    full_range: bool = False


def to_bgr(buffer: NDArray[np.uint8], stream: Stream) -> NDArray[np.uint8]:
    """Copy a buffer's bytes, (n,) uint8, into a picture, (height, width, 3) uint8 BGR, without its padding.

    Raises:
        HardwareError: The format is not known, or the buffer is too short for it.
    """
    halved = stream.form in HALVED
    rows = stream.height_px * 3 // 2 if halved else stream.height_px
    if not halved and stream.form not in PACKED:
        raise HardwareError(f"the camera gives {stream.form!r}: known are {', '.join([*PACKED, *HALVED])}")
    if buffer.size < rows * stream.stride:
        raise HardwareError(f"the camera gave {buffer.size} bytes for {rows} rows of {stream.stride}: restart it")
    lines = buffer[: rows * stream.stride].reshape(rows, stream.stride)
    if halved:
        plain = not stream.full_range and WEIGHTS.get(stream.encoding, WEIGHTS["Rec601"]) == WEIGHTS["Rec601"]
        padded = cv2.cvtColor(lines, HALVED[stream.form]) if plain else _computed(lines, stream)
        return np.ascontiguousarray(padded[:, : stream.width_px], np.uint8)
    channels, code = PACKED[stream.form]
    pixels = lines[:, : stream.width_px * channels].reshape(stream.height_px, stream.width_px, channels)
    return np.array(pixels) if code is None else np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _computed(lines: NDArray[np.uint8], stream: Stream) -> NDArray[np.uint8]:
    luma, rest = lines[: stream.height_px], lines[stream.height_px :]
    half = stream.height_px // 2, stream.stride // 2
    pair = rest.reshape(*half, 2).transpose(2, 0, 1) if stream.form.startswith("NV") else rest.reshape(2, *half)
    blue, red = pair if stream.form in {"NV12", "YUV420"} else pair[::-1]
    size = luma.shape[1], luma.shape[0]
    whole = [
        luma,
        *(cv2.resize(np.ascontiguousarray(plane), size, interpolation=cv2.INTER_LINEAR) for plane in (blue, red)),
    ]
    return np.asarray(cv2.transform(cv2.merge(whole), _matrix(stream)), np.uint8)


def _matrix(stream: Stream) -> NDArray[np.float64]:
    """What makes (Y, Cb, Cr, 1) into B, G and R (ITU-T H.273, 8.3)."""
    red, blue = WEIGHTS.get(stream.encoding, WEIGHTS["Rec601"])
    green = 1 - red - blue
    luma, chroma, black = (1.0, 1.0, 0) if stream.full_range else (255 / 219, 255 / 224, 16)
    to_blue, to_red = 2 * (1 - blue) * chroma, 2 * (1 - red) * chroma
    rows = np.array([[to_blue, 0], [-to_blue * blue / green, -to_red * red / green], [0, to_red]])
    return np.column_stack([np.full(3, luma), rows, -luma * black - 128 * rows.sum(axis=1)])


def exposed_at(metadata: Mapping[str, Any], monotonic: float, boottime: float) -> float:
    """The monotonic second at which a frame's exposure began, in doubt the earlier one (S1).

    libcamera documents SensorTimestamp as CLOCK_BOOTTIME, which is ahead of CLOCK_MONOTONIC by the time spent
    suspended; kernels stamp in CLOCK_MONOTONIC. Which it was shows only when the two are far apart.

    Args:
        metadata: Of the frame: SensorTimestamp in ns at the first row's exposure, ExposureTime in microseconds.
        monotonic: CLOCK_MONOTONIC now, seconds.
        boottime: CLOCK_BOOTTIME now, seconds.

    Raises:
        HardwareError: There is no time stamp, or it lies in the future.
    """
    if "SensorTimestamp" not in metadata:
        raise HardwareError("the camera gives no SensorTimestamp: its frames cannot be trusted to be fresh")
    stamp = metadata["SensorTimestamp"] / 1e9
    converted = stamp - (boottime - monotonic)
    if monotonic - converted > PLAUSIBLE_AGE_S and 0 <= monotonic - stamp <= PLAUSIBLE_AGE_S:
        converted = stamp
    if converted > monotonic + CLOCK_ERROR_S:
        raise HardwareError(f"the camera stamps its frames {converted - monotonic:.3f} s in the future: restart it")
    return float(min(converted, monotonic) - metadata.get("ExposureTime", 0) / 1e6)


def settled(metadata: Mapping[str, Any]) -> bool:
    """Whether automatic exposure has found its level; a camera that does not say counts as settled."""
    if "AeState" in metadata:
        return int(metadata["AeState"]) == AE_CONVERGED
    return bool(metadata.get("AeLocked", True))
