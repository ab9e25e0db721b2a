"""A file that spells each PReLU out, and takes two pictures at once, is read as what it means."""

from __future__ import annotations

import numpy as np
import pytest

tensorflow = pytest.importorskip("tensorflow", reason="needs the extra `build` (scripts/build_models)")

from edge.convert import emit  # noqa: E402 - after the skip
from edge.convert.tflite_graph import read_tflite  # noqa: E402
from tests.models.test_convert import SIDE, WIDTH, pictures, run, weights  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]


def spelled_out(batch: int = 2) -> bytes:
    """A PReLU as old TensorFlow wrote it, between two convolutions, for a batch of pictures."""
    slope = tensorflow.constant(np.linspace(-0.2, 0.9, WIDTH, dtype=np.float32) / 2)

    def bent(x: object) -> object:
        y = tensorflow.nn.bias_add(
            tensorflow.nn.conv2d(x, weights(3, 3, 3, WIDTH, seed=1), 2, "SAME"), np.ones(WIDTH, np.float32)
        )
        y = tensorflow.nn.relu(y) + slope * (y - abs(y))
        y = tensorflow.nn.conv2d(y, weights(8, 8, WIDTH, 5, seed=2), 1, "VALID") + np.ones(5, np.float32)
        return tensorflow.reshape(y, (batch, 5))

    signature = [tensorflow.TensorSpec((batch, SIDE, SIDE, 3), tensorflow.float32)]
    function = tensorflow.function(bent, input_signature=signature).get_concrete_function()
    converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([function], tensorflow.Module())
    return bytes(converter.convert())


def test_a_prelu_that_is_spelled_out_for_a_batch_is_read_as_one_layer_for_one_picture() -> None:
    model = spelled_out()
    graph = read_tflite(model)
    assert [type(node.op).__name__ for node in graph.nodes] == ["Conv", "PRelu", "Conv", "Reshape"]
    assert graph.shape == (1, SIDE, SIDE, 3)
    x, other = pictures(2)
    (out,) = graph.outputs
    both = run(model, np.concatenate([x, other]))
    for place, picture in enumerate((x, other)):
        assert emit.activations(graph, picture)[out] == pytest.approx(both[place : place + 1], abs=1e-4)
