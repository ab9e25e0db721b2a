"""Whether a frame stands close around a face, as that of a phone does that leans somewhere. Advisory. Pure.

It is for what does not move, so it asks for much: edges on both sides and above that meet in corners, so close around
the face that no door is, again and again, and none of them in the scene as it is without anybody. It never says that
a face is alive. How bright the face is, and what glitters, is not asked: lamps at doors make people glow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from edge.values.liveness import Cue, Finding, Sign
from edge.vision.liveness.edges import Side, find_edges, shown
from edge.vision.liveness.surround import inside, scaled, working

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Box
    from edge.vision.liveness.edges import Edges
    from edge.vision.liveness.view import View

    Grey = NDArray[np.uint8]
    Empty = NDArray[np.float32]

_PAUSE_S, _LASTS_S, _LOOKS, _MOSTLY = 0.35, 1.0, 4, 0.75
_WIDEST = 1.4  # face widths from the face's middle to an edge beside it; a door's are twice as far
_MEET = 0.3  # face widths between the ends of two edges that meet; screens have round corners
_LEARN_S, _SLOWLY = 0.2, 0.1
_DOUBT = 0.25
"""The score of a framed face: enough to ask for a challenge, never to deny."""


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """What was seen around one face so far, and the scene without anybody.

    Attributes:
        track: The track it is of.
        began: When its first look was, monotonic seconds.
        at: When the last look was, or the last lesson of the empty scene.
        last: The time of the last frame.
        looks: How often it was looked for a frame.
        framed: How often one was there.
        empty: (height, width) float32, the scene without anybody; None before it was seen.
    """

    track: int | None = None
    began: float = inf
    at: float = -inf
    last: float = -inf
    looks: int = 0
    framed: int = 0
    empty: Empty | None = None


def look(state: Screen, view: View) -> tuple[Screen, Finding]:
    """Take one more frame into account.

    Args:
        state: Before it.
        view: The frame.
    """
    if view.at < state.last:
        state = Screen()
    if view.track is None or view.track != state.track:
        state = Screen(track=view.track, empty=state.empty, at=state.at if view.track is None else -inf)
    state = replace(state, last=view.at)
    if view.track is None and view.box is None and view.faces == 0 and view.at >= state.at + _LEARN_S:
        return learned(state, working(view.grey), view.at), Finding(Cue.SCREEN)
    if view.track is None or view.box is None or view.at < state.at + _PAUSE_S:
        return state, finding(state)
    picture = working(view.grey)
    box = scaled(view.box, picture.shape[1] / max(view.picture.shape[1], 1))
    if box is None or not inside(box, picture):
        return state, finding(state)
    framed = is_framed(new(find_edges(picture, box), picture, state.empty), box)
    state = replace(
        state,
        began=min(state.began, view.at),
        at=view.at,
        looks=state.looks + 1,
        framed=state.framed + int(framed),
    )
    return state, finding(state)


def learned(state: Screen, picture: Grey, at: float) -> Screen:
    """Return the state with a picture of the empty scene, slowly taken over."""
    now = picture.astype(np.float32)
    if state.empty is None or state.empty.shape != now.shape:
        return replace(state, empty=now, at=at)
    return replace(state, empty=(1 - _SLOWLY) * state.empty + _SLOWLY * now, at=at)


def new(edges: Edges, picture: Grey, empty: Empty | None) -> Edges:
    """Return the edges that the empty scene does not show; all while it is not known.

    Args:
        edges: Found in the picture.
        picture: (height, width) uint8.
        empty: (height, width) float32; None while it is not known.
    """
    if empty is None or empty.shape != picture.shape:
        return edges
    return edges.only(~shown(edges, empty.astype(np.uint8)))


def is_framed(edges: Edges, box: Box) -> bool:
    """Whether edges close beside a face on both sides meet one above it.

    Args:
        edges: Around the face.
        box: The face, in pixels of the same picture.
    """
    unit = max(box.width, 1.0)
    upper = edges.ends[np.arange(len(edges.sides)), edges.ends[:, :, 1].argmin(axis=1)]
    far = np.abs(edges.ends.mean(axis=1)[:, 0] - box.centre[0]) > _WIDEST * unit
    left, right = (upper[(edges.sides == side) & ~far] for side in (Side.LEFT, Side.RIGHT))
    for top in edges.ends[edges.sides == Side.TOP]:
        start, end = top[top[:, 0].argsort()]
        meet = [(np.hypot(*(ends - corner).T) <= _MEET * unit).any() for ends, corner in ((left, start), (right, end))]
        if all(meet):
            return True
    return False


def finding(state: Screen) -> Finding:
    """Return what the looks so far say."""
    enough = state.framed >= _LOOKS and state.at >= state.began + _LASTS_S
    if enough and state.framed >= _MOSTLY * state.looks:
        return Finding(Cue.SCREEN, _DOUBT, Sign.SCREEN_FRAME)
    return Finding(Cue.SCREEN)
