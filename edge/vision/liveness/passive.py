"""Judges from one picture whether it shows a person or an artefact. A weak cue: suspicion, never proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.infer import Model

_ROOMS = (2.7, 1.35)
"""The crops' sides in sides of the face's box: as the network was trained, and the face alone. The mean of both calls
fewer living people artefacts, and no more artefacts alive (ADR 14)."""


class PassiveLiveness:
    """A network's opinion on a face, with what surrounds it and without."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._crop = np.empty((model.size[1], model.size[0], 3), np.uint8)

    def __call__(self, picture: NDArray[np.uint8], box: Box) -> float:
        """Return the probability of the class "live", 0 to 1.

        Args:
            picture: (height, width, 3) uint8, BGR.
            box: The face.
        """
        logits = np.mean([self._logits(picture, box, room) for room in _ROOMS], axis=0)
        odds = np.exp(logits - logits.max())
        return float(odds[0] / odds.sum())

    def _logits(self, picture: NDArray[np.uint8], box: Box, times: float) -> NDArray[np.float64]:
        room = surroundings(box, (picture.shape[1], picture.shape[0]), times)
        part = picture[int(room.top) : int(room.bottom) + 1, int(room.left) : int(room.right) + 1]
        cv2.resize(part, self._model.size, dst=self._crop, interpolation=cv2.INTER_LINEAR)
        (logits,) = self._model.look(self._crop)
        return np.array(logits[0], np.float64)


def surroundings(box: Box, size: tuple[int, int], times: float) -> Box:
    """Return a multiple of the face's box, shrunk and shifted as far as needed to stay inside the picture.

    Args:
        box: The face.
        size: (width, height) of the picture.
        times: How many times its sides.
    """
    width, height = max(box.width, 1.0), max(box.height, 1.0)
    room = max(min((size[0] - 1) / width, (size[1] - 1) / height, times), 0.0)
    x, y = box.centre
    left = min(max(x - room * width / 2, 0.0), max(size[0] - 1 - room * width, 0.0))
    top = min(max(y - room * height / 2, 0.0), max(size[1] - 1 - room * height, 0.0))
    return Box(left, top, left + room * width, top + room * height)
