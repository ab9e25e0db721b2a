"""Who is in a camera's frames, by the models that the terminal runs, when one person is enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.curves import curve
from edge.app.eyes import bundle, space
from edge.config import Config
from edge.people.gallery import Gallery, build
from edge.values import PersonId
from edge.vision.pipeline import Memory, see
from edge.vision.still import study

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from edge.values import Search
    from edge.vision.pipeline import Eyes
    from hw.base import Frame


def enrolled(photograph: NDArray[np.uint8], eyes: Eyes) -> Search:
    """Return a search among one person, enrolled from one photograph."""
    known = study(photograph, eyes).embedding
    assert known is not None
    return Gallery(build(space(Config()), [(PersonId("p1"), known)])).search


def threshold() -> float:
    """Return the similarity from which one of 10,000 strangers is taken for somebody."""
    return curve(bundle(Config().models.embedder, "embedder", trusted=True)).resolve(1e-4, extrapolate=True)


def likeness(frames: Iterable[Frame], eyes: Eyes, search: Search) -> float:
    """Return the last similarity of whoever is seen in the frames."""
    memory, best = Memory(), None
    for frame in frames:
        sighting, memory = see(frame, memory, eyes, search)
        best = sighting.match or best
    assert best is not None, "no frame was good enough to compare"
    return float(best.similarity)
