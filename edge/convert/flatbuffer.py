"""Edits a TFLite file and writes it back with its constants where the runtime wants them, at multiples of 16 bytes."""

import re
from collections.abc import Iterable
from typing import Any

import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from edge.convert.graph import Array, Conv, Depthwise
from edge.errors import ModelError

Table = Any  # the generated schema has no types

_ALIGNMENT = 16
_IDENTIFIER = b"TFL3"
_KERNEL = 1
_ROUNDING = 0.51
_CONVOLUTIONS = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)


class _AlignedBuffer:
    """A constant; the generated code would place it anywhere, which the schema forbids."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def Pack(self, builder: Table) -> Table:  # noqa: N802 - the generated code calls it by this name
        """Writes the constant and returns its place."""
        if self.data:
            builder.StartVector(1, len(self.data), _ALIGNMENT)
            builder.head -= len(self.data)
            builder.Bytes[builder.head : builder.head + len(self.data)] = self.data
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if self.data:
            schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


class ModelFile:
    """A converted TFLite file, opened for editing."""

    def __init__(self, data: bytes) -> None:
        self._content = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        (self._subgraph,) = self._content.subgraphs

    def order_outputs(self) -> None:
        """Puts the outputs in the order of the traced function, which the converter does not keep."""
        names = {index: self._subgraph.tensors[index].name.decode() for index in self._subgraph.outputs}
        self._subgraph.outputs = sorted(names, key=lambda index: int(re.findall(r":(\d+)$", names[index])[0]))

    def keep_float(self, layers: Iterable[Conv | Depthwise]) -> None:
        """Gives layers their float32 kernels back.

        Args:
            layers: of the network that the file was made from; those that were not quantised are left as they are.

        Raises:
            ModelError: a layer of the file could be two of ``layers``.
        """
        kernels = [_stored(layer) for layer in layers]
        for tensor in self._quantised_kernels():
            matches = [kernel for kernel in kernels if self._is_rounded(tensor, kernel)]
            if len(matches) > 1:
                raise ModelError(f"layer {tensor.name.decode()} matches {len(matches)} layers of the network")
            for kernel in matches:
                tensor.type = schema.TensorType.FLOAT32
                tensor.quantization = None
                self._content.buffers[tensor.buffer].data = np.frombuffer(kernel.astype("<f4").tobytes(), np.uint8)

    def packed(self) -> bytes:
        """The file's bytes."""
        buffers = self._content.buffers
        self._content.buffers = [_AlignedBuffer(b"" if b.data is None else bytes(b.data)) for b in buffers]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._content.Pack(builder), _IDENTIFIER)
        self._content.buffers = buffers
        return bytes(builder.Output())

    def _quantised_kernels(self) -> list[Table]:
        codes = self._content.operatorCodes
        kernels = [
            self._subgraph.tensors[operator.inputs[_KERNEL]]
            for operator in self._subgraph.operators
            if codes[operator.opcodeIndex].builtinCode in _CONVOLUTIONS
        ]
        return [tensor for tensor in kernels if tensor.type == schema.TensorType.INT8]

    def _is_rounded(self, tensor: Table, kernel: Array) -> bool:
        if tuple(tensor.shape) != kernel.shape:
            return False
        quantised = tensor.quantization
        scale = np.asarray(quantised.scale, dtype=np.float32)
        scale = np.expand_dims(scale, [axis for axis in range(kernel.ndim) if axis != quantised.quantizedDimension])
        integers = np.frombuffer(bytes(self._content.buffers[tensor.buffer].data), np.int8).reshape(kernel.shape)
        return bool((abs(integers * scale - kernel) <= scale * _ROUNDING).all())


def _stored(layer: Conv | Depthwise) -> Array:
    """The kernel in the order of a TFLite file: OHWI, depthwise 1HWC."""
    return layer.kernel[None] if isinstance(layer, Depthwise) else layer.kernel.transpose(3, 0, 1, 2)
