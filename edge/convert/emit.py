"""Turns a ``Graph`` into TensorFlow: eagerly to look at every activation, or as a traced function to convert."""

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


def activations(graph: Graph, x: Array) -> dict[str, Array]:
    """Runs the network on an input of shape ``graph.shape`` and returns every activation by name."""
    values = _walk(graph, tf.constant(x))
    return {name: np.asarray(value) for name, value in values.items()}


def traced(graph: Graph) -> Any:
    """The network as a concrete TensorFlow function of one float32 input."""

    @tf.function(input_signature=[tf.TensorSpec(graph.shape, tf.float32, name="input")], autograph=False)
    def network(x: Any) -> list[Any]:
        values = _walk(graph, x)
        return [values[name] for name in graph.outputs]

    return network.get_concrete_function()


def _walk(graph: Graph, x: Any) -> dict[str, Any]:
    values = {graph.input: x}
    for node in graph.nodes:
        values[node.name] = _apply(node.op, [values[name] for name in node.inputs])
    return values


def _apply(op: Op, inputs: list[Any]) -> Any:  # noqa: PLR0911 - one return for each kind of layer
    x = inputs[0]
    match op:
        case Conv() | Depthwise():
            return _convolve(op, x)
        case PRelu(slope=slope):
            return tf.nn.relu(x) + -slope[None, None] * tf.nn.relu(-x)  # the shape that the converter knows as PRELU
        case Relu():
            return tf.nn.relu(x)
        case Sigmoid():
            return tf.math.sigmoid(x)
        case Add():
            return inputs[0] + inputs[1]
        case Mul():
            return inputs[0] * inputs[1]
        case Mean():
            return tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        case MaxPool(size=size):
            return tf.nn.max_pool2d(x, size, size, "VALID")
        case PadChannels(count=count):
            return tf.pad(x, [[0, 0], [0, 0], [0, 0], [0, count]])
        case Reshape(shape=shape):
            return tf.reshape(x, shape)
        case Concat(axis=axis):
            return tf.concat(inputs, axis)
        case FakeQuant(low=low, high=high):
            return tf.quantization.fake_quant_with_min_max_args(x, low, high)


def _convolve(op: Conv | Depthwise, x: Any) -> Any:
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
