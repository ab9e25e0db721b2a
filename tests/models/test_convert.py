"""The toolchain changes the form of a network, never what it computes; needs the extra `build`."""

from __future__ import annotations

import numpy as np
import pytest

tensorflow = pytest.importorskip("tensorflow", reason="needs the extra `build` (scripts/build_models)")

from edge.convert import emit, quantise, ranges  # noqa: E402 - after the check that it can be imported
from edge.convert.correct import correct, corrections, rounded_kernel  # noqa: E402
from edge.convert.delegate import partitions  # noqa: E402
from edge.convert.equalise import equalise, scales  # noqa: E402
from edge.convert.flatbuffer import ModelFile  # noqa: E402
from edge.convert.graph import Add, Array, Conv, Depthwise, Graph, Node, PadChannels, PRelu, Reshape  # noqa: E402
from edge.convert.limits import Limits, find  # noqa: E402
from edge.convert.prelu import as_pairs, pairs  # noqa: E402
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


def reach(graph: Graph) -> dict[str, list[float]]:
    """How far from zero every channel of the convolutions, sums and activations goes."""
    seen = [emit.activations(graph, x) for x in pictures()]
    four = [node.name for node in graph.nodes if seen[0][node.name].ndim == 4]
    return {name: [float(v) for v in max_over([abs(one[name]) for one in seen])] for name in four}


def max_over(values: list[Array]) -> Array:
    return np.asarray(np.stack(values).max(axis=(0, 1, 2, 3)))


def spread(values: Array) -> float:
    furthest = abs(values).max(axis=(0, 1, 2))
    return float(furthest.max() / furthest.min())


def even() -> Graph:
    graph = as_pairs(network())
    return equalise(graph, scales(graph, reach(graph)))


def rounded(graph: Graph, limits: Limits) -> Graph:
    """What the runtime computes, as TensorFlow tells it: int8 kernels and int8 activations."""
    coarse = (
        Node(n.name, n.inputs, type(n.op)(rounded_kernel(n.op.kernel), n.op.bias, n.op.strides, n.op.pads))
        if isinstance(n.op, Conv | Depthwise)
        else n
        for n in graph.nodes
    )
    return ranges.annotated(graph.with_nodes(coarse), limits)


def test_float_keeps_every_number() -> None:
    x = pictures()[0]
    assert run(quantise.float32(network()), x) == pytest.approx(emit.activations(network(), x)["out"], abs=1e-5)


def test_equalising_keeps_the_outputs_and_evens_out_the_channels() -> None:
    graph, x = as_pairs(network()), pictures()[0]
    before, after = emit.activations(graph, x), emit.activations(even(), x)
    assert after["out"] == pytest.approx(before["out"], abs=1e-4)
    assert spread(after["bend2"]) < 0.6 * spread(before["bend2"])


def test_channels_that_are_added_are_multiplied_alike() -> None:
    """What is told of the first of them holds for all: the sum is multiplied by the same numbers."""
    graph, x = as_pairs(network()), pictures()[0]
    found = scales(graph, reach(graph))
    assert {"bend1_straight", "bend2_straight"} == set(found)
    before, after = emit.activations(graph, x), emit.activations(even(), x)
    for name in ("bend1", "mix", "sum"):
        assert after[name] == pytest.approx(before[name] * np.array(found["bend1_straight"]), rel=1e-3, abs=1e-3)


def test_zero_channels_behind_a_residual_stream_may_be_multiplied_with_what_is_added_to_them() -> None:
    wide = Conv(weights(1, 1, 4, 6, seed=5) * np.geomspace(0.1, 9, 6, dtype=np.float32), np.zeros(6, np.float32))
    graph = Graph(
        "in",
        (1, 4, 4, 3),
        (
            Node("a", ("in",), Conv(weights(1, 1, 3, 4, seed=6), np.zeros(4, np.float32))),
            Node("b", ("a",), wide),
            Node("more", ("a",), PadChannels(2)),
            Node("sum", ("more", "b"), Add()),
            Node("end", ("sum",), Conv(weights(1, 1, 6, 2, seed=7), np.zeros(2, np.float32))),
        ),
        ("end",),
    )
    x = pictures()[0][:, :4, :4]
    found = scales(graph, {"a": [1.0, 0.2, 0.5, 0.1], "sum": [1.0, 0.3, 0.5, 0.1, 0.01, 0.5], "end": [1.0, 0.1]})
    assert "end" not in found
    assert found["a"] == found["b"][:4]
    assert found["b"][4] > found["b"][5] > 1
    changed = emit.activations(equalise(graph, found), x)
    assert changed["end"] == pytest.approx(emit.activations(graph, x)["end"], abs=1e-4)


