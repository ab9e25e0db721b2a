"""A PReLU that a file spells out in five operators is found, and nothing that merely looks like one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.convert.spelled_prelu import Layer, find

X, RELU, ABS, LESS, FACTOR, PRODUCT, SUM = range(7)
CONSTANTS = {FACTOR: np.array([0.05, -0.1, 0.4], np.float32)}


def spelled() -> list[Layer]:
    return [
        Layer("RELU", (X,), RELU),
        Layer("ABS", (X,), ABS),
        Layer("SUB", (X, ABS), LESS),
        Layer("MUL", (FACTOR, LESS), PRODUCT),
        Layer("ADD", (RELU, PRODUCT), SUM),
    ]


def read(name: str, *inputs: int) -> list[Layer]:
    """One of the five reads something else."""
    return [replace(layer, inputs=inputs) if layer.name == name else layer for layer in spelled()]


def renamed(name: str, other: str) -> list[Layer]:
    """One of the five is something else."""
    return [replace(layer, name=other) if layer.name == name else layer for layer in spelled()]


@pytest.mark.parametrize(
    "layers",
    [
        spelled(),
        read("ADD", PRODUCT, RELU),
        read("MUL", LESS, FACTOR),
    ],
    ids=["as TensorFlow writes it", "halves in the other order", "factor in the other order"],
)
def test_it_is_found_with_twice_the_factor_as_its_slope(layers: list[Layer]) -> None:
    found = find(layers, CONSTANTS)
    ((source, slope),) = found.found.values()
    assert (set(found.found), source, found.parts) == ({SUM}, X, {RELU, ABS, LESS, PRODUCT})
    assert slope.tolist() == pytest.approx([0.1, -0.2, 0.8])


@pytest.mark.parametrize(
    "layers",
    [
        read("RELU", 9),
        read("ABS", 9),
        read("SUB", ABS, X),
        renamed("SUB", "ADD"),
        read("MUL", 9, LESS),
        renamed("MUL", "DIV"),
        renamed("RELU", "RELU6"),
        [*spelled(), Layer("ABS", (LESS,), 9)],
        [*spelled(), Layer("ABS", (RELU,), 9)],
    ],
    ids=[
        "relu of another",
        "size of another",
        "difference turned round",
        "a sum for the difference",
        "no constant factor",
        "divided",
        "relu that ends",
        "the difference is read by others",
        "the relu is read by others",
    ],
)
def test_what_merely_looks_like_one_stays_as_it_is(layers: list[Layer]) -> None:
    assert not find(layers, CONSTANTS).found
    assert not find(layers, CONSTANTS).parts
