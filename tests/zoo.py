"""Bundles that a publisher should never have signed, with papers and hashes that agree, and what must stop each.

All but the stand-ins are real TFLite files that the real runtime is given.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from edge.app import gating
from edge.ota import parity
from edge.ota.manifest import BundleCustom, Gates
from edge.vision.bundle import load
from tests import broken, gated
from tests.flatbuffers_edited import Graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.ota.gate import GateReport, Name
    from edge.vision.manifest import Role

    Break = Callable[[Path], object]

_SHORT = gating.Cage(cpu_s=20, wall_s=60.0)


def _sleeping(*words: str) -> gating.Cage:
    return gating.Cage(cpu_s=20, wall_s=0.5, command=(sys.executable, "-c", *words))


@dataclass(frozen=True)
class Bad:
    """One bad bundle.

    Attributes:
        name: What is wrong with it.
        stopped_by: The first check that must fail.
        breaks: Does it, to the folder of a sound bundle.
        role: Of the bundle.
        signed: What is signed otherwise than of a sound one.
        cage: What its child may take.
        said: What is said of it, among other words.
    """

    name: str
    stopped_by: Name
    breaks: Break
    role: Role = "embedder"
    signed: dict[str, Any] = field(default_factory=dict)
    cage: gating.Cage = _SHORT
    said: str = ""

    def tried(self, folder: Path) -> GateReport:
        """Lay it out and try it."""
        gated.lay_bundle(folder, self.role)
        signed = msgspec.structs.replace(gated.custom(load(folder)), **self.signed)
        self.breaks(folder)
        return gating.examine_bundle(folder, gated.DEVICE, self._agreeing(folder, signed), cage=self.cage)

    def _agreeing(self, folder: Path, signed: BundleCustom) -> BundleCustom:
        """Another model file is another space; who signs a bundle signs that, too."""
        if self.role != "embedder" or self.stopped_by in {"role", "complete"}:
            return signed
        return msgspec.structs.replace(signed, space=str(load(folder).space))


def _weights(change: Callable[[broken.Weights], broken.Weights], folder: Path) -> None:
    gated.replaced(folder, broken.overwritten(load(folder).model, change))


def _graph(change: Callable[[Graph], bytes], folder: Path) -> None:
    gated.replaced(folder, change(Graph(load(folder).model)))


def _bytes(change: Callable[[bytes], bytes], folder: Path) -> None:
    gated.replaced(folder, change(load(folder).model))


def _worked(times: int, graph: Graph, wide: int) -> int:
    for _ in range(times):
        wide = graph.times_one(wide)
    return wide


def _padded(side: int, times: int) -> Break:
    return partial(_graph, lambda graph: graph.padded(side, partial(_worked, times)))


def _noisy(kernel: broken.Weights) -> broken.Weights:
    """The weights of a network that was trained again: near, and another."""
    noise = np.random.default_rng(0).normal(0, 0.4 * kernel.astype(np.float32).std(), kernel.shape)
    return (kernel + noise).clip(-127, 127).astype(kernel.dtype) if kernel.dtype == np.int8 else kernel


def _cut(folder: Path) -> None:
    path = folder / "model.tflite"
    path.write_bytes(path.read_bytes()[:-1000])


def _told(old: str, new: str) -> Break:
    return lambda folder: gated.reworded(folder, old, new)


def _nothing(folder: Path) -> None:
    """Leave it as it is: what is wrong is said elsewhere."""


def _other_parity(folder: Path) -> None:
    (folder / parity.NAME).write_bytes(gated.parity_set("liveness"))


def _halved(folder: Path) -> None:
    """The publisher's papers, parity set included, say that the embedding has half the numbers."""
    sound = parity.load(folder, load(folder).manifest)
    gated.reworded(folder, "shape = [1, 512]", "shape = [1, 256]")
    half: dict[str, Any] = {"pictures": sound.pictures, "output-0": sound.outputs[0][:, :256]}
    with (folder / parity.NAME).open("wb") as file:
        np.savez_compressed(file, **half)


