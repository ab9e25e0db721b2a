"""Sets of models made of toy files, for tests of everything that does not run them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from edge.ota.active import Slot
from edge.ota.manifest import ROLES, BundleRef, SetFile, dump_set, slot_id

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.slots import Slots

MODEL = b"not a model " * 40


def set_file(name: str, serial: int = 1) -> bytes:
    """Return the file of a toy set."""
    made = SetFile(
        name=name,
        serial=serial,
        detector=_ref("detector", name),
        landmarks=_ref("landmarks", name),
        embedder=_ref("embedder", name),
        liveness=_ref("liveness", name),
    )
    return dump_set(made)


def toy_slot(name: str, serial: int = 1) -> Slot:
    """Return the name of a toy set."""
    return Slot(slot_id(name, set_file(name, serial)))


def fill(folder: Path, name: str, serial: int = 1) -> Slot:
    """Fill a folder with a toy set; returns its name."""
    raw = set_file(name, serial)
    (folder / "set.toml").write_bytes(raw)
    for role in ROLES:
        (folder / role).mkdir()
        (folder / role / "manifest.toml").write_bytes(_manifest(name, role))
        (folder / role / "model.tflite").write_bytes(MODEL)
    (folder / "proof").mkdir()
    (folder / "proof" / "1.root.json").write_bytes(b"{}")
    return Slot(slot_id(name, raw))


def install(slots: Slots, name: str, serial: int = 1) -> Slot:
    """Install a toy set."""
    with slots.staging() as new:
        slot = fill(new, name, serial)
        slots.install(new, slot)
    return slot


def whole(slots: Slots, slot: Slot) -> bool:
    """Whether a toy set is there with every byte of it."""
    folder = slots.folder_of(slot)
    name = slot.rpartition("-")[0]
    return all(
        (folder / role / file).is_file() and (folder / role / file).read_bytes() == content
        for role in ROLES
        for file, content in (("manifest.toml", _manifest(name, role)), ("model.tflite", MODEL))
    )


def _manifest(name: str, role: str) -> bytes:
    return f"{name} {role}\n".encode()


def _ref(role: str, name: str) -> BundleRef:
    return BundleRef(
        target=f"bundles/{role}/any/toy-1.tar",
        sha256=hashlib.sha256(MODEL).hexdigest(),
        manifest_sha256=hashlib.sha256(_manifest(name, role)).hexdigest(),
        bytes=len(MODEL),
    )
