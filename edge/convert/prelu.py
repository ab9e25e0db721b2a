"""PReLU in a form that XNNPACK runs in int8: it has no quantised PReLU, and each would break the graph in two.

``PReLU(x) = slope * x + relu((1 - slope) * x)``: two 1 x 1 depthwise convolutions, one with a fused ReLU, and a sum.
Where the layer before is cheap it is run twice instead, with each factor in its weights: its own output is not rounded.
"""

from dataclasses import replace

import numpy as np

from edge.convert.graph import Add, Array, Conv, Depthwise, Graph, Node, PRelu, Relu


def as_depthwise_pairs(graph: Graph) -> Graph:
    """The network with every PReLU replaced; slopes above 1, for which the identity does not hold, become 1."""
    before = {node.name: node for node in graph.nodes}
    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        if not isinstance(node.op, PRelu):
            nodes[node.name] = node
            continue
        slope = np.minimum(node.op.slope, np.float32(1.0))
        source = before[node.inputs[0]]
        folded = _is_cheap(source, graph) and len(graph.users(source.name)) == 1
        if folded:
            del nodes[source.name]
        halves = [_scaled(source, factors) if folded else _scale(source, factors) for factors in (slope, 1 - slope)]
        for made in _pair(node.name, *halves):
            nodes[made.name] = made
    return graph.with_nodes(nodes.values())


def _is_cheap(node: Node, graph: Graph) -> bool:
    return isinstance(node.op, Depthwise) or (isinstance(node.op, Conv) and node.inputs == (graph.input,))


def _pair(name: str, straight: Node, bent: Node) -> list[Node]:
    names = [f"{name}_{part}" for part in ("straight", "bent", "cut")]
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
