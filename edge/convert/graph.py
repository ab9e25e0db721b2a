"""A network as a list of layers: what the readers produce, the transforms rewrite and ``emit`` turns into TensorFlow.

Activations are NHWC float32. Kernels are HWIO, depthwise kernels HWC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Pads = tuple[tuple[int, int], tuple[int, int]]

NO_PADS: Pads = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Conv:
    """A convolution, or a dense layer as a 1 x 1 convolution.

    Attributes:
        kernel: shape (height, width, in, out).
        bias: shape (out,).
        strides: (vertical, horizontal).
        pads: zeros added ((top, bottom), (left, right)).
    """

    kernel: Array
    bias: Array
    strides: tuple[int, int] = (1, 1)
    pads: Pads = NO_PADS


@dataclass(frozen=True, slots=True, eq=False)
class Depthwise:
    """A convolution of each channel with its own kernel.

    Attributes:
        kernel: shape (height, width, channels).
        bias: shape (channels,).
        strides: (vertical, horizontal).
        pads: zeros added ((top, bottom), (left, right)).
    """

    kernel: Array
    bias: Array
    strides: tuple[int, int] = (1, 1)
    pads: Pads = NO_PADS


@dataclass(frozen=True, slots=True, eq=False)
class PRelu:
    """``max(x, 0) + slope * min(x, 0)``; slope has shape (channels,)."""

    slope: Array


@dataclass(frozen=True, slots=True)
class Relu:
    """``max(x, 0)``."""


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The logistic function."""


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of two activations of one shape."""


@dataclass(frozen=True, slots=True)
class Mul:
    """The product of two activations, the second broadcast over height and width."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean over height and width, kept as 1 x 1."""


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The maximum over a window that steps by its own size."""

    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PadChannels:
    """Zero channels appended behind the others."""

    count: int


@dataclass(frozen=True, slots=True)
class Reshape:
    """The same numbers in another shape."""

    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Concat:
    """Activations joined along an axis."""

    axis: int


@dataclass(frozen=True, slots=True)
class FakeQuant:
    """Rounds to one of 256 steps between ``low`` and ``high``: tells the quantiser the range of an activation."""

    low: float
    high: float


Op = Conv | Depthwise | PRelu | Relu | Sigmoid | Add | Mul | Mean | MaxPool | PadChannels | Reshape | Concat | FakeQuant


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One layer: its name is the name of the activation it makes."""

    name: str
    inputs: tuple[str, ...]
    op: Op


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A network with one input.

    Attributes:
        input: name of the input activation.
        shape: of the input, (1, height, width, channels).
        nodes: in an order in which every input comes before its use.
        outputs: names of the activations that the network returns, in order.
    """

    input: str
    shape: tuple[int, int, int, int]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    def users(self, name: str) -> tuple[Node, ...]:
        """The nodes that read the activation ``name``."""
        return tuple(node for node in self.nodes if name in node.inputs)

    def with_nodes(self, nodes: Iterable[Node]) -> "Graph":
        """The same network with other layers."""
        return replace(self, nodes=tuple(nodes))


def same_pads(size: tuple[int, int], kernel: tuple[int, int], strides: tuple[int, int]) -> Pads:
    """The zeros that TensorFlow's padding ``SAME`` adds to an activation of (height, width) ``size``."""
    (top, bottom), (left, right) = (_same(n, k, s) for n, k, s in zip(size, kernel, strides, strict=True))
    return (top, bottom), (left, right)


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
