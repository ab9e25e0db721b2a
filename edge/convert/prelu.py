"""PReLU in a form that XNNPACK runs in int8: it has no quantised PReLU, and each would break the graph in two.

``PReLU(x) = slope * x + relu((1 - slope) * x)``, which is two 1 x 1 depthwise convolutions, one with a fused ReLU, and a sum.
"""

import numpy as np

from edge.convert.graph import Add, Array, Depthwise, Graph, Node, PRelu, Relu


def as_depthwise_pairs(graph: Graph) -> Graph:
    """The network with every PReLU replaced; slopes above 1, for which the identity does not hold, become 1."""
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes += _pair(node, node.op) if isinstance(node.op, PRelu) else [node]
    return graph.with_nodes(nodes)


def _pair(node: Node, op: PRelu) -> list[Node]:
    slope = np.minimum(op.slope, np.float32(1.0))
    straight, bent, cut = (f"{node.name}_{part}" for part in ("straight", "bent", "cut"))
    return [
        Node(straight, node.inputs, _scale(slope)),
        Node(bent, node.inputs, _scale(1 - slope)),
        Node(cut, (bent,), Relu()),
        Node(node.name, (straight, cut), Add()),
    ]


def _scale(factors: Array) -> Depthwise:
    return Depthwise(factors[None, None], np.zeros_like(factors))
