"""The measured curve of an embedder, from its bundle's papers (S9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.access.threshold import Curve, Point

if TYPE_CHECKING:
    from edge.vision.bundle import Bundle


def curve(embedder: Bundle) -> Curve:
    """Return the measured curve of an embedder's manifest.

    Raises:
        EvidenceError: It has none.
    """
    points = (
        Point(t.fmr, t.threshold, t.false_matches, t.comparisons, t.lower, t.upper)
        for t in sorted(embedder.manifest.threshold, key=lambda t: -t.fmr)
    )
    return Curve(tuple(points))
