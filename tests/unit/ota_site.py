"""A device that asks a simulated repository: its folder, its clock that never sleeps, and what came of a check."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.errors import EdgeError
from edge.ota import clock, proof
from edge.ota.active import Active, Slot
from edge.ota.client import Answer, Client
from edge.ota.fetcher import Fetcher, Limits, Pace
from edge.ota.manifest import ROLES
from edge.ota.repository import source_at
from edge.ota.rollout import Device
from tests.unit.repository_simulator import BASE, NOW, Simulator, archive

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = Device(id="device-1", board="fake", runtime=("ai_edge_litert", "2.1.0"), firmware="0.1.0")
LIMITS = Limits(rate_bytes_s=1_000_000, patience_s=900.0)


@dataclass
class Time:
    """Monotonic seconds that pass when somebody waits, or when a test says so."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(monotonic=lambda: self.now, wait=self.wait, chance=lambda: 1.0)


class Site:
    """One device and the repository that it asks.

    Attributes:
        sim: The repository.
        active: What decides on the device.
        wall: What its clock says, in seconds since the epoch.
        proven: The newest proven time.
        synchronised: Whether a time server keeps that.
        fetcher: Of the newest check.
    """

    def __init__(self, folder: Path, sim: Simulator | None = None, *, size: int = 2000) -> None:
        self.folder = folder
        self.sim = sim or Simulator()
        self.root = self.sim.first_root
        self.active = Active()
        self.wall = NOW.timestamp()
        self.proven = 0.0
        self.synchronised = True
        self.time = Time()
        self.limits = LIMITS
        self.device = DEVICE
        self.bundles = {
            role: self.sim.add_bundle(role, archive(folder / "published" / role, role, size)) for role in ROLES
        }
        self.client = Client(source_at(BASE, self.root, self.data / "metadata"), self.data)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def release(self, name: str = "one", serial: int = 1) -> bytes:
        """Publish a set of the four bundles."""
        raw = self.sim.add_set(name, serial, self.bundles)
        self.sim.publish()
        return raw

    def check(self) -> Answer:
        """Look for a set, and fetch it."""
        self.fetcher = Fetcher(self.sim, self.limits, self.time.pace())
        believed = clock.believe(self.wall, self.proven, synchronised=self.synchronised)
        return self.client.check(self.device, self.active, self.fetcher, believed)

    def took(self) -> Slot:
        """Check, and take what came as accepted; returns its name."""
        answer = self.check()
        assert answer.fetched is not None, answer.why
        proof.proven(answer.fetched.folder, self.root)
        slot = answer.fetched.slot
        self.active = Active(running=slot, good=slot, serial=answer.fetched.serial)
        return slot

    def clear(self) -> None:
        """Install what is ready: it lies there no more."""
        shutil.rmtree(self.data / "ready", ignore_errors=True)

    def refusal(self) -> str:
        """Check; returns the sentence with which it was refused, having seen that nothing is there to be installed."""
        try:
            answer = self.check()
        except EdgeError as error:
            assert not (self.data / "ready").exists()
            return str(error)
        assert answer.fetched is None, "it was fetched"
        assert not (self.data / "ready").exists()
        return answer.why
