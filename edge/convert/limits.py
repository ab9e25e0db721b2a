"""Between which values each activation of a network is rounded to one of 256 steps."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from edge.convert import emit
from edge.convert.graph import Add, Array, Concat, Conv, Depthwise, Graph, Mean, Mul, Relu, Reshape
from edge.convert.prelu import pairs

Limits = dict[str, tuple[float, float]]

_MEASURED = (Conv, Depthwise, Add, Relu, Mul, Mean, Concat)
_BINS = 4096
_STEPS = 255
_SHARES = np.linspace(0.3, 1.0, 29)


def limited(graph: Graph) -> Iterator[str]:
    """Activations with a range of their own: not those before a fused ReLU, nor those that only move numbers about."""
    yield graph.input
    for node in graph.nodes:
        fused = [isinstance(user.op, Relu) for user in graph.users(node.name)]
        if isinstance(node.op, _MEASURED) and not (fused and all(fused)):
            yield node.name


def find(graph: Graph, samples: list[Array], known: Mapping[str, tuple[float, float]], norm: float) -> Limits:
    """The limits of every activation.

    Args:
        graph: as it will be rounded.
        samples: inputs of the network.
        known: limits that follow from what an activation means.
        norm: the errors of rounding and clipping are weighed by this power; infinite: nothing is clipped.
    """
    wanted = list(limited(graph))
    reach = dict.fromkeys(wanted, (0.0, 0.0))
    for x in samples:
        values = emit.activations(graph, x)
        reach = {name: _widened(reach[name], values[name]) for name in wanted}
    counts = {name: np.zeros(_BINS) for name in wanted}
    for x in samples:
        values = emit.activations(graph, x)
        for name in wanted:
            counts[name] += np.histogram(values[name], _BINS, reach[name])[0]
    found = {name: _best(counts[name], *reach[name], norm) for name in wanted}
    for name in graph.outputs:
        if values[name].size == 1:  # a logit: faces alone show one side of it
            furthest = max(map(abs, found[name]))
            found[name] = (-furthest, furthest)
    found |= known
    for node in graph.nodes:  # a concatenation and what it joins have one scale
        if isinstance(node.op, Concat):
            found |= dict.fromkeys(_moved(graph, node.inputs), found[node.name])
    return {name: (rounded(low), rounded(high)) for name, (low, high) in _with_shared_steps(graph, found).items()}


def rounded(value: float) -> float:
    """Few digits: the same on every processor, and so are the bytes built from them."""
    return float(f"{value:.6g}")


def _with_shared_steps(graph: Graph, limits: Limits) -> Limits:
    """Gives the parts of a PReLU the step of their sum, where they fit: adding them then rounds nothing."""
    shared = dict(limits)
    for pair in pairs(graph):
        width = limits[pair.total][1] - limits[pair.total][0]
        for name in (pair.straight, pair.cut):
            low, high = limits[name]
            if 0 < high - low <= width:
                shared[name] = (low / (high - low) * width, high / (high - low) * width)
    return shared


def _widened(limits: tuple[float, float], values: Array) -> tuple[float, float]:
    return min(limits[0], float(values.min())), max(limits[1], float(values.max()))


def _best(counts: npt.NDArray[np.float64], low: float, high: float, norm: float) -> tuple[float, float]:
    if not np.isfinite(norm):
        return low, high
    edges = np.linspace(low, high, _BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    errors = []
    for share in _SHARES:
        step = (high - low) * share / _STEPS
        taken = np.clip(np.round((middles - low * share) / step), 0, _STEPS) * step + low * share
        errors.append(float((counts * abs(taken - middles) ** norm).sum()))
    share = float(_SHARES[int(np.argmin(errors))])
    return low * share, high * share


def _moved(graph: Graph, names: Iterable[str]) -> Iterator[str]:
    """The activations whose numbers these are, before any reshaping."""
    nodes = {node.name: node for node in graph.nodes}
    for name in names:
        node = nodes[name]
        yield from _moved(graph, node.inputs) if isinstance(node.op, Reshape) else (name,)
