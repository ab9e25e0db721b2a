"""How a hand holds something before a camera: slow handling, and the tremor of 4 to 12 Hz that nobody can stop.

The tremor's band is that of physiological tremor: Elble and Randall, "Motor-unit activity responsible for 8- to 12-Hz
component of human physiological finger tremor" (1976).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WAVES = 4
_SLOW_HZ = (0.15, 1.1)
_TREMOR_HZ = (4.0, 12.0)


class Handling(Struct, frozen=True):
    """How it is held; zeros stand for a stand.

    Attributes:
        sway_mm: How far it wanders to each side and up and down at most.
        depth_mm: How far it wanders towards the camera and away at most.
        yaw_deg: How far it is turned to the sides at most.
        pitch_deg: How far it is tilted at most.
        roll_deg: How far it is rolled at most.
        tremor_mm: The tremor's standard deviation.
        tremor_deg: The tremor's standard deviation, of each angle.
    """

    sway_mm: float = 0.0
    depth_mm: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    tremor_mm: float = 0.0
    tremor_deg: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Where it is at each frame.

    Attributes:
        shift: (frames, 3) float64, mm: to the right, down and away from the camera.
        turn: (frames, 3) float64, radians: yaw, pitch, roll.
    """

    shift: NDArray[np.float64]
    turn: NDArray[np.float64]


def poses(handling: Handling, times: NDArray[np.float64], rng: np.random.Generator) -> Poses:
    """Draw a smooth motion.

    Args:
        handling: How far it goes.
        times: (frames,) seconds.
        rng: The draws.
    """
    reach = (handling.sway_mm, handling.sway_mm, handling.depth_mm)
    shift = np.stack([most * _slow(times, rng) for most in reach], axis=1)
    angles = (handling.yaw_deg, handling.pitch_deg, handling.roll_deg)
    turn = np.stack([most * _slow(times, rng) for most in angles], axis=1)
    shift += handling.tremor_mm * np.stack([_tremor(times, rng) for _ in range(3)], axis=1)
    turn += handling.tremor_deg * np.stack([_tremor(times, rng) for _ in range(3)], axis=1)
    return Poses(shift, np.radians(turn))


def wander(times: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return something slow and smooth between -1 and 1 for each time."""
    return _slow(times, rng)


def _slow(times: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return _waves(times, rng, _SLOW_HZ, 1.0 / _WAVES)


def _tremor(times: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return _waves(times, rng, _TREMOR_HZ, (2 / _WAVES) ** 0.5)


def _waves(
    times: NDArray[np.float64], rng: np.random.Generator, band: tuple[float, float], each: float
) -> NDArray[np.float64]:
    hertz, phase = rng.uniform(*band, _WAVES), rng.uniform(0, 2 * np.pi, _WAVES)
    return np.asarray(each * np.sin(2 * np.pi * np.outer(times, hertz) + phase).sum(axis=1), np.float64)
