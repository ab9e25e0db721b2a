"""How sure a verification is to be, and how the person confirms what it is for."""

from __future__ import annotations

from typing import Literal

Assurance = Literal["active", "passive"]
Confirmation = Literal["keypad", "none"]

ASSURANCES: tuple[Assurance, ...] = ("active", "passive")
"""Strictest first: "active" asks for movements drawn at random, "passive" for nothing."""


def stricter(one: Assurance, other: Assurance) -> Assurance:
    """Return the stricter of two: whoever asks may ask for more than is usual, never for less."""
    return min(one, other, key=ASSURANCES.index)
