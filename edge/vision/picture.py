"""Reads a picture file into pixels, or says in one line why it cannot."""

from __future__ import annotations

import os
import stat
import struct
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from edge.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""The endings of the files that a folder is searched for."""

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")  # the others would run decoders, Ghostscript among them
_LIMIT_BYTES = 64 * 1024 * 1024
_LIMIT_PIXELS = 64_000_000
_LEAST_SIDE = 16
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error)
"""What Pillow's decoders raise on damaged files."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture of each EXIF orientation is made upright; Pillow's own way rewrites the EXIF, and fails on odd ones."""


def read(path: Path) -> NDArray[np.uint8]:
    """Return a picture, (height, width, 3) uint8, BGR, upright as its EXIF says; grey, CMYK and 16-bit ones converted.

    Raises:
        PictureError: The file is missing, empty, truncated, too large, too small, or no picture.
    """
    content = load(path)
    try:
        return decode(content)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from error


def load(path: Path) -> bytes:
    """Return a picture file's bytes, without having looked at them.

    Raises:
        PictureError: The file is missing, empty, a device, or too large.
    """
    try:
        status = path.stat()
        size = status.st_size
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise PictureError(f"{path}: not a file but a device or pipe")  # reading one might never end
        content = path.read_bytes() if size <= _LIMIT_BYTES else b""
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PictureError(f"{path!s:.200}: no name of a file: {error}") from error
    if size > _LIMIT_BYTES:
        raise PictureError(f"{path}: {size >> 20} MB; pictures of up to {_LIMIT_BYTES >> 20} MB are read")
    if not content:
        raise PictureError(f"{path}: the file is empty")
    return content


def decode(content: bytes) -> NDArray[np.uint8]:
    """Return the picture that a file's bytes hold, as `read` does.

    Raises:
        PictureError: It is truncated, too large, too small, or no picture; the message names no file.
    """
    try:
        with warnings.catch_warnings():
            # Damaged EXIF and the like are warnings of the decoder's; the size is limited more strictly here.
            warnings.simplefilter("ignore")
            colours = _pixels(Image.open(BytesIO(content), formats=_FORMATS))
    except UnidentifiedImageError as error:
        raise PictureError("not a picture of a kind that is read here (JPEG, PNG, WebP, TIFF, BMP)") from error
    except Image.DecompressionBombError as error:
        raise PictureError(f"more than {_LIMIT_PIXELS // 10**6} million pixels: make it smaller") from error
    except _DAMAGE as error:
        raise PictureError(f"damaged or truncated: {error}") from error
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2BGR), np.uint8)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if image.width * image.height > _LIMIT_PIXELS:
        raise PictureError(
            f"{image.width} x {image.height} pixels; up to {_LIMIT_PIXELS // 10**6} million are read: make it smaller"
        )
    if min(image.size) < _LEAST_SIDE:
        raise PictureError(f"{image.width} x {image.height} pixels: too small to show a face")
    turn = _UPRIGHT.get(image.getexif().get(0x0112, 1))
    upright = image if turn is None else image.transpose(turn)
    return np.asarray(_eight_bit(upright).convert("RGB"))


def _eight_bit(image: Image.Image) -> Image.Image:
    if not image.mode.startswith(("I", "F")):
        return image
    grey = np.nan_to_num(np.asarray(image, np.float64), posinf=255.0, neginf=0.0)
    top = 65535.0 if grey.max() > 255 else 255.0
    return Image.fromarray(np.clip(grey * (255.0 / top), 0, 255).astype(np.uint8))


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and the pictures inside the folders that are named, in order of their names.

    Raises:
        PictureError: A path does not exist.
    """
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - pathlib's own raises on a name that no file can have
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        elif os.path.exists(path):  # noqa: PTH110 - as above
            yield path
        else:
            raise PictureError(f"{path!s:.200}: there is no such file or folder")
