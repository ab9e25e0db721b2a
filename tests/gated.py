"""Sets of models as they lie on a device, sound or broken in one place, with papers that agree with what lies there."""

from __future__ import annotations

import hashlib
import shutil
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from edge.ota import parity
from edge.ota.gate import Papers
from edge.ota.manifest import ROLES, BundleCustom, Gates
from edge.ota.rollout import Device
from edge.vision.bundle import find, load
from edge.vision.infer import RUNTIME
from edge.vision.manifest import MANIFEST
from tests.flatbuffers_edited import Graph

if TYPE_CHECKING:
    from pathlib import Path

    from edge.vision.bundle import Bundle
    from edge.vision.manifest import Role

SHIPPED: dict[Role, str] = {
    "detector": "blazeface-dynamic-1",
    "landmarks": "facemesh-dynamic-1",
    "embedder": "mobilefacenet-dynamic-1",
    "liveness": "passive-liveness-dynamic-1",
}
HERE = (RUNTIME, version(RUNTIME.replace("_", "-")))
DEVICE = Device(id="here", board="pc", runtime=HERE, firmware="0.1.0")
GATES = Gates(min_cosine=0.97, max_ms=200.0, max_memory_mb=100, max_bytes=4_000_000)


@cache
def parity_set(role: Role) -> bytes:
    """What the publisher of the shipped bundle makes."""
    return parity.make(load(find(SHIPPED[role])))


def lay_bundle(folder: Path, role: Role) -> Path:
    shutil.copytree(find(SHIPPED[role]), folder)
    (folder / parity.NAME).write_bytes(parity_set(role))
    return folder


def lay_set(folder: Path) -> Path:
    folder.mkdir()
    for role in ROLES:
        lay_bundle(folder / role, role)
    return folder


def replaced(folder: Path, model: bytes) -> Path:
    """Another model in a bundle's folder, and a manifest that tells its hash and size."""
    bundle = load(folder)
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    text = text.replace(bundle.manifest.sha256, hashlib.sha256(model).hexdigest())
    text = text.replace(f"bytes = {bundle.manifest.bytes}", f"bytes = {len(model)}")
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    (folder / bundle.manifest.file).write_bytes(model)
    return folder


def reworded(folder: Path, old: str, new: str) -> Path:
    """A manifest that says something else."""
    path = folder / MANIFEST
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, text.count(old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def custom(bundle: Bundle, **changes: object) -> BundleCustom:
    """What a publisher signs about a bundle."""
    role = bundle.manifest.role
    signed = BundleCustom(
        role=role,
        name=bundle.name,
        board="any",
        runtime={HERE[0]: "2.0"},
        space=str(bundle.space) if role == "embedder" else "",
        unpacked_bytes=16_000_000,
        gates=GATES,
    )
    return msgspec.structs.replace(signed, **changes)


def papers(folder: Path, **changes: object) -> Papers:
    """What a publisher signs about a set whose bundles can be read; `changes` are made to the embedder's."""
    bundles = {role: custom(load(folder / role)) for role in ROLES}
    bundles["embedder"] = msgspec.structs.replace(bundles["embedder"], **changes)
    return Papers(bundles, "0.1.0")


def halve_the_mesh(folder: Path) -> None:
    """A mesh whose points are at half their place, with a parity set that its publisher made of it."""
    replaced(folder, Graph(load(folder).model).multiplied(0.5))
    (folder / parity.NAME).write_bytes(parity.make(load(folder)))
