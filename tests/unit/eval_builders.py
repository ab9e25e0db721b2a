"""Embeddings of a wanted similarity, and clips made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.eval.clips import Clip, Footage, Glance
from edge.values import Embedding
from tests.fakes import SPACE
from tests.unit.builders import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.eval.resample import Share


def likeness(similarity: float) -> Embedding:
    """An embedding as similar to `likeness(1)` as this."""
    return Embedding(np.array([similarity, np.sqrt(1 - similarity**2), 0.0, 0.0], np.float32), SPACE)


def footage(person: str, *attempts: Sequence[float], step_s: float = 0.1) -> Footage:
    """A clip whose frames are so similar to `likeness(1)`; each attempt is a track of its own, a while later."""
    glances = []
    for track, similarities in enumerate(attempts, start=1):
        for number, similarity in enumerate(similarities):
            shown = frame(10.0 * track + step_s * number, track=track, match=None)
            glances.append(Glance(shown, likeness(similarity), 0.01))
    return Footage(Clip(Path(f"{person}.avi"), person), tuple(glances))


def ends(found: Share) -> tuple[float, float]:
    """The interval of a share that has one."""
    assert found.lower is not None
    assert found.upper is not None
    return found.lower, found.upper
