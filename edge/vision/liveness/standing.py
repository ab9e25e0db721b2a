"""Whether a camera is known to stand still: the corners of its picture did not move while nobody was there. Pure.

A setting cannot say it: a camera that is mounted shows the empty scene before anybody comes, as that of a door always
does, and a film taken by hand does not. Whoever stands before the camera, and whatever is held up to it, can at most
keep this from becoming known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from edge.vision.liveness.points import Points, find_points, levelled, moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

_EVERY_S, _LONG_S, _GAP_S, _RECENT_S = 0.2, 1.0, 2.0, 600.0
_STILL, _SHARE, _LEAST, _CORNERS = 0.4, 0.8, 5, 2  # pixels; of the points; points, and corners they are in


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the scene without anybody has shown so far: one picture, a few points of it, and times.

    Attributes:
        picture: (height, width) uint8, levelled, to which later ones are compared; None before the first.
        points: Those of its corners.
        since: The time of that picture, monotonic seconds.
        at: When a picture was last compared.
        until: When the corners had last stood still for long enough.
    """

    picture: Grey | None = None
    points: Points | None = None
    since: float = inf
    at: float = -inf
    until: float = -inf

    def known(self, at: float) -> bool:
        """Whether the camera stood still not long ago.

        Args:
            at: Now, monotonic seconds.
        """
        return at <= self.until + _RECENT_S


def watched(state: Standing, picture: Grey, at: float) -> Standing:
    """Return the state with a picture in which nobody is.

    Args:
        state: Before it.
        picture: (height, width) uint8, of the same size as before.
        at: Its time, monotonic seconds.
    """
    if at < state.at + _EVERY_S:
        return state
    if state.picture is None or state.points is None or at > state.at + _GAP_S:
        return Standing(levelled(picture), find_points(picture), at, at, state.until)
    moved = moves(state.points, state.picture, levelled(picture), np.zeros((len(state.points.at), 2)))
    still = np.hypot(*moved.T) <= _STILL
    corners = len(set(state.points.places[still].tolist()))
    if still.sum() < _LEAST or corners < _CORNERS or still.sum() < _SHARE * (~np.isnan(moved[:, 0])).sum():
        return Standing(levelled(picture), find_points(picture), at, at)
    return replace(state, at=at, until=at if at >= state.since + _LONG_S else state.until)
