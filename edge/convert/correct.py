"""Bias correction: rounding moves the mean of a layer's outputs, and its bias takes that back.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (2019), section 4.2; the means
are measured here, layer after layer, each fed by what the corrected layers before it make.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edge.convert import emit
from edge.convert.graph import Array, Conv, Depthwise, FakeQuant, Graph

_INT8 = 127


def corrections(
    graph: Graph, limits: Mapping[str, tuple[float, float]], samples: Sequence[Array]
) -> dict[str, list[float]]:
    """What to add to the biases of a network that will be rounded.

    Args:
        graph: as it will be rounded.
        limits: (lowest, highest) of every activation that will be.
        samples: inputs of the network.

    Returns:
        By layer, one number for each channel.
    """
    exact = {graph.input: list(samples)}
    rounded = {graph.input: [_rounded(x, limits.get(graph.input)) for x in samples]}
    found: dict[str, list[float]] = {}
    for place, node in enumerate(graph.nodes):
        op, coarse = node.op, node.op
        if isinstance(op, Conv | Depthwise):
            coarse = replace(op, kernel=rounded_kernel(op.kernel))
        wanted = [emit.layer(op, *parts) for parts in zip(*(exact[name] for name in node.inputs), strict=True)]
        given = [emit.layer(coarse, *parts) for parts in zip(*(rounded[name] for name in node.inputs), strict=True)]
        if isinstance(op, Conv | Depthwise):
            moved = np.mean([(w - g).mean(axis=(0, 1, 2)) for w, g in zip(wanted, given, strict=True)], axis=0)
            found[node.name] = [float(f"{value:.2g}") for value in moved]
            given = [value + np.array(found[node.name], np.float32) for value in given]
        exact[node.name] = wanted
        rounded[node.name] = [_rounded(value, limits.get(node.name)) for value in given]
        later = {name for other in graph.nodes[place + 1 :] for name in other.inputs}
        exact = {name: values for name, values in exact.items() if name in later}
        rounded = {name: values for name, values in rounded.items() if name in later}
    return found


def correct(graph: Graph, found: Mapping[str, Sequence[float]]) -> Graph:
    """The network with its biases corrected."""
    return graph.with_nodes(
        replace(node, op=replace(node.op, bias=node.op.bias + np.array(found[node.name], np.float32)))
        if isinstance(node.op, Conv | Depthwise) and node.name in found
        else node
        for node in graph.nodes
    )


def rounded_kernel(kernel: Array) -> Array:
    """A kernel as int8 holds it, with a scale for each output channel, the last axis."""
    scale = abs(kernel).max(axis=tuple(range(kernel.ndim - 1))) / _INT8
    scale[scale == 0] = 1
    return np.asarray(np.round(kernel / scale) * scale, np.float32)


def _rounded(values: Array, limits: tuple[float, float] | None) -> Array:
    return values if limits is None else emit.layer(FakeQuant(*limits), values)