_COLOUR = _told('colour = "BGR"', 'colour = "RGB"')
_TIGHT = Gates(min_cosine=0.97, max_ms=20.0, max_memory_mb=100, max_bytes=4_000_000)
_GARBAGE = gating.Cage(command=(sys.executable, "-c", "print('{\"runtime\": 7}')"))
_BABBLE = gating.Cage(command=(sys.executable, "-c", "while True: print('x' * 4096)"))

ZOO = (
    Bad("nothing but zeros", "zero", partial(_graph, lambda graph: graph.multiplied(0.0))),
    Bad("not a number", "finite", partial(_graph, lambda graph: graph.multiplied(float("nan")))),
    Bad("weights are zero", "constant", partial(_weights, broken.zeroed)),
    Bad("weights are shuffled", "collapsed", partial(_weights, broken.shuffled)),
    Bad("red and blue swapped", "parity", _COLOUR),
    Bad("red and blue swapped", "parity", _told('colour = "RGB"', 'colour = "BGR"'), "detector"),
    Bad("red and blue swapped", "parity", _told('colour = "RGB"', 'colour = "BGR"'), "landmarks"),
    Bad("red and blue swapped", "parity", _COLOUR, "liveness"),
    Bad("wrong mean", "parity", _told("mean = 127.0", "mean = 0.0")),
    Bad("wrong mean", "parity", _told("mean = 127.5", "mean = 0.0"), "detector"),
    Bad("wrong scale", "parity", _told("scale = 0.0078125", "scale = 0.00390625")),
    Bad("wrong scale", "parity", _told("scale = 1.0", "scale = 0.00392156862745098"), "liveness"),
    Bad("trained again", "parity", partial(_weights, _noisy)),
    Bad("twice its length", "parity", partial(_graph, lambda graph: graph.multiplied(2.0))),
    Bad("another parity set", "complete", _other_parity),
    Bad("too slow", "latency", _padded(768, 200), signed={"gates": _TIGHT}),
    Bad("too big", "size", partial(_bytes, lambda model: model + bytes(5_000_000))),
    Bad("too much memory", "memory", _padded(4500, 1)),
    Bad("memory without end", "memory", _padded(9000, 1), said="far more than 100 MB"),
    Bad("another board", "board", _nothing, signed={"board": "jetson"}),
    Bad("another runtime", "runtime", _nothing, signed={"runtime": {gated.HERE[0]: "99.0"}}),
    Bad("no runtime of ours", "runtime", _nothing, signed={"runtime": {"onnxruntime": "1.0"}}),
    Bad("unknown role", "role", _told('role = "embedder"', 'role = "gaze"')),
    Bad("another role", "role", _nothing, signed={"role": "liveness"}),
    Bad("another space", "role", _nothing, signed={"space": "another@0123456789ab (1)"}),
    Bad("cut short", "complete", _cut),
    Bad("cut short, and signed", "runs", partial(_bytes, lambda model: model[: len(model) // 2])),
    Bad("not a model", "runs", partial(_bytes, lambda _: b"PK\x03\x04" * 100)),
    Bad("another output", "shapes", _halved),
    Bad("crashes the runtime", "survives", partial(_graph, Graph.bottomless), said="SIGSEGV"),
    Bad(
        "never ends",
        "ends",
        partial(_graph, Graph.endless),
        cage=gating.Cage(cpu_s=3, wall_s=120.0),
        said="3 seconds of the processor",
    ),
    Bad("hangs (stand-in)", "ends", _nothing, cage=_sleeping("import time; time.sleep(600)"), said="in 0.5 seconds"),
    Bad("garbage (stand-in)", "survives", _nothing, cage=_GARBAGE),
    Bad("babbles (stand-in)", "survives", _nothing, cage=_BABBLE, said="more than 65536 bytes"),
)
