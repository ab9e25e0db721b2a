"""Finds PReLUs that a file spells out, as old TensorFlow did: ``relu(x) + c * (x - |x|)``, whose slope is ``2 c``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge.convert.graph import Array

Constants = Mapping[int, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator of a file: its name, and the tensors it reads and makes, by number."""

    name: str
    inputs: tuple[int, ...]
    output: int


@dataclass(slots=True)
class Spelled:
    """The PReLUs of a file.

    Attributes:
        found: (tensor that is read, slope of shape (channels,)) by the tensor that the last operator of each makes.
        parts: the tensors in between, that nothing else reads.
    """

    found: dict[int, tuple[int, Array]] = field(default_factory=dict)
    parts: set[int] = field(default_factory=set)


def find(layers: Iterable[Layer], constants: Constants) -> Spelled:
    """Finds them; one whose parts are read by others too is left spelled out."""
    made = {layer.output: layer for layer in layers}
    uses = Counter(tensor for layer in made.values() for tensor in layer.inputs)
    spelled = Spelled()
    for layer in made.values():
        if layer.name != "ADD":
            continue
        for straight, bent in (layer.inputs, layer.inputs[::-1]):
            match = _match(made, constants, straight, bent)
            if match is None:
                continue
            start, slope, parts = match
            if all(uses[part] == 1 for part in parts):
                spelled.found[layer.output] = (start, slope)
                spelled.parts |= parts
    return spelled


def _match(
    made: Mapping[int, Layer], constants: Constants, straight: int, bent: int
) -> tuple[int, Array, set[int]] | None:
    """What is read, the slope and the tensors in between, if the two are the halves of a PReLU."""
    relu, product = made.get(straight), made.get(bent)
    if relu is None or product is None or (relu.name, product.name) != ("RELU", "MUL"):
        return None
    (start,) = relu.inputs
    factor, difference = sorted(product.inputs, key=lambda tensor: tensor not in constants)
    less = made.get(difference)
    if factor not in constants or less is None or less.name != "SUB" or less.inputs[0] != start:
        return None
    size = made.get(less.inputs[1])
    if size is None or (size.name, size.inputs) != ("ABS", (start,)):
        return None
    slope = 2 * np.asarray(constants[factor], np.float32).reshape(-1)
    return start, slope, {straight, bent, difference, size.output}
