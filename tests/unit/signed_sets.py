"""A terminal with sets of real models that somebody signed: the shipped bundles under another version."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from edge.app.places import places
from edge.app.runtime import runtime_here
from edge.config import Config
from edge.ota import parity
from edge.ota.active import confirmed, cut_over, offered
from edge.ota.archive import pack
from edge.ota.gate import GATE, Check, GateRecord, manifests_of, report_of
from edge.ota.manifest import ROLES
from edge.ota.slots import Slots
from edge.vision.bundle import find, load
from tests.gated import SHIPPED, parity_set, reworded
from tests.unit.ota_site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from edge.app.places import Places
    from edge.ota.active import Slot
    from edge.ota.manifest import BundleRef
    from edge.vision.manifest import Role


@dataclass
class Terminal:
    """Where everything is, and who may sign.

    Attributes:
        here: Its places.
        slots: Its sets.
        site: The repository that it asks.
        whole: Whether bundles have their parity sets and true names, so that they pass the real gate.
    """

    here: Places
    slots: Slots
    site: Site
    whole: bool = False

    def installed(self, name: str, serial: int, model: bytes = b"") -> Slot:
        """Publish a set, fetch it and install it, as having passed the gate.

        Args:
            name: Of the set, and of its bundles' version.
            serial: Of it.
            model: What takes the place of the embedder's model; empty for nothing.
        """
        work = self.site.folder / f"publish-{name}"
        bundles = {role: self._bundle(work / role, role, name, model if role == "embedder" else b"") for role in ROLES}
        self.site.sim.add_set(name, serial, bundles)
        self.site.sim.publish()
        fetched = self.site.check().fetched
        assert fetched is not None
        with self.slots.staging() as new:
            shutil.copytree(fetched.folder, new, dirs_exist_ok=True)
            (new / GATE).write_bytes(msgspec.json.encode(self._record(new)))
            self.slots.install(new, fetched.slot)
        self.site.clear()
        return fetched.slot

    def offered(self, name: str, serial: int, model: bytes = b"") -> Slot:
        """Have a set run beside the one that decides."""
        slot = self.installed(name, serial, model)
        self.slots.change(lambda now: offered(now, slot, serial), "update-offered", slot=slot)
        return slot

    def tried(self, name: str, serial: int, model: bytes = b"") -> Slot:
        """Have a set decide on trial."""
        slot = self.offered(name, serial, model)
        self.slots.change(cut_over, "update-applied", slot=slot)
        return slot

    def good(self, name: str, serial: int) -> Slot:
        """Have a set decide, confirmed by use."""
        slot = self.tried(name, serial)
        self.slots.change(confirmed, "update-confirmed", slot=slot)
        return slot

    def _bundle(self, folder: Path, role: Role, version: str, model: bytes) -> BundleRef:
        shutil.copytree(find(SHIPPED[role]), folder)
        reworded(folder, 'version = "1"', f'version = "{version}"')
        if model:
            old = (folder / "model.tflite").read_bytes()
            text = (folder / "manifest.toml").read_text()
            text = text.replace(hashlib.sha256(old).hexdigest(), hashlib.sha256(model).hexdigest())
            text = text.replace(f"\nbytes = {len(old)}", f"\nbytes = {len(model)}")
            (folder / "manifest.toml").write_text(text)
            (folder / "model.tflite").write_bytes(model)
        called, space = f"{role}-{version}", ""
        if self.whole:
            (folder / parity.NAME).write_bytes(parity_set(role))
            bundle = load(folder)
            called, space = bundle.name, str(bundle.space) if role == "embedder" else ""
        ref = self.site.sim.add_bundle(role, pack(folder), called, unpacked_bytes=16_000_000, space=space)
        manifest = hashlib.sha256((folder / "manifest.toml").read_bytes()).hexdigest()
        return msgspec.structs.replace(ref, manifest_sha256=manifest)

    @staticmethod
    def _record(folder: Path) -> GateRecord:
        report = report_of([Check(name="complete", passed=True, value=1.0, limit=1.0, words="")])
        return GateRecord(
            board=Config().board, runtime=runtime_here(), at=1.8e9, manifests=manifests_of(folder), report=report
        )


def terminal(folder: Path, *, whole: bool = False) -> Terminal:
    """Make a terminal with a root of trust, and nothing installed."""
    here = places(folder / "data")
    site = Site(folder / "site")
    here.ota_root.parent.mkdir(parents=True)
    here.ota_root.write_bytes(site.root)
    return Terminal(here, Slots(here.models), site, whole)
