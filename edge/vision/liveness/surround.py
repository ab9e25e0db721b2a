"""Whether what surrounds a face moves with it, as the edges of a phone or a sheet do, or stands still. Pure.

A person moves before a scene that stands still. An artefact carries its own surround: straight edges, and the
background of the picture it shows. Neither needs the artefact to be recognised as such; both need it to move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box
from edge.values.liveness import Cue, Finding, Sign
from edge.vision.liveness.motion import EDGE_MOVED, FACE_MOVED, RING_MOVED, Moment, Scene, Window, begin, watch
from edge.vision.liveness.standing import Standing, watched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.liveness.view import View

    Grey = NDArray[np.uint8]

_LONGER = 320  # pixels of the working picture's longer side
_PAUSE_S, _WINDOW_S, _SOONEST_S, _GAP_S = 0.1, 1.5, 0.5, 1.0
_MOMENTS = 3  # in which a thing must be seen before a window says it
_SMALLEST = 16.0  # pixels of a face's width in the working picture
_JUMP = 1.0  # face widths between two looks
_AMBIGUOUS = 0.25
"""The lowest score while it is not known that the camera stands still: suspicion, never more."""


@dataclass(frozen=True, slots=True, eq=False)
class Surround:
    """What was seen of the surround of one face so far.

    Attributes:
        track: The track it is of.
        box: Where the face was last looked at, in pixels of the working picture.
        at: When that was, monotonic seconds.
        last: The time of the last frame.
        shape: (height, width) of the working picture.
        window: The present one; None before the first.
        against: The windows in which the surround moved with the face, a weak one counted as half.
        doubtful: The same while the corners moved or could not be seen.
        apart: The windows in which the face moved and its surround did not.
        sign: The strongest sign so far.
        standing: What the scene without anybody has shown; it outlives the track.
    """

    track: int | None = None
    box: Box | None = None
    at: float = -inf
    last: float = -inf
    shape: tuple[int, int] = (0, 0)
    window: Window | None = None
    against: float = 0.0
    doubtful: float = 0.0
    apart: float = 0.0
    sign: Sign | None = None
    standing: Standing = field(default_factory=Standing)


def look(state: Surround, view: View, *, fixed: bool = True) -> tuple[Surround, Finding]:
    """Take one more frame into account.

    A camera that may stand still is not believed to: motion is measured against the corners' until the scene without
    anybody has shown that it does. A film from a hand would otherwise make everybody in it suspicious.

    Args:
        state: Before it.
        view: The frame.
        fixed: Whether the camera may be known to stand still; if not, it never is.
    """
    picture = working(view.grey)
    if view.at < state.last or picture.shape != state.shape:
        state = Surround(shape=(picture.shape[0], picture.shape[1]))
    state = replace(state, last=view.at)
    box = scaled(view.box, picture.shape[1] / max(view.picture.shape[1], 1))
    if view.track is None or view.track != state.track:
        state = renewed(state, view.track)
    if fixed and view.track is None and view.box is None and view.faces == 0:
        return replace(state, standing=watched(state.standing, picture, view.at)), finding(state)
    if box is None or not inside(box, picture) or view.track is None:
        return state, finding(state)
    if state.box is not None and jumped(state, box, view.at):
        state = renewed(state, view.track)
    if view.at < state.at + _PAUSE_S:
        return state, finding(state)
    state = measured(state, picture, box, view.at, stands=fixed and state.standing.known(view.at))
    return state, finding(state)


def renewed(state: Surround, track: int | None) -> Surround:
    """Return a state that knows nothing of a face yet."""
    return Surround(track=track, last=state.last, shape=state.shape, standing=state.standing)


def working(grey: Grey) -> Grey:
    """Return a picture of at most 320 pixels on its longer side."""
    height, width = grey.shape[:2]
    share = _LONGER / max(height, width, 1)
    if share >= 1 or min(height, width) < 2:
        return grey
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def scaled(box: Box | None, share: float) -> Box | None:
    """Return a box in pixels of another picture; None for none, and for one that is not finite."""
    sides = () if box is None else (box.left, box.top, box.right, box.bottom)
    return Box(*(side * share for side in sides)) if sides and all(map(isfinite, sides)) else None


def inside(box: Box, picture: Grey) -> bool:
    """Whether a box is large enough to be looked at, and its middle is in a picture that is."""
    x, y = box.centre
    return (
        min(picture.shape) >= 2 * _SMALLEST
        and min(box.width, box.height) >= _SMALLEST
        and 0 <= x < picture.shape[1]
        and 0 <= y < picture.shape[0]
    )


def jumped(state: Surround, box: Box, at: float) -> bool:
    """Whether a face is somewhere else than it can have got to, or was away for long."""
    if state.box is None or at > state.at + _GAP_S:
        return True
    (x, y), (u, v) = state.box.centre, box.centre
    limit = _JUMP * state.box.width
    return abs(x - u) > limit or abs(y - v) > limit or not 0.5 < box.width / max(state.box.width, 1e-6) < 2


def measured(state: Surround, picture: Grey, box: Box, at: float, *, stands: bool) -> Surround:
    """Return the state after a picture was measured, and its window judged where it is over."""
    state = replace(state, box=box, at=at)
    if state.window is None:
        return replace(state, window=begin(picture, box, at))
    window = watch(state.window, picture, stands=stands)
    lasted = at - window.at
    verdict = judged(window, early=lasted < _WINDOW_S) if lasted >= _SOONEST_S else Verdict()
    if verdict == Verdict() and lasted < _WINDOW_S:
        return replace(state, window=window)
    return replace(
        state,
        window=begin(picture, box, at),
        against=state.against + verdict.against,
        doubtful=state.doubtful + verdict.doubtful,
        apart=state.apart + verdict.apart,
        sign=strongest(state.sign, verdict.sign),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a window adds to the evidence; the attributes are as those of `Surround`."""

    against: float = 0.0
    doubtful: float = 0.0
    apart: float = 0.0
    sign: Sign | None = None


