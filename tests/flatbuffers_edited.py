"""Real TFLite files with operators put before their network: what comes out is the same, and takes longer, or more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Table = Any  # the generated schema has no types

# The older runtime brings neither, and is tried without these files.
schema = pytest.importorskip("ai_edge_litert.schema_py_generated")
flatbuffers = pytest.importorskip("flatbuffers")
_ALIGNMENT = 16


class _Constant:
    """A buffer that lies at a multiple of 16 bytes, as the runtime wants it; the generated code places it anywhere."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def Pack(self, builder: Table) -> Table:  # noqa: N802 - the generated code calls it by this name
        if self.data:
            builder.StartVector(1, len(self.data), _ALIGNMENT)
            builder.head -= len(self.data)
            builder.Bytes[builder.head : builder.head + len(self.data)] = self.data
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if self.data:
            schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


class Graph:
    """A TFLite file, opened; operators are added before its first."""

    def __init__(self, data: bytes) -> None:
        self._content = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        (self._main,) = self._content.subgraphs
        self._graph = self._main
        self._new: list[Table] = []

    def padded(self, side: int, work: Callable[[Graph, int], int]) -> bytes:
        """The picture in a larger one, on which work is done, and cut out again: the network sees what it saw."""
        (given,) = self._main.inputs
        shape = [int(n) for n in self._main.tensors[given].shape]
        large = [1, side, side, 3]
        grow = self.constant(np.array([[0, 0], [0, side - shape[1]], [0, side - shape[2]], [0, 0]], np.int32))
        wide = self.operator(
            "PAD", [given, grow], self.tensor(large), schema.BuiltinOptions.PadOptions, schema.PadOptionsT()
        )
        wide = work(self, wide)
        start, size = self.constant(np.zeros(4, np.int32)), self.constant(np.array(shape, np.int32))
        cut = self.tensor(shape)
        self._redirect(given, cut)
        self.operator("SLICE", [wide, start, size], cut, schema.BuiltinOptions.SliceOptions, schema.SliceOptionsT())
        return self.packed()

    def times_one(self, source: int) -> int:
        """Multiply by one."""
        one, shape = self.constant(np.ones(1, np.float32)), list(self._graph.tensors[source].shape)
        options = schema.MulOptionsT()
        return self.operator("MUL", [source, one], self.tensor(shape), schema.BuiltinOptions.MulOptions, options)

    def multiplied(self, factor: float) -> bytes:
        """The first output times a number, behind the network."""
        old = int(self._main.outputs[0])
        new = self.tensor([int(n) for n in self._main.tensors[old].shape])
        options = schema.MulOptionsT()
        scale = self.constant(np.array([factor], np.float32))
        self.operator("MUL", [old, scale], new, schema.BuiltinOptions.MulOptions, options)
        self._main.outputs = [new, *map(int, self._main.outputs[1:])]
        self._main.operators = [*self._main.operators, self._new.pop()]
        return self.packed()

    def endless(self) -> bytes:
        """A loop that goes on while one is more than nothing, before the network."""
        self._loop(self.constant(np.ones(1, np.float32)), self._graph_of("condition"), self._graph_of("body"))
        return self.packed()

    def bottomless(self) -> bytes:
        """A loop whose body is a loop whose body is itself: the runtime has no floor for its stack."""
        self._loop(self.constant(np.ones(1, np.float32)), self._graph_of("condition"), self._graph_of("itself"))
        return self.packed()

    def _loop(self, start: int, condition: int, body: int) -> int:
        options = schema.WhileOptionsT()
        options.condSubgraphIndex, options.bodySubgraphIndex = condition, body
        return self.operator("WHILE", [start], self.tensor([1]), schema.BuiltinOptions.WhileOptions, options)

    def _graph_of(self, name: str) -> int:
        kept, self._graph, self._new, outer = self._new, schema.SubGraphT(), [], self._graph
        self._graph.name, self._graph.tensors, self._graph.operators = name.encode(), [], self._new
        value = self.tensor([1])
        if name == "condition":
            nothing, end = self.constant(np.zeros(1, np.float32)), self.tensor([1], schema.TensorType.BOOL)
            self.operator(
                "GREATER", [value, nothing], end, schema.BuiltinOptions.GreaterOptions, schema.GreaterOptionsT()
            )
        elif name == "itself":
            end = self._loop(value, len(self._content.subgraphs) - 1, len(self._content.subgraphs))
        else:
            end = self.times_one(value)
        self._graph.inputs, self._graph.outputs = [value], [end]
        self._content.subgraphs.append(self._graph)
        self._graph, self._new = outer, kept
        return len(self._content.subgraphs) - 1

    def tensor(self, shape: Sequence[int], kind: int = schema.TensorType.FLOAT32, buffer: int = 0) -> int:
        made = schema.TensorT()
        made.shape, made.type, made.buffer = np.array(shape, np.int32), kind, buffer
        made.name = f"added{len(self._graph.tensors)}".encode()
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def constant(self, value: np.ndarray) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(value.tobytes(), np.uint8)
        self._content.buffers.append(buffer)
        kinds = {np.dtype(np.int32): schema.TensorType.INT32, np.dtype(np.float32): schema.TensorType.FLOAT32}
        return self.tensor(value.shape, kinds[value.dtype], len(self._content.buffers) - 1)

    def operator(self, name: str, inputs: list[int], output: int, kind: int, options: Table) -> int:
        made, code = schema.OperatorT(), schema.OperatorCodeT()
        number = getattr(schema.BuiltinOperator, name)
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        self._content.operatorCodes.append(code)
        made.opcodeIndex = len(self._content.operatorCodes) - 1
        made.inputs, made.outputs = inputs, [output]
        made.builtinOptionsType, made.builtinOptions = kind, options
        self._new.append(made)
        return output

    def _redirect(self, old: int, new: int) -> None:
        for operator in self._main.operators:
            operator.inputs = [new if place == old else int(place) for place in operator.inputs]

    def packed(self) -> bytes:
        self._main.operators = [*self._new, *self._main.operators]
        data = [b"" if buffer.data is None else bytes(np.asarray(buffer.data)) for buffer in self._content.buffers]
        self._content.buffers = [_Constant(one) for one in data]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._content.Pack(builder), b"TFL3")
        return bytes(builder.Output())
