"""The only importer of the TFLite runtime: a model in, arrays out."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.errors import ModelError

try:
    from ai_edge_litert import interpreter as runtime
except ModuleNotFoundError:  # the extra `tflite`: the last of the old line, for machines that are kept on it
    from tflite_runtime import interpreter as runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edge.vision.bundle import Bundle

RUNTIME = runtime.__name__.partition(".")[0]
"""The runtime's package name."""


class ShapeError(ModelError):
    """A model takes or gives other tensors than its manifest says."""


class Model:
    """A model that is ready to run; its buffers are allocated once. One thread at a time may use it.

    Attributes:
        bundle: What runs.
        size: (width, height) of the picture it takes.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        feed = bundle.manifest.input
        self.bundle = bundle
        self.size = (feed.width, feed.height)
        try:
            with _hushed():
                self._interpreter = runtime.Interpreter(model_content=bundle.model, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{bundle.folder}: {RUNTIME} cannot load it: {error}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        shape = [int(side) for side in inputs[0]["shape"]]
        if len(inputs) != 1 or shape != list(feed.shape) or inputs[0]["dtype"] is not np.float32:
            raise ShapeError(f"{bundle.folder}: the model takes {shape}, its manifest says {list(feed.shape)}")
        self._input = int(inputs[0]["index"])
        self._outputs = [int(output["index"]) for output in outputs]
        given = [[int(side) for side in output["shape"]] for output in outputs]
        promised = [list(output.shape) for output in bundle.manifest.output]
        if given != promised:
            raise ShapeError(f"{bundle.folder}: the model gives {given}, its manifest says {promised}")
        self._turn = feed.colour == "RGB"
        self._mean, self._scale = np.float32(feed.mean), np.float32(feed.scale)
        self._colours = np.empty((feed.height, feed.width, 3), np.uint8)
        self._tensor = np.empty((1, feed.height, feed.width, 3), np.float32)

    def look(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run on a picture, fed as the manifest says.

        Args:
            picture: (height, width, 3) uint8, BGR, of the size the model takes.

        Returns:
            The outputs in the manifest's order, each with its batch axis of one.
        """
        fed = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=self._colours) if self._turn else picture
        np.subtract(fed, self._mean, out=self._tensor[0], dtype=np.float32)
        np.multiply(self._tensor, self._scale, out=self._tensor)
        return self.run(self._tensor)

    def run(self, tensor: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run on a tensor of the model's input shape, float32, NHWC; returns the outputs in the manifest's order."""
        self._interpreter.set_tensor(self._input, tensor)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep the runtime from greeting on standard error; what goes wrong it raises."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
