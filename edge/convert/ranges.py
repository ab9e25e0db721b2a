"""What was measured of a network on faces, kept as numbers and read by whoever rebuilds: no picture is needed then."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from edge.convert import emit
from edge.convert import limits as bounds
from edge.convert.correct import correct, corrections
from edge.convert.equalise import equalise, scales
from edge.convert.graph import Array, FakeQuant, Graph, Node
from edge.convert.prelu import as_pairs
from edge.errors import ModelError

FOLDER = Path(__file__).parent / "ranges"
_REACH_PERCENTILE = 99.9
_BINS = 1024
_CHANNELS = 3  # the axis
_CORRECTED_ON = 72  # samples are held in memory together


class Rounding(Struct, frozen=True):
    """How a network's activations are to be rounded.

    Attributes:
        limits: (lowest, highest) of activations that follow from what they mean, such as those of a picture's pixels.
        norm: the power by which errors of rounding and clipping are weighed; infinite: nothing is clipped.
        corrected: whether biases are corrected for what rounding does.
    """

    limits: dict[str, tuple[float, float]] = {}
    norm: float = 2.5
    corrected: bool = True


class Ranges(Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured of one network, in which every PReLU is a pair.

    Attributes:
        data: the pictures.
        samples: how many inputs.
        scales: what every channel of an activation is multiplied by (``equalise``).
        limits: (lowest, highest) of every activation of the equalised network.
        corrections: what is added to each bias of the equalised network.
    """

    data: str
    samples: int
    scales: dict[str, list[float]]
    limits: dict[str, tuple[float, float]]
    corrections: dict[str, list[float]]


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


def measure(graph: Graph, inputs: Iterable[Array], data: str, rounding: Rounding | None = None) -> Ranges:
    """Measures a network on inputs of its own shape.

    Args:
        graph: as read from its source.
        inputs: each (1, height, width, 3), scaled as the network wants it.
        data: the name of the pictures.
        rounding: how it is to be rounded.
    """
    how, samples = rounding or Rounding(), list(inputs)
    pairs = as_pairs(graph)
    factors = scales(pairs, _reach(pairs, list(bounds.limited(pairs)), samples))
    even = equalise(pairs, factors)
    limits = bounds.find(even, samples, how.limits, how.norm)
    few = samples[:: -(-len(samples) // _CORRECTED_ON)]
    return Ranges(data, len(samples), factors, limits, corrections(even, limits, few) if how.corrected else {})


def prepared(graph: Graph, ranges: Ranges) -> Graph:
    """The network in the form that is quantised: without PReLU, equalised, its biases corrected."""
    return correct(equalise(as_pairs(graph), ranges.scales), ranges.corrections)


def annotated(graph: Graph, limits: Mapping[str, tuple[float, float]]) -> Graph:
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
    """The percentile of every channel's magnitude over all samples, read off a histogram of each; of pictures only."""
    highest: dict[str, Array] = {}
    for x in samples:
        values = emit.activations(graph, x)
        wanted = [name for name in wanted if values[name].ndim == _CHANNELS + 1]
        for name in wanted:
            top = abs(values[name]).max(axis=(0, 1, 2))
            highest[name] = np.maximum(highest.get(name, top), top)
    counts = {name: np.zeros((len(highest[name]), _BINS), np.float32) for name in wanted}
    for x in samples:
        values = emit.activations(graph, x)
        for name in wanted:
            counts[name] += _histograms(abs(values[name]), highest[name])
    return {name: [float(v) for v in _percentiles(counts[name]) * highest[name]] for name in wanted}


def _histograms(values: Array, highest: Array) -> Array:
    """Counts by channel, shape (channels, _BINS)."""
    channels = len(highest)
    bins = (values.reshape(-1, channels) / np.maximum(highest, np.finfo(np.float32).tiny) * (_BINS - 1)).astype(
        np.int64
    )
    flat = (bins + np.arange(channels) * _BINS).reshape(-1)
    return np.bincount(flat, minlength=channels * _BINS).reshape(channels, _BINS).astype(np.float32)


def _percentiles(counts: Array) -> npt.NDArray[np.float64]:
    """The percentile of each channel as a share of its highest value."""
    shares = counts.cumsum(axis=1, dtype=np.float64) / counts.sum(axis=1, keepdims=True)
    below = (shares < _REACH_PERCENTILE / 100).sum(axis=1)
    return np.asarray((below + 1) / _BINS, np.float64)
