"""Whether pictures come back: how well the last second follows one that was there before. No clock, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WINDOW_S = 1.25
"""How much of the newest past is looked for in the older one: most people do not repeat themselves for so long."""
_GAP_S = 0.4
_STEP_S = 0.02
_SAMPLES = 12
_FEWEST = 5
_CELLS = 64
_LEAST_MOTION = 4.0


def likeness(times: Sequence[float], parts: NDArray[np.uint8]) -> float | None:
    """Return how far the newest second is from the most similar older one, in units of its own motion.

    Two takes of one movement differ by as much as the movement itself, about 1; a loop comes near 0, whatever fresh
    noise or another encoder adds. Between two old pictures a straight line is drawn: a loop need not be sampled at
    the same moments again. The median frame counts, so that dropped ones do not hide a loop.

    Args:
        times: Seconds, rising.
        parts: (n, cells) uint8, the same part of the picture at these times, shrunk.

    Returns:
        None where too little moved or too little is known.
    """
    at = np.asarray(times, np.float64)
    if at.size < 2 * _FEWEST or parts.shape[1] == 0 or at[-1] - at[0] < WINDOW_S + _GAP_S:
        return None
    first = int(np.searchsorted(at, at[-1] - WINDOW_S))
    if at.size - first < _FEWEST:
        return None
    chosen = np.unique(np.linspace(first, at.size - 1, _SAMPLES).round().astype(np.intp))
    motion = parts[chosen].astype(np.float64).var(axis=0)
    moving = np.argsort(motion)[-_CELLS:]
    energy = float(motion[moving].mean())
    if energy < _LEAST_MOTION**2:
        return None
    lags = np.arange(_GAP_S, at[-1] - at[0] - WINDOW_S, _STEP_S)
    apart = _apart(at, parts[:, moving].astype(np.float64), chosen, lags)
    return float(np.sqrt(np.median(apart, axis=1).min(initial=np.inf) / energy)) if lags.size else None


def _apart(
    at: NDArray[np.float64], past: NDArray[np.float64], chosen: NDArray[np.intp], lags: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean squared distances, (lags, chosen), of chosen pictures from the past `lags` seconds before them."""
    then = at[chosen] - lags[:, None]
    before = np.clip(np.searchsorted(at, then, side="right") - 1, 0, at.size - 2)
    share = np.clip((then - at[before]) / np.maximum(at[before + 1] - at[before], 1e-9), 0.0, 1.0)
    squares = (past**2).sum(axis=1)
    beside = (past[:-1] * past[1:]).sum(axis=1)
    cross = past[chosen] @ past.T
    column = np.arange(chosen.size)
    near, far = cross[column, before], cross[column, before + 1]
    blend = (
        (1 - share) ** 2 * squares[before] + share**2 * squares[before + 1] + 2 * share * (1 - share) * beside[before]
    )
    whole = squares[chosen] - 2 * ((1 - share) * near + share * far) + blend
    return np.asarray(np.maximum(whole, 0.0) / past.shape[1], np.float64)
