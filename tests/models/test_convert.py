"""The toolchain changes the form of a network, never what it computes; needs the extra `build`."""

from __future__ import annotations

import numpy as np
import pytest

tensorflow = pytest.importorskip("tensorflow", reason="needs the extra `build` (scripts/build_models)")

from edge.convert import emit, quantise, ranges  # noqa: E402 - after the check that it can be imported
from edge.convert.delegate import partitions  # noqa: E402
from edge.convert.equalise import equalise, links  # noqa: E402
from edge.convert.flatbuffer import ModelFile  # noqa: E402
from edge.convert.graph import Add, Array, Conv, Depthwise, Graph, Node, PRelu, Reshape  # noqa: E402
from edge.convert.prelu import as_depthwise_pairs  # noqa: E402
from edge.convert.tflite_graph import read_tflite  # noqa: E402
from edge.errors import ModelError  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]

SIDE, WIDTH = 16, 40


def weights(*shape: int, seed: int) -> Array:
    values = np.random.default_rng(seed).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
    return np.asarray(values, np.float32)


def network(largest_slope: float = 0.9) -> Graph:
    """A residual block: channels of very unequal reach, PReLUs, a depthwise layer, and a vector at the end."""
    slopes = np.linspace(-0.2, largest_slope, WIDTH, dtype=np.float32)
    uneven = np.geomspace(0.05, 5, WIDTH, dtype=np.float32)
    zeros = np.zeros(WIDTH, np.float32)
    one = ((1, 1), (1, 1))
    nodes = (
        Node("first", ("in",), Conv(weights(3, 3, 3, WIDTH, seed=1) * uneven, zeros, (2, 2), one)),
        Node("bend1", ("first",), PRelu(slopes)),
        Node("deep", ("bend1",), Depthwise(weights(3, 3, WIDTH, seed=2) * 3, zeros + 0.1, (1, 1), one)),
        Node("bend2", ("deep",), PRelu(slopes)),
        Node("mix", ("bend2",), Conv(weights(1, 1, WIDTH, WIDTH, seed=3), zeros)),
        Node("sum", ("mix", "bend1"), Add()),
        Node("last", ("sum",), Conv(weights(8, 8, WIDTH, 32, seed=4), np.zeros(32, np.float32))),
        Node("out", ("last",), Reshape((1, 32))),
    )
    return Graph("in", (1, SIDE, SIDE, 3), nodes, ("out",))


def pictures(count: int = 12) -> list[Array]:
    return [np.random.default_rng(i).uniform(-1, 1, (1, SIDE, SIDE, 3)).astype(np.float32) for i in range(count)]


def run(model: bytes, x: Array) -> Array:
    interpreter = tensorflow.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def likeness(model: bytes) -> float:
    graph = network()
    scores = []
    for x in pictures():
        one, other = run(model, x), emit.activations(graph, x)["out"]
        scores.append(float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other)))
    return min(scores)


def reach() -> dict[str, list[float]]:
    return ranges.measure(network(), pictures(), "noise").reach


def test_float_keeps_every_number() -> None:
    x = pictures()[0]
    assert run(quantise.float32(network()), x) == pytest.approx(emit.activations(network(), x)["out"], abs=1e-5)


def test_equalising_keeps_the_outputs_and_evens_out_the_channels() -> None:
    graph, x = network(), pictures()[0]
    assert {link.activation for link in links(graph)} == {"bend2"}  # bend1 is read twice
    even = equalise(graph, reach())
    before, after = emit.activations(graph, x), emit.activations(even, x)
    assert after["out"] == pytest.approx(before["out"], abs=1e-4)
    spread = [abs(a["bend2"]).max(axis=(0, 1, 2)) for a in (before, after)]
    assert spread[1].max() / spread[1].min() < spread[0].max() / spread[0].min() / 2


def test_a_pair_of_depthwise_layers_is_a_prelu() -> None:
    graph, x = network(), pictures()[0]
    pairs = as_depthwise_pairs(graph)
    assert not any(isinstance(node.op, PRelu) for node in pairs.nodes)
    assert emit.activations(pairs, x)["out"] == pytest.approx(emit.activations(graph, x)["out"], abs=1e-4)


def test_a_slope_above_one_is_cut_to_one() -> None:
    x = pictures()[0]
    steep, cut = network(largest_slope=3.0), as_depthwise_pairs(network(largest_slope=3.0))
    limited = steep.with_nodes(
        Node(n.name, n.inputs, PRelu(np.minimum(n.op.slope, 1))) if isinstance(n.op, PRelu) else n for n in steep.nodes
    )
    assert emit.activations(cut, x)["out"] == pytest.approx(emit.activations(limited, x)["out"], abs=1e-4)


def test_dynamic_range_is_one_piece_and_near_the_float() -> None:
    model = quantise.dynamic_range(network())
    assert partitions(model) == 1
    assert likeness(model) > 0.999


def test_a_fragile_layer_keeps_its_float_weights() -> None:
    plain, careful = quantise.dynamic_range(network()), quantise.dynamic_range(network(), ("last",))
    assert len(careful) > len(plain) + 2 * 8 * 8 * WIDTH * 32


def test_full_integer_needs_no_pictures_is_one_piece_and_near_the_float() -> None:
    measured = ranges.measure(network(), pictures(), "noise")
    model = quantise.full_integer(network(), measured)
    assert partitions(model) == 1
    assert likeness(model) > 0.98


def test_converting_twice_gives_the_same_bytes() -> None:
    measured = ranges.measure(network(), pictures(), "noise")
    for make in (quantise.float32, quantise.dynamic_range, lambda graph: quantise.full_integer(graph, measured)):
        assert make(network()) == make(network())


def test_constants_lie_at_multiples_of_sixteen_bytes() -> None:
    kernel = network().nodes[0].op
    assert isinstance(kernel, Conv)
    model = quantise.float32(network())
    place = model.index(kernel.kernel.transpose(3, 0, 1, 2).tobytes())
    assert place % 16 == 0
    assert ModelFile(model).packed() == ModelFile(ModelFile(model).packed()).packed()


def test_what_was_written_can_be_read_back() -> None:
    graph = read_tflite(quantise.float32(as_depthwise_free()))
    x = pictures()[0]
    (out,) = graph.outputs
    assert emit.activations(graph, x)[out] == pytest.approx(emit.activations(as_depthwise_free(), x)["last"], abs=1e-5)


def as_depthwise_free() -> Graph:
    """The network without what the reader does not know (a fused PAD, a final RESHAPE)."""
    graph = network()
    kept = [node for node in graph.nodes if node.name != "out"]
    first = kept[0]
    assert isinstance(first.op, Conv)
    plain = Node("first", ("in",), Conv(first.op.kernel[:2, :2], first.op.bias, (2, 2)))
    return Graph(graph.input, graph.shape, (plain, *kept[1:]), ("last",))


def test_an_unknown_operator_is_refused_by_name() -> None:
    graph = network()
    with pytest.raises(ModelError, match="PAD"):
        read_tflite(quantise.float32(graph))
