"""Walks past a terminal as two models saw them, for the tests of migration."""

from __future__ import annotations

import numpy as np

from edge.ota.migrate import SOURCE, Bounds, Look, Walk
from edge.people.adapt import DAY_S
from edge.people.records import Kept, Provenance, Template
from edge.values import Embedding, Space
from tests.unit.store_builders import HERE, THERE

NOON = 20_000 * DAY_S + DAY_S / 2
BOUNDS = Bounds(
    strong=0.6, fmr=1e-6, floor=0.45, margin=0.1, frames=3, min_score=50.0, days=3, alike=0.5, new_floor=0.5
)  # fmt: skip


def seen(numbers: list[float] | np.ndarray, space: Space) -> Embedding:
    vector = np.asarray(numbers, np.float64)
    return Embedding((vector / np.linalg.norm(vector)).astype(np.float32), space)


def turned(similarity: float, aside: int = 1, size: int = 8) -> list[float]:
    """Return a face of this similarity to the first axis, turned towards another one."""
    row = [0.0] * size
    row[0], row[aside] = similarity, (1 - similarity**2) ** 0.5
    return row


def walk(
    day: float, old: float = 0.9, new: list[float] | None = None, *, frames: int = 3, proof: str = "motion",
    score: float = 80.0,
) -> Walk:  # fmt: skip
    """Return a walk at noon of a day: so like the old anchor, and this face in the new space."""
    face = turned(1.0) if new is None else new
    look = Look(seen(turned(old), HERE), seen(face, THERE), score)
    return Walk(NOON + day * DAY_S, (look,) * frames, proof)


def waiting(day: float, new: list[float] | np.ndarray) -> Template:
    """Return what is kept of a walk at noon of a day."""
    made = Provenance(NOON + day * DAY_S, 0.9, 0.6, 1e-6, 0.0, 3, "motion")
    return Template(seen(new, THERE), SOURCE, "gathered", made)


ENROLLED = (Kept(Template(seen(turned(1.0), HERE), "photo.jpg"), NOON - 100 * DAY_S),)
