"""Whether a face moves as a solid head does, or as a flat picture: parallax over the frames of one track. Pure.

It is the cue that speaks for a person: a photograph shows no parallax however it is moved, tilted or gently bent. A
video of a person shows that person's. Where a face hardly turns nothing can be said, and the score is None.
Only frames count in which the face could be compared: it would not be known whose motion the others show (S4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edge.values import Cue, Finding, Sign
from edge.vision.landmarks import turn
from edge.vision.liveness.parallax import Pair, Reference, believed, compare, reference, usable

if TYPE_CHECKING:
    from edge.values import Box, Landmarks
    from edge.vision.liveness.view import View

_EVERY_S, _REFER_S = 0.06, 0.2
"""How often a frame is compared, and how often one is kept to compare with."""
_AT_ONCE = (2, 3)
"""With how many earlier frames: so many usually, and at most, where frames come slowly."""
_SPAN_S = 1.5
"""How old a frame may be to be compared with."""
_MEMORY_S = 3.0
"""How long what was seen counts."""
_FARTHEST = 15.0
"""Degrees of turn beyond which points of the face hide each other."""
_TIMES = 3
"""So many comparisons must say as much: one alone may be a stumble of the flow."""
_TURN, _ERRORS, _RATIO = 1.2, 3.5, 0.45
"""A solid head shows at least so many degrees, standard errors, and so much of the turn that the mesh believes."""
_FINE, _COARSE = 50.0, 30.0
"""Pixels between the eyes from which that is enough; down to the other, degrees are more in proportion, and standard
errors by its root: what looks like noise in a coarse picture is not all noise."""
_FLAT_TURN, _FLAT_ERRORS, _FLAT_RATIO = 2.5, 2.0, 0.25
"""A flat face was turned by at least so many degrees, and its relief shows surely less than this part of them."""
_SAID = 0.5
"""Of the evidence for a solid head below which nothing is said."""
_SAME = 0.2
"""Least overlap of a face's boxes in frames that follow each other, intersection over union."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """What was seen of the followed face.

    Attributes:
        track: Its number; None while nobody is followed.
        box: Where it was last.
        shape: Of the pictures.
        at: When it was last compared, s.
        references: Earlier views of it, the oldest first.
        pairs: What the comparisons said, the oldest first.
    """

    track: int | None = None
    box: Box | None = None
    shape: tuple[int, ...] = ()
    at: float = -np.inf
    references: tuple[Reference, ...] = ()
    pairs: tuple[Pair, ...] = ()


def look(state: Relief, view: View) -> tuple[Relief, Finding]:
    """Look at one frame.

    Args:
        state: What was seen before.
        view: The frame.

    Returns:
        What is known now, and the finding. From 0.7 the score speaks for a solid head; at most 0.25 is what a plane
        gets that was surely turned. Where neither is seen it is None.
    """
    if view.track is None or view.box is None:
        return Relief(), Finding(Cue.RELIEF)
    if not _goes_on(state, view):
        state = Relief(view.track)
    state = replace(state, box=view.box, shape=view.picture.shape)
    if view.clear and view.mesh is not None and view.at - state.at >= _EVERY_S and usable(view):
        state = _compared(state, view, view.mesh)
    return state, _judged(state.pairs)


def _goes_on(state: Relief, view: View) -> bool:
    """Return whether a frame shows the same face in the same kind of picture, later."""
    return (
        state.track == view.track
        and state.shape == view.picture.shape
        and view.at > state.at
        and state.box is not None
        and view.box is not None
        and state.box.iou(view.box) >= _SAME
    )


def _compared(state: Relief, view: View, mesh: Landmarks) -> Relief:
    """Return the state after comparing a frame with the earlier ones that the face has turned farthest from."""
    references = tuple(one for one in state.references if view.at - one.at <= _SPAN_S)
    pairs = tuple(one for one in state.pairs if view.at - one.at <= _MEMORY_S)
    turned = turn(mesh)
    turns = [(float(np.hypot(*believed(one, turned))), one) for one in references]
    near = sorted((pair for pair in turns if pair[0] <= _FARTHEST), key=lambda pair: -pair[0])
    count = int(np.clip((view.at - state.at) / _EVERY_S, *_AT_ONCE))
    found = [compare(one, view, mesh) for _, one in near[:count]]
    pairs = (*pairs, *(pair for pair in found if pair is not None))
    if not references or view.at - references[-1].at >= _REFER_S:
        references = (*references, reference(view, mesh))
    return replace(state, at=view.at, references=references, pairs=pairs)


def _judged(pairs: tuple[Pair, ...]) -> Finding:
    """Return the finding of all comparisons: what the third best of them says."""
    if len(pairs) < _TIMES:
        return Finding(Cue.RELIEF)
    solid = sorted(map(_solid, pairs))[-_TIMES]
    flat = sorted(map(_flat, pairs))[-_TIMES]
    if solid >= _SAID:
        return Finding(Cue.RELIEF, min(1.0, 0.5 + solid / 4))
    if flat >= 1:
        return Finding(Cue.RELIEF, max(0.0, 0.5 - flat / 4), Sign.FLAT)
    return Finding(Cue.RELIEF)


def _solid(pair: Pair) -> float:
    """Return how much of what a solid head must show a comparison shows: 1 for all of it."""
    shown = pair.along - pair.across / 2
    coarse = _FINE / min(max(pair.eyes, _COARSE), _FINE)
    turn, errors = _TURN * coarse, _ERRORS * math.sqrt(coarse) * pair.error
    return min(shown / turn, shown / (errors + 1e-9), shown / (_RATIO * pair.believed + 1e-9))


def _flat(pair: Pair) -> float:
    """Return how many times over a comparison shows that a plane was turned: the relief ought to have shown it."""
    if pair.squeezed < _FLAT_TURN:
        return 0.0
    most = float(np.hypot(pair.along, pair.across)) + _FLAT_ERRORS * pair.error
    return min(_FLAT_RATIO * pair.squeezed / (most + 1e-9), 2.0)
