"""PReLU in a form that XNNPACK runs in int8: it has no quantised PReLU, and each would break the graph in two.

``PReLU(x) = slope * x + relu((1 - slope) * x)``: the layer before is run twice, with each factor in its weights, and
the results are added. Its own output is then never rounded. Where the layer before is a sum, two 1 x 1 depthwise
convolutions stand for the factors.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from edge.convert.graph import Add, Array, Conv, Depthwise, Graph, Node, PRelu, Relu

_STRAIGHT, _BENT, _CUT = "_straight", "_bent", "_cut"


@dataclass(frozen=True, slots=True)
class Pair:
    """A PReLU whose layer before is run twice; all by name."""

    total: str
    straight: str
    cut: str


def as_pairs(graph: Graph) -> Graph:
    """The network with every PReLU replaced; slopes above 1, for which the identity does not hold, become 1."""
    before = {node.name: node for node in graph.nodes}
    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        if not isinstance(node.op, PRelu):
            nodes[node.name] = node
            continue
        slope = np.minimum(node.op.slope, np.float32(1.0))
        source = before[node.inputs[0]]
        folded = isinstance(source.op, Conv | Depthwise) and graph.users(source.name) == (node,)
        if folded:
            del nodes[source.name]
        halves = [_scaled(source, factors) if folded else _scale(source, factors) for factors in (slope, 1 - slope)]
        for made in _pair(node.name, *halves):
            nodes[made.name] = made
    return graph.with_nodes(nodes.values())


def pairs(graph: Graph) -> Iterator[Pair]:
    """The PReLUs of a network made by ``as_pairs`` for which a layer is run twice."""
    nodes = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        names = (f"{node.name}{_STRAIGHT}", f"{node.name}{_CUT}")
        if node.inputs != names:
            continue
        op = nodes[names[0]].op
        if isinstance(op, Conv) or (isinstance(op, Depthwise) and op.kernel.shape[:2] != (1, 1)):
            yield Pair(node.name, *names)


def _pair(name: str, straight: Node, bent: Node) -> list[Node]:
    names = [f"{name}{part}" for part in (_STRAIGHT, _BENT, _CUT)]
    return [
        replace(straight, name=names[0]),
        replace(bent, name=names[1]),
        Node(names[2], (names[1],), Relu()),
        Node(name, (names[0], names[2]), Add()),
    ]


def _scaled(node: Node, factors: Array) -> Node:
    if not isinstance(node.op, Conv | Depthwise):
        raise TypeError(node.name)
    return replace(node, op=replace(node.op, kernel=node.op.kernel * factors, bias=node.op.bias * factors))


def _scale(source: Node, factors: Array) -> Node:
    return Node("", (source.name,), Depthwise(factors[None, None], np.zeros_like(factors)))
