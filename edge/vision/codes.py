"""QR codes in a picture: the only importer of zxing-cpp.

What is read is bytes that anybody may have printed: only what could be a signed code at all, some plain letters, is
handed on, and never more than one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import zxingcpp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH_PX = 1280
"""Wider pictures are made smaller first: a code that a person holds up is large."""

UNREADABLE = "?"
"""What stands for a code that is no plain text: it was shown, and is refused."""

_PLAIN = re.compile(rb"[A-Za-z0-9._-]{1,2048}")
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_ORDINARY = "]Q1"
"""The symbology identifier (ISO/IEC 15424) of a QR code without extended channels and without FNC1."""


def read_code(pixels: NDArray[np.uint8]) -> str | None:
    """Return the text of the one QR code in a picture; None for none and for several.

    Args:
        pixels: (height, width, 3) uint8, BGR.

    Returns:
        Letters, digits, and `.`, `-`, `_`, at most 2048; `UNREADABLE` for a code that says anything else.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    if width > WIDTH_PX:
        grey = cv2.resize(grey, (WIDTH_PX, height * WIDTH_PX // width))
    found = zxingcpp.read_barcodes(grey, formats=_QR, try_rotate=False, try_downscale=False, try_invert=True)
    texts = {(one.symbology_identifier, bytes(one.bytes)) for one in found if one.valid}
    if len(texts) != 1:
        return None
    kind, text = texts.pop()
    return text.decode("ascii") if kind == _ORDINARY and _PLAIN.fullmatch(text) else UNREADABLE
