"""From a ``Graph`` to a TFLite file in one of three precisions."""

from typing import Any

import numpy as np
import tensorflow as tf

from edge.convert import emit
from edge.convert.flatbuffer import ModelFile
from edge.convert.graph import Conv, Depthwise, Graph
from edge.convert.ranges import Ranges, annotated, prepared
from edge.convert.recipes import Variant
from edge.vision.manifest import Quantisation

PAPERS: dict[Variant, Quantisation] = {
    "float": Quantisation("none, float32", "as read from the source", "none"),
    "dynamic": Quantisation(
        "int8 weights per output channel, activations quantised as they flow; depthwise and fragile kernels float32",
        "TFLiteConverter Optimize.DEFAULT, then those kernels restored",
        "none needed",
    ),
    "integer": Quantisation(
        "int8 weights per output channel, int8 activations; float32 in and out",
        "PReLU as a sum of two convolutions, cross-layer equalisation; ranges and bias corrections read from a file",
        "channel scales, activation ranges and bias corrections, kept as numbers in edge/convert/ranges",
    ),
}


def float32(graph: Graph) -> bytes:
    """The network as it is."""
    return _convert(graph, quantised=False).packed()


def dynamic_range(graph: Graph, fragile: tuple[str, ...] = ()) -> bytes:
    """Int8 weights, one scale per output channel; activations are quantised as they flow, with a scale of their own.

    Depthwise kernels stay float32, since XNNPACK has no depthwise convolution with int8 weights and float activations:
    each would break the graph in two.

    Args:
        graph: the network.
        fragile: other layers to keep in float32.
    """
    file = _convert(graph, quantised=True)
    layers = [(node.name, node.op) for node in graph.nodes if isinstance(node.op, Conv | Depthwise)]
    file.keep_float([op for name, op in layers if isinstance(op, Depthwise) or name in fragile])
    return file.packed()


def full_integer(graph: Graph, measured: Ranges) -> bytes:
    """Int8 weights and activations, float32 in and out, with numbers that were measured before."""
    return _convert(annotated(prepared(graph, measured), measured.limits), quantised=True).packed()


def output_shapes(graph: Graph) -> list[list[int]]:
    """The shapes of the network's outputs, in order."""
    values = emit.activations(graph, np.zeros(graph.shape, np.float32))
    return [list(values[name].shape) for name in graph.outputs]


def _convert(graph: Graph, *, quantised: bool) -> ModelFile:
    module = tf.Module()
    function: Any = emit.traced(graph)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    if quantised:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    file = ModelFile(bytes(converter.convert()))
    file.order_outputs()
    return file
