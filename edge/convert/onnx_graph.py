"""Reads an ONNX network (NCHW) into a ``Graph`` (NHWC).

Knows the operators of the networks in ``recipes`` and refuses any other by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from edge.convert.graph import (
    NO_PADS,
    Add,
    Array,
    Conv,
    Depthwise,
    Graph,
    Mean,
    Mul,
    Node,
    Op,
    PRelu,
    Relu,
    Reshape,
    Sigmoid,
)
from edge.errors import ModelError

_IGNORED = frozenset({"Shape", "Constant", "Gather", "Unsqueeze", "Concat"})  # they only compute the shape of a Reshape


@dataclass(slots=True)
class _Reader:
    """What has been read so far."""

    weights: dict[str, Array]
    nodes: list[Node] = field(default_factory=list)

    def add(self, source: onnx.NodeProto, op: Op, inputs: tuple[str, ...] | None = None) -> None:
        """Appends one layer, named as the ONNX value it makes."""
        reads = tuple(source.input[:1]) if inputs is None else inputs
        self.nodes.append(Node(source.output[0], reads, op))


def read_onnx(data: bytes) -> Graph:
    """Reads a serialised ONNX model of batch size 1 with one input and one output of rank 2.

    Raises:
        ModelError: an operator or an attribute that this reader does not know.
    """
    graph = onnx.load_from_string(data).graph
    weights = {item.name: np.asarray(numpy_helper.to_array(item)) for item in graph.initializer}
    reader = _Reader(weights)
    for node in graph.node:
        if node.op_type in _IGNORED:
            continue
        if node.op_type not in _READERS:
            raise ModelError(f"ONNX operator {node.op_type} is not known to this converter")
        _READERS[node.op_type](reader, node)
    batch, channels, height, width = (dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim)
    out = graph.output[0]
    shape = tuple(dim.dim_value for dim in out.type.tensor_type.shape.dim)
    nodes = [*reader.nodes, Node("flat_output", (out.name,), Reshape(shape))]
    return Graph(graph.input[0].name, (batch, height, width, channels), tuple(nodes), ("flat_output",))


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}


def _conv(reader: _Reader, node: onnx.NodeProto) -> None:
    settings = _attributes(node)
    if settings.get("dilations", [1, 1]) != [1, 1]:
        raise ModelError(f"ONNX Conv {node.output[0]}: dilation is not known to this converter")
    kernel, bias = (reader.weights[name] for name in node.input[1:])
    top, left, bottom, right = settings["pads"]
    vertical, horizontal = settings["strides"]
    groups = settings["group"]
    place = ((top, bottom), (left, right))
    if groups == 1:
        reader.add(node, Conv(kernel.transpose(2, 3, 1, 0), bias, (vertical, horizontal), place))
    elif kernel.shape[:2] == (groups, 1):
        reader.add(node, Depthwise(kernel[:, 0].transpose(1, 2, 0), bias, (vertical, horizontal), place))
    else:
        raise ModelError(f"ONNX Conv {node.output[0]}: {groups} groups are not known to this converter")


def _prelu(reader: _Reader, node: onnx.NodeProto) -> None:
    reader.add(node, PRelu(reader.weights[node.input[1]].reshape(-1)))


def _matmul(reader: _Reader, node: onnx.NodeProto) -> None:
    weight = reader.weights[node.input[1]]
    reader.add(node, Conv(weight[None, None], np.zeros(weight.shape[1], np.float32), (1, 1), NO_PADS))


def _batch_norm(reader: _Reader, node: onnx.NodeProto) -> None:
    gamma, beta, mean, variance = (reader.weights[name] for name in node.input[1:])
    scale = gamma / np.sqrt(variance + np.float32(_attributes(node)["epsilon"]))
    before = reader.nodes.pop()
    if not isinstance(before.op, Conv) or before.name != node.input[0]:
        raise ModelError(f"ONNX BatchNormalization {node.output[0]} does not follow a dense layer")
    bias = (before.op.bias - mean) * scale + beta
    reader.nodes.append(Node(node.output[0], before.inputs, Conv(before.op.kernel * scale, bias)))


def _reshape(reader: _Reader, node: onnx.NodeProto) -> None:
    """Flattening 1 x 1 changes nothing: the value keeps its four axes until the output."""
    reader.add(node, Reshape((1, 1, 1, -1)))


def _simple(op: Op) -> Callable[[_Reader, onnx.NodeProto], None]:
    def read(reader: _Reader, node: onnx.NodeProto) -> None:
        reader.add(node, op, tuple(node.input))

    return read


_READERS: dict[str, Callable[[_Reader, onnx.NodeProto], None]] = {
    "Conv": _conv,
    "PRelu": _prelu,
    "MatMul": _matmul,
    "BatchNormalization": _batch_norm,
    "Reshape": _reshape,
    "Relu": _simple(Relu()),
    "Sigmoid": _simple(Sigmoid()),
    "Add": _simple(Add()),
    "Mul": _simple(Mul()),
    "GlobalAveragePool": _simple(Mean()),
}
