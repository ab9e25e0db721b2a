"""Reads a float TFLite network into a ``Graph`` for one picture; float16 weights behind DEQUANTIZE become float32.

Knows the operators of the networks in ``recipes`` and refuses any other by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from edge.convert import spelled_prelu
from edge.convert.graph import (
    NO_PADS,
    Add,
    Array,
    Concat,
    Conv,
    Depthwise,
    Graph,
    MaxPool,
    Node,
    Op,
    PadChannels,
    Pads,
    PRelu,
    Relu,
    Reshape,
    same_pads,
)
from edge.errors import ModelError

Table = Any  # the generated schema has no types
Constant = np.ndarray[Any, Any]

_TYPES = {
    schema.TensorType.FLOAT16: np.float16,
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.INT32: np.int32,
}
_OPERATORS = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


@dataclass(slots=True)
class _Reader:
    """The file, and what has been read of it so far."""

    tensors: list[Table]
    constants: dict[int, Constant]
    batch: int
    nodes: list[Node] = field(default_factory=list)

    def add(self, operator: Table, op: Op, count: int = 1) -> None:
        """Appends one layer that reads the operator's first ``count`` inputs."""
        name = str(operator.outputs[0])
        self.nodes.append(Node(name, tuple(str(index) for index in operator.inputs[:count]), op))

    def weights(self, operator: Table, position: int) -> Array:
        """The operator's constant input as float32."""
        return np.asarray(self.constants[int(operator.inputs[position])], dtype=np.float32)

    def pads(self, operator: Table, kernel: tuple[int, int]) -> Pads:
        """The operator's padding in numbers."""
        options = operator.builtinOptions
        if options.padding == schema.Padding.VALID:
            return NO_PADS
        _, height, width, _ = (int(n) for n in self.tensors[operator.inputs[0]].shape)
        return same_pads((height, width), kernel, (options.strideH, options.strideW))


def read_tflite(data: bytes) -> Graph:
    """Reads a TFLite model with one subgraph, one input and NHWC activations; of a batch it becomes one picture.

    Raises:
        ModelError: an operator or an option that this reader does not know.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    (subgraph,) = model.subgraphs
    (start,) = subgraph.inputs
    batch, height, width, channels = (int(n) for n in subgraph.tensors[start].shape)
    reader = _Reader(subgraph.tensors, _constants(model, subgraph), batch)
    named = [(_name(model, operator), operator) for operator in subgraph.operators]
    spelled = spelled_prelu.find([_layer(name, operator) for name, operator in named], reader.constants)
    for name, operator in named:
        made = int(operator.outputs[0])
        if made in spelled.parts:
            continue
        if made in spelled.found:
            source, slope = spelled.found[made]
            reader.nodes.append(Node(str(made), (str(source),), PRelu(slope)))
            continue
        if name not in _READERS:
            raise ModelError(f"TFLite operator {name} is not known to this converter")
        _READERS[name](reader, operator)
    outputs = tuple(str(index) for index in subgraph.outputs)
    return Graph(str(start), (1, height, width, channels), tuple(reader.nodes), outputs)


def _name(model: Table, operator: Table) -> str:
    code = model.operatorCodes[operator.opcodeIndex]
    return str(_OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)])


def _layer(name: str, operator: Table) -> spelled_prelu.Layer:
    return spelled_prelu.Layer(name, tuple(int(index) for index in operator.inputs), int(operator.outputs[0]))


def _constants(model: Table, subgraph: Table) -> dict[int, Constant]:
    found: dict[int, Constant] = {}
    for index, tensor in enumerate(subgraph.tensors):
        raw = model.buffers[tensor.buffer].data
        if raw is not None and len(raw):
            found[index] = np.frombuffer(bytes(raw), _TYPES[tensor.type]).reshape(tensor.shape)
    return found


def _dequantize(reader: _Reader, operator: Table) -> None:
    reader.constants[int(operator.outputs[0])] = reader.weights(operator, 0)


def _conv(reader: _Reader, operator: Table) -> None:
    options = _plain(operator)
    kernel = reader.weights(operator, 1).transpose(1, 2, 3, 0)
    pads = reader.pads(operator, kernel.shape[:2])
    reader.add(operator, Conv(kernel, reader.weights(operator, 2), (options.strideH, options.strideW), pads))


def _depthwise(reader: _Reader, operator: Table) -> None:
    options = _plain(operator)
    if options.depthMultiplier != 1:
        raise ModelError("TFLite DEPTHWISE_CONV_2D: a depth multiplier is not known to this converter")
    kernel = reader.weights(operator, 1)[0]
    pads = reader.pads(operator, kernel.shape[:2])
    reader.add(operator, Depthwise(kernel, reader.weights(operator, 2), (options.strideH, options.strideW), pads))


def _plain(operator: Table) -> Table:
    options = operator.builtinOptions
    if options.fusedActivationFunction or (options.dilationHFactor, options.dilationWFactor) != (1, 1):
        raise ModelError("TFLite convolution: fused activation and dilation are not known to this converter")
    return options


def _pad(reader: _Reader, operator: Table) -> None:
    before = reader.constants[int(operator.inputs[1])]
    if before[:3].any() or before[3, 0]:
        raise ModelError("TFLite PAD: only channels behind the others are known to this converter")
    reader.add(operator, PadChannels(int(before[3, 1])))


def _max_pool(reader: _Reader, operator: Table) -> None:
    options = operator.builtinOptions
    size = (options.filterHeight, options.filterWidth)
    if size != (options.strideH, options.strideW) or reader.pads(operator, size) != NO_PADS:
        raise ModelError("TFLite MAX_POOL_2D: overlap and padding are not known to this converter")
    reader.add(operator, MaxPool(size))


def _prelu(reader: _Reader, operator: Table) -> None:
    reader.add(operator, PRelu(reader.weights(operator, 1).reshape(-1)))


def _reshape(reader: _Reader, operator: Table) -> None:
    pictures, *shape = (int(n) for n in reader.tensors[operator.outputs[0]].shape)
    if pictures != reader.batch:
        raise ModelError("TFLite RESHAPE: joining the pictures of a batch is not known to this converter")
    reader.add(operator, Reshape((1, *shape)))


def _concat(reader: _Reader, operator: Table) -> None:
    reader.add(operator, Concat(operator.builtinOptions.axis), len(operator.inputs))


_READERS: dict[str, Callable[[_Reader, Table], None]] = {
    "DEQUANTIZE": _dequantize,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "PAD": _pad,
    "MAX_POOL_2D": _max_pool,
    "PRELU": _prelu,
    "RESHAPE": _reshape,
    "CONCATENATION": _concat,
    "RELU": lambda reader, operator: reader.add(operator, Relu()),
    "ADD": lambda reader, operator: reader.add(operator, Add(), 2),
}
