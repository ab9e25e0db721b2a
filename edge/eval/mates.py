"""The pairs of pictures of one person, without comparing everybody with everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.eval.compare import Pairs

if TYPE_CHECKING:
    from edge.eval.faces import Faces


def mated_pairs(faces: Faces) -> Pairs:
    """Return every pair of pictures of one person, by person."""
    first, second, similarity = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
    order = np.argsort(faces.people, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(faces.people[order])) + 1):
        rows, columns = np.triu_indices(len(places), 1)
        first.append(places[rows])
        second.append(places[columns])
        similarity.append((faces.vectors[places] @ faces.vectors[places].T)[rows, columns])
    return Pairs(np.concatenate(similarity), np.concatenate(first), np.concatenate(second))
