"""Cross-layer equalisation: channels of one activation are brought to similar ranges, for one int8 scale serves all.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (2019). ReLU and PReLU are
positively homogeneous: a channel may be multiplied by a positive number before them if the next layer divides by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge.convert.graph import Array, Conv, Depthwise, Graph, Node, PRelu, Relu

_LARGEST = 16.0
_BEFORE_DEPTHWISE = 1.0
_BEFORE_POINTWISE = 0.5


@dataclass(frozen=True, slots=True)
class Link:
    """A layer, the activation that only the next layer reads, and that layer; all by name."""

    producer: str
    activation: str
    consumer: str


def links(graph: Graph) -> Iterator[Link]:
    """The places where a network can be equalised: two convolutions with at most a (P)ReLU between them."""
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        if not isinstance(node.op, Conv | Depthwise) or node.inputs[0] not in nodes:
            continue
        activation = nodes[node.inputs[0]]
        producer = nodes.get(activation.inputs[0]) if isinstance(activation.op, PRelu | Relu) else activation
        if producer is None or not isinstance(producer.op, Conv | Depthwise):
            continue
        read = {activation.name, producer.name}
        if all(len(graph.users(name)) == 1 for name in read) and not read & set(graph.outputs):
            yield Link(producer.name, activation.name, node.name)


def equalise(graph: Graph, reach: Mapping[str, Sequence[float]]) -> Graph:
    """Multiplies channels of every linked activation so that they reach equally far, and undoes it in the next layer.

    Args:
        graph: the network.
        reach: by activation, how far from zero each channel goes, shape (channels,).

    Returns:
        A network with the same outputs up to float rounding.
    """
    nodes = {node.name: node for node in graph.nodes}
    for link in links(graph):
        before, after = nodes[link.producer], nodes[link.consumer]
        power = _BEFORE_DEPTHWISE if isinstance(after.op, Depthwise) else _BEFORE_POINTWISE
        factors = _factors(np.asarray(reach[link.activation]), power)
        nodes[link.producer] = _multiply(before, factors)
        nodes[link.consumer] = _divide(after, factors)
    return graph.with_nodes(nodes[node.name] for node in graph.nodes)


def _factors(reach: npt.NDArray[np.float64], power: float) -> Array:
    largest = float(reach.max())
    floor = max(largest / _LARGEST ** (1 / power), np.finfo(np.float64).tiny)
    factors = np.clip((largest / np.maximum(reach, floor)) ** power, 1.0, _LARGEST)
    # Processors differ in the last digit of a power; few digits are the same on all, and so are the bytes built.
    return np.array([float(f"{factor:.4g}") for factor in factors], np.float32)


def _multiply(node: Node, factors: Array) -> Node:
    if not isinstance(node.op, Conv | Depthwise):
        raise TypeError(node.name)
    return replace(node, op=replace(node.op, kernel=node.op.kernel * factors, bias=node.op.bias * factors))


def _divide(node: Node, factors: Array) -> Node:
    if isinstance(node.op, Depthwise):
        return replace(node, op=replace(node.op, kernel=node.op.kernel / factors))
    if isinstance(node.op, Conv):
        return replace(node, op=replace(node.op, kernel=node.op.kernel / factors[:, None]))
    raise TypeError(node.name)
