"""Models that were broken on purpose: shipped bundles with their weights overwritten, and papers that agree."""

from __future__ import annotations

import hashlib
import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from edge.vision.bundle import find, load
from edge.vision.infer import RUNTIME
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Weights = np.ndarray[Any, np.dtype[Any]]

_LEAST_BYTES = 64


def overwritten(model: bytes, change: Callable[[Weights], Weights]) -> bytes:
    """Every kernel of a TFLite file changed where it lies."""
    changed, found = bytearray(model), 0
    for kernel in _kernels(model):
        old = kernel.tobytes()
        if len(old) >= _LEAST_BYTES and model.count(old) == 1:
            place, found = model.index(old), found + 1
            changed[place : place + len(old)] = change(kernel).tobytes()
    assert found > 10
    return bytes(changed)


def bundle(name: str, folder: Path, change: Callable[[Weights], Weights]) -> Path:
    """A copy of a shipped bundle in a new folder, its kernels changed and its manifest telling the new hash."""
    shipped = load(find(name))
    model = overwritten(shipped.model, change)
    text = (shipped.folder / MANIFEST).read_text(encoding="utf-8")
    text = text.replace(shipped.manifest.sha256, hashlib.sha256(model).hexdigest())
    folder.mkdir()
    (folder / MANIFEST).write_text(text.replace(f'"{shipped.manifest.name}"', '"broken"', 1), encoding="utf-8")
    (folder / shipped.manifest.file).write_bytes(model)
    return folder


def zeroed(kernel: Weights) -> Weights:
    return np.zeros_like(kernel)


def shuffled(kernel: Weights) -> Weights:
    """The same numbers in another order: every range is as it was, and nothing is known any more."""
    return np.random.default_rng(0).permutation(kernel.ravel())


def _kernels(model: bytes) -> list[Weights]:
    interpreter = importlib.import_module(f"{RUNTIME}.interpreter").Interpreter(model_content=model)
    kernels = []
    for tensor in interpreter.get_tensor_details():
        try:
            value = interpreter.get_tensor(tensor["index"])
        except ValueError:  # no constant
            continue
        if value.ndim > 1:
            kernels.append(value)
    return kernels
