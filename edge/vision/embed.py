"""Turns an aligned face into a vector of unit length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.errors import ModelError
from edge.values import Embedding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.values import Space
    from edge.vision.bundle import Bundle
    from edge.vision.infer import Model


def space_of(bundle: Bundle, *, flip: bool = False) -> Space:
    """Return the embedding space of a bundle's templates.

    A template that averages two views is not one that does not: it lives in a space of its own (S5).

    Raises:
        ModelError: The model is no embedder.
    """
    return replace(bundle.space, preprocessing=f"{bundle.space.preprocessing}+flip") if flip else bundle.space


class Embedder:
    """Makes embeddings of one space.

    Attributes:
        space: The space they live in.
    """

    def __init__(self, model: Model, *, flip: bool = False) -> None:
        self.space = space_of(model.bundle, flip=flip)
        self._model = model
        self._flip = flip

    def __call__(self, chip: NDArray[np.uint8]) -> Embedding:
        """Return the embedding of an aligned face, (112, 112, 3) uint8, BGR.

        Raises:
            ModelError: The model gave a vector without a length or a direction (S8).
        """
        (vector,) = self._model.look(chip)
        if self._flip:
            vector = (vector + self._model.look(np.asarray(cv2.flip(chip, 1), np.uint8))[0]) * np.float32(0.5)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < 1e-6:
            raise ModelError(f"{self._model.bundle.name}: the embedding's length is {length}; the model is broken")
        return Embedding((vector[0] / length).astype(np.float32), self.space, length)
