"""The ranges of a network's activations: measured once on faces, kept as numbers, read by whoever rebuilds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from edge.convert import emit
from edge.convert.equalise import equalise, links
from edge.convert.graph import Add, Array, Concat, Conv, Depthwise, FakeQuant, Graph, Mean, Mul, Node, Relu, Reshape
from edge.convert.prelu import as_depthwise_pairs
from edge.errors import ModelError

FOLDER = Path(__file__).parent / "ranges"
_REACH_PERCENTILE = 99.9
_MEASURED = (Conv, Depthwise, Add, Relu, Mul, Mean, Concat)
_BINS = 4096
_STEPS = 255
_SHARES = np.linspace(0.4, 1.0, 25)


class Ranges(Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of one network.

    Attributes:
        data: the pictures.
        samples: how many inputs.
        reach: 99.9th percentile of the magnitude of every channel of the activations between two layers.
        limits: (lowest, highest) of every activation of the equalised network.
    """

    data: str
    samples: int
    reach: dict[str, list[float]]
    limits: dict[str, tuple[float, float]]


def read(name: str) -> Ranges:
    """The ranges of a network.

    Raises:
        ModelError: they are missing or damaged.
    """
    path = FOLDER / f"{name}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ranges)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"{path}: {error}") from error


def write(name: str, ranges: Ranges) -> Path:
    """Keeps the ranges of a network and returns where."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_bytes(msgspec.json.encode(ranges) + b"\n")
    return path


def measure(graph: Graph, inputs: Iterable[Array], data: str) -> Ranges:
    """Measures a network on inputs of its own shape.

    Args:
        graph: as read from its source.
        inputs: each (1, height, width, 3), scaled as the network wants it.
        data: the name of the pictures.
    """
    samples = list(inputs)
    reach = _reach(graph, [link.activation for link in links(graph)], samples)
    return Ranges(data, len(samples), reach, _limits(prepared(graph, reach), samples))


def prepared(graph: Graph, reach: dict[str, list[float]]) -> Graph:
    """The network in the form that is quantised: equalised, without PReLU."""
    return as_depthwise_pairs(equalise(graph, reach))


def annotated(graph: Graph, limits: dict[str, tuple[float, float]]) -> Graph:
    """The prepared network with every activation's range written into it."""
    renamed: dict[str, str] = {}
    nodes: list[Node] = []
    for name, node in [(graph.input, None), *((node.name, node) for node in graph.nodes)]:
        if node is not None:
            nodes.append(Node(name, tuple(renamed.get(x, x) for x in node.inputs), node.op))
        if name in limits:
            renamed[name] = f"{name}_limited"
            nodes.append(Node(renamed[name], (name,), FakeQuant(*limits[name])))
    outputs = tuple(renamed.get(name, name) for name in graph.outputs)
    return Graph(graph.input, graph.shape, tuple(nodes), outputs)


def _reach(graph: Graph, wanted: list[str], samples: list[Array]) -> dict[str, list[float]]:
    """The percentile of every channel's magnitude over all samples, read off a histogram of each."""
    highest: dict[str, Array] = {}
    for x in samples:
        values = emit.activations(graph, x)
        for name in wanted:
            top = abs(values[name]).max(axis=(0, 1, 2))
            highest[name] = np.maximum(highest.get(name, top), top)
    counts = {name: np.zeros((len(highest[name]), _BINS)) for name in wanted}
    for x in samples:
        values = emit.activations(graph, x)
        for name in wanted:
            counts[name] += _histograms(abs(values[name]), highest[name])
    return {name: [_rounded(v) for v in _percentiles(counts[name]) * highest[name]] for name in wanted}


def _histograms(values: Array, highest: Array) -> npt.NDArray[np.float64]:
    """Counts by channel, shape (channels, _BINS)."""
    channels = len(highest)
    bins = (values.reshape(-1, channels) / np.maximum(highest, np.finfo(np.float32).tiny) * (_BINS - 1)).astype(
        np.int64
    )
    flat = (bins + np.arange(channels) * _BINS).reshape(-1)
    return np.bincount(flat, minlength=channels * _BINS).reshape(channels, _BINS).astype(np.float64)


def _percentiles(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The percentile of each channel as a share of its highest value."""
    shares = counts.cumsum(axis=1) / counts.sum(axis=1, keepdims=True)
    below = (shares < _REACH_PERCENTILE / 100).sum(axis=1)
    return np.asarray((below + 1) / _BINS, np.float64)


def _limits(graph: Graph, samples: list[Array]) -> dict[str, tuple[float, float]]:
    """For every activation the limits at which rounding and clipping together err least, in the mean square."""
    wanted = list(_limited(graph))
    reach = dict.fromkeys(wanted, (0.0, 0.0))
    for x in samples:
        values = emit.activations(graph, x)
        reach = {name: _widened(reach[name], values[name]) for name in wanted}
    counts = {name: np.zeros(_BINS) for name in wanted}
    for x in samples:
        values = emit.activations(graph, x)
        for name in wanted:
            counts[name] += np.histogram(values[name], _BINS, reach[name])[0]
    limits = {name: _best(counts[name], *reach[name]) for name in wanted}
    for name in graph.outputs:
        if values[name].size == 1:  # a logit: faces alone show one side of it
            furthest = max(map(abs, limits[name]))
            limits[name] = (-furthest, furthest)
    for node in graph.nodes:  # a concatenation and what it joins have one scale
        if isinstance(node.op, Concat):
            limits |= dict.fromkeys(_moved(graph, node.inputs), limits[node.name])
    return limits


def _widened(limits: tuple[float, float], values: Array) -> tuple[float, float]:
    return min(limits[0], float(values.min())), max(limits[1], float(values.max()))


def _best(counts: npt.NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    edges = np.linspace(low, high, _BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    errors = []
    for share in _SHARES:
        step = (high - low) * share / _STEPS
        rounded = np.clip(np.round((middles - low * share) / step), 0, _STEPS) * step + low * share
        errors.append(float((counts * (rounded - middles) ** 2).sum()))
    share = float(_SHARES[int(np.argmin(errors))])
    return _rounded(low * share), _rounded(high * share)


def _moved(graph: Graph, names: Iterable[str]) -> Iterator[str]:
    """The activations whose numbers these are, before any reshaping."""
    nodes = {node.name: node for node in graph.nodes}
    for name in names:
        node = nodes[name]
        yield from _moved(graph, node.inputs) if isinstance(node.op, Reshape) else (name,)


def _limited(graph: Graph) -> Iterator[str]:
    """Activations with a range of their own: not those before a fused ReLU, nor those that only move numbers about."""
    yield graph.input
    for node in graph.nodes:
        fused = [isinstance(user.op, Relu) for user in graph.users(node.name)]
        if isinstance(node.op, _MEASURED) and not (fused and all(fused)):
            yield node.name


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