@pytest.mark.parametrize("activations", [True, False], ids=["activations too", "kernels alone"])
def test_correcting_takes_back_what_rounding_adds_to_the_mean(*, activations: bool) -> None:
    """Measured on half of the pictures, judged on the others."""
    graph = even()
    seen, unseen = pictures(24)[::2], pictures(24)[1::2]
    limits = find(graph, seen, {}, 2.5) if activations else {}
    better = correct(graph, corrections(graph, limits, seen))

    def shift(one: Graph, given: list[Array]) -> float:
        coarse = rounded(one, limits)
        moved = [emit.activations(coarse, x)["mix"] - emit.activations(graph, x)["mix"] for x in given]
        return float(abs(np.mean(moved, axis=(0, 1, 2, 3))).mean())

    assert shift(better, unseen) < shift(graph, unseen) / 2
    assert shift(better, seen) < shift(graph, seen) / 20, "each layer allows for the corrections before it"


def test_a_kernel_with_next_to_nothing_in_a_channel_stays_finite_when_rounded() -> None:
    kernel = np.zeros((1, 1, 2, 3), np.float32)
    kernel[0, 0, :, 1], kernel[0, 0, :, 2] = 1e-45, 1.0
    assert np.isfinite(rounded_kernel(kernel)).all()
    assert rounded_kernel(kernel)[0, 0, :, 2] == pytest.approx([1.0, 1.0])


def test_a_layer_that_is_run_twice_shares_the_step_of_the_sum() -> None:
    graph = even()
    limits = find(graph, pictures(), {"in": (-1.0, 1.0)}, 2.5)
    assert limits["in"] == (-1.0, 1.0)
    steps = {name: high - low for name, (low, high) in limits.items()}
    made = list(pairs(graph))
    assert {pair.total for pair in made} == {"bend1", "bend2"}
    for pair in made:
        assert steps[pair.cut] == pytest.approx(steps[pair.total], rel=1e-5)


def test_nothing_is_clipped_when_the_largest_error_is_what_counts() -> None:
    graph, seen = even(), pictures()
    limits = find(graph, seen, {}, np.inf)
    highest = max(float(emit.activations(graph, x)["mix"].max()) for x in seen)
    assert limits["mix"][1] == pytest.approx(highest, rel=1e-4)
    assert find(graph, seen, {}, 2.0)["mix"][1] <= limits["mix"][1]


def test_a_pair_of_layers_is_a_prelu() -> None:
    graph, x = network(), pictures()[0]
    without = as_pairs(graph)
    assert not any(isinstance(node.op, PRelu) for node in without.nodes)
    assert emit.activations(without, x)["out"] == pytest.approx(emit.activations(graph, x)["out"], abs=1e-4)


def test_a_slope_above_one_is_cut_to_one() -> None:
    x = pictures()[0]
    steep, cut = network(largest_slope=3.0), as_pairs(network(largest_slope=3.0))
    limited = steep.with_nodes(
        Node(n.name, n.inputs, PRelu(np.minimum(n.op.slope, 1))) if isinstance(n.op, PRelu) else n for n in steep.nodes
    )
    assert emit.activations(cut, x)["out"] == pytest.approx(emit.activations(limited, x)["out"], abs=1e-4)


def test_a_layer_that_others_read_too_is_not_run_twice() -> None:
    graph, x = network(), pictures()[0]
    shared = graph.with_nodes(Node(n.name, ("mix", "deep"), n.op) if n.name == "sum" else n for n in graph.nodes)
    without = as_pairs(shared)
    assert {pair.total for pair in pairs(without)} == {"bend1"}
    assert emit.activations(without, x)["out"] == pytest.approx(emit.activations(shared, x)["out"], abs=1e-4)


def test_corrections_are_measured_and_used_unless_the_recipe_says_no() -> None:
    measured = ranges.measure(network(), pictures(), "noise")
    plain = ranges.measure(network(), pictures(), "noise", ranges.Rounding(corrected=False))
    assert (measured.scales, measured.limits) == (plain.scales, plain.limits)
    assert measured.corrections
    assert not plain.corrections
    biases = [
        {n.name: n.op.bias for n in ranges.prepared(network(), one).nodes if isinstance(n.op, Conv | Depthwise)}
        for one in (measured, plain)
    ]
    for name, added in measured.corrections.items():
        assert biases[0][name] - biases[1][name] == pytest.approx(added, abs=1e-6)


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
