"""Turns a ``Graph`` into TensorFlow: eagerly to look at every activation, or as a traced function to convert."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from edge.convert.graph import (
    NO_PADS,
    Add,
    Array,
    Concat,
    Conv,
    Depthwise,
    FakeQuant,
    Graph,
    MaxPool,
    Mean,
    Mul,
    Op,
    PadChannels,
    PRelu,
    Relu,
    Reshape,
    Sigmoid,
    same_pads,
)

Tensor = Any  # TensorFlow has no types


def activations(graph: Graph, x: Array) -> dict[str, Array]:
    """Runs the network on an input of shape ``graph.shape`` and returns every activation by name."""
    values = _walk(graph, tf.constant(x))
    return {name: np.asarray(value) for name, value in values.items()}


def layer(op: Op, *inputs: Array) -> Array:
    """Runs one layer and returns the activation it makes."""
    return np.asarray(_LAYERS[type(op)](op, *inputs))


def traced(graph: Graph) -> Tensor:
    """The network as a concrete TensorFlow function of one float32 input."""

    def network(x: Tensor) -> list[Tensor]:
        values = _walk(graph, x)
        return [values[name] for name in graph.outputs]

    signature = [tf.TensorSpec(graph.shape, tf.float32, name="input")]
    return tf.function(network, input_signature=signature, autograph=False).get_concrete_function()


def _walk(graph: Graph, x: Tensor) -> dict[str, Tensor]:
    values = {graph.input: x}
    for node in graph.nodes:
        values[node.name] = _LAYERS[type(node.op)](node.op, *(values[name] for name in node.inputs))
    return values


def _convolution(op: Conv | Depthwise, x: Tensor) -> Tensor:
    height, width = op.kernel.shape[:2]
    padding = "VALID"
    if op.pads != NO_PADS:
        if op.pads == same_pads(tuple(x.shape[1:3]), (height, width), op.strides):
            padding = "SAME"
        else:
            x = tf.pad(x, [[0, 0], *op.pads, [0, 0]])
    if isinstance(op, Conv):
        y = tf.nn.conv2d(x, op.kernel, op.strides, padding)
    else:
        y = tf.nn.depthwise_conv2d(x, op.kernel[..., None], [1, *op.strides, 1], padding)
    return tf.nn.bias_add(y, op.bias)


def _prelu(op: PRelu, x: Tensor) -> Tensor:
    """In the form, and the slope in the shape, that the converter takes for a PRELU."""
    return tf.nn.relu(x) + -op.slope[None, None] * tf.nn.relu(-x)


def _max_pool(op: MaxPool, x: Tensor) -> Tensor:
    return tf.nn.max_pool2d(x, op.size, op.size, "VALID")


def _pad_channels(op: PadChannels, x: Tensor) -> Tensor:
    return tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, op.count]])


def _fake_quant(op: FakeQuant, x: Tensor) -> Tensor:
    return tf.quantization.fake_quant_with_min_max_args(x, op.low, op.high)


_LAYERS: dict[type, Callable[..., Tensor]] = {
    Conv: _convolution,
    Depthwise: _convolution,
    PRelu: _prelu,
    Relu: lambda _, x: tf.nn.relu(x),
    Sigmoid: lambda _, x: tf.math.sigmoid(x),
    Add: lambda _, x, y: x + y,
    Mul: lambda _, x, y: x * y,
    Mean: lambda _, x: tf.reduce_mean(x, axis=[1, 2], keepdims=True),
    MaxPool: _max_pool,
    PadChannels: _pad_channels,
    Reshape: lambda op, x: tf.reshape(x, op.shape),
    Concat: lambda op, *parts: tf.concat(parts, op.axis),
    FakeQuant: _fake_quant,
}
