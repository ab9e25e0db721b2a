"""Codes that people show to the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSettings:
    """Signed codes by QR (`edge code`); they are looked for only where a rule asks for one.

    Attributes:
        longest_s: The longest that a code may be valid; what was issued for longer is refused.
        every_frames: A code is looked for in each so-manieth picture.
    """

    longest_s: Annotated[float, Meta(ge=10, le=31_622_400)] = 86_400.0
    every_frames: Annotated[int, Meta(ge=1, le=100)] = 2
