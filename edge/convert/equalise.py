"""Cross-layer equalisation: channels of one activation are brought to similar ranges, for one int8 scale serves all.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (2019). ReLU is positively
homogeneous: a channel may be multiplied by a positive number if whoever reads it divides by that number. Here the
channels of all activations between which numbers only pass, as along a residual stream, are multiplied alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edge.convert.graph import (
    Add,
    Conv,
    Depthwise,
    Graph,
    MaxPool,
    Mean,
    Mul,
    Node,
    PadChannels,
    Relu,
)

Channel = tuple[str, int]

_LARGEST = 16.0
_BEFORE_DEPTHWISE = 1.0
_BEFORE_OTHERS = 0.35  # a layer that sums channels rounds its own weights worse for what its input gains
_PASSING = (Add, MaxPool, Mean, Mul, PadChannels, Relu)


class _Groups:
    """Channels that must be multiplied alike; ``None`` among them stands for a factor of 1."""

    def __init__(self, graph: Graph) -> None:
        self.widths = {graph.input: graph.shape[3]}
        self._above: dict[Channel | None, Channel | None] = {}
        self._pin(graph.input)
        for node in graph.nodes:
            self._read(node)
        for name in graph.outputs:
            self._pin(name)

    def of(self, name: str) -> list[Channel | None]:
        """The group of every channel of an activation, each called after one of its channels."""
        return [self._find((name, channel)) for channel in range(self.widths.get(name, 0))]

    def _read(self, node: Node) -> None:
        if isinstance(node.op, Conv | Depthwise):
            self.widths[node.name] = node.op.kernel.shape[-1]
        elif isinstance(node.op, _PASSING):
            added = node.op.count if isinstance(node.op, PadChannels) else 0
            self.widths[node.name] = self.widths[node.inputs[0]] + added
            scaled = node.inputs[:1] if isinstance(node.op, Mul) else node.inputs
            for name in scaled:
                for channel in range(self.widths[name]):
                    self._join((node.name, channel), (name, channel))
            for name in set(node.inputs) - set(scaled):
                self._pin(name)
        else:
            for name in node.inputs:
                self._pin(name)

    def _pin(self, name: str) -> None:
        for channel in range(self.widths.get(name, 0)):
            self._join((name, channel), None)

    def _join(self, one: Channel | None, other: Channel | None) -> None:
        first, second = self._find(one), self._find(other)
        if first != second:
            later, earlier = (first, second) if first is not None else (second, first)
            self._above[later] = earlier

    def _find(self, one: Channel | None) -> Channel | None:
        while one in self._above:
            one = self._above[one]
        return one


def scales(graph: Graph, reach: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """What every channel is to be multiplied by, so that all channels of an activation reach about equally far.

    Args:
        graph: the network.
        reach: by activation that will be rounded, how far from zero each channel goes, shape (channels,).

    Returns:
        By activation; one that has the channels of another is left out.
    """
    groups = _Groups(graph)
    furthest: dict[Channel | None, float] = {}
    for name, values in reach.items():
        largest = max(values)
        for group, value in zip(groups.of(name), values, strict=False):
            furthest[group] = max(furthest.get(group, 0.0), value / largest if largest else 1.0)
    furthest[None] = 1.0
    layers = [node for node in graph.nodes if isinstance(node.op, Conv | Depthwise)]
    summed = {group for node in layers if isinstance(node.op, Conv) for group in groups.of(node.inputs[0])}
    found: dict[str, list[float]] = {}
    told: set[Channel | None] = {None}
    for name in dict.fromkeys(name for node in layers for name in (node.inputs[0], node.name)):
        channels = groups.of(name)
        if not told.issuperset(channels):
            told |= set(channels)
            powers = [_BEFORE_OTHERS if group in summed else _BEFORE_DEPTHWISE for group in channels]
            reached = [furthest.get(group, 1.0) for group in channels]
            found[name] = [_factor(value, power) for value, power in zip(reached, powers, strict=True)]
    return found


def equalise(graph: Graph, factors: Mapping[str, Sequence[float]]) -> Graph:
    """Multiplies channels and undoes it in whatever layer reads them.

    Args:
        graph: the network.
        factors: as ``scales`` found them.

    Returns:
        A network with the same outputs up to float rounding.
    """
    groups = _Groups(graph)
    known: dict[Channel | None, float] = {}
    for name, values in factors.items():
        known |= dict(zip(groups.of(name), values, strict=True))
    known[None] = 1.0
    return graph.with_nodes(_changed(node, groups, known) for node in graph.nodes)


def _factor(reach: float, power: float) -> float:
    factor = min(max(reach, np.finfo(np.float64).tiny) ** -power, _LARGEST)
    # Processors differ in the last digit of a power; few digits are the same on all, and so are the bytes built.
    return float(f"{factor:.4g}")


def _changed(node: Node, groups: _Groups, known: Mapping[Channel | None, float]) -> Node:
    if not isinstance(node.op, Conv | Depthwise):
        return node
    read, made = (
        np.array([known.get(group, 1.0) for group in groups.of(name)] or [1.0], np.float32)
        for name in (node.inputs[0], node.name)
    )
    divided = node.op.kernel / (read if isinstance(node.op, Depthwise) else read[:, None])
    return replace(node, op=replace(node.op, kernel=divided * made, bias=node.op.bias * made))