def judged(window: Window, *, early: bool) -> Verdict:
    """Return what a window says.

    Args:
        window: With what its pictures showed.
        early: Whether it is not over yet: then only what is plain counts.
    """
    moments = window.moments
    known = [one for one in moments if one.scene is not Scene.UNKNOWN]
    frames, rings = ([one for one in known if one.frame.size], [one for one in known if one.ring])
    if plain([one.frame.size for one in frames], EDGE_MOVED, early=early):
        sure = most([one.frame.sure and one.scene is Scene.STILL for one in frames])
        weight = 1.0 if max(one.frame.size for one in frames) >= 2 * EDGE_MOVED else 0.5
        return weighed(frames, weight, Sign.EDGES_MOVE, sure=sure)
    if plain([one.ring for one in rings], RING_MOVED, early=early):
        sure = most([one.scene is Scene.STILL for one in rings])
        weight = 1.0 if max(one.ring for one in rings) >= 2 * RING_MOVED else 0.5
        return weighed(rings, weight, Sign.BACKGROUND_MOVES, sure=sure)
    if plain([one.view for one in moments if one.view], RING_MOVED, early=early):
        return Verdict(doubtful=1.0, sign=Sign.VIEW_MOVES)
    alone = sum(one.free and one.scene is not Scene.MOVES and one.face >= FACE_MOVED for one in moments)
    return Verdict(apart=1.0) if alone >= _MOMENTS and not frames and not window.framed else Verdict()


def plain(sizes: list[float], least: float, *, early: bool) -> bool:
    """Whether movements were seen often enough, and are large enough to say so before the window is over."""
    return len(sizes) >= _MOMENTS and (not early or max(sizes) >= 2 * least)


def most(said: list[bool]) -> bool:
    """Whether more than half of them are true."""
    return 2 * sum(said) > len(said)


def weighed(seen: list[Moment], weight: float, sign: Sign, *, sure: bool) -> Verdict:
    """Return what a movement of the surround adds."""
    if sure:
        return Verdict(against=weight, sign=sign)
    return Verdict(doubtful=weight, sign=Sign.VIEW_MOVES if most([one.scene is Scene.MOVES for one in seen]) else sign)


def strongest(one: Sign | None, other: Sign | None) -> Sign | None:
    """Return which of two signs says more."""
    order = (Sign.EDGES_MOVE, Sign.BACKGROUND_MOVES, Sign.VIEW_MOVES)
    return next((sign for sign in order if sign in (one, other)), None)


def finding(state: Surround) -> Finding:
    """Return what the evidence so far says; what speaks against a face is never averaged away (S4)."""
    if state.against or state.doubtful:
        doubt = max(0.5 / (1 + state.against + state.doubtful), _AMBIGUOUS)
        return Finding(Cue.SURROUND, min(0.5 / (1 + state.against), doubt), state.sign)
    if state.apart:
        return Finding(Cue.SURROUND, 1 - 0.5 / (1 + state.apart))
    return Finding(Cue.SURROUND)
