"""`python -m tests.bench.ota_line`: the bytes of an update with the real models, and what a flapping line adds.

From a real nginx (scripts/check-ota installs it), through a line that breaks after so many bytes, each time. The waits
between tries are counted and not waited for.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed
from rich.console import Console
from rich.table import Column, Table

from edge.config import ModelSettings
from edge.errors import FetchError
from edge.ota import clock, parity
from edge.ota.active import Active
from edge.ota.archive import pack
from edge.ota.client import Client
from edge.ota.fetcher import RESUMED, Fetcher, Limits, Pace, Tally
from edge.ota.manifest import ROLES
from edge.ota.repository import source_at
from edge.ota.transport import Http
from edge.vision.bundle import find, load
from tests.nginx.line import Line, running
from tests.nginx.server import Served, find_nginx, served
from tests.unit.ota_site import DEVICE, Site

if TYPE_CHECKING:
    from edge.vision.manifest import Role

NEVER = 1 << 60
CUTS = (100_000, 250_000, 500_000, 1_000_000, 1_500_000, 2_500_000, 0)
_KB = 1000


@dataclass
class Device:
    """One that fetches, and keeps what it has between checks."""

    site: Site
    folder: Path
    bundles: tuple[Path, ...] = ()
    serial: int = 0
    waited_s: float = field(default=0.0)

    def check(self, port: int, resumed_from: int = RESUMED) -> tuple[bool, Tally]:
        """Ask the server at a port; returns whether a set came, and the tally."""
        self.waited_s = 0.0
        with closing(Http(timeout_s=10.0)) as line:
            limits = Limits(rate_bytes_s=1 << 30, patience_s=3600.0, resumed_from=resumed_from)
            fetcher = Fetcher(line, limits, Pace(wait=self._wait, chance=lambda: 0.5))
            source = source_at(f"http://localhost:{port}", self.site.root, self.folder / "metadata")
            client = Client(source, self.folder, self.bundles)
            believed = clock.believe(time.time(), 0.0, synchronised=True)
            try:
                answer = client.check(DEVICE, Active(serial=self.serial), fetcher, believed)
            except FetchError:
                return False, fetcher.tally
        return answer.fetched is not None, fetcher.tally

    def _wait(self, seconds: float) -> None:
        self.waited_s += seconds


def real_bundles(site: Site, folder: Path) -> None:
    """Publish the package's own models, with their parity sets."""
    for role in ROLES:
        made = folder / role
        shutil.copytree(find(getattr(ModelSettings(), role)), made)
        (made / parity.NAME).write_bytes(parity.make(load(made)))
        publish(site, role, made, f"{role}-2")


def publish(site: Site, role: Role, folder: Path, name: str) -> None:
    """Publish one bundle's folder."""
    raw = pack(folder)
    manifest = hashlib.sha256((folder / "manifest.toml").read_bytes()).hexdigest()
    site.bundles[role] = changed(site.sim.add_bundle(role, raw, name), manifest_sha256=manifest)


def main() -> int:
    """Print both tables."""
    if find_nginx() is None:
        sys.stderr.write("nginx is not installed: run scripts/check-ota once\n")
        return 2
    console = Console(width=120 if not sys.stdout.isatty() else None)
    with tempfile.TemporaryDirectory() as name, served(Path(name) / "nginx") as server:
        site = Site(Path(name) / "site")
        real_bundles(site, Path(name) / "models")
        site.release("one", 1)
        server.put(site.sim.files)
        console.print(_flapping(site, Path(name), server.ports["http"]))
        server.put(site.sim.files)
        console.print(_updates(site, Path(name), server))
    return 0


def _flapping(site: Site, folder: Path, port: int) -> Table:
    table = Table(
        "the line is cut after",
        Column("goes on: kB", justify="right"),
        Column("tries that broke", justify="right"),
        Column("waits, s", justify="right"),
        Column("begins again: kB", justify="right"),
        Column("tries that broke", justify="right"),
        Column("waits, s", justify="right"),
    )
    for cut in CUTS:
        row = [f"{cut // _KB:,} kB" if cut else "never"]
        for resumed_from in (RESUMED, NEVER):
            device = Device(site, folder / f"device-{cut}-{resumed_from}")
            with running(Line(port, cut_every=cut)) as line:
                came, tally = device.check(line.port, resumed_from)
            row += [f"{tally.bytes / _KB:,.0f}" if came else "given up", str(tally.broken), f"{device.waited_s:.0f}"]
        table.add_row(*row)
    return table


def _updates(site: Site, folder: Path, server: Served) -> Table:
    table = Table(
        "update",
        Column("bundles, bytes", justify="right"),
        Column("metadata and set, bytes", justify="right"),
        Column("requests", justify="right"),
    )
    port = server.ports["http"]
    device = Device(site, folder / "device")
    _, tally = device.check(port)
    _row(table, "a whole set, on a new device", tally, sum(ref.bytes for ref in site.bundles.values()))
    installed = folder / "installed"
    (device.folder / "ready").rename(installed)
    device.bundles, device.serial = tuple(installed / role for role in ROLES), 1
    _, tally = device.check(port)
    _row(table, "nothing new", tally, 0)
    newer = folder / "newer"
    shutil.copytree(folder / "models" / "embedder", newer)
    (newer / "CARD.md").write_text("Another embedder.\n")
    publish(site, "embedder", newer, "embedder-3")
    site.release("two", 2)
    server.put(site.sim.files)
    _, tally = device.check(port)
    _row(table, "another embedder", tally, site.bundles["embedder"].bytes)
    return table


def _row(table: Table, name: str, tally: Tally, bundles: int) -> None:
    table.add_row(name, f"{bundles:,}", f"{tally.bytes - bundles:,}", str(tally.requests))


if __name__ == "__main__":
    sys.exit(main())
