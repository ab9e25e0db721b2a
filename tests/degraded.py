"""Photographs made worse in the terms of ISO/IEC 29794-5, by ofiq-syngen.

Where it would change a part of the face only, it asks OFIQ's own models where that part is; they are not to be had
here, so it changes the whole picture.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

os.environ.setdefault("OFIQ_SYNGEN_OFFLINE", "1")  # it never fetches anything here

from ofiq_syngen.components import COMPONENT_REGISTRY

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEVERITIES = (0.2, 0.4, 0.6, 0.8)
"""Not up to 1: there the perspective of a turned head degenerates, and OpenCV 5 does not return."""


def degrade(picture: NDArray[np.uint8], component: str, severity: float, kind: int = 0) -> NDArray[np.uint8]:
    """Make a photograph worse in one component of the standard; the same every time.

    Args:
        picture: (height, width, 3) uint8, BGR.
        component: The component's name in OFIQ.
        severity: 0 to 1.
        kind: Which of the component's degradations.
    """
    worse = COMPONENT_REGISTRY[f"{component}.scalar"][kind].function(picture.copy(), severity, 7)
    return np.ascontiguousarray(worse, np.uint8)
