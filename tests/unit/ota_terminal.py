"""A terminal that takes models from a repository in memory; they are tried by a gate that is told what to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.app.clocks import Clocks
from edge.app.fetching import Means, Outcome, fetch
from edge.app.places import places
from edge.app.updating import Taken, Taking
from edge.config.ota import OtaSettings
from edge.journal import log
from edge.ota.gate import Check, GateReport, Papers, report_of
from edge.ota.manifest import SET_FILE
from edge.ota.slots import Slots
from tests.unit.ota_site import DEVICE, Site
from tests.unit.repository_simulator import BASE, NOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edge.ota.rollout import Device
    from edge.vision.manifest import Role

SETTINGS = OtaSettings(url=BASE)


@dataclass
class Gate:
    """Finds what it is told to."""

    passes: bool = True
    tried: list[Papers] = field(default_factory=list)

    def __call__(
        self, folder: Path, device: Device, papers: Papers, *, at: float, running: Mapping[Role, Path]
    ) -> GateReport:
        assert (folder / SET_FILE).exists()
        assert (device, at, running) == (DEVICE, NOW.timestamp(), {})
        self.tried.append(papers)
        words = "its embeddings are all the same"
        return report_of([Check("collapsed", self.passes, 1.0, 0.5, words)])


class Terminal:
    """A terminal with a root of trust, its repository, and both halves of a check."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder / "site")
        self.sim = self.site.sim
        self.here = places(folder / "data")
        self.here.ota_root.parent.mkdir(parents=True)
        self.here.ota_root.write_bytes(self.site.root)
        self.slots = Slots(self.here.models)
        self.gate = Gate()
        self.synchronised = True

    def fetch(self, settings: OtaSettings = SETTINGS) -> Outcome:
        clocks = Clocks(wall=lambda: self.site.wall, synchronised=lambda: self.synchronised)
        means = Means(clocks=clocks, transport=self.sim, pace=self.site.time.pace())
        return fetch(self.here, settings, DEVICE, means)

    def take(self, device: Device = DEVICE, later_s: float = 0.0) -> Taken:
        wall = NOW.timestamp() + later_s
        taking = Taking(here=self.here, device=device, operator="tests", wall=wall, running={}, gate=self.gate)
        return taking.take()

    def check(self) -> Taken:
        self.fetch()
        return self.take()

    @property
    def journal(self) -> list[str]:
        return [one.sentence for one in log.read(self.here.journal)]

    def history(self) -> list[str]:
        return [one.what for one in self.slots.history.entries()]
